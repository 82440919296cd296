"""What naming each of many addresses would do: asked before any letter leaves, and again when they do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice

from sqlalchemy import func, select

from portal.basics import addresses
from portal.basics.errors import PortalError
from portal.basics.roles import UserState
from portal.domain.grants.quota import new_guests_left
from portal.domain.grants.renaming import Change, change_of, is_later, terms_after
from portal.domain.grants.terms import MOST_VIEWS, WITHOUT_LIMITS, Terms
from portal.domain.grants.things import Thing, named_on
from portal.domain.grants.windows import check_typed, filled
from portal.storage.db import db
from portal.storage.models import Grant, User, ViewBudget

MOST_AT_ONCE = 1000
_CHUNK = 5000  # values in one IN (…)


class TooMany(PortalError):
    """More addresses than are taken at once."""


class FateKind(StrEnum):
    """What happens to an address when the list is sent."""

    NEW = "new"  # no account yet: an invitation
    PENDING = "pending"  # invited before: one merged invitation, the older link stops working
    KNOWN = "known"  # has an account: one letter with a plain link
    AGAIN = "again"  # what they were given here has ended or is used up: given anew, and a letter says so
    MORE = "more"  # named here already: gets more time or views, and a letter says so
    LESS = "less"  # named here already: gets less time or fewer views, no letter
    SAME = "same"  # named here already: nothing changes
    ENDED = "ended"  # the account has ended: renewed in the same step, if that is wanted
    ENDED_ELSEWHERE = "ended-elsewhere"  # ended, and another sponsor answers for it
    BELOW_USED = "below-used"  # named here already, and used more views than these terms allow
    TOO_MANY_VIEWS = "too-many-views"  # with those used before they would be more than can be counted
    NEVER_BEGINS = "never-begins"  # named here already, from when these terms have ended; or from after the account has
    DISABLED = "disabled"
    STAFF = "staff"
    YOURSELF = "yourself"
    OVER_QUOTA = "over-quota"  # new, and more than its sponsor may invite in a day
    WRONG_TERMS = "wrong-terms"  # its own row of a list asks for what no grant can have
    UNREADABLE = "unreadable"


_LEFT_OUT = frozenset(
    {
        FateKind.ENDED_ELSEWHERE,
        FateKind.BELOW_USED,
        FateKind.TOO_MANY_VIEWS,
        FateKind.NEVER_BEGINS,
        FateKind.DISABLED,
        FateKind.STAFF,
        FateKind.YOURSELF,
        FateKind.OVER_QUOTA,
        FateKind.WRONG_TERMS,
        FateKind.UNREADABLE,
    }
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One entry of a list: what was typed, the address it means (None: none), on what terms, and a name if it has one.

    `fault` says why it cannot be had: for want of an address, or for its terms.
    """

    typed: str
    address: str | None
    fault: str = ""
    terms: Terms = WITHOUT_LIMITS
    name: str = ""


@dataclass(frozen=True)
class HeldGrant:
    """A grant that somebody has on a thing, and the most views that were taken of one recording by it."""

    grant: Grant
    taken: int = 0

    def is_over(self, at: datetime) -> bool:
        """Ended or used up: naming them again gives it anew."""
        limit = self.grant.views_limit
        return self.grant.has_ended(at) or (limit is not None and self.taken >= limit)


@dataclass(frozen=True)
class Fate:
    """One address: what was typed, whose it is, and what happens. `fault` says why it cannot be had.

    `terms` are those they have afterwards, `before` those of the grant they have on this thing, `taken` the most views
    of one recording that were taken of it. `is_anew`: that grant has ended or is used up, and is given anew.
    `name` is what a list calls somebody who has no account yet; an ended account is renewed until `renewed_until`.
    """

    kind: FateKind
    typed: str
    address: str = ""
    user: User | None = None
    grant: Grant | None = None
    terms: Terms = WITHOUT_LIMITS
    taken: int = 0
    is_anew: bool = False
    fault: str = ""
    name: str = ""
    renewed_until: datetime | None = None

    @property
    def before(self) -> Terms | None:
        return Terms.of(self.grant) if self.grant else None

    @property
    def changes(self) -> frozenset[Change]:
        """How the terms differ from those they have; empty for who has none."""
        return change_of(self.before, self.terms) if self.before else frozenset()

    @property
    def is_left_out(self) -> bool:
        return self.kind in _LEFT_OUT

    @property
    def is_invited(self) -> bool:
        """Whether the letter is an invitation: the account has no password yet."""
        return self.user is None or self.user.state is UserState.INVITED

    @property
    def gets_letter(self) -> bool:
        return not self.is_left_out and self.kind not in (FateKind.SAME, FateKind.LESS)

    @property
    def account_ends_at(self) -> datetime | None:
        """The account's own end, when that comes before the end of what is given; None: it does not matter."""
        end = self.user.ends_at if self.user and self.kind is not FateKind.ENDED else None
        return end if is_later(self.terms.ends_at, end) else None


