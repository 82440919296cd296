"""Signing in and out (product.md, Passwords; security.md, Passwords and the way in; design 06)."""

from datetime import datetime

from flask import Blueprint, redirect, render_template, request
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, HiddenField, PasswordField

from portal.basics.clock import now
from portal.basics.devices import device_words
from portal.basics.errors import Busy
from portal.domain import sign_ins, signing_in
from portal.domain.signing_in import Attempt
from portal.domain.throttle import Wait
from portal.storage.db import transaction
from portal.web.access import Access, access
from portal.web.account.signed_out import signed_out
from portal.web.identity import client_network, present, remember, safe_next
from portal.web.known_devices import device_of, remember_device
from portal.web.typed import visible
from portal.web.waits import go_on_at, retry_after

bp = Blueprint("sign_in", __name__)

NO_MATCH = "Address or password do not match."


class SignInForm(FlaskForm):
    """Nothing is checked by itself: every way to get it wrong gives the one answer."""

    address = EmailField("Mail address", filters=[visible])
    password = PasswordField("Password")
    next = HiddenField()


@bp.get("/sign-in")
@access(Access.PUBLIC, before_policy=True)
def show() -> str | Response:
    headed = safe_next(request.args.get("next"), "")
    if present():
        return redirect(headed or "/", 303)
    return _page(SignInForm(formdata=None, data={"next": headed}))


@bp.post("/sign-in")
@access(Access.PUBLIC, before_policy=True)
def start() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    form, at = SignInForm(), now()
    account = signing_in.account_meant(form.address.data or "")
    with transaction():
        attempt = signing_in.begin(account, network=client_network(), device=device_of(account), at=at)
    if isinstance(attempt, Wait):
        form.form_errors.append(f"Too many tries. Go on at {go_on_at(attempt, at)}, or reset the password.")
        return _page(form), 429, retry_after(attempt, at)
    try:
        right = _is_right(attempt, form.password.data or "")
    except Busy as busy:
        form.form_errors.append(str(busy))
        return _page(form), 429, {"Retry-After": str(busy.retry_after)}
    with transaction():
        browser = device_words(request.user_agent.string)
        token = signing_in.finish(attempt, right=right, network=client_network(), browser=browser, at=now())
    if token is None:
        form.form_errors.append(NO_MATCH)
        return _page(form), 422
    _end_present("signed-in-again", now())
    remember(token)
    remember_device(account)
    return redirect(safe_next(form.next.data), 303)


@bp.post("/sign-out")
@access(Access.PUBLIC, before_policy=True)
def end() -> Response:
    _end_present("signed-out", now())
    return signed_out()


def _is_right(attempt: Attempt, password: str) -> bool:
    """Raises `Busy`; then the try does not count."""
    try:
        return signing_in.is_right(attempt, password)
    except Busy:
        with transaction():
            signing_in.give_back(attempt)
        raise


def _end_present(because: str, at: datetime) -> None:
    """Whoever was signed in at this browser is so no more."""
    here = present()
    if here is not None:
        with transaction():
            sign_ins.end(here.sign_in, by=here.user, because=because, at=at)


def _page(form: SignInForm) -> str:
    return render_template("account/sign_in/show.html", form=form, signed_out=request.args.get("after") == "sign-out")
