"""The rules of a recording: published or not, its window, what watching allows; its password and who looks after it.

One page for all of it. What is done to the password and to co-owners stands in modules of their own.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from portal.basics import dates
from portal.basics.clock import now
from portal.domain import co_owners, library, publishing, session_passwords
from portal.domain.library import ChangedMeanwhile, SessionPage
from portal.domain.publishing import Showing, WrongWindow
from portal.domain.work import tools
from portal.storage.db import transaction
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor.rules_forms import CoOwnerForm, ShowingForm, VideoPasswordForm
from portal.web.sponsor.session_tags import head_tags
from portal.web.sponsor.sessions import tabs_of

bp = Blueprint("watching_rules", __name__)


@bp.get("/sessions/<key>/watching")
@access(Access.SPONSOR)
def show(key: str) -> str:
    return rules_page(library.session_page(key, signed_in_user(), at=now()))


@bp.post("/sessions/<key>/watching")
@access(Access.SPONSOR)
def save(key: str) -> Any:
    by, at = signed_in_user(), now()
    shown = library.session_page(key, by, at=at)
    form = ShowingForm(Showing.of(shown.video_session))
    if not form.validate():
        return rules_page(shown, form), 422
    try:
        with transaction():
            version = form.version.data or ""
            changed = publishing.change(shown.video_session, form.showing, version=version, by=by, at=at)
    except WrongWindow as fault:
        form[fault.field].errors = [str(fault)]
        return rules_page(library.session_page(key, by, at=at), form), 422
    except ChangedMeanwhile:
        shown = library.session_page(key, by, at=at)
        saved = Showing.of(shown.video_session)
        form.version.data = saved.version
        form.form_errors.append(_changed_meanwhile(saved))
        return rules_page(shown, form), 409
    flash("The rules are saved" if changed else "Nothing has changed", "done" if changed else "info")
    return redirect(url_for(".show", key=key), 303)


@bp.post("/sessions/<key>/publish")
@access(Access.SPONSOR)
def publish(key: str) -> Response:
    by = signed_in_user()
    with transaction():
        video_session = library.find_own(key, by)
        publishing.publish(video_session, by=by, at=now())
    flash(f"“{video_session.title}” is published\nWhoever is named on it can watch, within its window.", "done")
    return redirect(url_for(".show", key=key), 303)


@bp.get("/sessions/<key>/unpublish")
@access(Access.SPONSOR)
def ask_unpublish(key: str) -> str:
    shown = library.session_page(key, signed_in_user(), at=now())
    watching = publishing.watching_now(shown.video_session, at=now())
    return render_template("sponsor/sessions/unpublish.html", shown=shown, watching=watching)


@bp.post("/sessions/<key>/unpublish")
@access(Access.SPONSOR)
def unpublish(key: str) -> Response:
    by = signed_in_user()
    with transaction():
        video_session = library.find_own(key, by)
        publishing.unpublish(video_session, by=by, at=now())
    flash(f"“{video_session.title}” is taken back\nNobody named on it can watch until you publish it again.", "done")
    return redirect(url_for(".show", key=key), 303)


def rules_page(shown: SessionPage, faulty: FlaskForm | None = None) -> str:
    """The page, with the form that has faults in its place; what was typed stays, but never a password."""
    it = shown.video_session
    return render_template(
        "sponsor/sessions/rules.html",
        shown=shown,
        tags=head_tags(shown),
        tabs=tabs_of(it, "sponsor.watching_rules.show"),
        form=faulty,
        showing_form=faulty if isinstance(faulty, ShowingForm) else ShowingForm.of(Showing.of(it)),
        password_form=faulty if isinstance(faulty, VideoPasswordForm) else password_form(shown),
        co_owner_form=faulty if isinstance(faulty, CoOwnerForm) else CoOwnerForm(formdata=None),
        is_open=it.is_open(now()),
        has_password=it.password_hash is not None,
        unlocked=session_passwords.unlocked_in(it, at=now()) if it.password_hash else 0,
        beside=co_owners.of_session(it),
    )


def password_form(shown: SessionPage) -> VideoPasswordForm:
    """The form of its password as it stands before anybody types."""
    return VideoPasswordForm(shown, formdata=None, data={"of_version": str(shown.video_session.password_version)})


def _changed_meanwhile(saved: Showing) -> str:
    return (
        "Somebody saved these rules after you opened them. "
        f"Saved now: opens {_moment(saved.opens_at, 'at once')}, closes {_moment(saved.closes_at, 'never')}, "
        f"name over the picture {_on(saved.shows_name)}, small window {_on(saved.allows_small_window)}, "
        f"download {_on(saved.allows_download)}. "
        "What you typed is still here; saving replaces theirs."
    )


def _on(switch: bool) -> str:
    return "on" if switch else "off"


def _moment(at: Any, otherwise: str) -> str:
    return dates.long_date(at, tools().settings.time_zone) if at else otherwise