def fates(text: str, on: Thing, *, by: User, at: datetime, terms: Terms = WITHOUT_LIMITS) -> list[Fate]:
    """What naming each address of this text on a session or folder would do, in order, doubles once.

    Who is named there already keeps whatever `terms` leave empty (`renaming.terms_after`). Two queries for each 5,000
    addresses. Raises `TooMany`, and `WrongTerms` for terms that nobody can have.
    """
    check_typed(on, terms, at=at)
    return fates_of_all(read_entries(text, terms), on, by=by, at=at)


def fates_of_all(wanted: Sequence[Wanted], on: Thing, *, by: User, at: datetime) -> list[Fate]:
    """The same of a list that was read already, each entry on its own terms. An address stands in it once."""
    return fates_of(wanted, users_of(wanted), on, by=by, at=at)


def read_entries(text: str, terms: Terms) -> list[Wanted]:
    """The addresses of a text, all on the same terms. Raises `TooMany`."""
    entries = addresses.read_list(text)
    if len(entries) > MOST_AT_ONCE:
        raise TooMany(f"At most {MOST_AT_ONCE:,} addresses at a time; these are {len(entries):,}")
    return [Wanted(entry.typed, entry.address, entry.fault or "", terms) for entry in entries]


def users_of(entries: Iterable[Wanted]) -> dict[str, User]:
    """Whose these addresses are, as the rows are now; one query for each 5,000."""
    users: dict[str, User] = {}
    for some in _chunks(entry.address for entry in entries if entry.address):
        query = select(User).where(User.address.in_(some)).execution_options(populate_existing=True)
        users |= {user.address: user for user in db.session.scalars(query)}
    return users


def fates_of(
    entries: Iterable[Wanted],
    users: dict[str, User],
    on: Thing,
    *,
    by: User,
    at: datetime,
    seen_over: Mapping[int, int] | None = None,
) -> list[Fate]:
    """`fates` for people who are at hand.

    `seen_over` are the grants that a preview offered to give anew, with their versions then. No other is given anew,
    and one that was changed since stays as it is: the form may have been sent twice. None: there was no preview.
    """
    held = _grants_by_guest(on, [user.id for user in users.values()])
    found = [_fate(entry, users, held, seen_over, on, by=by, at=at) for entry in entries]
    return _within_quota(found, by, at)


def _fate(
    entry: Wanted,
    users: dict[str, User],
    grants: dict[int, HeldGrant],
    seen_over: Mapping[int, int] | None,
    on: Thing,
    *,
    by: User,
    at: datetime,
) -> Fate:
    terms = entry.terms
    if entry.address is None:
        return Fate(FateKind.UNREADABLE, entry.typed, fault=entry.fault, name=entry.name)
    user = users.get(entry.address)
    if entry.fault:
        return Fate(FateKind.WRONG_TERMS, entry.typed, entry.address, user, fault=entry.fault, name=entry.name)
    given = filled(on, terms)
    held = grants.get(user.id) if user else None
    if user is None:
        return Fate(FateKind.NEW, entry.typed, entry.address, terms=given, name=entry.name)
    if held is None:
        kind = _of_account(user, by, at) or _impossible(user, None, given, at) or _of_new(user, at)
        return Fate(kind, entry.typed, entry.address, user, terms=given, renewed_until=given.ends_at)
    seen = held.grant.version if seen_over is None else seen_over.get(held.grant.id)
    was_changed = seen is not None and seen != held.grant.version
    anew = held.is_over(at) and seen == held.grant.version
    after = terms_after(held.grant, held.taken, WITHOUT_LIMITS if was_changed else terms, at=at, anew=anew)
    after = filled(on, after)
    kind = _of_account(user, by, at) or _impossible(user, held, after, at) or _of_change(user, held, after, anew, at)
    return Fate(
        kind,
        entry.typed,
        entry.address,
        user,
        held.grant,
        after,
        held.taken,
        anew,
        renewed_until=given.ends_at,
    )


