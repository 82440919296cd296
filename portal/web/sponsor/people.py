"""Who can watch a session, a folder or an event: the list, and adding people, whose fate is shown before any letter
leaves.

Three doors, one code: what is true of a session's people is true of a folder's and of an event's.
"""

import re
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request

from portal.basics import addresses
from portal.basics.clock import now
from portal.domain import events, grants, library
from portal.domain.grants import Fate, Named, Thing, WrongTerms
from portal.domain.library import FolderPage
from portal.storage.db import transaction
from portal.storage.models import Event, VideoSession
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor import folders
from portal.web.sponsor.doors import door_of
from portal.web.sponsor.event_tabs import tabs_of
from portal.web.sponsor.event_words import head_of
from portal.web.sponsor.fate_words import fate_lines, numbers_of, terms_words
from portal.web.sponsor.people_forms import PeopleForm
from portal.web.sponsor.who_can_watch import panel

bp = Blueprint("people", __name__)

_MOST_LINES = 100
_MOST_NAMED = 5


@bp.get("/sessions/<key>/people")
@access(Access.SPONSOR)
def of_session(key: str) -> str:
    return _people_page(library.find_own(key, signed_in_user()))


@bp.get("/folders/<key>/people")
@access(Access.SPONSOR)
def of_folder(key: str) -> str:
    return _folder_page(library.folder_page(key, signed_in_user(), at=now()))


@bp.get("/events/<key>/people")
@access(Access.SPONSOR)
def of_event(key: str) -> str:
    return _people_page(events.find(key, signed_in_user()))


@bp.post("/sessions/<key>/people/check")
@access(Access.SPONSOR)
def check_for_session(key: str) -> Any:
    return _check(library.find_own(key, signed_in_user()))


@bp.post("/folders/<key>/people/check")
@access(Access.SPONSOR)
def check_for_folder(key: str) -> Any:
    return _check(library.find_own_folder(key, signed_in_user()))


@bp.post("/events/<key>/people/check")
@access(Access.SPONSOR)
def check_for_event(key: str) -> Any:
    return _check(events.find(key, signed_in_user()))


@bp.post("/sessions/<key>/people/send")
@access(Access.SPONSOR)
def send_for_session(key: str) -> Any:
    return _send(library.find_own(key, signed_in_user()))


@bp.post("/folders/<key>/people/send")
@access(Access.SPONSOR)
def send_for_folder(key: str) -> Any:
    return _send(library.find_own_folder(key, signed_in_user()))


@bp.post("/events/<key>/people/send")
@access(Access.SPONSOR)
def send_for_event(key: str) -> Any:
    return _send(events.find(key, signed_in_user()))


def _people_page(thing: Thing, form: PeopleForm | None = None) -> str:
    if isinstance(thing, VideoSession):
        return render_template(
            "sponsor/people/of_session.html", door=door_of(thing), panel=panel(thing, form), form=form
        )
    if isinstance(thing, Event):
        return render_template(
            "sponsor/people/of_event.html",
            event=thing,
            head=head_of(thing, now()),
            tabs=tabs_of(thing),
            panel=panel(thing, form),
            form=form,
        )
    return _folder_page(library.folder_page(thing.key, signed_in_user(), at=now()), form)


def _folder_page(shown: FolderPage, form: PeopleForm | None = None) -> str:
    people_url = door_of(shown.folder).people_url
    return render_template(
        "sponsor/people/of_folder.html",
        shown=shown,
        tabs=[replace(tab, current=tab.url == people_url) for tab in folders.tabs_of(shown.folder)],
        panel=panel(shown.folder, form),
        form=form,
    )


def _check(thing: Thing) -> Any:
    """Show what would happen. Nothing is kept, and nothing typed is lost: it travels in the page's own form."""
    form = _form_with_corrections()
    if not form.validate():
        return _people_page(thing, form), 422
    by, at = signed_in_user(), now()
    try:
        found = grants.fates(form.addresses.data or "", thing, by=by, at=at, terms=form.terms)
    except WrongTerms as fault:
        return _refused(thing, form, fault)
    return render_template("sponsor/people/check.html", door=door_of(thing), typed=form, **_preview(found, form, thing))


