"""Passwords: what is accepted, and how they are kept (product.md, Passwords; ASVS 6.2)."""

import base64
import hashlib
import hmac
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache

import bcrypt

from portal.basics.errors import Busy

SHORTEST = 15
LONGEST_BYTES = 1024
_VERSION = "v1"
_SLOT_WAIT_SECONDS = 15.0
_LONGEST_QUEUE = 30
_LONGEST_SCORED = 72  # zxcvbn refuses more

_slot = threading.Semaphore(1)  # one a process, and a process a core: hashing never takes the cores that play (ASVS 15.2.2)
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
        """Whether the password is the stored one. Without a stored one the same work is done and the answer is no (ASVS 6.3.8).

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


def weakness(password: str, *, about: Iterable[str] = ()) -> str | None:
    """Why this password is refused, in a sentence for beside the field, or None when it is fine.

    `about` are words that must not make it up: the person's name and address, the event, the site (ASVS 6.2.11).
    """
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters. Four or five words do well."
    if len(password.encode("utf-8", "surrogatepass")) > LONGEST_BYTES:
        return "This is longer than 1,024 bytes. Use a shorter one."
    folded = unicodedata.normalize("NFKC", password).casefold()
    if _is_common(folded):
        return "This password is on lists of stolen ones. Choose another."
    if len(_without(folded, about)) < SHORTEST // 2:
        return "This is made of your name, your address or the name of this site. Choose other words."
    if _is_guessable(folded):
        return "This is easy to guess. Use words that do not belong together."
    return None


def _without(folded: str, about: Iterable[str]) -> str:
    words = {part for text in about for part in _words(text) if len(part) >= 3}
    for word in sorted(words, key=len, reverse=True):
        folded = folded.replace(word, "")
    return "".join(letter for letter in folded if letter.isalnum())


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in unicodedata.normalize("NFKC", text).casefold()).split()


def _is_common(folded: str) -> bool:
    bare = "".join(folded.split())
    halves = {bare, folded, bare[: len(bare) // 2] if bare[: len(bare) // 2] * 2 == bare else bare}
    return any(text in _common_passwords() for text in halves)


@cache
def _common_passwords() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # read when the first password is set: 30,000 words

    return frozenset(FREQUENCY_LISTS["passwords"])


def _is_guessable(folded: str) -> bool:
    from zxcvbn import zxcvbn

    return bool(zxcvbn(folded[:_LONGEST_SCORED])["guesses_log10"] < 9)
