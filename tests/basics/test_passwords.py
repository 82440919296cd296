"""Passwords: long ones welcome, guessable ones refused with the reason, all of it kept (product.md; ASVS 6.2)."""

import threading
import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from portal.basics import passwords
from portal.basics.errors import Busy
from portal.basics.passwords import Hasher, weakness

IMANI = ("Imani Okafor", "imani.okafor@brightwater.example", "Aldermere University", "portal.aldermere.example")
TOO_SHORT = "Use at least 15 characters. Four or five words do well."
TOO_LONG = "This is longer than 1,024 bytes. Use a shorter one."
LISTED = "This password is on lists of stolen ones. Choose another."
NAMES = "This is made of your name, your address or the name of this site. Choose other words."
GUESSABLE = "This is easy to guess. Use words that do not belong together."


@pytest.fixture(scope="module")
def hasher() -> Hasher:
    return Hasher(b"pepper" * 8, 4)


# What is accepted


@pytest.mark.parametrize(
    "password",
    [
        "violet kettle harbour nineteen",
        "Kiefer Lampe Ozean drei",
        "k7#mQ2!vX9@pL4$w",
        "mein Hund frisst Käse",
        "我的密码是一个很长的句子真的哦吗呢吧",
        "😀🐕🌍🎈🧀🚗⏰📚🍕🎸🧦🔑🪁🥝🦒",
        "violet kettle\tharbour\x00nineteen",
        "Okafor violet kettle harbour",  # a name among other words is no harm
        "violet kettle harbour " * 40,
        "x" * 200 + " violet kettle harbour nineteen",
    ],
)
def test_a_long_password_of_any_characters_is_fine(password):
    assert weakness(password, about=IMANI) is None


def test_fifteen_characters_are_enough_and_fourteen_are_not():
    assert weakness("plum ox v1 geyse") is None
    assert weakness("plum ox v1 geys") is None
    assert weakness("plum ox v1 gey") == TOO_SHORT
    assert weakness("") == TOO_SHORT


def test_characters_are_counted_as_they_are_kept():
    """Two keyboards may send é as one sign or as two; it is one character either way."""
    word = "Käsekröt üben é"
    assert len(word) == 15
    assert weakness(unicodedata.normalize("NFC", word)) is None
    assert weakness(unicodedata.normalize("NFD", word)) is None
    assert weakness(unicodedata.normalize("NFD", word[1:])) == TOO_SHORT


def test_up_to_1024_bytes_are_fine_and_more_are_refused_with_words():
    words = "violet kettle harbour nineteen "
    longest = (words * 40)[:1024]

    assert weakness(longest) is None
    assert weakness(longest + "x") == TOO_LONG
    assert weakness("ä" * 513) == TOO_LONG


# What is refused, and why


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "CorrectHorseBatteryStaple1!",
        "correct-horse-battery-staple",
        "The quick brown fox jumps over the lazy dog.",
        "passwordpassword",
        "iloveyouiloveyou",
        "1qaz2wsx3edc4rfv",
        "123456789012345",
        "1234512345123451234512345",
        "ThisIsMyPassword!!!",
        "th1s 1s my p4ssw0rd",
    ],
)
def test_listed_ones_are_refused(password):
    assert weakness(password, about=IMANI) == LISTED


@pytest.mark.parametrize(
    "password",
    [
        "Imani Okafor 2026",
        "imani.okafor@brightwater.example",
        "1m4n1 0k4f0r 2026",
        "rofakO inamI 12345",
        "Aldermere University 2026",
        "brightwaterbrightwater",
        "Imani @ Aldermere!",
        "IMANI OKAFOR IMANI OKAFOR",
    ],
)
def test_the_person_s_and_the_site_s_names_make_no_password(password):
    assert weakness(password, about=IMANI) == NAMES
    assert weakness(password, about=IMANI) != weakness(password), "only because of who they are"


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaaaaaaaaaa",
        "!!!!!!!!!!!!!!!!!!!!",
        "abcabcabcabcabcabc",
        "xyzzy1 xyzzy1 xyzzy1",
        "qwertzuiopasdfghjkl",
        "azertyuiopqsdfghjklm",
        "lkjhgfdsapoiuytrewq",
        "йцукенгшщзхъфывап",
        "abcdefghijklmnopqrstuvwxyz",
        "zyxwvutsrqponml",
        "19841985198619871988",
        "password123456789",
        "summer2026summer2026",
        "liverpoolfootball",
        "a" * 1000,
    ],
)
def test_repeats_rows_and_dates_are_refused(password):
    assert weakness(password, about=IMANI) in (GUESSABLE, LISTED)


