"""Secrets that travel by mail or cookie. Only their hashes are ever stored."""

import base64
import hashlib
import hmac
import secrets

CODE_DIGITS = 6


def new_token() -> str:
    """256 random bits, safe in a URL (ASVS 6.5; product.md, The way in 2)."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """The SHA-256 of a token in hex: what is stored and looked up. Any text is accepted: damaged links find nothing."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def new_code() -> str:
    """Six random digits, leading zeros kept."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def hash_code(code: str, bound_to: str) -> str:
    """The hash of a short code, bound to what it is for: equal codes of two invitations have different hashes."""
    return hashlib.sha256(f"{bound_to}:{code}".encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def new_key() -> str:
    """A random name for a thing in addresses: 80 bits, 16 lower-case letters and digits. It grants nothing."""
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()


TRACE_CODE_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"  # nothing that looks like something else, and no words by chance
TRACE_CODE_LETTERS = 7


def new_trace_code() -> str:
    """A short random mark shown over a picture, easy to copy from a filmed screen: 33 bits. It grants nothing."""
    return "".join(secrets.choice(TRACE_CODE_ALPHABET) for _ in range(TRACE_CODE_LETTERS))
