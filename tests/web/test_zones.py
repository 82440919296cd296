"""In which zone pages tell times: the reader's own (product.md, Promises)."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.basics import dates
from tests.factories import a_grant, a_guest, a_sponsor, a_video_session
from tests.page_checks import text_of

NEW_YORK, BERLIN = "America/New_York", "Europe/Berlin"


@pytest.fixture
def tell(client):
    """Have this browser say in which zone its clock runs."""
    return lambda zone: client.http.set_cookie("zone", zone)


def footer_of(answer) -> str:
    return text_of(answer.page.find(".//footer"))


def test_a_guest_reads_times_of_their_own_clock(client, tell):
    guest, at = a_guest(), datetime.now(UTC)
    ends_at = (at + timedelta(days=30)).replace(hour=22, minute=30)
    film = a_video_session(owner=a_sponsor())
    a_grant(film, guest, ends_at=ends_at)
    client.sign_in_as(guest)
    assert dates.date_and_time(ends_at, BERLIN, at) in client.get("/").text

    tell(NEW_YORK)

    assert dates.date_and_time(ends_at, NEW_YORK, at) in client.get("/").text
    assert dates.long_date(ends_at, NEW_YORK) in client.get(f"/watch/{film.key}").text
    assert "Times in New York (E" in footer_of(client.get("/account"))


def test_staff_read_the_zone_they_type_in(client, tell):
    client.sign_in_as(a_sponsor())
    tell(NEW_YORK)

    assert "Times in Berlin (CE" in footer_of(client.get("/today"))


@pytest.mark.parametrize("told", ["Mars/Olympus", "../../etc/passwd", "", "Etc/Unknown", "x" * 3000])
def test_what_is_no_zone_counts_for_nothing(client, tell, told):
    tell(told)

    assert "Times in Berlin (CE" in footer_of(client.get("/sign-in"))


@pytest.mark.parametrize(("zone", "label"), [("UTC", "Times in UTC"), ("Asia/Dubai", "Times in Dubai (UTC+4)")])
def test_the_zone_is_named_as_people_name_it(client, tell, zone, label):
    tell(zone)

    assert footer_of(client.get("/help")).endswith(label)
