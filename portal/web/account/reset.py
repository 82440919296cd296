"""A new password by a mailed link; for the first admin, the way in (product.md, Passwords; ASVS 6.4.3)."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, session, url_for
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, StringField, ValidationError

from portal.basics import dates
from portal.basics.clock import now
from portal.domain import password_resets, people, policies, sign_ins
from portal.domain.password_resets import OpenReset
from portal.domain.throttle import Wait
from portal.domain.work import tools
from portal.storage.db import transaction
from portal.web.access import Access, access
from portal.web.account.new_password import NewPasswordForm
from portal.web.identity import client_network, forget, present
from portal.web.known_devices import remember_device
from portal.web.typed import visible
from portal.web.waits import go_on_at, retry_after
from portal.web.zones import reading_zone

bp = Blueprint("reset", __name__)

_TOKEN = "reset"  # noqa: S105 (the name it has in the cookie)
_LONGEST_TOKEN = 100


class SetUpForm(NewPasswordForm):
    """What the first admin gives as well: a name, and a yes to the policy that the page showed."""

    name = StringField("Your name", filters=[visible])
    accepted = BooleanField("I have read the policy and accept it")
    policy_version = HiddenField()

    def __init__(self, *, version: int, **given: Any) -> None:
        super().__init__(name=lambda: self.name.data or "", **given)
        self._version = str(version)

    def validate_name(self, field: StringField) -> None:
        try:
            field.data = people.read_name(field.data or "")
        except people.BadName as fault:
            raise ValidationError(str(fault)) from None

    def validate_accepted(self, field: BooleanField) -> None:
        if field.data and self.policy_version.data != self._version:
            field.data = False
            raise ValidationError("The policy has changed since you opened this page. Read it as it is now.")
        if not field.data:
            raise ValidationError("Accept the policy to set up the account")


@bp.get("/password/reset/<token>", endpoint="open")
@access(Access.PUBLIC, before_policy=True)
def open_link(token: str) -> Response:
    """Take the token out of the address bar into this browser's cookie. Nothing else happens, whoever opens it."""
    session[_TOKEN] = token[:_LONGEST_TOKEN]
    answer = redirect(url_for(".show"), 303)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@bp.get("/password/reset")
@access(Access.PUBLIC, before_policy=True)
def show() -> str:
    found = _found()
    return _page(found, _form(found, formdata=None))


@bp.post("/password/reset")
@access(Access.PUBLIC, before_policy=True)
def save() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    at = now()
    with transaction():
        wait = password_resets.begin(network=client_network(), at=at)
    found = _found()  # also keeps whoever has no link from making us hash
    form = _form(found)
    if wait is not None:
        return _too_many(found, form, wait)
    if not form.validate():
        return _page(found, form), 422
    hashed = tools().hasher.hash(form.password.data or "")
    name = form.name.data if isinstance(form, SetUpForm) else None
    with transaction():
        user = password_resets.save(_token(), password_hash=hashed, name=name, network=client_network(), at=at)
        here = present()
        if user is not None and here is not None:
            sign_ins.end(here.sign_in, by=here.user, because="signed-out", at=at)
    if user is None:
        abort(redirect(url_for(".show"), 303))
    forget()
    remember_device(user.address)
    flash("Your password is saved\nSign in with it now.", "done")
    return redirect(url_for("account.sign_in.show"), 303)


def _token() -> str:
    token = session.get(_TOKEN)
    return token if isinstance(token, str) else ""


def _found() -> OpenReset:
    """The open link of this browser; else the page that says what to do."""
    found = password_resets.find(_token(), at=now()) if _token() else None
    if found is None:
        abort(_ended_page())
    return found


def _ended_page() -> Response:
    return Response(render_template("account/reset/ended.html"), 410, mimetype="text/html")


def _form(found: OpenReset, **given: Any) -> NewPasswordForm:
    if not found.is_set_up:
        return NewPasswordForm(owner=found.user, **given)
    data = {"name": found.user.name}
    return SetUpForm(owner=found.user, version=policies.current().version, data=data, **given)


def _too_many(found: OpenReset, form: NewPasswordForm, wait: Wait) -> tuple[str, int, dict[str, str]]:
    at = now()
    form.form_errors.append(f"Too many tries. Go on at {go_on_at(wait, at)}.")
    return _page(found, form), 429, retry_after(wait, at)


def _page(found: OpenReset, form: NewPasswordForm) -> str:
    policy = policies.current() if found.is_set_up else None
    if policy is not None and isinstance(form, SetUpForm):
        form.policy_version.data = str(policy.version)
    return render_template(
        "account/reset/show.html",
        form=form,
        found=found,
        policy=policy,
        policy_lines=policies.summary_lines(policy) if policy else [],
        policy_minutes=policies.reading_minutes(policy) if policy else 0,
        policy_day=dates.day_date(policy.published_at, reading_zone()) if policy else "",
    )
