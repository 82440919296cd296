"""Lists of guests: brought as text or as a file, looked at row by row, corrected, sent (product.md, Events; design 10).

The same for whatever guests are named on; nobody is named, and no letter leaves, before *send* is pressed.
"""

import re
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from wtforms import Field

from portal.basics import tables
from portal.basics.clock import now
from portal.basics.tables import NotATable, Table
from portal.domain import events, guest_lists, library
from portal.domain.grants import Thing
from portal.domain.guest_lists import AlreadySent, Column, Columns, FoundList, WrongList
from portal.storage.db import transaction
from portal.web import sending
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor.doors import door_of
from portal.web.sponsor.list_pages import csv_of_left_out, outcome_page, preview_page, why_left_out
from portal.web.sponsor.lists_forms import ColumnsForm, CorrectionForm, ListForm
from portal.web.sponsor.uploads import takes_list

bp = Blueprint("lists", __name__)

SENT_ALREADY = "This list was sent already\nWhat came of it stands here."
_EXAMPLES = 3


@bp.get("/sessions/<key>/list")
@access(Access.SPONSOR)
def new_for_session(key: str) -> str:
    return _bring_page(library.find_own(key, signed_in_user()), ListForm(formdata=None))


@bp.get("/folders/<key>/list")
@access(Access.SPONSOR)
def new_for_folder(key: str) -> str:
    return _bring_page(library.find_own_folder(key, signed_in_user()), ListForm(formdata=None))


@bp.get("/events/<key>/list")
@access(Access.SPONSOR)
def new_for_event(key: str) -> str:
    return _bring_page(events.find(key, signed_in_user()), ListForm(formdata=None))


@bp.post("/sessions/<key>/list")
@access(Access.SPONSOR)
@takes_list
def bring_for_session(key: str) -> Any:
    return _bring(library.find_own(key, signed_in_user()))


@bp.post("/folders/<key>/list")
@access(Access.SPONSOR)
@takes_list
def bring_for_folder(key: str) -> Any:
    return _bring(library.find_own_folder(key, signed_in_user()))


@bp.post("/events/<key>/list")
@access(Access.SPONSOR)
@takes_list
def bring_for_event(key: str) -> Any:
    return _bring(events.find(key, signed_in_user()))


@bp.get("/lists/<key>")
@access(Access.SPONSOR)
def show(key: str) -> str:
    by, at = signed_in_user(), now()
    found = guest_lists.find(key, by, at=at)
    return outcome_page(found) if found.is_sent else preview_page(found, by=by, at=at)


@bp.get("/lists/<key>/columns")
@access(Access.SPONSOR)
def columns(key: str) -> str:
    found = guest_lists.find(key, signed_in_user(), at=now())
    held = found.columns
    data = {"has_head": held.has_head, "kinds": [kind.value for kind in held.kinds]}
    return _columns_page(found, ColumnsForm(formdata=None, data=data))


@bp.post("/lists/<key>/columns")
@access(Access.SPONSOR)
def choose_columns(key: str) -> Any:
    at = now()
    found = guest_lists.find(key, signed_in_user(), at=at)
    form = ColumnsForm()
    if not form.validate() or len(form.kinds.entries) != len(found.columns.kinds):
        form.kinds.errors = [*form.kinds.errors, "Say what each column is"]
        return _columns_page(found, form), 422
    wanted = Columns(tuple(Column(entry.data) for entry in form.kinds.entries), bool(form.has_head.data))
    try:
        with transaction():
            guest_lists.choose_columns(found, wanted, at=at)
    except WrongList as fault:
        form.kinds.errors = [str(fault)]
        return _columns_page(found, form), 422
    except AlreadySent:
        flash(SENT_ALREADY, "info")
    return redirect(url_for(".show", key=key), 303)


@bp.post("/lists/<key>/correct")
@access(Access.SPONSOR)
def correct(key: str) -> Any:
    at = now()
    found = guest_lists.find(key, signed_in_user(), at=at)
    form = CorrectionForm()
    try:
        with transaction():
            guest_lists.correct(found, form.number, form.address.data or "", at=at)
    except AlreadySent:
        flash(SENT_ALREADY, "info")
    return redirect(url_for(".show", key=key, show=request.form.get("show") or None), 303)


