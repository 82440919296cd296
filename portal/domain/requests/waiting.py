"""What waits for an answer, with all that is needed to give one. One query, however many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, or_, select

from portal.domain import options
from portal.domain.grants.things import owned_things, things_of
from portal.domain.looking_after import in_the_bin
from portal.domain.requests.offers import Offer, needs_more, offers_for
from portal.storage.db import db
from portal.storage.models import AccessRequest, Event, Folder, Grant, User, VideoSession, ViewBudget, WatchRecord

MOST_SHOWN = 50


@dataclass(frozen=True)
class Waiting:
    """A guest who waits for an answer. `offers`: what one press may give; none: the ceilings are reached.

    `folder` or `event`: what names them, both None when it is the session itself: what is given there holds for all of
    it.
    `watched` is the share of the recording they have seen, from 0 to 1.
    """

    request: AccessRequest
    guest: User
    video_session: VideoSession
    grant: Grant
    folder: Folder | None
    event: Event | None
    taken: int
    watched: float
    offers: Sequence[Offer]

    def has_ended(self, at: datetime) -> bool:
        return self.grant.has_ended(at)


def waiting_for(by: User, *, at: datetime) -> list[Waiting]:
    """Those who wait for an answer of this person's, the longest first; for an admin, of anybody's."""
    query = with_facts(select(*facts()).select_from(AccessRequest)).where(is_waiting(at), things_of(by))
    rows = db.session.execute(query.order_by(AccessRequest.id).limit(MOST_SHOWN))
    return waiting_in(rows, at=at)


def waiting_ids(by: User, *, at: datetime, most: int) -> Select[int, int]:
    """Ids of requests on what this person looks after themselves, and of their sessions: for pages that ask for more
    than these in one query.
    """
    query = (
        select(AccessRequest.id.label("request_id"), AccessRequest.video_session_id.label("video_session_id"))
        .join(Grant, Grant.id == AccessRequest.grant_id)
        .join(User, User.id == AccessRequest.guest_id)
        .where(is_waiting(at), owned_things(by))
    )
    return query.order_by(AccessRequest.id).limit(most)


def facts() -> list[Any]:
    """The columns of a query that `waiting_in` reads."""
    taken, watched = ViewBudget.taken.label("taken"), WatchRecord.watched_seconds.label("watched_seconds")
    return [AccessRequest, User, VideoSession, Grant, Folder, Event, taken, watched, *options.ceiling_columns()]


def with_facts(query: Select[Any], of: FromClause | None = None) -> Select[Any]:
    """Join what `facts` names to a query of requests; with `of`, to a table of `request_id` and `video_session_id`, in
    which there may be sessions without a request, and rows with neither.
    """
    if of is None:
        query = query.join(VideoSession, VideoSession.id == AccessRequest.video_session_id)
    else:
        query = query.outerjoin(VideoSession, VideoSession.id == of.c.video_session_id)
        query = query.outerjoin(AccessRequest, AccessRequest.id == of.c.request_id)
    budget = and_(
        ViewBudget.grant_id == AccessRequest.grant_id, ViewBudget.video_session_id == AccessRequest.video_session_id
    )
    record = and_(
        WatchRecord.user_id == AccessRequest.guest_id, WatchRecord.video_session_id == AccessRequest.video_session_id
    )
    return (
        query.where(VideoSession.binned_at.is_(None))
        .outerjoin(Grant, Grant.id == AccessRequest.grant_id)
        .outerjoin(User, User.id == AccessRequest.guest_id)
        .outerjoin(Folder, Folder.id == Grant.folder_id)
        .outerjoin(Event, Event.id == Grant.event_id)
        .outerjoin(ViewBudget, budget)
        .outerjoin(WatchRecord, record)
        .execution_options(populate_existing=True)
    )


def is_waiting(at: datetime) -> ColumnElement[bool]:
    """Not answered, and still what was asked about: the grant was neither revoked nor changed, the guest can come."""
    return and_(
        AccessRequest.answered_at.is_(None),
        AccessRequest.video_session_id.not_in(in_the_bin()),
        Grant.revoked_at.is_(None),
        Grant.version == AccessRequest.grant_version,
        or_(Grant.ends_at.is_(None), Grant.ends_at <= at, Grant.begins_at > at, Grant.views_limit.is_not(None)),
        User.live_at(at),
    )


def waiting_in(rows: Any, *, at: datetime) -> list[Waiting]:
    """Rows of `facts`; those whose guest can watch by now, because a view was given back or the begin has come, not."""
    return [one for one in (waiting_row(row, at=at) for row in rows) if needs_more(one.grant, one.taken, at=at)]


def waiting_row(row: Any, *, at: datetime) -> Waiting:
    """One row of `facts`, whatever became of it."""
    length = row.VideoSession.length_seconds
    watched = min(1.0, (row.watched_seconds or 0.0) / length) if length else 0.0
    offers = offers_for(row.Grant, row.taken or 0, options.read_ceilings(row), at=at, event=row.Event)
    return Waiting(
        request=row.AccessRequest,
        guest=row.User,
        video_session=row.VideoSession,
        grant=row.Grant,
        folder=row.Folder,
        event=row.Event,
        taken=row.taken or 0,
        watched=watched,
        offers=offers,
    )
