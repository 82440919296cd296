"""Mailed one-time links that let someone set a new password."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Model, PrimaryKey


class PasswordReset(Model):
    """One link, good for an hour and for one use; dead when a newer one is made (product.md, Passwords).

    The first admin's way in is one too, of a user who has no password yet, printed on the console.
    """

    __tablename__ = "password_resets"
    __table_args__ = (Index("ix_password_resets_user_id_id", "user_id", "id"),)

    id: Mapped[PrimaryKey]
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]

    def is_open(self, at: datetime) -> bool:
        return self.used_at is None and self.replaced_at is None and self.ends_at > at


class PasswordResetAsk(Model):
    """Somebody asked for a new password for an address, whoever has it. Gone once the worker has answered it."""

    __tablename__ = "password_reset_asks"

    id: Mapped[PrimaryKey]
    address: Mapped[str] = mapped_column(String(254))
    network: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
