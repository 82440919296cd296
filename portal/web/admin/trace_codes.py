"""The trace code seen over a filmed picture: whose browser it was shown in."""

from flask import Blueprint, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField

from portal.basics.clock import now
from portal.domain import trace_codes
from portal.storage.db import transaction
from portal.web.access import Access, access
from portal.web.admin.fact_words import RIGHTS
from portal.web.identity import signed_in_user

bp = Blueprint("trace_codes", __name__)


class CodeForm(FlaskForm):
    """The code as it was read from the picture."""

    code = StringField("Trace code")


@bp.get("/admin/trace")
@access(Access.ADMIN)
def show() -> str:
    return _page(CodeForm(formdata=None))


@bp.post("/admin/trace")
@access(Access.ADMIN)
def look_up() -> Response | tuple[str, int]:
    form = CodeForm()
    try:
        code = trace_codes.read(form.code.data or "")
    except trace_codes.NotATraceCode as fault:
        return _refused(form, str(fault))
    with transaction():
        key = trace_codes.look_up(code, by=signed_in_user(), at=now())
    if key is None:
        return _refused(form, "No player has shown this code. Look once more, or its recording or account is deleted.")
    return redirect(url_for(".found", key=key), 303)


@bp.get("/admin/trace/<key>")
@access(Access.ADMIN)
def found(key: str) -> str:
    traced = trace_codes.find(key)
    return render_template(
        "admin/trace_codes/found.html",
        traced=traced,
        by_right=RIGHTS.get(traced.viewing.right, traced.viewing.right),
        sign_in_is_live=traced.sign_in is not None and traced.sign_in.is_live(now()),
    )


def _page(form: CodeForm) -> str:
    return render_template("admin/trace_codes/show.html", form=form)


def _refused(form: CodeForm, sentence: str) -> tuple[str, int]:
    form.code.errors = [sentence]
    return _page(form), 422
