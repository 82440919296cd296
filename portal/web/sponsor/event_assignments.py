"""Who of an event's guests sees which part of it: the grid, one guest's page, and spreading evenly."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms import StringField

from portal.basics.clock import now
from portal.domain import events
from portal.domain.events import Assigned, AssignedMeanwhile, EventIsOver, NothingToSpread, ShownSession, SpreadPlan
from portal.domain.paging import Page
from portal.storage.db import transaction
from portal.storage.models import Event
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.lists import asked_place, page_links, same_page
from portal.web.sponsor.event_tabs import tabs_of
from portal.web.sponsor.event_words import head_of

bp = Blueprint("event_assignments", __name__)

GUESTS_A_PAGE = 10
"""Columns of the grid: with two hundred recordings that is two thousand boxes to tick."""
_MEANWHILE = "Somebody has changed these assignments since you opened the page. Look again, and tick what you want."


class SpreadForm(FlaskForm):
    """How many guests judge each recording. `number` once it is valid."""

    each = StringField("Guests for each recording")
    number: int = 0

    def validate(self, extra_validators: Any = None) -> bool:
        words = (self.each.data or "").strip()
        if not super().validate(extra_validators):
            return False
        if not (words.isascii() and words.isdigit() and len(words) <= 6 and int(words) > 0):
            self.each.errors = ["Type a whole number, such as 3"]
            return False
        self.number = int(words)
        return True


@dataclass(frozen=True)
class GuestPart:
    """A guest with their part, in words: "all 40", "15 of 40", "nothing"."""

    guest: Assigned
    words: str
    is_nothing: bool
    url: str

    @property
    def name(self) -> str:
        return self.guest.guest.display_name


@bp.get("/events/<key>/assignments")
@access(Access.SPONSOR)
def show(key: str) -> str:
    return _grid(events.find(key, signed_in_user()))


@bp.post("/events/<key>/assignments")
@access(Access.SPONSOR)
def save(key: str) -> Any:
    by = signed_in_user()
    event = events.find(key, by)
    parts = {grant_id: _part_of(grant_id) for grant_id in _ids("guest")}
    try:
        with transaction():
            changed = events.assign(event, parts, by=by, at=now(), seen=request.form.get("seen"))
    except (AssignedMeanwhile, EventIsOver) as fault:
        _refuse(fault)
        return _grid(events.find(key, by)), 409
    flash(_saved(changed), "done" if changed else "info")
    return redirect(same_page(url_for(".show", key=key)), 303)


@bp.get("/events/<key>/assignments/<guest_key>")
@access(Access.SPONSOR)
def show_guest(key: str, guest_key: str) -> str:
    event = events.find(key, signed_in_user())
    return _guest_page(event, events.assigned_to(event, guest_key))


@bp.post("/events/<key>/assignments/<guest_key>")
@access(Access.SPONSOR)
def save_guest(key: str, guest_key: str) -> Any:
    by = signed_in_user()
    event = events.find(key, by)
    guest = events.assigned_to(event, guest_key)
    part = None if request.form.get("whole") == "all" else _ids("session")
    try:
        with transaction():
            changed = events.assign(event, {guest.grant_id: part}, by=by, at=now(), seen=request.form.get("seen"))
    except (AssignedMeanwhile, EventIsOver) as fault:
        _refuse(fault)
        return _guest_page(event, events.assigned_to(event, guest_key)), 409
    flash(_saved(changed), "done" if changed else "info")
    return redirect(url_for(".show", key=key), 303)


@bp.get("/events/<key>/assignments/spread")
@access(Access.SPONSOR)
def ask_spread(key: str) -> Any:
    event, form = events.find(key, signed_in_user()), SpreadForm(request.args, meta={"csrf": False})
    if not form.validate():
        return _grid(event, form), 422
    try:
        plan = events.plan_spread(event, form.number)
    except NothingToSpread as fault:
        form.each.errors = [str(fault)]
        return _grid(event, form), 422
    return render_template("sponsor/events/spread.html", event=event, plan=plan, lines=_consequences(plan))


@bp.post("/events/<key>/assignments/spread")
@access(Access.SPONSOR)
def spread(key: str) -> Any:
    by, form = signed_in_user(), SpreadForm()
    event = events.find(key, by)
    if not form.validate():
        return _grid(event, form), 422
    try:
        with transaction():
            number = events.spread_evenly(event, form.number, by=by, at=now())
    except NothingToSpread as fault:
        form.each.errors = [str(fault)]
        return _grid(event, form), 422
    except EventIsOver as fault:
        _refuse(fault)
        return redirect(url_for(".show", key=key), 303)
    flash(f"Spread: {_counted(number, 'assignment')}\nChange below what you want otherwise.", "done")
    return redirect(url_for(".show", key=key), 303)


def _refuse(fault: AssignedMeanwhile | EventIsOver) -> None:
    why = f"{fault}." if isinstance(fault, EventIsOver) else _MEANWHILE
    flash(f"Nothing has been saved\n{why}", "stop")


def _grid(event: Event, form: SpreadForm | None = None) -> str:
    at = now()
    sessions = events.sessions_of(event, at=at)
    page = events.assigned_of(event, asked_place(), size=GUESTS_A_PAGE)
    parts = [_guest_part(event, guest, sessions) for guest in page.rows]
    return render_template(
        "sponsor/events/assignments.html",
        event=event,
        head=head_of(event, at),
        tabs=tabs_of(event),
        form=form or SpreadForm(formdata=None, data={"each": "3"}),
        sessions=sessions,
        parts=parts,
        nothing=[part for part in parts if part.is_nothing],
        seen=events.stamp_of(page.rows),
        links=page_links(page, url_for(".show", key=event.key)),
        save_url=same_page(url_for(".save", key=event.key)),
        several_pages=_has_more(page),
        is_over=event.is_over(at),
    )


def _guest_page(event: Event, guest: Assigned) -> str:
    at = now()
    sessions = events.sessions_of(event, at=at)
    return render_template(
        "sponsor/events/part.html",
        event=event,
        part=_guest_part(event, guest, sessions),
        sessions=sessions,
        seen=events.stamp_of([guest]),
        is_over=event.is_over(at),
    )


def _guest_part(event: Event, guest: Assigned, sessions: list[ShownSession]) -> GuestPart:
    there = sum(session.id in guest.sessions for session in sessions)
    words = f"{there:,} of {len(sessions):,}" if there else "nothing"
    if not guest.is_assigned:
        words = f"all {len(sessions):,}"
    is_nothing = guest.is_assigned and not there
    return GuestPart(guest, words, is_nothing, f"/events/{event.key}/assignments/{guest.guest.key}")


def _part_of(grant_id: int) -> list[int] | None:
    return None if str(grant_id) in request.form.getlist("whole") else _ids(f"part-{grant_id}")


def _ids(name: str) -> list[int]:
    """What was ticked; what is no id of ours is left out."""
    typed = request.form.getlist(name)
    return [int(each) for each in typed if each.isascii() and each.isdigit() and len(each) < 19]


def _has_more(page: Page[Assigned]) -> bool:
    return page.newer is not None or page.older is not None


def _saved(changed: int) -> str:
    return (
        f"Saved for {_counted(changed, 'guest')}\nWhat is not theirs any more stops at once."
        if changed
        else ("Nothing has changed")
    )


def _consequences(plan: SpreadPlan) -> list[tuple[str, str]]:
    """What spreading does, a number and what it counts."""
    each = f"{plan.least:,}" if plan.least == plan.most else f"{plan.least:,}–{plan.most:,}"
    lines = [
        (f"{plan.sessions:,}", f"{_noun(plan.sessions, 'recording')}, each for {_counted(plan.each, 'guest')}"),
        (each, f"{'recording' if each == '1' else 'recordings'} for each of {_counted(plan.guests, 'guest')}"),
    ]
    if plan.now_whole:
        see = "sees" if plan.now_whole == 1 else "see"
        lines.append((f"{plan.now_whole:,}", f"{_noun(plan.now_whole, 'guest')} {see} all of it now, and then a part"))
    if plan.replaced:
        replaced = f"{_noun(plan.replaced, 'assignment')} of today, which {'is' if plan.replaced == 1 else 'are'}"
        lines.append((f"{plan.replaced:,}", f"{replaced} replaced, those made by hand as well"))
    if plan.aside:
        lines.append((f"{plan.aside:,}", "times a judge stood aside: they do not get that recording"))
    return lines


def _counted(number: int, noun: str) -> str:
    """ "1 guest", "12 guests" """
    return f"{number:,} {_noun(number, noun)}"


def _noun(number: int, noun: str) -> str:
    return noun if number == 1 else f"{noun}s"
