"""Ranking and sheets as files to take away: CSV and XLSX. What people typed never becomes a formula there."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum

import xlsxwriter

from portal.basics import tables
from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.domain.judging import outcome
from portal.domain.judging.arithmetic import sheet_score, shown
from portal.domain.judging.checking import weight_words
from portal.domain.judging.outcome import Outcome, Part
from portal.storage.models import Criterion, Event, SheetState, User

Cell = str | int | float | None
Rows = list[list[Cell]]
_STATES = {None: "not begun", SheetState.DRAFT: "draft", SheetState.FINAL: "final", SheetState.RECUSED: "stood aside"}


class Export(StrEnum):
    """What is taken away."""

    RANKING = "ranking"  # as CSV
    SHEETS = "sheets"  # as CSV
    WORKBOOK = "workbook"  # both, as XLSX


def export(event: Event, what: Export, *, by: User, at: datetime) -> bytes:
    """The file, and on the audit trail that it was taken. Three queries for its rows."""
    found = outcome.of(event)
    file = f"{what.value}, {_KIND[what]}"
    audit.record(AuditKind.SCORES_EXPORTED, actor=by, subject=event, at=at, title=event.title, format=file)
    if what is Export.WORKBOOK:
        return as_xlsx([("Ranking", ranking_rows(found)), ("Sheets", sheet_rows(found))])
    return as_csv(ranking_rows(found) if what is Export.RANKING else sheet_rows(found))


def ranking_rows(found: Outcome) -> Rows:
    """A head, and one row for each entry, the best first."""
    head: list[Cell] = ["Rank", "Entry", "Recording", "Score of 100", "Final sheets", "Standard deviation"]
    head += ["Levelled score", "Rank by it", *[_head(criterion) for criterion in found.in_use]]
    return [
        head,
        *[
            [
                result.rank,
                entry.number or None,
                entry.title,
                _number(result.score),
                len(result.marks),
                _number(result.spread),
                _number(result.levelled),
                result.levelled_rank,
                *[_number(result.means.get(criterion.id)) for criterion in found.in_use],
            ]
            for entry, result in found.ranking
        ],
    ]


def sheet_rows(found: Outcome) -> Rows:
    """A head, and one row for each judge and entry; removed criteria last, with the points they have."""
    columns = [f"{one.title} (removed)" if one.removed_at else _points_head(one) for one in found.criteria]
    head: list[Cell] = ["Entry", "Recording", "Judge", "State", "Watched %", *columns]
    head += ["Score of 100", "Final since (UTC)", "Remark", "Reason"]
    measures = found.measures
    return [
        head,
        *[
            [
                part.entry.number or None,
                part.entry.title,
                part.judge.name,
                _STATES[part.state],
                round(part.watched * 100),
                *[part.points.get(criterion.id) for criterion in found.criteria],
                _number(sheet_score(part.points, measures)) if part.is_final else None,
                _moment(part.finalised_at),
                part.remark,
                part.reason,
            ]
            for part in _in_order(found)
        ],
    ]


def as_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """As every spreadsheet opens it: UTF-8 with its mark, and what people typed defused."""
    written = io.StringIO()
    csv.writer(written).writerows(
        [tables.defused(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    return written.getvalue().encode("utf-8-sig")


def as_xlsx(sheets: Iterable[tuple[str, Rows]]) -> bytes:
    """A workbook with one sheet for each name: text stays text, numbers are numbers."""
    written = io.BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(written, plain) as book:
        bold = book.add_format({"bold": True})
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(at, column, cell, bold if at == 0 else None)
                    elif cell is not None:
                        sheet.write_number(at, column, cell)
    return written.getvalue()


def _in_order(found: Outcome) -> list[Part]:
    return [part for parts in found.of_entry.values() for part in parts]


def _head(criterion: Criterion) -> str:
    return f"{criterion.title}, of 100 (weight {weight_words(criterion.weight)})"


def _points_head(criterion: Criterion) -> str:
    return f"{criterion.title} ({criterion.lowest} to {criterion.highest}, weight {weight_words(criterion.weight)})"


def _number(value: object) -> float | None:
    return None if value is None else float(shown(value))  # type: ignore[arg-type]


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if at else None


_KIND = {Export.RANKING: "CSV", Export.SHEETS: "CSV", Export.WORKBOOK: "XLSX"}
