"""Files of a session in the media store."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Key, Model, PrimaryKey, enum_column


class MediaKind(StrEnum):
    ORIGINAL = "original"  # as uploaded; never played
    RENDITION = "rendition"  # what plays: one file for each quality
    POSTER = "poster"  # one a session, whatever plays
    PICTURE = "picture"  # an own picture as uploaded, of which the poster was made; never shown
    STORYBOARD = "storyboard"  # small pictures of the whole length, so many to a sheet


class MediaFile(Model):
    """One file in the media store, under a name the store made.

    Files of one `version` of a recording belong together: another video in its place, or a trimmed one, is the next
    version. `name` tells files of a kind apart: the quality ("720p"), or the number of a storyboard's sheet.
    """

    __tablename__ = "media_files"
    __table_args__ = (UniqueConstraint("video_session_id", "kind", "version", "name"),)

    id: Mapped[PrimaryKey]
    video_session_id: Mapped[Id] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    kind: Mapped[MediaKind] = mapped_column(enum_column(MediaKind))
    version: Mapped[int] = mapped_column(default=1)  # 0 for a poster and its picture, which outlive versions
    name: Mapped[str] = mapped_column(String(20), default="")
    store_key: Mapped[str] = mapped_column(String(100), unique=True)
    content_type: Mapped[str] = mapped_column(String(60))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int | None]  # pixels, as shown; None: no picture, or not known
    height: Mapped[int | None]
    bit_rate: Mapped[int | None]  # of a rendition: its highest, in bits a second; None: not known
    codecs: Mapped[str] = mapped_column(String(60), default="")  # of a rendition, as RFC 6381 names them
    # of a rendition: {"head": bytes, "parts": [[bytes, milliseconds], …]} in order; of a storyboard's sheet:
    # {"every": seconds, "columns": n, "tile": [width, height], "first": n, "count": n}; None: made before there was one
    index: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    uploaded_name: Mapped[str] = mapped_column(
        String(255), default=""
    )  # of the original: what the owner's file was called
    created_at: Mapped[datetime]


class Upload(Model):
    """A file on its way in: so many bytes of it are there, in the incoming folder of the media store under its key.

    How many there are is told by the file itself; what is said here is where the file came from and what it is for.
    """

    __tablename__ = "uploads"
    __table_args__ = (UniqueConstraint("owner_id", "form_key"),)

    id: Mapped[PrimaryKey]
    key: Mapped[Key]
    owner_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    # another file in the place of this session's; None: a session of its own
    video_session_id: Mapped[Id | None] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"), index=True)
    folder_id: Mapped[Id | None] = mapped_column(ForeignKey("folders.id", ondelete="SET NULL"), index=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    file_name: Mapped[str] = mapped_column(String(255))
    size_bytes: Mapped[int] = mapped_column(BigInteger)  # of the whole file
    form_key: Mapped[str | None] = mapped_column(String(16))  # sent twice, it begins one upload
    failure: Mapped[str] = mapped_column(String(300), default="")  # why the whole file was not taken; a sentence
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime] = mapped_column(index=True)  # when bytes came last
    # the session it became; None: not whole yet, or not taken
    became_id: Mapped[Id | None] = mapped_column(ForeignKey("video_sessions.id", ondelete="SET NULL"), index=True)


class Attachment(Model):
    """A paper that goes with a recording, such as its slides; who may watch may have it."""

    __tablename__ = "attachments"

    id: Mapped[PrimaryKey]
    key: Mapped[Key]
    video_session_id: Mapped[Id] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    store_key: Mapped[str] = mapped_column(String(100), unique=True)
    content_type: Mapped[str] = mapped_column(String(60))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    uploaded_name: Mapped[str] = mapped_column(String(255))
    added_by_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
