"""Changing an event: its words, its window, and with that what it gave (product.md, Events)."""

from datetime import datetime
from typing import Any

from sqlalchemy import case, or_, select, update

from portal.basics.errors import Conflict
from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.domain.events.details import Details, WrongDetails, as_facts
from portal.domain.events.finding import hold
from portal.storage.db import db
from portal.storage.models import Event, Grant, User


class EventChangedMeanwhile(Conflict):
    """Somebody saved this event after it was opened for changing."""


def change(event: Event, details: Details, *, version: str | None, by: User, at: datetime) -> bool:
    """Save details, if they still are what `version` says (None: whatever they are). False: nothing has changed.

    Moving the window moves what the event gave in the same transaction: whoever had the whole of it has the whole of
    the new one, whoever had a part keeps what of it lies inside. Raises `WrongDetails`, `EventChangedMeanwhile`.
    """
    held = hold(event)
    before = Details.of(held)
    if version is not None and version != before.version:
        raise EventChangedMeanwhile("Somebody saved this event after you opened it")
    if held.is_over(at):
        raise WrongDetails("closes", "The event has closed. Open it again to change it")
    after = details.checked(at)
    if before == after:
        return False
    held.title, held.description, held.time_zone = after.title, after.description, after.time_zone
    held.opens_at, held.closes_at, held.on_closing = after.opens_at, after.closes_at, after.on_closing
    held.version += 1
    db.session.flush()
    if (before.opens_at, before.closes_at) != (after.opens_at, after.closes_at):
        move_grants(held, before.opens_at, before.closes_at, at=at)
    old, new = as_facts(before), as_facts(after)
    changed = [name for name in old if old[name] != new[name]]
    facts: dict[str, Any] = {
        "before": {name: old[name] for name in changed},
        "after": {name: new[name] for name in changed},
    }
    audit.record(AuditKind.EVENT_CHANGED, at=at, actor=by, subject=held, **facts)
    return True


def move_grants(event: Event, opened_at: datetime, closed_at: datetime, *, at: datetime) -> int:
    """Bring what the event gave inside its window, which was from `opened_at` to `closed_at`; one statement.

    A part of the old window that lies outside the new one becomes the whole of it. What had ended before stays ended.
    Returns how many grants were moved.
    """
    too_early = or_(Grant.begins_at == opened_at, Grant.begins_at < event.opens_at)
    too_late = or_(Grant.ends_at == closed_at, Grant.ends_at > event.closes_at)
    begins = case((too_early, event.opens_at), else_=Grant.begins_at)
    ends = case((too_late, event.closes_at), else_=Grant.ends_at)
    moved = update(Grant).where(
        Grant.event_id == event.id, Grant.revoked_at.is_(None), or_(Grant.ends_at > at, Grant.ends_at == closed_at)
    )
    is_inside = begins < ends
    values = {
        "begins_at": case((is_inside, begins), else_=event.opens_at),
        "ends_at": case((is_inside, ends), else_=event.closes_at),
        "end_set_at": at,
        "version": Grant.version + 1,
    }
    done = db.session.execute(moved.values(values).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]


def guests_of(event: Event) -> list[User]:
    """Who is named on the event, in the order of their ids."""
    named = select(Grant.guest_id).where(Grant.event_id == event.id, Grant.revoked_at.is_(None))
    return list(db.session.scalars(select(User).where(User.id.in_(named)).order_by(User.id)))
