"""Forms about whom something is shared with."""

from datetime import datetime
from typing import Any

from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField, ValidationError

from portal.basics import dates
from portal.basics.addresses import read_list
from portal.basics.clock import now
from portal.basics.typed_dates import NotADate, read_moment
from portal.domain.grants import MOST_AT_ONCE
from portal.domain.work import tools

LONGEST_NOTE = 2000


class EndField(StringField):
    """An end as people type it; `moment` is what it means, None when it is empty. A past one is refused."""

    moment: datetime | None = None

    def pre_validate(self, form: Any) -> None:
        typed = (self.data or "").strip()
        if not typed:
            return
        zone, at = tools().settings.time_zone, now()
        try:
            self.moment = read_moment(typed, zone, at)
        except NotADate as fault:
            raise ValidationError(str(fault)) from None
        if self.moment <= at:
            raise ValidationError(f"“{self.label.text}” lies in the past: {dates.day_date(self.moment, zone)}")


class PeopleForm(FlaskForm):
    """Whom to add: addresses as they are pasted, until when, and what to say."""

    addresses = TextAreaField("Mail addresses")
    until = EndField("Until")
    note = TextAreaField("A note to them")

    def validate_addresses(self, field: TextAreaField) -> None:
        number = len(read_list(field.data or ""))
        if not number:
            raise ValidationError("Enter at least one mail address")
        if number > MOST_AT_ONCE:
            raise ValidationError(f"At most {MOST_AT_ONCE:,} addresses at a time; these are {number:,}")

    def validate_note(self, field: TextAreaField) -> None:
        length = len((field.data or "").strip().replace("\r\n", "\n"))
        if length > LONGEST_NOTE:
            raise ValidationError(f"A note has {LONGEST_NOTE:,} characters at most; this one has {length:,}")


class EndForm(FlaskForm):
    """Until when somebody may watch."""

    until = EndField("Until")


class AddressForm(FlaskForm):
    """The address a letter should have gone to."""

    address = StringField("Mail address")
