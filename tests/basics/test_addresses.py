"""Mail addresses as they are kept: one spelling a mailbox, and never that of another one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.basics import addresses
from portal.basics.addresses import NotAnAddress, normalise, small


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Imani.Okafor@Quill.Example ", "imani.okafor@quill.example"),
        ("ZOE\u0308@QUILL.EXAMPLE", "zoë@quill.example"),
        ("ΝΊΚΟΣ@Quill.Example", "νίκος@quill.example"),
        ("anna@XN--STRAE-OQA.example", "anna@straße.example"),
    ],
)
def test_capitals_and_spellings_make_no_other_address(typed: str, kept: str) -> None:
    assert normalise(typed) == kept


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anna@straße.example", "anna@strasse.example"),
        ("Groß@quill.example", "gross@quill.example"),
        ("νίκος@quill.example", "νίκοσ@quill.example"),
        ("anna@λόγος.example", "anna@λόγοσ.example"),
    ],
)
def test_another_mailbox_or_domain_is_another_address(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)
    assert normalise(one) == one.lower()


@given(st.text(max_size=30))
def test_what_was_made_small_stays_as_it_is(text: str) -> None:
    assert small(small(text)) == small(text)


@pytest.mark.parametrize(
    "typed", ["", "   ", "imani", "imani@", "a@b@c.example", "imani@quill.example\nBcc: x@y.example"]
)
def test_what_is_no_address_is_said(typed: str) -> None:
    with pytest.raises(NotAnAddress):
        normalise(typed)


def test_doubles_of_a_list_are_told_by_that_spelling() -> None:
    text = "Groß@quill.example\nGROß@quill.example\ngross@quill.example"

    assert [entry.address for entry in addresses.read_list(text)] == ["groß@quill.example", "gross@quill.example"]
    assert addresses.count_doubles(text) == 1
