"""Setting, changing and removing the password of a video."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.basics.clock import now
from portal.domain import library, session_passwords
from portal.domain.library import ChangedMeanwhile
from portal.storage.db import transaction
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor.rules_forms import VideoPasswordForm
from portal.web.sponsor.watching_rules import rules_page

bp = Blueprint("session_passwords", __name__)

CHANGED_MEANWHILE = "Somebody changed the password after you opened this page. Typing yours again replaces theirs."


@bp.post("/sessions/<key>/password")
@access(Access.SPONSOR)
def save(key: str) -> Any:
    by, at = signed_in_user(), now()
    shown = library.session_page(key, by, at=at)
    form = VideoPasswordForm(shown)
    if not form.validate():
        return rules_page(shown, form), 422
    hashed = session_passwords.hashed(form.password.data or "")
    try:
        with transaction():
            changed = session_passwords.set_password(shown.video_session, hashed, version=form.version, by=by, at=at)
    except ChangedMeanwhile:
        shown = library.session_page(key, by, at=at)
        form.of_version.data = str(shown.video_session.password_version)
        form.password.errors = [CHANGED_MEANWHILE]
        return rules_page(shown, form), 409
    flash(_CHANGED if changed else _SET, "done")
    return redirect(url_for("sponsor.watching_rules.show", key=key), 303)


_SET = "The password is set\nIt is not shown again. Tell it to those who need it."
_CHANGED = "The password is changed\nWhat the older one opened is closed. The new one is not shown again."


@bp.get("/sessions/<key>/password/remove")
@access(Access.SPONSOR)
def ask_remove(key: str) -> Any:
    shown = library.session_page(key, signed_in_user(), at=now())
    if shown.video_session.password_hash is None:
        return redirect(url_for("sponsor.watching_rules.show", key=key), 303)
    unlocked = session_passwords.unlocked_in(shown.video_session, at=now())
    return render_template("sponsor/sessions/remove_password.html", shown=shown, unlocked=unlocked)


@bp.post("/sessions/<key>/password/remove")
@access(Access.SPONSOR)
def remove(key: str) -> Response:
    by = signed_in_user()
    with transaction():
        removed = session_passwords.remove_password(library.find_own(key, by), by=by, at=now())
    words = "The password is removed\nOnly people who are named can watch." if removed else "It has no password"
    flash(words, "done" if removed else "info")
    return redirect(url_for("sponsor.watching_rules.show", key=key), 303)
