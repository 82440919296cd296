"""Recordings."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Key, Model, PrimaryKey, enum_column


class VideoState(StrEnum):
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class VideoSession(Model):
    """One recording: what a sponsor uploads and a guest watches. Called *session* in pages and letters."""

    __tablename__ = "video_sessions"
    __table_args__ = (
        CheckConstraint("state <> 'ready' OR ready_at IS NOT NULL", name="ready_since"),
        UniqueConstraint("owner_id", "form_key"),
        Index("ix_video_sessions_owner_id_id", "owner_id", "id"),
        Index("ix_video_sessions_state_id", "state", "id"),
        Index("ix_video_sessions_folder_id_id", "folder_id", "id"),
    )

    id: Mapped[PrimaryKey]
    key: Mapped[Key]
    owner_id: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    folder_id: Mapped[Id | None] = mapped_column(ForeignKey("folders.id", ondelete="SET NULL"))  # None: on no shelf
    in_folder_since: Mapped[datetime | None]  # None: on no shelf
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[VideoState] = mapped_column(enum_column(VideoState), default=VideoState.PROCESSING)
    failure: Mapped[str] = mapped_column(String(300), default="")  # a sentence for the owner
    progress: Mapped[int] = mapped_column(default=0)  # percent of the processing that is done
    length_seconds: Mapped[float | None]  # None: not known yet
    form_key: Mapped[str | None] = mapped_column(String(16))  # the form that made it: sent twice, it makes one
    created_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
