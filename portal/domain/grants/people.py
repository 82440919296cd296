"""Who can watch a session, folder or event, and why: the sponsor's list (design 08)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased, load_only

from portal.domain.access import Standing, assigned_if_need_be
from portal.domain.grants.things import Thing
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
from portal.domain.invitations.letter_states import LetterStanding, LetterState, state_of
from portal.domain.library import counts_at
from portal.domain.paging import NEWEST, ROWS_A_PAGE, Page, Place, page_from
from portal.storage.db import UtcDateTime, db
from portal.storage.models import (
    CoOwner,
    EmailState,
    Event,
    EventFolder,
    EventSession,
    Folder,
    Grant,
    Invitation,
    OutgoingEmail,
    PasswordUnlock,
    SignIn,
    User,
    VideoSession,
    ViewBudget,
    WatchRecord,
)
from portal.storage.prepared import Columns

SHARING_LETTERS = ("invitation", "shared_with_you", "access_given", "access_declined", "ending_soon")
"""Letters that tell a guest about what is shared with them."""


class PeopleFilter(StrEnum):
    """Which grants a list shows."""

    ALL = "all"
    CAN_WATCH = "can-watch"
    COMING = "coming"
    USED_UP = "used-up"  # of a session only: a folder's views are counted recording by recording
    ENDED = "ended"


@dataclass(frozen=True, kw_only=True)
class PersonRow(GivenAndUsed):
    """One grant in the list. `folder`, `event`: the title of what it is on, when the list is a session's.

    `event_owner_id`: whose event that is.
    """

    guest_key: str
    name: str
    address: str
    folder: str | None
    event: str | None
    event_owner_id: int | None
    state: LetterState

    @property
    def is_direct(self) -> bool:
        """Named on the very thing that the list is of."""
        return self.folder is None and self.event is None


@dataclass(frozen=True)
class Keeper:
    """Somebody of the staff who looks after the thing, and so can watch it, uncounted."""

    name: str
    address: str
    is_owner: bool


@dataclass(frozen=True)
class ShownAt:
    """An event that shows a session or folder, and who organises it. `folder`: the shelf by which it shows a session,
    None when it shows it by itself.
    """

    key: str
    title: str
    organiser: str
    organiser_id: int
    folder: str | None


@dataclass(frozen=True)
class WhoCanWatch:
    """A page of grants, `first` of `total` counted from 1, and how many different people may watch now.

    Those who have not set up their account yet are counted: they may as soon as they have. `numbers` counts the grants
    under each filter, `total` those under the one that is shown. `keepers` look after it, the owner first; `events`
    show it, so that their guests can watch it. `unlocked`
    counts the people who gave the video's password in a browser that is signed in still; None: it has no password.
    """

    page: Page[PersonRow]
    first: int
    total: int
    people: int
    numbers: dict[PeopleFilter, int]
    keepers: list[Keeper]
    events: list[ShownAt]
    unlocked: int | None


def who_can_watch(
    on: Thing, *, at: datetime, show: PeopleFilter = PeopleFilter.ALL, place: Place = NEWEST
) -> WhoCanWatch:
    """Everyone who can watch a session (named directly, by its folder or an event), a folder or an event.

    The newest grants first.

    Ended grants are listed, too; revoked ones are not. Three queries, however many there are.
    """
    is_on_folder = isinstance(on, VideoSession) and on.folder_id is not None
    kind = _Kind(isinstance(on, VideoSession), is_on_folder, isinstance(on, Event))
    values = {"on": on.id, "folder": on.folder_id if isinstance(on, VideoSession) else None, "at": at}
    backwards = place.after is not None
    from_where = {"place": place.after if backwards else (place.before or _NEWEST)}
    found = list(db.session.execute(_rows(kind, show, backwards), values | from_where))
    page = page_from(found, place, key=lambda row: row[0].id).of(lambda row: _row(on, row, at))
    first = {"first": page.rows[0].grant_id if page.rows else 0}
    numbers = dict(zip(_NUMBERS, _numbers(kind, show).all(values | first)[0], strict=True))
    keepers, at_events = _beside(on, kind)
    return WhoCanWatch(
        page=page,
        first=int(numbers["newer"]) + 1,
        total=int(numbers[show.value]),
        people=int(numbers["people"]),
        numbers={kind: int(numbers[kind.value]) for kind in PeopleFilter},
        keepers=keepers,
        events=at_events,
        unlocked=int(numbers["unlocked"]) if isinstance(on, VideoSession) and on.password_hash else None,
    )


def standing_of(grant: Grant, taken: int, at: datetime) -> Standing:
    """How a grant stands for one session, of which `taken` views were taken."""
    if grant.has_ended(at):
        return Standing.ENDED
    if not grant.has_begun(at):
        return Standing.COMING
    used_up = grant.views_limit is not None and taken >= grant.views_limit
    return Standing.USED_UP if used_up else Standing.LIVE


def with_letters(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The newest invitation and the newest sharing letter of each user in the query, joined to it."""
    invitation, letter = aliased(Invitation), aliased(OutgoingEmail)
    newest_invitation = select(func.max(invitation.id)).where(invitation.user_id == User.id).correlate(User)
    newest_letter = (
        select(func.max(letter.id)).where(letter.user_id == User.id, letter.letter.in_(SHARING_LETTERS)).correlate(User)
    )
    return query.outerjoin(Invitation, Invitation.id == newest_invitation.scalar_subquery()).outerjoin(
        OutgoingEmail, OutgoingEmail.id == newest_letter.scalar_subquery()
    )


