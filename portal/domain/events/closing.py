"""Closing an event, by hand or by the clock, and opening it again: all of it or nothing (product.md, Events).

What a closing does to accounts is one expression, asked by the preview and by the deed alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, insert, or_, select, true, update
from sqlalchemy.orm import aliased

from portal.basics.roles import Role, UserState
from portal.domain import audit, bulk_resets, judging, links, mailbox
from portal.domain.audit import AuditKind
from portal.domain.events.details import WrongDetails
from portal.domain.events.finding import hold
from portal.domain.playback import STREAM_LIVES
from portal.mail.letters import EventClosedLetter
from portal.storage.db import db
from portal.storage.models import (
    ClosedAccount,
    Event,
    EventClosing,
    Grant,
    OnClosing,
    ResetOutcome,
    ResetOutcomeKind,
    ResetRun,
    ScoreSheet,
    SignIn,
    Stream,
    User,
    WhenItEnds,
)

BECAUSE = "event-closed"  # what ended the sign-ins of its guests
MOST_AT_ONCE = 5  # events that the clock closes in one round, each in a transaction of its own
_MOST_NAMED = 25


@dataclass(frozen=True)
class Reach:
    """What closing an event would end now.

    `grants`: guests whose access is not over yet. `playing`: of those signed in, who watches at this moment.
    `only_here`: guests with a password who have nothing else: what happens to them is the event's `on_closing`.
    `elsewhere`: guests who have something else, and keep their password. `waiting`: guests who never set one. `drafts`:
    score sheets that are not final. `names`: the first of those who are only here.
    """

    grants: int
    sign_ins: int
    signed_in: int
    playing: int
    only_here: int
    elsewhere: int
    waiting: int
    sheets: int
    drafts: int
    names: Sequence[str]


def reach(event: Event, *, at: datetime) -> Reach:
    """The preview: what closing this event at this moment would do. Nothing changes; two queries."""
    guests, is_only_here = _guests(event), _has_nothing_else(event, at)
    plays = exists().where(
        Stream.sign_in_id == SignIn.id, Stream.ended_at.is_(None), Stream.seen_at > at - STREAM_LIVES
    )
    signed_in = (
        select(
            func.count(SignIn.id).label("sign_ins"),
            func.count(SignIn.user_id.distinct()).label("signed_in"),
            func.count(SignIn.user_id.distinct()).filter(plays).label("playing"),
        )
        .where(SignIn.user_id.in_(guests), SignIn.live_at(at))
        .subquery()
    )
    people = (
        select(
            func.count()
            .filter(and_(is_only_here, User.state == UserState.ACTIVE, User.password_hash.is_not(None)))
            .label("only_here"),
            func.count().filter(~is_only_here).label("elsewhere"),
            func.count().filter(User.state == UserState.INVITED).label("waiting"),
        )
        .where(User.id.in_(guests))
        .subquery()
    )
    sheets = (
        select(func.count().label("sheets"), func.count().filter(ScoreSheet.finalised_at.is_(None)).label("drafts"))
        .where(ScoreSheet.event_id == event.id, ScoreSheet.frozen_at.is_(None))
        .subquery()
    )
    running = or_(Grant.ends_at.is_(None), Grant.ends_at > at)
    grants = select(func.count().label("grants")).select_from(Grant).where(*_of(event), running).subquery()
    beside = grants.join(signed_in, true()).join(people, true()).join(sheets, true())
    numbers = db.session.execute(select(grants, signed_in, people, sheets).select_from(beside)).mappings().one()
    named = select(User).where(User.id.in_(guests), _loses_the_way_in(event, at)).order_by(User.id).limit(_MOST_NAMED)
    names = [user.display_name for user in db.session.scalars(named)]
    return Reach(names=names, **{name: int(number) for name, number in numbers.items()})


def close(event: Event, *, by: User | None, at: datetime) -> EventClosing | None:
    """End all that the event gave, the sign-ins of its guests, and the way in of those who have nothing else.

    In one transaction: its grants are over (what plays stops at the next byte), its guests are signed out, their
    passwords are voided or their accounts disabled as the event says, its score sheets are frozen, and its organiser is
    told. By None: the clock, and not before its time; then it closes as of its closing. None: it is closed already, or
    it is not time yet.
    """
    held = hold(event)
    if held.closed_at is not None or (by is None and held.closes_at > at):
        return None
    held.closed_at = min(at, held.closes_at)
    held.version += 1
    db.session.flush()
    _hold_guests(held)
    concerned = list(db.session.scalars(select(User.id).where(User.id.in_(_guests(held)), _loses_the_way_in(held, at))))
    grants, sign_ins = _end_grants(held, at), _end_sign_ins(held, at)
    run = None
    if held.on_closing is OnClosing.VOID:
        words = f"Guests of the event “{held.title}” who had nothing else"
        reach_words = {"event": held.key, "closing": True}
        run = bulk_resets.void(concerned, by=by, words=words, reach=reach_words, event=held, at=at)
    closing = EventClosing(
        event_id=held.id,
        at=held.closed_at,
        by_id=by.id if by else None,
        on_closing=held.on_closing,
        reset_run_id=run.id if run else None,
        grants_ended=grants,
        sign_ins_ended=sign_ins,
        accounts_disabled=0,
        sheets_frozen=judging.freeze(held, at=at),
    )
    db.session.add(closing)
    db.session.flush()
    if held.on_closing is OnClosing.DISABLE:
        closing.accounts_disabled = _disable(concerned, closing)
    audit.record(
        AuditKind.EVENT_CLOSED,
        at=at,
        actor=by,
        subject=held,
        how="by hand" if by else "by the clock",
        grants=grants,
        sign_ins=sign_ins,
        passwords=voided_by(closing),
        disabled=closing.accounts_disabled,
        sheets=closing.sheets_frozen,
        on_closing=held.on_closing.value,
    )
    _tell_organiser(held, closing, at)
    return closing


def due(at: datetime) -> list[int]:
    """Ids of events whose closing has come, the first first: for the worker, which closes each by itself."""
    query = select(Event.id).where(Event.closed_at.is_(None), Event.closes_at <= at)
    return list(db.session.scalars(query.order_by(Event.closes_at, Event.id).limit(MOST_AT_ONCE)))


def close_due(event_id: int, *, at: datetime) -> EventClosing | None:
    """Close one event by the clock. None: it was closed, deleted or moved meanwhile."""
    event = db.session.get(Event, event_id)
    return close(event, by=None, at=at) if event is not None else None


def reopen(event: Event, *, closes_at: datetime, by: User, at: datetime) -> EventClosing | None:
    """Bring the same people back until a new closing: their access, their accounts, their score sheets.

    Whose password was voided gets a letter with a new way in; nobody else is written to. None: it is not closed.
    Raises `WrongDetails` for a closing that does not lie ahead.
    """
    held = hold(event)
    closing = newest_closing(held)
    if held.closed_at is None or closing is None:
        return None
    if closes_at <= at:
        raise WrongDetails("closes", "Choose a closing that lies ahead")
    closed_at = held.closed_at
    held.closed_at, held.closes_at = None, closes_at
    held.opens_at = min(held.opens_at, at)
    held.version += 1
    closing.reopened_at, closing.reopened_by_id = at, by.id
    db.session.flush()
    back = update(Grant).where(*_of(held), Grant.ends_at == closed_at)
    values = {"ends_at": closes_at, "end_set_at": at, "version": Grant.version + 1}
    grants = _done(back.values(values))
    enabled = _enable(closing)
    sheets = judging.unfreeze(held)
    run = db.session.get(ResetRun, closing.reset_run_id) if closing.reset_run_id else None
    if run is not None:
        bulk_resets.mail_again(run, by=by, at=at, why=f"“{held.title}” is open again")
    until = closes_at.isoformat(timespec="minutes")
    audit.record(
        AuditKind.EVENT_REOPENED,
        at=at,
        actor=by,
        subject=held,
        until=until,
        grants=grants,
        enabled=enabled,
        sheets=sheets,
    )
    return closing


def newest_closing(event: Event) -> EventClosing | None:
    """The last closing of an event, whether or not it was opened again since."""
    query = select(EventClosing).where(EventClosing.event_id == event.id).order_by(EventClosing.id.desc()).limit(1)
    return db.session.scalars(query).one_or_none()


def voided_by(closing: EventClosing) -> int:
    """How many passwords a closing has voided."""
    if closing.reset_run_id is None:
        return 0
    voided = (ResetOutcome.run_id == closing.reset_run_id, ResetOutcome.kind == ResetOutcomeKind.VOIDED)
    return int(db.session.scalar(select(func.count()).select_from(ResetOutcome).where(*voided)) or 0)


def _of(event: Event) -> tuple[ColumnElement[bool], ...]:
    return (Grant.event_id == event.id, Grant.revoked_at.is_(None))


def _guests(event: Event) -> Select[int]:
    return select(Grant.guest_id).where(*_of(event))


def _has_nothing_else(event: Event, at: datetime) -> ColumnElement[bool]:
    """Whether nothing but this event names the guest in the query, now or later."""
    other = aliased(Grant)
    standing = (other.revoked_at.is_(None), or_(other.ends_at.is_(None), other.ends_at > at))
    elsewhere = exists().where(
        other.guest_id == User.id, or_(other.event_id.is_(None), other.event_id != event.id), *standing
    )
    return ~elsewhere.correlate(User)


def _loses_the_way_in(event: Event, at: datetime) -> ColumnElement[bool]:
    """A guest with a password, or not yet disabled, to whom the event's `on_closing` applies. Staff never."""
    is_concerned = and_(User.role == Role.GUEST, User.state == UserState.ACTIVE)
    return and_(is_concerned, _has_nothing_else(event, at))


