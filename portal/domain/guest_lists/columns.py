"""Which column of a list is what: guessed by its head and by what stands in it, and corrected by whoever brought it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from portal.basics.tables import looks_like_address

_LOOKED_AT = 200  # rows


class Column(StrEnum):
    """What a column says of each person."""

    ADDRESS = "address"
    NAME = "name"
    FIRST_NAME = "first-name"
    LAST_NAME = "last-name"
    BEGINS = "from"
    UNTIL = "until"
    VIEWS = "views"
    IGNORED = "ignored"


_HEADS = {  # in English and German, without what stands between the letters
    Column.ADDRESS: "email mail emailaddress mailaddress emailaddresses mails emails emailadresse mailadresse"
    " emailadressen address adresse addresses adressen kontakt contact",
    Column.FIRST_NAME: "firstname givenname forename first vorname rufname",
    Column.LAST_NAME: "lastname surname familyname last nachname familienname zuname",
    Column.NAME: "name fullname names person guest judge displayname juror participant namen gast jury teilnehmer"
    " teilnehmerin vollername vollständigername jurymitglied anzeigename",
    Column.BEGINS: "from begin begins beginning start starts startdate opens validfrom von ab beginn anfang"
    " startdatum gültigab gültigvon",
    Column.UNTIL: "until till to end ends enddate expires expiry validuntil validto deadline bis ende enddatum"
    " gültigbis ablauf läuftab frist",
    Column.VIEWS: "views view viewlimit numberofviews maxviews plays limit aufrufe ansichten wiedergaben anzahl",
}
_KNOWN = {word: column for column, words in _HEADS.items() for word in words.split()}


@dataclass(frozen=True)
class Columns:
    """What each column is, and whether the first row is their head."""

    kinds: tuple[Column, ...]
    has_head: bool

    def place(self, column: Column) -> int | None:
        """Where this column stands; None: the list has none."""
        return self.kinds.index(column) if column in self.kinds else None

    def as_json(self) -> dict[str, Any]:
        return {"kinds": [kind.value for kind in self.kinds], "has_head": self.has_head}

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> Self:
        return cls(tuple(Column(kind) for kind in kept["kinds"]), bool(kept["has_head"]))


def guess(rows: Sequence[Sequence[str]]) -> Columns:
    """What the columns of these rows are by their looks; without a column of addresses when there is none."""
    some = [row for row in rows if row][:_LOOKED_AT]
    width = max(map(len, some), default=0)
    head = [_said(cell) for cell in some[0]] if some else []
    has_head = any(head) and not any(map(looks_like_address, some[0]))
    kinds = [Column.IGNORED] * width
    for place, kind in enumerate(head if has_head else ()):
        if kind and kind not in kinds:
            kinds[place] = kind
    found = _with_most_addresses(some, width)
    if found is not None:
        kinds = [Column.IGNORED if kind is Column.ADDRESS else kind for kind in kinds]
        kinds[found] = Column.ADDRESS
    if not has_head and width == 2 and found is not None:
        kinds[1 - found] = Column.NAME
    return Columns(tuple(kinds), has_head or (found is not None and _is_head(some, found)))


def _said(head: str) -> Column | None:
    """What a head says its column is."""
    return _KNOWN.get(re.sub(r"[\W\d_]+", "", head.casefold()))


def _with_most_addresses(rows: Sequence[Sequence[str]], width: int) -> int | None:
    numbers = [sum(place < len(row) and looks_like_address(row[place]) for row in rows) for place in range(width)]
    most = max(numbers, default=0)
    return numbers.index(most) if most else None


def _is_head(rows: Sequence[Sequence[str]], place: int) -> bool:
    """Whether the first row is a head of unknown words: it has no “@” where all others have."""
    first, others = rows[0], rows[1:]
    in_first = first[place] if place < len(first) else ""
    return (
        bool(
            in_first
            and "@" not in in_first
            and others
            and all(place < len(row) and "@" in row[place] for row in others)
        )
        and "(at)" not in in_first
    )
