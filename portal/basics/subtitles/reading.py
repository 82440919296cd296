"""Reads WebVTT and SRT as people have them: forgiving about form, strict about times, naming each bad caption."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from portal.basics.subtitles.cue_words import clean, plain
from portal.basics.subtitles.decoding import decoded

LARGEST = 4 * 1024 * 1024
"""Bytes a file may have: a day of talking has fewer."""
MOST_CUES = 20_000
LONGEST_TIME = 100 * 3600 * 1000
_LONGEST_TEXT = 2000
_TIME = r"(?:(\d{1,3})\s*:\s*)?(\d{1,2})\s*:\s*(\d{1,2})(?:\s*[.,]\s*(\d{1,3}))?"
_TIMES = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?")
_NO_CAPTIONS = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_NO_TEXT = "This is not a text file. Captions come as WebVTT (.vtt) or SRT (.srt)."
_EMPTY = "This file is empty."
_NOTHING = "There are no captions in this file. WebVTT (.vtt) and SRT (.srt) work."
_UNREADABLE = "its times cannot be read; they look like 00:01:05.000 --> 00:01:07.500"
_BACKWARDS = "it does not end after it begins"
_LATE = "it lies beyond 100 hours"
_LONG = f"it has more than {_LONGEST_TEXT:,} characters"
_NO_TIMES = "no times stand above these words"


class NotSubtitles(ValueError):
    """A file that no caption can be taken from; the message is a sentence for beside the field."""


@dataclass(frozen=True)
class Cue:
    """One caption: from when to when, in milliseconds, and its cleaned text."""

    begin: int
    end: int
    text: str

    @property
    def words(self) -> str:
        """What it says, on one line without markup."""
        return plain(self.text)


@dataclass(frozen=True)
class LeftOut:
    """A caption that could not be taken, by the line of the file, and why: the end of a sentence."""

    line: int
    why: str


@dataclass(frozen=True)
class Read:
    """What a file held: captions by when they begin, and those that were left out, by line."""

    cues: list[Cue]
    left_out: list[LeftOut]


@dataclass
class _Block:
    """Times as the file has them, on which line, and the lines below."""

    line: int
    times: str
    words: list[str] = field(default_factory=list)


def read(data: bytes) -> Read:
    """The captions of a file, WebVTT or SRT, whatever it is called. Raises `NotSubtitles` where there are none at all.

    A bad one never costs a good one: it is left out and named. One without words is not worth naming.
    """
    if not data.strip():
        raise NotSubtitles(_EMPTY)
    if len(data) > LARGEST:
        raise NotSubtitles(f"This file is too large for captions: at most {LARGEST // 1024 // 1024} MB.")
    text = decoded(data)
    if text is None:
        raise NotSubtitles(_NO_TEXT)
    cues: list[Cue] = []
    left_out: list[LeftOut] = []
    speaker = ""
    for count, block in enumerate(_blocks(text.split("\n"), left_out)):
        if count == MOST_CUES:
            raise NotSubtitles(f"This file has more than {MOST_CUES:,} captions.")
        taken, speaker = _taken(block, speaker)
        if isinstance(taken, Cue):
            cues.append(taken)
        elif taken is not None:
            left_out.append(taken)
    if not cues:
        raise NotSubtitles(_first_fault(left_out))
    return Read(sorted(cues, key=lambda cue: (cue.begin, cue.end)), sorted(left_out, key=lambda fault: fault.line))


def _first_fault(left_out: list[LeftOut]) -> str:
    timed = [fault for fault in left_out if fault.why != _NO_TIMES]
    if not timed:
        return _NOTHING
    return f"No caption of this file can be used. The first, on line {timed[0].line:,}: {timed[0].why}."


def _taken(block: _Block, speaker: str) -> tuple[Cue | LeftOut | None, str]:
    """The caption, or why it is none (None: it has no words), and who speaks at its end."""
    found = _TIMES.fullmatch(block.times)
    begin, end = (_milliseconds(found, 1), _milliseconds(found, 5)) if found else (None, None)
    if begin is None or end is None:
        return LeftOut(block.line, _UNREADABLE), ""
    if end <= begin:
        return LeftOut(block.line, _BACKWARDS), ""
    if end > LONGEST_TIME:
        return LeftOut(block.line, _LATE), ""
    raw = "\n".join(block.words)
    if len(raw) > 5 * _LONGEST_TEXT:
        return LeftOut(block.line, _LONG), ""
    words, now_speaks = clean(raw, speaker)
    if len(words) > _LONGEST_TEXT:
        return LeftOut(block.line, _LONG), ""
    return (Cue(begin, end, words) if words else None), now_speaks


def _milliseconds(found: re.Match[str], first: int) -> int | None:
    """A time of four groups; None where its minutes or seconds are more than sixty."""
    hours, minutes, seconds, part = (found[first + n] for n in range(4))
    if int(minutes) > 59 or int(seconds) > 59:
        return None
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole * 1000 + int((part or "0").ljust(3, "0"))


def _blocks(lines: list[str], left_out: list[LeftOut]) -> Iterator[_Block]:
    """Times with the words below them, in the order of the file; words without times are named in `left_out`.

    An empty line ends a caption. In SRT, words after it with no times of their own still belong to it: people leave
    lines empty inside of captions. Times also end the caption before, where no empty line parts the two.
    """
    is_webvtt = lines[0].startswith("WEBVTT")
    at = _after_block(lines, 0) if is_webvtt else 0
    block: _Block | None = None
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        if is_webvtt and _NO_CAPTIONS.match(lines[at]):
            at = _after_block(lines, at)
            continue
        times = next((n for n in (at, at + 1) if n < len(lines) and "-->" in lines[n]), None)
        if times is not None:
            if block:
                yield block
            block = _Block(times + 1, lines[times])
            at = times + 1
            ends = _end_of_words(lines, at)
            block.words += lines[at:ends]
        else:
            ends = _end_of_words(lines, at)
            if block and not is_webvtt:
                block.words += lines[at:ends]
            elif not all(line.strip().isdigit() for line in lines[at:ends]):
                left_out.append(LeftOut(at + 1, _NO_TIMES))
        at = ends
    if block:
        yield block


def _after_block(lines: list[str], at: int) -> int:
    """The first line after a block that holds no caption: an empty one, or times."""
    while at < len(lines) and lines[at].strip() and "-->" not in lines[at]:
        at += 1
    return at


def _end_of_words(lines: list[str], at: int) -> int:
    """Where the words that begin at `at` end. The number of the next caption, just above its times, is none of them."""
    begin = at
    while at < len(lines) and lines[at].strip() and "-->" not in lines[at]:
        at += 1
    runs_on = at < len(lines) and "-->" in lines[at]
    return at - 1 if runs_on and at > begin and lines[at - 1].strip().isdigit() else at
