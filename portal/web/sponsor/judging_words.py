"""Ranking, judges and what is missing, as the organiser's pages say it."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flask import request, url_for

from portal.domain.judging import Entry, Judge, Outcome, Part, points_words, weight_words
from portal.domain.judging.arithmetic import EntryResult, share_of, sheet_score, shown
from portal.storage.models import Criterion, Event, SheetState
from portal.web.template_tools import Link

_NAMED_MISSING = 12
_PAGES = (
    ("Ranking", "sponsor.judging.show"),
    ("Judges", "sponsor.judging.judges"),
    ("Criteria", "sponsor.judging_criteria.show"),
)


@dataclass(frozen=True)
class RankingRow:
    """One entry in the ranking. Empty: nothing to say yet."""

    rank: str
    entry: Entry
    number: str
    url: str
    score: str
    spread: str
    levelled: str
    sheets: str
    watched: float  # the mean of those who finished it


@dataclass(frozen=True)
class JudgeRow:
    """One judge: how far they are, how they mark, and what is missing."""

    judge: Judge
    url: str
    done: str
    mean: str
    spread: str
    leaning: str
    missing: str


@dataclass(frozen=True)
class SheetRow:
    """One judge's sheet for an entry: its points by criterion, and what they come to."""

    part: Part
    state: str
    kind: str  # of its tag
    points: list[str]
    score: str
    sum: str  # how the score comes about; empty: it does not count
    may_reopen: bool


def parts_of(event: Event) -> list[Link]:
    """The pages about judging."""
    return [Link(label, url_for(endpoint, key=event.key), endpoint == request.endpoint) for label, endpoint in _PAGES]


def ranking(found: Outcome) -> list[RankingRow]:
    return [_ranking_row(found, entry, result) for entry, result in found.ranking]


def judges(found: Outcome) -> list[JudgeRow]:
    """Those with the most missing first."""
    rows = [
        (_judge_row(found, judge), sum(part.is_missing for part in found.of_judge[judge.id]))
        for judge in found.judges.values()
    ]
    return [row for row, _ in sorted(rows, key=lambda item: -item[1])]


def progress(found: Outcome) -> str:
    """ "14 of 24 sheets are final. Judges stood aside once." """
    final, aside = found.counts[SheetState.FINAL], found.counts[SheetState.RECUSED]
    expected = len(found.parts) - aside
    words = f"{final:,} of {expected:,} {'sheet is' if expected == 1 else 'sheets are'} final."
    return words + (f" Judges stood aside {_times(aside)}." if aside else "")


def sheets(found: Outcome, entry: Entry, *, is_over: bool) -> list[SheetRow]:
    return [_sheet_row(found, part, is_over) for part in found.of_entry[entry.id]]


def mean_words(found: Outcome, entry: Entry) -> str:
    """How the score of an entry comes about: "(70.00 + 80.00) ÷ 2 = 75.00"; empty without a final sheet."""
    result = found.results.entries[entry.id]
    if result.score is None:
        return ""
    marks = [result.marks[id_] for id_ in found.judges if id_ in result.marks]
    if len(marks) == 1:
        return f"One final sheet: {shown(marks[0])}"
    return f"({' + '.join(shown(mark) for mark in marks)}) ÷ {len(marks)} = {shown(result.score)}"


def entry_name(entry: Entry) -> str:
    return f"Entry {entry.number}" if entry.number else ""


def criterion_words(criterion: Criterion) -> str:
    """ "1 to 10 points, weight 2" """
    return f"{criterion.lowest} to {criterion.highest} points, weight {weight_words(criterion.weight)}"


def _ranking_row(found: Outcome, entry: Entry, result: EntryResult) -> RankingRow:
    parts = found.of_entry[entry.id]
    final = [part for part in parts if part.is_final]
    expected = sum(part.is_final or part.is_missing for part in parts)
    tie = result.rank is not None and sum(one.rank == result.rank for _, one in found.ranking) > 1
    return RankingRow(
        rank="" if result.rank is None else f"{result.rank}{' (tie)' if tie else ''}",
        entry=entry,
        number=entry_name(entry),
        url=f"/events/{found.event.key}/judging/sessions/{entry.key}",
        score=_or_dash(result.score),
        spread=_or_dash(result.spread),
        levelled="–" if result.levelled is None else f"{shown(result.levelled)} (rank {result.levelled_rank})",
        sheets=f"{len(final)} of {expected}",
        watched=sum(part.watched for part in final) / len(final) if final else 0.0,
    )


def _judge_row(found: Outcome, judge: Judge) -> JudgeRow:
    parts, result = found.of_judge[judge.id], found.judge_result(judge)
    missing = [part.entry for part in parts if part.is_missing]
    aside = sum(part.state is SheetState.RECUSED for part in parts)
    done = f"{sum(part.is_final for part in parts)} of {len(parts) - aside}"
    names = [entry_name(entry) or entry.title for entry in missing]
    more = len(names) - _NAMED_MISSING
    return JudgeRow(
        judge=judge,
        url=f"/guests/{judge.key}",
        done=done + (f", stood aside {_times(aside)}" if aside else ""),
        mean=_or_dash(result.mean if result else None),
        spread=_or_dash(result.spread if result else None),
        leaning=_signed(result.leaning) if result else "–",
        missing=", ".join(names[:_NAMED_MISSING]) + (f" and {more} more" if more > 0 else ""),
    )


def _sheet_row(found: Outcome, part: Part, is_over: bool) -> SheetRow:
    in_use = found.in_use
    score = sheet_score(part.points, found.measures) if part.is_final else None
    words = {
        None: ("Not begun", "plain"),
        SheetState.DRAFT: ("Draft", "time"),
        SheetState.FINAL: ("Final", "done"),
        SheetState.RECUSED: ("Stood aside", "info"),
    }
    state, kind = words[part.state]
    return SheetRow(
        part=part,
        state=state,
        kind=kind,
        points=[_points(part, criterion) for criterion in in_use],
        score=_or_dash(score),
        sum=_sum(part, found) if score is not None else "",
        may_reopen=part.state in (SheetState.FINAL, SheetState.RECUSED) and not is_over,
    )


def _sum(part: Part, found: Outcome) -> str:
    """ "(66.67 × 2 + 75.00) ÷ 3": shares of the ranges, times their weights, through all weights."""
    given = [measure for measure in found.measures if measure.id in part.points]
    terms = [
        shown(share_of(part.points[one.id], one)) + ("" if one.weight == 1 else f" × {weight_words(float(one.weight))}")
        for one in given
    ]
    weights = sum((one.weight for one in given), Fraction(0))
    return f"({' + '.join(terms)}) ÷ {weight_words(float(weights))}"


def _points(part: Part, criterion: Criterion) -> str:
    points = part.points.get(criterion.id)
    return "–" if points is None else points_words(points)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"


def _or_dash(value: Fraction | float | None) -> str:
    return "–" if value is None else shown(value)


def _signed(value: Fraction) -> str:
    words = shown(abs(value))
    return words if words == "0.00" else f"{'+' if value > 0 else '−'}{words}"


def lacking(found: Outcome) -> Sequence[Part]:
    """Final sheets without points for a criterion that was added later: they count with what they have."""
    ids = [criterion.id for criterion in found.in_use]
    return [part for part in found.parts if part.is_final and any(id_ not in part.points for id_ in ids)]
