"""Changing one's password (product.md, Passwords; ASVS 6.2.3)."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import PasswordField, ValidationError

from portal.basics.clock import now
from portal.domain import passwords
from portal.domain.work import tools
from portal.storage.db import transaction
from portal.storage.models import User
from portal.web.access import Access, access
from portal.web.account.new_password import NewPasswordForm
from portal.web.identity import client_network, current_sign_in, signed_in_user
from portal.web.waits import go_on_at, retry_after

bp = Blueprint("password", __name__)

_NOT_CURRENT = "This is not your present password."


class ChangeForm(NewPasswordForm):
    """The present password, and the new one twice."""

    current = PasswordField("Present password")

    def __init__(self, *, owner: User, **given: Any) -> None:
        super().__init__(owner=owner, **given)

    def validate_current(self, field: PasswordField) -> None:
        if not field.data:
            raise ValidationError("Enter your present password")
        if field.data == self.password.data:
            self.password.errors = [*self.password.errors, "This is the password you have now. Choose another."]


@bp.get("/account/password")
@access(Access.SIGNED_IN, before_policy=True)
def show() -> str:
    return _page(ChangeForm(owner=signed_in_user(), formdata=None))


@bp.post("/account/password")
@access(Access.SIGNED_IN, before_policy=True)
def save() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    user, at = signed_in_user(), now()
    form = ChangeForm(owner=user)
    if not form.validate() or form.password.errors:
        return _page(form), 422
    with transaction():
        wait = passwords.begin_change(user, network=client_network(), at=at)
    if wait is not None:
        form.current.errors = [f"Too many tries. Go on at {go_on_at(wait, at)}."]
        return _page(form), 429, retry_after(wait, at)
    if not passwords.is_current(user, form.current.data or ""):
        form.current.errors = [_NOT_CURRENT]
        return _page(form), 422
    hashed = tools().hasher.hash(form.password.data or "")
    with transaction():
        changed = passwords.change(user, hashed, network=client_network(), keep=current_sign_in(), at=at)
    if not changed:  # it was changed in another window while this one was hashed
        form.current.errors = [_NOT_CURRENT]
        return _page(form), 422
    flash("Your password is changed\nEverywhere else you are signed out.", "done")
    return redirect(url_for("account.overview.index"), 303)


def _page(form: ChangeForm) -> str:
    return render_template("account/password/show.html", form=form)
