"""The bin: what was deleted in the last 30 days, taken out again or deleted for good."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.basics import dates
from portal.basics.clock import now
from portal.domain import the_bin
from portal.domain.the_bin import BinnedRow
from portal.domain.work import tools
from portal.storage.db import transaction
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.lists import asked_place, page_links

bp = Blueprint("bin", __name__)


@dataclass(frozen=True)
class Line:
    """A row of the bin; `soon` says how long it stays, where that is a few days."""

    row: BinnedRow
    soon: str


@bp.get("/bin")
@access(Access.SPONSOR)
def index() -> str:
    by, at = signed_in_user(), now()
    page = the_bin.listed(by, at=at, place=asked_place())
    zone = tools().settings.time_zone
    return render_template(
        "sponsor/bin/index.html",
        page=page.of(lambda row: Line(row, dates.until_words(row.goes_at, zone, at))),
        links=page_links(page),
        everyones=by.is_admin,
        days=the_bin.KEPT.days,
    )


@bp.post("/bin/<key>/restore")
@access(Access.SPONSOR)
def restore(key: str) -> Response:
    by = signed_in_user()
    with transaction():
        row = the_bin.find(key, by, at=now())
        the_bin.restore(row.video_session, by=by, at=now())
    flash(f"“{row.video_session.title}” is back\nEveryone named on it is named as before.", "done")
    return redirect(url_for("sponsor.sessions.show", key=key), 303)


@bp.get("/bin/<key>/delete")
@access(Access.SPONSOR)
def ask_delete(key: str) -> str:
    return render_template("sponsor/bin/delete.html", row=the_bin.find(key, signed_in_user(), at=now()))


@bp.post("/bin/<key>/delete")
@access(Access.SPONSOR)
def delete(key: str) -> Response:
    by = signed_in_user()
    with transaction():
        row = the_bin.find(key, by, at=now())
        the_bin.delete_for_good(row.video_session, by=by, at=now())
    flash(f"“{row.video_session.title}” is deleted for good", "done")
    return redirect(url_for(".index"), 303)
