"""How many can watch, have opened, have watched: as parts of queries of recordings and folders."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    union_all,
)

from portal.basics.roles import Role, UserState
from portal.domain.access import Right, assigned_if_need_be
from portal.storage.db import UtcDateTime, columns_of
from portal.storage.models import (
    CoOwner,
    EventFolder,
    EventSession,
    Folder,
    Grant,
    User,
    VideoSession,
    ViewBudget,
    Viewing,
    WatchRecord,
)

WHOLE = 0.95
"""Who has seen this share of a recording has watched it whole: nobody sits through the last silence."""


def counts_at(at: datetime) -> ColumnElement[bool]:
    """Whether a grant, joined with its guest, lets somebody watch: live, and the account not disabled or ended."""
    account_ends = or_(User.ends_at.is_(None), User.ends_at > at)
    return and_(Grant.live_at(at), User.state != UserState.DISABLED, account_ends)


def people_of_session(key: Any, at: Any) -> ScalarSelect[int]:
    """How many can watch the session of this key, named on it, its folder or an event, with views left."""
    named = _named(VideoSession.key == key, at).subquery()
    return select(func.count(named.c.guest_id.distinct())).scalar_subquery()


def _is_used_up_on(session_id: Any) -> ColumnElement[bool]:
    """Whether all views of that session were taken of the grant in the query."""
    taken = exists().where(
        ViewBudget.grant_id == Grant.id,
        ViewBudget.video_session_id == session_id,
        ViewBudget.taken >= Grant.views_limit,
    )
    return and_(Grant.views_limit.is_not(None), taken.correlate(Grant, VideoSession))


def people_of_folder(at: datetime) -> ScalarSelect[int]:
    """How many are named on the folder in the query now."""
    people = select(func.count(Grant.guest_id.distinct())).join(User, User.id == Grant.guest_id)
    return people.where(Grant.folder_id == Folder.id, counts_at(at)).correlate(Folder).scalar_subquery()


def views() -> ScalarSelect[int]:
    """Sittings at the session in the query, of guests, without those that were given back."""
    counted = Viewing.right.in_([right.value for right in Right if right.is_counted])
    query = select(func.count(Viewing.id)).where(Viewing.video_session_id == VideoSession.id, counted)
    return query.where(Viewing.given_back_at.is_(None)).correlate(VideoSession).scalar_subquery()


def downloads() -> ScalarSelect[int]:
    """How often guests have downloaded the session in the query."""
    counted = Viewing.right.in_([right.value for right in Right if right.is_counted])
    query = select(func.coalesce(func.sum(Viewing.downloads), 0))
    query = query.where(Viewing.video_session_id == VideoSession.id, counted)
    return query.correlate(VideoSession).scalar_subquery()


def opened() -> ScalarSelect[int]:
    """How many have opened the page of the session in the query."""
    return _watchers(WatchRecord.opens > 0)


def watched_whole() -> ScalarSelect[int]:
    """How many have seen the session in the query whole."""
    return _watchers(WatchRecord.watched_seconds >= WHOLE * VideoSession.length_seconds)


def _watchers(which: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many have such a record of the session in the query, without those who look after it."""
    beside = exists().where(CoOwner.video_session_id == VideoSession.id, CoOwner.user_id == User.id)
    looks_after = or_(User.role == Role.ADMIN, User.id == VideoSession.owner_id, beside.correlate(User, VideoSession))
    query = select(func.count(WatchRecord.id)).join(User, User.id == WatchRecord.user_id)
    query = query.where(WatchRecord.video_session_id == VideoSession.id, which, ~looks_after)
    return query.correlate(VideoSession).scalar_subquery()


def sessions_of_folder() -> ScalarSelect[int]:
    """How many sessions are on the folder in the query."""
    on_it = (VideoSession.folder_id == Folder.id, VideoSession.binned_at.is_(None))
    count = select(func.count(VideoSession.id)).where(*on_it)
    return count.correlate(Folder).scalar_subquery()


def people_of_each(ids: Sequence[int], at: datetime) -> dict[int, int]:
    """How many can watch each of these sessions now, named on it, on its folder or by an event; one query."""
    if not ids:
        return {}
    return {row[0]: row[1] for row in columns_of(_people_by_session, {"ids": ids, "at": at})}


def _counting_people() -> Select[*tuple[Any, ...]]:
    at: BindParameter[datetime] = bindparam("at", type_=UtcDateTime())
    ids: BindParameter[Sequence[int]] = bindparam("ids", expanding=True)
    named = _named(VideoSession.id.in_(ids), at).subquery()
    return select(named.c.on, func.count(named.c.guest_id.distinct())).group_by(named.c.on)


def _named(which: ColumnElement[bool], at: Any) -> CompoundSelect[Any]:
    """Each session like `which` with each guest who can watch it now, once for each way to it.

    Each way starts from the session and goes by an index of its own.
    """
    joined = select(Grant.guest_id, VideoSession.id.label("on")).join(User, User.id == Grant.guest_id)
    joined = joined.where(counts_at(at), ~_is_used_up_on(VideoSession.id), which)
    at_event = joined.where(assigned_if_need_be(VideoSession.id))
    return union_all(
        joined.join(VideoSession, VideoSession.id == Grant.video_session_id),
        joined.join(VideoSession, VideoSession.folder_id == Grant.folder_id),
        at_event.join(EventSession, EventSession.event_id == Grant.event_id).join(
            VideoSession, VideoSession.id == EventSession.video_session_id
        ),
        at_event.join(EventFolder, EventFolder.event_id == Grant.event_id).join(
            VideoSession, VideoSession.folder_id == EventFolder.folder_id
        ),
    )


_people_by_session = _counting_people()  # built once, at import: building it takes longer than running it
