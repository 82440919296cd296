"""Browsers that are signed in."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, String, and_
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Key, Model, PrimaryKey


class SignIn(Model):
    """One browser that is signed in. Ends by itself (idle or in all), by its owner, or with the password."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_user_id_id", "user_id", "id"),)

    id: Mapped[PrimaryKey]
    key: Mapped[Key]
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    idle_ends_at: Mapped[datetime]  # moved on while the browser is used
    ends_at: Mapped[datetime]  # never moved
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str] = mapped_column(String(40), default="")
    network: Mapped[str] = mapped_column(String(60))
    device: Mapped[str] = mapped_column(String(120))  # in words: “Firefox on Windows”

    def is_live(self, at: datetime) -> bool:
        return self.ended_at is None and self.idle_ends_at > at and self.ends_at > at

    @classmethod
    def live_at(cls, at: datetime) -> ColumnElement[bool]:
        """The same rule as `is_live`, for queries."""
        return and_(cls.ended_at.is_(None), cls.idle_ends_at > at, cls.ends_at > at)
