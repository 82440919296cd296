"""From points to a ranking, without a database."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.judging import arithmetic
from portal.domain.judging.arithmetic import Mark, Measure, ranks_of, results, sheet_score, shown, weight_of

CLARITY, DEPTH = Measure(1, 0, 10, Fraction(2)), Measure(2, 1, 5, Fraction(1))
BOTH = [CLARITY, DEPTH]


@st.composite
def contests(draw):
    """Some criteria, and final sheets of some judges on some entries."""
    measures = [
        Measure(number, lowest, lowest + draw(st.integers(1, 100)), weight_of(draw(st.integers(1, 900)) / 100))
        for number, lowest in enumerate(draw(st.lists(st.integers(-20, 20), min_size=1, max_size=4)))
    ]
    pairs = st.tuples(st.integers(1, 4), st.integers(1, 5))  # judge and entry
    marks = [
        Mark(
            judge,
            entry,
            {measure.id: draw(st.integers(measure.lowest * 2, measure.highest * 2)) / 2 for measure in measures},
        )
        for judge, entry in draw(st.sets(pairs, max_size=12))
    ]
    return measures, marks


def test_a_sheet_is_the_weighted_mean_of_shares_of_the_ranges():
    # 7 of 0 to 10 is 70 of 100, twice; 2 of 1 to 5 is 25 of 100, once
    assert sheet_score({1: 7, 2: 2}, BOTH) == Fraction(70 * 2 + 25, 3)


def test_what_a_sheet_does_not_give_counts_neither_way():
    assert sheet_score({1: 7}, BOTH) == 70
    assert sheet_score({}, BOTH) is None
    assert sheet_score({99: 7}, BOTH) is None, "a criterion that was removed"


def test_a_ranking_by_hand():
    marks = [Mark(1, 10, {1: 10, 2: 5}), Mark(2, 10, {1: 5, 2: 3}), Mark(1, 20, {1: 0, 2: 1})]

    found = results(marks, BOTH, [10, 20, 30])

    first, second, none = found.entries[10], found.entries[20], found.entries[30]
    assert first.score == 75
    assert first.rank == 1
    assert first.marks == {1: Fraction(100), 2: Fraction(50)}
    assert shown(first.spread or 0) == "35.36"
    assert first.means == {1: 75, 2: 75}
    assert second.score == 0
    assert (second.rank, second.spread) == (2, None)
    assert (none.score, none.rank, none.levelled, none.levelled_rank) == (None, None, None, None)
    strict, other = found.judges[1], found.judges[2]
    assert (strict.count, strict.leaning) == (2, Fraction(25, 2))
    assert strict.mean == 50
    assert (other.count, other.spread) == (1, None)
    assert other.leaning == -25


def test_equal_scores_share_a_rank_and_the_next_is_left_out():
    assert ranks_of({1: Fraction(50), 2: Fraction(70), 3: Fraction(70), 4: Fraction(90)}) == {4: 1, 2: 2, 3: 2, 1: 4}


def test_what_is_shown_as_equal_is_equal():
    assert ranks_of({1: Fraction(5000, 60), 2: Fraction("83.333")}) == {1: 1, 2: 1}


@pytest.mark.parametrize(
    ("value", "words"),
    [(Fraction(1, 3), "0.33"), (Fraction("0.005"), "0.01"), (Fraction("-0.005"), "-0.01"), (-0.001, "0.00")],
)
def test_two_places_are_shown(value, words):
    assert shown(value) == words


def test_a_strict_judge_is_levelled_out():
    mild = [Mark(1, entry, {1: points}) for entry, points in ((10, 10), (20, 9), (30, 8))]
    strict = [Mark(2, entry, {1: points}) for entry, points in ((20, 4), (30, 3), (40, 2))]

    found = results([*mild, *strict], [CLARITY], [10, 20, 30, 40]).entries

    assert [found[entry].rank for entry in (10, 20, 30, 40)] == [1, 2, 3, 4]
    apart = [found[entry].levelled - 60 for entry in (10, 20, 30, 40)]  # 60 is the mean of all six
    assert apart == pytest.approx([apart[0], apart[0] / 2, -apart[0] / 2, -apart[0]])


@given(contests())
def test_every_score_lies_between_the_marks_it_is_made_of(contest):
    measures, marks = contest
    for entry in results(marks, measures, range(1, 6)).entries.values():
        if entry.score is not None:
            assert 0 <= min(entry.marks.values()) <= entry.score <= max(entry.marks.values()) <= 100


@given(contests(), st.randoms())
def test_the_order_of_sheets_and_criteria_changes_nothing(contest, random):
    measures, marks = contest
    other_measures, other_marks = list(measures), list(marks)
    random.shuffle(other_measures)
    random.shuffle(other_marks)

    one, other = results(marks, measures, range(1, 6)), results(other_marks, other_measures, range(1, 6))

    for number, entry in one.entries.items():
        again = other.entries[number]
        assert (entry.score, entry.rank, entry.marks, entry.means) == (
            again.score,
            again.rank,
            again.marks,
            again.means,
        )
    assert {number: judge.mean for number, judge in one.judges.items()} == {
        number: judge.mean for number, judge in other.judges.items()
    }


@given(contests(), st.integers(1, 50))
def test_weights_count_by_their_proportion(contest, times):
    measures, marks = contest
    heavier = [Measure(it.id, it.lowest, it.highest, it.weight * times) for it in measures]

    assert results(marks, measures, range(1, 6)) == results(marks, heavier, range(1, 6))


@given(contests())
def test_points_of_a_removed_criterion_change_nothing(contest):
    measures, marks = contest
    more = [Mark(mark.judge, mark.entry, {**mark.points, 99: 5.0}) for mark in marks]

    assert results(more, measures, range(1, 6)) == results(marks, measures, range(1, 6))


@given(contests())
def test_a_point_more_never_lowers_a_score(contest):
    measures, marks = contest
    for mark in marks:
        for measure in measures:
            if mark.points[measure.id] < measure.highest:
                more = {**mark.points, measure.id: mark.points[measure.id] + 0.5}
                before, after = sheet_score(mark.points, measures), sheet_score(more, measures)
                assert before is not None
                assert after is not None
                assert after > before


@given(st.dictionaries(st.integers(), st.fractions(0, 100), max_size=12))
def test_a_rank_is_one_more_than_how_many_are_better(scores):
    seen = {entry: float(shown(score)) for entry, score in scores.items()}

    for entry, rank in ranks_of(scores).items():
        assert rank == 1 + sum(other > seen[entry] for other in seen.values())


@given(contests())
def test_judges_who_are_alike_are_left_as_they_are(contest):
    """Levelling moves nothing where one judge gave all the marks."""
    measures, marks = contest
    alone = [mark for mark in marks if mark.judge == 1]

    for entry in results(alone, measures, range(1, 6)).entries.values():
        if entry.score is not None and arithmetic.spread(s for m in alone if (s := sheet_score(m.points, measures))):
            assert entry.levelled == pytest.approx(float(entry.score), abs=1e-6)
