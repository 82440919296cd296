"""What becomes of the terms of somebody who is named again: no query, no row changed."""

from datetime import datetime
from enum import StrEnum

from portal.domain.grants.terms import Terms
from portal.storage.models import Grant, WhenItEnds


class Change(StrEnum):
    """One way in which terms differ from those before."""

    EARLIER = "earlier"
    LONGER = "longer"
    MORE_VIEWS = "more-views"
    LATER = "later"
    SHORTER = "shorter"
    FEWER_VIEWS = "fewer-views"
    STOPS_AT_ONCE = "stops-at-once"
    MAY_FINISH = "may-finish"

    @property
    def is_more(self) -> bool:
        """Whether it gives something: then a letter says so."""
        return self in (Change.EARLIER, Change.LONGER, Change.MORE_VIEWS)


def terms_after(grant: Grant, taken: int, typed: Terms, *, at: datetime, anew: bool) -> Terms:
    """The terms of a grant whose guest is named again: what was typed, and what was left empty stays as it is.

    `anew`: it has ended or is used up, and is given anew. Then the typed views are that many further ones (`taken`: the
    most views taken of one recording), and after an end empty means from now, without an end, without a limit, as for
    somebody who was never named. Else the typed views are the number in all. “Finish” is what every form says unless
    something else is chosen, so it leaves “stop at once” as it is.
    """
    if anew and grant.has_ended(at):
        return Terms(typed.begins_at, typed.ends_at, _further(typed.views, taken), typed.when_it_ends)
    used_up = grant.views_limit is not None and taken >= grant.views_limit
    views = _further(typed.views, taken) if anew and used_up else typed.views
    stops = typed.when_it_ends is WhenItEnds.STOP
    return Terms(
        begins_at=grant.begins_at if typed.begins_at is None else typed.begins_at,
        ends_at=grant.ends_at if typed.ends_at is None else typed.ends_at,
        views=grant.views_limit if views is None else views,
        when_it_ends=typed.when_it_ends if stops else grant.when_it_ends,
    )


def change_of(before: Terms, after: Terms) -> frozenset[Change]:
    """How these terms differ from those before; empty: not at all."""
    changes: set[Change] = set()
    if before.ends_at != after.ends_at:
        changes.add(Change.LONGER if is_later(after.ends_at, before.ends_at) else Change.SHORTER)
    if before.begins_at != after.begins_at:
        later = before.begins_at is None or (after.begins_at is not None and after.begins_at > before.begins_at)
        changes.add(Change.LATER if later else Change.EARLIER)
    if before.views != after.views:
        more = after.views is None or (before.views is not None and after.views > before.views)
        changes.add(Change.MORE_VIEWS if more else Change.FEWER_VIEWS)
    if before.when_it_ends != after.when_it_ends:
        changes.add(Change.STOPS_AT_ONCE if after.when_it_ends is WhenItEnds.STOP else Change.MAY_FINISH)
    return frozenset(changes)


def is_later(one: datetime | None, other: datetime | None) -> bool:
    """Whether the one end is after the other; no end is after every end."""
    if one is None or other is None:
        return one is None and other is not None
    return one > other


def _further(views: int | None, taken: int) -> int | None:
    return None if views is None else taken + views
