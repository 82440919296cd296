"""The page that asks for a video's password, and tells nothing else (product.md, Who may watch 5)."""

from flask import Blueprint, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField

from portal.basics.clock import now
from portal.basics.errors import Busy
from portal.domain import video_passwords
from portal.domain.throttle import Wait
from portal.domain.video_passwords import Attempt, NotAsked
from portal.storage.db import transaction
from portal.web.access import Access, access
from portal.web.identity import client_network, current_sign_in, signed_in_user
from portal.web.waits import go_on_at, retry_after

bp = Blueprint("passwords", __name__)

WRONG = "This is not the password of this video."


class PasswordForm(FlaskForm):
    """Whatever is typed is a try: an empty one is wrong like any other, and takes as long."""

    password = PasswordField("Password of the video")


def page(key: str, form: PasswordForm | None = None) -> str:
    """The same for every session that has a password, but for the key that stands in its address anyway."""
    return render_template("guest/watch/password.html", form=form or PasswordForm(formdata=None), key=key)


@bp.post("/watch/<key>/password")
@access(Access.SIGNED_IN)
def unlock(key: str) -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    form, viewer, sign_in, at = PasswordForm(), signed_in_user(), current_sign_in(), now()
    with transaction():
        attempt = video_passwords.begin(viewer, key, sign_in=sign_in, network=client_network(), at=at)
    if isinstance(attempt, NotAsked):
        return redirect(url_for("guest.watch.show", key=key), 303)
    if isinstance(attempt, Wait):
        form.form_errors.append(f"Too many tries. Go on at {go_on_at(attempt, at)}.")
        return page(key, form), 429, retry_after(attempt, at)
    right = _is_right(attempt, form.password.data or "")
    with transaction():
        opened = video_passwords.finish(attempt, right=right, viewer=viewer, sign_in=sign_in, at=now())
    if opened:
        return redirect(url_for("guest.watch.show", key=key), 303)
    form.password.errors = [WRONG]
    return page(key, form), 422


def _is_right(attempt: Attempt, typed: str) -> bool:
    try:
        return video_passwords.is_right(attempt, typed)
    except Busy:
        with transaction():
            video_passwords.give_back(attempt)
        raise
