"""Captions as people bring them, WebVTT or SRT: read, cleaned, and written anew as WebVTT (security.md, Web)."""

from portal.basics.subtitles.cue_words import clean, plain
from portal.basics.subtitles.reading import (
    LARGEST,
    LONGEST_TIME,
    MOST_CUES,
    Cue,
    LeftOut,
    NotSubtitles,
    Read,
    read,
)
from portal.basics.subtitles.writing import write

__all__ = [
    "LARGEST",
    "LONGEST_TIME",
    "MOST_CUES",
    "Cue",
    "LeftOut",
    "NotSubtitles",
    "Read",
    "clean",
    "plain",
    "read",
    "write",
]
