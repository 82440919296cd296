"""Guests named on sessions and folders."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Model, PrimaryKey


class Grant(Model):
    """A guest named on one video session or one folder, until when.

    A revoked grant counts as never given (product.md, Who may watch 4).
    """

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint("(video_session_id IS NULL) <> (folder_id IS NULL)", name="on_one_thing"),
        Index("ix_grants_guest_id_video_session_id", "guest_id", "video_session_id"),
        Index("ix_grants_guest_id_folder_id", "guest_id", "folder_id"),
        Index("ix_grants_video_session_id_id", "video_session_id", "id"),
        Index("ix_grants_folder_id_id", "folder_id", "id"),
        Index("ix_grants_granted_by_id_id", "granted_by_id", "id"),
    )

    id: Mapped[PrimaryKey]
    guest_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    video_session_id: Mapped[Id | None] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    folder_id: Mapped[Id | None] = mapped_column(ForeignKey("folders.id", ondelete="CASCADE"))
    granted_by_id: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]  # None: no end
    revoked_at: Mapped[datetime | None]

    def is_live(self, at: datetime) -> bool:
        return self.revoked_at is None and (self.ends_at is None or self.ends_at > at)

    @classmethod
    def live_at(cls, at: datetime) -> ColumnElement[bool]:
        """The same rule as `is_live`, for queries."""
        return and_(cls.revoked_at.is_(None), or_(cls.ends_at.is_(None), cls.ends_at > at))
