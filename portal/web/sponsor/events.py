"""Events, for their organisers: the list, making one, its settings."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.basics import dates
from portal.basics.clock import now
from portal.domain import events, passwords, uploads
from portal.domain.events import BoardFilter, EventChangedMeanwhile, EventFilter, NamesSomebody, WrongDetails
from portal.domain.work import tools
from portal.storage.db import transaction
from portal.storage.models import Event
from portal.web import own_password
from portal.web.access import Access, access
from portal.web.identity import client_network, signed_in_user
from portal.web.lists import asked_place, page_links, same_page
from portal.web.sponsor import event_board
from portal.web.sponsor.event_forms import ON_CLOSING_HINTS, EventForm
from portal.web.sponsor.event_tabs import tabs_of
from portal.web.sponsor.event_words import head_of, state_tag
from portal.web.template_tools import Link

bp = Blueprint("events", __name__)

_FILTERS = {
    EventFilter.ALL: "All",
    EventFilter.OPEN: "Open",
    EventFilter.COMING: "Coming",
    EventFilter.CLOSED: "Closed",
}
_MEANWHILE = "Somebody saved this event after you opened it. Look at what you typed, and save again."


@bp.get("/events")
@access(Access.SPONSOR)
def index() -> str:
    by, at, show = signed_in_user(), now(), _asked_filter()
    page = events.list_events(by, at=at, show=show, place=asked_place())
    return render_template(
        "sponsor/events/index.html",
        page=page.of(lambda row: (row, state_tag(row.event, at))),
        links=page_links(page, url_for(".index")),
        filters=[
            Link(label, url_for(".index", show=kind.value if kind is not EventFilter.ALL else None), kind is show)
            for kind, label in _FILTERS.items()
        ],
        show=show.value,
    )


@bp.get("/events/new")
@access(Access.SPONSOR)
def new() -> str:
    copied = _copied(request.args.get("copy", ""))
    form_key = uploads.new_form_key()
    if copied is None:
        return _new_page(EventForm(formdata=None, data={"form_key": form_key}), None)
    form = EventForm.of(copied, form_key=form_key, copy_of=copied.key, opens="", closes="", version="")
    return _new_page(form, copied)


@bp.post("/events/new")
@access(Access.SPONSOR)
def create() -> Any:
    form = EventForm()
    form.form_key.data = uploads.checked_form_key(form.form_key.data)
    copied = _copied(form.copy_of.data or "")
    if not form.validate():
        return _new_page(form, copied), 422
    with transaction():
        event = events.make(form.details, by=signed_in_user(), form_key=form.form_key.data, at=now(), copy_of=copied)
    flash("The event is made\nChoose its recordings, then name its guests.", "done")
    return redirect(url_for("sponsor.event_sessions.show", key=event.key), 303)


@bp.get("/events/<key>")
@access(Access.SPONSOR)
def show(key: str) -> str:
    at, show = now(), _asked_board()
    board = events.board(key, signed_in_user(), at=at, show=show, place=asked_place())
    return render_template(
        "sponsor/events/show.html",
        event=board.event,
        head=head_of(board.event, at),
        tabs=tabs_of(board.event),
        board=board,
        next=event_board.next_of(board, at),
        figures=event_board.figures_of(board.numbers),
        filters=event_board.filters_of(board, show),
        lines=event_board.lines_of(board),
        marks=event_board.marks_of(board),
        nothing=event_board.nothing_words(board.numbers.nothing) if board.numbers.nothing else "",
        links=page_links(board.page, url_for(".show", key=key)),
        every=0 if board.event.is_over(at) else event_board.EVERY_SECONDS,
        here=same_page(),
        as_of=dates.clock_time(at, tools().settings.time_zone, at),
    )


@bp.get("/events/<key>/settings")
@access(Access.SPONSOR)
def settings(key: str) -> str:
    event = events.find(key, signed_in_user())
    return _settings_page(event, EventForm.of(event))


@bp.post("/events/<key>/settings")
@access(Access.SPONSOR)
def save(key: str) -> Any:
    by = signed_in_user()
    event = events.find(key, by)
    form = EventForm(event)
    if not form.validate():
        return _settings_page(event, form), 422
    asks = form.closes_sooner
    if asks:
        refused = own_password.refusal(form.password, by, at=now())
        if refused is not None:
            status, headers = refused
            return _settings_page(event, form), status, headers
    try:
        with transaction():
            changed = events.change(event, form.details, version=form.version.data, by=by, at=now())
            if asks:
                passwords.forgive_tries(by, network=client_network())
    except WrongDetails as fault:
        form.say(fault)
        return _settings_page(event, form), 422
    except EventChangedMeanwhile:
        form.form_errors.append(_MEANWHILE)
        fresh = events.find(key, by)
        form.version.data = events.Details.of(fresh).version
        return _settings_page(fresh, form), 409
    flash("Saved" if changed else "Nothing has changed", "done" if changed else "info")
    return redirect(url_for(".settings", key=key), 303)


@bp.get("/events/<key>/delete")
@access(Access.SPONSOR)
def ask_delete(key: str) -> str | Response:
    event = events.find(key, signed_in_user())
    if not events.can_be_deleted(event):  # its settings say why
        return redirect(url_for(".settings", key=key), 303)
    return render_template("sponsor/events/delete.html", event=event)


@bp.post("/events/<key>/delete")
@access(Access.SPONSOR)
def delete(key: str) -> Response:
    by = signed_in_user()
    event = events.find(key, by)
    title = event.title
    try:
        with transaction():
            events.delete(event, by=by, at=now())
    except NamesSomebody:
        flash("The event is not deleted\nPeople have been named on it meanwhile.", "stop")
        return redirect(url_for(".settings", key=key), 303)
    flash(f"The event “{title}” is deleted\nIts recordings are still in your sessions.", "done")
    return redirect(url_for(".index"), 303)


def _new_page(form: EventForm, copied: Event | None) -> str:
    return render_template("sponsor/events/new.html", form=form, copied=copied, on_closing_hints=ON_CLOSING_HINTS)


def _settings_page(event: Event, form: EventForm) -> str:
    return render_template(
        "sponsor/events/settings.html",
        event=event,
        head=head_of(event, now()),
        tabs=tabs_of(event),
        form=form,
        on_closing_hints=ON_CLOSING_HINTS,
        can_be_deleted=events.can_be_deleted(event),
    )


def _copied(key: str) -> Event | None:
    return events.find(key, signed_in_user()) if key else None


def _asked_board() -> BoardFilter:
    asked = request.args.get("show", "")
    return BoardFilter(asked) if asked in [kind.value for kind in BoardFilter] else BoardFilter.ALL


def _asked_filter() -> EventFilter:
    asked = request.args.get("show", "")
    return EventFilter(asked) if asked in [kind.value for kind in EventFilter] else EventFilter.ALL
