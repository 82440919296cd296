"""What a player says over the last picture when it stops: one sentence, one button, one quiet way (design 04c)."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import url_for

from portal.basics import dates
from portal.domain import watching
from portal.domain.access import WhyNot
from portal.domain.farewells import Farewell
from portal.domain.playback import Standing, Stop
from portal.storage.models import User
from portal.web.zones import reading_zone


def of(standing: Standing, viewer: User, at: datetime) -> dict[str, Any]:
    """As the script of the player takes it. `stopped` false: it may go on, only the line was lost.

    The way on is a link, or with `fields` a form that is sent.
    """
    if standing.stop is None:
        return {"stopped": False}
    title, words, way_on = _sentences(standing, viewer, at)
    return {"stopped": True, "why": standing.stop.value, "title": title, "words": words, "way_on": way_on}


def of_farewell(farewell: Farewell, at: datetime) -> dict[str, Any]:
    """The same for a player whose sign-in has ended."""
    when = _clock(farewell.at, at)
    sign_in = _link("Sign in", url_for("account.sign_in.show"))
    write = _link(f"Write to {farewell.by.display_name}", f"mailto:{quote(farewell.by.address, safe='@')}")
    title, words, way_on = "You are signed out here", "Sign in and go on where you stopped.", sign_in
    match farewell.because:
        case "event-closed":
            name = f"“{farewell.event.title}”" if farewell.event else "The event"
            words = "Thank you for watching. What it showed has ended."
            title, way_on = f"{name} closed at {when}", write
        case "reset-in-bulk":
            title = f"Your password was reset at {when}"
            words, way_on = "If you need to go on, ask for a new way in.", write
        case "disabled":
            title, words, way_on = f"Your account was stopped at {when}", "Whoever invited you can say why.", write
        case "password-reset" | "password-changed":
            title, words = "Your password has changed", "Sign in with the new one and go on where you stopped."
        case "too-many":
            title, words = "You signed in on another device", "Three can be signed in at a time. Sign in here to go on."
    return {"stopped": True, "why": "signed-out", "title": title, "words": words, "way_on": way_on}


def _sentences(standing: Standing, viewer: User, at: datetime) -> tuple[str, str, dict[str, Any]]:
    name, title = standing.by.display_name, standing.face.title
    when = _clock(standing.since, at)
    write = _link(f"Write to {name}", f"mailto:{quote(standing.by.address, safe='@')}?subject={quote(title)}")
    page = url_for("guest.watch.show", key=standing.video_session.key)
    play, ask = _link("Go to the play button", page), _link(f"Ask {name}", page)
    match standing.stop:
        case Stop.MOVED:
            return _moved(standing, page)
        case Stop.SITTING_OVER:
            until = f"It was open until {when}. " if when else ""
            return "This sitting is over", f"{until}Play again to go on where you stopped.", play
        case Stop.USED_UP:
            return "This sitting is over", f"It was open until {when}, and it was your last view.", ask
        case Stop.ENDED:
            words = f"{name} shared it with you until then. {_watched(standing, viewer)}"
            return f"This ended at {when}", words.strip(), ask
        case Stop.PASSWORD:
            words = "Whoever has the new one can go on where they stopped."
            return "The password of this recording has changed", words, _link("Give the new password", page)
        case Stop.REPLACED:
            again = _link("Load it again", page)
            return "The recording was replaced", f"{name} put another one in its place just now.", again
        case Stop.SIGNED_OUT:
            return "You have signed in anew", "Press play again to go on where you stopped.", play
        case Stop.NOT_OPEN:
            heading, words = _not_open(standing, at)
            return heading, words, write
    ended = f"{name} has ended this{f' at {when}' if when else ''}"
    return ended, f"It is no longer shared with you. {_watched(standing, viewer)}".strip(), write


def _moved(standing: Standing, page: str) -> tuple[str, str, dict[str, Any]]:
    here = {"label": "Move it back here", "url": f"{page}/play", "fields": {"move_here": "yes"}}
    if standing.moved_to is None:
        return "You went on in another window", "One recording plays at a time.", here
    words = f"It goes on there ({standing.moved_to}). Moving it back takes no further view."
    return "This moved to another device", words, here


def _not_open(standing: Standing, at: datetime) -> tuple[str, str]:
    name, session = standing.by.display_name, standing.video_session
    match standing.why:
        case WhyNot.NOT_READY:
            return "This is being prepared again", "It can be watched here as soon as it is ready."
        case WhyNot.CLOSED:
            return f"This closed at {_clock(session.closes_at, at)}", "It was open to everybody until then."
        case WhyNot.NOT_OPEN:
            return "This is not open yet", f"It opens at {_clock(session.opens_at, at)}."
        case WhyNot.NOT_BEGUN:
            return "This has not begun yet", f"{name} has changed when it begins for you."
    return f"{name} has withdrawn this for now", "It is not published at present."


def _watched(standing: Standing, viewer: User) -> str:
    """ "You had watched 61%." """
    record = watching.record_of(viewer, standing.video_session)
    share = watching.share(record, standing.video_session.length_seconds)
    return f"You had watched {max(1, round(share * 100))}%." if share > 0 else ""


def _clock(moment: datetime | None, at: datetime) -> str:
    return dates.clock_time(moment, reading_zone(), at) if moment else ""


def _link(label: str, url: str) -> dict[str, Any]:
    return {"label": label, "url": url}
