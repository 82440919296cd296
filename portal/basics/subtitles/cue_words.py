"""The words of one caption: all markup goes but bold and italic, and who speaks is said in words.

What comes out is WebVTT cue text of few parts: `<b>`, `<i>`, their ends, `&amp;`, `&lt;`, `&gt;`, and lines parted by
"\\n". Tags never cross a line, so a line can be shown alone. Cleaning it once more changes nothing.
"""

import re
from html.entities import html5

_MARKUP = re.compile(
    r"<(?P<end>/?)(?P<name>[a-zA-Z]+)(?P<more>(?:[\s./][^<>]*)?)>"  # a tag, as WebVTT and SRT have them
    r"|<[\d:.,/]*>"  # a moment inside a caption, for karaoke; an empty tag
    r"|\{(?P<brace_end>/?)(?P<brace_name>[biuBIU])\}|\{\\[^{}]*\}"  # older SRT, and places on the screen
    r"|&(?P<entity>#?[a-zA-Z0-9]{1,31});"
)
_KEPT_TAG = re.compile(r"</?[bi]>")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_SPACE = re.compile(r"[^\S\n]+")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST_NAME = 80
_HIGHEST = 0x10FFFF

_Run = tuple[str, frozenset[str]]
"""Words, and which of "b" and "i" they stand in."""


def clean(text: str, speaker: str = "") -> tuple[str, str]:
    """The words of a caption as they are kept, and who speaks at its end ("" where that is not said).

    `speaker` is who spoke in the caption before: they are named again only when somebody else has spoken.
    """
    shown = _shown(text)
    runs = _Runs(speaker)
    place = 0
    for mark in _MARKUP.finditer(shown):
        runs.add(shown[place : mark.start()])
        runs.take(mark)
        place = mark.end()
    runs.add(shown[place:])
    return runs.written(), runs.speaker


def plain(text: str) -> str:
    """The words of cleaned text alone, on one line, without any markup."""
    words = _KEPT_TAG.sub("", text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return " ".join(words.split())


class _Runs:
    """The words of one caption as they are gathered."""

    def __init__(self, speaker_before: str) -> None:
        self.speaker = ""
        self._before = speaker_before
        self._style: frozenset[str] = frozenset()
        self._lines: list[list[_Run]] = [[]]

    def add(self, words: str) -> None:
        first, *others = words.split("\n")
        self._lines[-1].append((first, self._style))
        self._lines += [[(line, self._style)] for line in others]

    def take(self, mark: re.Match[str]) -> None:
        """What a piece of markup means: another style, a letter, who speaks, or nothing."""
        if mark["entity"]:
            self.add(_entity(mark["entity"]).replace("\n", " "))
            return
        name = (mark["name"] or mark["brace_name"] or "").lower()
        if name in ("b", "i"):
            ends = bool(mark["end"] or mark["brace_end"])
            self._style = self._style - {name} if ends else self._style | {name}
        elif name == "v" and not mark["end"]:
            self._speaks(mark["more"])

    def written(self) -> str:
        """The lines that have words, each with tags of its own."""
        return "\n".join(words for words in map(_line, self._lines) if words)

    def _speaks(self, more: str) -> None:
        """`<v.loud Dana Lee>`: classes first, then the name."""
        _classes, _space, name = more.partition(" ")
        unescaped = re.sub(r"&(#?[a-zA-Z0-9]{1,31});", lambda found: _entity(found[1]), name)
        tidy = " ".join(unescaped.split())[:_LONGEST_NAME].strip()
        if not tidy:
            return
        if tidy != (self.speaker or self._before):
            self.add(f"{tidy}: ")
        self.speaker = tidy


def _line(runs: list[_Run]) -> str:
    """One line with single spaces, and tags only around words."""
    kept: list[_Run] = []
    for run, style in runs:
        words = _SPACE.sub(" ", run)
        if not kept or kept[-1][0].endswith(" "):
            words = words.lstrip(" ")
        if words and kept and kept[-1][1] == style:
            kept[-1] = (kept[-1][0] + words, style)
        elif words:
            kept.append((words, style))
    if kept and kept[-1][0].endswith(" "):
        words, style = kept.pop()
        kept += [(words.rstrip(" "), style)] if words.strip(" ") else []
    return "".join(_tagged(words, style) for words, style in kept)


def _tagged(words: str, style: frozenset[str]) -> str:
    names = sorted(style)
    begins, ends = "".join(f"<{name}>" for name in names), "".join(f"</{name}>" for name in reversed(names))
    return f"{begins}{words.translate(_ESCAPES)}{ends}"


def _entity(name: str) -> str:
    """What `&name;` stands for; itself where that is nothing."""
    if not name.startswith("#"):
        return _shown(html5.get(f"{name};", f"&{name};"))
    digits = name[1:]
    try:
        number = int(digits[1:], 16) if digits[:1] in ("x", "X") else int(digits)
    except ValueError:
        return f"&{name};"
    return _shown(chr(number)) if 0 < number <= _HIGHEST else ""


def _shown(text: str) -> str:
    """Without control characters and halves of letters; a tab, and what some systems end lines with, is a space."""
    return _CONTROL.sub("", _SPACE.sub(" ", text))