def _preview(found: list[Fate], form: PeopleForm, thing: Thing) -> dict[str, Any]:
    lines = fate_lines(found, by=signed_in_user(), until=form.until.moment)
    with_a_look = [line for line in lines if line.needs_look]
    others = [line for line in lines if not line.needs_look]
    numbers = numbers_of(found, doubled=addresses.count_doubles(form.addresses.data or ""))
    return {
        "lines": with_a_look + others[:_MOST_LINES],
        "not_shown": max(0, len(others) - _MOST_LINES),
        "numbers": numbers,
        "term_lines": terms_words(
            grants.filled(thing, form.terms),
            is_several=not isinstance(thing, VideoSession),
            others_keep=any(fate.grant and not fate.is_anew and not fate.is_left_out for fate in found),
        ),
        "typed_terms": form.typed_terms(),
        "seen_over": " ".join(f"{fate.grant.id}:{fate.grant.version}" for fate in found if fate.is_anew and fate.grant),
        "readable": "\n".join(fate.typed for fate in found if fate.address),
        "title_words": numbers.title,
    }


def _send(thing: Thing) -> Any:
    """Write the letters. Who was corrected on the preview is shown once more first: nobody gets an unseen letter."""
    if any(_is_readable(typed) for typed in request.form.getlist("correction")):
        return _check(thing)
    form = _form_with_corrections()
    if not form.validate():
        return _people_page(thing, form), 422
    try:
        with transaction():
            named = grants.name(
                form.addresses.data or "",
                thing,
                by=signed_in_user(),
                at=now(),
                terms=form.terms,
                note=(form.note.data or "").strip(),
                renew=request.form.getlist("renew"),
                seen_over=_seen_over(),
            )
    except WrongTerms as fault:
        return _refused(thing, form, fault)
    flash(_outcome(named), "done" if named.invited or named.told or named.lessened else "info")
    return redirect(door_of(thing).url, 303)


def _refused(thing: Thing, form: PeopleForm, fault: WrongTerms) -> Any:
    """The page with what nobody can be given on this thing said beside its field; of what is over there is none."""
    if isinstance(thing, Event) and thing.is_over(now()):
        flash(f"Nobody has been named\n{fault}.", "stop")
        return _people_page(thing), 422
    form[fault.field].errors = [str(fault)]
    return _people_page(thing, form), 422


def _seen_over() -> dict[int, int]:
    """The grants that the preview offered to give anew, each with its version then."""
    pairs = re.findall(r"(?<!\S)(\d{1,18}):(\d{1,9})(?!\S)", request.form.get("seen_over", ""))
    return {int(grant_id): int(version) for grant_id, version in pairs}


def _form_with_corrections() -> PeopleForm:
    form = PeopleForm()
    corrections = [typed for typed in request.form.getlist("correction") if typed.strip()]
    form.addresses.data = "\n".join([form.addresses.data or "", *corrections]).strip()
    return form


def _is_readable(typed: str) -> bool:
    return any(entry.address for entry in addresses.read_list(typed))


def _outcome(named: Named) -> str:
    """What became of the list, as a notice: its first line is the title."""
    parts = [
        _counted(len(named.invited), "invitation is on its way", "invitations are on their way"),
        _counted(len(named.told), "person is told what is new", "people are told what is new"),
        _counted(len(named.lessened), "person may watch less now", "people may watch less now"),
    ]
    lines = [", ".join(part for part in parts if part) or "Nothing has changed"]
    if named.unchanged:
        lines.append(_counted(len(named.unchanged), "was named already.", "were named already."))
    if named.left_out:
        lines.append(f"Left out: {_some([fate.typed[:80] for fate in named.left_out])}.")
    return "\n".join([lines[0], " ".join(lines[1:])]).strip()


def _some(words: list[str]) -> str:
    """ "a, b and 3 more"."""
    if len(words) <= _MOST_NAMED:
        return ", ".join(words)
    return f"{', '.join(words[:_MOST_NAMED])} and {len(words) - _MOST_NAMED:,} more"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}" if number else ""
