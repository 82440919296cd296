"""The same as for one guest, for hundreds at once: a few statements for all of them, so that nobody else waits long."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from portal.basics import tokens
from portal.basics.roles import Role, UserState
from portal.domain import audit, mailbox
from portal.domain.audit import AuditKind
from portal.domain.invitations.finding import shared_with_each
from portal.domain.invitations.mailing import LIFE, end_open_links, invite_guest, letter_for
from portal.storage.db import db
from portal.storage.models import Invitation, User

_CHUNK = 500


def invite_guests(addresses: Collection[str], *, sponsor: User, at: datetime) -> dict[str, User]:
    """An *invited* account for each of these normalised addresses, which have none yet, by address; no letter.

    An address that somebody else invites at this very moment gets the account that they made.
    """
    users = [
        User(
            key=tokens.new_key(),
            role=Role.GUEST,
            state=UserState.INVITED,
            address=address,
            sponsor_id=sponsor.id,
            created_at=at,
        )
        for address in sorted(addresses)
    ]
    try:
        with db.session.begin_nested():
            db.session.add_all(users)
    except IntegrityError:
        return {address: invite_guest(address, sponsor=sponsor, at=at) for address in sorted(addresses)}
    for user in users:
        facts = {"address": user.address, "role": user.role.value}
        audit.record(AuditKind.USER_INVITED, at=at, actor=sponsor, subject=user, person=user, **facts)
    return {user.address: user for user in users}


def mail_all(guests: Sequence[User], *, by: User, note: str, at: datetime) -> list[User]:
    """`mail` for each of these guests. Hold their rows first. Returns whom a letter was written to.

    Left out is who has set up the account meanwhile, and whom nothing is shared with.
    """
    waiting = [guest for guest in guests if guest.state is UserState.INVITED]
    things = shared_with_each([guest.id for guest in waiting], at=at)
    mailed = [guest for guest in waiting if guest.id in things]
    for begin in range(0, len(mailed), _CHUNK):
        end_open_links([guest.id for guest in mailed[begin : begin + _CHUNK]], replaced_at=at)
    made = [(guest, tokens.new_token()) for guest in mailed]
    invitations = [_invitation(guest, token, by, note.strip(), at) for guest, token in made]
    db.session.add_all(invitations)
    db.session.flush()
    letters = [
        (letter_for(guest, by, invitation, token, things[guest.id]), guest, invitation)
        for (guest, token), invitation in zip(made, invitations, strict=True)
    ]
    mailbox.queue_all(letters, at=at)
    for guest, invitation in zip(mailed, invitations, strict=True):
        facts = {"address": guest.address, "again": False}
        audit.record(AuditKind.INVITATION_SENT, at=at, actor=by, subject=invitation, person=guest, **facts)
    return mailed


def _invitation(guest: User, token: str, by: User, note: str, at: datetime) -> Invitation:
    return Invitation(
        user_id=guest.id,
        sent_by_id=by.id,
        token_hash=tokens.hash_token(token),
        note=note,
        created_at=at,
        ends_at=at + LIFE,
        code_tries_left=0,
        codes_mailed=0,
    )
