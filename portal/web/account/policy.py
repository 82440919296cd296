"""The acceptable use policy: to read, and to accept when it is new (issue "Policy"; product.md, Words)."""

from flask import Blueprint, flash, redirect, render_template, request
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, ValidationError

from portal.basics.clock import now
from portal.basics.errors import Conflict
from portal.domain import policies
from portal.storage.db import transaction
from portal.web.access import Access, access
from portal.web.identity import safe_next, signed_in_user

bp = Blueprint("policy", __name__)


class AcceptForm(FlaskForm):
    """A yes to the version that the page shows."""

    accepted = BooleanField("I have read the policy and accept it")
    version = HiddenField()
    next = HiddenField()

    def validate_accepted(self, field: BooleanField) -> None:
        if not field.data:
            raise ValidationError("Accept the policy to go on, or leave without accepting")


@bp.get("/policy")
@access(Access.PUBLIC, before_policy=True)
def show() -> str:
    policy = policies.current()
    return render_template(
        "account/policy/show.html",
        policy=policy,
        lines=policies.summary_lines(policy),
        blocks=policies.blocks(policy),
        minutes=policies.reading_minutes(policy),
    )


@bp.get("/policy/accept")
@access(Access.SIGNED_IN, before_policy=True)
def show_acceptance() -> str | Response:
    headed = safe_next(request.args.get("next"))
    if not policies.new_for(signed_in_user()):
        return redirect(headed, 303)
    return _page(AcceptForm(formdata=None, data={"next": headed}))


@bp.post("/policy/accept")
@access(Access.SIGNED_IN, before_policy=True)
def accept() -> Response | tuple[str, int]:
    form = AcceptForm()
    if not form.validate():
        return _page(form), 422
    try:
        with transaction():
            policies.accept(signed_in_user(), now(), version=_number(form.version.data))
    except Conflict as newer:
        form.accepted.data = False
        form.accepted.errors = [str(newer)]
        return _page(form), 422
    flash("You have accepted the policy", "done")
    return redirect(safe_next(form.next.data), 303)


def _number(typed: str | None) -> int:
    return int(typed) if typed and typed.isascii() and typed.isdigit() and len(typed) < 9 else 0


def _page(form: AcceptForm) -> str:
    new = policies.new_for(signed_in_user())
    policy = new[0] if new else policies.current()
    form.version.data = str(policy.version)
    return render_template(
        "account/policy/accept.html",
        form=form,
        policy=policy,
        is_first=policies.accepted_by(signed_in_user()) is None,
        notes=[version.change_note for version in new if version.change_note],
        lines=policies.summary_lines(policy),
        blocks=policies.blocks(policy),
        minutes=policies.reading_minutes(policy),
    )
