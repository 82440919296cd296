"""Bytes told as time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.basics.media_index import MediaIndex, times_in_proportion

FILM = MediaIndex(head=100, parts=[(1000, 4000), (3000, 4000), (500, 2500)])
"""10.5 seconds: a quiet part, a lively one, a short one."""


def test_pieces_follow_the_head_and_each_other():
    assert [(piece.first_byte, piece.size_bytes, piece.begins_at, piece.lasts) for piece in FILM.pieces] == [
        (100, 1000, 0, 4000),
        (1100, 3000, 4000, 4000),
        (4100, 500, 8000, 2500),
    ]
    assert FILM.highest_bit_rate == 6000


@pytest.mark.parametrize(
    ("sent", "times"),
    [
        ((0, 4600), [(0, 105)]),  # the whole file
        ((0, 100), []),  # the head shows nothing
        ((100, 1100), [(0, 40)]),
        ((100, 600), [(0, 20)]),  # half of a part
        ((1100, 4100), [(40, 80)]),
        ((4100, 9999), [(80, 105)]),
        ((1099, 1101), []),  # a byte on either side of a border
    ],
    ids=str,
)
def test_what_left_is_told_by_its_parts(sent, times):
    assert FILM.times_of([sent]) == times


def test_several_ranges_are_told_at_once():
    assert FILM.times_of([(4100, 4600), (100, 600), (600, 1100)]) == [(0, 40), (80, 105)]


def test_without_an_index_bytes_lie_evenly():
    assert times_in_proportion([(0, 250), (750, 1000)], 1000, 300.0) == [(0, 750), (2250, 3000)]
    assert times_in_proportion([(0, 250)], 0, 300.0) == []


@given(
    parts=st.lists(st.tuples(st.integers(1, 10**7), st.integers(1, 20_000)), min_size=1, max_size=30),
    sent=st.lists(st.tuples(st.integers(0, 10**8), st.integers(0, 10**8)), max_size=8),
)
def test_whatever_left_is_never_more_than_the_length_nor_out_of_order(parts, sent):
    index = MediaIndex(500, parts)
    length = round(sum(lasts for _, lasts in parts) / 100)

    times = index.times_of(sent)

    assert times == sorted(times)
    assert all(0 <= begin < end <= length for begin, end in times)
    if (0, 10**9) not in sent:
        assert index.times_of([*sent, (0, 10**9)]) in ([(0, length)], [])
