"""What goes with a recording: captions in several languages, chapters, papers. One page for all of it."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as Answer

from portal.basics.clock import now
from portal.domain import captions, chapters, library
from portal.domain.captions import WrongCaptions
from portal.domain.chapters import TooManyChapters, WrongChapter
from portal.domain.library import ChangedMeanwhile, SessionPage
from portal.storage.db import transaction
from portal.web import sending
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor import captions_words
from portal.web.sponsor.beside_page import beside_page
from portal.web.sponsor.captions_forms import CaptionsForm, ChaptersForm
from portal.web.sponsor.uploads import arrived_file, takes_upload

bp = Blueprint("captions", __name__)

NO_FILE = "Choose a file with captions"
CHANGED_MEANWHILE = (
    "Somebody saved these chapters after you opened them. What you typed is still here; saving replaces theirs."
)


@bp.get("/sessions/<key>/captions")
@access(Access.SPONSOR)
def show(key: str) -> str:
    return beside_page(library.session_page(key, signed_in_user(), at=now()))


@bp.post("/sessions/<key>/captions")
@access(Access.SPONSOR)
@takes_upload
def add(key: str) -> Any:
    by, at = signed_in_user(), now()
    shown = library.session_page(key, by, at=at)
    form, arrived = CaptionsForm(), arrived_file()
    fine = form.validate()
    if arrived is None:
        form.file.errors = [*form.file.errors, NO_FILE]
    if not fine or arrived is None:
        return beside_page(shown, form), 422
    try:
        read = captions.read_file(arrived.path)
        with transaction():
            added = captions.add(shown.video_session, form.language.data, read, name=arrived.name, by=by, at=at)
    except WrongCaptions as fault:
        form[fault.field].errors = [str(fault)]
        return beside_page(library.session_page(key, by, at=at), form), 422
    flash(captions_words.added(added), "time" if added.left_out or added.after_the_end else "done")
    return redirect(url_for(".show", key=key), 303)


@bp.get("/sessions/<key>/captions/<track_key>.vtt")
@access(Access.SPONSOR)
def file(key: str, track_key: str) -> Response:
    """The captions as they are shown, to correct and bring back."""
    video_session = library.find_own(key, signed_in_user())
    track = captions.find(video_session, track_key)
    name = f"{video_session.title}.{track.language}.vtt"
    headers = {"Content-Disposition": sending.attachment(name), "Cache-Control": "private, no-store"}
    return Response(
        captions.as_webvtt(track, video_session.length_seconds), headers=headers, content_type="text/vtt; charset=utf-8"
    )


@bp.get("/sessions/<key>/captions/<track_key>/remove")
@access(Access.SPONSOR)
def ask_remove(key: str, track_key: str) -> str:
    video_session = library.find_own(key, signed_in_user())
    track = captions.find(video_session, track_key)
    return render_template(
        "sponsor/sessions/captions_remove.html", video_session=video_session, line=captions.line_of(track)
    )


@bp.post("/sessions/<key>/captions/<track_key>/remove")
@access(Access.SPONSOR)
def remove(key: str, track_key: str) -> Answer:
    by = signed_in_user()
    with transaction():
        video_session = library.find_own(key, by)
        track = captions.find(video_session, track_key)
        line = captions.line_of(track)
        captions.remove(video_session, track, by=by, at=now())
    flash(f"The captions in {line.language.name} are removed", "done")
    return redirect(url_for(".show", key=key), 303)


@bp.post("/sessions/<key>/chapters")
@access(Access.SPONSOR)
def save_chapters(key: str) -> Any:
    by, at = signed_in_user(), now()
    shown = library.session_page(key, by, at=at)
    form = ChaptersForm()
    if "more" in request.form:
        form.add_rows()
        return beside_page(shown, form)
    if not form.validate():
        return beside_page(shown, form), 422
    try:
        with transaction():
            version = form.version.data or ""
            changed = chapters.save(shown.video_session, form.chapters, version=version, by=by, at=at)
    except WrongChapter as fault:
        getattr(form.filled[fault.number], fault.field).errors = [str(fault)]
        return _again(form, key), 422
    except TooManyChapters as fault:
        form.form_errors.append(str(fault))
        return _again(form, key), 422
    except ChangedMeanwhile:
        form.version.data = chapters.version_of(chapters.shown(shown.video_session))
        form.form_errors.append(CHANGED_MEANWHILE)
        return _again(form, key), 409
    words = captions_words.chapters_saved(len(form.filled)) if changed else "Nothing has changed"
    flash(words, "done" if changed else "info")
    return redirect(url_for(".show", key=key), 303)


def _again(form: FlaskForm, key: str) -> str:
    """The page once more after a transaction was rolled back, so its rows are read anew."""
    shown: SessionPage = library.session_page(key, signed_in_user(), at=now())
    return beside_page(shown, form)
