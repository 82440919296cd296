"""Sittings, the browsers they play in, and what was watched."""

from datetime import datetime

from sqlalchemy import JSON, Float, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Key, Model, PrimaryKey

_NOTHING_LEFT = text("delivered_at IS NULL AND given_back_at IS NULL")


class Viewing(Model):
    """One sitting, begun by pressing play. Every byte of media is asked for under one (product.md, Who may watch)."""

    __tablename__ = "viewings"
    __table_args__ = (
        Index("ix_viewings_user_id_video_session_id_id", "user_id", "video_session_id", "id"),
        Index("ix_viewings_video_session_id_id", "video_session_id", "id"),
        Index("ix_viewings_grant_id", "grant_id"),
        Index("ix_viewings_not_delivered", "created_at", sqlite_where=_NOTHING_LEFT, postgresql_where=_NOTHING_LEFT),
    )

    id: Mapped[PrimaryKey]
    key: Mapped[Key]
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    video_session_id: Mapped[Id] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    # None: by another right than a grant, or the grant went with its folder: what was watched stays on record
    grant_id: Mapped[Id | None] = mapped_column(ForeignKey("grants.id", ondelete="SET NULL"))
    right: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]  # when the first byte left; None: none has yet
    given_back_at: Mapped[datetime | None]  # nothing was ever delivered, so the view was given back
    downloads: Mapped[int] = mapped_column(default=0)  # how often the recording was downloaded in it


class Stream(Model):
    """One player in one browser, playing a sitting. Its key is in the address of every byte; a guest has one at a time.

    Device and network are kept here, too: a trace code must be answered after the sign-in is long forgotten.
    """

    __tablename__ = "streams"
    __table_args__ = (
        Index("ix_streams_user_id_id", "user_id", "id"),
        Index("ix_streams_viewing_id_id", "viewing_id", "id"),
    )

    id: Mapped[PrimaryKey]
    key: Mapped[Key]
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    viewing_id: Mapped[Id] = mapped_column(ForeignKey("viewings.id", ondelete="CASCADE"))
    sign_in_id: Mapped[Id | None] = mapped_column(ForeignKey("sign_ins.id", ondelete="SET NULL"), index=True)
    trace_code: Mapped[str] = mapped_column(String(8), unique=True)  # shown over the picture
    device: Mapped[str] = mapped_column(String(120))
    network: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]  # last asked for a byte, or reported
    watched: Mapped[int] = mapped_column(default=0)  # tenths of a second that were first seen in it
    ended_at: Mapped[datetime | None]  # playing went on elsewhere


class WatchRecord(Model):
    """What one person has seen of one session, over all sittings: opened, how much of it, and where they stopped."""

    __tablename__ = "watch_records"
    __table_args__ = (
        UniqueConstraint("user_id", "video_session_id"),
        Index("ix_watch_records_video_session_id_id", "video_session_id", "id"),
    )

    id: Mapped[PrimaryKey]
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    video_session_id: Mapped[Id] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    media_version: Mapped[int] = mapped_column(default=0)  # of which version `served` speaks
    opens: Mapped[int] = mapped_column(default=0)  # how often the page was opened
    opened_at: Mapped[datetime | None]  # last time
    served: Mapped[list[list[int]]] = mapped_column(JSON, default=list)  # parts that left, in tenths of a second
    watched: Mapped[list[list[int]]] = mapped_column(
        JSON, default=list
    )  # parts that were watched, in tenths of a second
    watched_seconds: Mapped[float] = mapped_column(Float, default=0.0)  # together; a part seen twice counts once
    position_seconds: Mapped[float] = mapped_column(Float, default=0.0)  # where they stopped
    watched_at: Mapped[datetime | None]  # last report
