"""What is shared, as the cards of a page say it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from portal.basics import dates
from portal.domain.access import Listing, Shared, Standing
from portal.domain.library import WHOLE
from portal.web.state_tags import StateTag


@dataclass(frozen=True)
class Card:
    """One recording in a list, in words. What has nothing to say is empty.

    `views` None: there is no limit to speak of; else what is left, and of how many. `begins` and `ends_soon` stand
    before `until`. `progress` None: not begun.
    """

    title: str
    url: str | None  # None: it leads nowhere, for somebody else who looks at the page
    poster_url: str | None
    length: str
    begins: str
    until: str
    ends_soon: str
    views: tuple[int, int] | None
    folder: str | None
    details: str  # who speaks, and when it was recorded
    progress: StateTag | None


@dataclass(frozen=True)
class Group:
    """What one person shares, or what an event shows. `url`: the page of the event; None: it is a person, or it leads
    nowhere, for somebody else who looks at the page.
    """

    name: str
    department: str
    cards: list[Card]
    is_event: bool = False
    url: str | None = None


@dataclass(frozen=True)
class OverCard:
    """A recording that is over for this person: its title and why, and no picture of it."""

    title: str
    url: str | None  # None: it leads nowhere, for somebody else who looks at the page
    why: str


def card(shared: Shared, zone: str, at: datetime) -> Card:
    """A recording that may be watched, or will be."""
    is_coming = _begins_later(shared, at)
    return Card(
        title=shared.title,
        url=watch_url(shared),
        poster_url=f"/posters/{shared.key}" if shared.has_poster and not is_coming else None,
        length=dates.short_length(shared.length_seconds),
        begins=f"Begins {dates.date_and_time(shared.since, zone, at)}" if is_coming and shared.since else "",
        until=until_words(shared, zone, at),
        ends_soon=dates.until_words(shared.until, zone, at) if shared.until and not is_coming else "",
        views=views_of(shared),
        folder=shared.folder,
        details=details_words(shared.presenter, shared.recorded_on),
        progress=progress_of(shared),
    )


def over_card(shared: Shared, zone: str, at: datetime) -> OverCard:
    """A recording that has ended or is used up."""
    if shared.standing is Standing.USED_UP:
        return OverCard(shared.title, watch_url(shared), used_words(shared.views_limit))
    assert shared.until is not None  # or it would not have ended
    return OverCard(shared.title, watch_url(shared), f"ended {dates.date_and_time(shared.until, zone, at)}")


def grouped(shared: Iterable[Shared], zone: str, at: datetime) -> list[Group]:
    """By the event that shows them, else by who shares, in the order of who comes first."""
    groups: dict[tuple[str, str], Group] = {}
    for one in shared:
        if one.event and one.event_key:
            new = Group(one.event, "", [], is_event=True, url=f"/watch/events/{one.event_key}")
            group = groups.setdefault(("event", one.event_key), new)
        else:
            group = groups.setdefault(("person", one.owner_key), Group(one.owner_name, one.department, []))
        group.cards.append(card(one, zone, at))
    return list(groups.values())


def watchable(listing: Listing) -> list[Shared]:
    """What may be watched, soonest end first, then what is still to come."""
    return [*listing.live, *(listing.coming if listing.page == 1 else [])]


def views_of(shared: Shared) -> tuple[int, int] | None:
    """How many views are left, and of how many; None: without a limit."""
    if shared.views_left is None or shared.views_limit is None:
        return None
    return shared.views_left, shared.views_limit


def share_of(shared: Shared) -> float:
    """How much of the whole was watched, from 0 to 1."""
    return min(1.0, shared.watched_seconds / shared.length_seconds) if shared.length_seconds else 0.0


def progress_of(shared: Shared) -> StateTag | None:
    """Whether they have watched the whole, else where they stopped; None: not begun."""
    share = share_of(shared)
    if share >= WHOLE:
        return StateTag("done", "Watched", "check")
    if not share:
        return None
    words = f"Stopped at {dates.position(shared.position_seconds)}" if shared.position_seconds >= 1 else "Begun"
    return StateTag("info", words, "play")


def used_words(limit: int | None) -> str:
    """ "both views used", "the one view used", "all 5 views used" """
    return {1: "the one view used", 2: "both views used"}.get(limit or 0, f"all {limit} views used")


def until_words(shared: Shared, zone: str, at: datetime) -> str:
    """ "until Friday 4 December, 18:00"; without a limit it says so, too."""
    is_coming = _begins_later(shared, at)
    if shared.until is None:
        return "without an end" if shared.views_limit is not None or is_coming else "Watch as often as you like"
    when = dates.date_and_time(shared.until, zone, at)
    if shared.until <= at:  # and yet here: by a sitting that was begun in time
        return f"ended {when}; you may finish this sitting"
    often = "Watch as often as you like " if shared.views_limit is None and not is_coming else ""
    return f"{often}until {when}"


def details_words(presenter: str, recorded_on: date | None) -> str:
    """ "Ines Calder, recorded 4 December 2025"; empty when neither is known."""
    if recorded_on is None:
        return presenter
    day = dates.plain_day(recorded_on)
    return f"{presenter}, recorded {day}" if presenter else f"Recorded {day}"


def watch_url(shared: Shared) -> str:
    return f"/watch/{shared.key}"  # `url_for` in a loop costs more than the rest of the card


def _begins_later(shared: Shared, at: datetime) -> bool:
    """Whether what was given, or the recording's own window, lies ahead."""
    return shared.since is not None and shared.since > at
