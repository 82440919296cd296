"""Taking a recording or folder of one's own out of an event, whoever organises that."""

from flask import Blueprint, flash, redirect
from werkzeug.wrappers import Response

from portal.basics.clock import now
from portal.domain import events, library
from portal.domain.grants import Thing
from portal.storage.db import transaction
from portal.storage.models import Folder, VideoSession
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor.doors import door_of

bp = Blueprint("event_takings", __name__)


@bp.post("/sessions/<key>/events/<event_key>/take-out")
@access(Access.SPONSOR)
def take_out_session(key: str, event_key: str) -> Response:
    return _take_out(library.find_own(key, signed_in_user()), event_key)


@bp.post("/folders/<key>/events/<event_key>/take-out")
@access(Access.SPONSOR)
def take_out_folder(key: str, event_key: str) -> Response:
    return _take_out(library.find_own_folder(key, signed_in_user()), event_key)


def _take_out(thing: VideoSession | Folder, event_key: str) -> Response:
    by = signed_in_user()
    event = events.find_showing(event_key, thing)
    with transaction():
        take_out = events.take_out_session if isinstance(thing, VideoSession) else events.take_out_folder
        gone = take_out(event, thing.key, by=by, at=now())
    door: Thing = thing
    said = f"Taken out of “{event.title}”\nWhat plays there stops at once."
    flash(said if gone else "Nothing has changed", "done" if gone else "info")
    return redirect(door_of(door).url, 303)
