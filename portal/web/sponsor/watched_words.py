"""What somebody has used and seen, in words (design 08)."""

from datetime import datetime

from portal.basics import dates
from portal.basics.clock import now
from portal.domain.grants import SeenOf, Watched
from portal.domain.work import tools


def seen_words(watched: Watched) -> str:
    """The line below the bar: when it was watched last, or that it was not."""
    if watched.share > 0 and watched.at:
        return when_words(watched.at)
    return f"opened {when_words(watched.opened_at)}" if watched.opened_at else "not opened"


def opens_words(watched: Watched) -> str:
    """How often the page was opened: "opened 3 times"; empty when it never was."""
    times = {0: "", 1: "opened once", 2: "opened twice"}
    return times.get(watched.opens, f"opened {watched.opens:,} times")


def seen_of_words(seen: SeenOf) -> str:
    """How many recordings of a folder: "3 of 5"."""
    return f"{seen.seen:,} of {seen.all:,}"


def taken_words(taken: int) -> str:
    """Views taken of all recordings of a folder together."""
    return f"{taken:,} {'view' if taken == 1 else 'views'} taken" if taken else "none taken"


def when_words(at: datetime) -> str:
    """A past moment at its shortest: "today 09:12", "Saturday 22:15" within a week, "12 November" before that."""
    zone = tools().settings.time_zone
    local, today = dates.in_zone(at, zone), dates.in_zone(now(), zone)
    days = (today.date() - local.date()).days
    if days == 0:
        return f"today {local:%H:%M}"
    if 0 < days < 7:
        return dates.clock_time(at, zone, now())
    day, _, year = dates.day_date(at, zone).rpartition(" ")
    return day if local.year == today.year else f"{day} {year}"
