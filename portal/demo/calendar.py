"""Moments before now, as a story names them."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


class OutOfOrder(ValueError):
    """The story goes back in time, or ahead of the clock."""


@dataclass
class Calendar:
    """Tells the moments of a story that ends now, in the order they are asked for."""

    now: datetime
    zone: ZoneInfo
    _last: datetime | None = None

    def day(self, ago: int, clock: str) -> datetime:
        """So many days ago at "14:20" in the portal's zone; with a negative number, days ahead."""
        on = self.now.astimezone(self.zone).date() - timedelta(days=ago)
        return datetime.combine(on, time.fromisoformat(clock), self.zone)

    def minutes(self, ago: float) -> datetime:
        return self.now - timedelta(minutes=ago)

    @property
    def last_minutes_ago(self) -> int:
        """How many whole minutes ago the last act was; 0 before the first."""
        return int((self.now - (self._last or self.now)).total_seconds() // 60)

    def goes_on(self, at: datetime) -> datetime:
        """The moment itself, when it follows those before it; raises `OutOfOrder`: rows are kept as things happened."""
        if at > self.now or (self._last is not None and at < self._last):
            raise OutOfOrder(f"{at:%d %b %H:%M} comes after {self._last or self.now:%d %b %H:%M}")
        self._last = at
        return at
