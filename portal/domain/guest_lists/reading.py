"""What the rows of a list mean: whom, by what name, on what terms."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from email.utils import parseaddr
from functools import lru_cache
from typing import Any, Self

from portal.basics import addresses, dates
from portal.basics.addresses import NotAnAddress
from portal.basics.typed_dates import END_OF_DAY, START_OF_DAY, NotADate, read_moment
from portal.domain.grants import MOST_VIEWS, Terms, Thing, Wanted, WrongTerms, check_typed
from portal.domain.guest_lists.columns import Column, Columns

_LONGEST_NAME = 200
_QUOTED = 40  # characters of a cell that are said in a sentence
NO_ADDRESS = "There is no address in this row"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row that says something: its number in the file, what it says of whom, and why it cannot be had.

    Times and views are None where the row says nothing of them.
    """

    number: int
    typed: str
    address: str | None
    name: str = ""
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    views: int | None = None
    fault: str = ""

    def as_json(self) -> list[Any]:
        begins, ends = (moment.isoformat() if moment else None for moment in (self.begins_at, self.ends_at))
        return [self.number, self.typed, self.address, self.name, begins, ends, self.views, self.fault]

    @classmethod
    def of_json(cls, kept: list[Any]) -> Self:
        number, typed, address, name, begins, ends, views, fault = kept
        return cls(number, typed, address, name, _moment(begins), _moment(ends), views, fault)


def read_rows(rows: Sequence[Sequence[str]], columns: Columns, *, zone: str, at: datetime) -> list[Entry]:
    """What each row means by these columns; its head and empty rows mean nothing."""
    entries: list[Entry] = []
    is_first = columns.has_head
    for number, row in enumerate(rows, 1):
        if not any(row):
            continue
        if is_first:
            is_first = False
            continue
        entries.append(read_row(number, row, columns, zone=zone, at=at))
    return entries


def read_row(number: int, row: Sequence[str], columns: Columns, *, zone: str, at: datetime) -> Entry:
    """What one row means."""

    def cell(column: Column) -> str:
        place = columns.place(column)
        return row[place] if place is not None and place < len(row) else ""

    typed = cell(Column.ADDRESS)
    own_name, bare = parseaddr(typed) if "<" in typed else ("", typed)
    name = cell(Column.NAME) or f"{cell(Column.FIRST_NAME)} {cell(Column.LAST_NAME)}".strip() or own_name
    entry = Entry(number, typed, None, " ".join(name.split())[:_LONGEST_NAME])
    if not typed:
        return replace(entry, fault=NO_ADDRESS)
    try:
        entry = replace(entry, address=addresses.normalise(bare or typed))
    except NotAnAddress as fault:
        return replace(entry, fault=str(fault))
    try:
        return replace(
            entry,
            begins_at=_begin(cell(Column.BEGINS), zone, at),
            ends_at=_end(cell(Column.UNTIL), zone, at),
            views=_views(cell(Column.VIEWS)),
        )
    except WrongTerms as fault:
        return replace(entry, fault=str(fault))


class Wishes:
    """Makes the entries of a list what grants are named by: the list's own terms hold where a row says nothing."""

    def __init__(self, on: Thing, terms: Terms, at: datetime) -> None:
        self._on, self._terms, self._at = on, terms, at
        self._seen: dict[tuple[datetime | None, datetime | None, int | None], tuple[Terms, str]] = {}

    def of(self, entry: Entry) -> Wanted:
        key = (entry.begins_at, entry.ends_at, entry.views)
        if key not in self._seen:
            self._seen[key] = self._terms_of(*key)
        terms, fault = self._seen[key]
        return Wanted(entry.typed, entry.address, entry.fault or fault, terms, entry.name)

    def _terms_of(self, begins_at: datetime | None, ends_at: datetime | None, views: int | None) -> tuple[Terms, str]:
        terms = Terms(
            self._terms.begins_at if begins_at is None else begins_at,
            self._terms.ends_at if ends_at is None else ends_at,
            self._terms.views if views is None else views,
            self._terms.when_it_ends,
        )
        try:
            check_typed(self._on, terms, at=self._at)
        except WrongTerms as fault:
            return terms, str(fault)
        if terms.ends_at is not None and terms.ends_at <= self._at:
            return terms, "“Until” has passed"
        return terms, ""


def _begin(words: str, zone: str, at: datetime) -> datetime | None:
    if not words:
        return None
    moment = _day("begins", words, zone, at, START_OF_DAY)
    if dates.in_zone(moment, zone).date() < dates.in_zone(at, zone).date():
        raise WrongTerms("begins", f"“From” lies in the past: {dates.day_date(moment, zone)}")
    return moment


def _end(words: str, zone: str, at: datetime) -> datetime | None:
    if not words:
        return None
    moment = _day("until", words, zone, at, END_OF_DAY)
    if moment <= at:
        raise WrongTerms("until", f"“Until” lies in the past: {dates.day_date(moment, zone)}")
    return moment


def _day(field: str, words: str, zone: str, at: datetime, means: time) -> datetime:
    try:
        return read_moment(words, zone, at, day_means=means)
    except NotADate as fault:
        raise WrongTerms(field, f"“{words[:_QUOTED]}” is no day. {fault}") from None


def _views(words: str) -> int | None:
    if not words:
        return None
    views = int(words) if words.isdecimal() and len(words) <= 4 else 0
    if not 1 <= views <= MOST_VIEWS:
        raise WrongTerms("views", f"Views must be a whole number from 1 to {MOST_VIEWS}, or empty")
    return views


@lru_cache(maxsize=1000)
def _moment(kept: str | None) -> datetime | None:
    return datetime.fromisoformat(kept) if kept else None
