"""Dates, times and lengths in the portal's words (design, "Words"): 24-hour clock, the zone always named.

Moments are aware datetimes; a zone is an IANA name such as "Europe/Berlin". A naive moment raises ValueError, an
unknown zone ZoneInfoNotFoundError. The names of days and months are our own: no locale of the machine changes a letter.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_NEAR = timedelta(days=7)


def long_date(at: datetime, zone: str) -> str:
    """A moment in full: "Friday 4 December 2026, 18:00 CET"."""
    local = in_zone(at, zone)
    return f"{_DAYS[local.weekday()]} {_day_month_year(local)}, {local:%H:%M} {zone_name(zone, at)}"


def date_and_time(at: datetime, zone: str, now: datetime) -> str:
    """A moment where the page names the zone: "Friday 4 December, 18:00", with the year when it is not this one."""
    local = in_zone(at, zone)
    year = "" if local.year == in_zone(now, zone).year else f" {local.year}"
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}{year}, {local:%H:%M}"


def clock_time(at: datetime, zone: str, now: datetime) -> str:
    """A moment close by, at its shortest: "18:40" today, "tomorrow 00:30", "Friday 18:00" within a week."""
    local, today = in_zone(at, zone), in_zone(now, zone).date()
    days = (local.date() - today).days
    if days == 0:
        return f"{local:%H:%M}"
    if days in (-1, 1):
        return f"{'tomorrow' if days == 1 else 'yesterday'} {local:%H:%M}"
    return f"{_DAYS[local.weekday()]} {local:%H:%M}" if abs(days) < 7 else date_and_time(at, zone, now)


def feed_time(at: datetime, zone: str, now: datetime) -> str:
    """When something happened, at its shortest: "13:58" today, "Sat 22:15" within a week, "4 Nov" before that."""
    local, today = in_zone(at, zone), in_zone(now, zone).date()
    days = (today - local.date()).days
    if days == 0:
        return f"{local:%H:%M}"
    if 0 < days < 7:
        return f"{_DAYS[local.weekday()][:3]} {local:%H:%M}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {_MONTHS[local.month - 1][:3]}{year}"


def ago_words(at: datetime, zone: str, now: datetime) -> str:
    """How long a past moment is gone, in days of the calendar: "today", "yesterday", "2 days ago"."""
    days = (in_zone(now, zone).date() - in_zone(at, zone).date()).days
    return ("today", "yesterday")[days] if 0 <= days < 2 else f"{days} days ago"


def day_date(at: datetime, zone: str) -> str:
    """The day of a moment: "20 November 2026"."""
    return _day_month_year(in_zone(at, zone))


def plain_day(day: date) -> str:
    """A day without a time, such as "4 December 2026"."""
    return _day_month_year(day)


def short_date(at: datetime, zone: str, today: date) -> str:
    """The day of a moment for tables: "Fri 4 Dec", with the year when it is not that of `today`.

    `today` is the reader's day; a moment is accepted too, and taken in `zone`.
    """
    local = in_zone(at, zone)
    this_year = (in_zone(today, zone) if isinstance(today, datetime) else today).year
    year = "" if local.year == this_year else f" {local.year}"
    return f"{_DAYS[local.weekday()][:3]} {local.day} {_MONTHS[local.month - 1][:3]}{year}"


def until_words(at: datetime, zone: str, now: datetime) -> str:
    """How near a coming moment is: "today 18:40", "tomorrow 09:00", "in 2 days".

    Stands beside the date, never instead of it. Empty when the moment is past or seven days or more ahead.
    """
    ahead = at - now
    if not timedelta(0) < ahead < _NEAR:
        return ""
    local = in_zone(at, zone)
    days = (local.date() - in_zone(now, zone).date()).days
    if days > 1:
        return f"in {days} days"
    return f"{'tomorrow' if days else 'today'} {local:%H:%M}"


def length_words(seconds: float) -> str:
    """A length for people, to the nearest minute: "48 minutes", "1 h 06"; below a minute "40 seconds"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return _counted(whole, "second")
    minutes = round(whole / 60)
    if minutes < 60:
        return _counted(minutes, "minute")
    return f"{minutes // 60} h {minutes % 60:02}"


def short_length(seconds: float | None) -> str:
    """A length at its shortest, for over a picture: "9 min", "1 h 06", "40 s"; empty when there is none."""
    if not seconds:
        return ""
    number, _, unit = length_words(seconds).partition(" ")
    return f"{number} {unit}" if unit.startswith("h") else f"{number} {'min' if unit.startswith('minute') else 's'}"


def position(seconds: float) -> str:
    """A place in a recording: "12:40", "1:06:05". What is begun but not over is not counted."""
    minutes, second = divmod(max(0, int(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def zone_name(zone: str, at: datetime) -> str:
    """The zone's short name at that moment: "CET", "CEST"; "UTC-3" where the zone has no name but a number."""
    name = in_zone(at, zone).tzname() or "UTC"
    if name[0] not in "+-":
        return name
    hours, minutes = int(name[1:3]), name[3:5]
    return f"UTC{name[0]}{hours}{':' + minutes if minutes not in ('', '00') else ''}"


def in_zone(at: datetime, zone: str) -> datetime:
    """The same moment on that zone's clocks."""
    if at.tzinfo is None:
        raise ValueError("a moment without a zone cannot be shown in another")
    return at.astimezone(ZoneInfo(zone))


def _day_month_year(local: date) -> str:
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
