"""Letters of an event to several of its guests: a reminder while it is open, a thank-you once it is over.

Who gets one is worked out when it is sent: a reminder goes only to those who have not begun or not finished.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, and_, exists, func, or_, select
from sqlalchemy.exc import IntegrityError

from portal.basics.errors import PortalError
from portal.basics.roles import UserState
from portal.basics.texts import many_lines
from portal.domain import access, audit, invitations, links, mailbox
from portal.domain.audit import AuditKind
from portal.domain.events.board import has_begun, has_finished, shown_at
from portal.domain.events.finding import hold
from portal.domain.mailbox import Reader
from portal.mail.letters import EventReminderLetter, EventThanksLetter
from portal.storage.db import db
from portal.storage.models import Event, EventMailing, Grant, LetterOfEvent, ScoreSheet, SheetState, User

LONGEST_NOTE = 2000


class NothingToSend(PortalError):
    """This letter cannot go now, or to nobody: the text says why."""


@dataclass(frozen=True)
class Readers:
    """How many a letter would go to, and how many of them have no password yet: they get their invitation again."""

    people: int
    not_set_up: int


def readers_of(event: Event, letter: LetterOfEvent, *, at: datetime) -> Readers:
    """Whom a letter would go to at this moment. One query."""
    counted = select(func.count(), func.count().filter(User.state == UserState.INVITED))
    row = db.session.execute(_of(counted, event, letter, at)).one()
    return Readers(int(row[0]), int(row[1]))


def sent(event: Event) -> list[EventMailing]:
    """What was sent so far, the newest first."""
    query = select(EventMailing).where(EventMailing.event_id == event.id).order_by(EventMailing.id.desc()).limit(20)
    return list(db.session.scalars(query))


def send(
    event: Event, letter: LetterOfEvent, *, note: str, form_key: str | None, by: User, at: datetime
) -> EventMailing:
    """Write to all whom it concerns now; pressed twice by the same form, it goes once.

    Whoever has not set up the account gets the invitation again, with the note; a thank-you goes to those who came.
    Raises `NothingToSend`.
    """
    held = hold(event)
    _check(held, letter, at)
    kept = many_lines(note)
    if len(kept) > LONGEST_NOTE:
        raise NothingToSend(f"The note has {LONGEST_NOTE:,} characters at most; these are {len(kept):,}")
    mailing = EventMailing(
        event_id=held.id, letter=letter, note=kept, sent_to=0, by_id=by.id, form_key=form_key, created_at=at
    )
    try:
        with db.session.begin_nested():
            db.session.add(mailing)
    except IntegrityError:
        query = select(EventMailing).where(EventMailing.event_id == held.id, EventMailing.form_key == form_key)
        return db.session.execute(query).scalar_one()
    people = list(db.session.scalars(_of(select(User), held, letter, at).order_by(User.id)))
    if not people:
        raise NothingToSend("Nobody is left to write to")
    _write(held, letter, people, kept, by, at)
    mailing.sent_to = len(people)
    audit.record(AuditKind.EVENT_MAILED, at=at, actor=by, subject=held, letter=letter.value, sent_to=mailing.sent_to)
    return mailing


def _check(event: Event, letter: LetterOfEvent, at: datetime) -> None:
    if letter is LetterOfEvent.REMINDER and not event.is_open(at):
        raise NothingToSend("A reminder goes while the event is open")
    if letter is LetterOfEvent.THANKS and not event.is_over(at):
        raise NothingToSend("A thank-you goes once the event is over")


def _write(event: Event, letter: LetterOfEvent, people: list[User], note: str, by: User, at: datetime) -> None:
    if letter is LetterOfEvent.REMINDER:
        invited = {user.id for user in invitations.mail_all(people, by=by, note=note, at=at)}
        known = [user for user in people if user.state is UserState.ACTIVE and user.id not in invited]
        path = links.watch_event(event)
        reminder = EventReminderLetter(
            to="",
            zone=event.time_zone,
            reply_to=by.address,
            sponsor_name=by.display_name,
            title=event.title,
            closes_at=event.closes_at,
            note=note,
            path=path,
            entry=links.calendar_entry(event),
        )
        mailbox.queue_alike(reminder, [Reader(user.id, user.address, path) for user in known], at=at)
        return
    thanks = EventThanksLetter(
        to="", zone=event.time_zone, reply_to=by.address, sponsor_name=by.display_name, title=event.title, note=note
    )
    mailbox.queue_alike(thanks, [Reader(user.id, user.address, links.HOME) for user in people], at=at)


def _of(query: Any, event: Event, letter: LetterOfEvent, at: datetime) -> Any:
    """Of the event's guests, with accounts that can still be written to, those whom a letter is for."""
    goes_on = and_(User.state != UserState.DISABLED, or_(User.ends_at.is_(None), User.ends_at > at))
    shown = shown_at(event.id)
    if letter is LetterOfEvent.REMINDER:
        theirs = and_(Grant.live_at(at), goes_on, or_(~has_finished(shown), _owes_sheets(event, shown)))
    else:
        theirs = and_(has_begun(shown), User.activated_at.is_not(None))
    return (
        query.select_from(Grant)
        .join(User, User.id == Grant.guest_id)
        .where(Grant.event_id == event.id, Grant.revoked_at.is_(None), theirs)
    )


def _owes_sheets(event: Event, shown: CTE) -> ColumnElement[bool]:
    """At an event that is judged: a session of theirs has no sheet that is final, and they did not stand aside."""
    done = exists().where(
        ScoreSheet.event_id == event.id,
        ScoreSheet.judge_id == Grant.guest_id,
        ScoreSheet.video_session_id == shown.c.id,
        ScoreSheet.state != SheetState.DRAFT,
    )
    owed = select(shown.c.id).where(access.assigned_if_need_be(shown.c.id), ~done.correlate_except(ScoreSheet))
    is_judged = select(Event.is_judged).where(Event.id == event.id).scalar_subquery()
    return and_(is_judged, owed.correlate(Grant).exists())
