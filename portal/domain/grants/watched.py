"""What a person has seen of what they are named on, for whoever shares it: opened, viewed and watched are three numbers
(product.md, Viewings)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, func, select, union

from portal.domain import access, watching
from portal.domain.access import Standing
from portal.storage.models import EventFolder, EventSession, Folder, Grant, User, VideoSession, ViewBudget, WatchRecord


@dataclass(frozen=True)
class Watched:
    """What somebody has seen of one session: how often its page was opened, which parts were watched, and when last.

    `parts` are shares of the length from 0 to 1, `share` is them together. All are empty for who never came.
    """

    opens: int = 0
    opened_at: datetime | None = None
    parts: list[tuple[float, float]] = field(default_factory=list)
    share: float = 0.0
    at: datetime | None = None

    @classmethod
    def of(cls, record: WatchRecord | None, length: float | None) -> "Watched":
        if record is None:
            return cls()
        return cls(
            opens=record.opens,
            opened_at=record.opened_at,
            parts=watching.parts_of(record, length),
            share=watching.share(record, length),
            at=record.watched_at,
        )


@dataclass(frozen=True)
class SeenOf:
    """How many sessions of a folder, or of an event, somebody has begun to watch, of how many there are."""

    seen: int
    all: int


@dataclass(frozen=True, kw_only=True)
class GivenAndUsed:
    """What a grant allows, how it stands, and what was done with it.

    `taken` counts the views of a session; of a folder or an event those of all its sessions. `watched` is told of a
    session, `seen` of a folder or an event.
    """

    grant_id: int
    begins: datetime | None
    until: datetime | None
    views_limit: int | None
    taken: int
    standing: Standing
    watched: Watched | None
    seen: SeenOf | None

    @property
    def is_live(self) -> bool:
        """Begun, not ended, views left."""
        return self.standing is Standing.LIVE

    @property
    def views_left(self) -> int | None:
        """Of a session; None: no limit."""
        return None if self.views_limit is None else max(0, self.views_limit - self.taken)


def taken_of_folder() -> ScalarSelect[int]:
    """Views taken of all sessions by the grant in the query."""
    taken = select(func.coalesce(func.sum(ViewBudget.taken), 0)).where(ViewBudget.grant_id == Grant.id)
    return taken.correlate(Grant).scalar_subquery()


def seen_of_folder() -> ScalarSelect[int]:
    """How many sessions on the folder of the grant in the query its guest, the `User` there, has begun to watch."""
    seen = (
        select(func.count(WatchRecord.id))
        .join(VideoSession, VideoSession.id == WatchRecord.video_session_id)
        .where(WatchRecord.user_id == User.id, WatchRecord.watched_seconds > 0)
        .where(VideoSession.folder_id == Grant.folder_id, VideoSession.binned_at.is_(None))
    )
    return seen.correlate(User, Grant).scalar_subquery()


def seen_at_event() -> ScalarSelect[int]:
    """How many sessions that the event of the grant in the query shows to its guest, the `User` there, has begun."""
    seen = (
        select(func.count(WatchRecord.id))
        .join(VideoSession, VideoSession.id == WatchRecord.video_session_id)
        .where(WatchRecord.user_id == User.id, WatchRecord.watched_seconds > 0, VideoSession.binned_at.is_(None))
        .where(access.is_shown_by(Grant.event_id), access.assigned_if_need_be(VideoSession.id))
    )
    return seen.correlate(User, Grant).scalar_subquery()


def sessions_at_event() -> ScalarSelect[int]:
    """How many sessions the event of the grant in the query shows to its guest."""
    shown = union(
        select(EventSession.video_session_id).where(EventSession.event_id == Grant.event_id).correlate(Grant),
        select(VideoSession.id)
        .join(EventFolder, EventFolder.folder_id == VideoSession.folder_id)
        .where(EventFolder.event_id == Grant.event_id)
        .correlate(Grant),
    )
    count = select(func.count(VideoSession.id)).where(VideoSession.id.in_(shown), VideoSession.binned_at.is_(None))
    return count.where(access.assigned_if_need_be(VideoSession.id)).correlate(Grant).scalar_subquery()


def sessions_on_folder(folder_id: Any = Folder.id) -> ScalarSelect[int]:
    """How many sessions are on a folder: the one in the query, or that of this id."""
    on_it = (VideoSession.folder_id == folder_id, VideoSession.binned_at.is_(None))
    count = select(func.count(VideoSession.id)).where(*on_it)
    return count.correlate(Folder, Grant).scalar_subquery()
