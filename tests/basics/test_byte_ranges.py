"""Byte ranges as RFC 9110 has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.basics.byte_ranges import Part, Unsatisfiable, read_range

sizes = st.integers(min_value=0, max_value=10**13)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", Part(0, 0)),
        ("bytes=0-", Part(0, 99)),
        ("bytes=10-19", Part(10, 19)),
        ("bytes=90-200", Part(90, 99)),
        ("bytes=-1", Part(99, 99)),
        ("bytes=-500", Part(0, 99)),
        ("Bytes= 5-6 ", Part(5, 6)),
        ("bytes=0-99999999999999999999999", Part(0, 99)),
    ],
)
def test_one_range_is_read(header, part):
    assert read_range(header, 100) == part


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=1-2,4-5", "seconds=1-2", "bytes=٣-٤"],
)
def test_anything_else_means_the_whole_file(header):
    assert read_range(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999999-"])
def test_what_lies_behind_the_end_cannot_be_had(header):
    with pytest.raises(Unsatisfiable):
        read_range(header, 100)


@given(sizes, sizes, st.integers(min_value=0, max_value=10**13) | st.none())
def test_a_part_is_what_was_asked_for_and_lies_within_the_file(size, first, last):
    header = f"bytes={first}-{'' if last is None else last}"
    try:
        part = read_range(header, size)
    except Unsatisfiable:
        assert first >= size
        return
    if part is None:
        assert last is not None
        assert last < first
    else:
        assert part.first == first < size
        assert part.last == (size - 1 if last is None else min(last, size - 1))
        assert part.length >= 1


@given(sizes, sizes)
def test_a_suffix_is_the_end_of_the_file(size, length):
    try:
        part = read_range(f"bytes=-{length}", size)
    except Unsatisfiable:
        assert length == 0 or size == 0
    else:
        assert part is not None
        assert part.last == size - 1
        assert part.length == min(length, size)


@given(st.text(max_size=60), sizes)
def test_no_header_is_too_strange(header, size):
    try:
        part = read_range(header, size)
    except Unsatisfiable:
        return
    assert part is None or 0 <= part.first <= part.last < size
