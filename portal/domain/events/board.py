"""The organiser's board: how far each guest of an event is with what is theirs there (design 09).

Four queries, however many guests and sessions there are; figures are worked out from what was watched, never kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, case, cast, exists, func, null, select, true, union_all
from sqlalchemy.types import Float, Integer

from portal.basics.errors import NotFound
from portal.basics.roles import UserState
from portal.domain import access
from portal.domain.events.showing import MOST_SHOWN
from portal.domain.grants.people import person_state, with_letters
from portal.domain.invitations.letter_states import LetterState
from portal.domain.library import WHOLE
from portal.domain.looking_after import organised_by
from portal.domain.paging import NEWEST, Page, Place, newest_first
from portal.storage.db import UtcDateTime, db
from portal.storage.models import (
    Assignment,
    Event,
    Grant,
    Invitation,
    OutgoingEmail,
    SignIn,
    User,
    VideoSession,
    ViewBudget,
    WatchRecord,
)


class BoardFilter(StrEnum):
    """Which guests a board shows."""

    ALL = "all"
    NOT_SET_UP = "not-set-up"
    NOT_BEGUN = "not-begun"
    GOING_ON = "going-on"  # begun, and not finished
    FINISHED = "finished"
    NOTHING = "nothing"  # they see only their part, and nothing is assigned to them


class Reached(StrEnum):
    """How far a guest is with one session that is theirs."""

    NOT_BEGUN = "not-begun"
    BEGUN = "begun"
    USED_UP = "used-up"  # begun, not finished, and no view is left
    WATCHED = "watched"


@dataclass(frozen=True)
class BoardSession:
    """A session of the event, in the order of its pages."""

    id: int
    key: str
    title: str


@dataclass(frozen=True)
class GuestOnBoard:
    """One guest. `reached`: each session that is theirs, by id. `last_seen` None: they have never signed in."""

    grant_id: int
    key: str
    name: str
    address: str
    state: LetterState
    is_assigned: bool
    last_seen: datetime | None
    reached: Mapping[int, Reached] = field(default_factory=dict)

    def count(self, reached: Reached) -> int:
        return sum(one is reached for one in self.reached.values())

    @property
    def has_begun(self) -> bool:
        return any(one is not Reached.NOT_BEGUN for one in self.reached.values())

    @property
    def has_finished(self) -> bool:
        return bool(self.reached) and all(one is Reached.WATCHED for one in self.reached.values())


@dataclass(frozen=True)
class Numbers:
    """Of all guests: how many came how far; and of all that was given to them, how much was watched.

    `begun` holds those that have finished, too; so do `pairs_begun` those that were watched.
    """

    guests: int
    set_up: int
    begun: int
    finished: int
    nothing: int
    pairs: int
    pairs_begun: int
    pairs_watched: int

    def of(self, kind: BoardFilter) -> int:
        """How many guests a filter finds."""
        return {
            BoardFilter.ALL: self.guests,
            BoardFilter.NOT_SET_UP: self.guests - self.set_up,
            BoardFilter.NOT_BEGUN: self.guests - self.begun,
            BoardFilter.GOING_ON: self.begun - self.finished,
            BoardFilter.FINISHED: self.finished,
            BoardFilter.NOTHING: self.nothing,
        }[kind]


@dataclass(frozen=True)
class Board:
    """An event with what it shows, a page of its guests, and the numbers of all of them."""

    event: Event
    sessions: Sequence[BoardSession]
    page: Page[GuestOnBoard]
    numbers: Numbers


def board(key: str, by: User, *, at: datetime, show: BoardFilter = BoardFilter.ALL, place: Place = NEWEST) -> Board:
    """The board of an event of this person's, the newest guests first. Raises `NotFound`. Four queries."""
    event, numbers = _event_and_numbers(key, by)
    page = _page(event, show, place, at)
    reached = _reached([row.grant_id for row in page.rows], event) if page.rows else {}
    sessions = _sessions(event)
    ids = [session.id for session in sessions]
    return Board(event, sessions, page.of(lambda guest: _with_reached(guest, ids, reached)), numbers)


