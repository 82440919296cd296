"""The guests a sponsor sees: those they answer for, and those named on what is theirs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true
from sqlalchemy.orm import aliased

from portal.basics import addresses
from portal.basics.errors import NotFound
from portal.basics.roles import Role, UserState
from portal.domain import links
from portal.domain.grants.people import SHARING_LETTERS, person_state, standing_of, with_letters
from portal.domain.grants.things import guests_seen_by, things_of
from portal.domain.grants.watched import (
    GivenAndUsed,
    SeenOf,
    Watched,
    seen_at_event,
    seen_of_folder,
    sessions_at_event,
    sessions_on_folder,
    taken_of_folder,
)
from portal.domain.invitations.letter_states import LetterState
from portal.domain.paging import NEWEST, Page, Place, ids_of_page, newest_first
from portal.mail.wording import SharedKind
from portal.storage.db import UtcDateTime, db
from portal.storage.models import (
    EmailState,
    Event,
    Folder,
    Grant,
    Invitation,
    OutgoingEmail,
    SignIn,
    User,
    VideoSession,
    ViewBudget,
    WatchRecord,
)

SOON = timedelta(days=7)
_MOST_LETTERS = 10
MOST_GIVEN = 200


class GuestFilter(StrEnum):
    """Which guests a list shows."""

    ALL = "all"
    INVITED = "invited"
    ACTIVE = "active"
    ENDING = "ending"  # something of the asker's ends for them within seven days
    CAME_BACK = "came-back"
    ENDED = "ended"  # the account, or all of the asker's that they were given
    DISABLED = "disabled"


@dataclass(frozen=True)
class GuestRow:
    """A guest in the list. `things`: how many of the asker's things name them now.

    `until`: the last end of these, `first_end` the first; None: no end. `has_ended`: all they were given has ended.
    """

    user_id: int
    key: str
    name: str
    address: str
    state: LetterState
    things: int
    has_end: bool
    until: datetime | None
    first_end: datetime | None
    has_ended: bool


@dataclass(frozen=True)
class FoundGuest:
    """A guest with who answers for them and how far they have come. `last_seen` None: they have never signed in."""

    user: User
    sponsor: User
    state: LetterState
    invitation: Invitation | None
    last_seen: datetime | None

    def is_answered_for_by(self, someone: User) -> bool:
        """Whether the account itself is theirs to change."""
        return someone.is_admin or self.user.sponsor_id == someone.id


@dataclass(frozen=True, kw_only=True)
class GivenThing(GivenAndUsed):
    """Something a guest is named on, and what they have done with it."""

    title: str
    key: str
    kind: SharedKind
    since: datetime

    @property
    def is_several(self) -> bool:
        """A folder or an event: its views are counted recording by recording."""
        return self.kind != "recording"


@dataclass(frozen=True)
class Guests:
    """A page of guests, `first` of `total` counted from 1."""

    page: Page[GuestRow]
    first: int
    total: int


def guests_of(
    by: User,
    *,
    at: datetime,
    show: GuestFilter = GuestFilter.ALL,
    beginning: str = "",
    place: Place = NEWEST,
) -> Guests:
    """A page of the guests this sponsor sees, newest first; an admin sees all. `beginning`: of a name or address.

    Two queries, however many there are.
    """
    ids, guest_id = _wanted(by, show, beginning, at)
    rows = select(User, Invitation, OutgoingEmail, *_given_numbers(by, at)).select_from(User)
    query = with_letters(rows).where(User.id.in_(ids_of_page(ids, guest_id, place)))
    page = newest_first(query, User.id, place, key=lambda row: row[0].id).of(lambda row: _guest(*row, at=at))
    first_id = page.rows[0].user_id if page.rows else 0
    newer = func.coalesce(func.sum(case((guest_id > first_id, 1), else_=0)), 0)
    total, before = db.session.execute(ids.with_only_columns(func.count(), newer)).one()
    return Guests(page, int(before) + 1, int(total))


def _wanted(by: User, show: GuestFilter, beginning: str, at: datetime) -> tuple[Select[Any], ColumnElement[int]]:
    """The ids of the guests asked for, and their column. All that a sponsor sees need no look at the accounts."""
    if show is GuestFilter.ALL and not beginning.strip() and not by.is_admin:
        seen = guests_seen_by(by)
        return seen, seen.selected_columns[0]
    ids = _with_failed_letters(select(User.id).select_from(User), show)
    return ids.where(_seen(by), _shown(show, by, at), _begins(beginning)), User.id.expression


def find_guest(key: str, by: User, *, at: datetime) -> FoundGuest:
    """A guest this sponsor sees, by key. Raises `NotFound`."""
    sponsor = aliased(User)
    last_seen = select(func.max(SignIn.last_seen_at, type_=UtcDateTime())).where(SignIn.user_id == User.id)
    query = with_letters(
        select(User, sponsor, Invitation, OutgoingEmail, last_seen.correlate(User).scalar_subquery())
        .select_from(User)
        .join(sponsor, sponsor.id == User.sponsor_id)
    ).where(User.key == key, _seen(by))
    row = db.session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound("There is no such guest")
    user, answers, invitation, letter, seen_at = row
    return FoundGuest(user, answers, person_state(user, invitation, letter, at), invitation, seen_at)


def given_to(guest: User, by: User, *, at: datetime) -> list[GivenThing]:
    """What names this guest of all that is this sponsor's (an admin sees all), newest first; revoked is not shown.

    With what they have used and seen of it, in one query.
    """
    query = _what_was_given().where(Grant.guest_id == guest.id, Grant.revoked_at.is_(None), things_of(by))
    rows = db.session.execute(query.order_by(Grant.id.desc()).limit(MOST_GIVEN))
    return [_given(row, at) for row in rows]


def given_by(grant: Grant, *, at: datetime) -> GivenThing:
    """What this grant gave, with what was used and seen of it."""
    return _given(db.session.execute(_what_was_given().where(Grant.id == grant.id)).one(), at)


def _what_was_given() -> Select[*tuple[Any, ...]]:
    of_session = and_(ViewBudget.grant_id == Grant.id, ViewBudget.video_session_id == Grant.video_session_id)
    seen = and_(WatchRecord.user_id == User.id, WatchRecord.video_session_id == VideoSession.id)
    is_of_session = Grant.video_session_id.is_not(None)
    taken = case((is_of_session, func.coalesce(ViewBudget.taken, 0)), else_=taken_of_folder())
    is_at_event = Grant.event_id.is_not(None)
    seen_there = case((is_at_event, seen_at_event()), else_=seen_of_folder())
    sessions = case((is_at_event, sessions_at_event()), else_=sessions_on_folder(Grant.folder_id))
    return (
        select(Grant, VideoSession, Folder, Event, taken, WatchRecord, seen_there, sessions)
        .join(User, User.id == Grant.guest_id)
        .outerjoin(VideoSession, VideoSession.id == Grant.video_session_id)
        .outerjoin(Folder, Folder.id == Grant.folder_id)
        .outerjoin(Event, Event.id == Grant.event_id)
        .outerjoin(ViewBudget, of_session)
        .outerjoin(WatchRecord, seen)
    )


def letters_to(guest: User) -> list[OutgoingEmail]:
    """The last letters about sharing to this guest, newest first. What they asked for themselves is theirs alone."""
    query = select(OutgoingEmail).where(OutgoingEmail.user_id == guest.id, OutgoingEmail.letter.in_(SHARING_LETTERS))
    return list(db.session.scalars(query.order_by(OutgoingEmail.id.desc()).limit(_MOST_LETTERS)))


def _seen(by: User) -> ColumnElement[bool]:
    guests = User.role == Role.GUEST
    return guests if by.is_admin else and_(guests, User.id.in_(guests_seen_by(by)))


def _shown(show: GuestFilter, by: User, at: datetime) -> ColumnElement[bool]:
    has_ended = and_(User.ends_at.is_not(None), User.ends_at <= at)
    match show:
        case GuestFilter.ALL:
            return true()
        case GuestFilter.INVITED:
            return and_(User.state == UserState.INVITED, or_(User.ends_at.is_(None), User.ends_at > at))
        case GuestFilter.ACTIVE:
            return and_(User.live_at(at), ~_all_has_ended(by, at))
        case GuestFilter.ENDING:
            soon = (things_of(by), Grant.live_at(at), Grant.ends_at <= at + SOON)
            return and_(User.state != UserState.DISABLED, User.id.in_(select(Grant.guest_id).where(*soon)))
        case GuestFilter.CAME_BACK:
            return OutgoingEmail.state == EmailState.FAILED
        case GuestFilter.ENDED:
            came_in = and_(User.state == UserState.ACTIVE, _all_has_ended(by, at))
            return and_(User.state != UserState.DISABLED, or_(has_ended, came_in))
        case GuestFilter.DISABLED:
            return User.state == UserState.DISABLED


def _all_has_ended(by: User, at: datetime) -> ColumnElement[bool]:
    """Something of the asker's was given to the guest, and nothing of it is live; what was revoked was never given."""
    given = select(Grant.id).where(Grant.guest_id == User.id, Grant.revoked_at.is_(None), things_of(by)).correlate(User)
    # asked for one row: PostgreSQL would else go through all grants once, to save itself a few looks
    live = given.where(Grant.live_at(at)).limit(1)
    return and_(given.limit(1).scalar_subquery().is_not(None), live.scalar_subquery().is_(None))


