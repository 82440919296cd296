"""Parts of a whole, against sets of whole numbers."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from portal.basics import spans

places = st.integers(0, 60)
some = st.lists(st.tuples(places, places), max_size=12)


def numbers(parts):
    return {number for begin, end in parts for number in range(begin, end)}


@given(some)
def test_merging_keeps_what_is_there_once_and_in_order(parts):
    merged = spans.merged(parts)

    assert numbers(merged) == numbers(parts)
    assert spans.total(merged) == len(numbers(parts))
    assert all(left[1] < right[0] for left, right in pairwise(merged))


@given(some, some)
def test_what_is_beyond_is_what_was_not_known(parts, known):
    assert numbers(spans.beyond(parts, known)) == numbers(parts) - numbers(known)


@given(some, st.integers(-3, 70))
def test_the_first_of_it_is_no_more_than_was_asked(parts, most):
    assert sorted(numbers(spans.first_of(parts, most))) == sorted(numbers(parts))[: max(0, most)]


def test_jumping_about_fills_no_row():
    merged = spans.merged([*((number * 10, number * 10 + 1) for number in range(1000)), (50_000, 60_000)])

    assert len(merged) == spans.MOST
    assert merged[-1] == (50_000, 60_000)
