"""Uploading: new recordings, or another video in the place of one.

The forms work without scripts, with one file in one request. With them our script sends each file in pieces (`tus`),
several at once, and goes on with what was cut off.
"""

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.basics import dates
from portal.basics.clock import now
from portal.basics.sizes import size_words
from portal.domain import library, uploads
from portal.domain.library import MadeAlready, SessionPage
from portal.domain.uploads import Arrived, Coming, Stored, WrongFile
from portal.domain.work import tools
from portal.storage.db import transaction
from portal.storage.models import User, VideoSession
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor.library_forms import NO_FILE, FileForm, UploadForm
from portal.web.sponsor.sessions import bp
from portal.web.sponsor.uploads import arrived_file, takes_upload

__all__ = ["bp"]


@bp.get("/sessions/new")
@access(Access.SPONSOR)
def new() -> str:
    form = UploadForm(form_key=uploads.new_form_key(), folder=request.args.get("folder", ""))
    form.offer(library.folders_of(signed_in_user().id))
    return _page(form, None)


@bp.post("/sessions/new")
@access(Access.SPONSOR)
@takes_upload
def create() -> Any:
    by, form = signed_in_user(), UploadForm()
    form.offer(library.folders_of(by.id))
    form_key = form.checked_key
    made = library.session_made_by(form_key, by)
    if made is not None:
        return _taken(made.key)
    arrived = arrived_file() or uploads.waiting_file(form_key, form.kept_name.data or "", by)
    words_are_fine = form.validate()
    arrived, fault = _looked_at(arrived, by.id)
    if fault:
        form.file.errors = [fault]
    if fault or not words_are_fine:
        return _faulty(form, uploads.wait_for_words(arrived, form_key, by) if arrived else None)
    assert arrived is not None
    return _taken(_make(form, arrived, by).key)


def _looked_at(arrived: Arrived | None, owner_id: int) -> tuple[Arrived | None, str]:
    """The file, if it is a video by its content and its owner has space for it; else what is wrong with it."""
    if arrived is None:
        return None, NO_FILE
    try:
        uploads.check_content(arrived)
        uploads.check_left(owner_id, arrived.size_bytes)
    except WrongFile as fault:
        return None, str(fault)
    return arrived, ""


def _make(form: UploadForm, arrived: Arrived, by: User) -> VideoSession:
    stored = uploads.store(arrived)
    try:
        with transaction():
            return uploads.start(
                stored,
                title=form.title.data or "",
                description=form.description.data or "",
                folder=form.chosen_folder,
                form_key=form.form_key.data,
                by=by,
                at=now(),
            )
    except MadeAlready:
        uploads.drop(stored)
        made = library.session_made_by(str(form.form_key.data), by)
        assert made is not None  # the constraint has seen it
        return made
    except BaseException:
        uploads.drop(stored)
        raise


def _taken(key: str) -> Response:
    return redirect(url_for("sponsor.sessions.show", key=key), 303)


def _faulty(form: UploadForm, kept: Arrived | None) -> Any:
    form.kept_name.data = kept.name if kept else ""
    return _page(form, kept), 422


def _page(form: UploadForm, kept: Arrived | None) -> str:
    by = signed_in_user()
    return render_template(
        "sponsor/sessions/new.html",
        form=form,
        kept=kept.words if kept else "",
        limits=upload_limits(),
        space=uploads.space_of(by.id),
        lines=coming_lines(uploads.unfinished_of(by)),
    )


@dataclass(frozen=True)
class ComingLine:
    """An unfinished upload in a list: `since` and `until` in words."""

    coming: Coming
    since: str
    until: str

    @property
    def key(self) -> str:
        return self.coming.upload.key


def coming_lines(found: list[Coming]) -> list[ComingLine]:
    at, zone = now(), tools().settings.time_zone
    return [
        ComingLine(
            one,
            dates.feed_time(one.upload.touched_at, zone, at),
            dates.clock_time(one.kept_until, zone, at),
        )
        for one in found
    ]


def upload_limits() -> dict[str, Any]:
    """What the script checks before it sends anything, and the words it says."""
    return {
        "largest": uploads.largest_file(),
        "largest_words": size_words(uploads.largest_file()),
        "longest_title": library.LONGEST_TITLE,
        "no_title": library.NO_TITLE,
        "no_file": NO_FILE,
        "long_title": f"Titles have at most {library.LONGEST_TITLE} characters; this one has {{n}}.",
        "empty": uploads.EMPTY_FILE,
        "too_large": f"This file is too large. Files of up to {size_words(uploads.largest_file())} work.",
    }


@bp.get("/sessions/<key>/upload")
@access(Access.SPONSOR)
def show_replacing(key: str) -> str:
    return _replacing_page(FileForm(), library.session_page(key, signed_in_user(), at=now()))


@bp.post("/sessions/<key>/upload")
@access(Access.SPONSOR)
@takes_upload
def replace(key: str) -> Any:
    by, form = signed_in_user(), FileForm()
    shown = library.session_page(key, by, at=now())
    arrived, fault = _looked_at(arrived_file(), shown.owner.id)
    if arrived is None or not form.validate():
        form.file.errors = [fault]
        return _replacing_page(form, shown), 422
    _replace(shown.video_session, uploads.store(arrived), by)
    return _taken(key)


def _replace(video_session: VideoSession, stored: Stored, by: User) -> None:
    try:
        with transaction():
            uploads.replace(video_session, stored, by=by, at=now())
    except BaseException:
        uploads.drop(stored)
        raise


def _replacing_page(form: FileForm, shown: SessionPage) -> str:
    found = uploads.unfinished_of(signed_in_user(), video_session=shown.video_session)
    return render_template(
        "sponsor/sessions/replace.html",
        form=form,
        shown=shown,
        kept="",
        limits=upload_limits(),
        space=uploads.space_of(shown.owner.id),
        lines=coming_lines(found),
    )