@bp.post("/lists/<key>/send")
@access(Access.SPONSOR)
def send(key: str) -> Any:
    by, at = signed_in_user(), now()
    found = guest_lists.find(key, by, at=at)
    try:
        with transaction():
            guest_lists.send(
                found, renew="renew" in request.form, seen_over=_seen_over(), why=why_left_out, by=by, at=at
            )
    except AlreadySent:
        flash(SENT_ALREADY, "info")
    return redirect(url_for(".show", key=key), 303)


@bp.get("/lists/<key>/left-out.csv")
@access(Access.SPONSOR)
def left_out(key: str) -> Response:
    """The rows that are left out as they came, each with its reason: to correct and bring again."""
    by, at = signed_in_user(), now()
    found = guest_lists.find(key, by, at=at)
    stem = (found.kept.file_name or "list").rpartition(".")[0] or "list"
    headers = {
        "Content-Disposition": sending.attachment(f"{stem}-left-out.csv"),
        "Cache-Control": "private, no-store",
    }
    return Response(csv_of_left_out(found, by=by, at=at), headers=headers, content_type="text/csv; charset=utf-8")


def _bring(thing: Thing) -> Any:
    form = ListForm()
    fine = form.validate()
    field: Field = form.file
    try:
        field, table = _read(form)
        if table is not None and fine:
            by, at = signed_in_user(), now()
            with transaction():
                kept = guest_lists.keep(
                    table, thing, terms=form.terms, note=_note(form), by=by, at=at, file_name=_file_name(form)
                )
            return redirect(url_for("sponsor.lists.show", key=kept.key), 303)
    except NotATable as fault:
        _field_of(form).errors = [str(fault)]
    except WrongList as fault:
        field.errors = [str(fault)]
    if not fine and _has_file(form) and not form.file.errors:
        form.file.errors = ["Choose the file again: a browser never sends it twice by itself"]
    return _bring_page(thing, form), 422


def _read(form: ListForm) -> tuple[Field, Table | None]:
    """The list, and the field it came by; None, and an error there, when there is none."""
    pasted = (form.pasted.data or "").strip()
    if _has_file(form):
        if pasted:
            form.file.errors = ["Choose a file or paste the list, not both"]
            return form.file, None
        content = form.file.data.stream.read(tables.LARGEST_FILE + 1)
        return form.file, tables.read_file(content, most_rows=guest_lists.MOST_ROWS + 1)
    if not pasted:
        form.file.errors = ["Choose a file, or paste the list below"]
        return form.file, None
    table = tables.read_text(pasted, most_rows=guest_lists.MOST_ROWS + 1)
    return form.pasted, Table(list(tables.parts_of(table.rows)))


def _has_file(form: ListForm) -> bool:
    return bool(getattr(form.file.data, "filename", ""))


def _field_of(form: ListForm) -> Field:
    return form.file if _has_file(form) else form.pasted


def _file_name(form: ListForm) -> str:
    return re.split(r"[\\/]", form.file.data.filename)[-1][:200] if _has_file(form) else ""


def _note(form: ListForm) -> str:
    return (form.note.data or "").strip()


def _bring_page(thing: Thing, form: ListForm) -> str:
    door = door_of(thing)
    return render_template("sponsor/lists/new.html", door=door, form=form, is_several=door.kind != "recording")


def _columns_page(found: FoundList, form: ColumnsForm) -> str:
    rows = [row for row in found.rows() if row]
    examples = [
        [row[place] for row in rows[: _EXAMPLES + 1] if place < len(row) and row[place]]
        for place in range(len(found.columns.kinds))
    ]
    return render_template("sponsor/lists/columns.html", found=found, form=form, examples=examples)


def _seen_over() -> dict[int, int]:
    """The grants that the preview offered to give anew, each with its version then."""
    pairs = re.findall(r"(?<!\S)(\d{1,18}):(\d{1,9})(?!\S)", request.form.get("seen_over", ""))
    return {int(grant_id): int(version) for grant_id, version in pairs}
