"""The acceptable use policy and who accepted it."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Model, PrimaryKey


class Policy(Model):
    """One published version; the highest version is the one in force, and published ones never change."""

    __tablename__ = "policies"

    id: Mapped[PrimaryKey]
    version: Mapped[int] = mapped_column(unique=True)
    summary: Mapped[str] = mapped_column(Text)  # the few plain lines shown at set-up, one a line
    body: Mapped[str] = mapped_column(
        Text
    )  # paragraphs parted by empty lines; a line that begins with "# " is a heading, with "- " an item
    change_note: Mapped[str] = mapped_column(String(300), default="")  # what is new, in a sentence
    published_at: Mapped[datetime]
    published_by_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))  # None: shipped


class PolicyAcceptance(Model):
    """Someone accepted one version."""

    __tablename__ = "policy_acceptances"
    __table_args__ = (UniqueConstraint("user_id", "policy_id"),)

    id: Mapped[PrimaryKey]
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    policy_id: Mapped[Id] = mapped_column(ForeignKey("policies.id"), index=True)
    at: Mapped[datetime]
