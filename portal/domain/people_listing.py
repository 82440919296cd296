"""The admins' list of all people, and what is known of one."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from portal.basics import addresses
from portal.basics.errors import NotFound
from portal.basics.roles import Role, UserState
from portal.domain import invitations
from portal.domain.invitations.letter_states import LetterState, state_of
from portal.domain.looking_after import organised_by
from portal.domain.paging import NEWEST, Page, Place, newest_first
from portal.storage.db import db
from portal.storage.models import Event, Grant, Invitation, OutgoingEmail, SignIn, User

LETTERS_SHOWN = 10
INVITATIONS = ("invitation", "staff_invitation")
_Sponsor = aliased(User)
_Answers = aliased(User)


class StateWanted(StrEnum):
    """How accounts are told apart in the list."""

    INVITED = "invited"
    ACTIVE = "active"
    ENDED = "ended"
    DISABLED = "disabled"


@dataclass(frozen=True)
class PeopleWanted:
    """What to show; None and empty: everybody. `search`: how the name, a part of it, or the address begins."""

    search: str = ""
    role: Role | None = None
    state: StateWanted | None = None
    sponsor: str = ""  # guests of this sponsor: an address, or how a name begins
    event: str = ""  # guests of this event, also when it is over: its whole title, or its key
    not_seen_days: int | None = None  # whose account is older than this, and who was not here since
    never_signed_in: bool = False
    has_nothing: bool = False  # guests whom nothing lets watch, now or later

    def as_facts(self) -> dict[str, Any]:
        """What is asked for, as plain values by name; what is not asked for is left out."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class PersonLine:
    """One row of the list. `sponsor` empty: staff. `last_seen` None: never was here."""

    user: User
    sponsor: str
    last_seen: datetime | None
    state: LetterState


@dataclass(frozen=True)
class PersonFacts:
    """All that a person's page shows. `letters`: the newest few."""

    user: User
    sponsor: User | None
    state: LetterState
    sign_ins: Sequence[SignIn]
    last_seen: datetime | None
    letters: Sequence[OutgoingEmail]


def listed(wanted: PeopleWanted, place: Place = NEWEST, *, at: datetime) -> Page[PersonLine]:
    """One page of people, the newest account first; four queries, however many rows."""
    query = select(User, _Sponsor.name, _Sponsor.address, _last_seen()).outerjoin(
        _Sponsor, _Sponsor.id == User.sponsor_id
    )
    query = query.where(*conditions(wanted, at))
    page = newest_first(query, User.id, place, key=lambda row: row[0].id)
    states = invitations.letter_states([row[0].id for row in page.rows], at=at)
    return page.of(lambda row: _line(row, states))


