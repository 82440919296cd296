"""Forms about events: what one is called, when it is, and what its closing does."""

from datetime import datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from flask_wtf import FlaskForm
from wtforms import (  # type: ignore[attr-defined]  # missing in its stubs
    HiddenField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)

from portal.basics.clock import now
from portal.basics.typed_dates import END_OF_DAY, START_OF_DAY, NotADate, read_moment, typed
from portal.domain.events import Details, WrongDetails
from portal.domain.work import tools
from portal.storage.models import Event, OnClosing
from portal.web import own_password

ON_CLOSING = {
    OnClosing.VOID: "Their passwords stop working",
    OnClosing.KEEP: "They keep their passwords",
    OnClosing.DISABLE: "Their accounts are disabled",
}
ON_CLOSING_HINTS = {
    OnClosing.VOID.value: "Whoever is invited again later sets a new one",
    OnClosing.KEEP.value: "They can sign in, and see that nothing is shared with them",
    OnClosing.DISABLE.value: "Nobody can sign in until an admin lets them",
}
_SOON = timedelta(days=1)


class EventForm(FlaskForm):
    """An event. `details` once it is valid; `form_key`: sent twice, it makes one; `version`: see `Details.version`.

    The window is typed in the zone that is chosen beside it. What stands there unchanged means the very moment kept.
    `password` is asked where `closes_sooner`.
    """

    form_key = HiddenField()
    version = HiddenField()
    copy_of = HiddenField()
    title = StringField("Name of the event")
    description = TextAreaField("What its guests read about it")
    opens = StringField("Opens")
    closes = StringField("Closes")
    time_zone = SelectField("Time zone", validate_choice=False)
    on_closing = RadioField(
        "Guests who have nothing else",
        choices=[SelectChoice(choice.value, words) for choice, words in ON_CLOSING.items()],
        default=OnClosing.VOID.value,
    )
    password = PasswordField(own_password.LABEL)

    def __init__(self, kept: Event | None = None, **given: Any) -> None:
        super().__init__(**given)
        self._kept = kept
        self.time_zone.choices = [SelectChoice(zone, zone.replace("_", " ")) for zone in zones()]
        self.time_zone.data = self.time_zone.data or tools().settings.time_zone

    @classmethod
    def of(cls, event: Event, **more: Any) -> "EventForm":
        """The form as it stands before anybody types."""
        zone = event.time_zone
        values = {
            "version": Details.of(event).version,
            "title": event.title,
            "description": event.description,
            "opens": typed(event.opens_at, zone),
            "closes": typed(event.closes_at, zone),
            "time_zone": zone,
            "on_closing": event.on_closing.value,
        }
        return cls(event, formdata=None, data=values | more)

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        opens = self._moment(self.opens, START_OF_DAY, self._kept.opens_at if self._kept else None)
        closes = self._moment(self.closes, END_OF_DAY, self._kept.closes_at if self._kept else None)
        if not (is_valid and opens and closes):
            self._check_title()
            return False
        self.details = Details(
            title=self.title.data or "",
            description=self.description.data or "",
            opens_at=opens,
            closes_at=closes,
            time_zone=self.time_zone.data or "",
            on_closing=OnClosing(self.on_closing.data),
        )
        try:
            self.details = self.details.checked(now())
        except WrongDetails as fault:
            self.say(fault)
            return False
        return True

    @property
    def closes_sooner(self) -> bool:
        """Whether what was typed, once it is valid, closes an event within a day that was to close later."""
        closes_at = self.details.closes_at
        return self._kept is not None and closes_at < min(self._kept.closes_at, now() + _SOON)

    def say(self, fault: WrongDetails) -> None:
        """Put a sentence beside the field that it concerns."""
        self[fault.field].errors = [str(fault)]

    def _check_title(self) -> None:
        if not (self.title.data or "").strip():
            self.title.errors = ["Say what the event is called"]

    def _moment(self, field: StringField, day_means: time, kept: datetime | None) -> datetime | None:
        words, zone = (field.data or "").strip(), self.time_zone.data or ""
        if zone not in available_timezones():
            self.time_zone.errors = ["Choose a time zone of the list"]
            return None
        if not words:
            field.errors = [f"Say when it {field.label.text.lower()}, such as 4 Dec 2026 18:00"]
            return None
        if self._kept and kept and zone == self._kept.time_zone and words == typed(kept, zone):
            return kept
        try:
            return read_moment(words, zone, now(), day_means=day_means)
        except NotADate as fault:
            field.errors = [str(fault)]
            return None


@cache
def zones() -> list[str]:
    """Time zones to choose from, by the names of places."""
    return sorted(
        zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix", "right"))
    )
