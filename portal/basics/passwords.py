"""Passwords as they are kept (product.md, Passwords; ASVS 6.2); `password_strength` says which are accepted."""

import base64
import hashlib
import hmac
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import bcrypt

from portal.basics.errors import Busy
from portal.basics.password_strength import LONGEST_BYTES, SHORTEST, weakness

__all__ = ["LONGEST_BYTES", "SHORTEST", "Hasher", "weakness"]

_VERSION = "v1"
_SLOT_WAIT_SECONDS = 15.0
_LONGEST_QUEUE = 30

# one a process, and a process a core: hashing never takes the cores that play (ASVS 15.2.2)
_slot = threading.Semaphore(1)
_queue = threading.Semaphore(_LONGEST_QUEUE)


class Hasher:
    """bcrypt over base64(HMAC-SHA-384(pepper, password)): every byte counts, and bcrypt never sees more than 64."""

    def __init__(self, pepper: bytes, cost: int) -> None:
        self._pepper = pepper
        self._cost = cost

    def hash(self, password: str) -> str:
        """The text to store. Takes the hashing slot; raises `Busy` when too many wait for it."""
        with _hashing_slot():
            return f"{_VERSION}${bcrypt.hashpw(self._digest(password), bcrypt.gensalt(self._cost)).decode()}"

    def matches(self, password: str, stored: str | None) -> bool:
        """Whether the password is the stored one. Without one the same work is done and the answer is no (ASVS 6.3.8).

        A damaged hash is a no, never an error. Raises `Busy` when too many wait for the slot.
        """
        version, _, kept = (stored or self._nobodys).partition("$")
        with _hashing_slot():
            try:
                right = bcrypt.checkpw(self._digest(password), kept.encode())
            except ValueError:
                return False
        return right and stored is not None and version == _VERSION

    @property
    def _nobodys(self) -> str:
        return _hash_of_nobody(self._cost)

    def _digest(self, password: str) -> bytes:
        # NFC, so that the same words typed on two keyboards are the same password
        text = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
        return base64.b64encode(hmac.digest(self._pepper, text, hashlib.sha384))


@cache
def _hash_of_nobody(cost: int) -> str:
    return f"{_VERSION}${bcrypt.hashpw(b'nobody', bcrypt.gensalt(cost)).decode()}"


@contextmanager
def _hashing_slot() -> Iterator[None]:
    if not _queue.acquire(blocking=False):
        raise Busy("Many people are signing in just now. Try again in a few seconds.", retry_after=5)
    try:
        if not _slot.acquire(timeout=_SLOT_WAIT_SECONDS):
            raise Busy("Many people are signing in just now. Try again in a few seconds.", retry_after=5)
        try:
            yield
        finally:
            _slot.release()
    finally:
        _queue.release()
