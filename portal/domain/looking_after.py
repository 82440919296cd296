"""Whose a session is: the owner's, and of those who look after it beside them (product.md, Who may watch 1).

What is not this person's is simply not found. Co-owners can do all that the owner can, but delete the session, hand it
over, or say who looks after it.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, true, union_all

from portal.storage.models import CoOwner, User, VideoSession


def looked_after_by(by: User) -> ColumnElement[bool]:
    """Sessions that this person looks after, as owner or beside the owner; for an admin every session."""
    return true() if by.is_admin else or_(VideoSession.owner_id == by.id, VideoSession.id.in_(beside_others(by)))


def owned_by(by: User) -> ColumnElement[bool]:
    """Sessions that are this person's own to delete and to hand over; for an admin every session."""
    return true() if by.is_admin else VideoSession.owner_id == by.id


def own_sessions(by: User) -> Select[Any]:
    """Ids of the sessions that somebody looks after, as owner or beside the owner, whatever else they may do."""
    owned = select(VideoSession.id).where(VideoSession.owner_id == by.id)
    return select(union_all(owned, beside_others(by)).subquery().c[0])


def beside_others(by: User) -> Select[Any]:
    """Ids of the sessions that somebody looks after beside their owner."""
    return select(CoOwner.video_session_id).where(CoOwner.user_id == by.id)
