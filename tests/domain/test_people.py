"""Finding accounts, and what may be a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.basics.errors import NotFound
from portal.domain import people
from tests.factories import a_guest


@pytest.mark.usefixtures("app")
def test_an_address_is_found_however_it_is_written():
    guest = a_guest(address="straße@brightwater.example".casefold())

    assert people.find_by_address(" StraSSe@Brightwater.EXAMPLE ") == guest
    assert people.find_by_address("strasse@brightwater.example") == guest


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("typed", ["nobody@brightwater.example", "", "not an address", "a@b@c", "x" * 400])
def test_an_address_of_nobody_finds_nobody(typed):
    assert people.find_by_address(typed) is None


@pytest.mark.usefixtures("app")
def test_a_key_finds_its_person():
    guest = a_guest()

    assert people.get(guest.key) == guest
    with pytest.raises(NotFound):
        people.get("nobodyskey234567")


@pytest.mark.parametrize(
    "name",
    ["Imani Okafor", "李", "Łucja Öztürk-Nguyễn", "مريم العتيبي", "O’Brien", "Zoë 🌻", "نیما می‌خواهد"],
)
def test_a_name_may_be_in_any_script(name):
    assert people.read_name(name) == name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Imani   Okafor ", "Imani Okafor"),
        ("Imani\r\nBcc: all@brightwater.example", "Imani Bcc: all@brightwater.example"),
        ("Imani\x00\x1b[31m", "Imani [31m"),
        ("Imani\u202eOkafor", "ImaniOkafor"),
        ("e\u0301lodie", "élodie"),
        ("Imani\ud800", "Imani"),
    ],
)
def test_what_could_break_a_line_is_taken_out_of_a_name(typed, kept):
    assert people.read_name(typed) == kept


@pytest.mark.parametrize("typed", ["", "   ", "\u200b\u200d", "\x00", "…"])
def test_nothing_is_no_name(typed):
    with pytest.raises(people.BadName, match="Enter your name"):
        people.read_name(typed)


def test_a_name_has_200_characters_at_most():
    assert people.read_name("n" * 200) == "n" * 200
    with pytest.raises(people.BadName, match="200 characters at most; this one has 201"):
        people.read_name("n" * 201)


@given(st.text(max_size=300))
def test_a_kept_name_is_read_as_itself(typed):
    try:
        name = people.read_name(typed)
    except people.BadName:
        return

    assert people.read_name(name) == name
    assert name.splitlines() == [name]
