"""The words of one caption: all markup goes but bold and italic, and who speaks is said in words.

What comes out is WebVTT cue text of few parts: `<b>`, `<i>`, their ends, `&amp;`, `&lt;`, `&gt;`, and lines parted by
"\\n". Tags never cross a line, so a line can be shown alone. Cleaning it once more changes nothing.
"""

import re
import unicodedata
from html.entities import html5
from itertools import groupby

_MARKUP = re.compile(
    r"<(?P<end>/?)(?P<name>[a-zA-Z]+)(?P<more>(?:[\s./][^<>]*)?)>"  # a tag, as WebVTT and SRT have them
    r"|<[\d:.,/]*>"  # a moment inside a caption, for karaoke; an empty tag
    r"|\{(?P<brace_end>/?)(?P<brace_name>[biuBIU])\}|\{\\[^{}]*\}"  # older SRT, and places on the screen
    r"|&(?P<entity>#?[a-zA-Z0-9]{1,31});"
)
_KEPT_TAG = re.compile(r"</?[bi]>")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_LONGEST_NAME = 80
_HIGHEST = 0x10FFFF

_Letter = tuple[str, frozenset[str]]
"""A letter, and which of "b" and "i" it stands in."""


def clean(text: str, speaker: str = "") -> tuple[str, str]:
    """The words of a caption as they are kept, and who speaks at its end ("" where that is not said).

    `speaker` is who spoke in the caption before: they are named again only when somebody else has spoken.
    """
    if not any(sign in text for sign in "<{&>"):
        return "\n".join(line for line in (" ".join(_shown(line).split()) for line in text.split("\n")) if line), ""
    letters = _Letters(speaker)
    place = 0
    for mark in _MARKUP.finditer(text):
        letters.add(text[place : mark.start()])
        letters.take(mark)
        place = mark.end()
    letters.add(text[place:])
    return letters.written(), letters.speaker


def plain(text: str) -> str:
    """The words of cleaned text alone, on one line, without any markup."""
    words = _KEPT_TAG.sub("", text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return " ".join(words.split())


class _Letters:
    """The letters of one caption as they are gathered."""

    def __init__(self, speaker_before: str) -> None:
        self.speaker = ""
        self._before = speaker_before
        self._style: frozenset[str] = frozenset()
        self._letters: list[_Letter] = []

    def add(self, words: str) -> None:
        self._letters.extend((letter, self._style) for letter in words)

    def take(self, mark: re.Match[str]) -> None:
        """What a piece of markup means: another style, a letter, who speaks, or nothing."""
        if mark["entity"]:
            self.add(_entity(mark["entity"]))
            return
        name = (mark["name"] or mark["brace_name"] or "").lower()
        if name in ("b", "i"):
            ends = bool(mark["end"] or mark["brace_end"])
            self._style = self._style - {name} if ends else self._style | {name}
        elif name == "v" and not mark["end"]:
            self._speaks(mark["more"])

    def written(self) -> str:
        """The lines that have words, each with tags of its own."""
        lines: list[list[_Letter]] = [[]]
        for letter, style in self._letters:
            if letter == "\n":
                lines.append([])
            else:
                lines[-1].append((" " if letter.isspace() else _shown(letter), style))
        return "\n".join(words for words in map(_line, lines) if words)

    def _speaks(self, more: str) -> None:
        """`<v.loud Dana Lee>`: classes first, then the name."""
        _classes, _space, name = more.partition(" ")
        unescaped = re.sub(r"&(#?[a-zA-Z0-9]{1,31});", lambda found: _entity(found[1]), name)
        tidy = " ".join(_shown(unescaped).split())[:_LONGEST_NAME].strip()
        if not tidy:
            return
        if tidy != (self.speaker or self._before):
            self.add(f"{tidy}: ")
        self.speaker = tidy


def _line(letters: list[_Letter]) -> str:
    """One line with single spaces, and tags only around words."""
    kept: list[_Letter] = []
    for letter, style in letters:
        if letter and not (letter == " " and (not kept or kept[-1][0] == " ")):
            kept.append((letter, style))
    while kept and kept[-1][0] == " ":
        kept.pop()
    return "".join(
        _run(style, "".join(letter for letter, _ in run)) for style, run in groupby(kept, lambda one: one[1])
    )


def _run(style: frozenset[str], words: str) -> str:
    names = sorted(style)
    begins, ends = "".join(f"<{name}>" for name in names), "".join(f"</{name}>" for name in reversed(names))
    return f"{begins}{words.translate(_ESCAPES)}{ends}"


def _entity(name: str) -> str:
    """What `&name;` stands for; itself where that is nothing."""
    if not name.startswith("#"):
        return html5.get(f"{name};", f"&{name};")
    digits = name[1:]
    try:
        number = int(digits[1:], 16) if digits[:1] in ("x", "X") else int(digits)
    except ValueError:
        return f"&{name};"
    return chr(number) if 0 < number <= _HIGHEST else ""


def _shown(words: str) -> str:
    """Without control characters and halves of letters; a tab, and what some systems end lines with, is a space."""
    kept = (" " if letter.isspace() else letter for letter in words)
    return "".join(letter for letter in kept if letter == " " or unicodedata.category(letter) not in ("Cc", "Cs"))
