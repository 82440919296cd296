"""Guests named on sessions and folders, and what they have used of it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, and_, or_, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Model, PrimaryKey, enum_column

_HAS_END = text("ends_at IS NOT NULL")


class WhenItEnds(StrEnum):
    """What the end of a grant means for a sitting that has begun (product.md, Viewings)."""

    FINISH = "finish"  # it may go on to its own end, no longer
    STOP = "stop"  # it stops at the next byte


class Grant(Model):
    """A guest named on one video session, folder or event: from when, until when, how many views of each session.

    A revoked grant counts as never given (product.md, Who may watch 4). One on an event carries its window as begin and
    end, and names all that the event shows, or what is assigned to the guest (`is_assigned`).
    """

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN video_session_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN folder_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN event_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="on_one_thing",
        ),
        CheckConstraint("event_id IS NOT NULL OR NOT is_assigned", name="assigned_at_events_alone"),
        CheckConstraint("views_limit >= 1", name="a_view_at_least"),
        Index("ix_grants_guest_id_video_session_id", "guest_id", "video_session_id"),
        Index("ix_grants_guest_id_folder_id", "guest_id", "folder_id"),
        Index("ix_grants_video_session_id_id", "video_session_id", "id"),
        Index("ix_grants_folder_id_id", "folder_id", "id"),
        Index("ix_grants_guest_id_event_id", "guest_id", "event_id"),
        Index("ix_grants_event_id_id", "event_id", "id"),
        Index("ix_grants_granted_by_id_id", "granted_by_id", "id"),
        # of those that end, so that no question about one guest's endless grants walks through everybody's
        Index("ix_grants_ends_at", "ends_at", sqlite_where=_HAS_END, postgresql_where=_HAS_END),
    )

    id: Mapped[PrimaryKey]
    guest_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    video_session_id: Mapped[Id | None] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    folder_id: Mapped[Id | None] = mapped_column(ForeignKey("folders.id", ondelete="CASCADE"))
    event_id: Mapped[Id | None] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    is_assigned: Mapped[bool] = mapped_column(default=False)  # of an event: only what is assigned to the guest
    granted_by_id: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    begins_at: Mapped[datetime | None]  # None: from the moment it was given
    ends_at: Mapped[datetime | None]  # None: no end
    end_set_at: Mapped[datetime | None]  # when `ends_at` was last chosen; None: when the grant was given
    when_it_ends: Mapped[WhenItEnds] = mapped_column(enum_column(WhenItEnds), default=WhenItEnds.FINISH)
    views_limit: Mapped[int | None]  # of each session that it names; None: no limit
    version: Mapped[int] = mapped_column(default=1)  # one more with each change: a second editor is noticed
    week_warned_for: Mapped[datetime | None]  # the end that the guest was warned of seven days ahead
    day_warned_for: Mapped[datetime | None]
    owner_week_warned_for: Mapped[datetime | None]  # and the owner of what was shared
    owner_day_warned_for: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    def has_begun(self, at: datetime) -> bool:
        return self.begins_at is None or self.begins_at <= at

    def has_ended(self, at: datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= at

    def is_live(self, at: datetime) -> bool:
        """Begun, not ended, not revoked. Whether views of one session are left is for `domain.access` to say."""
        return self.revoked_at is None and self.has_begun(at) and not self.has_ended(at)

    @classmethod
    def live_at(cls, at: datetime) -> ColumnElement[bool]:
        """The same rule as `is_live`, for queries."""
        return and_(cls.revoked_at.is_(None), cls.begun_at(at), or_(cls.ends_at.is_(None), cls.ends_at > at))

    @classmethod
    def begun_at(cls, at: datetime) -> ColumnElement[bool]:
        """The same rule as `has_begun`, for queries."""
        return or_(cls.begins_at.is_(None), cls.begins_at <= at)

    @classmethod
    def standing_at(cls, at: datetime) -> ColumnElement[bool]:
        """Not revoked and not ended: it lets somebody watch now, or will."""
        return and_(cls.revoked_at.is_(None), or_(cls.ends_at.is_(None), cls.ends_at > at))


class ViewBudget(Model):
    """How many views of one session were taken of one grant: one row a pair, counted by guarded statements alone."""

    __tablename__ = "view_budgets"
    __table_args__ = (
        UniqueConstraint("grant_id", "video_session_id"),
        CheckConstraint("taken >= 0", name="not_below_none"),
        Index("ix_view_budgets_video_session_id_id", "video_session_id", "id"),
    )

    id: Mapped[PrimaryKey]
    grant_id: Mapped[Id] = mapped_column(ForeignKey("grants.id", ondelete="CASCADE"))
    video_session_id: Mapped[Id] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    taken: Mapped[int] = mapped_column(default=0)
