"""What was opened and what was watched: unique coverage, from the player's reports (product.md, Viewings).

A report is what a browser says. It counts only where the bytes of it left for this person, and no faster than twice
the time that the player has been open (docs/who-may-watch.md, What counts as watched).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, bindparam, exists, null, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from portal.basics import spans
from portal.basics.errors import NotFound
from portal.basics.media_index import MediaIndex, times_in_proportion
from portal.basics.spans import Span
from portal.storage.db import db
from portal.storage.models import MediaFile, MediaKind, Stream, User, VideoSession, Viewing, WatchRecord

TENTHS = 10
FASTEST = 2  # the player's highest speed
SLACK = timedelta(seconds=15)
AROUND_SERVED = 30
"""Tenths of a second that may be claimed around what left: bytes do not lie evenly over a part."""
BEYOND_SERVED = 0.03
"""Of a film without an index it is not known which part left, only how much: the share that may be claimed beyond."""
WORTH_GOING_ON = 5.0
"""Seconds from the start, or before the end, from which on there is a place to go on from."""


@dataclass(frozen=True)
class _Playing:
    """A player that reports, and what it plays. `has_index`: it is known which bytes are which part of the length."""

    stream: Stream
    video_session: VideoSession
    has_index: bool


def note_open(viewer: User, video_session: VideoSession, *, at: datetime) -> None:
    """The page of this session was opened once more."""
    record = _hold(viewer.id, video_session.id)
    record.opens += 1
    record.opened_at = at


def note_served(user_id: int, video_session_id: int, media_file_id: int, parts: Iterable[Span]) -> None:
    """These bytes of the file have left for this person, in whichever quality. Of a version that no longer plays
    nothing is known any more.
    """
    row: Any = db.session.execute(_file, {"id": media_file_id}).one_or_none()
    if row is None or row.version != row.media_version:
        return
    if row.index:
        times = MediaIndex.of(row.index).times_of(parts)
    else:
        times = times_in_proportion(parts, row.size_bytes, row.length_seconds or 0.0)
    record = _hold(user_id, video_session_id)
    known = record.served if record.media_version == row.version else []
    record.media_version = row.version
    record.served = _kept(spans.merged([*_pairs(known), *times]))


def report(
    viewer: User,
    stream_key: str,
    *,
    parts: Sequence[tuple[float, float]],
    position: float,
    at: datetime,
    version: int | None = None,
) -> None:
    """What a player says it has played since its page was opened, and where it stands, both in seconds.

    The same part told again changes nothing. What a player tells that has been stopped still counts, but no longer
    says where to go on from. `version` is the one it plays: what it tells of another than plays now counts for nothing.
    Raises `NotFound` for a player that is not this person's.
    """
    playing = _playing(viewer, stream_key)
    record = _hold(viewer.id, playing.video_session.id)
    db.session.refresh(playing.stream, with_for_update=True)  # always after the record: else two reports would lock
    if version not in (None, playing.video_session.media_version):
        return
    length = _tenths(playing.video_session.length_seconds or 0.0)
    told = _believed(_in_tenths(parts, length), record, playing, length)
    new = spans.first_of(told, _may_add(playing, at))
    if new:
        watched = spans.merged([*_pairs(record.watched), *new])
        playing.stream.watched += spans.total(new)
        record.watched = _kept(watched)
        record.watched_seconds = spans.total(watched) / TENTHS
    record.watched_at = at
    if playing.stream.ended_at is None:
        playing.stream.seen_at = at
        record.position_seconds = min(max(0.0, position), length / TENTHS) if math.isfinite(position) else 0.0


def record_of(user: User, video_session: VideoSession) -> WatchRecord | None:
    """What this person has seen of this session; None: they have never opened it."""
    query = select(WatchRecord).where(WatchRecord.user_id == user.id, WatchRecord.video_session_id == video_session.id)
    return db.session.scalars(query).one_or_none()


def share(record: WatchRecord | None, length: float | None) -> float:
    """How much of the whole was watched, from 0 to 1."""
    return min(1.0, record.watched_seconds / length) if record is not None and length else 0.0


def parts_of(record: WatchRecord | None, length: float | None) -> list[tuple[float, float]]:
    """Which parts were watched, in order, as shares of the whole."""
    if record is None or not length:
        return []
    whole = length * TENTHS
    return [(begin / whole, min(1.0, end / whole)) for begin, end in _pairs(record.watched) if begin < whole]


def goes_on_from(record: WatchRecord | None, length: float | None) -> float:
    """Where they stopped, in seconds; the start for whoever was hardly in it or through with it."""
    place = record.position_seconds if record is not None else 0.0
    return place if WORTH_GOING_ON <= place <= (length or 0.0) - WORTH_GOING_ON else 0.0


def _may_add(playing: _Playing, at: datetime) -> int:
    """How much more this player can have shown by now."""
    open_for = min(at, playing.stream.ended_at or at) - playing.stream.created_at + SLACK
    return max(0, _tenths(open_for.total_seconds() * FASTEST) - playing.stream.watched)


def _believed(told: list[Span], record: WatchRecord, playing: _Playing, length: int) -> list[Span]:
    """What of it is new, and can have been shown by what left."""
    if record.media_version != playing.video_session.media_version:
        return []
    served, watched = _pairs(record.served), _pairs(record.watched)
    if playing.has_index:
        return spans.beyond(spans.within(told, served, slack=AROUND_SERVED), watched)
    share = spans.total(served) / length if length else 0.0
    return spans.first_of(
        spans.beyond(told, watched), int(length * min(1.0, share + BEYOND_SERVED)) - spans.total(watched)
    )


def _playing(viewer: User, stream_key: str) -> _Playing:
    row = db.session.execute(_with_film, {"stream_key": stream_key, "viewer_id": viewer.id}).one_or_none()
    if row is None:
        raise NotFound(stream_key)
    return _Playing(*row)


def _hold(user_id: int, video_session_id: int) -> WatchRecord:
    """The row of this person and session, held until the transaction ends; made when there is none."""
    query = (
        select(WatchRecord)
        .where(WatchRecord.user_id == user_id, WatchRecord.video_session_id == video_session_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = db.session.scalars(query).one_or_none()
    if found is None:
        insert: Any = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
        row = insert(WatchRecord).values(user_id=user_id, video_session_id=video_session_id)
        db.session.execute(row.on_conflict_do_nothing(index_elements=["user_id", "video_session_id"]))
        found = db.session.scalars(query).one()
    return found


def _in_tenths(parts: Iterable[tuple[float, float]], length: int) -> list[Span]:
    """Reported parts inside the recording. What is told beyond its end, or is no part at all, is left out."""
    told = [(begin, end) for begin, end in parts if math.isfinite(begin) and math.isfinite(end)]
    return spans.merged((_inside(begin, length), _inside(end, length)) for begin, end in told)


def _inside(seconds: float, length: int) -> int:
    return _tenths(min(max(0.0, seconds), length / TENTHS))


def _tenths(seconds: float) -> int:
    return round(seconds * TENTHS)


def _pairs(kept: Iterable[Sequence[int]]) -> list[Span]:
    return [(begin, end) for begin, end in kept]


def _kept(parts: Iterable[Span]) -> list[list[int]]:
    return [[begin, end] for begin, end in parts]


_file = (
    select(MediaFile.version, MediaFile.size_bytes, MediaFile.index)
    .add_columns(VideoSession.media_version, VideoSession.length_seconds)
    .join(VideoSession, VideoSession.id == MediaFile.video_session_id)
    .where(MediaFile.id == bindparam("id", type_=BigInteger()))
)
_has_index = (
    exists()
    .where(MediaFile.video_session_id == VideoSession.id, MediaFile.kind == MediaKind.RENDITION)
    .where(MediaFile.version == VideoSession.media_version, MediaFile.index.is_not(null()))
)
_with_film = (
    select(Stream, VideoSession, _has_index)
    .join(Viewing, Viewing.id == Stream.viewing_id)
    .join(VideoSession, VideoSession.id == Viewing.video_session_id)
    .where(Stream.key == bindparam("stream_key"), Stream.user_id == bindparam("viewer_id", type_=BigInteger()))
)