def person_state(user: User, invitation: Invitation | None, letter: OutgoingEmail | None, at: datetime) -> LetterState:
    """How far somebody has come; a letter that came back is told of those with an account, too."""
    state = state_of(user, invitation, letter, at=at)
    if state.standing is LetterStanding.SET_UP and letter is not None and letter.state is EmailState.FAILED:
        return LetterState(LetterStanding.FAILED, letter.created_at, letter.reason)
    return state


# Statements are built once for each kind of list: building one takes longer than running it.

_NEWEST = 2**63 - 1
_ON: Any = bindparam("on", type_=BigInteger())
_FOLDER: Any = bindparam("folder", type_=BigInteger())
_OWNER: Any = bindparam("owner", type_=BigInteger())
_PLACE: Any = bindparam("place", type_=BigInteger())
_AT: Any = bindparam("at", type_=UtcDateTime())


@dataclass(frozen=True)
class _Kind:
    """What a list is about: a session, with or without a folder it is on; else a folder or an event."""

    is_session: bool
    is_on_folder: bool
    is_event: bool = False

    def doors(self) -> list[ColumnElement[bool]]:
        """By what grants come into the list: each has an index of its own."""
        if not self.is_session:
            return [Grant.event_id == _ON if self.is_event else Grant.folder_id == _ON]
        shows = select(EventSession.event_id).where(EventSession.video_session_id == _ON)
        doors = [Grant.video_session_id == _ON, and_(Grant.event_id.in_(shows), assigned_if_need_be(_ON))]
        if self.is_on_folder:
            shows_folder = select(EventFolder.event_id).where(EventFolder.folder_id == _FOLDER)
            doors += [
                Grant.folder_id == _FOLDER,
                and_(Grant.event_id.in_(shows_folder), assigned_if_need_be(_ON)),
            ]
        return doors


@cache
def _rows(kind: _Kind, show: PeopleFilter, backwards: bool) -> Select[*tuple[Any, ...]]:
    """Grants with all that their rows show; what was taken and seen is of the session, or of the folder as a whole."""
    columns: list[Any] = [Grant, User, Folder.title, Event.title, Event.owner_id, Invitation, OutgoingEmail]
    if kind.is_event:
        columns += [taken_of_folder(), null(), seen_at_event(), sessions_at_event()]
    elif not kind.is_session:
        columns += [taken_of_folder(), null(), seen_of_folder(), sessions_on_folder()]
    else:
        columns += [ViewBudget.taken, WatchRecord, literal(0), literal(0)]
    query = with_letters(select(*columns).select_from(Grant).join(User, User.id == Grant.guest_id))
    query = query.outerjoin(Folder, Folder.id == Grant.folder_id).outerjoin(Event, Event.id == Grant.event_id)
    if kind.is_session:
        seen = and_(WatchRecord.user_id == User.id, WatchRecord.video_session_id == _ON)
        query = query.outerjoin(ViewBudget, _BUDGET).outerjoin(WatchRecord, seen)
    shown = [*_WHAT_ROWS_SHOW, *([_WHAT_ROWS_SHOW_OF_A_RECORD] if kind.is_session else [])]
    query = query.where(Grant.id.in_(_ids(kind, show, backwards))).options(*shown)
    return query.order_by(Grant.id.asc() if backwards else Grant.id.desc()).limit(ROWS_A_PAGE + 1)


