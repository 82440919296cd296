"""The letter that says what is new, to somebody who has an account."""

from collections.abc import Sequence
from datetime import datetime

from portal.domain import links, mailbox
from portal.domain.grants.things import Thing
from portal.domain.work import tools
from portal.mail.letters import SharedItem, SharedWithYouLetter
from portal.storage.models import User, VideoSession


def tell_known(guests: Sequence[tuple[User, datetime | None]], on: Thing, *, by: User, note: str, at: datetime) -> None:
    """One letter to each of these guests, who may watch until the moment beside them.

    It has a plain link: no token, no password (product.md, The way in 1).
    """
    letters = [(_letter(guest, on, until, by=by, note=note, at=at), guest, None) for guest, until in guests]
    mailbox.queue_all(letters, at=at)


def _letter(
    guest: User, on: Thing, until: datetime | None, *, by: User, note: str, at: datetime
) -> SharedWithYouLetter:
    return SharedWithYouLetter(
        to=guest.address,
        zone=tools().settings.time_zone,
        reply_to=by.address,
        sponsor_name=by.display_name,
        sponsor_address=by.address,
        sponsor_department=by.department,
        items=(_item(on, until),),
        path=links.watch(on) if isinstance(on, VideoSession) else links.HOME,
        entered_at=at,
        note=note,
    )


def _item(on: Thing, until: datetime | None) -> SharedItem:
    if isinstance(on, VideoSession):
        return SharedItem(title=on.title, kind="recording", length_seconds=on.length_seconds, ends_at=until)
    return SharedItem(title=on.title, kind="folder", ends_at=until)
