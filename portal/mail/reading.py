"""Reads letters back from the letters folder, for whoever runs a portal without a mail server."""

import unicodedata
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

LARGEST = 2 * 1024 * 1024


@dataclass(frozen=True)
class KeptLetter:
    """A letter as it lies in the folder: its headers in order, and both of its parts (empty: it has none)."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str


def read_kept(folder: Path, name: str) -> KeptLetter | None:
    """The letter of that file; None when there is no such file, or none that could be a letter of ours.

    The name is a plain one of this folder: it never leads elsewhere, by `..` or by a link.
    """
    path = folder / name
    if Path(name).name != name or path.suffix != ".eml" or path.is_symlink() or not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError:
        return None
    if len(content) > LARGEST:
        return None
    message = message_from_bytes(content, _class=EmailMessage, policy=default)
    return KeptLetter(
        headers=tuple((name, _readable(str(value))) for name, value in message.items() if name in _SHOWN),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


_SHOWN = ("Date", "From", "To", "Reply-To", "Subject", "Message-ID")


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        return _readable(str(part.get_content()))
    except (LookupError, ValueError):  # a coding that nobody knows
        return ""


def _readable(text: str) -> str:
    """The text without characters that no page may hold."""
    return "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))
