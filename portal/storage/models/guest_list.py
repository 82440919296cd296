"""Lists of guests that somebody brings: kept between the preview of each row's fate and the sending."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Key, LongText, Model, PrimaryKey


class GuestList(Model):
    """A list for one event, folder or session: its rows as they were read, which column is what, what came of it."""

    __tablename__ = "guest_lists"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN event_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN folder_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN video_session_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="for_one_thing",
        ),
        Index("ix_guest_lists_by_id_id", "by_id", "id"),
        Index("ix_guest_lists_created_at", "created_at"),
        Index("ix_guest_lists_event_id", "event_id"),
        Index("ix_guest_lists_folder_id", "folder_id"),
        Index("ix_guest_lists_video_session_id", "video_session_id"),
    )

    id: Mapped[PrimaryKey]
    key: Mapped[Key]
    by_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    event_id: Mapped[Id | None] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    folder_id: Mapped[Id | None] = mapped_column(ForeignKey("folders.id", ondelete="CASCADE"))
    video_session_id: Mapped[Id | None] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    file_name: Mapped[str] = mapped_column(String(200), default="")  # empty: pasted
    sheet: Mapped[str] = mapped_column(String(200), default="")  # of a workbook
    rows: Mapped[LongText]  # JSON: a list of rows, each a list of cells
    entries: Mapped[LongText] = mapped_column(default="[]")  # JSON: what the rows mean by these columns, read once
    columns: Mapped[dict[str, Any]]  # which column is what, and whether the first row is a head
    note: Mapped[str] = mapped_column(Text, default="")
    terms: Mapped[dict[str, Any]]  # from, until, views, as they are kept between the pages
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None]  # numbers of what came of it; None: not sent yet
