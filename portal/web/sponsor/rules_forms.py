"""Forms about when and how a recording can be watched, by whom beside those named, and who looks after it."""

from datetime import datetime, time
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, StringField, ValidationError

from portal.basics.clock import now
from portal.basics.typed_dates import END_OF_DAY, START_OF_DAY, NotADate, read_moment, typed
from portal.domain import publishing, session_passwords
from portal.domain.library import SessionPage
from portal.domain.publishing import Showing, WrongWindow
from portal.domain.work import tools


class MomentField(StringField):
    """A moment as people type it, in the portal's zone; `moment` is what it means, None when it is empty.

    What stands there unchanged means the very moment that is kept, `kept`: of an hour that comes twice, too.
    """

    moment: datetime | None = None
    kept: datetime | None = None

    def __init__(self, *given: Any, day_means: time = END_OF_DAY, **more: Any) -> None:
        super().__init__(*given, **more)
        self._day_means = day_means

    def pre_validate(self, form: Any) -> None:
        words, zone = (self.data or "").strip(), tools().settings.time_zone
        if not words:
            return
        if self.kept and words == typed(self.kept, zone):
            self.moment = self.kept
            return
        try:
            self.moment = read_moment(words, zone, now(), day_means=self._day_means)
        except NotADate as fault:
            raise ValidationError(str(fault)) from None


class ShowingForm(FlaskForm):
    """When a recording opens and closes, and what watching it allows. `version`: see `Showing.version`."""

    version = HiddenField()
    opens = MomentField("Opens", day_means=START_OF_DAY)
    closes = MomentField("Closes")
    shows_name = BooleanField("Name and address over the picture")
    allows_small_window = BooleanField("Small window beside other programs (picture in picture)")
    allows_download = BooleanField("Download")

    def __init__(self, kept: Showing, **given: Any) -> None:
        super().__init__(**given)
        self.opens.kept, self.closes.kept = kept.opens_at, kept.closes_at

    def validate_closes(self, field: MomentField) -> None:
        try:
            publishing.check_close(field.moment, field.kept, now())
        except WrongWindow as fault:
            raise ValidationError(str(fault)) from None

    @classmethod
    def of(cls, kept: Showing) -> "ShowingForm":
        """The form as it stands before anybody types."""
        zone = tools().settings.time_zone
        values = {
            "version": kept.version,
            "opens": typed(kept.opens_at, zone) if kept.opens_at else "",
            "closes": typed(kept.closes_at, zone) if kept.closes_at else "",
            "shows_name": kept.shows_name,
            "allows_small_window": kept.allows_small_window,
            "allows_download": kept.allows_download,
        }
        return cls(kept, formdata=None, data=values)

    @property
    def showing(self) -> Showing:
        switches = (self.shows_name, self.allows_download, self.allows_small_window)
        return Showing(self.opens.moment, self.closes.moment, *(bool(switch.data) for switch in switches))


class VideoPasswordForm(FlaskForm):
    """A recording's password. `of_version` tells whether somebody else changed it meanwhile."""

    of_version = HiddenField()
    password = PasswordField("Password")

    def __init__(self, shown: SessionPage, **given: Any) -> None:
        super().__init__(**given)
        self._shown = shown
        if shown.video_session.password_hash is not None:
            self.password.label.text = "New password"

    def validate_password(self, field: PasswordField) -> None:
        shown = self._shown
        fault = session_passwords.fault_in(field.data or "", shown.video_session, owner=shown.owner, by=shown.by)
        if fault:
            raise ValidationError(fault)

    @property
    def version(self) -> int:
        """The number of the password that the page spoke of; of a form that says none, that of no password."""
        said = self.of_version.data or ""
        return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else -1


class CoOwnerForm(FlaskForm):
    """Whom else to have look after a recording."""

    address = StringField("Mail address")