def find(key: str, *, at: datetime) -> PersonFacts:
    """What is known of one person. Raises `NotFound`."""
    row = db.session.execute(
        select(User, _Sponsor, _last_seen()).outerjoin(_Sponsor, _Sponsor.id == User.sponsor_id).where(User.key == key)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such person")
    user, sponsor, last_seen = row
    letters = _letters(user)
    return PersonFacts(
        user=user,
        sponsor=sponsor,
        state=_state(user, letters, at),
        sign_ins=_sign_ins(user, at) if last_seen else (),
        last_seen=last_seen,
        letters=letters,
    )


def _last_seen() -> ColumnElement[Any]:
    """When the person last used any browser; the scalar subquery reads the index by user."""
    return (
        select(func.max(SignIn.last_seen_at, type_=SignIn.last_seen_at.type))
        .where(SignIn.user_id == User.id)
        .correlate(User)
        .scalar_subquery()
    )


def conditions(wanted: PeopleWanted, at: datetime, *, by: User | None = None) -> list[ColumnElement[bool]]:
    """What holds for an account that is asked for; the list, the trial of a reset and the reset itself ask the same.

    `by`: who asks, where that may be a sponsor: of events only their own are known to them. None: an admin.
    """
    found: list[ColumnElement[bool]] = []
    if wanted.search:
        found.append(_called(User, wanted.search))
    if wanted.role:
        found.append(User.role == wanted.role)
    if wanted.state:
        found.append(_in_state(wanted.state, at))
    if wanted.sponsor:
        found.append(User.sponsor_id.in_(select(_Answers.id).where(_called(_Answers, wanted.sponsor))))
    if wanted.event:
        found.append(_at_event(wanted.event, by))
    if wanted.not_seen_days is not None:
        since = at - timedelta(days=wanted.not_seen_days)
        found += [User.created_at <= since, ~exists().where(SignIn.user_id == User.id, SignIn.last_seen_at > since)]
    if wanted.never_signed_in:
        found.append(~exists().where(SignIn.user_id == User.id))
    if wanted.has_nothing:
        standing = exists().where(Grant.guest_id == User.id, Grant.standing_at(at))
        found += [User.role == Role.GUEST, ~standing]
    return found


def event_is(text: str, by: User | None) -> ColumnElement[bool]:
    """Whether the event in the query is meant by this text, its key or its whole title. `by`: see `conditions`."""
    meant = or_(Event.key == text, func.lower(Event.title) == text.lower(), Event.title == text)
    return meant if by is None else and_(organised_by(by), meant)


def _at_event(text: str, by: User | None) -> ColumnElement[bool]:
    """Its guests, also those whose access has ended with it; who was taken off it was never one."""
    events = select(Event.id).where(event_is(text, by))
    return User.id.in_(select(Grant.guest_id).where(Grant.event_id.in_(events), Grant.revoked_at.is_(None)))


def _called(who: type[User] | Any, text: str) -> ColumnElement[bool]:
    """Whether the address, the name or a word of the name begins like this.

    SQLite folds ASCII letters only; so the text is tried as typed, in small and with capitals.
    """
    starts: list[ColumnElement[bool]] = [who.address.startswith(addresses.small(text), autoescape=True)]
    for form in sorted({text, text.lower(), text.title()}):
        starts.append(who.name.istartswith(form, autoescape=True))
        starts.append(who.name.icontains(f" {form}", autoescape=True))
    return or_(*starts)


def _in_state(state: StateWanted, at: datetime) -> ColumnElement[bool]:
    ended = and_(User.state != UserState.DISABLED, User.ends_at <= at)
    match state:
        case StateWanted.DISABLED:
            return User.state == UserState.DISABLED
        case StateWanted.ENDED:
            return ended
        case StateWanted.ACTIVE:
            return User.live_at(at)
        case StateWanted.INVITED:
            return and_(User.state == UserState.INVITED, or_(User.ends_at.is_(None), User.ends_at > at))


def _line(row: Any, states: dict[int, LetterState]) -> PersonLine:
    user: User = row[0]
    return PersonLine(user, row[1] or row[2] or "", row[3], states[user.id])


def _sign_ins(user: User, at: datetime) -> Sequence[SignIn]:
    query = select(SignIn).where(SignIn.user_id == user.id, SignIn.live_at(at)).order_by(SignIn.id.desc())
    return db.session.scalars(query).all()


def _state(user: User, letters: Sequence[OutgoingEmail], at: datetime) -> LetterState:
    if user.state is not UserState.INVITED:
        return state_of(user, None, None, at=at)
    newest = select(Invitation).where(Invitation.user_id == user.id).order_by(Invitation.id.desc()).limit(1)
    invitation = db.session.scalars(newest).one_or_none()
    carriers = [letter for letter in letters if invitation and letter.invitation_id == invitation.id]
    return state_of(user, invitation, next((x for x in carriers if x.letter in INVITATIONS), None), at=at)


def _letters(user: User) -> Sequence[OutgoingEmail]:
    query = select(OutgoingEmail).where(OutgoingEmail.user_id == user.id)
    return db.session.scalars(query.order_by(OutgoingEmail.id.desc()).limit(LETTERS_SHOWN)).all()
