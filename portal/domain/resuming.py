"""Going on where one stopped (product.md, Viewings)."""

from datetime import datetime

from sqlalchemy import bindparam, select

from portal.domain.access import Listing, Right, Shared
from portal.domain.parameters import AT, BY
from portal.domain.watching import WORTH_GOING_ON
from portal.storage.models import User, VideoSession, Viewing
from portal.storage.prepared import Columns


def latest(listing: Listing) -> Shared | None:
    """Of what may be watched on this page, what was watched last and not to its end."""
    stopped = [shared for shared in listing.live if shared.watched_at is not None and can_go_on(shared)]
    return max(stopped, key=lambda shared: (shared.watched_at, shared.key), default=None)


def can_go_on(shared: Shared) -> bool:
    """Whether they stopped somewhere between the start and the end."""
    ends = shared.length_seconds or shared.position_seconds
    return WORTH_GOING_ON <= shared.position_seconds <= ends - WORTH_GOING_ON


def sitting_open_until(viewer: User, shared: Shared, *, at: datetime) -> datetime | None:
    """Until when going on takes no view; None: no sitting is open. One query, and none where the list says so."""
    if not shared.has_sitting:
        return None
    rows = _open_until.all({"key": shared.key, "by_id": viewer.id, "at": at})
    return rows[0][0] if rows else None


_open_until = Columns(
    select(Viewing.ends_at)
    .join(VideoSession, VideoSession.id == Viewing.video_session_id)
    .where(VideoSession.key == bindparam("key"), Viewing.user_id == BY.id, Viewing.right == Right.GRANT.value)
    .where(Viewing.ends_at > AT, Viewing.given_back_at.is_(None))
    .order_by(Viewing.id.desc())
    .limit(1)
)
