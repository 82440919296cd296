"""The page of one session: why one may watch it, pressing play, and the player."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from flask import Blueprint, jsonify, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.basics import dates
from portal.basics.clock import now
from portal.basics.errors import NotFound
from portal.domain import access as who_may
from portal.domain import playback
from portal.domain.access import Found, Right, WhyNot
from portal.domain.playback import Refusal, Standing, Stop
from portal.domain.work import tools
from portal.storage.db import transaction
from portal.storage.models import User
from portal.web.access import Access, access
from portal.web.guest import cards
from portal.web.identity import signed_in_user

bp = Blueprint("watch", __name__)
_ALSO = 4
PLAYER = "player"  # the part of the page that a press on play leads to


@dataclass(frozen=True)
class Terms:
    """Why this person may watch, and until when, in words."""

    why: str
    until: str
    until_note: str


@bp.get("/watch/<key>")
@access(Access.SIGNED_IN)
def show(key: str) -> str | tuple[str, int]:
    viewer, at = signed_in_user(), now()
    found = who_may.find(viewer, key, at=at)
    if found.decision.why is WhyNot.ENDED:
        return _ended(found, at), 403
    if found.decision.why is WhyNot.NOT_READY:
        return render_template("guest/watch/not_ready.html", found=found, url=url_for(".show", key=key))
    viewing = playback.open_viewing(viewer, found.video_session, at=at)
    return render_template(
        "guest/watch/show.html",
        found=found,
        viewing=viewing,
        terms=_terms(found, at),
        free_until=_free_until(found, viewing.ends_at if viewing else None, at),
        also=_also(viewer, found, at),
        write_to=_write_to(found.owner, found.video_session.title),
        facts=_facts(found),
    )


@bp.post("/watch/<key>/play")
@access(Access.SIGNED_IN)
def play(key: str) -> Response:
    with transaction():
        answer = playback.start(signed_in_user(), key, at=now())
    if isinstance(answer, Refusal) and answer.why is WhyNot.UNKNOWN:
        raise NotFound(key)
    return redirect(url_for(".show", key=key, _anchor=PLAYER), 303)


@bp.get("/watch/<key>/state")
@access(Access.SIGNED_IN)
def state(key: str) -> Response:
    at = now()
    return jsonify(_stopped(playback.standing(signed_in_user(), key, at=at), key, at))


def _ended(found: Found, at: datetime) -> str:
    grant, zone = found.decision.grant, tools().settings.time_zone
    assert grant is not None
    assert grant.ends_at is not None
    near = at - grant.ends_at < timedelta(days=6)
    return render_template(
        "guest/watch/ended.html",
        found=found,
        ended_at=grant.ends_at,
        heading=f"This ended {_on_day(grant.ends_at, zone, at) if near else _on_date(grant.ends_at, zone)}",
        ago=dates.ago_words(grant.ends_at, zone, at),
        write_to=_write_to(found.owner, found.video_session.title),
    )


def _on_day(ended_at: datetime, zone: str, at: datetime) -> str:
    """ "today at 18:00", "on Friday at 18:00" """
    day, _, clock = dates.clock_time(ended_at, zone, at).rpartition(" ")
    if day in ("", "yesterday"):
        return f"{day or 'today'} at {clock}"
    return f"on {day} at {clock}"


def _on_date(ended_at: datetime, zone: str) -> str:
    return f"on {dates.day_date(ended_at, zone)}"


def _terms(found: Found, at: datetime) -> Terms:
    zone = tools().settings.time_zone
    grant, right = found.decision.grant, found.decision.right
    if right is Right.OWNER:
        return Terms("This is your recording. Watching it is never counted.", "No end", "")
    if grant is None:
        return Terms("Admins may watch every recording. It is never counted.", "No end", "")
    day = dates.day_date(grant.created_at, zone)
    folder = found.folder.title if grant.folder_id and found.folder else None
    thing = f"the folder “{folder}”" if folder else "this recording"
    # an admin may have named them in the owner's place
    by_owner = grant.granted_by_id == found.owner.id
    why = f"{found.owner.display_name} named you" if by_owner else "You were named"
    if grant.ends_at is None:
        return Terms(f"{why} on {thing} on {day}.", "No end", "")
    soon = dates.until_words(grant.ends_at, zone, at)
    return Terms(f"{why} on {thing} on {day}.", dates.long_date(grant.ends_at, zone), f"ends {soon}" if soon else "")


def _free_until(found: Found, sitting_ends_at: datetime | None, at: datetime) -> str:
    """Until when pausing and coming back is free: the sitting's end, or that of the grant where it comes first."""
    ends_at = sitting_ends_at or at + playback.sitting_length(found.video_session)
    grant = found.decision.grant
    if grant and grant.ends_at:
        ends_at = min(ends_at, grant.ends_at)
    return dates.clock_time(ends_at, tools().settings.time_zone, at)


def _also(viewer: User, found: Found, at: datetime) -> list[cards.Card]:
    if found.decision.right is not Right.GRANT:
        return []
    others = who_may.listed_for(viewer, at=at, owner=found.owner).live
    shown = [shared for shared in others if shared.key != found.video_session.key][:_ALSO]
    return [cards.card(shared, tools().settings.time_zone, at) for shared in shown]


def _facts(found: Found) -> str:
    added = f"Added {dates.day_date(found.video_session.created_at, tools().settings.time_zone)}"
    seconds = found.video_session.length_seconds
    return f"{added}, {dates.length_words(seconds)}" if seconds else added


def _write_to(owner: User, title: str) -> str:
    return f"mailto:{quote(owner.address, safe='@')}?subject={quote(title)}"


def _stopped(standing: Standing, key: str, at: datetime) -> dict[str, Any]:
    """What the player says over the last picture, and one way on. `stopped` false: only the line was lost."""
    zone, name = tools().settings.time_zone, standing.by.display_name
    when = f" at {dates.clock_time(standing.since, zone, at)}" if standing.since else ""
    write = {"label": f"Write to {name}", "url": f"mailto:{quote(standing.by.address, safe='@')}"}
    again = {"label": "Go to the play button", "url": url_for(".show", key=key)}
    match standing.stop:
        case None:
            return {"stopped": False}
        case Stop.SITTING_OVER:
            title, words, way_on = "This sitting is over", f"It was open until{when[3:]}. Play again any time.", again
        case Stop.ENDED:
            title, words, way_on = f"This ended{when}", f"{name} shared it with you until then.", write
        case Stop.REVOKED:
            title, words, way_on = f"{name} has ended this{when}", "It is no longer shared with you.", write
        case _:
            title, words, way_on = "This is not ready", "The recording is being prepared again.", again
    return {"stopped": True, "title": title, "words": words, "way_on": way_on}
