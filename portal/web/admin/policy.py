"""The acceptable use policy for admins: its versions, who accepted them, and a new one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.basics.clock import now
from portal.basics.errors import Conflict
from portal.domain import policies, policy_acceptances
from portal.storage.db import transaction
from portal.storage.models import Policy
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.lists import asked_place, page_links

bp = Blueprint("policy", __name__)


def _tidy(text: str | None) -> str:
    return (text or "").strip()


class PolicyForm(FlaskForm):
    """The words of a new version. `after` is the version it was written to follow."""

    summary = TextAreaField(
        "In a few plain lines",
        [
            DataRequired("Write the few lines that people read when they accept it"),
            Length(max=2000, message="The few lines have 2,000 characters at most"),
        ],
        filters=[_tidy],
    )
    body = TextAreaField(
        "The whole text",
        [
            DataRequired("Write the text of the policy"),
            Length(max=50_000, message="The text has 50,000 characters at most"),
        ],
        filters=[_tidy],
    )
    change_note = StringField(
        "What is new",
        [
            DataRequired("Say in a sentence what is new; people read it when they are asked"),
            Length(max=300, message="What is new has 300 characters at most"),
        ],
        filters=[_tidy],
    )
    after = HiddenField()


@bp.get("/admin/policy")
@access(Access.ADMIN)
def index() -> str:
    return render_template("admin/policy/index.html", versions=policy_acceptances.versions())


@bp.get("/admin/policy/<int(max=2147483647):version>")
@access(Access.ADMIN)
def show(version: int) -> str:
    policy = policy_acceptances.find(version)
    page = policy_acceptances.accepted(policy, asked_place())
    return render_template(
        "admin/policy/show.html",
        policy=policy,
        summary=policies.summary_lines(policy),
        blocks=policies.blocks(policy),
        people=page.rows,
        pages=page_links(page),
    )


@bp.get("/admin/policy/new")
@access(Access.ADMIN)
def new() -> str:
    newest = policies.current()
    form = PolicyForm(data={"summary": newest.summary, "body": newest.body, "after": str(newest.version)})
    return render_template("admin/policy/new.html", form=form, version=newest.version + 1)


@bp.post("/admin/policy/new")
@access(Access.ADMIN)
def preview() -> str | tuple[str, int]:
    """Shows the effect; nothing is published yet."""
    form = PolicyForm()
    newest = policies.current()
    if not form.validate():
        return render_template("admin/policy/new.html", form=form, version=newest.version + 1), 422
    if "change" in request.form:
        return render_template("admin/policy/new.html", form=form, version=newest.version + 1)
    draft = Policy(summary=form.summary.data, body=form.body.data, change_note=form.change_note.data)
    return render_template(
        "admin/policy/preview.html",
        form=form,
        version=newest.version + 1,
        summary=policies.summary_lines(draft),
        blocks=policies.blocks(draft),
        minutes=policies.reading_minutes(draft),
        people=policy_acceptances.asked_next(at=now()),
    )


@bp.post("/admin/policy")
@access(Access.ADMIN)
def publish() -> Response | tuple[str, int]:
    form = PolicyForm()
    if not form.validate():
        return render_template("admin/policy/new.html", form=form, version=policies.current().version + 1), 422
    try:
        with transaction():
            _check_follows(form)
            policy = policies.publish(
                form.summary.data or "",
                form.body.data or "",
                form.change_note.data or "",
                by=signed_in_user(),
                at=now(),
            )
    except Conflict as conflict:
        newest = policies.current()
        form.after.data = str(newest.version)
        form.summary.errors = [str(conflict)]
        return render_template("admin/policy/new.html", form=form, version=newest.version + 1), 409
    flash(
        f"Version {policy.version} is in force\nEverybody is asked to accept it with the next page they open.", "done"
    )
    return redirect(url_for(".index"), 303)


def _check_follows(form: PolicyForm) -> None:
    """Two admins who write at once: the second sees the other's version first."""
    if form.after.data != str(policies.current().version):
        raise Conflict("Somebody published a version after you began. Look at it before you publish yours.")
