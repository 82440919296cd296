"""Whose a session is: the owner's, and of those who look after it beside them (product.md, Who may watch 1); and whose
an event is.

What is not this person's is simply not found, nor is what is in the bin (`domain/the_bin`). Co-owners can do all that
the owner can, but delete the session, hand it over, or say who looks after it.
"""

from typing import Any

from sqlalchemy import ColumnElement, Exists, Select, and_, exists, or_, select, true, union_all

from portal.storage.models import CoOwner, Event, User, VideoSession


def looked_after_by(by: User) -> ColumnElement[bool]:
    """Whether this person looks after the session in the query, as owner or beside the owner; an admin does after all.

    For the few that are at hand. A list of them starts from `own_sessions`.
    """
    if by.is_admin:
        return VideoSession.binned_at.is_(None)
    theirs = or_(VideoSession.owner_id == by.id, is_co_owner(by.id).correlate(VideoSession))
    return and_(VideoSession.binned_at.is_(None), theirs)


def is_co_owner(user_id: Any) -> Exists:
    """Whether this person, an id or a column with one, looks after the session in the query beside its owner."""
    return exists().where(CoOwner.video_session_id == VideoSession.id, CoOwner.user_id == user_id)


def organised_by(by: User) -> ColumnElement[bool]:
    """Whether the event in the query is this person's; for an admin every one is."""
    return true() if by.is_admin else Event.owner_id == by.id


def own_sessions(by: User) -> Select[Any]:
    """Ids of the sessions that somebody looks after, as owner or beside the owner, whatever else they may do."""
    owned = select(VideoSession.id).where(VideoSession.owner_id == by.id, VideoSession.binned_at.is_(None))
    return select(union_all(owned, beside_others(by)).subquery().c[0])


def beside_others(by: User) -> Select[Any]:
    """Ids of the sessions that somebody looks after beside their owner."""
    return select(CoOwner.video_session_id).where(
        CoOwner.user_id == by.id, CoOwner.video_session_id.not_in(in_the_bin())
    )


def in_the_bin() -> Select[Any]:
    """Ids of what is in the bin, everybody's: a few, by an index of their own."""
    return select(VideoSession.id).where(VideoSession.binned_at.is_not(None))
