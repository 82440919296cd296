"""Forms about what goes with a recording: captions, chapters, papers."""

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    Field,
    FieldList,
    FileField,
    Form,
    FormField,
    HiddenField,
    SelectField,
    StringField,
    ValidationError,
)

from portal.basics.errors import PortalError
from portal.basics.languages import LANGUAGES
from portal.basics.positions import NotAPosition, read_position, typed_position
from portal.domain import attachments, captions, chapters
from portal.domain.chapters import Shown

_FEWEST_ROWS = 5
_FREE_ROWS = 2
_MORE_ROWS = 5
_LANGUAGES = [
    (tag, one.name if one.own_name == one.name else f"{one.name} ({one.own_name})") for tag, one in LANGUAGES.items()
]


class CaptionsForm(FlaskForm):
    """A file of captions, and the language that is written in it."""

    language = SelectField("Language", validate_choice=False)
    file = FileField("File of captions")

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.language.choices = [("", "Choose a language"), *_LANGUAGES]

    def validate_language(self, field: Field) -> None:
        if field.data not in LANGUAGES:
            raise ValidationError(captions.NO_LANGUAGE)


class ChapterRow(Form):
    """One chapter; a row with nothing in it is none."""

    begins = StringField("Begins")
    title = StringField("Title")
    seconds = 0.0
    """Where it begins, once the form is validated."""

    @property
    def is_empty(self) -> bool:
        return not ((self.begins.data or "").strip() or (self.title.data or "").strip())

    def validate_begins(self, field: Field) -> None:
        if self.is_empty:
            return
        if not (field.data or "").strip():
            raise ValidationError(chapters.NO_TIME)
        try:
            self.seconds = read_position(field.data)
        except NotAPosition as fault:
            raise ValidationError(str(fault)) from None

    def validate_title(self, field: Field) -> None:
        if self.is_empty:
            return
        try:
            chapters.check_title(field.data or "")
        except PortalError as fault:
            raise ValidationError(str(fault)) from None


class ChaptersForm(FlaskForm):
    """All chapters of a recording, a row each. `version` tells whether somebody else changed them meanwhile."""

    version = HiddenField()
    rows = FieldList(FormField(ChapterRow), max_entries=chapters.MOST + 2 * _FEWEST_ROWS)

    @classmethod
    def of(cls, kept: Sequence[Shown]) -> "ChaptersForm":
        """The form as it stands before anybody types: every chapter, and some rows that are free."""
        rows = [{"begins": typed_position(one.seconds), "title": one.title} for one in kept]
        form = cls(formdata=None, data={"version": chapters.version_of(kept), "rows": rows})
        form.add_rows(max(_FREE_ROWS, _FEWEST_ROWS - len(rows)))
        return form

    def add_rows(self, number: int = _MORE_ROWS) -> None:
        """Free rows at the end, as long as there may be more chapters."""
        for _ in range(number):
            if len(self.rows) < chapters.MOST:
                self.rows.append_entry()

    @property
    def filled(self) -> list[ChapterRow]:
        """The rows that are chapters, in the order of the form."""
        return [entry.form for entry in self.rows if not entry.form.is_empty]

    @property
    def chapters(self) -> list[Shown]:
        """What the rows say, once they are validated."""
        return [Shown(row.seconds, row.title.data or "") for row in self.filled]


class PaperForm(FlaskForm):
    """A paper to put beside a recording."""

    file = FileField("PDF file", id="paper-file")
    title = StringField("Title")

    def validate_title(self, field: Field) -> None:
        if not (field.data or "").strip():
            return  # it is called as its file then
        try:
            attachments.check_title(field.data)
        except PortalError as fault:
            raise ValidationError(str(fault)) from None
