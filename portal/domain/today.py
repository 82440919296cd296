"""What needs a sponsor today, and what has happened with what is theirs (design 07). Four queries in all."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Select, and_, bindparam, cast, func, null, or_, select, union, union_all
from sqlalchemy.orm import aliased

from portal.basics.roles import Role, UserState
from portal.domain import requests
from portal.domain.audit import AuditKind
from portal.domain.grants.guests import SOON
from portal.domain.grants.people import person_state, with_letters
from portal.domain.grants.things import grants_on_own, guests_seen_by
from portal.domain.invitations.letter_states import LetterStanding
from portal.domain.library import counts_at
from portal.domain.looking_after import own_sessions
from portal.domain.parameters import AT, BY
from portal.domain.requests import Waiting
from portal.domain.uploads import Coming, coming_in
from portal.storage.db import UtcDateTime, db
from portal.storage.models import (
    AuditEvent,
    EmailState,
    Event,
    Grant,
    Invitation,
    OutgoingEmail,
    Upload,
    User,
    VideoSession,
)

LONG_UNOPENED = timedelta(days=7)
LEFT_ALONE = timedelta(minutes=10)  # an upload of which nothing has come for so long is on nobody's mind
_MOST = 20  # of a kind; the rest shows when these are settled
_FEED = 10
_Turning = aliased(Event, name="Turning")  # beside the event of a grant that somebody asks about


@dataclass(frozen=True)
class CameBack:
    """A letter that a mail server refused."""

    guest: User
    reason: str
    is_invitation: bool


@dataclass(frozen=True)
class Ending:
    """A guest whose access to something ends within seven days; `at` is the first of these ends."""

    guest: User
    at: datetime


@dataclass(frozen=True)
class Happening:
    """One line of the feed: who, when, and the recording they began to watch (None: they set up the account)."""

    at: datetime
    guest: User
    title: str | None


@dataclass(frozen=True)
class Today:
    """All that the page tells. `asking`: guests who wait for an answer; `unopened`: invited a week ago and more, or
    whose invitation has run out; `unfinished`: uploads that were cut off, or not taken; `events`: those that open or
    close within seven days, the soonest first.
    """

    asking: list[Waiting]
    came_back: list[CameBack]
    failed: list[VideoSession]
    unfinished: list[Coming]
    events: list[Event]
    ending: list[Ending]
    ending_count: int
    unopened: list[User]
    feed: list[Happening]

    @property
    def more_may_ask(self) -> bool:
        """Whether the list of requests may hold some that do not stand here."""
        return len(self.asking) >= _MOST

    @property
    def needs(self) -> int:
        """How many things need the sponsor: what ends, and what was not opened, count as one each."""
        settled_here = len(self.asking) + len(self.came_back) + len(self.failed) + len(self.unfinished)
        settled_here += len(self.events)
        return settled_here + bool(self.ending) + bool(self.unopened)


def today(by: User, *, at: datetime) -> Today:
    """The day of a sponsor, from what is theirs alone; an admin's is of their own sessions and guests, too."""
    came_back, unopened = _letters(by, at)
    asking, failed, unfinished, events = _asking_and_failed(by, at)
    ending, ending_count = _ending(by, at)
    return Today(asking, came_back, failed, unfinished, events, ending, ending_count, unopened, _feed(by))


def _letters(by: User, at: datetime) -> tuple[list[CameBack], list[User]]:
    """Letters that came back from any guest this sponsor sees, and one's own guests who have not come for a week."""
    failed, waiting = [], []
    values = {"by_id": by.id, "at": at, "long_ago": at - LONG_UNOPENED}
    for user, invitation, letter in db.session.execute(_letters_of_theirs, values):
        state = person_state(user, invitation, letter, at)
        if state.standing is LetterStanding.FAILED:
            failed.append(CameBack(user, state.reason, user.state is UserState.INVITED))
        elif state.standing in (LetterStanding.SENT, LetterStanding.EXPIRED):
            waiting.append(user)
    return failed, waiting


def _asking_and_failed(by: User, at: datetime) -> tuple[list[Waiting], list[VideoSession], list[Coming], list[Event]]:
    """Guests who wait for an answer, the longest first; recordings that could not be prepared; uploads that nobody goes
    on with; events that open or close soon. One query.
    """
    values = {"by_id": by.id, "at": at, "left_alone_since": at - LEFT_ALONE, "soon": at + SOON}
    found = db.session.execute(_asking_and_failing, values).all()
    return (
        requests.waiting_in([row for row in found if row.request_id is not None], at=at),
        [row.VideoSession for row in found if row.request_id is None and row.Upload is None and row.Turning is None],
        [coming_in(row.Upload, row.VideoSession) for row in found if row.Upload is not None],
        sorted((row.Turning for row in found if row.Turning is not None), key=lambda event: _turns(event, at)),
    )


def _turns(event: Event, at: datetime) -> datetime:
    """When it opens, or once it is open, when it closes."""
    return event.closes_at if event.has_opened(at) else event.opens_at


def _ending(by: User, at: datetime) -> tuple[list[Ending], int]:
    """Who loses something within seven days, the soonest first, and how many they are."""
    values = {"by_id": by.id, "at": at, "soon": at + SOON}
    rows = db.session.execute(_ending_soon, values).all()
    return [Ending(user, end) for user, end, _ in rows if end is not None], rows[0][2] if rows else 0


