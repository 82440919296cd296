"""Forms of a recording's video: the poster, and where it begins and ends."""

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import FileField, RadioField, StringField, ValidationError

from portal.basics import dates
from portal.basics.positions import NotAPosition, read_position, typed_position
from portal.domain.posters import Frame
from portal.domain.trimming import Part

NO_MOMENT = "Choose a picture, or type a moment such as 12:40"
NO_PICTURE = "Choose a picture"


def _position(field: StringField) -> float | None:
    """Seconds; None for an empty field. Raises `ValidationError`."""
    text = (field.data or "").strip()
    if not text:
        return None
    try:
        return read_position(text)
    except NotAPosition as fault:
        raise ValidationError(str(fault)) from None


class MomentForm(FlaskForm):
    """Which moment the poster shows: one of the small pictures, or another that is typed."""

    moment = RadioField("Pictures from the recording", validate_choice=False)
    other = StringField("Another moment")

    def offer(self, frames: Sequence[Frame]) -> None:
        self._moments = {str(frame.seconds): frame.seconds for frame in frames}
        self.moment.choices = [(str(frame.seconds), dates.position(frame.seconds)) for frame in frames]

    def validate_other(self, field: StringField) -> None:
        self.seconds = _position(field)
        if self.seconds is None:
            self.seconds = self._picked()

    def _picked(self) -> float:
        if self.moment.data not in self._moments:
            raise ValidationError(NO_MOMENT)
        return self._moments[self.moment.data]


class PictureForm(FlaskForm):
    """An own picture as the poster."""

    file = FileField("Own picture")


class TrimForm(FlaskForm):
    """Where a recording begins and ends in its file. An empty field: at the file's own start or end."""

    start = StringField("Begins at")
    end = StringField("Ends at")

    @classmethod
    def of(cls, part: Part) -> "TrimForm":
        """The form as it stands before anybody types."""
        begins = typed_position(part.start) if part.start else ""
        ends = typed_position(part.end) if part.end < part.whole else ""
        return cls(formdata=None, data={"start": begins, "end": ends})

    def validate_start(self, field: StringField) -> None:
        self.start_seconds = _position(field) or 0.0

    def validate_end(self, field: StringField) -> None:
        self.end_seconds = _position(field)
