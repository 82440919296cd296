"""How a page says that somebody has to wait (design/README, "Words")."""

from datetime import datetime, timedelta

from portal.basics import dates
from portal.domain.throttle import Wait
from portal.web.zones import reading_zone


def go_on_at(wait: Wait, at: datetime) -> str:
    """ "14:45", in the portal's zone, never before the wait is over."""
    return dates.clock_time(wait.until + timedelta(seconds=59), reading_zone(), at)


def retry_after(wait: Wait, at: datetime) -> dict[str, str]:
    """The header that says the same to programs."""
    return {"Retry-After": str(wait.seconds(at))}