_WHAT_ROWS_SHOW = (
    load_only(Grant.begins_at, Grant.ends_at, Grant.views_limit),
    load_only(User.key, User.name, User.address, User.state, User.activated_at, User.ends_at),
    load_only(Invitation.created_at, Invitation.ends_at, Invitation.withdrawn_at),
    load_only(
        OutgoingEmail.state,
        OutgoingEmail.reason,
        OutgoingEmail.created_at,
        OutgoingEmail.sent_at,
        OutgoingEmail.next_try_at,
    ),
)
_WHAT_ROWS_SHOW_OF_A_RECORD = load_only(
    WatchRecord.opens, WatchRecord.opened_at, WatchRecord.watched, WatchRecord.watched_at, WatchRecord.watched_seconds
)
_BUDGET = and_(ViewBudget.grant_id == Grant.id, ViewBudget.video_session_id == _ON)


def _ids(kind: _Kind, show: PeopleFilter, backwards: bool) -> Select[*tuple[Any, ...]]:
    """Ids of one page of grants: a page by each door, each from its own index, then both together."""
    within, order = (Grant.id > _PLACE, Grant.id.asc()) if backwards else (Grant.id < _PLACE, Grant.id.desc())
    pages = []
    for door in kind.doors():
        page = select(Grant.id).join(User, User.id == Grant.guest_id)
        page = page.where(door, Grant.revoked_at.is_(None), within, _shown(kind, show, _has_used_up(kind)))
        pages.append(page.order_by(order).limit(ROWS_A_PAGE + 1).subquery())
    both = union_all(*[select(page.c.id) for page in pages]).subquery()
    return select(both.c.id)


