"""Flat shelves of sessions."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Key, Model, PrimaryKey


class Folder(Model):
    """A shelf; naming a guest on it names them on all in it, today's and tomorrow's."""

    __tablename__ = "folders"
    __table_args__ = (
        UniqueConstraint("owner_id", "form_key"),
        Index("ix_folders_owner_id_id", "owner_id", "id"),
    )

    id: Mapped[PrimaryKey]
    key: Mapped[Key]
    owner_id: Mapped[Id] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str] = mapped_column(String(200))
    form_key: Mapped[str | None] = mapped_column(String(16))  # the form that made it: sent twice, it makes one
    created_at: Mapped[datetime]