def _hold_guests(event: Event) -> None:
    """Of two events that close at once and share a guest the second waits, and sees that the first is over."""
    held = select(User.id).where(User.id.in_(_guests(event))).order_by(User.id).with_for_update(key_share=True)
    db.session.execute(held).all()


def _end_grants(event: Event, at: datetime) -> int:
    """What had ended before stays as it was. Returns how many guests lose access by this closing."""
    running = or_(Grant.ends_at.is_(None), Grant.ends_at >= event.closed_at)
    values: dict[str, Any] = {"ends_at": event.closed_at, "when_it_ends": WhenItEnds.STOP, "version": Grant.version + 1}
    return _done(update(Grant).where(*_of(event), running).values(values | {"end_set_at": at}))


def _end_sign_ins(event: Event, at: datetime) -> int:
    live = update(SignIn).where(SignIn.user_id.in_(_guests(event)), SignIn.live_at(at))
    return _done(live.values(ended_at=at, ended_because=BECAUSE))


def _disable(user_ids: Sequence[int], closing: EventClosing) -> int:
    if not user_ids:
        return 0
    db.session.execute(insert(ClosedAccount), [{"closing_id": closing.id, "user_id": one} for one in user_ids])
    closed = select(ClosedAccount.user_id).where(ClosedAccount.closing_id == closing.id)
    return _done(update(User).where(User.id.in_(closed)).values(state=UserState.DISABLED))


def _enable(closing: EventClosing) -> int:
    """Those whom this closing disabled and who are disabled still; who was not set up then was not disabled."""
    closed = select(ClosedAccount.user_id).where(ClosedAccount.closing_id == closing.id)
    back = update(User).where(User.id.in_(closed), User.state == UserState.DISABLED)
    return _done(back.values(state=UserState.ACTIVE))


def _done(statement: Any) -> int:
    done = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _tell_organiser(event: Event, closing: EventClosing, at: datetime) -> None:
    owner = db.session.get(User, event.owner_id)
    if owner is None or not owner.is_live(at):
        return
    letter = EventClosedLetter(
        to=owner.address,
        zone=event.time_zone,
        title=event.title,
        closed_at=closing.at,
        by_clock=closing.by_id is None,
        guests=closing.grants_ended,
        sign_ins=closing.sign_ins_ended,
        passwords=voided_by(closing),
        disabled=closing.accounts_disabled,
        path=f"{links.event(event)}/report",
    )
    mailbox.queue(letter, to=owner, at=at)
