"""What is shared with a guest, row by row, as their record says it."""

from dataclasses import dataclass
from datetime import datetime

from portal.basics import dates
from portal.domain.access import Listing, Shared, Standing


@dataclass(frozen=True)
class Row:
    """One recording. `views` None: without a limit; `state` empty: it may be watched now."""

    title: str
    url: str
    from_name: str
    state: str
    until: str
    until_note: str
    views: tuple[int, int] | None
    parts: tuple[tuple[float, float], ...]
    share: float


@dataclass(frozen=True)
class Record:
    """A page of the list, and how many more there are than it shows."""

    rows: list[Row]
    more: int


def of(listing: Listing, zone: str, at: datetime) -> Record:
    """What may be watched, then what is to come, then what is over."""
    shown = [*listing.live, *listing.coming, *listing.over]
    hidden = listing.live_count - len(listing.live) + listing.over_count - len(listing.over)
    return Record([_row(shared, zone, at) for shared in shown], hidden)


def _row(shared: Shared, zone: str, at: datetime) -> Row:
    limited = shared.views_left is not None and shared.views_limit is not None
    return Row(
        title=shared.title,
        url=f"/watch/{shared.key}",
        from_name=shared.owner_name,
        state=_state(shared, zone, at),
        until=dates.date_and_time(shared.until, zone, at) if shared.until else "No end",
        until_note=_until_note(shared, zone, at),
        views=(shared.views_left or 0, shared.views_limit or 0) if limited else None,
        parts=shared.parts,
        share=min(1.0, shared.watched_seconds / shared.length_seconds) if shared.length_seconds else 0.0,
    )


def _state(shared: Shared, zone: str, at: datetime) -> str:
    if shared.since is not None and shared.since > at:
        return f"Begins {dates.date_and_time(shared.since, zone, at)}"
    return {Standing.USED_UP: "Used up", Standing.ENDED: "Ended"}.get(shared.standing, "")


def _until_note(shared: Shared, zone: str, at: datetime) -> str:
    if shared.until is None:
        return ""
    if shared.until <= at:
        return f"ended {dates.ago_words(shared.until, zone, at)}"
    soon = dates.until_words(shared.until, zone, at)
    return f"ends {soon}" if soon else ""
