"""What is shared, as the cards of a page say it."""

from dataclasses import dataclass
from datetime import datetime

from portal.basics import dates
from portal.domain.access import Shared


@dataclass(frozen=True)
class Card:
    """One recording in a list, in words. `ends_soon` and `length` are empty where there is nothing to say."""

    title: str
    url: str
    poster_url: str | None
    length: str
    until: str
    ends_soon: str
    folder: str | None


@dataclass(frozen=True)
class Group:
    """What one person shares."""

    name: str
    department: str
    cards: list[Card]


def card(shared: Shared, zone: str, at: datetime) -> Card:
    """A recording that may be watched."""
    return Card(
        title=shared.title,
        url=_watch(shared),
        poster_url=f"/posters/{shared.key}" if shared.has_poster else None,
        length=dates.short_length(shared.length_seconds),
        until=f"until {dates.date_and_time(shared.until, zone, at)}" if shared.until else "without an end",
        ends_soon=dates.until_words(shared.until, zone, at) if shared.until else "",
        folder=shared.folder,
    )


def ended_card(shared: Shared, zone: str, at: datetime) -> Card:
    """A recording that has ended: its title, and no picture of it."""
    assert shared.until is not None  # or it would not have ended
    ended = f"ended {dates.date_and_time(shared.until, zone, at)}"
    return Card(shared.title, _watch(shared), None, "", ended, "", shared.folder)


def grouped(cards: list[Shared], zone: str, at: datetime) -> list[Group]:
    """By who shares; the person whose recording ends first comes first."""
    groups: dict[str, Group] = {}
    for shared in cards:
        group = groups.setdefault(shared.owner_key, Group(shared.owner_name, shared.department, []))
        group.cards.append(card(shared, zone, at))
    return list(groups.values())


def _watch(shared: Shared) -> str:
    return f"/watch/{shared.key}"  # `url_for` in a loop costs more than the rest of the card
