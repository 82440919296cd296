"""Captions as they are seen: those that lie in what plays, with their times from its start."""

from portal.basics import subtitles
from portal.basics.subtitles import Cue
from portal.storage.models import CaptionTrack


def shown_cues(track: CaptionTrack, length_seconds: float | None = None) -> list[Cue]:
    """The captions that lie in what plays, in order. `length_seconds` None: not known."""
    ends_at = subtitles.LONGEST_TIME if length_seconds is None else round(length_seconds * 1000)
    cues = (Cue(int(begin), int(end), str(text)) for begin, end, text in track.cues)
    return [
        Cue(max(0, cue.begin), min(ends_at, cue.end), cue.text) for cue in cues if cue.end > 0 and cue.begin < ends_at
    ]


def as_webvtt(track: CaptionTrack, length_seconds: float | None = None) -> str:
    """A WebVTT file of what `shown_cues` gives."""
    return subtitles.write(shown_cues(track, length_seconds))
