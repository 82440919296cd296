"""Judging at an event: criteria, score sheets, blind numbers, and what it all comes to (docs/judging.md)."""

from portal.domain.judging.checking import EventOver, check_points, points_words, read_points, weight_words
from portal.domain.judging.freezing import freeze, unfreeze
from portal.domain.judging.labels import in_order_for
from portal.domain.judging.outcome import Entry, Judge, Outcome, Part
from portal.domain.judging.sheets import Sheet, SheetClosed, Typed, WrongReason, WrongSheet

__all__ = [
    "Entry",
    "EventOver",
    "Judge",
    "Outcome",
    "Part",
    "Sheet",
    "SheetClosed",
    "Typed",
    "WrongReason",
    "WrongSheet",
    "check_points",
    "freeze",
    "in_order_for",
    "points_words",
    "read_points",
    "unfreeze",
    "weight_words",
]
