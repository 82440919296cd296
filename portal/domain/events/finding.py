"""Whose an event is, and lists of them. What is not this person's is simply not found."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import aliased

from portal.basics.errors import Conflict, NotFound
from portal.domain.looking_after import organised_by
from portal.domain.paging import NEWEST, Page, Place, newest_first
from portal.storage.db import db
from portal.storage.models import Event, EventFolder, EventSession, Folder, Grant, User, VideoSession


class EventIsOver(Conflict):
    """The event has closed: nothing is added or given any more, until it is opened again."""


class EventFilter(StrEnum):
    """Which events a list shows."""

    ALL = "all"
    OPEN = "open"
    COMING = "coming"
    CLOSED = "closed"


@dataclass(frozen=True)
class EventRow:
    """One line of a list of events: whose it is, how many guests are named on it and how many sessions it shows."""

    event: Event
    owner_name: str
    guests: int
    sessions: int


def find(key: str, by: User) -> Event:
    """The event of this key, when it is this person's or they are an admin. Raises `NotFound`."""
    event = db.session.scalars(select(Event).where(Event.key == key, organised_by(by))).one_or_none()
    if event is None:
        raise NotFound("There is no such event")
    return event


def find_showing(key: str, thing: VideoSession | Folder) -> Event:
    """The event of this key that shows a session or folder by itself, whosever it is, for whoever looks after that.

    Raises `NotFound`.
    """
    on_session = select(EventSession.event_id).where(EventSession.video_session_id == thing.id)
    on_folder = select(EventFolder.event_id).where(EventFolder.folder_id == thing.id)
    shows = Event.id.in_(on_session if isinstance(thing, VideoSession) else on_folder)
    event = db.session.scalars(select(Event).where(Event.key == key, shows)).one_or_none()
    if event is None:
        raise NotFound("There is no such event")
    return event


def hold(event: Event) -> Event:
    """The event as it is now, held until the transaction ends: windows, guests, assignments and closings wait."""
    query = select(Event).where(Event.id == event.id).with_for_update(key_share=True)
    held = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if held is None:
        raise NotFound("There is no such event any more")
    return held


def hold_open(event: Event, at: datetime) -> Event:
    """`hold`, for what only an event that is not over takes. Raises `EventIsOver`."""
    held = hold(event)
    if held.is_over(at):
        raise EventIsOver("The event has closed. Open it again first")
    return held


def list_events(
    by: User, *, at: datetime, show: EventFilter = EventFilter.ALL, place: Place = NEWEST
) -> Page[EventRow]:
    """Their events, the newest first; admins see everyone's. One query a page."""
    owner = aliased(User)
    query = (
        select(Event, owner.name, owner.address, _guests(), _sessions())
        .join(owner, owner.id == Event.owner_id)
        .where(organised_by(by), _shown(show, at))
    )
    page = newest_first(query, Event.id, place, key=lambda row: row[0].id)
    return page.of(lambda row: EventRow(row[0], row[1] or row[2], row[3], row[4]))


def _shown(show: EventFilter, at: datetime) -> ColumnElement[bool]:
    over = or_(Event.closed_at.is_not(None), Event.closes_at <= at)
    match show:
        case EventFilter.ALL:
            return true()
        case EventFilter.OPEN:
            return Event.open_at(at)
        case EventFilter.COMING:
            return and_(Event.opens_at > at, ~over)
        case EventFilter.CLOSED:
            return over


def _guests() -> ColumnElement[int]:
    count = select(func.count(Grant.id)).where(Grant.event_id == Event.id, Grant.revoked_at.is_(None))
    return count.correlate(Event).scalar_subquery()


def _sessions() -> ColumnElement[int]:
    there = VideoSession.binned_at.is_(None)
    itself = (
        select(func.count(EventSession.id))
        .join(VideoSession, VideoSession.id == EventSession.video_session_id)
        .where(EventSession.event_id == Event.id, there)
    )
    twice = select(EventSession.id).where(
        EventSession.event_id == EventFolder.event_id, EventSession.video_session_id == VideoSession.id
    )
    by_folder = (
        select(func.count(VideoSession.id))
        .join(EventFolder, EventFolder.folder_id == VideoSession.folder_id)
        .where(EventFolder.event_id == Event.id, there, ~twice.exists())
    )
    return itself.correlate(Event).scalar_subquery() + by_folder.correlate(Event).scalar_subquery()
