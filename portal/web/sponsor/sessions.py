"""The sponsor's recordings: the list, one of them, its settings, its end.

Uploading stands in `new_sessions`, when and how they can be watched in `watching_rules`.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.basics.clock import now
from portal.basics.texts import one_line
from portal.domain import library, publishing, the_bin
from portal.domain.library import ChangedMeanwhile, Filters, SessionPage, Shown
from portal.storage.db import transaction
from portal.storage.models import VideoSession
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.lists import asked_place, page_links
from portal.web.sponsor import who_can_watch
from portal.web.sponsor.library_forms import SettingsForm
from portal.web.sponsor.session_tags import head_tags, session_line
from portal.web.template_tools import Link

bp = Blueprint("sessions", __name__)

CHANGED_MEANWHILE = (
    "Somebody saved this recording after you opened it. What you typed is still here; saving replaces theirs."
)


@bp.get("/sessions")
@access(Access.SPONSOR)
def index() -> str:
    by, filters = signed_in_user(), _filters()
    page = library.list_sessions(by, at=now(), filters=filters, place=asked_place())
    return render_template(
        "sponsor/sessions/index.html",
        page=page.of(session_line),
        links=page_links(page),
        filters=filters,
        folders=library.list_folders(by),
        tags=library.list_tags(by),
        states=_STATES,
        everyones=by.is_admin,
    )


_STATES = (
    (Shown.OPEN, "Published and open"),
    (Shown.COMING, "Opens later"),
    (Shown.CLOSED, "Closed"),
    (Shown.UNPUBLISHED, "Not published"),
    (Shown.PASSWORD, "Video password set"),
    (Shown.PROCESSING, "Being prepared"),
    (Shown.FAILED, "Failed"),
)


def _filters() -> Filters:
    state = request.args.get("state", "")
    return Filters(
        words=one_line(request.args.get("words", ""))[: library.LONGEST_TITLE],
        tag=one_line(request.args.get("tag", ""))[: library.LONGEST_TAG].lower(),
        folder=request.args.get("folder", "").replace("\0", "")[:16],
        state=Shown(state) if state in [shown.value for shown in Shown] else None,
    )


@bp.get("/sessions/<key>")
@access(Access.SPONSOR)
def show(key: str) -> str:
    shown = library.session_page(key, signed_in_user(), at=now())
    return render_template(
        "sponsor/sessions/show.html",
        shown=shown,
        tags=head_tags(shown),
        tabs=tabs_of(shown.video_session, "sponsor.sessions.show"),
        panel=who_can_watch.panel(shown.video_session),
    )


def tabs_of(video_session: VideoSession, here: str) -> list[Link]:
    """The pages of one recording; `here` is the endpoint of the one that is shown."""
    entries = (
        ("Who can watch", "sponsor.sessions.show"),
        ("Rules for watching", "sponsor.watching_rules.show"),
        ("Captions, chapters and papers", "sponsor.captions.show"),
        ("Video", "sponsor.video.show"),
        ("Settings", "sponsor.sessions.settings"),
    )
    return [Link(label, url_for(endpoint, key=video_session.key), endpoint == here) for label, endpoint in entries]


@bp.get("/sessions/<key>/settings")
@access(Access.SPONSOR)
def settings(key: str) -> str:
    shown = library.session_page(key, signed_in_user(), at=now())
    return _settings_page(SettingsForm.of(shown), shown)


@bp.post("/sessions/<key>/settings")
@access(Access.SPONSOR)
def save(key: str) -> Any:
    by = signed_in_user()
    shown = library.session_page(key, by, at=now())
    form = SettingsForm()
    form.offer(library.folders_of(shown.owner.id))
    if not form.validate():
        return _settings_page(form, shown), 422
    try:
        with transaction():
            library.change_session(
                shown.video_session,
                form.details,
                folder=form.chosen_folder,
                version=form.version.data,
                by=by,
                at=now(),
            )
    except ChangedMeanwhile:
        shown = library.session_page(key, by, at=now())
        form.version.data = library.version_of(shown.video_session, shown.tags)
        form.form_errors.append(CHANGED_MEANWHILE)
        return _settings_page(form, shown), 409
    flash("The settings are saved", "done")
    return redirect(url_for(".settings", key=key), 303)


def _settings_page(form: SettingsForm, shown: SessionPage) -> str:
    form.offer(library.folders_of(shown.owner.id))
    return render_template(
        "sponsor/sessions/settings.html",
        form=form,
        shown=shown,
        tags=head_tags(shown),
        tabs=tabs_of(shown.video_session, "sponsor.sessions.settings"),
    )


@bp.get("/sessions/<key>/delete")
@access(Access.SPONSOR)
def ask_delete(key: str) -> str:
    shown = library.session_page(key, signed_in_user(), at=now())
    library.check_owned(shown.video_session, signed_in_user())
    watching = publishing.watching_now(shown.video_session, at=now())
    return render_template(
        "sponsor/sessions/delete.html",
        shown=shown,
        watching=watching,
        goes_at=now() + the_bin.KEPT,
        days=the_bin.KEPT.days,
    )


@bp.post("/sessions/<key>/delete")
@access(Access.SPONSOR)
def delete(key: str) -> Response:
    by = signed_in_user()
    with transaction():
        video_session = library.find_owned(key, by)
        the_bin.put_in(video_session, by=by, at=now())
    flash(f"“{video_session.title}” is in the bin for {the_bin.KEPT.days} days", "done")
    return redirect(url_for(".index"), 303)
