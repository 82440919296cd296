"""The bin in pages: what lies in it, taken out again, deleted for good."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain import the_bin
from portal.storage.db import db, transaction
from portal.storage.models import VideoSession
from tests.factories import a_grant, a_sponsor, a_video_session, an_admin
from tests.web.admin.counting import queries_of

NOW = datetime.now(UTC)


@pytest.fixture
def browser(client, sponsor):
    client.sign_in_as(sponsor)
    return client


def binned(owner, *, ago=timedelta(days=3), **given):
    video_session = a_video_session(owner=owner, **({"title": "Old lecture"} | given))
    a_grant(video_session)
    with transaction():
        the_bin.put_in(video_session, by=owner, at=NOW - ago)
    return video_session


def test_an_empty_bin_says_what_it_is_for(browser):
    assert "A recording that you delete lies here for 30 days before it goes for good." in browser.get("/bin").text


def test_it_says_when_each_goes_and_who_would_get_it_back(browser, sponsor):
    binned(sponsor, ago=timedelta(days=28))

    text = browser.get("/bin").text

    assert "Old lecture" in text
    assert "in 2 days" in text
    assert "1 person" in text


def test_one_press_brings_it_back(browser, sponsor):
    video_session = binned(sponsor)

    browser.get("/bin")
    page = browser.press("Restore Old lecture", follow=True)

    assert page.heading == "Old lecture"
    assert page.notices == ["“Old lecture” is back Everyone named on it is named as before."]
    assert browser.get(f"/sessions/{video_session.key}").status == 200
    assert "The bin is empty" in browser.get("/bin").text


def test_deleting_for_good_is_asked_first(browser, sponsor):
    video_session = binned(sponsor)

    question = browser.get(f"/bin/{video_session.key}/delete")
    assert question.heading == "Delete “Old lecture” for good?"
    assert "1 person is named on it and would get it back if it were restored." in question.text
    done = browser.press("Delete it for good", follow=True)

    assert done.notices == ["“Old lecture” is deleted for good"]
    assert db.session.scalar(db.select(VideoSession)) is None


def test_anothers_bin_and_what_is_in_none_do_not_exist(browser, sponsor):
    for video_session in (binned(a_sponsor()), a_video_session(owner=sponsor)):
        assert browser.get(f"/bin/{video_session.key}/delete").status == 404
    assert "Old lecture" not in browser.get("/bin").text


def test_admins_see_everybodys_in_few_queries(client):
    for _ in range(30):
        binned(a_sponsor(name="Dana Lee"))
    client.sign_in_as(an_admin())

    assert "Dana Lee" in client.get("/bin").text
    assert len(queries_of(lambda: client.get("/bin"))) <= 5
