"""Mail addresses: read from what people type, compared normalised, capitals or not (product.md, The way in 1)."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parseaddr

from email_validator import EmailNotValidError, validate_email

LONGEST = 254
_SEPARATORS = re.compile(r"[\n\r,;\t]+")


class NotAnAddress(ValueError):
    """The text is no mail address; the message says so in words fit to show beside the field."""


@dataclass(frozen=True)
class TypedAddress:
    """One entry of a pasted list: what was typed, the address it means (None: none), and why not."""

    typed: str
    address: str | None
    fault: str | None


def normalise(typed: str) -> str:
    """The one spelling of an address that is stored, compared and written to: trimmed, NFC, small, domain in Unicode.

    Only capitals become small letters. Python's `casefold` would make “ss” of “ß” and “σ” of “ς”, which is another
    mailbox, and in a domain somebody else's: what was meant for straße.example must never go to strasse.example.

    Raises `NotAnAddress`. No name is looked up: whether the mailbox exists shows when a letter goes out.
    """
    text = unicodedata.normalize("NFC", typed).strip()
    if not text:
        raise NotAnAddress("Enter a mail address")
    if len(text) > LONGEST:
        raise NotAnAddress("This is longer than a mail address can be")
    try:
        valid = validate_email(text, check_deliverability=False, allow_smtputf8=True, test_environment=True)
    except EmailNotValidError:
        raise NotAnAddress(f"“{text[:80]}” is not a mail address") from None
    return small(valid.normalized)


def small(text: str) -> str:
    """Part of an address as `normalise` spells it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())


def read_list(text: str) -> list[TypedAddress]:
    """Every entry of a pasted list, in order, doubles kept once.

    Lines, commas, semicolons and “Name <address>” are understood.
    """
    seen: set[str] = set()
    entries: list[TypedAddress] = []
    for typed in _entries(text):
        entry = _read(typed)
        if entry.address is not None:
            if entry.address in seen:
                continue
            seen.add(entry.address)
        entries.append(entry)
    return entries


def count_doubles(text: str) -> int:
    """How many entries of a pasted list are an address that stands further up already."""
    read = [entry.address for entry in map(_read, _entries(text)) if entry.address is not None]
    return len(read) - len(set(read))


def _entries(text: str) -> Iterator[str]:
    for piece in map(str.strip, _SEPARATORS.split(text)):
        if "<" not in piece and len(piece.split()) > 1 and all("@" in word for word in piece.split()):
            yield from piece.split()
        elif piece:
            yield piece


def _read(typed: str) -> TypedAddress:
    bare = parseaddr(typed)[1] if "<" in typed else typed
    try:
        return TypedAddress(typed, normalise(bare or typed), None)
    except NotAnAddress as fault:
        return TypedAddress(typed, None, str(fault))


def masked(address: str) -> str:
    """The address with all but the first letter of its local part hidden: the reader may not be its owner."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••••@{domain}"
