"""Deleting an event that was made by mistake. One that somebody was named on stays: it tells who was invited."""

from datetime import datetime

from sqlalchemy import exists, select

from portal.basics.errors import Conflict
from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.domain.events.finding import hold
from portal.storage.db import db
from portal.storage.models import Event, Grant, User


class NamesSomebody(Conflict):
    """People were named on this event: it is closed, and never deleted."""


def can_be_deleted(event: Event) -> bool:
    """Whether nobody was ever named on it, not even for a moment."""
    return not db.session.scalar(select(exists().where(Grant.event_id == event.id)))


def delete(event: Event, *, by: User, at: datetime) -> None:
    """Take away an event on which nobody was named, with its criteria and lists that were not sent.

    Recordings and folders that it showed stay. Raises `NamesSomebody`; whoever names somebody at this moment waits, and
    finds no event any more.
    """
    held = hold(event)
    if not can_be_deleted(held):
        raise NamesSomebody("People have been named on this event")
    audit.record(AuditKind.EVENT_DELETED, at=at, actor=by, subject=held, title=held.title)
    db.session.delete(held)
