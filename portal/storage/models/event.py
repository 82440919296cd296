"""Events: a competition or review, what it shows, who is assigned what, and what its closings did."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, Text, UniqueConstraint, and_, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Key, Model, PrimaryKey, enum_column

_OPEN = text("closed_at IS NULL")


class OnClosing(StrEnum):
    """What closing does to the accounts of guests who have nothing else (product.md, Events)."""

    VOID = "void"  # their passwords stop working
    KEEP = "keep"
    DISABLE = "disable"


class Event(Model):
    """A competition or review: guests, sessions and a window. Closing it ends what it gave.

    A guest of an event is a `Grant` on it, which carries the window as its own begin and end: what moves the window
    moves them in the same transaction. Which sessions that names is worked out, never copied.
    """

    __tablename__ = "events"
    __table_args__ = (
        CheckConstraint("opens_at < closes_at", name="opens_before_it_closes"),
        UniqueConstraint("owner_id", "form_key"),
        Index("ix_events_owner_id_id", "owner_id", "id"),
        # of those that the worker still has to close
        Index("ix_events_closes_at", "closes_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[PrimaryKey]
    key: Mapped[Key]
    owner_id: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")  # what its guests read on its page
    time_zone: Mapped[str] = mapped_column(String(60))  # the organiser's, in which the window was typed
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]  # a stored fact, by the clock or by hand; None: not closed, or open again
    on_closing: Mapped[OnClosing] = mapped_column(enum_column(OnClosing), default=OnClosing.VOID)
    # judging
    is_judged: Mapped[bool] = mapped_column(default=False)
    is_blind: Mapped[bool] = mapped_column(default=False)  # judges see “Entry 7” in place of titles and presenters
    is_shuffled: Mapped[bool] = mapped_column(default=False)  # each judge has an order of their own
    version: Mapped[int] = mapped_column(default=1)  # one more with each change: a second editor is noticed
    form_key: Mapped[str | None] = mapped_column(String(16))  # the form that made it: sent twice, it makes one
    created_at: Mapped[datetime]

    def has_opened(self, at: datetime) -> bool:
        return self.opens_at <= at

    def is_over(self, at: datetime) -> bool:
        """Closed, or past its closing: the clock ends it whether or not the worker has come by."""
        return self.closed_at is not None or self.closes_at <= at

    def is_open(self, at: datetime) -> bool:
        return self.has_opened(at) and not self.is_over(at)

    @classmethod
    def open_at(cls, at: datetime) -> ColumnElement[bool]:
        """The same rule as `is_open`, for queries."""
        return and_(cls.opens_at <= at, cls.closed_at.is_(None), cls.closes_at > at)


class EventSession(Model):
    """A session that an event shows."""

    __tablename__ = "event_sessions"
    __table_args__ = (
        UniqueConstraint("event_id", "video_session_id"),
        Index("ix_event_sessions_video_session_id_event_id", "video_session_id", "event_id"),
    )

    id: Mapped[PrimaryKey]
    event_id: Mapped[Id] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    video_session_id: Mapped[Id] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    added_at: Mapped[datetime]


class EventFolder(Model):
    """A folder that an event shows: all that is on it, today's and tomorrow's."""

    __tablename__ = "event_folders"
    __table_args__ = (
        UniqueConstraint("event_id", "folder_id"),
        Index("ix_event_folders_folder_id_event_id", "folder_id", "event_id"),
    )

    id: Mapped[PrimaryKey]
    event_id: Mapped[Id] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    folder_id: Mapped[Id] = mapped_column(ForeignKey("folders.id", ondelete="CASCADE"))
    added_at: Mapped[datetime]


class Assignment(Model):
    """One session of an event for one of its guests who see only their part (`Grant.is_assigned`)."""

    __tablename__ = "assignments"
    __table_args__ = (
        UniqueConstraint("grant_id", "video_session_id"),
        Index("ix_assignments_video_session_id_grant_id", "video_session_id", "grant_id"),
    )

    id: Mapped[PrimaryKey]
    grant_id: Mapped[Id] = mapped_column(ForeignKey("grants.id", ondelete="CASCADE"))
    video_session_id: Mapped[Id] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]


class EventClosing(Model):
    """One closing of an event, and what it ended; an event that was opened again may have several."""

    __tablename__ = "event_closings"
    __table_args__ = (Index("ix_event_closings_event_id_id", "event_id", "id"),)

    id: Mapped[PrimaryKey]
    event_id: Mapped[Id] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    by_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))  # None: the clock
    on_closing: Mapped[OnClosing] = mapped_column(enum_column(OnClosing))  # what was done to accounts
    reset_run_id: Mapped[Id | None] = mapped_column(ForeignKey("reset_runs.id", ondelete="SET NULL"))
    grants_ended: Mapped[int]
    sign_ins_ended: Mapped[int]
    accounts_disabled: Mapped[int]
    sheets_frozen: Mapped[int]
    reopened_at: Mapped[datetime | None]  # None: still closed by it
    reopened_by_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))


class ClosedAccount(Model):
    """A guest whose account a closing disabled, so that opening again brings back just these."""

    __tablename__ = "closed_accounts"
    __table_args__ = (UniqueConstraint("closing_id", "user_id"), Index("ix_closed_accounts_user_id", "user_id"))

    id: Mapped[PrimaryKey]
    closing_id: Mapped[Id] = mapped_column(ForeignKey("event_closings.id", ondelete="CASCADE"))
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))


class LetterOfEvent(StrEnum):
    """What is mailed to the guests of an event beside their invitation."""

    REMINDER = "reminder"
    THANKS = "thanks"


class EventMailing(Model):
    """A letter of an event to several of its guests: which, with whose words, and to how many it went."""

    __tablename__ = "event_mailings"
    __table_args__ = (
        UniqueConstraint("event_id", "form_key"),
        Index("ix_event_mailings_event_id_id", "event_id", "id"),
    )

    id: Mapped[PrimaryKey]
    event_id: Mapped[Id] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    letter: Mapped[LetterOfEvent] = mapped_column(enum_column(LetterOfEvent))
    note: Mapped[str] = mapped_column(Text, default="")
    sent_to: Mapped[int]
    by_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    form_key: Mapped[str | None] = mapped_column(String(16))  # the form it was sent by: sent twice, it goes once
    created_at: Mapped[datetime]
