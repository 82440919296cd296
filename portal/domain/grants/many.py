"""Changing and ending what many were given, in one step: all of it, or nothing (product.md, Promises)."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import groupby
from typing import Final

from sqlalchemy import func, select

from portal.basics.errors import Conflict, NotFound
from portal.basics.roles import UserState
from portal.domain import access
from portal.domain.grants.changing import (
    FoundGrant,
    check_for,
    found_grant,
    gives_more,
    grants_with_things,
    hold_guests,
    revoke,
)
from portal.domain.grants.telling import Told, tell_several
from portal.domain.grants.terms import Terms, WrongTerms, set_terms
from portal.domain.grants.things import Thing, named_on
from portal.storage.db import db
from portal.storage.models import Grant, User, VideoSession, ViewBudget, WhenItEnds

MOST_CHOSEN = 200


class Keep(Enum):
    """That each keeps what they have; None would take it away."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP


@dataclass(frozen=True)
class NewTerms:
    """What becomes of everybody's terms. `KEEP` leaves each their own."""

    begins_at: datetime | Keep | None = KEEP
    ends_at: datetime | Keep | None = KEEP
    views: int | Keep | None = KEEP
    when_it_ends: WhenItEnds | Keep = KEEP

    def over(self, before: Terms) -> Terms:
        """The terms of somebody who had those before."""
        return Terms(
            begins_at=before.begins_at if self.begins_at is KEEP else self.begins_at,
            ends_at=before.ends_at if self.ends_at is KEEP else self.ends_at,
            views=before.views if self.views is KEEP else self.views,
            when_it_ends=before.when_it_ends if self.when_it_ends is KEEP else self.when_it_ends,
        )


@dataclass(frozen=True)
class Planned:
    """What would become of one grant. `taken`: the most views of one recording that were; `fault`: why it cannot.

    `gets_letter`: it gives more, to somebody whose account is neither disabled nor ended.
    """

    found: FoundGrant
    before: Terms
    after: Terms
    taken: int
    gets_letter: bool
    fault: WrongTerms | None = None

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


class ChosenChangedMeanwhile(Conflict):
    """One of these grants was changed, or ended, after the plan was shown."""


def find_many(ids: Collection[int], by: User) -> list[FoundGrant]:
    """These grants, without those that were revoked meanwhile, in the order of their ids.

    Raises `NotFound` when one of them is not on something of this sponsor's, whoever it is that chose it.
    """
    if not ids or len(ids) > MOST_CHOSEN:
        raise NotFound("There are no such grants")
    query = grants_with_things(by).where(Grant.id.in_(ids)).order_by(Grant.id)
    rows = db.session.execute(query).all()
    if len(rows) != len(set(ids)):
        raise NotFound("There is no such grant")
    return [found_grant(row) for row in rows if row[0].revoked_at is None]


def plan(chosen: Sequence[FoundGrant], new: NewTerms, *, at: datetime) -> list[Planned]:
    """What these terms would make of each; nothing is changed. One query."""
    taken = _most_taken_of(found.grant.id for found in chosen)
    return [_planned(found, new, taken.get(found.grant.id, 0), at) for found in chosen]


def stamp_of(chosen: Sequence[FoundGrant]) -> str:
    """Changes with what was chosen and with each of its versions: a plan that is shown carries it."""
    versions = "\n".join(f"{found.grant.id} {found.grant.version}" for found in chosen)
    return hashlib.sha256(versions.encode()).hexdigest()[:16]


def change_many(ids: Collection[int], new: NewTerms, *, stamp: str | None, by: User, at: datetime) -> list[Planned]:
    """Let all of these watch on new terms; who gets more of anything gets one letter. Returns what has changed.

    `stamp` is that of the plan as it was shown; None: whatever they are. All are changed, or none: raises
    `WrongTerms` for the first that cannot be, `ChosenChangedMeanwhile`, and `NotFound`.
    """
    chosen = _hold(find_many(ids, by), by)
    if stamp is not None and stamp != stamp_of(chosen):
        raise ChosenChangedMeanwhile("Somebody changed one of these after you opened the page")
    planned = plan(chosen, new, at=at)
    for each in planned:
        if each.fault:
            raise each.fault
    changed = [each for each in planned if each.is_changed]
    for each in changed:
        set_terms(each.found.grant, each.after, person=each.found.guest, by=by, at=at)
    db.session.flush()
    _tell([each for each in changed if each.gets_letter], by, at)
    return changed


def revoke_many(ids: Collection[int], *, by: User, at: datetime) -> list[FoundGrant]:
    """End all of these now, as if they had never been given. Returns those that had not been ended before.

    Raises `NotFound` when one of them is not on something of this sponsor's; then none has ended.
    """
    return [found for found in find_many(ids, by) if revoke(found, by=by, at=at)]


def still_named(on: Thing, ending: Sequence[FoundGrant], *, at: datetime) -> list[User]:
    """Whose access to this thing would not be over when these end: another grant names them there, too."""
    here = access.names(on.id, on.folder_id) if isinstance(on, VideoSession) else named_on(on)
    named = select(Grant.guest_id).where(
        here,
        Grant.standing_at(at),
        Grant.guest_id.in_([found.guest.id for found in ending]),
        Grant.id.not_in([found.grant.id for found in ending]),
    )
    return list(db.session.scalars(select(User).where(User.id.in_(named)).order_by(User.id)))


def _planned(found: FoundGrant, new: NewTerms, taken: int, at: datetime) -> Planned:
    before = Terms.of(found.grant)
    after = new.over(before)
    try:
        if before != after:
            check_for(found, after, taken, at=at)
    except WrongTerms as fault:
        return Planned(found, before, after, taken, gets_letter=False, fault=fault)
    return Planned(found, before, after, taken, gets_letter=gives_more(before, after) and _is_written_to(found, at))


def _is_written_to(found: FoundGrant, at: datetime) -> bool:
    guest = found.guest
    return guest.state is not UserState.DISABLED and (guest.ends_at is None or guest.ends_at > at)


def _hold(chosen: list[FoundGrant], by: User) -> list[FoundGrant]:
    """The same grants as they are now, held with their guests until the transaction ends."""
    hold_guests(sorted({found.guest.id for found in chosen}))
    ids = [found.grant.id for found in chosen]
    locked = select(Grant.id).where(Grant.id.in_(ids)).order_by(Grant.id).with_for_update()
    db.session.execute(locked)
    return find_many(ids, by) if ids else []


def _most_taken_of(ids: Iterable[int]) -> dict[int, int]:
    query = (
        select(ViewBudget.grant_id, func.max(ViewBudget.taken))
        .where(ViewBudget.grant_id.in_(list(ids)))
        .group_by(ViewBudget.grant_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def _tell(more: list[Planned], by: User, at: datetime) -> None:
    """One letter each, whatever of theirs has changed."""
    in_order = sorted(more, key=lambda each: (each.found.guest.id, each.found.grant.id))
    for _, theirs in groupby(in_order, key=lambda each: each.found.guest.id):
        given = [(Told(each.found.guest, each.after, each.taken), each.found.on) for each in theirs]
        tell_several(given, by=by, note="", at=at)
