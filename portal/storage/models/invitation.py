"""The mailed way in for a new account."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Model, PrimaryKey


class Invitation(Model):
    """One mailed link. Only the newest of an account works; it dies when replaced, used or withdrawn."""

    __tablename__ = "invitations"
    __table_args__ = (Index("ix_invitations_user_id_id", "user_id", "id"),)

    id: Mapped[PrimaryKey]
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    sent_by_id: Mapped[Id | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL")
    )  # None: the portal itself
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]  # when the password was saved
    replaced_at: Mapped[datetime | None]  # when a newer link was mailed
    withdrawn_at: Mapped[datetime | None]

    # the set-up code: six digits to the invited address, ten minutes, five tries (product.md, The way in 3)
    code_hash: Mapped[str | None] = mapped_column(String(64))
    code_ends_at: Mapped[datetime | None]
    code_tries_left: Mapped[int] = mapped_column(default=0)
    codes_mailed: Mapped[int] = mapped_column(default=0)  # in the hour that began at `codes_since`
    codes_since: Mapped[datetime | None]  # None: no code was mailed yet
    # what the browser that gave the code holds; checked again where the password is written (ASVS 6.5)
    proof_hash: Mapped[str | None] = mapped_column(String(64))
    proof_ends_at: Mapped[datetime | None]

    def is_open(self, at: datetime) -> bool:
        gone = self.used_at or self.replaced_at or self.withdrawn_at
        return gone is None and self.ends_at > at
