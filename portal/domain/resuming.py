"""Sittings that were, and going on where one stopped (product.md, Viewings)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, select

from portal.domain.access import Listing, Shared
from portal.storage.db import UtcDateTime, db
from portal.storage.models import User, VideoSession, Viewing, WatchRecord

_WORTH_GOING_ON = 5.0
"""Seconds from the start, or before the end, from which on there is a place to go on from."""


@dataclass(frozen=True)
class Place:
    """Where somebody stopped. `parts` are those they have watched, in seconds.

    `sitting_ends_at` None: no sitting is open, and pressing play takes a view where there is a limit.
    """

    sitting_ends_at: datetime | None
    parts: list[tuple[float, float]]


@dataclass(frozen=True)
class Sittings:
    """How often somebody sat down to watch a session; `last_ended_at` None: never."""

    number: int
    last_ended_at: datetime | None


def sittings_of(viewer: User, video_session: VideoSession) -> Sittings:
    """Those in which something was watched; one query."""
    query = select(func.count(), func.max(Viewing.ends_at, type_=UtcDateTime())).where(
        Viewing.user_id == viewer.id,
        Viewing.video_session_id == video_session.id,
        Viewing.given_back_at.is_(None),
    )
    number, last_ended_at = db.session.execute(query).one()
    return Sittings(number, last_ended_at)


def latest(listing: Listing) -> Shared | None:
    """Of what may be watched on this page, what was watched last and not to its end."""
    stopped = [shared for shared in listing.live if shared.watched_at is not None and can_go_on(shared)]
    return max(stopped, key=lambda shared: (shared.watched_at, shared.key), default=None)


def can_go_on(shared: Shared) -> bool:
    """Whether they stopped somewhere between the start and the end."""
    ends = shared.length_seconds or shared.position_seconds
    return _WORTH_GOING_ON <= shared.position_seconds <= ends - _WORTH_GOING_ON


def place(viewer: User, shared: Shared, *, at: datetime) -> Place:
    """What was watched of it, and until when its sitting is open; one query."""
    row = db.session.execute(_place, {"viewer_id": viewer.id, "key": shared.key, "at": at}).first()
    watched, ends_at = (row[0] or [], row[1]) if row else ([], None)
    parts = [(begin / 10, end / 10) for begin, end in watched]
    return Place(ends_at if shared.has_sitting else None, parts)


_VIEWER: Any = bindparam("viewer_id")
_place = (
    select(WatchRecord.watched, Viewing.ends_at)
    .select_from(VideoSession)
    .outerjoin(WatchRecord, and_(WatchRecord.video_session_id == VideoSession.id, WatchRecord.user_id == _VIEWER))
    .outerjoin(
        Viewing,
        and_(
            Viewing.user_id == _VIEWER,
            Viewing.video_session_id == VideoSession.id,
            Viewing.ends_at > bindparam("at", type_=UtcDateTime()),
            Viewing.given_back_at.is_(None),
        ),
    )
    .where(VideoSession.key == bindparam("key"))
    .order_by(Viewing.id.desc())
    .limit(1)
)
