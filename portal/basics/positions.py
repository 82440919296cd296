"""Places in a recording as people type them: "1:05", "1:02:03", "65", "2:05.5"."""

import re
import unicodedata

HOW = "Write the time like 12:40, or 1:02:05 with hours"
_LONGEST = 40
_CLOCK = re.compile(r"(?:(?P<hours>\d{1,3}):)?(?P<minutes>\d{1,3}):(?P<seconds>\d{1,2})(?P<part>[.,]\d{1,3})?")
_SECONDS = re.compile(r"(?P<seconds>\d{1,6})(?P<part>[.,]\d{1,3})?\s*s?")


class NotAPosition(ValueError):
    """The text names no place in a recording; the message is a sentence for beside the field."""


def read_position(text: str) -> float:
    """The place the text means, in seconds from the start, not negative. Raises `NotAPosition`.

    A number alone is seconds. Whether the recording is that long is the caller's rule.
    """
    words = unicodedata.normalize("NFKC", text).strip().casefold()
    if not words.isascii() or len(words) > _LONGEST:
        raise NotAPosition(HOW)
    clock, seconds = _CLOCK.fullmatch(words), _SECONDS.fullmatch(words)
    if clock:
        return _of_clock(clock)
    if seconds:
        return int(seconds["seconds"]) + _part(seconds)
    raise NotAPosition(HOW)


def typed_position(seconds: float) -> str:
    """What somebody would type for this place: "2:05", "1:02:03", "2:05.5". `read_position` understands it again."""
    thousandths = max(0, round(seconds * 1000))
    whole, part = divmod(thousandths, 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    shown = f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
    return shown + (f".{part:03}".rstrip("0") if part else "")


def _of_clock(found: re.Match[str]) -> float:
    hours, minutes, seconds = (int(found[name] or 0) for name in ("hours", "minutes", "seconds"))
    if seconds > 59 or (found["hours"] is not None and minutes > 59):
        raise NotAPosition(HOW)
    return hours * 3600 + minutes * 60 + seconds + _part(found)


def _part(found: re.Match[str]) -> float:
    return float(found["part"].replace(",", ".")) if found["part"] else 0.0
