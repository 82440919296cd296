"""Closing an event by hand, and opening it again: what would end is said first, and the own password is asked."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField

from portal.basics import dates
from portal.basics.clock import now
from portal.basics.typed_dates import NotADate, read_moment
from portal.domain import events, passwords
from portal.domain.events import WrongDetails
from portal.storage.db import transaction
from portal.storage.models import Event
from portal.web import own_password
from portal.web.access import Access, access
from portal.web.identity import client_network, signed_in_user
from portal.web.sponsor.event_tabs import tabs_of
from portal.web.sponsor.event_words import head_of

bp = Blueprint("event_closing", __name__)

CHANGED_MEANWHILE = "The event has changed since you opened this page. Below is what would end now."


class ClosingForm(FlaskForm):
    """The press on “close”. `version`: that of the event as it was shown."""

    version = HiddenField()
    password = PasswordField(own_password.LABEL)


class ReopeningForm(FlaskForm):
    """Until when an event is open again, in the organiser's time zone."""

    closes = StringField("Open until")
    password = PasswordField(own_password.LABEL)


@bp.get("/events/<key>/closing")
@access(Access.SPONSOR)
def show(key: str) -> str:
    event = events.find(key, signed_in_user())
    return _page(event, ClosingForm(formdata=None, data={"version": event.version}))


@bp.post("/events/<key>/closing")
@access(Access.SPONSOR)
def close(key: str) -> Any:
    by, at = signed_in_user(), now()
    event, form = events.find(key, by), ClosingForm()
    if not form.validate():
        return _page(event, form), 422
    refused = own_password.refusal(form.password, by, at=at)
    if refused is not None:
        status, headers = refused
        return _page(event, form), status, headers
    if event.closed_at is None and form.version.data != str(event.version):
        form.form_errors.append(CHANGED_MEANWHILE)
        form.version.data = str(event.version)
        return _page(event, form), 409
    with transaction():
        closing = events.close(event, by=by, at=now())
        passwords.forgive_tries(by, network=client_network())
    if closing is None:
        flash("It is closed already", "info")
    else:
        guests = "1 guest" if closing.grants_ended == 1 else f"{closing.grants_ended:,} guests"
        flash(f"The event is closed\nThe access of {guests} has ended, and what played was stopped.", "done")
    return redirect(url_for(".show", key=key), 303)


@bp.post("/events/<key>/reopening")
@access(Access.SPONSOR)
def reopen(key: str) -> Any:
    by = signed_in_user()
    event, form = events.find(key, by), ReopeningForm()
    if event.closed_at is None:
        flash("It is open already", "info")
        return redirect(url_for(".show", key=key), 303)
    refused = own_password.refusal(form.password, by, at=now())
    if refused is not None:
        status, headers = refused
        return _page(event, form), status, headers
    try:
        closes_at = read_moment((form.closes.data or "").strip(), event.time_zone, now())
        with transaction():
            closing = events.reopen(event, closes_at=closes_at, by=by, at=now())
            passwords.forgive_tries(by, network=client_network())
    except (NotADate, WrongDetails) as fault:
        form.closes.errors = [str(fault)]
        return _page(event, form), 422
    if closing is not None:
        until = dates.long_date(closes_at, event.time_zone)
        flash(f"The event is open again\nThe same people may watch until {until}.", "done")
    return redirect(url_for(".show", key=key), 303)


def _page(event: Event, form: FlaskForm) -> str:
    at = now()
    closing = events.newest_closing(event)
    return render_template(
        "sponsor/events/closing.html",
        event=event,
        head=head_of(event, at),
        tabs=tabs_of(event),
        form=form,
        reach=events.reach(event, at=at) if event.closed_at is None else None,
        closing=closing if event.closed_at is not None else None,
        voided=events.voided_by(closing) if closing is not None else 0,
        reopening=form if isinstance(form, ReopeningForm) else ReopeningForm(formdata=None),
        is_past=event.closes_at <= at,
    )
