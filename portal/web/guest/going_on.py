"""“Go on where you stopped”, in words (design 03)."""

from dataclasses import dataclass
from datetime import datetime

from portal.basics import dates
from portal.domain import resuming
from portal.domain.access import Shared
from portal.storage.models import User
from portal.web.guest import cards


@dataclass(frozen=True)
class GoingOn:
    """The recording that was watched last. `parts` and `share` are of the whole, from 0 to 1."""

    title: str
    url: str | None  # None: it leads nowhere, for somebody else who looks at the page
    poster_url: str | None
    views: tuple[int, int] | None
    until: str
    stopped: str
    sitting: str
    button: str
    parts: list[tuple[float, float]]
    share: float


def card(viewer: User, shared: Shared, zone: str, at: datetime) -> GoingOn:
    """The block at the top of the page; one query."""
    length = shared.length_seconds
    whole = f" of {dates.position(length)}" if length else ""
    return GoingOn(
        title=shared.title,
        url=cards.watch_url(shared),
        poster_url=f"/posters/{shared.key}" if shared.has_poster else None,
        views=cards.views_of(shared),
        until=cards.until_words(shared, zone, at),
        stopped=f"You stopped at {dates.position(shared.position_seconds)}{whole}.",
        sitting=_sitting(shared, resuming.sitting_open_until(viewer, shared, at=at), zone, at),
        button=f"Go on from {dates.position(shared.position_seconds)}",
        parts=list(shared.parts),
        share=cards.share_of(shared),
    )


def _sitting(shared: Shared, open_until: datetime | None, zone: str, at: datetime) -> str:
    """Whether going on takes a view: it does not while the sitting is open."""
    if open_until:
        until = dates.clock_time(open_until, zone, at)
        free = "" if shared.views_limit is None else " and takes no further view"
        return f"This sitting is open until {until}{free}."
    return "" if shared.views_left is None else f"Going on takes 1 of {shared.views_left} views."
