"""What became of the people of a run: their letters, and whether they have chosen a new password since."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from portal.basics.errors import NotFound
from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.domain.bulk_resets import ways_in
from portal.domain.bulk_resets.voiding import BECAUSE, VOIDED_BEFORE
from portal.domain.paging import NEWEST, Page, Place, newest_first
from portal.storage.db import db
from portal.storage.models import (
    AuditEvent,
    EmailState,
    Event,
    OutgoingEmail,
    ResetOutcome,
    ResetOutcomeKind,
    ResetRun,
    SignIn,
    User,
)

_Presser = aliased(User)


class Became(StrEnum):
    """What became of somebody, the last that happened counting."""

    FAILED = "failed"  # the letter with the new way in came back
    WAITING = "waiting"  # it has not left yet
    DELIVERED = "delivered"
    SET_ANEW = "set-anew"  # has chosen a new password
    VOIDED = "voided"  # nothing was mailed
    LEFT = "left"  # as they were before


@dataclass(frozen=True)
class FollowedRun:
    """A run, who pressed (None: the clock), its entry on the trail, and how many became what."""

    run: ResetRun
    by: User | None
    entry: int | None
    became: dict[Became, int]

    @property
    def voided(self) -> int:
        """Of how many the password was stopped, or had been before and a way in was mailed."""
        return sum(self.became.values()) - self.became[Became.LEFT]

    @property
    def without_letter(self) -> int:
        return self.became[Became.VOIDED]

    @property
    def is_moving(self) -> bool:
        """Whether letters are still on their way."""
        return self.became[Became.WAITING] > 0


@dataclass(frozen=True)
class OutcomeRow:
    """One person of a run. `why`: why nothing was done, or why the letter came back."""

    key: str
    name: str
    address: str
    is_guest: bool
    became: Became
    is_voided: bool
    why: str
    reason: str
    sign_ins_ended: int
    set_anew_at: datetime | None


def find(key: str, by: User) -> FollowedRun:
    """A run of this person's, or of an event of theirs; an admin finds each. Raises `NotFound`."""
    query = (
        select(ResetRun, _Presser, AuditEvent.sequence)
        .outerjoin(_Presser, _Presser.id == ResetRun.by_id)
        .outerjoin(Event, Event.id == ResetRun.event_id)
        .outerjoin(
            AuditEvent,
            and_(
                AuditEvent.subject_kind == "reset_run",
                AuditEvent.subject_id == ResetRun.id,
                AuditEvent.kind == AuditKind.PASSWORDS_VOIDED.label,
            ),
        )
        .where(ResetRun.key == key)
    )
    if not by.is_admin:
        query = query.where(or_(ResetRun.by_id == by.id, Event.owner_id == by.id))
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such reset")
    return FollowedRun(row[0], row[1], row[2], _numbers(row[0]))


def outcomes(run: ResetRun, only: Became | None = None, place: Place = NEWEST) -> Page[OutcomeRow]:
    """One page of the people of a run, in one query."""
    ended = (
        select(func.count())
        .select_from(SignIn)
        .where(SignIn.user_id == User.id, SignIn.ended_at == ResetOutcome.at, SignIn.ended_because == BECAUSE)
        .correlate(User, ResetOutcome)
        .scalar_subquery()
    )
    became = _became()
    query = _of(run, select(ResetOutcome, User, OutgoingEmail, became, ended))
    if only is not None:
        query = query.where(became == only.value)
    return newest_first(query, ResetOutcome.id, place, key=lambda row: row[0].id).of(_row)


def counted(run: ResetRun) -> dict[str, Any]:
    """What a run did when it was pressed, in numbers: passwords, letters, and who was left as before."""
    numbers = select(ResetOutcome.kind, ResetOutcome.why, func.count(), func.count(ResetOutcome.email_id))
    rows = db.session.execute(
        numbers.where(ResetOutcome.run_id == run.id).group_by(ResetOutcome.kind, ResetOutcome.why)
    ).all()
    return {
        "passwords": sum(row[2] for row in rows if row[0] is ResetOutcomeKind.VOIDED),
        "letters": sum(row[3] for row in rows),
        "left": {row[1]: row[2] for row in rows if row[0] is ResetOutcomeKind.SKIPPED},
    }


def mail_again(run: ResetRun, *, by: User, at: datetime, why: str | None = None) -> int:
    """Mail a fresh way in to those whose letter came back, or who were mailed none; returns to how many.

    Who has chosen a password, or has a link that works, is left alone: pressed twice, it mails once. `why` stands in
    the letter; None: what the run said.
    """
    no_letter = and_(ResetOutcome.kind == ResetOutcomeKind.VOIDED, ResetOutcome.email_id.is_(None))
    came_back = ResetOutcome.email_id.in_(
        select(OutgoingEmail.id).where(OutgoingEmail.state.in_((EmailState.FAILED, EmailState.KEPT_BACK)))
    )
    said = str(run.reach.get("why", "")) if why is None else why
    ids = ways_in.mail_all(run, or_(no_letter, came_back), by=by, why=said, at=at)
    if ids:
        audit.record(
            AuditKind.WAYS_IN_MAILED, at=at, actor=by, subject=run, whom=run.words, letters=len(ids), people=ids
        )
    return len(ids)


def _of(run: ResetRun, query: Any) -> Any:
    return (
        query.select_from(ResetOutcome)
        .join(User, User.id == ResetOutcome.user_id)
        .outerjoin(OutgoingEmail, OutgoingEmail.id == ResetOutcome.email_id)
        .where(ResetOutcome.run_id == run.id)
    )


def _became() -> ColumnElement[str]:
    is_concerned = or_(
        ResetOutcome.kind == ResetOutcomeKind.VOIDED,
        and_(ResetOutcome.why == VOIDED_BEFORE, ResetOutcome.email_id.is_not(None)),
    )
    return case(
        (~is_concerned, Became.LEFT.value),
        (User.password_hash.is_not(None), Became.SET_ANEW.value),
        (OutgoingEmail.state == EmailState.SENT, Became.DELIVERED.value),
        (OutgoingEmail.state == EmailState.WAITING, Became.WAITING.value),
        (OutgoingEmail.id.is_not(None), Became.FAILED.value),
        else_=Became.VOIDED.value,
    )


def _numbers(run: ResetRun) -> dict[Became, int]:
    became = _became().label("became")
    people = _of(run, select(became)).subquery()
    counted = db.session.execute(select(people.c.became, func.count()).group_by(people.c.became))
    found = {Became(row[0]): int(row[1]) for row in counted}
    return {kind: found.get(kind, 0) for kind in Became}


def _row(row: Any) -> OutcomeRow:
    outcome, user, email, became, ended = row
    return OutcomeRow(
        key=user.key,
        name=user.name,
        address=user.address,
        is_guest=user.is_guest,
        became=Became(became),
        is_voided=outcome.kind is ResetOutcomeKind.VOIDED,
        why=outcome.why,
        reason=email.reason if email else "",
        sign_ins_ended=int(ended),
        set_anew_at=user.password_changed_at if became == Became.SET_ANEW else None,
    )
