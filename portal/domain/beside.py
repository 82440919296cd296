"""What stands beside the picture: captions, chapters and papers of one recording, in one query."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Float, Integer, String, bindparam, cast, literal, select, union_all

from portal.basics.languages import Language, language_of
from portal.domain import chapters
from portal.domain.chapters import Shown
from portal.storage.db import db
from portal.storage.models import Attachment, CaptionTrack, Chapter, VideoSession


@dataclass(frozen=True)
class Track:
    """Captions in one language, without their words."""

    key: str
    language: Language


@dataclass(frozen=True)
class Paper:
    """A paper that goes with it."""

    key: str
    title: str
    size_bytes: int


@dataclass(frozen=True)
class Beside:
    """Tracks by language, chapters of what plays in their order, papers in the order they came."""

    tracks: list[Track]
    chapters: list[Shown]
    papers: list[Paper]


def of(video_session: VideoSession) -> Beside:
    """All that stands beside the picture of this recording. One query."""
    tracks, begins, papers = [], [], []
    for kind, key, words, place, size in db.session.execute(_beside, {"session_id": video_session.id}):
        if kind == _TRACK:
            tracks.append(Track(key, language_of(words)))
        elif kind == _CHAPTER:
            begins.append((place, words))
        else:
            papers.append(Paper(key, words, size))
    return Beside(
        tracks=sorted(tracks, key=lambda track: track.language.name),
        chapters=chapters.shown_of(begins, video_session.length_seconds),
        papers=papers,
    )


_TRACK, _CHAPTER, _PAPER = 1, 2, 3


def _part(model: Any, kind: int, key: Any, words: Any, place: Any, size: Any) -> Any:
    """One kind of thing, in the columns that all kinds share."""
    columns = (
        literal(kind, Integer()).label("kind"),
        cast(key, String()).label("key"),
        cast(words, String()).label("words"),
        cast(place, Float()).label("place"),
        cast(size, BigInteger()).label("size"),
    )
    return select(*columns).where(model.video_session_id == bindparam("session_id", type_=BigInteger()))


_parts = union_all(
    _part(CaptionTrack, _TRACK, CaptionTrack.key, CaptionTrack.language, 0, 0),
    _part(Chapter, _CHAPTER, "", Chapter.title, Chapter.begins_at_seconds, 0),
    _part(Attachment, _PAPER, Attachment.key, Attachment.title, Attachment.id, Attachment.size_bytes),
)
_beside = _parts.order_by("kind", "place")
