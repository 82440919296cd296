"""Files of a session in the media store."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Model, PrimaryKey, enum_column


class MediaKind(StrEnum):
    ORIGINAL = "original"  # as uploaded; never played
    RENDITION = "rendition"  # what plays
    POSTER = "poster"


class MediaFile(Model):
    """One file in the media store, under a name the store made."""

    __tablename__ = "media_files"
    __table_args__ = (UniqueConstraint("video_session_id", "kind"),)

    id: Mapped[PrimaryKey]
    video_session_id: Mapped[Id] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    kind: Mapped[MediaKind] = mapped_column(enum_column(MediaKind))
    store_key: Mapped[str] = mapped_column(String(100), unique=True)
    content_type: Mapped[str] = mapped_column(String(60))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    uploaded_name: Mapped[str] = mapped_column(
        String(255), default=""
    )  # of the original: what the owner's file was called
    created_at: Mapped[datetime]
