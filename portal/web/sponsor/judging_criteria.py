"""What judges of an event give points for, and how the event is judged."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.basics.clock import now
from portal.domain import events
from portal.domain.judging import EventOver, criteria, setting
from portal.domain.judging.criteria import Scored, TooManyCriteria, WrongCriterion
from portal.domain.library import ChangedMeanwhile
from portal.storage.db import transaction
from portal.storage.models import Criterion, Event
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor import judging_words
from portal.web.sponsor.event_tabs import tabs_of
from portal.web.sponsor.event_words import head_of
from portal.web.sponsor.judging_forms import CriterionForm, SettingForm

bp = Blueprint("judging_criteria", __name__)
_MEANWHILE = "Somebody saved this after you opened it. Look at what you typed, and save again."
_STEPS = {"up": -1, "down": 1}


@bp.get("/events/<key>/judging/criteria")
@access(Access.SPONSOR)
def show(key: str) -> str:
    event = events.find(key, signed_in_user())
    return _criteria_page(event, SettingForm.of(event))


@bp.post("/events/<key>/judging/criteria")
@access(Access.SPONSOR)
def save_setting(key: str) -> Any:
    """How the event is judged."""
    by, form = signed_in_user(), SettingForm()
    event = events.find(key, by)
    if not form.validate():
        return _criteria_page(event, form), 422
    try:
        with transaction():
            changed = setting.change(event, form.wanted, version=form.known_version, by=by, at=now())
    except EventOver as fault:
        form.is_judged.errors = [str(fault)]
        return _criteria_page(event, form), 422
    except ChangedMeanwhile:
        form.version.data = str(event.version)
        form.form_errors.append(_MEANWHILE)
        return _criteria_page(event, form), 409
    flash("Saved" if changed else "Nothing has changed", "done" if changed else "info")
    return redirect(url_for(".show", key=key), 303)


@bp.get("/events/<key>/judging/criteria/new")
@access(Access.SPONSOR)
def new(key: str) -> str:
    return _criterion_page(events.find(key, signed_in_user()), CriterionForm(formdata=None), None)


@bp.post("/events/<key>/judging/criteria/new")
@access(Access.SPONSOR)
def add(key: str) -> Any:
    by, form = signed_in_user(), CriterionForm()
    event = events.find(key, by)
    if not form.validate():
        return _criterion_page(event, form, None), 422
    try:
        with transaction():
            criteria.add(event, form.wanted, by=by, at=now())
    except WrongCriterion as fault:
        form.say(fault)
        return _criterion_page(event, form, None), 422
    except (TooManyCriteria, EventOver) as fault:
        form.form_errors.append(str(fault))
        return _criterion_page(event, form, None), 422
    flash("The criterion is added", "done")
    return redirect(url_for(".show", key=key), 303)


@bp.get("/events/<key>/judging/criteria/<criterion_key>")
@access(Access.SPONSOR)
def edit(key: str, criterion_key: str) -> Any:
    event = events.find(key, signed_in_user())
    criterion = criteria.find(event, criterion_key)
    if criterion.removed_at is not None:
        return redirect(url_for(".show", key=key), 303)
    return _criterion_page(event, CriterionForm.of(criterion), criterion)


@bp.post("/events/<key>/judging/criteria/<criterion_key>")
@access(Access.SPONSOR)
def change(key: str, criterion_key: str) -> Any:
    by, form = signed_in_user(), CriterionForm()
    event = events.find(key, by)
    criterion = criteria.find(event, criterion_key)
    if not form.validate():
        return _criterion_page(event, form, criterion), 422
    try:
        with transaction():
            version = form.version.data or ""
            changed = criteria.change(event, criterion, form.wanted, version=version, by=by, at=now())
    except WrongCriterion as fault:
        form.say(fault)
        return _criterion_page(event, form, criterion), 422
    except EventOver as fault:
        form.form_errors.append(str(fault))
        return _criterion_page(event, form, criterion), 422
    except ChangedMeanwhile:
        form.version.data = criteria.version_of(criterion)
        form.form_errors.append(_MEANWHILE)
        return _criterion_page(event, form, criterion), 409
    flash("Saved" if changed else "Nothing has changed", "done" if changed else "info")
    return redirect(url_for(".show", key=key), 303)


@bp.post("/events/<key>/judging/criteria/<criterion_key>/move")
@access(Access.SPONSOR)
def move(key: str, criterion_key: str) -> Response:
    by, places = signed_in_user(), _STEPS.get(request.form.get("where", ""), 0)
    event = events.find(key, by)
    criterion = criteria.find(event, criterion_key)
    return _done(event, lambda: criteria.move(event, criterion, places, by=by, at=now()), "The order is changed")


@bp.get("/events/<key>/judging/criteria/<criterion_key>/remove")
@access(Access.SPONSOR)
def ask_remove(key: str, criterion_key: str) -> Any:
    event = events.find(key, signed_in_user())
    criterion = criteria.find(event, criterion_key)
    if criterion.removed_at is not None:
        return redirect(url_for(".show", key=key), 303)
    scored = criteria.scored(event).get(criterion.id, Scored())
    return render_template("sponsor/judging/remove.html", event=event, criterion=criterion, scored=scored)


@bp.post("/events/<key>/judging/criteria/<criterion_key>/remove")
@access(Access.SPONSOR)
def remove(key: str, criterion_key: str) -> Response:
    by = signed_in_user()
    event = events.find(key, by)
    criterion = criteria.find(event, criterion_key)
    words = f"“{criterion.title}” is removed\nIts points are kept. Put it back below, and they count again."
    return _done(event, lambda: criteria.remove(event, criterion, by=by, at=now()), words)


@bp.post("/events/<key>/judging/criteria/<criterion_key>/put-back")
@access(Access.SPONSOR)
def put_back(key: str, criterion_key: str) -> Response:
    by = signed_in_user()
    event = events.find(key, by)
    criterion = criteria.find(event, criterion_key)
    return _done(
        event, lambda: criteria.put_back(event, criterion, by=by, at=now()), f"“{criterion.title}” counts again"
    )


def _done(event: Event, act: Any, words: str) -> Response:
    """Do it, say so, and go back to the criteria."""
    key = event.key
    try:
        with transaction():
            changed = act()
    except (EventOver, WrongCriterion, TooManyCriteria) as fault:
        flash(str(fault), "stop")
        return redirect(url_for(".show", key=key), 303)
    flash(words if changed else "Nothing has changed", "done" if changed else "info")
    return redirect(url_for(".show", key=key), 303)


def _criteria_page(event: Event, form: SettingForm) -> str:
    found = criteria.of(event)
    return render_template(
        "sponsor/judging/criteria.html",
        event=event,
        head=head_of(event, now()),
        tabs=tabs_of(event),
        parts=judging_words.parts_of(event),
        form=form,
        criteria=criteria.in_use(found),
        removed=[criterion for criterion in found if criterion.removed_at is not None],
        scored=criteria.scored(event),
        words_of=judging_words.criterion_words,
        is_over=event.is_over(now()),
    )


def _criterion_page(event: Event, form: CriterionForm, criterion: Criterion | None) -> str:
    return render_template("sponsor/judging/criterion.html", event=event, form=form, criterion=criterion)
