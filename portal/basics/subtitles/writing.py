"""Captions as WebVTT, written anew from what was read: nothing of the file that was brought is copied."""

from collections.abc import Iterable

from portal.basics.subtitles.reading import Cue


def write(cues: Iterable[Cue]) -> str:
    """A WebVTT file (https://www.w3.org/TR/webvtt1/) of these captions, which are cleaned and in order."""
    return "".join(["WEBVTT\n", *(f"\n{_time(cue.begin)} --> {_time(cue.end)}\n{cue.text}\n" for cue in cues)])


def _time(milliseconds: int) -> str:
    seconds, part = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}.{part:03}"
