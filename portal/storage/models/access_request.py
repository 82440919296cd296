"""Guests who ask their sponsor for more."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Key, Model, PrimaryKey, enum_column

_WAITS = text("answered_at IS NULL")


class Answer(StrEnum):
    """What the sponsor said."""

    TIME = "time"
    VIEWS = "views"
    DECLINED = "declined"


class AccessRequest(Model):
    """A guest asks for more of a session that ended, was used up or has not begun. One for each need.

    A need is one state of one grant, for one session: once the grant has been changed, there may be a new one.
    """

    __tablename__ = "access_requests"
    __table_args__ = (
        UniqueConstraint("grant_id", "grant_version", "video_session_id"),
        Index("ix_access_requests_guest_id_id", "guest_id", "id"),
        Index("ix_access_requests_waiting", "video_session_id", "id", sqlite_where=_WAITS, postgresql_where=_WAITS),
    )

    id: Mapped[PrimaryKey]
    key: Mapped[Key]
    guest_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    video_session_id: Mapped[Id] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    grant_id: Mapped[Id] = mapped_column(ForeignKey("grants.id", ondelete="CASCADE"))
    grant_version: Mapped[int]  # the grant's, when it was asked
    why: Mapped[str] = mapped_column(String(20))  # why they could not watch
    words: Mapped[str] = mapped_column(String(500), default="")  # the guest's own
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    answer: Mapped[Answer | None] = mapped_column(enum_column(Answer))
