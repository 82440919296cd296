"""Judging at an event: criteria, score sheets, points, and the numbers that stand for titles."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.storage.db import Id, Key, Model, PrimaryKey, enum_column


class SheetState(StrEnum):
    """How far a judge is with one session."""

    DRAFT = "draft"  # saved as typed
    FINAL = "final"  # the judge said so; only the organiser opens it again
    RECUSED = "recused"  # the judge stood aside, and said why


class Criterion(Model):
    """One thing that judges give points for, from `lowest` to `highest`, counted `weight` times."""

    __tablename__ = "criteria"
    __table_args__ = (
        CheckConstraint("lowest < highest", name="a_range"),
        CheckConstraint("weight > 0", name="weighs_something"),
        Index("ix_criteria_event_id_position", "event_id", "position"),
    )

    id: Mapped[PrimaryKey]
    key: Mapped[Key]
    event_id: Mapped[Id] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(100))
    help: Mapped[str] = mapped_column(String(500), default="")
    lowest: Mapped[int]
    highest: Mapped[int]
    weight: Mapped[float] = mapped_column(default=1.0)
    position: Mapped[int]
    removed_at: Mapped[datetime | None]  # its points are kept and count no more; None: in use


class ScoreSheet(Model):
    """What one judge says of one session at one event."""

    __tablename__ = "score_sheets"
    __table_args__ = (
        UniqueConstraint("event_id", "judge_id", "video_session_id"),
        CheckConstraint("state <> 'final' OR finalised_at IS NOT NULL", name="final_since"),
        CheckConstraint("state <> 'recused' OR reason <> ''", name="recused_for_a_reason"),
        Index("ix_score_sheets_judge_id_video_session_id", "judge_id", "video_session_id"),
        Index("ix_score_sheets_video_session_id", "video_session_id"),
    )

    id: Mapped[PrimaryKey]
    key: Mapped[Key]
    event_id: Mapped[Id] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    judge_id: Mapped[Id] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    video_session_id: Mapped[Id] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    state: Mapped[SheetState] = mapped_column(enum_column(SheetState), default=SheetState.DRAFT)
    remark: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(String(500), default="")  # why the judge stood aside
    finalised_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]  # the event closed; None: open
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class Score(Model):
    """The points of one criterion on one sheet."""

    __tablename__ = "scores"
    __table_args__ = (
        UniqueConstraint("sheet_id", "criterion_id"),
        Index("ix_scores_criterion_id", "criterion_id"),
    )

    id: Mapped[PrimaryKey]
    sheet_id: Mapped[Id] = mapped_column(ForeignKey("score_sheets.id", ondelete="CASCADE"))
    criterion_id: Mapped[Id] = mapped_column(ForeignKey("criteria.id", ondelete="CASCADE"))
    points: Mapped[float]


class BlindLabel(Model):
    """The number by which judges know a session of an event: “Entry 7”. Once given it stays."""

    __tablename__ = "blind_labels"
    __table_args__ = (
        UniqueConstraint("event_id", "video_session_id"),
        UniqueConstraint("event_id", "number"),
        Index("ix_blind_labels_video_session_id", "video_session_id"),
    )

    id: Mapped[PrimaryKey]
    event_id: Mapped[Id] = mapped_column(ForeignKey("events.id", ondelete="CASCADE"))
    video_session_id: Mapped[Id] = mapped_column(ForeignKey("video_sessions.id", ondelete="CASCADE"))
    number: Mapped[int]
