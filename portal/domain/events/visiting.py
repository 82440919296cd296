"""An event as one of its guests meets it: what it is, until when, and what of it is theirs (product.md, Events)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from portal.basics.errors import NotFound
from portal.domain import access
from portal.domain.access import Shared
from portal.domain.events.showing import MOST_SHOWN
from portal.domain.judging import in_order_for
from portal.storage.db import db
from portal.storage.models import Event, Grant, User


@dataclass(frozen=True)
class Visit:
    """An event that names the viewer, with who organises it, what was given to them, and the sessions that are theirs.

    The grant's window is the event's, or lies inside it.
    """

    event: Event
    organiser: User
    grant: Grant
    sessions: Sequence[Shared]

    @property
    def ends_at(self) -> datetime:
        """When it is over for this guest."""
        ends = [end for end in (self.event.closed_at, self.event.closes_at, self.grant.ends_at) if end]
        return min(ends)

    @property
    def begins_at(self) -> datetime:
        return max(self.event.opens_at, self.grant.begins_at or self.event.opens_at)


def visit(viewer: User, key: str, *, at: datetime) -> Visit:
    """The event of this key for a guest who is named on it, before, while and after it is open. Two queries.

    Raises `NotFound`, also for who is not named there and for whose naming was taken back.
    """
    owner = aliased(User)
    query = (
        select(Event, owner, Grant)
        .join(owner, owner.id == Event.owner_id)
        .join(Grant, Grant.event_id == Event.id)
        .where(Event.key == key, Grant.guest_id == viewer.id, Grant.revoked_at.is_(None))
        .order_by(Grant.id.desc())
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    if row is None or not viewer.is_guest:
        raise NotFound("There is no such event")
    event, organiser, grant = row
    sessions = access.listed_at(viewer, event, at=at, most=MOST_SHOWN)
    return Visit(event, organiser, grant, in_order_for(event, viewer, sessions, lambda shared: shared.key))
