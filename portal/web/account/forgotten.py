"""A forgotten password: the same answer whoever has the address (product.md, Passwords; ASVS 6.3.8)."""

from flask import Blueprint, redirect, render_template, session, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import EmailField, ValidationError

from portal.basics import addresses
from portal.basics.clock import now
from portal.domain import password_resets
from portal.storage.db import transaction
from portal.web.access import Access, access
from portal.web.identity import client_network
from portal.web.typed import visible
from portal.web.waits import go_on_at, retry_after

bp = Blueprint("forgotten", __name__)

_ASKED_FOR = "asked_for"


class ForgottenForm(FlaskForm):
    """The address, read as all addresses are."""

    address = EmailField("Mail address", filters=[visible])

    def validate_address(self, field: EmailField) -> None:
        try:
            addresses.normalise(field.data or "")
        except addresses.NotAnAddress as fault:
            raise ValidationError(str(fault)) from None


@bp.get("/password/forgotten")
@access(Access.PUBLIC, before_policy=True)
def show() -> str:
    return _page(ForgottenForm(formdata=None))


@bp.post("/password/forgotten")
@access(Access.PUBLIC, before_policy=True)
def send() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    form, at = ForgottenForm(), now()
    if not form.validate():
        return _page(form), 422
    address = addresses.normalise(form.address.data or "")
    with transaction():
        wait = password_resets.ask(address, network=client_network(), at=at)
    if wait is not None:
        form.form_errors.append(f"Too many letters were asked for. Go on at {go_on_at(wait, at)}.")
        return _page(form), 429, retry_after(wait, at)
    session[_ASKED_FOR] = address
    return redirect(url_for(".sent"), 303)


@bp.get("/password/forgotten/sent")
@access(Access.PUBLIC, before_policy=True)
def sent() -> str:
    return render_template("account/forgotten/sent.html", address_typed=session.get(_ASKED_FOR, ""))


def _page(form: ForgottenForm) -> str:
    return render_template("account/forgotten/show.html", form=form)