def _within_quota(found: list[Fate], by: User, at: datetime) -> list[Fate]:
    """The first of those who are new, as many as may be invited today; the others are left out."""
    new = [number for number, fate in enumerate(found) if fate.kind is FateKind.NEW]
    left = new_guests_left(by, at) if new else None
    for number in new[left:] if left is not None else ():
        found[number] = replace(found[number], kind=FateKind.OVER_QUOTA)
    return found


def _of_account(user: User, by: User, at: datetime) -> FateKind | None:
    """Why somebody cannot be named at all; None: they can."""
    if user.id == by.id:
        return FateKind.YOURSELF
    if not user.is_guest:
        return FateKind.STAFF
    if user.state is UserState.DISABLED:
        return FateKind.DISABLED
    if _has_ended(user, at) and not by.is_admin and user.sponsor_id != by.id:
        return FateKind.ENDED_ELSEWHERE
    return None


def _impossible(user: User, held: HeldGrant | None, after: Terms, at: datetime) -> FateKind | None:
    """Why somebody cannot be given these terms here; None: they can. An account that has ended would be renewed."""
    if after.views is not None and held is not None and after.views < held.taken:
        return FateKind.BELOW_USED
    if after.views is not None and after.views > MOST_VIEWS:
        return FateKind.TOO_MANY_VIEWS
    account_end = None if _has_ended(user, at) else user.ends_at
    ends = [end for end in (after.ends_at, account_end) if end is not None]
    if after.begins_at is not None and ends and min(ends) <= after.begins_at:
        return FateKind.NEVER_BEGINS
    return None


def _of_new(user: User, at: datetime) -> FateKind:
    if _has_ended(user, at):
        return FateKind.ENDED
    return FateKind.PENDING if user.state is UserState.INVITED else FateKind.KNOWN


def _of_change(user: User, held: HeldGrant, after: Terms, anew: bool, at: datetime) -> FateKind:
    if _has_ended(user, at):
        return FateKind.ENDED
    changes = change_of(Terms.of(held.grant), after)
    if not changes:
        return FateKind.SAME
    if anew and _opens_again(held, after, at):
        return FateKind.AGAIN
    return FateKind.MORE if any(change.is_more for change in changes) else FateKind.LESS


def _has_ended(user: User, at: datetime) -> bool:
    return user.ends_at is not None and user.ends_at <= at


def _opens_again(held: HeldGrant, after: Terms, at: datetime) -> bool:
    has_time = after.ends_at is None or after.ends_at > at
    return has_time and (after.views is None or after.views > held.taken)


def _grants_by_guest(on: Thing, guest_ids: Sequence[int]) -> dict[int, HeldGrant]:
    """The grant of each guest on this very thing, ended ones too: there is one that is not revoked, or none."""
    most = select(func.max(ViewBudget.taken)).where(ViewBudget.grant_id == Grant.id).correlate(Grant).scalar_subquery()
    grants: dict[int, HeldGrant] = {}
    for some in _chunks(guest_ids):
        query = select(Grant, most).where(named_on(on), Grant.guest_id.in_(some), Grant.revoked_at.is_(None))
        for grant, taken in db.session.execute(query.execution_options(populate_existing=True)):
            kept = grants.get(grant.guest_id)
            if kept is None or is_later(grant.ends_at, kept.grant.ends_at):
                grants[grant.guest_id] = HeldGrant(grant, taken or 0)
    return grants


def _chunks(values: Iterable[object]) -> Iterator[list[object]]:
    iterator = iter(values)
    while some := list(islice(iterator, _CHUNK)):
        yield some