@given(unit=st.text(alphabet="abcdefghkmnpqrstuvwxyz23456789", min_size=1, max_size=6), times=st.integers(15, 40))
def test_no_short_text_becomes_good_by_repeating_it(unit, times):
    assert weakness(unit * times) is not None


@given(password=st.text(max_size=80), about=st.lists(st.text(max_size=30), max_size=3))
@settings(max_examples=150, deadline=None)
def test_any_text_gets_an_answer(password, about):
    """Emoji, lone surrogates, control characters and empty names included."""
    answer = weakness(password, about=about)

    assert answer is None or answer.endswith(".")


@pytest.mark.parametrize("nasty", ["a4@4@4@4", "".join(chr(33 + n) for n in range(90)), "4a4e3i1s5", "1l!|"])
def test_no_text_takes_long_to_look_at(nasty, monkeypatch):
    """zxcvbn grows with the square of what it is given, so it is given little."""
    from portal.basics import password_strength

    given_to_it: list[str] = []

    def weak(text: str, _names: list[str]) -> float:
        given_to_it.append(text)
        return 1.0

    monkeypatch.setattr(password_strength, "_guesses_log10", weak)

    weakness((nasty * 300)[:1000])

    assert sum(map(len, given_to_it)) <= 2 * 3 * 48


# How it is kept


@given(one=st.text(max_size=100), other=st.text(max_size=100))
@settings(max_examples=40, deadline=None)
def test_only_the_same_password_matches(one, other):
    hasher = Hasher(b"pepper" * 8, 4)
    assume(unicodedata.normalize("NFC", one) != unicodedata.normalize("NFC", other))

    stored = hasher.hash(one)

    assert hasher.matches(one, stored)
    assert not hasher.matches(other, stored)


@pytest.mark.parametrize("length", [71, 72, 73, 200, 1023])
def test_nothing_is_cut_off_at_72_bytes(hasher, length):
    password = "x" * length

    assert hasher.matches(password + "a", hasher.hash(password + "a"))
    assert not hasher.matches(password + "b", hasher.hash(password + "a"))


def test_a_zero_byte_ends_nothing(hasher):
    assert not hasher.matches("violet kettle\x00nineteen", hasher.hash("violet kettle\x00twenty"))


def test_two_keyboards_two_spellings_one_password(hasher):
    assert hasher.matches(unicodedata.normalize("NFD", "Käse über Köln"), hasher.hash("Käse über Köln"))


def test_equal_passwords_are_kept_differently(hasher):
    assert hasher.hash("violet kettle harbour") != hasher.hash("violet kettle harbour")


def test_without_the_pepper_a_stolen_hash_is_of_no_use():
    stored = Hasher(b"one" * 16, 4).hash("violet kettle harbour")

    assert not Hasher(b"two" * 16, 4).matches("violet kettle harbour", stored)


@pytest.mark.parametrize("damaged", ["", "v1$", "v1$nonsense", "v2$2b$04$x", "$2b$04$", "v1$$2b$04$tooshort", "ä" * 60])
def test_a_damaged_hash_is_a_no(hasher, damaged):
    assert hasher.matches("violet kettle harbour", damaged) is False


def test_of_another_version_is_a_no(hasher):
    stored = hasher.hash("violet kettle harbour")

    assert hasher.matches("violet kettle harbour", stored.replace("v1$", "v0$", 1)) is False


def test_nobody_has_a_password(hasher):
    for tried in ("", "nobody", "violet kettle harbour"):
        assert hasher.matches(tried, None) is False


def test_when_too_many_wait_for_the_slot_one_is_sent_away_at_once(hasher, monkeypatch):
    monkeypatch.setattr(passwords, "_queue", threading.Semaphore(0))

    with pytest.raises(Busy) as busy:
        hasher.matches("violet kettle harbour", None)

    assert busy.value.retry_after == 5


def test_the_slot_is_given_back_after_a_failure(hasher, monkeypatch):
    """Else one damaged row would stop all signing in."""
    monkeypatch.setattr(passwords, "_slot", threading.Semaphore(1))
    monkeypatch.setattr(passwords, "_SLOT_WAIT_SECONDS", 0.2)

    for _ in range(3):
        hasher.matches("violet", "v1$nonsense")

    assert hasher.matches("violet", hasher.hash("violet"))
