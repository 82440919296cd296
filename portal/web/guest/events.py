"""The page of an event, for a guest who is named on it: what it is, until when, and what of it is theirs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, Response, render_template

from portal.basics import dates
from portal.basics.clock import now
from portal.domain import events, links
from portal.domain.access import Shared, Standing
from portal.domain.events import Visit
from portal.domain.library import WHOLE
from portal.domain.work import tools
from portal.mail.calendar import FILE_NAME, written
from portal.web import sending
from portal.web.access import Access, access
from portal.web.guest import cards
from portal.web.identity import signed_in_user
from portal.web.state_tags import StateTag

bp = Blueprint("events", __name__)


@dataclass(frozen=True)
class Moment:
    """A moment in words: in the organiser's zone, which is named, and in the portal's where that is another one.

    A script of the page adds the zone of the reader's own device, where that is neither (`zones`).
    """

    label: str
    iso: str
    words: str
    here: str
    zones: str


@dataclass(frozen=True)
class Entry:
    """One session of the event, as its guest meets it. `url` and `poster_url` None: not to be had at the moment.

    `parts` and `share` say how far they are; `note`: what else is to be said, such as when it begins.
    """

    title: str
    url: str | None
    poster_url: str | None
    length: str
    tag: StateTag | None
    views: tuple[int, int] | None
    note: str
    parts: tuple[tuple[float, float], ...]
    share: float


@bp.get("/watch/events/<key>")
@access(Access.SIGNED_IN)
def show(key: str) -> str:
    at = now()
    visit = events.visit(signed_in_user(), key, at=at)
    entries = entries_of(visit.sessions, at)
    return render_template(
        "guest/events/show.html",
        visit=visit,
        tag=_tag(visit, at),
        lead=_lead(visit, at),
        moments=_moments(visit),
        entries=entries,
        done=_done(entries),
        is_over=visit.ends_at <= at,
    )


@bp.get("/watch/events/<key>/calendar.ics")
@access(Access.SIGNED_IN)
def calendar(key: str) -> Response:
    """The event as a file for the guest's calendar: the same entry as came with the invitation."""
    at = now()
    visit = events.visit(signed_in_user(), key, at=at)
    entry, public_url = links.calendar_entry(visit.event), tools().settings.base_url
    body = written(
        [replace(entry, opens_at=visit.begins_at, closes_at=max(visit.begins_at, visit.ends_at))],
        public_url=public_url,
        at=at,
    )
    headers = {"Content-Disposition": sending.attachment(FILE_NAME), "Cache-Control": "private, no-store"}
    return Response(body, content_type="text/calendar; charset=utf-8", headers=headers)


def entries_of(sessions: Sequence[Shared], at: datetime) -> list[Entry]:
    """What the list of the page says of each session; the one place where a session of an event gets its words."""
    zone = tools().settings.time_zone
    return [_entry(shared, zone, at) for shared in sessions]


def _entry(shared: Shared, zone: str, at: datetime) -> Entry:
    share = cards.share_of(shared)
    is_over = shared.standing in (Standing.ENDED, Standing.USED_UP)
    card = None if is_over else cards.card(shared, zone, at)
    return Entry(
        title=shared.title,
        url=cards.watch_url(shared),
        poster_url=card.poster_url if card else None,
        length=dates.short_length(shared.length_seconds),
        tag=_progress_tag(shared),
        views=None if is_over else cards.views_of(shared),
        note=card.begins if card else cards.over_card(shared, zone, at).why,
        parts=shared.parts,
        share=share,
    )


def _progress_tag(shared: Shared) -> StateTag | None:
    if shared.standing is Standing.USED_UP and cards.share_of(shared) < WHOLE:
        return StateTag("stop", "Used up", "eye")
    return cards.progress_of(shared)


def _done(entries: Sequence[Entry]) -> str:
    """ "3 of 5 recordings watched, 1 begun" """
    watched = sum(entry.share >= WHOLE for entry in entries)
    begun = sum(0 < entry.share < WHOLE for entry in entries)
    of = "the recording" if len(entries) == 1 else f"{len(entries):,} recordings"
    if len(entries) == 1:
        return "You have watched it" if watched else "You have begun it" if begun else "You have not begun it"
    return f"{watched:,} of {of} watched" + (f", {begun:,} begun" if begun else "")


def _tag(visit: Visit, at: datetime) -> StateTag:
    zone = tools().settings.time_zone
    if visit.ends_at <= at:
        return StateTag("plain", "Closed", "clock")
    if visit.begins_at > at:
        soon = dates.until_words(visit.begins_at, zone, at)
        return StateTag("info", f"Opens {soon}" if soon else "Not open yet", "calendar")
    soon = dates.until_words(visit.ends_at, zone, at)
    return StateTag("time", f"Closes {soon}", "clock") if soon else StateTag("done", "Open", "check")


def _lead(visit: Visit, at: datetime) -> str:
    """What can be done now, in a sentence."""
    if visit.ends_at <= at:
        return "It is over. What was shown here can no longer be watched."
    if not visit.sessions:
        return "Nothing is here for you to watch yet. Look again later, or ask who organises it."
    is_one = len(visit.sessions) == 1
    here = f"{'One recording is' if is_one else f'{len(visit.sessions):,} recordings are'} here for you"
    if visit.begins_at > at:
        return f"{here}. You can watch {'it' if is_one else 'them'} once the event is open."
    return f"{here} to watch."


def _moments(visit: Visit) -> list[Moment]:
    """When it opens and closes; beside that the guest's own times, where they were given less."""
    event, closed_at = visit.event, visit.event.closed_at or visit.event.closes_at
    found = [_moment("Opens", event.opens_at, event.time_zone), _moment("Closes", closed_at, event.time_zone)]
    if visit.begins_at > event.opens_at:
        found.append(_moment("Open for you from", visit.begins_at, event.time_zone))
    if visit.ends_at < closed_at:
        found.append(_moment("Open for you until", visit.ends_at, event.time_zone))
    return found


def _moment(label: str, at: datetime, zone: str) -> Moment:
    here = tools().settings.time_zone
    return Moment(
        label=label,
        iso=at.isoformat(timespec="seconds"),
        words=_in_zone(at, zone),
        here=_in_zone(at, here) if here != zone else "",
        zones=f"{zone} {here}",
    )


def _in_zone(at: datetime, zone: str) -> str:
    """ "Friday 4 December 2026, 18:00 CET (Berlin)" """
    place = zone.rpartition("/")[2].replace("_", " ")
    return f"{dates.long_date(at, zone)} ({place})"
