"""From points to a ranking: plain numbers in, plain numbers out (docs/judging.md says the same in words).

Everything is exact until it is shown: points are halves, weights hundredths, and a score is a fraction. So the order in
which sheets are added never matters, and a tie is a tie.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

HIGHEST = 100
"""Every score is out of so many, whatever the ranges of the criteria are."""
_PLACES = 2


@dataclass(frozen=True)
class Measure:
    """What counts of a criterion: its range, and how often it counts."""

    id: int
    lowest: int
    highest: int
    weight: Fraction


@dataclass(frozen=True)
class Mark:
    """A final sheet: which judge gave which entry how many points, by criterion."""

    judge: int
    entry: int
    points: Mapping[int, float]


@dataclass(frozen=True)
class EntryResult:
    """What came of one entry. `rank` None: no final sheet counts for it, and then all but `marks` is None.

    `marks` are its scores by judge, `means` its mean score by criterion. `spread` needs two sheets. `levelled` is its
    score with every judge's strictness taken out, `levelled_rank` its place by that.
    """

    marks: Mapping[int, Fraction]
    means: Mapping[int, Fraction]
    score: Fraction | None = None
    spread: float | None = None
    levelled: float | None = None
    rank: int | None = None
    levelled_rank: int | None = None


@dataclass(frozen=True)
class JudgeResult:
    """How one judge marks: the mean and the spread of their scores, and by how much they lie above (or below) the mean
    score of the same entries. `spread` needs two sheets.
    """

    count: int
    mean: Fraction
    spread: float | None
    leaning: Fraction


@dataclass(frozen=True)
class Results:
    """Every entry asked about, and every judge with a sheet that counts."""

    entries: Mapping[int, EntryResult]
    judges: Mapping[int, JudgeResult]


def weight_of(number: float) -> Fraction:
    """A weight as it was typed: hundredths."""
    return Fraction(round(number * 100), 100)


def share_of(points: float, measure: Measure) -> Fraction:
    """Where the points lie in the range of their criterion: 0 at its lowest, 100 at its highest."""
    return (Fraction(points) - measure.lowest) * HIGHEST / (measure.highest - measure.lowest)


def sheet_score(points: Mapping[int, float], measures: Sequence[Measure]) -> Fraction | None:
    """The weighted mean of what was given, out of 100; of criteria in use alone. None: nothing of it counts."""
    given = [measure for measure in measures if measure.id in points]
    if not given:
        return None
    return _mean_of((share_of(points[measure.id], measure), measure.weight) for measure in given)


def results(marks: Iterable[Mark], measures: Sequence[Measure], entries: Iterable[int]) -> Results:
    """What all final sheets come to. Entries without one are among them, without a rank."""
    scores: dict[int, dict[int, Fraction]] = {entry: {} for entry in entries}
    shares: dict[int, dict[int, list[Fraction]]] = {}
    by_judge: dict[int, dict[int, Fraction]] = {}
    for mark in marks:
        score = sheet_score(mark.points, measures)
        if score is None or mark.entry not in scores:
            continue
        scores[mark.entry][mark.judge] = score
        by_judge.setdefault(mark.judge, {})[mark.entry] = score
        of_entry = shares.setdefault(mark.entry, {})
        for measure in measures:
            if measure.id in mark.points:
                of_entry.setdefault(measure.id, []).append(share_of(mark.points[measure.id], measure))
    means = {entry: mean(of_judges.values()) for entry, of_judges in scores.items() if of_judges}
    levelled = _levelled(by_judge)
    ranks, levelled_ranks = ranks_of(means), ranks_of(levelled)
    return Results(
        entries={
            entry: EntryResult(
                marks=of_judges,
                means={criterion: mean(values) for criterion, values in shares.get(entry, {}).items()},
                score=means.get(entry),
                spread=spread(of_judges.values()),
                levelled=levelled.get(entry),
                rank=ranks.get(entry),
                levelled_rank=levelled_ranks.get(entry),
            )
            for entry, of_judges in scores.items()
        },
        judges={judge: _judge(given, means) for judge, given in by_judge.items()},
    )


def mean(values: Iterable[Fraction]) -> Fraction:
    """Of one value at least."""
    return _mean_of((value, Fraction(1)) for value in values)


def spread(values: Iterable[Fraction]) -> float | None:
    """How far they lie apart: the standard deviation of a sample. None: it takes two."""
    numbers = list(values)
    if len(numbers) < 2:
        return None
    middle = mean(numbers)
    return math.sqrt(sum((value - middle) ** 2 for value in numbers) / (len(numbers) - 1))


def shown(value: Fraction | float) -> str:
    """With two places, as everywhere; halves are rounded up, away from zero."""
    hundredths = math.floor(abs(Fraction(value)) * 10**_PLACES + Fraction(1, 2))
    sign = "-" if value < 0 and hundredths else ""
    return f"{sign}{hundredths // 100}.{hundredths % 100:02}"


def ranks_of(scores: Mapping[int, Fraction] | Mapping[int, float]) -> dict[int, int]:
    """The highest is 1. What is shown as equal shares a rank, and as many ranks are left out after it: 1, 2, 2, 4."""
    as_shown = {entry: float(shown(score)) for entry, score in scores.items()}
    in_order = sorted(as_shown.values(), reverse=True)
    first: dict[float, int] = {}
    for place, score in enumerate(in_order, 1):
        first.setdefault(score, place)
    return {entry: first[score] for entry, score in as_shown.items()}


def _mean_of(weighted: Iterable[tuple[Fraction, Fraction]]) -> Fraction:
    total, weight = Fraction(0), Fraction(0)
    for value, times in weighted:
        total, weight = total + value * times, weight + times
    return total / weight


def _judge(given: Mapping[int, Fraction], means: Mapping[int, Fraction]) -> JudgeResult:
    leaning = mean([score - means[entry] for entry, score in given.items()])
    return JudgeResult(len(given), mean(given.values()), spread(given.values()), leaning)


def _levelled(by_judge: Mapping[int, Mapping[int, Fraction]]) -> dict[int, float]:
    """The mean score of each entry after every judge's scores were moved to the same mean and the same spread.

    The mean and the spread are those of all scores together. A judge who gave one score, or the same to all, says
    nothing of which entry is better: theirs stand at the mean.
    """
    everything = [score for given in by_judge.values() for score in given.values()]
    if not everything:
        return {}
    middle, wide = float(mean(everything)), spread(everything) or 0.0
    moved: dict[int, list[float]] = {}
    for given in by_judge.values():
        own_middle, own_wide = mean(given.values()), spread(given.values())
        for entry, score in given.items():
            apart = float(score - own_middle) / own_wide if own_wide else 0.0
            moved.setdefault(entry, []).append(middle + apart * wide)
    return {entry: math.fsum(values) / len(values) for entry, values in moved.items()}
