"""People on their way in, for tests."""

import re
from datetime import datetime
from typing import Any

from portal.basics.roles import UserState
from portal.domain import invitations, people
from portal.domain.invitations import FoundInvitation
from portal.storage.db import db, transaction
from portal.storage.models import Folder, OutgoingEmail, User, VideoSession
from tests.factories import NOON, a_grant, a_guest, a_sponsor, a_video_session

_LINK = re.compile(r"/invitations/([\w-]+)")
_CODE = re.compile(r"^\s+(\d{3}) (\d{3})$", re.MULTILINE)


def an_invited_guest(
    *,
    at: datetime = NOON,
    sponsor: User | None = None,
    on: VideoSession | Folder | None = None,
    note: str = "",
    granted: bool = True,
    **given: Any,
) -> User:
    """A guest who was named on something by a sponsor and mailed the way in. `granted=False`: neither yet."""
    dana = sponsor or a_sponsor()
    guest = a_guest(
        sponsor=dana, state=UserState.INVITED, accepted=False, activated_at=None, **({"name": "", "at": at} | given)
    )
    if granted:
        a_grant(on or a_video_session(owner=dana), guest, created_at=at)
        with transaction():
            invitations.mail(guest, by=dana, note=note, at=at)
    return guest


def letters_to(user: User, kind: str = "") -> list[OutgoingEmail]:
    """The letters queued for someone, oldest first."""
    query = db.select(OutgoingEmail).where(OutgoingEmail.user_id == user.id).order_by(OutgoingEmail.id)
    return [letter for letter in db.session.scalars(query) if kind in ("", letter.letter)]


def token_of(user: User) -> str:
    """The token in the newest letter with a way in."""
    return [found[1] for letter in letters_to(user) if letter.text and (found := _LINK.search(letter.text))][-1]


def code_of(user: User) -> str:
    """The six digits mailed last."""
    found = _CODE.search(letters_to(user, "set_up_code")[-1].text or "")
    assert found
    return found[1] + found[2]


def account_of(address: str) -> User:
    """The account of an address that has one."""
    user = people.find_by_address(address)
    assert user is not None
    return user


def find(token: str, at: datetime) -> FoundInvitation:
    """The invitation of a link that was really mailed."""
    found = invitations.find(token, at)
    assert found is not None
    return found
