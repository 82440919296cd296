"""What people type into a field for a day is understood, or answered with a sentence."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.basics import dates
from portal.basics.typed_dates import (
    START_OF_DAY,
    NotADate,
    is_shown_twice,
    read_moment,
    read_past_day,
    typed,
    typed_day,
)

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # a Sunday, 13:00 in Berlin
FOURTH_AT_SIX = datetime(2026, 12, 4, 17, 0, tzinfo=UTC)
FOURTH_AT_ITS_END = datetime(2026, 12, 4, 22, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "4 dec 18:00",
        "4 Dec 2026, 18:00",
        "4. December 18:00",
        "4.12.2026 18:00",
        "4.12. 18:00",
        "04/12/2026 18.00",
        "2026-12-04T18:00",
        "2026-12-04 18:00:00",
        "Friday 4 December 2026, 18:00 CET",
        "Fri 4 Dec 18:00",
        "December 4, 2026 at 18:00",
        "  4th  december   2026   18h00 ",
    ],
)
def test_a_day_and_a_time_are_read_on_the_zone_s_clocks(text):
    assert read_moment(text, BERLIN, NOW) == FOURTH_AT_SIX


@pytest.mark.parametrize("text", ["4 dec", "4.12.", "4.12.2026", "2026-12-04", "Fri 4 Dec", "4 December 2026"])
def test_a_day_alone_means_its_end(text):
    assert read_moment(text, BERLIN, NOW) == FOURTH_AT_ITS_END


def test_without_a_year_the_next_such_day_is_meant():
    assert read_moment("4 jan", BERLIN, NOW).year == 2027
    assert read_moment("22 nov", BERLIN, NOW) == datetime(2026, 11, 22, 22, 59, tzinfo=UTC)
    assert read_moment("29 feb", BERLIN, NOW) == datetime(2028, 2, 29, 22, 59, tzinfo=UTC)


def test_today_and_tomorrow_are_the_zone_s():
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # the 23rd in Berlin

    assert read_moment("today 18:40", BERLIN, late) == datetime(2026, 11, 23, 17, 40, tzinfo=UTC)
    assert read_moment("Tomorrow", BERLIN, late) == datetime(2026, 11, 24, 22, 59, tzinfo=UTC)


def test_a_past_day_is_read_as_it_is():
    assert read_moment("4 Dec 2025", BERLIN, NOW) < NOW


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Write the day like"),
        ("soon", "Write the day like"),
        ("18:00", "Write the day like"),
        ("4 foo 2026", "Write the day like"),
        ("4.13.2026", "Write the day like"),
        ("x" * 500, "Write the day like"),
        ("31 Feb 2027", "There is no 31 February 2027"),
        ("31 feb", "There is no 31 February"),
        ("4 Dec 2026 25:00", "There is no 25:00"),
        ("4 Dec 9999", "Write a year from 2000 to 2200"),
        ("28 March 2027 02:30", "The clocks go forward that day: there is no 02:30"),
        ("4 Dec 2026 6:00 pm", "Write the day like"),
        ("4 Dec 2026 18:00 CEST", "Times here are CET on that day; leave “CEST” out"),
        ("4 Dec 2026 18:00 UTC", "Times here are CET on that day; leave “UTC” out"),
    ],
)
def test_anything_else_is_answered_with_a_sentence(text, words):
    with pytest.raises(NotADate, match=words):
        read_moment(text, BERLIN, NOW)


moments = st.datetimes(datetime(2001, 1, 2), datetime(2199, 12, 30)).map(  # noqa: DTZ001 - the zone comes next
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=UTC)
)


@given(moments, st.sampled_from([BERLIN, "UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]))
def test_what_the_portal_writes_it_reads(moment, zone):
    """Also in the one hour a year that clocks show twice."""
    for written in (typed(moment, zone), dates.long_date(moment, zone)):
        assert read_moment(written, zone, NOW) == moment


@given(st.integers(0, 119), st.sampled_from([BERLIN, "America/New_York", "Pacific/Auckland"]))
def test_what_is_written_in_the_hour_that_clocks_show_twice_is_read_as_it_was(minute, zone):
    goes_back = {
        BERLIN: datetime(2026, 10, 25, 0, 0, tzinfo=UTC),
        "America/New_York": datetime(2026, 11, 1, 5, 0, tzinfo=UTC),
        "Pacific/Auckland": datetime(2026, 4, 4, 13, 0, tzinfo=UTC),
    }
    moment = goes_back[zone] + timedelta(minutes=minute)

    assert is_shown_twice(moment, zone)
    for written in (typed(moment, zone), dates.long_date(moment, zone)):
        assert read_moment(written, zone, NOW) == moment


def test_of_a_time_that_clocks_show_twice_the_first_is_meant_unless_its_zone_says_which():
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    assert read_moment("25 Oct 2026 02:30", BERLIN, NOW) == first
    assert read_moment("25 Oct 2026 02:30 CEST", BERLIN, NOW) == first
    assert read_moment("25 Oct 2026 02:30 CET", BERLIN, NOW) == first + timedelta(hours=1)
    assert not is_shown_twice(FOURTH_AT_SIX, BERLIN)
    assert not is_shown_twice(read_moment("25 Oct 2026 01:59", BERLIN, NOW), BERLIN)
    assert not is_shown_twice(read_moment("25 Oct 2026 03:00", BERLIN, NOW), BERLIN)


def test_a_day_alone_can_mean_its_begin():
    assert read_moment("4 dec", BERLIN, NOW, day_means=START_OF_DAY) == datetime(2026, 12, 3, 23, 0, tzinfo=UTC)


@given(st.text(max_size=100))
def test_no_text_breaks_it(text):
    with suppress(NotADate):
        assert read_moment(text, BERLIN, NOW).tzinfo is UTC


# A day of the past


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("", None),
        ("4.12.2019", date(2019, 12, 4)),
        ("Thursday 4 December 1924", date(1924, 12, 4)),
        ("2026-02-28", date(2026, 2, 28)),
        ("yesterday", date(2026, 11, 21)),
        ("24 Nov", date(2025, 11, 24)),
        ("22 Nov", date(2026, 11, 22)),
        ("29.2.", date(2024, 2, 29)),
        ("1 Jan 2031", date(2031, 1, 1)),
    ],
)
def test_of_a_day_without_a_year_the_last_is_meant(words, day):
    assert read_past_day(words, BERLIN, NOW) == day
    assert read_past_day(typed_day(day), BERLIN, NOW) == day


@pytest.mark.parametrize("words", ["soon", "31.2.2020", "4 foo 2020", "0.1.2020", "1.1.0000", "9" * 200, "12:00"])
def test_what_names_no_day_of_the_past_is_refused(words):
    with pytest.raises(NotADate):
        read_past_day(words, BERLIN, NOW)
