"""Recordings, who looks after them, and for which sign-ins their passwords were given."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Key, Model, PrimaryKey, enum_column

_BINNED = text("binned_at IS NOT NULL")


class VideoState(StrEnum):
    """Whether a recording can be played. What happens to its next version is told by `next_version` and `progress`."""

    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class VideoSession(Model):
    """One recording: what a sponsor uploads and a guest watches. Called *session* in pages and letters."""

    __tablename__ = "video_sessions"
    __table_args__ = (
        CheckConstraint("state <> 'ready' OR ready_at IS NOT NULL", name="ready_since"),
        CheckConstraint("opens_at IS NULL OR closes_at IS NULL OR opens_at < closes_at", name="opens_before_it_closes"),
        UniqueConstraint("owner_id", "form_key"),
        Index("ix_video_sessions_owner_id_id", "owner_id", "id"),
        Index("ix_video_sessions_state_id", "state", "id"),
        Index("ix_video_sessions_folder_id_id", "folder_id", "id"),
        Index("ix_video_sessions_binned_at", "binned_at", sqlite_where=_BINNED, postgresql_where=_BINNED),
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
    is_published: Mapped[bool] = mapped_column(default=True)
    opens_at: Mapped[datetime | None]  # its own window, for all but those who look after it; None: open from now on
    closes_at: Mapped[datetime | None]  # None: stays open
    password_hash: Mapped[str | None] = mapped_column(String(200))  # of the video's password; None: it has none
    password_version: Mapped[int] = mapped_column(
        default=0
    )  # one more with each change: older unlocks are worth nothing
    shows_name: Mapped[bool] = mapped_column(default=True)  # name and address drift over the picture
    # what is known of it, beside title and description
    presenter: Mapped[str] = mapped_column(String(200), default="")
    recorded_on: Mapped[date | None]
    # what plays
    media_version: Mapped[int] = mapped_column(default=0)  # of the files that play; 0: none do yet
    next_version: Mapped[int | None]  # being prepared, or failed to be; None: what plays is the newest
    whole_version: Mapped[int] = mapped_column(
        default=0
    )  # the last that was looked at frame by frame and has all its qualities
    trim_start_seconds: Mapped[float | None]  # of what plays: where it begins in its original; None: at its start
    trim_end_seconds: Mapped[float | None]  # where it ends in its original; None: at its end
    next_trim_start_seconds: Mapped[float | None]  # the same of the next version
    next_trim_end_seconds: Mapped[float | None]
    original_seconds: Mapped[float | None]  # length of the original of what plays; None: not known
    has_picture: Mapped[bool] = mapped_column(default=True)  # False: sound alone
    poster_at_seconds: Mapped[
        float | None
    ]  # which moment the poster shows; None: the portal's choice, or an own picture
    # what watching allows
    allows_download: Mapped[bool] = mapped_column(default=False)
    allows_small_window: Mapped[bool] = mapped_column(default=False)  # picture in picture, where no name drifts
    # deleted by its owner, and kept for a while: it is as if it did not exist, but for the bin
    binned_at: Mapped[datetime | None]
    binned_by_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))

    @property
    def is_whole(self) -> bool:
        """Whether what plays has all its qualities; so has what plays nothing yet."""
        return self.whole_version == self.media_version

    def is_open(self, at: datetime) -> bool:
        """Ready, published and inside its own window (product.md, Who may watch 2)."""
        begun = self.opens_at is None or self.opens_at <= at
        there = self.state is VideoState.READY and self.is_published and self.binned_at is None
        return there and begun and not self.has_closed(at)

    def has_closed(self, at: datetime) -> bool:
        return self.closes_at is not None and self.closes_at <= at

    @classmethod
    def open_at(cls, at: datetime) -> ColumnElement[bool]:
        """The same rule as `is_open`, for queries."""
        begun = or_(cls.opens_at.is_(None), cls.opens_at <= at)
        closed = and_(cls.closes_at.is_not(None), cls.closes_at <= at)
        return and_(cls.state == VideoState.READY, cls.is_published, cls.binned_at.is_(None), begun, ~closed)


class CoOwner(Model):
    """Somebody of the staff who looks after a session beside its owner."""

    __tablename__ = "co_owners"
    __table_args__ = (
        UniqueConstraint("video_session_id", "user_id"),
        Index("ix_co_owners_user_id_video_session_id", "user_id", "video_session_id"),
    )

    id: Mapped[PrimaryKey]
    video_session_id: Mapped[Id] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    added_by_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]


class PasswordUnlock(Model):
    """The video's password was given in one browser: good for this sign-in and this version of the password."""

    __tablename__ = "password_unlocks"
    __table_args__ = (
        UniqueConstraint("sign_in_id", "video_session_id"),
        Index("ix_password_unlocks_video_session_id_id", "video_session_id", "id"),
    )

    id: Mapped[PrimaryKey]
    sign_in_id: Mapped[Id] = mapped_column(ForeignKey("sign_ins.id", ondelete="CASCADE"))
    video_session_id: Mapped[Id] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    password_version: Mapped[int]
    created_at: Mapped[datetime]
