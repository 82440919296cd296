"""The video of a recording: what it is made of, how far it is prepared, its poster, where it begins and ends."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from portal.basics.clock import now
from portal.basics.errors import NotFound
from portal.domain import library, posters, processing, trimming
from portal.domain.library import SessionPage
from portal.domain.posters import WrongPoster
from portal.domain.processing import Made
from portal.domain.trimming import WrongTrim
from portal.storage.db import transaction
from portal.storage.models import MediaKind, User
from portal.web import sending
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor.session_tags import head_tags
from portal.web.sponsor.sessions import tabs_of
from portal.web.sponsor.uploads import arrived_file, takes_upload
from portal.web.sponsor.video_forms import NO_PICTURE, MomentForm, PictureForm, TrimForm

bp = Blueprint("video", __name__)


@bp.get("/sessions/<key>/video")
@access(Access.SPONSOR)
def show(key: str) -> str:
    return _page(library.session_page(key, signed_in_user(), at=now()))


def _page(shown: SessionPage, faulty: FlaskForm | None = None) -> str:
    """The page, with the form that has faults in its place: what was typed stays."""
    it = shown.video_session
    files = processing.files_of(it)
    frames = posters.frames_of(files.sheets)
    moment_form = faulty if isinstance(faulty, MomentForm) else MomentForm(formdata=None)
    moment_form.offer(frames)
    return render_template(
        "sponsor/sessions/video.html",
        shown=shown,
        tags=head_tags(shown),
        tabs=tabs_of(it, "sponsor.video.show"),
        files=files,
        frames=frames,
        part=trimming.part_of(it),
        may_trim=trimming.may_trim(it) and files.original is not None,
        poster=posters.making_of(it),
        form=faulty,
        moment_form=moment_form,
        picture_form=faulty if isinstance(faulty, PictureForm) else PictureForm(formdata=None),
        trim_form=faulty if isinstance(faulty, TrimForm) else TrimForm.of(trimming.part_of(it)),
    )


@bp.get("/sessions/<key>/progress")
@access(Access.SPONSOR)
def progress(key: str) -> Response:
    """How far the preparing is, for the script that shows it."""
    it = library.find_own(key, signed_in_user())
    return jsonify(percent=it.progress, is_prepared=processing.is_prepared(it), version=it.media_version)


@bp.post("/sessions/<key>/retry")
@access(Access.SPONSOR)
def retry(key: str) -> Response:
    by = signed_in_user()
    with transaction():
        processing.retry(library.find_own(key, by), by=by, at=now())
    return redirect(url_for(".show", key=key), 303)


@bp.get("/sessions/<key>/video/give-up")
@access(Access.SPONSOR)
def ask_give_up(key: str) -> Any:
    shown = library.session_page(key, signed_in_user(), at=now())
    if shown.video_session.next_version is None or not shown.video_session.media_version:
        return redirect(url_for(".show", key=key), 303)
    files = processing.files_of(shown.video_session)
    return render_template("sponsor/sessions/video_give_up.html", shown=shown, files=files)


@bp.post("/sessions/<key>/video/give-up")
@access(Access.SPONSOR)
def give_up(key: str) -> Response:
    by = signed_in_user()
    with transaction():
        given_up = processing.give_up_next(library.find_own(key, by), by=by, at=now())
    flash("The new version is given up\nWhat played goes on playing." if given_up else "Nothing has changed", "done")
    return redirect(url_for(".show", key=key), 303)


@bp.post("/sessions/<key>/video/trim")
@access(Access.SPONSOR)
def trim(key: str) -> Any:
    by, at, form = signed_in_user(), now(), TrimForm()
    shown = library.session_page(key, by, at=at)
    if not form.validate():
        return _page(shown, form), 422
    try:
        with transaction():
            begun = trimming.trim(shown.video_session, form.start_seconds, form.end_seconds, by=by, at=at)
    except WrongTrim as fault:
        if fault.field:
            form[fault.field].errors = [str(fault)]
        else:
            form.form_errors.append(str(fault))
        return _page(library.session_page(key, by, at=at), form), 422
    if begun:
        flash("The new cut is being prepared\nWhat plays now goes on playing until it is ready.", "done")
    else:
        flash("Nothing has changed", "info")
    return redirect(url_for(".show", key=key), 303)


@bp.post("/sessions/<key>/poster")
@access(Access.SPONSOR)
def choose_moment(key: str) -> Any:
    by, at, form = signed_in_user(), now(), MomentForm()
    shown = library.session_page(key, by, at=at)
    form.offer(posters.frames_of(processing.files_of(shown.video_session).sheets))
    if not form.validate():
        return _page(shown, form), 422
    try:
        with transaction():
            posters.choose_moment(shown.video_session, form.seconds or 0.0, by=by, at=at)
    except WrongPoster as fault:
        form.other.errors = [str(fault)]
        return _page(library.session_page(key, by, at=at), form), 422
    return _chosen(key)


@bp.post("/sessions/<key>/poster/picture")
@access(Access.SPONSOR)
@takes_upload
def choose_picture(key: str) -> Any:
    by, form = signed_in_user(), PictureForm()
    shown = library.session_page(key, by, at=now())
    arrived, fits = arrived_file(), form.validate()
    if arrived is None:
        form.file.errors = [NO_PICTURE]
    if arrived is None or not fits:
        return _page(shown, form), 422
    try:
        picture = posters.store(arrived.path, arrived.name)
    except WrongPoster as fault:
        form.file.errors = [str(fault)]
        return _page(shown, form), 422
    _keep_picture(key, picture, by)
    return _chosen(key)


def _keep_picture(key: str, picture: Made, by: User) -> None:
    try:
        with transaction():
            posters.choose_picture(library.find_own(key, by), picture, by=by, at=now())
    except BaseException:
        processing.discard([picture])
        raise


def _chosen(key: str) -> Response:
    flash("The poster is being made\nIt shows here in a moment.", "done")
    return redirect(url_for(".show", key=key, _anchor="poster"), 303)


@bp.get("/sessions/<key>/frames/<int:version>/<name>.jpg")
@access(Access.SPONSOR, bytes_only=True)
def frames(key: str, version: int, name: str) -> Response:
    """One sheet of small pictures, to choose a poster from."""
    it = library.find_own(key, signed_in_user())
    sheet = processing.file_of(it.id, MediaKind.STORYBOARD, version, name)
    if sheet is None:
        raise NotFound
    return sending.send_picture(sheet.store_key, sheet.content_type)
