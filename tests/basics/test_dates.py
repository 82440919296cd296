"""Dates and lengths as design "Words" asks for them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

import pytest

from portal.basics import dates

BERLIN = "Europe/Berlin"
FRIDAY = datetime(2026, 12, 4, 17, 0, tzinfo=UTC)


def test_a_date_in_full_names_day_time_and_zone():
    assert dates.long_date(FRIDAY, BERLIN) == "Friday 4 December 2026, 18:00 CET"
    assert dates.long_date(datetime(2026, 7, 1, 22, 5, tzinfo=UTC), BERLIN) == "Thursday 2 July 2026, 00:05 CEST"


def test_the_day_alone_is_the_day_of_the_zone():
    late = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)

    assert dates.day_date(late, BERLIN) == "20 November 2026"
    assert dates.day_date(late, "UTC") == "19 November 2026"


def test_tables_leave_this_year_out():
    assert dates.short_date(FRIDAY, BERLIN, date(2026, 1, 1)) == "Fri 4 Dec"
    assert dates.short_date(FRIDAY, BERLIN, date(2027, 1, 1)) == "Fri 4 Dec 2026"


def test_today_may_be_a_moment_and_is_taken_in_the_zone():
    new_year_in_berlin = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    assert dates.short_date(FRIDAY, BERLIN, new_year_in_berlin) == "Fri 4 Dec 2026"


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(minutes=40), "today 18:00"),
        (timedelta(hours=23), "tomorrow 18:00"),
        (timedelta(hours=30), "tomorrow 18:00"),
        (timedelta(days=2), "in 2 days"),
        (timedelta(days=6, hours=23), "in 7 days"),
        (timedelta(days=7), ""),
        (timedelta(0), ""),
        (timedelta(days=-1), ""),
    ],
)
def test_near_moments_are_told_in_words_beside_the_date(ahead, words):
    assert dates.until_words(FRIDAY, BERLIN, FRIDAY - ahead) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (40.4, "40 seconds"),
        (59.7, "1 minute"),
        (2885, "48 minutes"),
        (3570, "1 h 00"),
        (3960, "1 h 06"),
        (36000, "10 h 00"),
    ],
)
def test_lengths(seconds, words):
    assert dates.length_words(seconds) == words


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (760.9, "12:40"), (3965, "1:06:05"), (-3, "0:00")])
def test_positions(seconds, shown):
    assert dates.position(seconds) == shown


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("UTC", "UTC"),
        ("Europe/London", "GMT"),
        ("America/Sao_Paulo", "UTC-3"),
        ("Asia/Kathmandu", "UTC+5:45"),
    ],
)
def test_every_zone_has_a_name(zone, name):
    assert dates.zone_name(zone, FRIDAY) == name


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(minutes=3), "17:57"),
        (timedelta(hours=18, minutes=1), "Thu 23:59"),
        (timedelta(days=6), "Sat 18:00"),
        (timedelta(days=7), "27 Nov"),
        (timedelta(days=400), "30 Oct 2025"),
    ],
)
def test_what_happened_is_told_at_its_shortest(ago, words):
    friday = datetime(2026, 12, 4, 17, 0, tzinfo=UTC)

    assert dates.feed_time(friday - ago, "Europe/Berlin", friday) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, ""), (0, ""), (24.4, "24 s"), (61, "1 min"), (552, "9 min"), (3960, "1 h 06")]
)
def test_lengths_over_a_picture(seconds, words):
    assert dates.short_length(seconds) == words


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="without a zone"):
        dates.long_date(FRIDAY.replace(tzinfo=None), BERLIN)


def test_an_unknown_zone_is_refused():
    with pytest.raises(ZoneInfoNotFoundError):
        dates.long_date(FRIDAY, "Europe/Atlantis")
