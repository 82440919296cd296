"""Days and times as people type them: "4 dec", "4.12.2026 18:00", "2026-12-04T18:00" (design, "Words")."""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.basics.dates import zone_name

START_OF_DAY = time(0, 0)
END_OF_DAY = time(23, 59)
HOW = "Write the day like 4 Dec 2026 or 4.12.2026, and the time like 18:00"
HOW_A_DAY = "Write the day like 4 Dec 2026 or 4.12.2026"
_LONGEST = 80
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTH_NUMBERS = dict(zip(_MONTHS + _FULL_MONTHS, [*range(1, 13)] * 2, strict=True)) | {"sept": 9}
_WEEKDAY = re.compile(
    r"^(?:mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\b[.,]?\s+"
)
_TIME = re.compile(
    r"(?:^|(?<=\d)t|[\s,]+)(?:at\s+)?(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?::\d{2})?(?:\s*(?P<zone>[a-z]{2,5}|utc[+-]\d{1,2}(?::\d{2})?))?$"
)
_DAYS = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"),
    re.compile(r"(?P<day>\d{1,2})[./](?P<month>\d{1,2})(?:[./](?P<year>\d{4})?)?"),
    re.compile(r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[.\s-]*(?P<name>[a-z]{3,9})\.?(?:[\s,-]*(?P<year>\d{4}))?"),
    re.compile(r"(?P<name>[a-z]{3,9})\.?\s*(?P<day>\d{1,2})(?:st|nd|rd|th)?(?:[\s,]+(?P<year>\d{4}))?"),
)


class NotADate(ValueError):
    """The text names no day; the message is a sentence for beside the field."""


def read_moment(text: str, zone: str, now: datetime, *, day_means: time = END_OF_DAY) -> datetime:
    """The moment the text means on that zone's clocks, in UTC. Raises `NotADate`.

    A day alone means its end, 23:59, unless `day_means` another time; without a year the next such day is meant, today
    included. "Today" and "tomorrow" are understood, and every way in which the portal itself writes a moment. A past
    one is returned all the same: whether it may be is the caller's rule. A time that clocks skip is refused; of one
    that they show twice the first is meant, unless the zone's short name says which (`is_shown_twice`). Any other
    zone's name is refused, so that nobody's six o'clock is taken for ours.
    """
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(" ,.")
    if not words or len(words) > _LONGEST:
        raise NotADate(HOW)
    today = now.astimezone(ZoneInfo(zone)).date()
    found = _TIME.search(words)
    if found is None or found.start() == 0:
        return _in_utc(datetime.combine(_read_day(words, today), day_means), zone)
    local = datetime.combine(_read_day(words[: found.start()], today), _time_of(found))
    return _in_utc(local, zone, named=found["zone"])


def read_past_day(text: str, zone: str, now: datetime) -> date | None:
    """The day the text means, None for no text: without a year the last such day, today included. Raises `NotADate`.

    Whether it may lie ahead is the caller's rule.
    """
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(" ,.")
    if not words:
        return None
    today = now.astimezone(ZoneInfo(zone)).date()
    words = _WEEKDAY.sub("", words)
    near = {"today": today, "yesterday": today - timedelta(days=1)}.get(words)
    if near:
        return near
    for pattern in _DAYS if len(words) <= _LONGEST else ():
        found = pattern.fullmatch(words)
        if found:
            return _past_day_of(found, today)
    raise NotADate(HOW_A_DAY)


def typed_day(day: date | None) -> str:
    """A day as one would type it into the field, such as "4 Dec 2026"; `read_past_day` reads it back."""
    return f"{day.day} {_MONTHS[day.month - 1].title()} {day.year}" if day else ""


def is_shown_twice(at: datetime, zone: str) -> bool:
    """Whether the clocks of that zone, going back, show this moment's time a second time."""
    local = at.astimezone(ZoneInfo(zone))
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def typed(at: datetime, zone: str) -> str:
    """A moment as one would type it into the field, such as "4 Dec 2026, 18:00"; `read_moment` reads it back.

    Seconds are left out. The second of a time that clocks show twice carries the zone's name.
    """
    local = at.astimezone(ZoneInfo(zone))
    name = f" {zone_name(zone, at)}" if local.fold else ""
    return f"{local.day} {_MONTHS[local.month - 1].title()} {local.year}, {local:%H:%M}{name}"


def _time_of(found: re.Match[str]) -> time:
    try:
        return time(int(found["hour"]), int(found["minute"]))
    except ValueError:
        raise NotADate(f"There is no {found['hour']}:{found['minute']}; the day goes from 00:00 to 23:59") from None


def _read_day(words: str, today: date) -> date:
    words = _WEEKDAY.sub("", words.strip(" ,"))
    if words == "today":
        return today
    if words == "tomorrow":
        return today + timedelta(days=1)
    for pattern in _DAYS:
        found = pattern.fullmatch(words)
        if found:
            return _day_of(found, today)
    raise NotADate(HOW)


def _day_of(found: re.Match[str], today: date) -> date:
    parts = found.groupdict()
    month = int(parts["month"]) if parts.get("month") else _MONTH_NUMBERS.get(parts.get("name") or "", 0)
    if not 1 <= month <= 12:
        raise NotADate(HOW)
    day = int(parts["day"])
    if parts["year"]:
        return _date(int(parts["year"]), month, day)
    for year in range(today.year, today.year + 9):  # 29 February may be eight years away
        if _exists(year, month, day) and date(year, month, day) >= today:
            return date(year, month, day)
    raise NotADate(f"There is no {day} {_FULL_MONTHS[month - 1].title()}")


def _past_day_of(found: re.Match[str], today: date) -> date:
    parts = found.groupdict()
    month = int(parts["month"]) if parts.get("month") else _MONTH_NUMBERS.get(parts.get("name") or "", 0)
    if not 1 <= month <= 12:
        raise NotADate(HOW_A_DAY)
    day = int(parts["day"])
    years = [int(parts["year"])] if parts["year"] else range(today.year, today.year - 9, -1)
    for year in years:
        if year and _exists(year, month, day) and (parts["year"] or date(year, month, day) <= today):
            return date(year, month, day)
    raise NotADate(f"There is no {day} {_FULL_MONTHS[month - 1].title()} {parts['year'] or ''}".strip())


def _date(year: int, month: int, day: int) -> date:
    if not 2000 <= year <= 2200:
        raise NotADate(f"Write a year from 2000 to 2200, not {year}")
    if not _exists(year, month, day):
        raise NotADate(f"There is no {day} {_FULL_MONTHS[month - 1].title()} {year}")
    return date(year, month, day)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _in_utc(local: datetime, zone: str, named: str | None = None) -> datetime:
    moments = [local.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1)]
    if moments[0].astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:
        raise NotADate(f"The clocks go forward that day: there is no {local:%H:%M}")
    if named is None:
        return moments[0]
    if named in ("am", "pm"):
        raise NotADate(HOW)
    for moment in moments:
        if zone_name(zone, moment).casefold() == named:
            return moment
    raise NotADate(f"Times here are {zone_name(zone, moments[0])} on that day; leave “{named.upper()}” out")
