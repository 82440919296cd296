"""Small words that letters share."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Literal

SharedKind = Literal["recording", "folder", "event"]
_KINDS: Sequence[SharedKind] = ("recording", "folder", "event")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
# Marks that turn the direction of what follows: a title must not rewrite the line it stands in.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def one_line(text: str) -> str:
    """The same words on one line: line breaks and runs of white space become one space, control characters go."""
    visible = "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in text)
    return " ".join(_TURNS.sub("", visible).split())


def counted(number: int, thing: str) -> str:
    """ "a recording", "an event", "two recordings", "20 recordings"."""
    if number == 1:
        return f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}"
    return f"{_NUMBERS[number] if number < len(_NUMBERS) else f'{number:,}'} {thing}s"


def shared_words(kinds: Iterable[SharedKind]) -> str:
    """What is shared, counted: "a recording", "two recordings and a folder", "a recording, a folder and an event"."""
    all_kinds = list(kinds)
    parts = [counted(all_kinds.count(kind), kind) for kind in _KINDS if kind in all_kinds]
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def views_words(views: int | None, used: int = 0, *, each: bool = False) -> str:
    """A number of views as a value: "2", "2 for each recording", "1 of 2 left"; None is no limit."""
    if views is None:
        return "As often as you like"
    if used:
        return f"{max(0, views - used)} of {views} left"
    return f"{views} for each recording" if each else str(views)


def paragraphs(text: str) -> Sequence[Sequence[str]]:
    """Typed text as paragraphs of lines, without blank ones and without control characters."""
    blocks = re.split(r"\n\s*\n", "\n".join(text.splitlines()))
    typed = ([one_line(line) for line in block.splitlines() if line.strip()] for block in blocks)
    return [lines for lines in typed if lines]
