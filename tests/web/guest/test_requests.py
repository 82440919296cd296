"""A guest asks whoever shares a recording for more (design 05 and 05b)."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.storage.db import db
from portal.storage.models import AccessRequest
from tests.factories import a_grant, a_guest, a_sponsor, a_video_session

NOW = datetime.now(UTC)
A_DAY = timedelta(days=1)


@pytest.fixture
def film(app):
    return a_video_session(owner=a_sponsor(name="Dana Lee"), ready_at=NOW - 90 * A_DAY)


@pytest.fixture
def imani(app):
    return a_guest(name="Imani Okafor")


@pytest.fixture
def browser(client, imani):
    client.sign_in_as(imani)
    return client


def asked():
    return list(db.session.scalars(db.select(AccessRequest)))


def test_after_asking_the_answer_stands_in_place_of_the_form(browser, imani, film):
    a_grant(film, imani, ends_at=NOW - A_DAY)
    browser.get(f"/watch/{film.key}")

    page = browser.press("Ask Dana Lee", words="The train.\r\nA tunnel.", follow=True)

    assert page.notices[0].startswith("We have asked Dana Lee")
    assert "Ask Dana Lee" not in page.buttons
    assert [request.words for request in asked()] == ["The train.\nA tunnel."]


def test_pressed_twice_it_is_one_request(browser, imani, film):
    a_grant(film, imani, ends_at=NOW - A_DAY)
    browser.get(f"/watch/{film.key}")
    browser.press("Ask Dana Lee", words="Once")

    page = browser.press("Ask Dana Lee", words="Twice", follow=True)

    assert page.notices[0].startswith("We have asked Dana Lee")
    assert [request.words for request in asked()] == ["Once"]


def test_too_many_words_are_kept_with_the_fault_beside_them(browser, imani, film):
    a_grant(film, imani, ends_at=NOW - A_DAY)
    browser.get(f"/watch/{film.key}")

    page = browser.press("Ask Dana Lee", words="x" * 501)

    assert page.status == 422
    assert page.errors == ["Error: Write 500 characters at most; these are 501"]
    assert page.value("words") == "x" * 501
    assert asked() == []


def test_who_can_watch_by_now_is_led_to_the_recording(browser, imani, film):
    grant = a_grant(film, imani, ends_at=NOW - A_DAY)
    browser.get(f"/watch/{film.key}")
    db.session.delete(grant)
    db.session.commit()
    a_grant(film, imani)

    answer = browser.press("Ask Dana Lee")

    assert answer.location == f"/watch/{film.key}"
    assert asked() == []