def _feed(by: User) -> list[Happening]:
    """The newest set-ups of one's own guests, and guests who began to watch one's own recordings."""
    return [_happening(event, user) for event, user in db.session.execute(_newest, {"by_id": by.id})]


def _happening(event: AuditEvent, user: User) -> Happening:
    is_viewing = event.kind == AuditKind.VIEWING_STARTED.label
    title = str((event.facts or {}).get("title", "a recording")) if is_viewing else None
    return Happening(event.at, user, title)


# Statements are built once, at import.


def _came_back_or_unopened() -> Select[*tuple[Any, ...]]:
    came_back = OutgoingEmail.state == EmailState.FAILED
    unopened = and_(
        User.state == UserState.INVITED,
        User.sponsor_id == BY.id,
        Invitation.withdrawn_at.is_(None),
        Invitation.created_at <= bindparam("long_ago", type_=UtcDateTime()),
    )
    refused = select(OutgoingEmail.user_id).where(came_back, OutgoingEmail.user_id.in_(guests_seen_by(BY)))
    invited = select(User.id).where(User.sponsor_id == BY.id, User.state == UserState.INVITED)
    either = union(refused, invited).cte("either").prefix_with("MATERIALIZED", dialect="postgresql")
    return (
        with_letters(select(User, Invitation, OutgoingEmail).select_from(User))
        .where(User.role == Role.GUEST, User.id.in_(select(either.c[0])), User.state != UserState.DISABLED)
        .where(or_(User.ends_at.is_(None), User.ends_at > AT), or_(came_back, unopened))
        .order_by(User.id.desc())
        .limit(_MOST)
    )


def _asking_failed_unfinished() -> Any:
    nothing = cast(null(), BigInteger)
    asking = requests.waiting_ids(BY, at=AT, most=_MOST).subquery()
    failed = (
        select(VideoSession.id.label("video_session_id"))
        .where(VideoSession.id.in_(own_sessions(BY)), VideoSession.failure != "")
        .order_by(VideoSession.id.desc())
        .limit(_MOST)
        .subquery()
    )
    left_alone = Upload.touched_at <= bindparam("left_alone_since", type_=UtcDateTime())
    unfinished = (
        select(Upload.video_session_id, Upload.id.label("upload_id"))
        .where(Upload.owner_id == BY.id, Upload.became_id.is_(None), or_(Upload.failure != "", left_alone))
        .order_by(Upload.id.desc())
        .limit(_MOST)
        .subquery()
    )
    soon = bindparam("soon", type_=UtcDateTime())
    turning = (
        select(Event.id.label("event_id"))
        .where(Event.owner_id == BY.id, Event.closed_at.is_(None))
        .where(or_(Event.opens_at.between(AT, soon), Event.closes_at.between(AT, soon)))
        .order_by(Event.id.desc())
        .limit(_MOST)
        .subquery()
    )
    each = union_all(
        select(asking.c.request_id, asking.c.video_session_id, nothing.label("upload_id"), nothing.label("event_id")),
        select(nothing, failed.c.video_session_id, nothing, nothing),
        select(nothing, unfinished.c.video_session_id, unfinished.c.upload_id, nothing),
        select(nothing, nothing, nothing, turning.c.event_id),
    ).subquery()
    asked = select(*requests.facts(), Upload, _Turning, each.c.request_id).select_from(each)
    query: Any = requests.with_facts(asked, of=each).outerjoin(Upload, Upload.id == each.c.upload_id)
    query = query.outerjoin(_Turning, _Turning.id == each.c.event_id)
    return query.order_by(each.c.request_id, each.c.upload_id.desc(), VideoSession.id.desc())


def _first_ends() -> Select[*tuple[Any, ...]]:
    first_end = func.min(Grant.ends_at, type_=UtcDateTime())
    ends_soon = Grant.ends_at <= bindparam("soon", type_=UtcDateTime())
    return (
        select(User, first_end, func.count().over())
        .join(Grant, Grant.guest_id == User.id)
        .where(Grant.id.in_(grants_on_own(BY)), counts_at(AT), ends_soon)
        .group_by(User.id)
        .order_by(first_end, User.id)
        .limit(3)
    )


def _newest_happenings() -> Select[*tuple[Any, ...]]:
    began = and_(
        AuditEvent.kind == AuditKind.VIEWING_STARTED.label,
        AuditEvent.subject_kind == "video_session",
        AuditEvent.subject_id.in_(own_sessions(BY)),
    )
    guests = select(User.id).where(User.sponsor_id == BY.id)
    came = and_(AuditEvent.kind == AuditKind.USER_SET_UP.label, AuditEvent.actor_id.in_(guests))
    return (
        select(AuditEvent, User)
        .join(User, User.id == AuditEvent.actor_id)
        .where(User.role == Role.GUEST, or_(began, came))
        .order_by(AuditEvent.sequence.desc())
        .limit(_FEED)
    )


_letters_of_theirs = _came_back_or_unopened()
_asking_and_failing = _asking_failed_unfinished()
_ending_soon = _first_ends()
_newest = _newest_happenings()