def _with_failed_letters(query: Select[*tuple[Any, ...]], show: GuestFilter) -> Select[*tuple[Any, ...]]:
    return with_letters(query) if show is GuestFilter.CAME_BACK else query


def _begins(text: str) -> ColumnElement[bool]:
    words = text.strip()
    if not words:
        return true()
    name = or_(
        func.lower(User.name).startswith(words.lower(), autoescape=True),
        User.name.startswith(words, autoescape=True),  # SQLite lowers only the letters of English
        func.lower(User.name).contains(" " + words.lower(), autoescape=True),
    )
    return or_(User.address.startswith(addresses.small(words), autoescape=True), name)


def _given_numbers(by: User, at: datetime) -> tuple[Any, ...]:
    live = (Grant.guest_id == User.id, Grant.live_at(at), things_of(by))
    things = select(func.count()).select_from(Grant).where(*live).correlate(User).scalar_subquery()
    endless = (
        select(func.count()).select_from(Grant).where(*live, Grant.ends_at.is_(None)).correlate(User).scalar_subquery()
    )
    ends = [
        select(of(Grant.ends_at, type_=UtcDateTime())).where(*live).correlate(User).scalar_subquery()
        for of in (func.max, func.min)
    ]
    return things, endless, *ends, _all_has_ended(by, at)


def _guest(
    user: User,
    invitation: Invitation | None,
    letter: OutgoingEmail | None,
    things: int,
    endless: int,
    until: datetime | None,
    first_end: datetime | None,
    has_ended: bool,
    *,
    at: datetime,
) -> GuestRow:
    return GuestRow(
        user_id=user.id,
        key=user.key,
        name=user.name,
        address=user.address,
        state=person_state(user, invitation, letter, at),
        things=things,
        has_end=things > 0 and not endless,
        until=until if not endless else None,
        first_end=first_end,
        has_ended=bool(has_ended),
    )


def _given(found: Any, at: datetime) -> GivenThing:
    grant, video_session, folder, event, taken, record, seen, sessions = found
    thing = video_session or folder or event
    return GivenThing(
        grant_id=grant.id,
        title=thing.title,
        key=thing.key,
        kind=links.kind_of(thing),
        since=grant.created_at,
        begins=grant.begins_at,
        until=grant.ends_at,
        views_limit=grant.views_limit,
        taken=int(taken),
        standing=standing_of(grant, int(taken) if video_session else 0, at),
        watched=Watched.of(record, video_session.length_seconds) if video_session else None,
        seen=None if video_session else SeenOf(seen, sessions),
    )
