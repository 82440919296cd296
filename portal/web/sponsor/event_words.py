"""How an event stands, in words."""

from dataclasses import dataclass
from datetime import datetime

from portal.basics import dates
from portal.domain.work import tools
from portal.storage.models import Event
from portal.web.state_tags import StateTag


@dataclass(frozen=True)
class EventHead:
    """The head of an event's pages: how it stands, and its window in the organiser's zone and the portal's."""

    tag: StateTag
    window: str
    here: str
    closes: str
    place: str


def state_tag(event: Event, at: datetime) -> StateTag:
    """Coming, open or closed; and how near that is."""
    if event.is_over(at):
        return StateTag("plain", "Closed", "clock")
    zone = event.time_zone
    if not event.has_opened(at):
        soon = dates.until_words(event.opens_at, zone, at)
        return StateTag("info", f"Opens {soon}" if soon else "Coming", "calendar")
    soon = dates.until_words(event.closes_at, zone, at)
    return StateTag("time" if soon else "done", f"Closes {soon}" if soon else "Open", "clock" if soon else "check")


def head_of(event: Event, at: datetime) -> EventHead:
    """The head of an event's pages at this moment."""
    zone, here = event.time_zone, tools().settings.time_zone
    elsewhere = f"{_window(event, here)} ({place(here)})" if here != zone else ""
    closes = dates.long_date(event.closes_at, zone)
    return EventHead(state_tag(event, at), f"{_window(event, zone)} ({place(zone)})", elsewhere, closes, place(zone))


def place(zone: str) -> str:
    """The place that names a time zone: "Berlin", "New York"."""
    return zone.rpartition("/")[2].replace("_", " ")


def _window(event: Event, zone: str) -> str:
    return f"{dates.long_date(event.opens_at, zone)} to {dates.long_date(event.closes_at, zone)}"
