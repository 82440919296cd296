"""The audit trail: append-only, hash-chained."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Model, PrimaryKey


class AuditEvent(Model):
    """One act. `hash` covers the entry and the hash before it: none can be changed, dropped or inserted unnoticed.

    The facts enter the chain by their salted digest: a person's facts can be erased later and the chain still checks.
    Triggers refuse any change of the chained columns, and any deletion.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_kind_sequence", "kind", "sequence"),
        Index("ix_audit_events_actor_id_sequence", "actor_id", "sequence"),
        Index("ix_audit_events_subject_sequence", "subject_kind", "subject_id", "sequence"),
        Index("ix_audit_events_person_id_sequence", "person_id", "sequence"),
        Index("ix_audit_events_at", "at"),
    )

    sequence: Mapped[PrimaryKey] = mapped_column(autoincrement=False)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(60))
    actor_id: Mapped[Id | None]  # None: the portal itself, or nobody signed in
    subject_kind: Mapped[str] = mapped_column(String(30), default="")  # “video_session”, “folder”, …
    subject_id: Mapped[Id | None]
    person_id: Mapped[Id | None]  # whom it is about, when not the actor
    network: Mapped[str] = mapped_column(String(60), default="")
    facts: Mapped[dict[str, Any] | None]  # None: erased
    facts_salt: Mapped[str | None] = mapped_column(String(32))
    facts_digest: Mapped[str] = mapped_column(String(64))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class AuditReach(Model):
    """Somebody whom an entry about many people is about, so that it is found by each of them.

    The entry's facts name them, too, and so the chain covers them. Triggers refuse any change.
    """

    __tablename__ = "audit_reaches"
    __table_args__ = (Index("ix_audit_reaches_person_id_sequence", "person_id", "sequence"),)

    sequence: Mapped[PrimaryKey] = mapped_column(ForeignKey("audit_events.sequence"), autoincrement=False)
    person_id: Mapped[PrimaryKey] = mapped_column(autoincrement=False)


class AuditHead(Model):
    """The last link of the chain: one row, locked while entries are added. It shows when the end was cut off."""

    __tablename__ = "audit_heads"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[PrimaryKey]
    sequence: Mapped[Id]
    hash: Mapped[str] = mapped_column(String(64))
