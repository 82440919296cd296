"""What the pages that say no are called, and their first sentence (design 05 and 05b)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.basics import dates
from portal.domain.access import Found, Held, WhyNot
from portal.web.zones import reading_zone

_NEAR = timedelta(days=6)


@dataclass(frozen=True)
class Words:
    """The reason as the page's title, a sentence below it, and what the guest may ask for (empty: nothing)."""

    heading: str
    lead: str
    question: str = ""
    can: str = ""  # what the owner can do with one press


def words(found: Found, share: float, at: datetime) -> Words:
    """Of any decision that is a no to somebody who is named."""
    name, video_session, held = found.owner.display_name, found.video_session, found.decision.held
    match found.decision.why:
        case WhyNot.USED_UP if held:
            lead = _last_watched(found, share, at) or f"{name} shared it with you for as many."
            return Words(_used(held), lead, "Would you like to see it again?", "give you another view")
        case WhyNot.ENDED if held and held.grant.ends_at:
            ended = held.grant.ends_at
            lead = f"{name} shared it with you until {_long(ended)}."
            return Words(f"This ended {on_day(ended, at)}", lead, "Would you like more time?", "give you more time")
        case WhyNot.NOT_BEGUN if held and held.grant.begins_at:
            heading = f"This begins {on_day(held.grant.begins_at, at)}"
            lead = f"{name} shares it with you from then on."
            return Words(heading, lead, "Do you need it earlier?", "let you begin earlier")
        case WhyNot.NOT_OPEN if video_session.opens_at:
            heading = f"This opens {on_day(video_session.opens_at, at)}"
            return Words(heading, f"{name} has shared it with you. It can be watched here from then on.")
        case WhyNot.CLOSED if video_session.closes_at:
            heading = f"This closed {on_day(video_session.closes_at, at)}"
            return Words(heading, f"{name} showed it until then. It is closed for everybody it was shared with.")
        case _:
            lead = f"{name} has shared it with you, and shows it to nobody just now. You find it here when it is back."
            return Words("This is not published at the moment", lead)


def on_day(moment: datetime, at: datetime) -> str:
    """ "today at 18:00", "on Friday at 18:00", "on Friday 4 December at 09:00" """
    zone = reading_zone()
    if abs(at - moment) >= _NEAR:
        return f"on {' at '.join(dates.date_and_time(moment, zone, at).rsplit(', ', 1))}"
    day, _, clock = dates.clock_time(moment, zone, at).rpartition(" ")
    if day in ("", "yesterday", "tomorrow"):
        return f"{day or 'today'} at {clock}"
    return f"on {day} at {clock}"


def _used(held: Held) -> str:
    limit = held.grant.views_limit
    return {1: "You have used your one view", 2: "You have used both views"}.get(
        limit or 0, f"You have used all {limit} views"
    )


def _last_watched(found: Found, share: float, at: datetime) -> str:
    """ "You last watched it on Saturday at 22:15, and have seen 91% of it." Empty where nothing was reported."""
    if found.record is None or found.record.watched_at is None:
        return ""
    seen = f", and have seen {_much(share)} of it" if share > 0 else ""
    return f"You last watched it {on_day(found.record.watched_at, at)}{seen}."


def _much(share: float) -> str:
    """As the coverage bar says it: all of it only when all was seen."""
    return "all" if share >= 0.995 else f"{max(1, round(share * 100))}%"


def _long(moment: datetime) -> str:
    return dates.long_date(moment, reading_zone())
