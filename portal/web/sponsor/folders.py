"""The sponsor's folders: shelves of recordings; who is named on one may watch all on it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.basics.clock import now
from portal.domain import library, uploads
from portal.domain.library import Filters, FolderPage, MadeAlready
from portal.storage.db import transaction
from portal.storage.models import Folder, User
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.lists import asked_place, page_links
from portal.web.sponsor.library_forms import FolderForm
from portal.web.sponsor.session_tags import session_line
from portal.web.template_tools import Link

bp = Blueprint("folders", __name__)


@bp.get("/folders/new")
@access(Access.SPONSOR)
def new() -> str:
    return render_template("sponsor/folders/new.html", form=FolderForm(form_key=uploads.new_form_key()))


@bp.post("/folders/new")
@access(Access.SPONSOR)
def create() -> Any:
    form = FolderForm()
    form.form_key.data = uploads.checked_form_key(form.form_key.data)
    if not form.validate():
        return render_template("sponsor/folders/new.html", form=form), 422
    folder = _make(form, signed_in_user())
    return redirect(url_for(".show", key=folder.key), 303)


def _make(form: FolderForm, by: User) -> Folder:
    form_key = str(form.form_key.data)
    try:
        with transaction():
            return library.make_folder(form.title.data or "", by=by, form_key=form_key, at=now())
    except MadeAlready:
        made = library.folder_made_by(form_key, by)
        assert made is not None  # the constraint has seen it
        return made


@bp.get("/folders/<key>")
@access(Access.SPONSOR)
def show(key: str) -> str:
    by, at = signed_in_user(), now()
    shown = library.folder_page(key, by, at=at)
    page = library.list_sessions(by, at=at, filters=Filters(folder=shown.folder.key), place=asked_place())
    return render_template(
        "sponsor/folders/show.html",
        shown=shown,
        page=page.of(session_line),
        links=page_links(page),
        tabs=tabs_of(shown.folder),
    )


def tabs_of(folder: Folder) -> list[Link]:
    """The pages of one folder."""
    entries = (
        ("Recordings", "sponsor.folders.show"),
        ("Who can watch", "sponsor.people.of_folder"),
        ("Settings", "sponsor.folders.settings"),
    )
    here = "sponsor.folders.settings" if request.endpoint == "sponsor.folders.rename" else request.endpoint
    return [Link(label, url_for(endpoint, key=folder.key), endpoint == here) for label, endpoint in entries]


@bp.get("/folders/<key>/settings")
@access(Access.SPONSOR)
def settings(key: str) -> str:
    shown = library.folder_page(key, signed_in_user(), at=now())
    return _settings_page(FolderForm(title=shown.folder.title), shown)


@bp.post("/folders/<key>/settings")
@access(Access.SPONSOR)
def rename(key: str) -> Any:
    by, form = signed_in_user(), FolderForm()
    shown = library.folder_page(key, by, at=now())
    if not form.validate():
        return _settings_page(form, shown), 422
    with transaction():
        library.rename_folder(shown.folder, form.title.data or "", by=by, at=now())
    flash("The folder is renamed", "done")
    return redirect(url_for(".settings", key=key), 303)


def _settings_page(form: FolderForm, shown: FolderPage) -> str:
    return render_template("sponsor/folders/settings.html", form=form, shown=shown, tabs=tabs_of(shown.folder))


@bp.get("/folders/<key>/delete")
@access(Access.SPONSOR)
def ask_delete(key: str) -> str:
    return render_template("sponsor/folders/delete.html", shown=library.folder_page(key, signed_in_user(), at=now()))


@bp.post("/folders/<key>/delete")
@access(Access.SPONSOR)
def delete(key: str) -> Response:
    by = signed_in_user()
    with transaction():
        folder = library.find_own_folder(key, by)
        library.delete_folder(folder, by=by, at=now())
    flash(f"The folder “{folder.title}” is deleted\nIts recordings are still in your sessions.", "done")
    return redirect(url_for("sponsor.sessions.index"), 303)
