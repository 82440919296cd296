"""Calendar files that go with letters: an event from its opening to its closing (RFC 5545)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from icalendar import Alarm, Calendar
from icalendar import Event as Entry

from portal.mail.wording import one_line

REMIND_BEFORE = timedelta(days=1)
FILE_NAME = "event.ics"


@dataclass(frozen=True)
class CalendarEntry:
    """An event as a calendar keeps it. `key` makes it the same entry when it is sent again; `path` leads to its page.

    `version` grows with each change of the event, so that a calendar takes the newer one.
    """

    key: str
    title: str
    opens_at: datetime
    closes_at: datetime
    path: str
    version: int = 1


def written(entries: Sequence[CalendarEntry], *, public_url: str, at: datetime) -> str:
    """The file for these entries, in UTC: each calendar shows its owner's own time. Empty without entries.

    It takes no time of the day away (transparent), and reminds a day before the closing.
    """
    if not entries:
        return ""
    calendar = Calendar()
    calendar.add("prodid", "-//guest portal//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    host = urlsplit(public_url).hostname or "portal"
    for entry in entries:
        calendar.add_component(_entry(entry, public_url.rstrip("/") + entry.path, host, at))
    return str(calendar.to_ical().decode("utf-8"))


def _entry(entry: CalendarEntry, url: str, host: str, at: datetime) -> Entry:
    written_entry = Entry()
    written_entry.add("uid", f"{entry.key}@{host}")
    written_entry.add("dtstamp", at.astimezone(UTC))
    written_entry.add("sequence", entry.version)
    written_entry.add("summary", one_line(entry.title))
    written_entry.add("dtstart", entry.opens_at.astimezone(UTC))
    written_entry.add("dtend", entry.closes_at.astimezone(UTC))
    written_entry.add("url", url)
    written_entry.add("description", url)
    written_entry.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"{one_line(entry.title)} closes in a day")
    alarm.add("trigger", -REMIND_BEFORE, parameters={"RELATED": "END"})
    written_entry.add_component(alarm)
    return written_entry
