"""How much sponsors may give by one press: the admin's page."""

import pytest

from portal.domain import options
from portal.domain.options import Ceilings
from tests.factories import an_admin


@pytest.fixture
def at_home(client):
    client.sign_in_as(an_admin())
    client.get("/admin/sharing")
    return client


def test_the_page_shows_what_holds_and_keeps_what_is_chosen(at_home):
    assert [at_home.current.value(name) for name in ("days", "days_ahead", "views", "most_views")] == [
        "7",
        "90",
        "1",
        "10",
    ]

    page = at_home.press("Save", days=" 14 ", days_ahead="60", follow=True)

    assert page.notices == ["Saved It holds from the next answer and the next upload on."]
    assert page.value("days") == "14"
    assert options.ceilings() == Ceilings(days=14, days_ahead=60)
    assert at_home.press("Save", follow=True).notices == ["Nothing has changed"]


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"days": "31"}, "“Days that one press gives” must be a whole number from 1 to 30"),
        ({"days": "1.5"}, "“Days that one press gives” must be a whole number from 1 to 30"),
        ({"days": ""}, "“Days that one press gives” must be a whole number from 1 to 30"),
        ({"views": "-1"}, "“Views that one press gives” must be a whole number from 1 to 5"),
        ({"views": "٣"}, "“Views that one press gives” must be a whole number from 1 to 5"),
        ({"most_views": "9" * 400}, "“Most views” must be a whole number from 1 to 99"),
        ({"days": "30", "days_ahead": "10"}, "One press gives 30 days, so this is at least 30"),
        ({"views": "3", "most_views": "2"}, "One press gives 3 views, so this is at least 3"),
    ],
)
def test_a_fault_stands_by_its_field_and_nothing_is_lost(at_home, typed, fault):
    page = at_home.press("Save", **typed)

    assert page.status == 422
    assert page.errors == [f"Error: {fault}"]
    assert {name: page.value(name) for name in typed} == typed
    assert options.ceilings() == Ceilings()


def test_the_space_of_each_sponsor_is_chosen_in_gigabytes(at_home):
    assert at_home.current.value("space") == "500"

    page = at_home.press("Save", space="0")
    assert page.errors == ["Error: “Gigabytes for each sponsor” must be a whole number from 1 to 100,000"]
    page = at_home.press("Save", space="20", follow=True)

    assert page.value("space") == "20"
    assert options.upload_quota() == 20 * 1024**3
    assert "changed space for each sponsor, in GB: 500 became 20" in at_home.get("/admin/audit").text


def test_each_change_is_on_the_trail(at_home):
    at_home.press("Save", days="14")

    assert "changed days given by one press: 7 became 14" in at_home.get("/admin/audit").text


def test_all_faults_are_told_at_once(at_home):
    page = at_home.press("Save", days="31", most_views="none")

    assert page.errors == [
        "Error: “Days that one press gives” must be a whole number from 1 to 30",
        "Error: “Most views” must be a whole number from 1 to 99",
    ]
