"""What is told of an event and how it is held, as it is kept: checked, and refused by the field it concerns."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import available_timezones

from portal.basics import dates
from portal.basics.errors import PortalError
from portal.basics.texts import many_lines, one_line
from portal.storage.models import Event, OnClosing

LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 2000


class WrongDetails(PortalError):
    """Details that cannot be kept; `field` is the one at fault, the text a sentence to show beside it."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Details:
    """What an organiser says of an event. The window was typed in `time_zone`; `description` is what guests read."""

    title: str
    opens_at: datetime
    closes_at: datetime
    time_zone: str
    description: str = ""
    on_closing: OnClosing = OnClosing.VOID

    @classmethod
    def of(cls, event: Event) -> "Details":
        return cls(event.title, event.opens_at, event.closes_at, event.time_zone, event.description, event.on_closing)

    @property
    def version(self) -> str:
        """Changes with what the settings form shows; the form carries it, so that a second editor is noticed."""
        shown = (self.title, self.opens_at, self.closes_at, self.time_zone, self.description, self.on_closing)
        return hashlib.sha256("\n".join(map(str, shown)).encode()).hexdigest()[:16]

    def checked(self, at: datetime) -> "Details":
        """The same as it is kept. Raises `WrongDetails`: no title, an end before the begin, a past closing."""
        title, description = one_line(self.title), many_lines(self.description)
        if not title:
            raise WrongDetails("title", "Say what the event is called")
        if len(title) > LONGEST_TITLE:
            raise WrongDetails("title", f"At most {LONGEST_TITLE} characters; these are {len(title)}")
        if len(description) > LONGEST_DESCRIPTION:
            raise WrongDetails(
                "description", f"At most {LONGEST_DESCRIPTION:,} characters; these are {len(description):,}"
            )
        if self.time_zone not in available_timezones():
            raise WrongDetails("time_zone", "Choose a time zone of the list")
        if self.closes_at <= self.opens_at:
            raise WrongDetails("closes", "It must close after it opens")
        if self.closes_at <= at:
            passed = dates.long_date(self.closes_at, self.time_zone)
            raise WrongDetails("closes", f"The closing lies in the past: {passed}")
        return replace(self, title=title, description=description)


def as_facts(details: Details) -> dict[str, str]:
    """Details as the audit trail keeps them."""
    return {
        "title": details.title,
        "description": details.description,
        "opens": details.opens_at.isoformat(timespec="minutes"),
        "closes": details.closes_at.isoformat(timespec="minutes"),
        "time_zone": details.time_zone,
        "on_closing": details.on_closing.value,
    }
