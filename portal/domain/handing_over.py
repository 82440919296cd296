"""A sponsor leaves: their guests, recordings and folders go to somebody else of the staff (product.md, Admins)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from portal.basics import addresses
from portal.basics.errors import NotFound, PortalError
from portal.domain import audit, people
from portal.domain.audit import AuditKind
from portal.storage.db import db
from portal.storage.models import CoOwner, Folder, User, VideoSession


class CannotHandOver(PortalError):
    """Nothing was handed over; the text says why, in a sentence for beside the field."""


@dataclass(frozen=True)
class Holdings:
    """What somebody of the staff answers for. Recordings in the bin count, too."""

    guests: int
    sessions: int
    folders: int

    @property
    def is_nothing(self) -> bool:
        return not (self.guests or self.sessions or self.folders)


@dataclass(frozen=True)
class HandedOver:
    """What went to whom."""

    to: User
    what: Holdings


def holdings_of(leaver: User) -> Holdings:
    """What there is to hand over, in one query. Raises `NotFound` for a guest, who holds nothing."""
    if leaver.is_guest:
        raise NotFound("Guests hold nothing")
    guests = select(func.count()).select_from(User).where(User.sponsor_id == leaver.id)
    sessions = select(func.count()).select_from(VideoSession).where(VideoSession.owner_id == leaver.id)
    folders = select(func.count()).select_from(Folder).where(Folder.owner_id == leaver.id)
    row = db.session.execute(
        select(guests.scalar_subquery(), sessions.scalar_subquery(), folders.scalar_subquery())
    ).one()
    return Holdings(*row)


def hand_over(leaver: User, typed: str, *, by: User, at: datetime) -> HandedOver:
    """Give all of it to the sponsor or admin of this address, in one step or not at all.

    What was given to guests stays word for word, and nobody is written to. Whoever gets a recording that they looked
    after beside its owner is its owner from now on. Raises `CannotHandOver`, and `NotFound` for a guest.
    """
    to = _staff_of(typed, leaver, at)
    what = holdings_of(leaver)
    if what.is_nothing:
        raise CannotHandOver(f"{leaver.display_name} has nothing to hand over")
    # recordings before guests, as who names somebody holds them
    owned = select(VideoSession.id).where(VideoSession.owner_id == leaver.id)
    db.session.execute(delete(CoOwner).where(CoOwner.user_id == to.id, CoOwner.video_session_id.in_(owned)))
    for query in (
        update(VideoSession).where(VideoSession.owner_id == leaver.id).values(owner_id=to.id),
        update(Folder).where(Folder.owner_id == leaver.id).values(owner_id=to.id),
        update(User).where(User.sponsor_id == leaver.id).values(sponsor_id=to.id),
    ):
        db.session.execute(query.execution_options(synchronize_session=False))
    db.session.expire_all()
    facts = {"to": to.address, "guests": what.guests, "sessions": what.sessions, "folders": what.folders}
    audit.record(AuditKind.USER_HANDED_OVER, at=at, actor=by, subject=leaver, person=leaver, **facts)
    return HandedOver(to, what)


def _staff_of(typed: str, leaver: User, at: datetime) -> User:
    try:
        address = addresses.normalise(typed)
    except addresses.NotAnAddress as fault:
        raise CannotHandOver(str(fault)) from None
    user = people.find_by_address(address)
    if user is None or user.is_guest or not user.is_live(at):
        raise CannotHandOver("No sponsor or admin with a working account has this address")
    if user.id == leaver.id:
        raise CannotHandOver(f"It is {user.display_name} who hands over. Enter somebody else’s address")
    return user
