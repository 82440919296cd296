"""A sponsor leaves: all that they answer for goes to somebody else of the staff."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField

from portal.basics.clock import now
from portal.domain import handing_over, people
from portal.domain.handing_over import Holdings
from portal.storage.db import transaction
from portal.storage.models import User
from portal.web.access import Access, access
from portal.web.admin.fact_words import held_words
from portal.web.identity import signed_in_user

bp = Blueprint("handing_over", __name__)


class HandOverForm(FlaskForm):
    """Who goes on."""

    to = StringField("Mail address of who goes on")


@bp.get("/admin/people/<key>/hand-over")
@access(Access.ADMIN)
def ask(key: str) -> str:
    return _page(people.get(key), HandOverForm(formdata=None))


@bp.post("/admin/people/<key>/hand-over")
@access(Access.ADMIN)
def hand_over(key: str) -> Response | tuple[str, int]:
    form, leaver = HandOverForm(), people.get(key)
    try:
        with transaction():
            handed = handing_over.hand_over(leaver, form.to.data or "", by=signed_in_user(), at=now())
    except handing_over.CannotHandOver as fault:
        form.to.errors = [str(fault)]
        return _page(people.get(key), form), 422
    flash(f"{handed.to.display_name} answers for {_words(handed.what)} now\nNo letter was written: tell them.", "done")
    return redirect(url_for("admin.people.show", key=key), 303)


def _page(leaver: User, form: HandOverForm) -> str:
    what = handing_over.holdings_of(leaver)
    words = "" if what.is_nothing else _words(what)
    return render_template("admin/people/hand_over.html", person=leaver, form=form, words=words)


def _words(what: Holdings) -> str:
    return held_words(what.guests, what.sessions, what.folders)
