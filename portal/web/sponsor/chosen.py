"""Several people of a list at once: new terms for them, or the end of their access.

What happens to each is shown first, with numbers and names; then it is done for all, or for none (design,
Principles 5).
"""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from portal.basics.clock import now
from portal.basics.errors import NotFound
from portal.domain import events, grants, library
from portal.domain.grants import ChosenChangedMeanwhile, FoundGrant, Planned, Thing, WrongTerms
from portal.storage.db import transaction
from portal.storage.models import VideoSession
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor.doors import Door, door_of
from portal.web.sponsor.grant_forms import ChosenForm
from portal.web.sponsor.terms_words import terms_line

bp = Blueprint("chosen", __name__)

CHANGED_MEANWHILE = "Somebody changed one of these after you looked. Below is what would happen now."


@dataclass(frozen=True)
class Chosen:
    """The grants that were ticked, and the session or folder on whose page they were."""

    grants: list[FoundGrant]
    door: Door

    @property
    def ids(self) -> list[int]:
        return [found.grant.id for found in self.grants]

    @property
    def people(self) -> int:
        return len({found.guest.id for found in self.grants})


@dataclass(frozen=True)
class ChosenLine:
    """One grant of those ticked: on what, what it allows, and what would become of that (empty: not asked yet)."""

    found: FoundGrant
    where: str
    now: str
    then: str
    fault: str


@bp.get("/sessions/<key>/people/chosen/change")
@access(Access.SPONSOR)
def change_for_session(key: str) -> str:
    return _change(library.find_own(key, signed_in_user()))


@bp.get("/folders/<key>/people/chosen/change")
@access(Access.SPONSOR)
def change_for_folder(key: str) -> str:
    return _change(library.find_own_folder(key, signed_in_user()))


@bp.get("/events/<key>/people/chosen/change")
@access(Access.SPONSOR)
def change_for_event(key: str) -> str:
    return _change(events.find(key, signed_in_user()))


@bp.post("/sessions/<key>/people/chosen/check")
@access(Access.SPONSOR)
def check_for_session(key: str) -> Any:
    return _check(library.find_own(key, signed_in_user()))


@bp.post("/folders/<key>/people/chosen/check")
@access(Access.SPONSOR)
def check_for_folder(key: str) -> Any:
    return _check(library.find_own_folder(key, signed_in_user()))


@bp.post("/events/<key>/people/chosen/check")
@access(Access.SPONSOR)
def check_for_event(key: str) -> Any:
    return _check(events.find(key, signed_in_user()))


@bp.post("/sessions/<key>/people/chosen/change")
@access(Access.SPONSOR)
def save_for_session(key: str) -> Any:
    return _save(library.find_own(key, signed_in_user()))


@bp.post("/folders/<key>/people/chosen/change")
@access(Access.SPONSOR)
def save_for_folder(key: str) -> Any:
    return _save(library.find_own_folder(key, signed_in_user()))


@bp.post("/events/<key>/people/chosen/change")
@access(Access.SPONSOR)
def save_for_event(key: str) -> Any:
    return _save(events.find(key, signed_in_user()))


@bp.get("/sessions/<key>/people/chosen/end")
@access(Access.SPONSOR)
def ask_end_for_session(key: str) -> str:
    return _ask_end(library.find_own(key, signed_in_user()))


@bp.get("/folders/<key>/people/chosen/end")
@access(Access.SPONSOR)
def ask_end_for_folder(key: str) -> str:
    return _ask_end(library.find_own_folder(key, signed_in_user()))


@bp.get("/events/<key>/people/chosen/end")
@access(Access.SPONSOR)
def ask_end_for_event(key: str) -> str:
    return _ask_end(events.find(key, signed_in_user()))


@bp.post("/sessions/<key>/people/chosen/end")
@access(Access.SPONSOR)
def end_for_session(key: str) -> Response:
    return _end(library.find_own(key, signed_in_user()))


@bp.post("/folders/<key>/people/chosen/end")
@access(Access.SPONSOR)
def end_for_folder(key: str) -> Response:
    return _end(library.find_own_folder(key, signed_in_user()))


@bp.post("/events/<key>/people/chosen/end")
@access(Access.SPONSOR)
def end_for_event(key: str) -> Response:
    return _end(events.find(key, signed_in_user()))


def _change(thing: Thing) -> str:
    chosen = _asked(thing)
    return _change_page(chosen, ChosenForm(formdata=None)) if chosen.grants else _nobody(chosen)


def _check(thing: Thing) -> Any:
    """Show what would happen. Nothing is kept, and nothing typed is lost: it travels in the page's own form."""
    chosen, form = _asked(thing), ChosenForm()
    if not chosen.grants:
        return _nobody(chosen), 422
    if not form.validate():
        return _change_page(chosen, form), 422
    return _checked(chosen, form)


