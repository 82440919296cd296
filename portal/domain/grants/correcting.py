"""Correcting an address that letters came back from."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.basics import addresses
from portal.basics.errors import PortalError
from portal.basics.roles import UserState
from portal.domain import audit, invitations, people
from portal.domain.audit import AuditKind
from portal.domain.grants.things import owned_things
from portal.storage.db import db
from portal.storage.models import Grant, User


class AddressInUse(PortalError):
    """Another account has this address."""


class AlreadySetUp(PortalError):
    """The account has a password: its address is its owner's affair."""


class SharedByOthers(PortalError):
    """Somebody else shares with this guest, too, and named this very address."""


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


def _hold(guest: User) -> None:
    """Hold the account and see it as it is: one that was set up since the page was opened keeps its address."""
    query = select(User).where(User.id == guest.id).with_for_update()
    db.session.execute(query.execution_options(populate_existing=True)).scalar_one()
