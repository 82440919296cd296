"""What counts as the same word when something is looked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.basics.words import LONGEST_WORD, all_begin_in, places_in, sought, words_in


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Crème brûlée", ["creme", "brulee"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("Øresund, Łódź & Æbleskiver", ["oresund", "lodz", "aebleskiver"]),
        ("Nguyễn Thị", ["nguyen", "thi"]),
        ("Ελλάδα", ["ελλαδα"]),
        ("Müller’s co-owner's 3.5 kHz", ["mullers", "co", "owners", "3", "5", "khz"]),
        ("snake_case*100%", ["snake", "case", "100"]),
        ("公開講座", ["公", "開", "講", "座"]),
        ("한국어 강의", ["한국어", "강의"]),
        ("(╯°□°)", []),
        ("ﬁlm ① ２０２６", ["film", "1", "2026"]),
    ],
)
def test_words_are_compared_in_any_case_and_without_accents(text, words):
    assert words_in(text) == words


def test_each_word_is_sought_once_and_no_more_than_eight_are():
    assert sought("gala Gala GÁLA dinner") == ("gala", "dinner")
    assert len(sought(" ".join(f"word{number}" for number in range(50)))) == 8


def test_a_word_may_be_the_beginning_of_one():
    assert all_begin_in(["gal", "dinn"], "The Gála Dinner")
    assert not all_begin_in(["ala"], "The Gála Dinner")


def test_what_fits_is_found_again_in_what_is_shown():
    text = "Crème brûlée, Müller’s way"

    assert [text[begin:end] for begin, end in places_in(["creme", "mul"], text)] == ["Crème", "Müller’s"]
    assert places_in([], text) == []


@given(st.text())
def test_every_text_has_words_of_letters_and_digits_in_small(text):
    for word in words_in(text):
        assert word
        assert len(word) <= LONGEST_WORD
        assert not set(word) & set(" '\"\\*:&|()^-+_")
        assert words_in(word)


@given(st.text(), st.text())
def test_what_is_marked_lies_in_the_text_in_order(text, typed):
    end = 0
    for begin, until in places_in(sought(typed), text):
        assert end <= begin < until <= len(text)
        end = until
