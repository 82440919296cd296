"""Papers put beside a recording by those who look after it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.basics.clock import now
from portal.domain import attachments, library
from portal.domain.attachments import WrongPaper
from portal.storage.db import transaction
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor.beside_page import beside_page
from portal.web.sponsor.captions_forms import PaperForm
from portal.web.sponsor.uploads import arrived_file, takes_upload

bp = Blueprint("attachments", __name__)

NO_FILE = "Choose a PDF file"


@bp.post("/sessions/<key>/attachments")
@access(Access.SPONSOR)
@takes_upload
def add(key: str) -> Any:
    by, at = signed_in_user(), now()
    shown = library.session_page(key, by, at=at)
    form, arrived = PaperForm(), arrived_file()
    fine = form.validate()
    if arrived is None:
        form.file.errors = [*form.file.errors, NO_FILE]
    if not fine or arrived is None:
        return beside_page(shown, form), 422
    title = (form.title.data or "").strip() or attachments.title_of(arrived.name)
    try:
        with attachments.stored(arrived.path, name=arrived.name) as paper, transaction():
            attachments.add(shown.video_session, paper, title=title, by=by, at=at)
    except WrongPaper as fault:
        form[fault.field].errors = [str(fault)]
        return beside_page(library.session_page(key, by, at=at), form), 422
    flash(f"“{title}” is there\nWhoever may watch the recording can have it.", "done")
    return redirect(url_for("sponsor.captions.show", key=key), 303)


@bp.get("/sessions/<key>/attachments/<attachment_key>/remove")
@access(Access.SPONSOR)
def ask_remove(key: str, attachment_key: str) -> str:
    video_session = library.find_own(key, signed_in_user())
    paper = attachments.find(video_session, attachment_key)
    return render_template("sponsor/sessions/attachment_remove.html", video_session=video_session, paper=paper)


@bp.post("/sessions/<key>/attachments/<attachment_key>/remove")
@access(Access.SPONSOR)
def remove(key: str, attachment_key: str) -> Response:
    by = signed_in_user()
    with transaction():
        video_session = library.find_own(key, by)
        paper = attachments.find(video_session, attachment_key)
        title = paper.title
        attachments.remove(video_session, paper, by=by, at=now())
    flash(f"“{title}” is removed", "done")
    return redirect(url_for("sponsor.captions.show", key=key), 303)
