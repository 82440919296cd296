"""What an admin may change while the portal runs."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Model, PrimaryKey


class Option(Model):
    """One rule that an admin has chosen; what has no row stands at its default."""

    __tablename__ = "options"

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(60), unique=True)
    value: Mapped[Any] = mapped_column(JSON)
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
