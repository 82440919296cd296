"""Calendar files that go with letters, as a calendar reads them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar

from portal.mail import calendar
from portal.mail.calendar import CalendarEntry

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
SITE = "https://portal.aldermere.example/"


def an_entry(**given) -> CalendarEntry:
    about = {"key": "7f3k", "title": "Finals 2026", "path": "/watch/events/7f3k"}
    window = {
        "opens_at": datetime(2026, 12, 1, 9, 0, tzinfo=BERLIN),
        "closes_at": datetime(2026, 12, 18, 18, 0, tzinfo=BERLIN),
    }
    return CalendarEntry(**(about | window | given))


def read(*entries: CalendarEntry):
    return Calendar.from_ical(calendar.written(entries, public_url=SITE, at=AT))


def only(component):
    [entry] = component.walk("VEVENT")
    return entry


def test_times_are_in_utc_and_it_leads_to_the_page():
    read_file = read(an_entry())

    entry = only(read_file)
    assert (str(read_file["VERSION"]), str(read_file["METHOD"])) == ("2.0", "PUBLISH")
    assert entry["DTSTART"].to_ical() == b"20261201T080000Z"
    assert entry["DTEND"].to_ical() == b"20261218T170000Z"
    assert entry["DTSTAMP"].to_ical() == b"20261120T093000Z"
    assert str(entry["URL"]) == "https://portal.aldermere.example/watch/events/7f3k"
    assert str(entry["TRANSP"]) == "TRANSPARENT"


def test_sent_again_it_is_the_same_entry_and_a_newer_one():
    first, moved = only(read(an_entry())), only(read(an_entry(version=4, title="Finals, moved")))

    assert str(first["UID"]) == str(moved["UID"]) == "7f3k@portal.aldermere.example"
    assert int(moved["SEQUENCE"]) > int(first["SEQUENCE"])


def test_it_reminds_a_day_before_the_end():
    [alarm] = only(read(an_entry())).walk("VALARM")

    assert alarm["TRIGGER"].dt == -timedelta(days=1)
    assert alarm["TRIGGER"].params["RELATED"] == "END"


def test_no_title_adds_a_line_of_its_own():
    wild = "Finals\r\nATTENDEE:mailto:everybody@aldermere.example; a, b\\n – “über”"
    entry = only(read(an_entry(title=wild)))

    assert "ATTENDEE" not in entry
    assert "ATTENDEE:mailto" in str(entry["SUMMARY"])
    assert "“über”" in str(entry["SUMMARY"])
    assert max(map(len, calendar.written([an_entry(title="ü" * 200)], public_url=SITE, at=AT).encode().split())) <= 75


def test_several_stand_in_one_file_and_none_makes_none():
    two = read(an_entry(), an_entry(key="8abc"))

    assert [str(entry["UID"]).partition("@")[0] for entry in two.walk("VEVENT")] == ["7f3k", "8abc"]
    assert calendar.written([], public_url=SITE, at=AT) == ""
