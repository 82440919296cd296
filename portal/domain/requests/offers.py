"""What one press may give, inside the ceilings that an admin has set."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from portal.domain.grants.terms import MOST_VIEWS, Terms
from portal.domain.options import Ceilings
from portal.storage.models import Answer, Event, Grant


@dataclass(frozen=True)
class Offer:
    """One answer that would let the guest watch: so many days and views more, or `begins_now`."""

    answer: Answer
    days: int = 0
    views: int = 0
    begins_now: bool = False

    def terms(self, grant: Grant, *, at: datetime) -> Terms:
        """What the grant allows once this is given. Days count from now, or from the end where that lies ahead."""
        before = Terms.of(grant)
        return replace(
            before,
            begins_at=at if self.begins_now else before.begins_at,
            ends_at=_later(grant, self.days, at) if self.days else before.ends_at,
            views=(before.views or 0) + self.views if self.views else before.views,
        )


def offers_for(
    grant: Grant, taken: int, ceilings: Ceilings, *, at: datetime, event: Event | None = None
) -> list[Offer]:
    """What can be given to whoever took so many views of this grant; nothing where they could watch anyway.

    Each lets the guest watch when it is given: more time for somebody without views brings views, too, and views alone
    are no offer once the end has passed. On an event there is nothing but views while it is open: it begins and closes
    for all its guests.
    """
    if not needs_more(grant, taken, at=at):
        return []
    if event is not None:
        return _offers_at(event, grant, taken, ceilings, at)
    if not grant.has_begun(at) and not grant.has_ended(at):
        return [Offer(Answer.TIME, begins_now=True)]
    views = _views_to_give(grant, ceilings) if _is_used_up(grant, taken) else None
    if views == 0:
        return []
    by_views = [Offer(Answer.VIEWS, views=views)] if views and not grant.has_ended(at) else []
    fits = grant.ends_at is not None and _later(grant, ceilings.days, at) - at <= timedelta(days=ceilings.days_ahead)
    by_time = [Offer(Answer.TIME, days=ceilings.days, views=views or 0)] if fits else []
    return by_views + by_time


def _offers_at(event: Event, grant: Grant, taken: int, ceilings: Ceilings, at: datetime) -> list[Offer]:
    if not (event.is_open(at) and grant.is_live(at) and _is_used_up(grant, taken)):
        return []
    views = _views_to_give(grant, ceilings)
    return [Offer(Answer.VIEWS, views=views)] if views else []


def needs_more(grant: Grant, taken: int, *, at: datetime) -> bool:
    """Whether the grant, as it is now, does not let them watch."""
    return not grant.is_live(at) or _is_used_up(grant, taken)


def _is_used_up(grant: Grant, taken: int) -> bool:
    return grant.views_limit is not None and taken >= grant.views_limit


def _views_to_give(grant: Grant, ceilings: Ceilings) -> int:
    """As many as one press gives; fewer where the ceiling is closer, none where it is reached."""
    assert grant.views_limit is not None
    return max(0, min(ceilings.views, ceilings.most_views - grant.views_limit, MOST_VIEWS - grant.views_limit))


def _later(grant: Grant, days: int, at: datetime) -> datetime:
    return max(at, grant.ends_at or at) + timedelta(days=days)
