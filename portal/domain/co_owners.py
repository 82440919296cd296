"""Who looks after a session beside its owner: sponsors and admins, named by address.

They can do all that the owner can, but delete the session, hand it over, or say who looks after it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from portal.basics import addresses
from portal.basics.addresses import NotAnAddress
from portal.basics.errors import NotFound, PortalError
from portal.domain import audit, people
from portal.domain.audit import AuditKind
from portal.domain.library import check_owned
from portal.storage.db import db
from portal.storage.models import CoOwner, User, VideoSession

MOST = 50


class NotAdded(PortalError):
    """Nobody was added; the text says why, in a sentence for beside the field."""


@dataclass(frozen=True)
class Beside:
    """Somebody who looks after a session beside its owner, and since when."""

    user: User
    since: datetime


def of_session(video_session: VideoSession) -> list[Beside]:
    """All who look after it beside its owner, in the order they came."""
    query = (
        select(User, CoOwner.created_at)
        .join(CoOwner, CoOwner.user_id == User.id)
        .where(CoOwner.video_session_id == video_session.id)
        .order_by(CoOwner.id)
    )
    return [Beside(user, since) for user, since in db.session.execute(query)]


def find(video_session: VideoSession, user_key: str) -> User:
    """One of them, by the key of the account. Raises `NotFound`."""
    query = (
        select(User)
        .join(CoOwner, CoOwner.user_id == User.id)
        .where(CoOwner.video_session_id == video_session.id, User.key == user_key)
    )
    user = db.session.scalar(query)
    if user is None:
        raise NotFound("Nobody of this key looks after it")
    return user


def add(video_session: VideoSession, typed: str, *, by: User, at: datetime) -> User:
    """Have the sponsor or admin of this address look after a session, too.

    Raises `NotAdded`, for unknown addresses and those of guests alike: which guests others have is nobody's affair.
    Raises `Forbidden` unless it is the owner or an admin who asks.
    """
    check_owned(video_session, by)
    user = _staff_of(typed, at)
    if user.id == video_session.owner_id:
        raise NotAdded(f"{user.display_name} is its owner")
    if len(of_session(video_session)) >= MOST:
        raise NotAdded(f"At most {MOST} people can look after it beside its owner")
    row = CoOwner(video_session_id=video_session.id, user_id=user.id, added_by_id=by.id, created_at=at)
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as error:
        if not any(name in str(error.orig) for name in ("uq_co_owners", "co_owners.user_id")):
            raise
        raise NotAdded(f"{user.display_name} looks after it already") from None
    audit.record(AuditKind.CO_OWNER_ADDED, actor=by, subject=video_session, person=user, at=at)
    return user


def remove(video_session: VideoSession, user: User, *, by: User, at: datetime) -> bool:
    """Have somebody look after it no longer; what they gave to guests stays. False: they did not.

    Raises `Forbidden` unless it is the owner or an admin who asks.
    """
    check_owned(video_session, by)
    query = delete(CoOwner).where(CoOwner.video_session_id == video_session.id, CoOwner.user_id == user.id)
    if not db.session.execute(query).rowcount:  # type: ignore[attr-defined]
        return False
    audit.record(AuditKind.CO_OWNER_REMOVED, actor=by, subject=video_session, person=user, at=at)
    return True


def _staff_of(typed: str, at: datetime) -> User:
    try:
        address = addresses.normalise(typed)
    except NotAnAddress as fault:
        raise NotAdded(str(fault)) from None
    user = people.find_by_address(address)
    if user is None or user.is_guest or not user.is_live(at):
        raise NotAdded("No sponsor or admin with a working account has this address")
    return user
