"""Who can watch a session or folder, and why: the sponsor's list (design 08)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select, true, union_all
from sqlalchemy.orm import aliased

from portal.domain.grants.things import Thing, named_on
from portal.domain.invitations.letter_states import LetterStanding, LetterState, state_of
from portal.domain.library import counts_at
from portal.domain.paging import NEWEST, ROWS_A_PAGE, Page, Place, newest_first
from portal.storage.db import db
from portal.storage.models import EmailState, Folder, Grant, Invitation, OutgoingEmail, User, VideoSession

_SHARING_LETTERS = ("invitation", "shared_with_you")


@dataclass(frozen=True)
class PersonRow:
    """One grant in the list. `folder`: the title of the folder it is on, when the list is a session's."""

    grant_id: int
    guest_key: str
    name: str
    address: str
    folder: str | None
    until: datetime | None
    is_live: bool
    state: LetterState


@dataclass(frozen=True)
class WhoCanWatch:
    """A page of grants, `first` of `total` counted from 1, and how many different people may watch now.

    Those who have not set up their account yet are counted: they may as soon as they have.
    """

    page: Page[PersonRow]
    first: int
    total: int
    people: int


def who_can_watch(on: Thing, *, at: datetime, place: Place = NEWEST) -> WhoCanWatch:
    """Everyone named on a session (directly, or by its folder) or on a folder, newest first.

    Ended grants are listed, too; revoked ones are not. Two queries, however many there are.
    """
    query = (
        with_letters(
            select(Grant, User, Folder.title, Invitation, OutgoingEmail)
            .select_from(Grant)
            .join(User, User.id == Grant.guest_id)
        )
        .outerjoin(Folder, Folder.id == Grant.folder_id)
        .where(Grant.id.in_(_ids(on, place)))
    )
    page = newest_first(query, Grant.id, place, key=lambda row: row[0].id).of(lambda row: _row(on, *row, at=at))
    total, newer, can_watch = _numbers(on, page.rows[0].grant_id if page.rows else 0, at)
    return WhoCanWatch(page, newer + 1, total, can_watch)


def with_letters(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The newest invitation and the newest sharing letter of each user in the query, joined to it."""
    invitation, letter = aliased(Invitation), aliased(OutgoingEmail)
    newest_invitation = select(func.max(invitation.id)).where(invitation.user_id == User.id).correlate(User)
    newest_letter = (
        select(func.max(letter.id))
        .where(letter.user_id == User.id, letter.letter.in_(_SHARING_LETTERS))
        .correlate(User)
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


def _ids(on: Thing, place: Place) -> Select[*tuple[Any, ...]]:
    """Ids of one page of grants: a page by each door, each from its own index, then both together."""
    order = Grant.id.asc() if place.after is not None else Grant.id.desc()
    pages = []
    for door in _doors(on):
        page = select(Grant.id).where(door, Grant.revoked_at.is_(None), _within(place))
        pages.append(page.order_by(order).limit(ROWS_A_PAGE + 1).subquery())
    both = union_all(*[select(page.c.id) for page in pages]).subquery()
    return select(both.c.id)


def _within(place: Place) -> ColumnElement[bool]:
    if place.after is not None:
        return Grant.id > place.after
    return Grant.id < place.before if place.before is not None else true()


def _doors(on: Thing) -> list[ColumnElement[bool]]:
    if isinstance(on, VideoSession) and on.folder_id is not None:
        return [named_on(on), Grant.folder_id == on.folder_id]
    return [named_on(on)]


def _row(
    on: Thing,
    grant: Grant,
    user: User,
    folder: str | None,
    invitation: Invitation | None,
    letter: OutgoingEmail | None,
    *,
    at: datetime,
) -> PersonRow:
    return PersonRow(
        grant_id=grant.id,
        guest_key=user.key,
        name=user.name,
        address=user.address,
        folder=folder if isinstance(on, VideoSession) else None,
        until=grant.ends_at,
        is_live=grant.is_live(at),
        state=person_state(user, invitation, letter, at),
    )


def _numbers(on: Thing, first_id: int, at: datetime) -> tuple[int, int, int]:
    """How many grants, how many of them newer than the first one shown, and how many people can watch."""
    can_watch = case((counts_at(at), Grant.guest_id))
    query = (
        select(
            func.count(),
            func.coalesce(func.sum(case((Grant.id > first_id, 1), else_=0)), 0),
            func.count(can_watch.distinct()),
        )
        .select_from(Grant)
        .join(User, User.id == Grant.guest_id)
        .where(or_(*_doors(on)), Grant.revoked_at.is_(None))
    )
    total, before, people = db.session.execute(query).one()
    return int(total), int(before), int(people)
