"""Forms about whom something is shared with, and on what terms."""

from datetime import datetime
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (  # type: ignore[attr-defined]  # missing in its stubs
    HiddenField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)

from portal.basics import dates
from portal.basics.addresses import read_list
from portal.basics.clock import now
from portal.basics.typed_dates import START_OF_DAY, NotADate, read_moment, typed
from portal.domain.grants import MOST_AT_ONCE, MOST_VIEWS, Terms, WrongTerms
from portal.domain.work import tools
from portal.storage.models import WhenItEnds

LONGEST_NOTE = 2000
_FIRST_YEAR, _LAST_YEAR = 2000, 9000  # of a moment that a form carries: beyond, other zones have none
_ENDINGS = {WhenItEnds.FINISH: "Let a sitting that has begun finish", WhenItEnds.STOP: "Stop at once"}


class BeginField(StringField):
    """A begin as people type it; `moment` is what it means, None when it is empty. A day alone means its start."""

    moment: datetime | None = None

    def pre_validate(self, form: Any) -> None:
        words = (self.data or "").strip()
        if not words:
            return
        try:
            self.moment = read_moment(words, tools().settings.time_zone, now(), day_means=START_OF_DAY)
        except NotADate as fault:
            raise ValidationError(str(fault)) from None


class EndField(StringField):
    """An end as people type it; `moment` is what it means, None when it is empty. A past one is refused."""

    moment: datetime | None = None

    def pre_validate(self, form: Any) -> None:
        words = (self.data or "").strip()
        if not words:
            return
        zone, at = tools().settings.time_zone, now()
        try:
            self.moment = read_moment(words, zone, at)
        except NotADate as fault:
            raise ValidationError(str(fault)) from None
        if self.moment <= at:
            raise ValidationError(f"“{self.label.text}” lies in the past: {dates.day_date(self.moment, zone)}")


class ViewsField(StringField):
    """A number of views as people type it; `views` is that number, None when it is empty: no limit."""

    views: int | None = None

    def pre_validate(self, form: Any) -> None:
        words = (self.data or "").strip()
        if not words:
            return
        self.views = int(words) if words.isdecimal() and len(words) <= 4 else None
        if self.views is None or not 1 <= self.views <= MOST_VIEWS:
            raise ValidationError(f"Views must be a whole number from 1 to {MOST_VIEWS}, or empty")


class AddressesForm(FlaskForm):
    """Whom: addresses as they are pasted. Stands first here, and so in the list of what needs correcting."""

    addresses = TextAreaField("Mail addresses")

    def validate_addresses(self, field: TextAreaField) -> None:
        number = len(read_list(field.data or ""))
        if not number:
            raise ValidationError("Enter at least one mail address")
        if number > MOST_AT_ONCE:
            raise ValidationError(f"At most {MOST_AT_ONCE:,} addresses at a time; these are {number:,}")


class TermsForm(FlaskForm):
    """From when, until when, how many views; `terms` once it is valid."""

    begins = BeginField("From")
    until = EndField("Until")
    views = ViewsField("Views")
    when_it_ends = SelectField(
        "When it ends",
        choices=[SelectChoice(ending.value, words) for ending, words in _ENDINGS.items()],
        default=WhenItEnds.FINISH.value,
    )

    @property
    def terms(self) -> Terms:
        return Terms(self.begins.moment, self.until.moment, self.views.views, WhenItEnds(self.when_it_ends.data))

    def validate(self, extra_validators: Any = None) -> bool:
        # a form without the choice, such as one that somebody's script sends, means what every form says
        if self.when_it_ends.data is None:
            self.when_it_ends.data = WhenItEnds.FINISH.value
        is_valid = super().validate(extra_validators)
        if not any(control.errors for control in (self.begins, self.until, self.views, self.when_it_ends)):
            try:
                self.terms.check()
            except WrongTerms as fault:
                self[fault.field].errors = [str(fault)]
                return False
        return bool(is_valid)

    def typed_terms(self) -> dict[str, str]:
        """Valid terms as words that mean the very same when they are sent once more."""
        zone = tools().settings.time_zone
        return {
            "begins": typed(self.begins.moment, zone) if self.begins.moment else "",
            "until": typed(self.until.moment, zone) if self.until.moment else "",
            "views": str(self.views.views or ""),
            "when_it_ends": self.when_it_ends.data,
        }


class SharingForm(TermsForm):
    """On what terms something is shared, and what to say."""

    note = TextAreaField("A note to them")

    def validate_begins(self, field: BeginField) -> None:
        """A day that is gone is a slip; earlier today means at once."""
        zone, at = tools().settings.time_zone, now()
        if field.moment and dates.in_zone(field.moment, zone).date() < dates.in_zone(at, zone).date():
            day = dates.day_date(field.moment, zone)
            raise ValidationError(f"“From” lies in the past: {day}. Leave it empty to begin at once")

    def validate_note(self, field: TextAreaField) -> None:
        length = len((field.data or "").strip().replace("\r\n", "\n"))
        if length > LONGEST_NOTE:
            raise ValidationError(f"A note has {LONGEST_NOTE:,} characters at most; this one has {length:,}")


class PeopleForm(AddressesForm, SharingForm):
    """Whom to add, on what terms, and what to say."""


class AddressForm(FlaskForm):
    """The address a letter should have gone to."""

    address = StringField("Mail address")


class AccountEndForm(FlaskForm):
    """When a guest's account ends. `shown` is the end it had when the page was opened: nobody overwrites unseen.

    An end that was left as it was shown keeps its seconds, and may have passed.
    """

    until = StringField("Account until")
    shown = HiddenField()

    @classmethod
    def of(cls, ends_at: datetime | None) -> "AccountEndForm":
        """The form as it is shown first."""
        form = cls(formdata=None, until=typed(ends_at, tools().settings.time_zone) if ends_at else "")
        form.shows(ends_at)
        return form

    def shows(self, ends_at: datetime | None) -> None:
        """From now on the page says that this is the end."""
        self.shown.data = ends_at.isoformat() if ends_at else ""

    @property
    def seen(self) -> datetime | None:
        """The end that was shown; of anything else, none."""
        try:
            moment = datetime.fromisoformat(self.shown.data or "")
        except ValueError:
            return None
        return moment if moment.tzinfo and _FIRST_YEAR <= moment.year <= _LAST_YEAR else None

    @property
    def ends_at(self) -> datetime | None:
        """What a valid form asks for."""
        words, zone = (self.until.data or "").strip(), tools().settings.time_zone
        if not words:
            return None
        if self.seen and words == typed(self.seen, zone):
            return self.seen
        return read_moment(words, zone, now())

    def validate_until(self, field: StringField) -> None:
        try:
            _ = self.ends_at
        except NotADate as fault:
            raise ValidationError(str(fault)) from None
