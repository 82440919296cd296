"""Work for the worker. Rows are the truth; the engine that carries ids may lose or double them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Model, PrimaryKey, enum_column


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(Model):
    """One piece of work on one thing, taken by lease: a worker that dies lets go of it when the lease runs out."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_state_next_try_at", "state", "next_try_at"),
        Index("ix_jobs_kind_subject_id", "kind", "subject_id"),
    )

    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[Id]
    state: Mapped[JobState] = mapped_column(enum_column(JobState), default=JobState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    lease: Mapped[str] = mapped_column(
        String(16), default=""
    )  # whose: a worker whose lease was taken over may not finish
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(String(300), default="")
