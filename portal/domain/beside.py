"""What stands beside the picture of a recording, captions, chapters and papers, and which files play: in one query."""

from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import BigInteger, Float, Integer, String, bindparam, case, cast, func, literal, select, union_all

from portal.basics.languages import Language, language_of
from portal.domain import chapters
from portal.domain.access import Face
from portal.domain.chapters import Shown
from portal.storage.models import Attachment, CaptionTrack, Chapter, MediaFile, MediaKind, VideoSession
from portal.storage.prepared import Columns


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
class Plays:
    """What a player can ask for: whether there are qualities to choose from, and small pictures of the places.

    `is_upright`: filmed higher than wide. `best_bytes` is the size of the best quality; 0: there is none.
    """

    has_playlist: bool = False
    has_storyboard: bool = False
    is_upright: bool = False
    best_bytes: int = 0


@dataclass(frozen=True)
class Beside:
    """Tracks by language, chapters of what plays in their order, papers in the order they came."""

    tracks: list[Track]
    chapters: list[Shown]
    papers: list[Paper]
    plays: Plays = field(default_factory=Plays)


def of(video_session: VideoSession, face: Face | None = None) -> Beside:
    """All that stands beside the picture of this recording, as it is told to who knows it by this `face`. One query.

    Where it is blind, chapters and papers are counted instead of named.
    """
    tracks, begins, papers, files = [], [], [], []
    values = {"session_id": video_session.id, "version": video_session.media_version}
    for kind, key, words, place, size in _beside.all(values):
        if kind == _TRACK:
            tracks.append(Track(key, language_of(words)))
        elif kind == _CHAPTER:
            begins.append((place, words))
        elif kind == _PAPER:
            papers.append(Paper(key, words, size))
        else:
            files.append((kind, place, size))
    is_blind = face is not None and face.is_blind
    shown = chapters.shown_of(begins, video_session.length_seconds)
    return Beside(
        tracks=sorted(tracks, key=lambda track: track.language.name),
        chapters=[replace(one, title=f"Chapter {n}") for n, one in enumerate(shown, 1)] if is_blind else shown,
        papers=[replace(one, title=f"Paper {n}") for n, one in enumerate(papers, 1)] if is_blind else papers,
        plays=_plays(files),
    )


def _plays(files: list[tuple[int, float | None, int]]) -> Plays:
    """Of the files' kinds, shapes (height for each width) and sizes."""
    kinds = {kind for kind, _, _ in files}
    films = [(shape, size) for kind, shape, size in files if kind != _STORYBOARD]
    return Plays(
        has_playlist=_QUALITY in kinds,
        has_storyboard=_STORYBOARD in kinds,
        is_upright=any(shape is not None and shape > 1 for shape, _ in films),
        best_bytes=max((size for _, size in films), default=0),
    )


_TRACK, _CHAPTER, _PAPER, _QUALITY, _PLAIN, _STORYBOARD = 1, 2, 3, 4, 5, 6


def _part(model: Any, kind: Any, key: Any, words: Any, place: Any, size: Any) -> Any:
    """One kind of thing, in the columns that all kinds share."""
    columns = (
        (literal(kind, Integer()) if isinstance(kind, int) else kind).label("kind"),
        cast(key, String()).label("key"),
        cast(words, String()).label("words"),
        cast(place, Float()).label("place"),
        cast(size, BigInteger()).label("size"),
    )
    return select(*columns).where(model.video_session_id == bindparam("session_id", type_=BigInteger()))


_shape = MediaFile.height * 1.0 / func.nullif(MediaFile.width, 0)
_of_film = case((MediaFile.index.is_not(None), literal(_QUALITY, Integer())), else_=literal(_PLAIN, Integer()))
_that_plays = MediaFile.version == bindparam("version", type_=Integer())

_parts = union_all(
    _part(CaptionTrack, _TRACK, CaptionTrack.key, CaptionTrack.language, 0, 0),
    _part(Chapter, _CHAPTER, "", Chapter.title, Chapter.begins_at_seconds, 0),
    _part(Attachment, _PAPER, Attachment.key, Attachment.title, Attachment.id, Attachment.size_bytes),
    _part(MediaFile, _of_film, "", "", _shape, MediaFile.size_bytes).where(
        _that_plays, MediaFile.kind == MediaKind.RENDITION
    ),
    _part(MediaFile, _STORYBOARD, "", "", 0, 0).where(_that_plays, MediaFile.kind == MediaKind.STORYBOARD),
)
_beside = Columns(_parts.order_by("kind", "place"))
