"""Passwords that stop at once, of one person or of ten thousand, in a few statements (product.md, Admins).

Who is left as they are, and why, is one expression: what the trial says beforehand and what the run does are the same.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError

from portal.basics import tokens
from portal.basics.roles import Role, UserState
from portal.domain import audit, mailbox
from portal.domain.audit import AuditKind
from portal.domain.bulk_resets import ways_in
from portal.storage.db import UtcDateTime, db
from portal.storage.models import Event, PasswordReset, ResetOutcome, ResetOutcomeKind, ResetRun, SignIn, User

BECAUSE = "reset-in-bulk"  # what ended the sign-ins
YOURSELF, STAFF, NO_PASSWORD_YET, VOIDED_BEFORE = "yourself", "staff", "no-password-yet", "voided-before"
_CHUNK = 5000
_LONGEST_WORDS = 300


def void(
    user_ids: Collection[int],
    *,
    by: User | None,
    words: str,
    reach: dict[str, Any],
    event: Event | None = None,
    mails_way_in: bool = False,
    form_key: str | None = None,
    why: str = "",
    spares_staff: bool = True,
    at: datetime,
) -> ResetRun:
    """Stop the passwords of these people at once, with all their sign-ins, their media and every link mailed before.

    Nobody learns or chooses a password: a new one is chosen by its owner, with a link that is mailed now
    (`mails_way_in`) or that they ask for themselves. Left as they are, each with the reason: `by` themself, staff
    (unless an admin has named them: `spares_staff` False), and whoever has no password. Who is disabled or has ended
    loses it as well: when the account goes on one day, its old password must not. By None: the clock, or the console.

    `words` says whom it was for as a person reads it, `reach` the same as it was asked for; `event`: whose guests.
    A form that was pressed before gives back the run that it made, and does nothing.
    """
    run = ResetRun(
        key=tokens.new_key(),
        by_id=by.id if by else None,
        event_id=event.id if event else None,
        reach={**reach, "why": why},
        words=words[:_LONGEST_WORDS],
        mails_way_in=mails_way_in,
        form_key=form_key,
        created_at=at,
    )
    before = _kept(run)
    if before is not None:
        return before
    spares_staff = spares_staff or (by is not None and not by.is_admin)
    for ids in _chunks(user_ids):
        _hold(ids)
        _write_outcomes(run, ids, by, spares_staff=spares_staff, at=at)
    run.sign_ins_ended = _stop_passwords(run, at)
    if mails_way_in:
        ways_in.mail_all(run, _is_without_password(), by=by, why=why, at=at)
    _record(run, by, why, at)
    return run


def why_left(by: User | None, *, spares_staff: bool, at: datetime) -> ColumnElement[str]:
    """Why a person's password is left as it is, as a word; empty when it is to stop."""
    cases: list[tuple[ColumnElement[bool], str]] = []
    if by is not None:
        cases.append((User.id == by.id, YOURSELF))
    if spares_staff:
        cases.append((User.role != Role.GUEST, STAFF))
    return case(
        *cases,
        (User.state == UserState.INVITED, NO_PASSWORD_YET),
        (User.password_hash.is_(None), VOIDED_BEFORE),
        else_="",
    )


def _kept(run: ResetRun) -> ResetRun | None:
    """Keep the run; or the one that its form has made before, also at this very moment."""
    try:
        with db.session.begin_nested():
            db.session.add(run)
    except IntegrityError:
        query = select(ResetRun).where(ResetRun.by_id == run.by_id, ResetRun.form_key == run.form_key)
        return db.session.execute(query).scalar_one()
    return None


def _chunks(user_ids: Collection[int]) -> Iterator[Sequence[int]]:
    ids = sorted(set(user_ids))
    for begin in range(0, len(ids), _CHUNK):
        yield ids[begin : begin + _CHUNK]


def _hold(user_ids: Sequence[int]) -> None:
    """Nobody signs in, chooses a password or is disabled between the decision and the deed; always by id, in order."""
    held = select(User.id).where(User.id.in_(user_ids)).order_by(User.id).with_for_update(key_share=True)
    db.session.execute(held).all()


def _write_outcomes(
    run: ResetRun, user_ids: Sequence[int], by: User | None, *, spares_staff: bool, at: datetime
) -> None:
    left = why_left(by, spares_staff=spares_staff, at=at).label("why")
    people = select(User.id.label("user_id"), left).where(User.id.in_(user_ids)).subquery()
    voided, skipped = literal(ResetOutcomeKind.VOIDED.value), literal(ResetOutcomeKind.SKIPPED.value)
    kind = case((people.c.why == "", voided), else_=skipped)
    rows = select(literal(run.id), people.c.user_id, kind, people.c.why, literal(at, UtcDateTime()))
    columns = ["run_id", "user_id", "kind", "why", "at"]
    db.session.execute(insert(ResetOutcome).from_select(columns, rows.order_by(people.c.user_id)))


def _stop_passwords(run: ResetRun, at: datetime) -> int:
    """A statement for each table; returns how many sign-ins have ended."""
    concerned = _voided(run)
    stopped = update(User).where(User.id.in_(concerned)).values(password_hash=None, password_changed_at=at)
    ended = update(SignIn).where(SignIn.user_id.in_(concerned), SignIn.live_at(at))
    links = update(PasswordReset).where(
        PasswordReset.user_id.in_(concerned), PasswordReset.used_at.is_(None), PasswordReset.replaced_at.is_(None)
    )
    _do(stopped)
    sign_ins_ended = _do(ended.values(ended_at=at, ended_because=BECAUSE))
    if _do(links.values(replaced_at=at)):
        mailbox.keep_back(concerned)
    return sign_ins_ended


def _do(statement: Any) -> int:
    done = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _voided(run: ResetRun) -> Select[int]:
    return select(ResetOutcome.user_id).where(
        ResetOutcome.run_id == run.id, ResetOutcome.kind == ResetOutcomeKind.VOIDED
    )


def _is_without_password() -> ColumnElement[bool]:
    """Those of a run who have no password now, since this run or one before."""
    return or_(ResetOutcome.kind == ResetOutcomeKind.VOIDED, ResetOutcome.why == VOIDED_BEFORE)


def _record(run: ResetRun, by: User | None, why: str, at: datetime) -> None:
    """One entry with its reach in numbers and ids; whoever looks for one person's entries finds it by the outcomes."""
    ids = list(db.session.scalars(_voided(run).order_by(ResetOutcome.user_id)))
    skipped = select(func.count()).where(ResetOutcome.run_id == run.id, ResetOutcome.kind == ResetOutcomeKind.SKIPPED)
    audit.record(
        AuditKind.PASSWORDS_VOIDED,
        at=at,
        actor=by,
        subject=run,
        whom=run.words,
        reason=why,
        voided=len(ids),
        skipped=db.session.scalar(skipped) or 0,
        sign_ins_ended=run.sign_ins_ended,
        mails_way_in=run.mails_way_in,
        people=ids,
    )
