"""Lists of guests: pasted, or from a CSV file or a workbook, for whatever guests are named on (product.md, Events)."""

from portal.domain.guest_lists.columns import Column, Columns, guess
from portal.domain.guest_lists.keeping import (
    MOST_ROWS,
    AlreadySent,
    FoundList,
    WrongList,
    choose_columns,
    correct,
    find,
    keep,
)
from portal.domain.guest_lists.reading import Entry
from portal.domain.guest_lists.sending import RowFate, preview, send

__all__ = [
    "MOST_ROWS",
    "AlreadySent",
    "Column",
    "Columns",
    "Entry",
    "FoundList",
    "RowFate",
    "WrongList",
    "choose_columns",
    "correct",
    "find",
    "guess",
    "keep",
    "preview",
    "send",
]
