"""“Go on where you stopped”, in words (design 03)."""

from dataclasses import dataclass
from datetime import datetime

from portal.basics import dates
from portal.domain import resuming
from portal.domain.access import Shared
from portal.domain.resuming import Place
from portal.storage.models import User
from portal.web.guest import cards


@dataclass(frozen=True)
class GoingOn:
    """The recording that was watched last. `parts` in shares of the whole, `price` what going on takes."""

    title: str
    url: str
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
    place = resuming.place(viewer, shared, at=at)
    length = shared.length_seconds or 0.0
    whole = f" of {dates.position(length)}" if length else ""
    return GoingOn(
        title=shared.title,
        url=cards.watch_url(shared),
        poster_url=f"/posters/{shared.key}" if shared.has_poster else None,
        views=cards.views_of(shared),
        until=cards.until_words(shared, zone, at),
        stopped=f"You stopped at {dates.position(shared.position_seconds)}{whole}.",
        sitting=_sitting(place, shared, zone, at),
        button=f"Go on from {dates.position(shared.position_seconds)}",
        parts=[(begin / length, min(1.0, end / length)) for begin, end in place.parts] if length else [],
        share=min(1.0, shared.watched_seconds / length) if length else 0.0,
    )


def _sitting(place: Place, shared: Shared, zone: str, at: datetime) -> str:
    """Whether going on takes a view: it does not while the sitting is open."""
    if place.sitting_ends_at:
        until = dates.clock_time(place.sitting_ends_at, zone, at)
        free = "" if shared.views_limit is None else " and takes no further view"
        return f"This sitting is open until {until}{free}."
    return "" if shared.views_left is None else f"Going on takes 1 of {shared.views_left} views."
