"""What an admin lets sponsors give by one press, how many they may invite, and how much space each of them has."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField, ValidationError

from portal.basics.clock import now
from portal.domain import options
from portal.domain.options import GIGABYTE, NEW_GUESTS_RANGE, QUOTA_RANGE, RANGES, Ceilings, WrongOption
from portal.storage.db import transaction
from portal.web.access import Access, access
from portal.web.identity import signed_in_user

bp = Blueprint("sharing", __name__)


_RANGES = {**RANGES, "new_guests": NEW_GUESTS_RANGE, "space": QUOTA_RANGE}


class NumberField(StringField):
    """A whole number as people type it, of those that the rule allows; `number` is what it means."""

    number: int = 0

    def pre_validate(self, form: Any) -> None:
        typed, (least, most) = (self.data or "").strip(), _RANGES[self.name]
        self.number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 9 else least - 1
        if not least <= self.number <= most:
            raise ValidationError(f"“{self.label.text}” must be a whole number from {least} to {most:,}")


class CeilingsForm(FlaskForm):
    """How much answers to guests who ask may give, how many each sponsor may invite, and how much space each has."""

    days = NumberField("Days that one press gives")
    days_ahead = NumberField("Most days ahead")
    views = NumberField("Views that one press gives")
    most_views = NumberField("Most views")
    new_guests = NumberField("New guests in 24 hours")
    space = NumberField("Gigabytes for each sponsor")


@bp.get("/admin/sharing")
@access(Access.ADMIN)
def show() -> str:
    held, space = options.ceilings(), options.upload_quota() // GIGABYTE
    values = {name: str(getattr(held, name)) for name in RANGES}
    kept = {"space": str(space), "new_guests": str(options.new_guests())}
    return _page(CeilingsForm(formdata=None, data={**values, **kept}))


@bp.post("/admin/sharing")
@access(Access.ADMIN)
def save() -> Response | tuple[str, int]:
    form = CeilingsForm()
    if not form.validate():
        return _page(form), 422
    wanted = Ceilings(**{name: form[name].number for name in RANGES})
    try:
        with transaction():
            is_changed = options.set_ceilings(wanted, by=signed_in_user(), at=now())
            is_changed |= options.set_new_guests(form.new_guests.number, by=signed_in_user(), at=now())
            is_changed |= options.set_upload_quota(form.space.number, by=signed_in_user(), at=now())
    except WrongOption as fault:
        form[fault.name].errors = [str(fault)]
        return _page(form), 422
    words = "Saved\nIt holds from the next answer and the next upload on." if is_changed else "Nothing has changed"
    flash(words, "done" if is_changed else "info")
    return redirect(url_for(".show"), 303)


def _page(form: CeilingsForm) -> str:
    return render_template("admin/sharing/show.html", form=form)