def _shown(kind: _Kind, show: PeopleFilter, used_up: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the grant in the query, joined with its guest, is under this filter."""
    match show:
        case PeopleFilter.ALL:
            return true()
        case PeopleFilter.CAN_WATCH:
            return and_(counts_at(_AT), ~used_up) if kind.is_session else counts_at(_AT)
        case PeopleFilter.COMING:
            return and_(Grant.standing_at(_AT), ~Grant.begun_at(_AT))
        case PeopleFilter.USED_UP:
            return and_(Grant.live_at(_AT), used_up)
        case PeopleFilter.ENDED:
            return and_(Grant.ends_at.is_not(None), Grant.ends_at <= _AT)


def _has_used_up(kind: _Kind) -> ColumnElement[bool]:
    """Whether all views of the session were taken of the grant in the query; of a folder nobody can say."""
    if not kind.is_session:
        return ~true()
    taken = exists().where(_BUDGET, ViewBudget.taken >= Grant.views_limit)
    return and_(Grant.views_limit.is_not(None), taken.correlate(Grant))


_NUMBERS = [*(each.value for each in PeopleFilter), "newer", "people", "unlocked"]


@cache
def _numbers(kind: _Kind, show: PeopleFilter) -> Columns:
    """How many grants are under each filter, how many of those shown are newer than the first one, how many people can
    watch, and how many gave the password."""
    used_up = func.coalesce(ViewBudget.taken >= Grant.views_limit, ~true()) if kind.is_session else ~true()

    def number(condition: ColumnElement[bool]) -> Any:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    can_watch = _shown(kind, PeopleFilter.CAN_WATCH, used_up)
    first: Any = bindparam("first", type_=BigInteger())
    query = (
        select(
            *(number(_shown(kind, each, used_up)).label(each.value) for each in PeopleFilter),
            number(and_(Grant.id > first, _shown(kind, show, used_up))).label("newer"),
            func.count(case((can_watch, Grant.guest_id)).distinct()).label("people"),
            (_unlocked() if kind.is_session else literal(0)).label("unlocked"),
        )
        .select_from(Grant)
        .join(User, User.id == Grant.guest_id)
        .where(Grant.id.in_(union_all(*[select(Grant.id).where(door) for door in kind.doors()])))
        .where(Grant.revoked_at.is_(None))
    )
    return Columns(query.outerjoin(ViewBudget, _BUDGET) if kind.is_session else query)


def _unlocked() -> ScalarSelect[int]:
    people = select(func.count(SignIn.user_id.distinct())).join(PasswordUnlock, PasswordUnlock.sign_in_id == SignIn.id)
    people = people.join(VideoSession, VideoSession.id == PasswordUnlock.video_session_id)
    here = (VideoSession.id == _ON, PasswordUnlock.password_version == VideoSession.password_version)
    return people.where(*here, SignIn.live_at(_AT)).scalar_subquery()


def _row(on: Thing, found: Any, at: datetime) -> PersonRow:
    grant, user, folder, event, event_owner_id, invitation, letter, taken, record, seen, sessions = found
    is_session = isinstance(on, VideoSession)
    return PersonRow(
        grant_id=grant.id,
        guest_key=user.key,
        name=user.name,
        address=user.address,
        folder=folder if is_session else None,
        event=event if is_session else None,
        event_owner_id=event_owner_id if is_session else None,
        begins=grant.begins_at,
        until=grant.ends_at,
        views_limit=grant.views_limit,
        taken=int(taken or 0),
        standing=standing_of(grant, int(taken or 0) if is_session else 0, at),
        state=person_state(user, invitation, letter, at),
        watched=Watched.of(record, on.length_seconds) if isinstance(on, VideoSession) else None,
        seen=None if is_session else SeenOf(seen, sessions),
    )


def _beside(on: Thing, kind: _Kind) -> tuple[list[Keeper], list[ShownAt]]:
    """Who looks after the thing, the owner first, and which events show it, the newest first. One query."""
    folder_id = on.folder_id if isinstance(on, VideoSession) else on.id
    rows = _beside_of(kind).all({"on": on.id, "folder": folder_id, "owner": on.owner_id})
    keepers = [Keeper(row.name or row.address, row.address, row.id == on.owner_id) for row in rows if not row.event_key]
    at_events = [
        ShownAt(row.event_key, row.event, row.name or row.address, row.id, row.folder)
        for row in sorted((row for row in rows if row.event_key), key=lambda row: -row.place)
    ]
    return sorted(keepers, key=lambda keeper: not keeper.is_owner), at_events


@cache
def _beside_of(kind: _Kind) -> Columns:
    keepers = _keepers(kind)
    return Columns(keepers if kind.is_event else union_all(keepers, _events_showing(kind)))


def _keepers(kind: _Kind) -> Select[*tuple[Any, ...]]:
    looks_after: ColumnElement[bool] = User.id == _OWNER
    if kind.is_session:
        beside = select(CoOwner.user_id).where(CoOwner.video_session_id == _ON)
        looks_after = or_(looks_after, User.id.in_(beside))
    nothing = literal("")
    return select(
        User.id,
        User.name,
        User.address,
        nothing.label("event_key"),
        nothing.label("event"),
        cast(null(), String).label("folder"),
        User.id.label("place"),
    ).where(looks_after)


def _events_showing(kind: _Kind) -> Select[*tuple[Any, ...]]:
    """The events, each once, with who organises it; a session that is shown twice is shown by itself."""
    shelf: ColumnElement[Any]
    by_folder = Event.id.in_(select(EventFolder.event_id).where(EventFolder.folder_id == _FOLDER))
    if kind.is_session:
        itself = Event.id.in_(select(EventSession.event_id).where(EventSession.video_session_id == _ON))
        shows, shelf = or_(itself, by_folder), case((itself, null()), else_=Folder.title)
    else:
        shows, shelf = by_folder, cast(null(), String)
    return (
        select(User.id, User.name, User.address, Event.key, Event.title, shelf, Event.id)
        .select_from(Event)
        .join(User, User.id == Event.owner_id)
        .outerjoin(Folder, Folder.id == _FOLDER)
        .where(shows)
    )
