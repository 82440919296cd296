"""A judge's own sheet for a session: saved as typed by a script, or by a button; final, and standing aside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for

from portal.basics import dates
from portal.basics.clock import now
from portal.basics.errors import PortalError
from portal.domain.access import Found
from portal.domain.judging import (
    EventOver,
    Sheet,
    SheetClosed,
    Typed,
    WrongReason,
    WrongSheet,
    points_words,
    sheets,
    weight_words,
)
from portal.domain.library import ChangedMeanwhile
from portal.storage.db import transaction
from portal.storage.models import Criterion, SheetState
from portal.web.access import Access, access
from portal.web.identity import current_sign_in, signed_in_user
from portal.web.zones import reading_zone

bp = Blueprint("score_sheets", __name__)
POINTS = "points-"  # the fields of points begin so; the key of their criterion follows
_LONGEST_POINTS = 40
_MEANWHILE = "This sheet was saved in another window after you opened it here. Load the page again to go on."
_CLOSED = "This sheet is closed. Only the organiser can open it again."


@dataclass(frozen=True)
class Line:
    """One criterion on a sheet: what was given, or typed, and what is wrong with it."""

    key: str
    title: str
    help: str
    range: str
    weight: str  # empty: it counts once
    given: str
    fault: str = ""


@dataclass(frozen=True)
class Shown:
    """A sheet as a page shows it. `id` tells it apart from others on the page; `label` is what its tab is called.

    `reason` is what was typed to stand aside, with its `reason_fault`.
    """

    sheet: Sheet
    id: str
    label: str
    lines: list[Line]
    remark: str
    saved: str
    remark_fault: str = ""
    reason: str = ""
    reason_fault: str = ""
    note: str = ""  # why it cannot be changed, or why it is not what was asked for


@dataclass
class _Faults:
    """What could not be kept, with what was typed."""

    typed: Mapping[str, str] = field(default_factory=dict)
    remark: str | None = None
    faults: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    reason_fault: str = ""
    note: str = ""


@bp.get("/watch/<key>/score-sheets/<event_key>")
@access(Access.SIGNED_IN)
def show(key: str, event_key: str) -> str:
    """The sheet on a page of its own: after the event, and for who uses no scripts."""
    found, sheet = sheets.find(signed_in_user(), key, event_key, sign_in=current_sign_in(), at=now())
    return _page(found, sheet)


@bp.post("/watch/<key>/score-sheets/<event_key>")
@access(Access.SIGNED_IN)
def save(key: str, event_key: str) -> Any:
    """Saved as typed. Asked for JSON it says so in JSON: the page stays as it is."""
    return _kept(key, event_key, sheets.save)


@bp.post("/watch/<key>/score-sheets/<event_key>/final")
@access(Access.SIGNED_IN)
def finalise(key: str, event_key: str) -> Any:
    return _kept(key, event_key, sheets.finalise)


@bp.post("/watch/<key>/score-sheets/<event_key>/stand-aside")
@access(Access.SIGNED_IN)
def stand_aside(key: str, event_key: str) -> Any:
    viewer, reason = signed_in_user(), request.form.get("reason", "")
    given: dict[str, Any] = {"version": _version(), "sign_in": current_sign_in(), "at": now()}
    try:
        with transaction():
            sheets.recuse(viewer, key, event_key, reason, **given)
    except WrongReason as fault:
        return _again(key, event_key, _Faults(reason=reason, reason_fault=str(fault))), 422
    except ChangedMeanwhile:
        return _again(key, event_key, _Faults(reason=reason, note=_MEANWHILE)), 409
    except (SheetClosed, EventOver):
        return _back(key, event_key)
    flash("You stand aside from this one\nIt counts without you, and nobody waits for your points.", "done")
    return _back(key, event_key)


def shown(sheet: Sheet, *, number: int = 1, of: int = 1, faults: _Faults | None = None) -> Shown:
    """A sheet in words, the how manieth of how many on a page."""
    wrong = faults or _Faults()
    row, zone, at = sheet.row, reading_zone(), now()
    return Shown(
        sheet=sheet,
        id=f"sheet-{sheet.event.key}",
        label="Score sheet" if of == 1 else f"Score sheet {number}",
        lines=[_line(criterion, sheet, wrong) for criterion in sheet.criteria],
        remark=wrong.remark if wrong.remark is not None else row.remark if row else "",
        saved=f"Saved {dates.clock_time(row.changed_at, zone, at)}" if row else "",
        remark_fault=wrong.faults.get("remark", ""),
        reason=wrong.reason,
        reason_fault=wrong.reason_fault,
        note=wrong.note or _why_closed(sheet, zone, at),
    )


def _line(criterion: Criterion, sheet: Sheet, wrong: _Faults) -> Line:
    points = sheet.points.get(criterion.id)
    kept = "" if points is None else points_words(points).replace("−", "-")
    return Line(
        key=criterion.key,
        title=criterion.title,
        help=criterion.help,
        range=f"{criterion.lowest} to {criterion.highest}",
        weight="" if criterion.weight == 1 else f"counts {weight_words(criterion.weight)} times",
        given=wrong.typed.get(criterion.key, kept),
        fault=wrong.faults.get(criterion.key, ""),
    )


def _why_closed(sheet: Sheet, zone: str, at: datetime) -> str:
    if sheet.is_open:
        return ""
    row = sheet.row
    if row and row.state is SheetState.FINAL and row.finalised_at:
        return f"Final since {dates.clock_time(row.finalised_at, zone, at)}. Only the organiser can open it again."
    if row and row.state is SheetState.RECUSED:
        return f"You stand aside from this one: {row.reason}"
    return "The event is over. Your sheet stays as it is." if sheet.event.is_over(at) else "You can only read this now."


def _kept(key: str, event_key: str, keep: Any) -> Any:
    typed, viewer, at = _typed(), signed_in_user(), now()
    try:
        with transaction():
            sheet = keep(viewer, key, event_key, typed, sign_in=current_sign_in(), at=at)
    except WrongSheet as fault:
        return _refused(key, event_key, typed, fault.faults)
    except ChangedMeanwhile as fault:
        return _told(409, _MEANWHILE) if _wants_json() else (_again_with(key, event_key, typed, fault), 409)
    except (SheetClosed, EventOver) as fault:
        return _told(409, str(fault)) if _wants_json() else _back(key, event_key)
    if keep is sheets.finalise and sheet.missing:
        missing = {criterion.key: f"Give points for “{criterion.title}”" for criterion in sheet.missing}
        return _refused(key, event_key, typed, missing)
    if _wants_json():
        return jsonify(version=sheet.version, saved=shown(sheet).saved)
    flash("This sheet is final" if keep is sheets.finalise else "Your sheet is saved", "done")
    return _back(key, event_key)


def _typed() -> Typed:
    points = {
        name.removeprefix(POINTS): given[:_LONGEST_POINTS]
        for name, given in request.form.items()
        if name.startswith(POINTS)
    }
    return Typed(points, request.form.get("remark", ""), _version())


def _version() -> int | None:
    """The version that the form was made from. One that is no number is none that could be kept."""
    given = request.form.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else -1


def _refused(key: str, event_key: str, typed: Typed, faults: Mapping[str, str]) -> Any:
    if _wants_json():
        return jsonify(faults=dict(faults)), 422
    wrong = _Faults(typed.points, typed.remark, faults)
    return _again(key, event_key, wrong), 422


def _again_with(key: str, event_key: str, typed: Typed, fault: PortalError) -> str:
    """What was typed stays on the page, but the next try says what it replaces."""
    return _again(
        key, event_key, _Faults(typed.points, typed.remark, note=f"{fault} Look at what you typed, and save.")
    )


def _again(key: str, event_key: str, wrong: _Faults) -> str:
    found, sheet = sheets.find(signed_in_user(), key, event_key, sign_in=current_sign_in(), at=now())
    return _page(found, sheet, wrong)


def _page(found: Found, sheet: Sheet, wrong: _Faults | None = None) -> str:
    return render_template("guest/score_sheets/show.html", found=found, one=shown(sheet, faults=wrong))


def _back(key: str, event_key: str) -> Response:
    to: Any = redirect(url_for("guest.watch.show", key=key, _anchor=f"sheet-{event_key}"), 303)
    return to


def _told(status: int, words: str) -> tuple[Response, int]:
    return jsonify(words=words), status


def _wants_json() -> bool:
    return request.headers.get("Accept", "") == "application/json"
