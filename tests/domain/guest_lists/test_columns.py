"""Which column of a list is what, guessed (issue 5, Lists)."""

import pytest

from portal.domain.guest_lists import Column, guess

ADDRESS, NAME, FIRST, LAST = Column.ADDRESS, Column.NAME, Column.FIRST_NAME, Column.LAST_NAME
BEGINS, UNTIL, VIEWS, IGNORED = Column.BEGINS, Column.UNTIL, Column.VIEWS, Column.IGNORED
INES = "ines@lab.example"


@pytest.mark.parametrize(
    ("head", "kinds"),
    [
        (["Name", "E-mail"], (NAME, ADDRESS)),
        (["E-Mail-Adresse", "Vorname", "Nachname"], (ADDRESS, FIRST, LAST)),
        (["Mail address", "From", "Until", "Views"], (ADDRESS, BEGINS, UNTIL, VIEWS)),
        (["MAIL", "Von", "Bis", "Aufrufe"], (ADDRESS, BEGINS, UNTIL, VIEWS)),
        (["Gültig bis:", "E-Mail", "Town"], (UNTIL, ADDRESS, IGNORED)),
        (["Address", "Mail"], (IGNORED, ADDRESS)),
        (["First name", "Last name", "Email"], (FIRST, LAST, ADDRESS)),
    ],
)
def test_heads_are_understood_in_english_and_german(head, kinds):
    row = [INES if kind is ADDRESS else "x" for kind in kinds]

    columns = guess([head, row])

    assert columns.kinds == kinds
    assert columns.has_head


def test_without_a_head_the_addresses_are_found_by_their_looks():
    columns = guess([["Ines Adler", INES], ["Omar", "omar@quill.example"]])

    assert (columns.kinds, columns.has_head) == ((NAME, ADDRESS), False)


def test_where_a_head_and_the_cells_disagree_the_cells_are_right():
    columns = guess([["Mail", "Contact person"], ["by post", INES], ["by post", "omar@quill.example"]])

    assert columns.kinds == (IGNORED, ADDRESS)


def test_a_head_of_unknown_words_is_a_head_all_the_same():
    assert guess([["Wer", "Wohin"], ["Ines", INES], ["Omar", "omar@quill.example"]]).has_head


def test_a_first_address_that_cannot_be_read_is_no_head():
    assert not guess([["omar(at)quill.example"], [INES], ["b@lab.example"]]).has_head


def test_a_list_without_addresses_has_no_column_of_them():
    assert guess([["Name", "Town"], ["Ines", "Berlin"]]).place(ADDRESS) is None
    assert guess([]).place(ADDRESS) is None
