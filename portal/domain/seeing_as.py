"""Seeing the portal as a guest does: for whoever answers for the guest, and for admins (product.md, Admins).

Nothing here takes, counts or opens anything. That somebody looked is on the audit trail.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, true

from portal.basics.errors import NotFound
from portal.basics.roles import Role
from portal.domain import audit, sign_ins
from portal.domain.audit import AuditKind
from portal.domain.looking_after import looked_after_by
from portal.storage.db import db
from portal.storage.models import User, VideoSession


@dataclass(frozen=True)
class SeenGuest:
    """A guest whose page may be looked at. `policy_accepted`: the one in force; until then it is all they see."""

    user: User
    policy_accepted: bool


def find_guest(key: str, by: User) -> SeenGuest:
    """A guest this person answers for; any for an admin. Raises `NotFound`."""
    own = true() if by.is_admin else User.sponsor_id == by.id
    query = select(User, sign_ins.policy_accepted).where(User.key == key, User.role == Role.GUEST, own)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such guest")
    return SeenGuest(row[0], bool(row[1]))


def note_looking(guest: User, *, by: User, at: datetime) -> None:
    """Put on the trail that somebody looks at the portal as this guest sees it."""
    audit.record(AuditKind.SEEN_AS_GUEST, at=at, actor=by, person=guest)


def looked_after(keys: Iterable[str], by: User) -> set[str]:
    """Which of these sessions the person looks after: no picture of any other is theirs to see. One query at most."""
    wanted = set(keys)
    if by.is_admin or not wanted:
        return wanted
    query = select(VideoSession.key).where(VideoSession.key.in_(wanted), looked_after_by(by))
    return set(db.session.scalars(query))
