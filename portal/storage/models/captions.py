"""What is said in a recording, and where its parts begin."""

from datetime import datetime

from sqlalchemy import JSON, Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Key, Model, PrimaryKey


class CaptionTrack(Model):
    """Captions in one language, cleaned: shown over the picture, and beside it as a transcript."""

    __tablename__ = "caption_tracks"
    __table_args__ = (UniqueConstraint("video_session_id", "language"),)

    id: Mapped[PrimaryKey]
    key: Mapped[Key]
    video_session_id: Mapped[Id] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(35))  # BCP 47
    cues: Mapped[list[list[int | str]]] = mapped_column(JSON)  # [begin, end, text] in milliseconds, in order
    uploaded_name: Mapped[str] = mapped_column(String(255), default="")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Chapter(Model):
    """A part of a recording that can be gone to by its name."""

    __tablename__ = "chapters"
    __table_args__ = (UniqueConstraint("video_session_id", "begins_at_seconds"),)

    id: Mapped[PrimaryKey]
    video_session_id: Mapped[Id] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    begins_at_seconds: Mapped[float] = mapped_column(Float)
    title: Mapped[str] = mapped_column(String(200))


class SessionTag(Model):
    """A word that a sponsor finds recordings by."""

    __tablename__ = "session_tags"
    __table_args__ = (
        UniqueConstraint("video_session_id", "word"),
        Index("ix_session_tags_word_video_session_id", "word", "video_session_id"),
    )

    id: Mapped[PrimaryKey]
    video_session_id: Mapped[Id] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    word: Mapped[str] = mapped_column(String(40))