def _event_and_numbers(key: str, by: User) -> tuple[Event, Numbers]:
    event_id = select(Event.id).where(Event.key == key).scalar_subquery()
    shown = shown_at(event_id)
    of_guests = (
        select(
            func.count().label("guests"),
            _number(User.state == UserState.ACTIVE).label("set_up"),
            _number(has_begun(shown)).label("begun"),
            _number(has_finished(shown)).label("finished"),
            _number(_has_nothing(shown)).label("without"),
            _number(~Grant.is_assigned).label("whole"),
        )
        .select_from(Grant)
        .join(User, User.id == Grant.guest_id)
        .where(Grant.event_id == event_id, Grant.revoked_at.is_(None))
        .subquery("of_guests")
    )
    of_pairs = (
        select(func.count().label("begun"), _number(_whole(shown.c.length)).label("watched"))
        .select_from(Grant)
        .join(WatchRecord, WatchRecord.user_id == Grant.guest_id)
        .join(shown, shown.c.id == WatchRecord.video_session_id)
        .where(Grant.event_id == event_id, Grant.revoked_at.is_(None), WatchRecord.watched_seconds > 0)
        .where(access.assigned_if_need_be(shown.c.id))
        .subquery("of_pairs")
    )
    assigned = (
        select(func.count().label("pairs"))
        .select_from(Assignment)
        .join(Grant, Grant.id == Assignment.grant_id)
        .join(shown, shown.c.id == Assignment.video_session_id)
        .where(Grant.event_id == event_id, Grant.revoked_at.is_(None), Grant.is_assigned)
        .subquery("assigned")
    )
    sessions = select(func.count()).select_from(shown).scalar_subquery()
    query = (
        select(Event, of_guests, of_pairs.c.begun, of_pairs.c.watched, assigned.c.pairs, sessions)
        .select_from(Event)
        .join(of_guests, true())
        .join(of_pairs, true())
        .join(assigned, true())
        .where(Event.key == key, organised_by(by))
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such event")
    event, guests, set_up, begun, finished, nothing, whole, pairs_begun, watched, pairs, shows = row
    numbers = (guests, set_up, begun, finished, nothing, whole * shows + pairs, pairs_begun, watched)
    return event, Numbers(*(int(number) for number in numbers))


def _page(event: Event, show: BoardFilter, place: Place, at: datetime) -> Page[GuestOnBoard]:
    last_seen = select(func.max(SignIn.last_seen_at, type_=UtcDateTime())).where(SignIn.user_id == User.id)
    query = with_letters(
        select(Grant, User, Invitation, OutgoingEmail, last_seen.correlate(User).scalar_subquery())
        .select_from(Grant)
        .join(User, User.id == Grant.guest_id)
    ).where(Grant.event_id == event.id, Grant.revoked_at.is_(None), _is_shown(show, shown_at(event.id)))
    page = newest_first(query, Grant.id, place, key=lambda row: row[0].id)
    return page.of(lambda row: _guest(*row, at=at))


def _guest(
    grant: Grant,
    user: User,
    invitation: Invitation | None,
    letter: OutgoingEmail | None,
    last_seen: datetime | None,
    *,
    at: datetime,
) -> GuestOnBoard:
    return GuestOnBoard(
        grant_id=grant.id,
        key=user.key,
        name=user.name,
        address=user.address,
        state=person_state(user, invitation, letter, at),
        is_assigned=grant.is_assigned,
        last_seen=last_seen,
    )


def _sessions(event: Event) -> list[BoardSession]:
    query = (
        select(VideoSession.id, VideoSession.key, VideoSession.title)
        .where(VideoSession.id.in_(access.sessions_shown_by(event.id)), VideoSession.binned_at.is_(None))
        .order_by(VideoSession.id)
        .limit(MOST_SHOWN)
    )
    return [BoardSession(*row) for row in db.session.execute(query)]


@dataclass
class _Found:
    assigned: set[int] = field(default_factory=set)
    begun: dict[int, Reached] = field(default_factory=dict)


def _reached(grant_ids: Sequence[int], event: Event) -> dict[int, _Found]:
    """What these guests have begun of the event, and what is assigned to them; one query."""
    shown = shown_at(event.id)
    used_up = and_(Grant.views_limit.is_not(None), ViewBudget.taken >= Grant.views_limit)
    of_budget = and_(ViewBudget.grant_id == Grant.id, ViewBudget.video_session_id == shown.c.id)
    begun = (
        select(
            Grant.id.label("grant_id"),
            shown.c.id.label("session_id"),
            case((_whole(shown.c.length), 1.0), else_=0.0).label("is_whole"),
            case((used_up, 1), else_=0).label("is_used_up"),
        )
        .select_from(Grant)
        .join(WatchRecord, WatchRecord.user_id == Grant.guest_id)
        .join(shown, shown.c.id == WatchRecord.video_session_id)
        .outerjoin(ViewBudget, of_budget)
        .where(Grant.id.in_(grant_ids), WatchRecord.watched_seconds > 0)
    )
    assigned = select(
        Assignment.grant_id, Assignment.video_session_id, cast(null(), Float), cast(null(), Integer)
    ).where(Assignment.grant_id.in_(grant_ids))
    found: dict[int, _Found] = {grant_id: _Found() for grant_id in grant_ids}
    for grant_id, session_id, is_whole, is_used_up in db.session.execute(union_all(begun, assigned)):
        if is_whole is None:
            found[grant_id].assigned.add(session_id)
        else:
            unfinished = Reached.USED_UP if is_used_up else Reached.BEGUN
            found[grant_id].begun[session_id] = Reached.WATCHED if is_whole else unfinished
    return found


def _with_reached(guest: GuestOnBoard, sessions: Sequence[int], found: Mapping[int, _Found]) -> GuestOnBoard:
    theirs = found[guest.grant_id]
    part = [id_ for id_ in sessions if not guest.is_assigned or id_ in theirs.assigned]
    reached = {id_: theirs.begun.get(id_, Reached.NOT_BEGUN) for id_ in part}
    return GuestOnBoard(**{**guest.__dict__, "reached": reached})


# Conditions on the grant in a query, joined with its guest, and what the event shows.


def shown_at(event_id: Any) -> CTE:
    """Ids and lengths of what an event shows and is not in the bin."""
    there = VideoSession.id.in_(access.sessions_shown_by(event_id)), VideoSession.binned_at.is_(None)
    return select(VideoSession.id.label("id"), VideoSession.length_seconds.label("length")).where(*there).cte("shown")


def _is_shown(show: BoardFilter, shown: CTE) -> ColumnElement[bool]:
    match show:
        case BoardFilter.ALL:
            return true()
        case BoardFilter.NOT_SET_UP:
            return User.state != UserState.ACTIVE
        case BoardFilter.NOT_BEGUN:
            return ~has_begun(shown)
        case BoardFilter.GOING_ON:
            return and_(has_begun(shown), ~has_finished(shown))
        case BoardFilter.FINISHED:
            return has_finished(shown)
        case BoardFilter.NOTHING:
            return _has_nothing(shown)


def has_begun(shown: CTE) -> ColumnElement[bool]:
    begun: Select[Any] = (
        select(WatchRecord.id)
        .join(shown, shown.c.id == WatchRecord.video_session_id)
        .where(WatchRecord.user_id == Grant.guest_id, WatchRecord.watched_seconds > 0)
        .where(access.assigned_if_need_be(shown.c.id))
    )
    return begun.correlate(Grant).exists()


def has_finished(shown: CTE) -> ColumnElement[bool]:
    """Something is theirs, and there is nothing of it that they have not watched."""
    watched = exists().where(
        WatchRecord.user_id == Grant.guest_id, WatchRecord.video_session_id == shown.c.id, _whole(shown.c.length)
    )
    theirs = select(shown.c.id).where(access.assigned_if_need_be(shown.c.id))
    left = theirs.where(~watched.correlate_except(WatchRecord))
    return and_(theirs.correlate(Grant).exists(), ~left.correlate(Grant).exists())


def _has_nothing(shown: CTE) -> ColumnElement[bool]:
    part = exists().where(Assignment.grant_id == Grant.id, Assignment.video_session_id == shown.c.id)
    return and_(Grant.is_assigned, ~part.correlate(Grant))


def _whole(length: Any) -> ColumnElement[bool]:
    """Whether the record in the query is of the whole: what has no length yet was never watched."""
    return and_(length > 0, WatchRecord.watched_seconds >= WHOLE * length)


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
