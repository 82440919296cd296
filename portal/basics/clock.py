"""The one place that reads the clock; rules take the time as an argument."""

from datetime import UTC, datetime


def now() -> datetime:
    """This moment, aware, in UTC, to the microsecond."""
    return datetime.now(UTC)
