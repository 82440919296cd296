"""Changing and ending what was given, and correcting an address that letters came back from."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from portal.basics import addresses
from portal.basics.errors import NotFound, PortalError
from portal.basics.roles import UserState
from portal.domain import audit, invitations, people
from portal.domain.audit import AuditKind
from portal.domain.grants.fates import is_later
from portal.domain.grants.naming import set_end
from portal.domain.grants.telling import tell_known
from portal.domain.grants.things import Thing, owned_things, things_of
from portal.storage.db import db
from portal.storage.models import Folder, Grant, User, VideoSession


class PastEnd(PortalError):
    """The end lies in the past."""


class AddressInUse(PortalError):
    """Another account has this address."""


class AlreadySetUp(PortalError):
    """The account has a password: its address is its owner's affair."""


class SharedByOthers(PortalError):
    """Somebody else shares with this guest, too, and named this very address."""


@dataclass(frozen=True)
class FoundGrant:
    """A grant with whom it names, on what, and by whom."""

    grant: Grant
    guest: User
    on: Thing
    by: User


def find_grant(grant_id: int, by: User) -> FoundGrant:
    """A grant on something of this sponsor's (an admin finds all), not revoked. Raises `NotFound`."""
    giver = aliased(User)
    query = (
        select(Grant, User, VideoSession, Folder, giver)
        .join(User, User.id == Grant.guest_id)
        .join(giver, giver.id == Grant.granted_by_id)
        .outerjoin(VideoSession, VideoSession.id == Grant.video_session_id)
        .outerjoin(Folder, Folder.id == Grant.folder_id)
        .where(Grant.id == grant_id, Grant.revoked_at.is_(None), things_of(by))
        .execution_options(populate_existing=True)
    )
    row: Any = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such grant")
    grant, guest, video_session, folder, given_by = row
    return FoundGrant(grant, guest, video_session or folder, given_by)


def change_end(found: FoundGrant, until: datetime | None, *, by: User, at: datetime) -> bool:
    """Let somebody watch until then, or without an end (None). A letter tells them when it gives more time.

    False when nothing changed. Raises `PastEnd` when the end is not ahead.
    """
    if until is not None and until <= at:
        raise PastEnd("The end lies in the past")
    grant = _held(found.grant)
    before = grant.ends_at
    if before == until:
        return False
    set_end(grant, until, person=found.guest, by=by, at=at)
    db.session.flush()
    if is_later(until, before):
        _tell(found, until, by=by, at=at)
    return True


def revoke(found: FoundGrant, *, by: User, at: datetime) -> bool:
    """End it now, as if it had never been given; what plays stops at the next byte. False when it was revoked."""
    query = update(Grant).where(Grant.id == found.grant.id, Grant.revoked_at.is_(None)).values(revoked_at=at)
    if not db.session.execute(query).rowcount:  # type: ignore[attr-defined]
        return False
    audit.record(AuditKind.GRANT_REVOKED, at=at, actor=by, subject=found.grant, person=found.guest)
    return True


def correct_address(guest: User, typed: str, *, by: User, at: datetime) -> bool:
    """Give an invited guest another address and mail a fresh invitation there; the older link stops working.

    False when it is the address they have. Raises `NotAnAddress`, `AddressInUse`, `AlreadySetUp`, and `SharedByOthers`
    for all but admins: what another sponsor shares must not follow to an address that they never named.
    """
    address = addresses.normalise(typed)
    _hold(guest)
    if guest.state is not UserState.INVITED:
        raise AlreadySetUp(f"{guest.display_name} has set up the account")
    if address == guest.address:
        return False
    if not by.is_admin and _is_shared_by_others(guest, by):
        raise SharedByOthers(f"Somebody else shares with {guest.address}, too. An admin can correct the address")
    if people.find_by_address(address):
        raise AddressInUse(f"{address} has an account or an invitation of its own")
    before = guest.address
    try:
        with db.session.begin_nested():
            guest.address = address
    except IntegrityError:
        raise AddressInUse(f"{address} has an account or an invitation of its own") from None
    facts = {"before": {"address": before}, "after": {"address": address}}
    audit.record(AuditKind.USER_CHANGED, at=at, actor=by, subject=guest, person=guest, **facts)
    invitations.end_links(guest, at=at)
    with suppress(invitations.NothingShared):  # then there is nothing to write about yet
        invitations.mail(guest, by=by, note="", at=at, again=True)
    return True


def _is_shared_by_others(guest: User, by: User) -> bool:
    query = select(Grant.id).where(Grant.guest_id == guest.id, Grant.revoked_at.is_(None), ~owned_things(by))
    return db.session.scalars(query.limit(1)).first() is not None


def _tell(found: FoundGrant, until: datetime | None, *, by: User, at: datetime) -> None:
    if found.guest.state is UserState.INVITED:
        invitations.mail(found.guest, by=by, note="", at=at, again=True)
    elif found.guest.is_live(at):
        tell_known([(found.guest, until)], found.on, by=by, note="", at=at)


def _held(grant: Grant) -> Grant:
    """The grant as it is now, held until the transaction ends. Raises `NotFound` when it was revoked meanwhile."""
    query = select(Grant).where(Grant.id == grant.id, Grant.revoked_at.is_(None)).with_for_update()
    held: Grant | None = db.session.scalar(query.execution_options(populate_existing=True))
    if held is None:
        raise NotFound("There is no such grant")
    return held


def _hold(guest: User) -> None:
    query = select(User).where(User.id == guest.id).with_for_update()
    db.session.execute(query.execution_options(populate_existing=True))
