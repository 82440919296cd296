"""The same as for one guest, for thousands at once: a statement a table, and no row is made an object, so that nobody
else waits long."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.basics import tokens
from portal.basics.roles import Role, UserState
from portal.domain import audit, links, mailbox
from portal.domain.audit import AuditKind, Ref
from portal.domain.invitations.finding import SharedThing, shared_with_each
from portal.domain.invitations.mailing import LIFE, end_open_links, letter_to_guest
from portal.domain.mailbox import Reader
from portal.domain.work import tools
from portal.storage.db import db, insert_all, new_ids
from portal.storage.models import Invitation, User

_CHUNK = 500


@dataclass(frozen=True)
class Invited:
    """A guest who has no password yet, and all that is shared with them."""

    user_id: int
    address: str
    things: tuple[SharedThing, ...]


@dataclass(frozen=True)
class Made:
    """The ids of the accounts that were made, by address, and the accounts that others made at this very moment."""

    ids: dict[str, int]
    others: dict[str, User]


def invite_guests(people: Mapping[str, str], *, sponsor: User, at: datetime, audited: bool = True) -> Made:
    """An *invited* account for each of these normalised addresses, which have none yet; no letter.

    `people`: by address the name they are known by until they say theirs, empty for none. An address that somebody else
    invites at this very moment keeps the account that they made. Without `audited` the caller has it on the trail.
    """
    wanted = sorted(people)
    ids = dict(zip(wanted, new_ids(User, len(wanted)), strict=True))
    same = {"role": Role.GUEST, "state": UserState.INVITED, "sponsor_id": sponsor.id, "created_at": at}
    rows: dict[str, list[Any]] = {
        "id": list(ids.values()),
        "key": [tokens.new_key() for _ in wanted],
        "address": wanted,
        "name": [people[address] for address in wanted],
    }
    made = insert_all(User, rows, same, unless_there="address")
    others = {} if made == len(wanted) else _made_by_others(wanted, set(ids.values()))
    ids = {address: user_id for address, user_id in ids.items() if address not in others}
    if audited:
        for address, user_id in ids.items():
            one, role = Ref("user", user_id), Role.GUEST.value
            audit.record(
                AuditKind.USER_INVITED, at=at, actor=sponsor, subject=one, person=one, address=address, role=role
            )
    return Made(ids, others)


def mail_all(guests: Sequence[User], *, by: User, note: str, at: datetime, audited: bool = True) -> list[User]:
    """`mail` for each of these guests. Hold their rows first. Returns whom a letter was written to.

    Left out is who has set up the account meanwhile, and whom nothing is shared with.
    """
    waiting = [guest for guest in guests if guest.state is UserState.INVITED]
    things = shared_with_each([guest.id for guest in waiting], at=at)
    mailed = [guest for guest in waiting if guest.id in things]
    for begin in range(0, len(mailed), _CHUNK):
        end_open_links([guest.id for guest in mailed[begin : begin + _CHUNK]], replaced_at=at)
    invited = [Invited(guest.id, guest.address, things[guest.id]) for guest in mailed]
    mail_first(invited, by=by, note=note, at=at, audited=audited)
    return mailed


def mail_first(people: Collection[Invited], *, by: User, note: str, at: datetime, audited: bool = True) -> None:
    """An invitation to each of these, who have no link that works; one letter where the same is shared with many."""
    note, ids = note.strip(), new_ids(Invitation, len(people))
    mailed = [tokens.new_token() for _ in people]
    rows: dict[str, list[Any]] = {
        "id": ids,
        "user_id": [one.user_id for one in people],
        "token_hash": list(map(tokens.hash_token, mailed)),
    }
    same = {
        "sent_by_id": by.id,
        "note": note,
        "created_at": at,
        "ends_at": at + LIFE,
        "code_tries_left": 0,
        "codes_mailed": 0,
    }
    insert_all(Invitation, rows, same)
    readers: dict[tuple[SharedThing, ...], list[Reader]] = {}
    for invitation_id, token, one in zip(ids, mailed, people, strict=True):
        reader = Reader(one.user_id, one.address, links.invitation(token), invitation_id)
        readers.setdefault(one.things, []).append(reader)
    for things, some in readers.items():
        letter = letter_to_guest(
            some[0].address, by, things, path=some[0].path, note=note, open_until=at + LIFE, settings=tools().settings
        )
        mailbox.queue_alike(letter, some, at=at)
    if audited:
        for invitation_id, one in zip(ids, people, strict=True):
            audit.record(
                AuditKind.INVITATION_SENT,
                at=at,
                actor=by,
                subject=Ref("invitation", invitation_id),
                person=Ref("user", one.user_id),
                address=one.address,
                again=False,
            )


def _made_by_others(wanted: Sequence[str], ours: Collection[int]) -> dict[str, User]:
    """The accounts of these addresses that are not ours, by address."""
    others: dict[str, User] = {}
    for begin in range(0, len(wanted), _CHUNK):
        some = wanted[begin : begin + _CHUNK]
        query = select(User).where(User.address.in_(some)).order_by(User.id).with_for_update(key_share=True)
        query = query.execution_options(populate_existing=True)
        others |= {user.address: user for user in db.session.scalars(query) if user.id not in ours}
    return others
