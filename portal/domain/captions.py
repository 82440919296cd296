"""Captions of a recording: one track a language, kept as cleaned words and times, never as the file that was brought.

Times are kept as they were when the recording is trimmed, also where they lie outside of what plays (negative ones are
before its start): widening the cut again brings them back. What anybody sees of them stands in `shown_captions`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from portal.basics import subtitles, tokens
from portal.basics.errors import NotFound, PortalError
from portal.basics.languages import LANGUAGES, Language, language_of
from portal.basics.sizes import size_words
from portal.basics.subtitles import Cue, LeftOut, NotSubtitles, Read
from portal.domain import audit, chapters, search
from portal.domain.audit import AuditKind
from portal.domain.shown_captions import as_webvtt, shown_cues
from portal.storage.db import db
from portal.storage.models import CaptionTrack, User, VideoSession

__all__ = [
    "LARGEST_FILE",
    "NO_LANGUAGE",
    "Added",
    "Spoken",
    "TrackLine",
    "WrongCaptions",
    "add",
    "as_webvtt",
    "check_language",
    "find",
    "line_of",
    "moved_by",
    "read_file",
    "remove",
    "shown_cues",
    "tracks_of",
    "with_words",
]

LARGEST_FILE = subtitles.LARGEST
NO_LANGUAGE = "Choose the language that is written in it"


class WrongCaptions(PortalError):
    """Captions that cannot be taken; `field` says beside which field ("file" or "language") the sentence belongs."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class TrackLine:
    """One track in a list, without its words."""

    key: str
    language: Language
    captions: int
    uploaded_name: str
    changed_at: datetime


@dataclass(frozen=True)
class Spoken:
    """What is said, in one language, as it lies in what plays."""

    language: Language
    cues: list[Cue]


@dataclass(frozen=True)
class Added:
    """What became of a file: how many captions were taken, and which were left out.

    `replaced` tells that there was a track in this language. `after_the_end` counts captions that begin where the
    recording is over: many of them mean that it is another one's file.
    """

    language: Language
    captions: int
    left_out: Sequence[LeftOut]
    replaced: bool
    after_the_end: int


def tracks_of(video_session: VideoSession) -> list[TrackLine]:
    """The tracks of a recording by language, for those who look after it. One query, and none of the words."""
    columns = (
        CaptionTrack.key,
        CaptionTrack.language,
        func.json_array_length(CaptionTrack.cues),
        CaptionTrack.uploaded_name,
        CaptionTrack.changed_at,
    )
    query = select(*columns).where(CaptionTrack.video_session_id == video_session.id)
    lines = [
        TrackLine(key, language_of(tag), count, name, changed)
        for key, tag, count, name, changed in db.session.execute(query)
    ]
    return sorted(lines, key=lambda line: line.language.name)


def with_words(video_session: VideoSession) -> list[Spoken]:
    """All that is said in a recording, by language; nothing of it is checked here. One query."""
    tracks = db.session.scalars(select(CaptionTrack).where(CaptionTrack.video_session_id == video_session.id))
    spoken = [Spoken(language_of(track.language), shown_cues(track, video_session.length_seconds)) for track in tracks]
    return sorted(spoken, key=lambda one: one.language.name)


def line_of(track: CaptionTrack) -> TrackLine:
    """The same of one track that is at hand."""
    return TrackLine(track.key, language_of(track.language), len(track.cues), track.uploaded_name, track.changed_at)


def check_language(language: str) -> None:
    """Whether captions can be in this language, by its tag. Raises `WrongCaptions`."""
    if language not in LANGUAGES:
        raise WrongCaptions("language", NO_LANGUAGE)


def read_file(path: Path) -> Read:
    """What a file that is brought as captions holds. Outside of any transaction: a long one takes a second.

    One that is too large for captions is not read. Raises `WrongCaptions`.
    """
    if path.stat().st_size > LARGEST_FILE:
        raise WrongCaptions("file", f"This file is too large for captions: at most {size_words(LARGEST_FILE)}.")
    return _read(path.read_bytes())


def find(video_session: VideoSession, key: str) -> CaptionTrack:
    """A track of this recording, with its words. Raises `NotFound`."""
    query = select(CaptionTrack).where(CaptionTrack.video_session_id == video_session.id, CaptionTrack.key == key)
    track = db.session.scalars(query).one_or_none()
    if track is None:
        raise NotFound(key)
    return track


def add(video_session: VideoSession, language: str, file: Read | bytes, *, name: str, by: User, at: datetime) -> Added:
    """Take the captions of a file, in the place of those that the recording has in this language.

    `file` is what `read_file` found in it, or its bytes; `name` is what it was called. Raises `WrongCaptions`.
    """
    read = file if isinstance(file, Read) else _read(file)
    check_language(language)
    db.session.refresh(video_session, with_for_update=True)
    track = db.session.scalars(
        select(CaptionTrack).where(CaptionTrack.video_session_id == video_session.id, CaptionTrack.language == language)
    ).one_or_none()
    replaced = track is not None
    if track is None:
        track = CaptionTrack(key=tokens.new_key(), video_session_id=video_session.id, language=language, created_at=at)
        db.session.add(track)
    track.cues = [[cue.begin, cue.end, cue.text] for cue in read.cues]
    track.uploaded_name, track.changed_at = name, at
    audit.record(
        AuditKind.CAPTIONS_REPLACED if replaced else AuditKind.CAPTIONS_ADDED,
        actor=by,
        subject=video_session,
        at=at,
        language=language_of(language).name,
        file=name,
        captions=len(read.cues),
    )
    search.refresh(video_session)
    return Added(
        language_of(language), len(read.cues), read.left_out, replaced, _after(read.cues, video_session.length_seconds)
    )


def remove(video_session: VideoSession, track: CaptionTrack, *, by: User, at: datetime) -> None:
    """Forget the captions in one language."""
    language = language_of(track.language).name
    audit.record(AuditKind.CAPTIONS_REMOVED, actor=by, subject=video_session, at=at, language=language)
    db.session.delete(track)
    search.refresh(video_session)


def moved_by(video_session: VideoSession, seconds: float, *, at: datetime) -> None:
    """What plays begins elsewhere: all captions and chapters come so much later; earlier where it is negative.

    Cutting ten seconds off the start is `moved_by(video_session, -10)`, giving them back `+10`, another end `0`. To be
    called in the transaction that has the other version play, once its length is known: what is found of the
    recording is what plays.
    """
    milliseconds = round(seconds * 1000)
    if milliseconds:
        _move(video_session, milliseconds, at)
        chapters.move(video_session, seconds)
    search.refresh(video_session)


def _move(video_session: VideoSession, milliseconds: int, at: datetime) -> None:
    for track in db.session.scalars(select(CaptionTrack).where(CaptionTrack.video_session_id == video_session.id)):
        track.cues = [[int(begin) + milliseconds, int(end) + milliseconds, text] for begin, end, text in track.cues]
        track.changed_at = at


def _read(data: bytes) -> Read:
    try:
        return subtitles.read(data)
    except NotSubtitles as fault:
        raise WrongCaptions("file", str(fault)) from None


def _after(cues: Sequence[Cue], length_seconds: float | None) -> int:
    return 0 if length_seconds is None else sum(cue.begin >= length_seconds * 1000 for cue in cues)
