"""What naming each of many addresses would do: asked before any letter leaves, and again when they do."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice

from sqlalchemy import select

from portal.basics import addresses
from portal.basics.addresses import TypedAddress
from portal.basics.errors import PortalError
from portal.basics.roles import UserState
from portal.domain.grants.things import Thing, named_on
from portal.storage.db import db
from portal.storage.models import Grant, User

MOST_AT_ONCE = 1000
_CHUNK = 500  # values in one IN (…)


class TooMany(PortalError):
    """More addresses than are taken at once."""


class FateKind(StrEnum):
    """What happens to an address when the list is sent."""

    NEW = "new"  # no account yet: an invitation
    PENDING = "pending"  # invited before: one merged invitation, the older link stops working
    KNOWN = "known"  # has an account: one letter with a plain link
    LONGER = "longer"  # named here already: gets more time, and a letter says so
    SHORTER = "shorter"  # named here already: gets less time, no letter
    SAME = "same"  # named here already: nothing changes
    ENDED = "ended"  # the account has ended: renewed in the same step, if that is wanted
    ENDED_ELSEWHERE = "ended-elsewhere"  # ended, and another sponsor answers for it
    DISABLED = "disabled"
    STAFF = "staff"
    YOURSELF = "yourself"
    UNREADABLE = "unreadable"


_LEFT_OUT = frozenset(
    {FateKind.ENDED_ELSEWHERE, FateKind.DISABLED, FateKind.STAFF, FateKind.YOURSELF, FateKind.UNREADABLE}
)


@dataclass(frozen=True)
class Fate:
    """One address: what was typed, whose it is, and what happens. `fault` says why an unreadable one is."""

    kind: FateKind
    typed: str
    address: str = ""
    user: User | None = None
    grant: Grant | None = None
    until: datetime | None = None  # how long they may watch afterwards; None: no end
    fault: str = ""

    @property
    def is_left_out(self) -> bool:
        return self.kind in _LEFT_OUT

    @property
    def is_invited(self) -> bool:
        """Whether the letter is an invitation: the account has no password yet."""
        if self.kind in (FateKind.NEW, FateKind.PENDING):
            return True
        return self.user is not None and self.user.state is UserState.INVITED

    @property
    def gets_letter(self) -> bool:
        return not self.is_left_out and self.kind not in (FateKind.SAME, FateKind.SHORTER)


def fates(text: str, on: Thing, *, by: User, at: datetime, until: datetime | None = None) -> list[Fate]:
    """What naming each address of this text on a session or folder until then would do, in order, doubles once.

    Without `until` an end that somebody has already stays as it is. Three queries at most for a thousand addresses.
    Raises `TooMany`.
    """
    entries = addresses.read_list(text)
    if len(entries) > MOST_AT_ONCE:
        raise TooMany(f"At most {MOST_AT_ONCE:,} addresses at a time; these are {len(entries):,}")
    users = _users_by_address(entry.address for entry in entries if entry.address)
    grants = _grants_by_guest(on, [user.id for user in users.values()])
    return [_fate(entry, users, grants, by=by, at=at, until=until) for entry in entries]


def _fate(
    entry: TypedAddress,
    users: dict[str, User],
    grants: dict[int, Grant],
    *,
    by: User,
    at: datetime,
    until: datetime | None,
) -> Fate:
    if entry.address is None:
        return Fate(FateKind.UNREADABLE, entry.typed, fault=entry.fault or "")
    user = users.get(entry.address)
    if user is None:
        return Fate(FateKind.NEW, entry.typed, entry.address, until=until)
    grant = grants.get(user.id)
    live = grant is not None and grant.is_live(at)
    ends = until if until is not None or grant is None or not live else grant.ends_at
    kind = _kind(user, grant if live else None, ends, by=by, at=at)
    return Fate(kind, entry.typed, entry.address, user, grant, ends)


def _kind(user: User, grant: Grant | None, until: datetime | None, *, by: User, at: datetime) -> FateKind:
    if user.id == by.id:
        return FateKind.YOURSELF
    if not user.is_guest:
        return FateKind.STAFF
    if user.state is UserState.DISABLED:
        return FateKind.DISABLED
    if user.ends_at is not None and user.ends_at <= at:
        return FateKind.ENDED if by.is_admin or user.sponsor_id == by.id else FateKind.ENDED_ELSEWHERE
    if grant is not None:
        return _change(grant.ends_at, until)
    return FateKind.PENDING if user.state is UserState.INVITED else FateKind.KNOWN


def _change(before: datetime | None, after: datetime | None) -> FateKind:
    if before == after:
        return FateKind.SAME
    return FateKind.LONGER if is_later(after, before) else FateKind.SHORTER


def is_later(one: datetime | None, other: datetime | None) -> bool:
    """Whether the one end is after the other; no end is after every end."""
    if one is None or other is None:
        return one is None and other is not None
    return one > other


def _users_by_address(found: Iterable[str]) -> dict[str, User]:
    users: dict[str, User] = {}
    for some in _chunks(found):
        query = select(User).where(User.address.in_(some)).execution_options(populate_existing=True)
        users |= {user.address: user for user in db.session.scalars(query)}
    return users


def _grants_by_guest(on: Thing, guest_ids: Sequence[int]) -> dict[int, Grant]:
    """The grant of each guest on this very thing, ended ones too: there is one that is not revoked, or none."""
    grants: dict[int, Grant] = {}
    for some in _chunks(guest_ids):
        query = select(Grant).where(named_on(on), Grant.guest_id.in_(some), Grant.revoked_at.is_(None))
        for grant in db.session.scalars(query.execution_options(populate_existing=True)):
            kept = grants.get(grant.guest_id)
            if kept is None or is_later(grant.ends_at, kept.ends_at):
                grants[grant.guest_id] = grant
    return grants


def _chunks(values: Iterable[object]) -> Iterator[list[object]]:
    iterator = iter(values)
    while some := list(islice(iterator, _CHUNK)):
        yield some
