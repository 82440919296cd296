"""Places in a recording, as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.basics.positions import NotAPosition, read_position, typed_position


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("0:00", 0),
        ("2:05", 125),
        ("02:05", 125),
        ("90:00", 5400),
        ("1:02:05", 3725),
        ("1:05.5", 65.5),
        ("1:05,25", 65.25),
        ("65", 65),
        ("65 s", 65),
        (" 0:48 ", 48),
        ("１：０５", 65),
    ],
)
def test_a_place_is_read_as_it_is_typed(typed, seconds):
    assert read_position(typed) == seconds


@pytest.mark.parametrize(
    "typed", ["", "soon", "1:60", "1:75:00", "-5", "1:", "1:2:3:4", "1e3", "9999999", "٣", "1:05." + "5" * 9]
)
def test_what_is_no_place_is_refused_with_words(typed):
    with pytest.raises(NotAPosition, match="Write the time like 12:40"):
        read_position(typed)


@given(st.integers(0, 360_000_000).map(lambda thousandths: thousandths / 1000))
def test_what_is_shown_is_understood_again(seconds):
    assert read_position(typed_position(seconds)) == pytest.approx(seconds, abs=0.0005)
