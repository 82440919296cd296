"""What a player says when the browser it plays in was signed out meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain import disabling, events
from portal.storage.db import transaction
from portal.storage.models import WhenItEnds
from tests.factories import a_grant, a_guest, a_sponsor, an_admin, an_event
from tests.web.guest.test_watching import a_film, pressed_play

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def dana(app):
    return a_sponsor(name="Dana Lee", address="dana.lee@aldermere.example")


@pytest.fixture
def film(dana):
    return a_film(owner=dana, title="Meadow Morning")


@pytest.fixture
def finals(dana, film):
    return an_event(film, owner=dana, title="Finals 2026", opens_at=NOW - DAY, closes_at=NOW + DAY)


@pytest.fixture
def judge(dana, finals):
    guest = a_guest(sponsor=dana)
    a_grant(finals, guest, when_it_ends=WhenItEnds.STOP)
    return guest


@pytest.fixture
def source(client, judge, film):
    """The address of the film in a browser in which it plays."""
    client.sign_in_as(judge)
    return pressed_play(client, film)


def farewell_of(client, source):
    return client.get(source.replace("/media/", "/players/").replace("/film", "/farewell"))


def test_a_judge_is_told_that_the_event_has_closed(client, source, finals, dana):
    assert client.get(source).status == 200
    with transaction():
        events.close(finals, by=dana, at=datetime.now(UTC))

    cut, told = client.get(source), farewell_of(client, source)

    assert cut.status == 404
    assert told.response.json["title"].startswith("“Finals 2026” closed at ")
    assert told.response.json["way_on"]["label"] == "Write to Dana Lee"


def test_whoever_was_disabled_is_told_so(client, source, judge):
    admin = an_admin()
    with transaction():
        disabling.disable(judge, by=admin, reason="a test", at=datetime.now(UTC))

    assert farewell_of(client, source).response.json["title"].startswith("Your account was stopped at ")


def test_nobody_else_is_told_anything(client, source, finals, dana, judge):
    assert farewell_of(client, source).status == 404, "still signed in"
    with transaction():
        events.close(finals, by=dana, at=datetime.now(UTC))
    client.sign_in_as(a_guest())

    assert farewell_of(client, source).status == 404
