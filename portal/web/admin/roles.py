"""Making somebody of the staff a sponsor or an admin. The admin gives their password once more (ASVS 7.5)."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, RadioField, SelectChoice, ValidationError  # type: ignore[attr-defined]  # missing in its stubs

from portal.basics.clock import now
from portal.basics.roles import Role
from portal.domain import changing_roles, passwords, people
from portal.storage.db import transaction
from portal.storage.models import User
from portal.web.access import Access, access
from portal.web.identity import client_network, signed_in_user
from portal.web.waits import go_on_at, retry_after

bp = Blueprint("roles", __name__)


class RoleForm(FlaskForm):
    """What they will be, and the admin's own password."""

    role = RadioField(
        "Role",
        choices=[SelectChoice("sponsor", "Sponsor"), SelectChoice("admin", "Admin")],
        validate_choice=False,
    )
    current = PasswordField("Your own password")

    def validate_role(self, field: RadioField) -> None:
        if field.data not in ("sponsor", "admin"):
            raise ValidationError("Choose what they will be: a sponsor or an admin")

    def validate_current(self, field: PasswordField) -> None:
        if not field.data:
            raise ValidationError("Enter your own password, as you sign in with it")


@bp.get("/admin/people/<key>/role")
@access(Access.ADMIN)
def show(key: str) -> str:
    person = people.get(key)
    return _page(person, RoleForm(formdata=None, role=person.role.value))


@bp.post("/admin/people/<key>/role")
@access(Access.ADMIN)
def save(key: str) -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    by, form, at, person = signed_in_user(), RoleForm(), now(), people.get(key)
    if changing_roles.why_not(person, by=by) or not form.validate():
        return _page(person, form), 422
    with transaction():
        wait = passwords.begin_change(by, network=client_network(), at=at)
    if wait is not None:
        form.current.errors = [f"Too many tries. Go on at {go_on_at(wait, at)}."]
        return _page(person, form), 429, retry_after(wait, at)
    if not passwords.is_current(by, form.current.data or ""):
        form.current.errors = ["This is not your password."]
        return _page(person, form), 422
    try:
        with transaction():
            passwords.forgive_tries(by, network=client_network())
            is_changed = changing_roles.change_role(person, Role(form.role.data), by=by, at=now())
    except changing_roles.CannotChangeRole as refusal:
        flash(f"The role was not changed\n{refusal}", "stop")
    else:
        flash(_words(person, is_changed=is_changed), "done" if is_changed else "info")
    return redirect(url_for("admin.people.show", key=key), 303)


def _words(person: User, *, is_changed: bool) -> str:
    what = "an admin" if person.is_admin else "a sponsor"
    if not is_changed:
        return f"{person.display_name} was {what} before"
    return f"{person.display_name} is {what} now\nThey sign in anew. No letter was written: tell them."


def _page(person: User, form: RoleForm) -> str:
    refusal = changing_roles.why_not(person, by=signed_in_user())
    return render_template("admin/people/role.html", person=person, form=form, refusal=refusal)
