"""Text that people typed, tidied before it is kept."""

import unicodedata


def one_line(text: str) -> str:
    """Single-spaced and without control characters, which no page can show and not every database takes."""
    return " ".join(_shown(text).split())


def many_lines(text: str) -> str:
    """Paragraphs as typed, with plain line ends, without control characters and empty space around."""
    return _shown(text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _shown(text: str) -> str:
    # surrogates cannot be stored; joiners and marks of direction are part of names and emoji, so they stay
    return "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))
