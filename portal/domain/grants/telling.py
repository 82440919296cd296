"""The letter that says what is new, to somebody who has an account, or is still invited."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from portal.basics.roles import UserState
from portal.domain import invitations, links, mailbox
from portal.domain.grants.terms import Terms
from portal.domain.grants.things import Thing
from portal.domain.mailbox import Reader
from portal.domain.work import tools
from portal.mail.letters import SharedItem, SharedWithYouLetter
from portal.storage.models import Event, User, VideoSession


@dataclass(frozen=True)
class Told:
    """Whom to tell, what they may, and how many views of it they have taken, of a folder the most of one recording."""

    guest: User
    terms: Terms
    taken: int = 0


def tell_of(told: Told, on: Thing, *, by: User, note: str, at: datetime) -> bool:
    """One letter about what was given: an invitation to who has no password yet, to others what is new.

    It looks at the account as it is now and holds it: whoever sets it up at this very moment gets the plain letter.
    False, and no letter, when the account is disabled or has ended, or nothing can be watched by it.
    """
    return tell_several([(told, on)], by=by, note=note, at=at)


def tell_several(given: Sequence[tuple[Told, Thing]], *, by: User, note: str, at: datetime) -> bool:
    """`tell_of` for several things that were given to the same guest: still one letter."""
    guest = invitations.hold(given[0][0].guest)
    if not guest.is_guest or guest.state is UserState.DISABLED or (guest.ends_at is not None and guest.ends_at <= at):
        return False
    if guest.state is UserState.INVITED:
        with suppress(invitations.NothingShared):
            invitations.mail(guest, by=by, note=note, at=at, again=True)
            return True
        return False
    mailbox.queue_all([(_letter(given, by=by, note=note, at=at), guest, None)], at=at)
    return True


def tell_known(told: Sequence[Told], on: Thing, *, by: User, note: str, at: datetime) -> None:
    """One letter to each of these guests, who have an account.

    It has a plain link: no token, no password (product.md, The way in 1).
    """
    alike: dict[tuple[Terms, int], list[Told]] = {}
    for one in told:
        alike.setdefault((one.terms, one.taken), []).append(one)
    for some in alike.values():
        letter = _letter([(some[0], on)], by=by, note=note, at=at)
        readers = [Reader(one.guest.id, one.guest.address, letter.path) for one in some]
        mailbox.queue_alike(letter, readers, at=at)


def _letter(given: Sequence[tuple[Told, Thing]], *, by: User, note: str, at: datetime) -> SharedWithYouLetter:
    told, on = given[0]
    return SharedWithYouLetter(
        to=told.guest.address,
        zone=tools().settings.time_zone,
        reply_to=by.address,
        sponsor_name=by.display_name,
        sponsor_address=by.address,
        sponsor_department=by.department,
        items=tuple(_item(thing, one, at) for one, thing in given),
        path=links.shared(on) if len(given) == 1 else links.HOME,
        entered_at=at,
        note=note,
    )


def _item(on: Thing, told: Told, at: datetime) -> SharedItem:
    terms, is_recording = told.terms, isinstance(on, VideoSession)
    return SharedItem(
        title=on.title,
        kind=links.kind_of(on),
        length_seconds=on.length_seconds if isinstance(on, VideoSession) else None,
        begins_at=terms.begins_at if terms.begins_at and terms.begins_at > at else None,
        ends_at=terms.ends_at,
        views=terms.views,
        views_used=told.taken if is_recording else 0,
        entry=links.calendar_entry(on) if isinstance(on, Event) else None,
    )
