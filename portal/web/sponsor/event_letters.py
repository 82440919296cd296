"""Letters of an event to its guests: a reminder while it is open, a thank-you once it is over."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from wtforms import HiddenField, TextAreaField, ValidationError

from portal.basics.clock import now
from portal.domain import events, uploads
from portal.domain.events import LONGEST_NOTE, NothingToSend
from portal.storage.db import transaction
from portal.storage.models import Event, LetterOfEvent
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor.event_tabs import tabs_of
from portal.web.sponsor.event_words import head_of

bp = Blueprint("event_letters", __name__)


class LetterForm(FlaskForm):
    """What an organiser adds to a letter. `letter`: which was offered; `form_key`: pressed twice, it goes once."""

    form_key = HiddenField()
    letter = HiddenField()
    note = TextAreaField("A note to them")

    def validate_letter(self, field: HiddenField) -> None:
        if field.data not in [letter.value for letter in LetterOfEvent]:
            raise ValidationError("Open this page again: it does not say which letter is to go")

    def validate_note(self, field: TextAreaField) -> None:
        if len(field.data or "") > LONGEST_NOTE:
            raise ValidationError(f"At most {LONGEST_NOTE:,} characters; these are {len(field.data or ''):,}")


@bp.get("/events/<key>/letters")
@access(Access.SPONSOR)
def show(key: str) -> str:
    event = events.find(key, signed_in_user())
    offered = _offered(event)
    given = {"form_key": uploads.new_form_key(), "letter": offered.value if offered else ""}
    return _page(event, LetterForm(formdata=None, data=given))


@bp.post("/events/<key>/letters")
@access(Access.SPONSOR)
def send(key: str) -> Any:
    by = signed_in_user()
    event, form = events.find(key, by), LetterForm()
    form.form_key.data = uploads.checked_form_key(form.form_key.data)
    if not form.validate():
        return _page(event, form), 422
    letter = LetterOfEvent(str(form.letter.data))
    try:
        with transaction():
            mailing = events.send(
                event, letter, note=form.note.data or "", form_key=form.form_key.data, by=by, at=now()
            )
    except NothingToSend as fault:
        form.form_errors.append(str(fault))
        return _page(event, form), 422
    people = "1 guest" if mailing.sent_to == 1 else f"{mailing.sent_to:,} guests"
    flash(f"A letter to {people} is on its way", "done")
    return redirect(url_for(".show", key=key), 303)


def _offered(event: Event) -> LetterOfEvent | None:
    at = now()
    if event.is_open(at):
        return LetterOfEvent.REMINDER
    return LetterOfEvent.THANKS if event.is_over(at) else None


def _page(event: Event, form: LetterForm) -> str:
    at, offered = now(), _offered(event)
    if offered is not None:
        form.letter.data = offered.value
    return render_template(
        "sponsor/events/letters.html",
        event=event,
        head=head_of(event, at),
        tabs=tabs_of(event),
        form=form,
        offered=offered.value if offered else "",
        readers=events.readers_of(event, offered, at=at) if offered else None,
        sent=events.sent(event),
    )
