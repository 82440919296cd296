"""Judging, for the organiser of an event: ranking, judges, one entry with its arithmetic, and files to take away."""

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from portal.basics.clock import now
from portal.basics.errors import NotFound
from portal.domain import events
from portal.domain.judging import EventOver, exporting, outcome, sheets
from portal.domain.judging.exporting import Export
from portal.storage.db import transaction
from portal.storage.models import Event
from portal.web import sending
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor import judging_words
from portal.web.sponsor.event_tabs import tabs_of
from portal.web.sponsor.event_words import head_of

bp = Blueprint("judging", __name__)
_FILES = {
    Export.RANKING: ("ranking.csv", "text/csv; charset=utf-8"),
    Export.SHEETS: ("score sheets.csv", "text/csv; charset=utf-8"),
    Export.WORKBOOK: ("scores.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


@bp.get("/events/<key>/judging")
@access(Access.SPONSOR)
def show(key: str) -> str:
    """The ranking as it stands."""
    event = events.find(key, signed_in_user())
    found = outcome.of(event)
    return _page(
        "sponsor/judging/ranking.html",
        event,
        found=found,
        rows=judging_words.ranking(found),
        progress=judging_words.progress(found),
        lacking=len(judging_words.lacking(found)),
    )


@bp.get("/events/<key>/judging/judges")
@access(Access.SPONSOR)
def judges(key: str) -> str:
    """Who is how far, and how judges differ."""
    event = events.find(key, signed_in_user())
    found = outcome.of(event)
    return _page(
        "sponsor/judging/judges.html", event, rows=judging_words.judges(found), progress=judging_words.progress(found)
    )


@bp.get("/events/<key>/judging/sessions/<session_key>")
@access(Access.SPONSOR)
def entry(key: str, session_key: str) -> str:
    """One entry: every judge's points, and how its score comes about."""
    event = events.find(key, signed_in_user())
    found = outcome.of(event)
    one = next((one for one in found.entries.values() if one.key == session_key), None)
    if one is None:
        raise NotFound(session_key)
    return _page(
        "sponsor/judging/entry.html",
        event,
        entry=one,
        known_as=judging_words.entry_name(one),
        criteria=found.in_use,
        result=found.results.entries[one.id],
        mean=judging_words.mean_words(found, one),
        rows=judging_words.sheets(found, one, is_over=event.is_over(now())),
    )


@bp.post("/events/<key>/judging/sheets/<sheet_key>/reopen")
@access(Access.SPONSOR)
def reopen(key: str, sheet_key: str) -> Answer:
    by = signed_in_user()
    event = events.find(key, by)
    try:
        with transaction():
            opened = sheets.reopen(event, sheet_key, by=by, at=now())
    except EventOver as fault:
        flash(str(fault), "stop")
        return redirect(url_for(".show", key=key), 303)
    words = "The sheet is open again\nIts judge can change it, and has to make it final anew."
    flash(words if opened else "Nothing has changed", "done" if opened else "info")
    return redirect(url_for(".show", key=key), 303)


@bp.post("/events/<key>/judging/export")
@access(Access.SPONSOR)
def export(key: str) -> Response:
    """A file to take away; a POST, because that it was taken is written down."""
    by = signed_in_user()
    event = events.find(key, by)
    try:
        what = Export(request.form.get("what", ""))
    except ValueError:
        abort(400)
    with transaction():
        body = exporting.export(event, what, by=by, at=now())
    ending, content_type = _FILES[what]
    headers = {
        "Content-Disposition": sending.attachment(f"{event.title}, {ending}"),
        "Cache-Control": "private, no-store",
    }
    return Response(body, content_type=content_type, headers=headers)


def _page(template: str, event: Event, **words: Any) -> str:
    return render_template(
        template,
        event=event,
        head=head_of(event, now()),
        tabs=tabs_of(event),
        parts=judging_words.parts_of(event),
        **words,
    )