def _save(thing: Thing) -> Any:
    by, chosen, form = signed_in_user(), _asked(thing), ChosenForm()
    if not chosen.grants:
        return _nobody(chosen), 422
    if not form.validate():
        return _change_page(chosen, form), 422
    stamp = grants.stamp_of(chosen.grants)
    if form.has_changed_meanwhile(stamp):
        return _checked(chosen, form, CHANGED_MEANWHILE)
    if form.seen.data != form.stamp(stamp):
        return _checked(chosen, form)  # typed anew: it is shown first
    try:
        with transaction():
            changed = grants.change_many(chosen.ids, form.new_terms, stamp=stamp, by=by, at=now())
    except (ChosenChangedMeanwhile, WrongTerms):
        return _checked(_asked(thing), form, CHANGED_MEANWHILE)
    flash(_changed_words(changed), "done" if changed else "info")
    return redirect(chosen.door.url, 303)


def _ask_end(thing: Thing) -> str:
    chosen = _asked(thing)
    if not chosen.grants:
        return _nobody(chosen)
    return render_template(
        "sponsor/people/chosen_end.html",
        chosen=chosen,
        lines=_lines(chosen.grants),
        who=_who(chosen),
        still_named=grants.still_named(thing, chosen.grants, at=now()),
    )


def _end(thing: Thing) -> Response:
    by, chosen = signed_in_user(), _asked(thing)
    with transaction():
        ended = grants.revoke_many(chosen.ids, by=by, at=now()) if chosen.ids else []
    people = len({found.guest.id for found in ended})
    if people:
        flash(f"The access of {_people(people)} has ended\nWhat plays there stops at once.", "done")
    else:
        flash("Nothing has changed\nNobody was ticked whose access had not ended before.", "info")
    return redirect(chosen.door.url, 303)


def _asked(thing: Thing) -> Chosen:
    """What was ticked: all of it is this sponsor's, or nothing is found. What was ended meanwhile is left out."""
    ids = {_id(words) for words in request.values.getlist("grant")}
    return Chosen(grants.find_many(ids, signed_in_user()) if ids else [], door_of(thing))


def _id(words: str) -> int:
    if not (words.isascii() and words.isdigit() and len(words) < 19):
        raise NotFound("There is no such grant")
    return int(words)


def _nobody(chosen: Chosen) -> str:
    return render_template("sponsor/people/chosen_nobody.html", chosen=chosen)


def _change_page(chosen: Chosen, form: ChosenForm, planned: list[Planned] | None = None) -> str:
    planned = planned or []
    changing = [each for each in planned if each.is_changed and not each.fault]
    faults = [each for each in planned if each.fault]
    return render_template(
        "sponsor/people/chosen_change.html",
        chosen=chosen,
        form=form,
        lines=_planned_lines(planned) if planned else _lines(chosen.grants),
        is_checked=bool(planned),
        button="" if faults or not changing else f"Change the terms of {_people(_people_in(changing))}",
        letters=_people_in([each for each in changing if each.gets_letter]),
        changing=_people_in(changing),
        unchanged=len(planned) - len(changing) - len(faults),
        faults=len(faults),
        who=_who(chosen),
    )


def _checked(chosen: Chosen, form: ChosenForm, meanwhile: str = "") -> Any:
    """The page with what would become of each. `meanwhile`: why it is shown once more."""
    planned = grants.plan(chosen.grants, form.new_terms, at=now())
    faults = [each.fault for each in planned if each.fault]
    if faults:
        more = len(faults) - 1
        form[faults[0].field].errors = [str(faults[0]) + (f"; and {more:,} more below" if more else "")]
    if meanwhile:
        form.form_errors.append(meanwhile)
    form.seen.data = "" if faults else form.stamp(grants.stamp_of(chosen.grants))
    return _change_page(chosen, form, planned), 422 if faults else 409 if meanwhile else 200


def _lines(chosen: list[FoundGrant]) -> list[ChosenLine]:
    return [ChosenLine(found, _where(found), _terms_of(found), "", "") for found in chosen]


def _planned_lines(planned: list[Planned]) -> list[ChosenLine]:
    """Those that cannot be first."""
    lines = [
        ChosenLine(
            found=each.found,
            where=_where(each.found),
            now=_terms_of(each.found),
            then=_then(each),
            fault=str(each.fault) if each.fault else "",
        )
        for each in planned
    ]
    return sorted(lines, key=lambda line: not line.fault)


def _then(each: Planned) -> str:
    if not each.is_changed:
        return "Nothing changes"
    words = terms_line(each.after, is_several=not isinstance(each.found.on, VideoSession))
    return f"{words[0].upper()}{words[1:]}{'. A letter says so' if each.gets_letter else '. No letter leaves'}"


def _terms_of(found: FoundGrant) -> str:
    words = terms_line(grants.Terms.of(found.grant), is_several=not isinstance(found.on, VideoSession))
    return f"{words[0].upper()}{words[1:]}"


def _where(found: FoundGrant) -> str:
    return "" if isinstance(found.on, VideoSession) else found.on.title


def _changed_words(changed: list[Planned]) -> str:
    if not changed:
        return "Nothing has changed"
    letters = _people_in([each for each in changed if each.gets_letter])
    told = "No letter leaves." if not letters else f"{_people(letters)} {'gets' if letters == 1 else 'get'} a letter."
    return f"The terms of {_people(_people_in(changed))} are changed\n{told}"


def _people_in(planned: list[Planned]) -> int:
    return len({each.found.guest.id for each in planned})


def _who(chosen: Chosen) -> str:
    return _people(chosen.people)


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"
