"""Whose a session is: the owner's, and of those who look after it beside them (product.md, Who may watch 1).

What is not this person's is simply not found. Co-owners can do all that the owner can, but delete the session, hand it
over, or say who looks after it.
"""

from typing import Any

from sqlalchemy import ColumnElement, Exists, Select, exists, or_, select, true, union_all

from portal.storage.models import CoOwner, User, VideoSession


def looked_after_by(by: User) -> ColumnElement[bool]:
    """Whether this person looks after the session in the query, as owner or beside the owner; an admin does after all.

    For the few that are at hand. A list of them starts from `own_sessions`.
    """
    if by.is_admin:
        return true()
    return or_(VideoSession.owner_id == by.id, is_co_owner(by.id).correlate(VideoSession))


def is_co_owner(user_id: Any) -> Exists:
    """Whether this person, an id or a column with one, looks after the session in the query beside its owner."""
    return exists().where(CoOwner.video_session_id == VideoSession.id, CoOwner.user_id == user_id)


def own_sessions(by: User) -> Select[Any]:
    """Ids of the sessions that somebody looks after, as owner or beside the owner, whatever else they may do."""
    owned = select(VideoSession.id).where(VideoSession.owner_id == by.id)
    return select(union_all(owned, beside_others(by)).subquery().c[0])


def beside_others(by: User) -> Select[Any]:
    """Ids of the sessions that somebody looks after beside their owner."""
    return select(CoOwner.video_session_id).where(CoOwner.user_id == by.id)
