"""Forms about lists of guests: bringing one, and saying what its columns are."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import (  # type: ignore[attr-defined]  # missing in its stubs
    BooleanField,
    FieldList,
    FileField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)

from portal.domain.guest_lists import Column
from portal.web.sponsor.people_forms import SharingForm

_WORDS = {
    Column.ADDRESS: "Mail address",
    Column.NAME: "Name",
    Column.FIRST_NAME: "First name",
    Column.LAST_NAME: "Last name",
    Column.BEGINS: "From",
    Column.UNTIL: "Until",
    Column.VIEWS: "Views",
    Column.IGNORED: "Not used",
}
_MOST_COLUMNS = 100


class _ListFields(FlaskForm):
    """Stands first here, and so in the list of what needs correcting."""

    file = FileField("A file")
    pasted = TextAreaField("Or paste it")


class ListForm(_ListFields, SharingForm):
    """A list, the terms of all rows that say nothing else, and what to say."""


class ColumnsForm(FlaskForm):
    """What each column of a list is."""

    has_head = BooleanField("The first row says what the columns are")
    kinds = FieldList(
        SelectField("Column", choices=[SelectChoice(kind.value, words) for kind, words in _WORDS.items()]),
        max_entries=_MOST_COLUMNS,
    )


class CorrectionForm(FlaskForm):
    """Another address for one row."""

    row = StringField("Row")
    address = StringField("Mail address")

    @property
    def number(self) -> int:
        """The row's number; 0 for none."""
        typed: Any = (self.row.data or "").strip()
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else 0


def words_of(kind: Column) -> str:
    """What a kind of column is called."""
    return _WORDS[kind]
