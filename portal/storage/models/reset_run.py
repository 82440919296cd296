"""Passwords that were reset in bulk: each run, and what became of each person."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Key, Model, PrimaryKey, enum_column


class ResetOutcomeKind(StrEnum):
    """What a run did to one person. What came after (mailed, bounced, set anew) is worked out."""

    VOIDED = "voided"  # the old password stopped at once
    SKIPPED = "skipped"  # nothing was done; `why` says why
    FAILED = "failed"  # nothing was done, and it can be run again; `why` says why


class ResetRun(Model):
    """One press on “reset passwords”, or one closing of an event that voids them."""

    __tablename__ = "reset_runs"
    __table_args__ = (UniqueConstraint("by_id", "form_key"), Index("ix_reset_runs_by_id_id", "by_id", "id"))

    id: Mapped[PrimaryKey]
    key: Mapped[Key]
    by_id: Mapped[Id | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))  # None: the clock
    event_id: Mapped[Id | None] = mapped_column(ForeignKey("events.id", ondelete="SET NULL"))  # whose guests
    reach: Mapped[dict[str, Any]]  # whom it was for: the filter or the choice, as it was asked
    words: Mapped[str] = mapped_column(String(300))  # the same, as a person reads it
    mails_way_in: Mapped[bool]
    sign_ins_ended: Mapped[int] = mapped_column(default=0)
    form_key: Mapped[str | None] = mapped_column(String(16))  # the form that was pressed: pressed twice, it runs once
    created_at: Mapped[datetime]


class ResetOutcome(Model):
    """What one run did to one person."""

    __tablename__ = "reset_outcomes"
    __table_args__ = (
        UniqueConstraint("run_id", "user_id"),
        Index("ix_reset_outcomes_run_id_id", "run_id", "id"),
        Index("ix_reset_outcomes_user_id_id", "user_id", "id"),
        Index("ix_reset_outcomes_email_id", "email_id"),
    )

    id: Mapped[PrimaryKey]
    run_id: Mapped[Id] = mapped_column(ForeignKey("reset_runs.id", ondelete="CASCADE"))
    user_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[ResetOutcomeKind] = mapped_column(enum_column(ResetOutcomeKind))
    why: Mapped[str] = mapped_column(String(60), default="")
    at: Mapped[datetime]
    email_id: Mapped[Id | None] = mapped_column(ForeignKey("outgoing_emails.id", ondelete="SET NULL"))  # the new way in
