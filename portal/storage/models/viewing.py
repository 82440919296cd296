"""Sittings: one person, one session, a stretch of time."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Key, Model, PrimaryKey


class Viewing(Model):
    """One sitting, begun by pressing play. Every byte of media is asked for under one (product.md, Who may watch)."""

    __tablename__ = "viewings"
    __table_args__ = (
        Index("ix_viewings_user_id_video_session_id_id", "user_id", "video_session_id", "id"),
        Index("ix_viewings_video_session_id_id", "video_session_id", "id"),
    )

    id: Mapped[PrimaryKey]
    key: Mapped[Key]
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    video_session_id: Mapped[Id] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    # None: by right of owner or admin, or the grant went with its folder: what was watched stays on record
    grant_id: Mapped[Id | None] = mapped_column(ForeignKey("grants.id", ondelete="SET NULL"))
    right: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
