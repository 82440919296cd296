"""What an event shows: its recordings and folders, chosen and taken out by its organiser."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.basics.clock import now
from portal.domain import events
from portal.domain.events import EventIsOver
from portal.storage.db import transaction
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor.event_tabs import tabs_of
from portal.web.sponsor.event_words import head_of

bp = Blueprint("event_sessions", __name__)


@bp.get("/events/<key>/sessions")
@access(Access.SPONSOR)
def show(key: str) -> str:
    by, at = signed_in_user(), now()
    event, words = events.find(key, by), request.args.get("words", "")
    folders, offered_folders = events.folders_for(event, by)
    return render_template(
        "sponsor/events/sessions.html",
        event=event,
        head=head_of(event, at),
        tabs=tabs_of(event),
        sessions=events.sessions_of(event, at=at),
        folders=folders,
        offered=events.offered_sessions(event, by, words=words),
        offered_folders=offered_folders,
        words=words,
        is_over=event.is_over(at),
    )


@bp.post("/events/<key>/sessions")
@access(Access.SPONSOR)
def add(key: str) -> Response:
    by = signed_in_user()
    event = events.find(key, by)
    sessions, folders = request.form.getlist("session"), request.form.getlist("folder")
    try:
        with transaction():
            added = events.add(event, sessions=sessions, folders=folders, by=by, at=now())
    except EventIsOver as fault:
        flash(f"Nothing has been added\n{fault}.", "stop")
        return redirect(url_for(".show", key=key), 303)
    flash(f"{added} added" if added else "Nothing has changed\nNothing new was ticked.", "done" if added else "info")
    return redirect(url_for(".show", key=key), 303)


@bp.post("/events/<key>/sessions/<session_key>/take-out")
@access(Access.SPONSOR)
def take_out_session(key: str, session_key: str) -> Response:
    return _take_out(key, events.take_out_session, session_key)


@bp.post("/events/<key>/folders/<folder_key>/take-out")
@access(Access.SPONSOR)
def take_out_folder(key: str, folder_key: str) -> Response:
    return _take_out(key, events.take_out_folder, folder_key)


def _take_out(key: str, take_out: Callable[..., bool], thing_key: str) -> Response:
    by = signed_in_user()
    event = events.find(key, by)
    with transaction():
        gone = take_out(event, thing_key, by=by, at=now())
    flash("Taken out\nWhat plays there stops at once." if gone else "Nothing has changed", "done" if gone else "info")
    return redirect(url_for(".show", key=key), 303)
