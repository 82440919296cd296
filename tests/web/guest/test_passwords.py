"""The page that asks for a video's password, and what it does not tell (product.md, Who may watch 5)."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from portal.basics import passwords as hashing
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, PasswordUnlock
from tests.factories import a_grant, a_guest, a_sponsor, a_video_session

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
PASSWORD = "marmalade lantern forty"
NOWHERE = "/watch/AAAAAAAAAAAAAAAA"


def a_locked_film(**given):
    given = {"ready_at": NOW - DAY, "password_hash": tools().hasher.hash(PASSWORD), "password_version": 1} | given
    return a_video_session(**given)


@pytest.fixture
def film(app):
    owner = a_sponsor(name="Dana Lee", department="Alumni and Giving")
    return a_locked_film(title="Meadow Morning", description="A working cut", owner=owner)


@pytest.fixture
def guest(app):
    """Named on nothing."""
    return a_guest()


@pytest.fixture
def browser(client, guest):
    client.sign_in_as(guest)
    return client


def give(browser, film, typed):
    browser.get(f"/watch/{film.key}")
    return browser.press("Open the video", password=typed)


def bare(answer, film) -> str:
    """The page without what differs from request to request anyway."""
    text = answer.response.text.replace(film.key, "KEY")
    return re.sub(r'(nonce|value)="[^"]*"', "", text)


class TestThePage:
    def test_tells_nothing_of_the_video(self, browser, film):
        page = browser.get(f"/watch/{film.key}")

        assert page.status == 200
        assert page.heading == "This video asks for a password"
        for word in ("Meadow", "working cut", "Dana", "Alumni", "minute", "/posters/", "/media/"):
            assert word not in page.response.text

    def test_is_the_same_for_every_video_that_has_one(self, browser, film):
        other = a_locked_film(title="Two voices on salt", length_seconds=9000.0, description="")

        assert bare(browser.get(f"/watch/{film.key}"), film) == bare(browser.get(f"/watch/{other.key}"), other)

    def test_is_the_same_after_a_wrong_try(self, browser, film):
        other = a_locked_film(title="Two voices on salt")

        answers = [bare(give(browser, one, "no"), one) for one in (film, other)]

        assert answers[0] == answers[1]

    def test_a_video_without_one_is_not_there(self, browser):
        open_to_none = a_video_session(ready_at=NOW - DAY)

        assert browser.get(f"/watch/{open_to_none.key}").status == 404

    def test_its_picture_and_film_are_not_there_either(self, browser, film):
        assert browser.get(f"/posters/{film.key}").status == 404
        assert browser.open("POST", f"/watch/{film.key}/play").status in (400, 404)


class TestGivingThePassword:
    def test_leads_to_the_video(self, browser, film):
        answer = give(browser, film, PASSWORD)

        assert answer.location == f"/watch/{film.key}"
        page = browser.get(answer.location)
        assert page.heading == "Meadow Morning"
        assert "Play" in page.buttons

    def test_is_good_for_this_browser_alone(self, browser, guest, film, new_client):
        give(browser, film, PASSWORD)
        elsewhere = new_client()
        elsewhere.sign_in_as(guest)

        assert browser.get(f"/watch/{film.key}").heading == "Meadow Morning"
        assert elsewhere.get(f"/watch/{film.key}").heading == "This video asks for a password"

    def test_ends_with_signing_out(self, browser, guest, film):
        give(browser, film, PASSWORD)
        browser.get("/")
        browser.press("Sign out")
        browser.sign_in_as(guest)

        assert browser.get(f"/watch/{film.key}").heading == "This video asks for a password"

    def test_wrong_says_so_beside_the_field_and_keeps_nothing(self, browser, film):
        page = give(browser, film, "no")

        assert page.status == 422
        assert page.errors == ["Error: This is not the password of this video."]
        assert page.value("password") in (None, "")
        assert db.session.scalar(select(func.count()).select_from(PasswordUnlock)) == 0

    def test_too_often_has_to_wait(self, browser, film):
        for _ in range(5):
            give(browser, film, "no")

        page = give(browser, film, PASSWORD)

        assert page.status == 429
        assert 0 < int(page.response.headers["Retry-After"]) <= 30
        assert "Too many tries. Go on at" in page.text

    def test_while_many_hash_is_told_to_wait_and_not_counted(self, browser, film, monkeypatch):
        monkeypatch.setattr(hashing, "_queue", _Full())
        for _ in range(7):
            browser.get(f"/watch/{film.key}")
            assert browser.press("Open the video", password="no").status == 429
        monkeypatch.undo()

        assert give(browser, film, PASSWORD).status == 303

    def test_nothing_is_written_by_looking(self, browser, film):
        browser.get(f"/watch/{film.key}")

        assert "session:unlock-refused" not in db.session.scalars(select(AuditEvent.kind)).all()


class _Full:
    def acquire(self, *, blocking: bool = True) -> bool:
        return False


class TestWhoIsNotAsked:
    def test_a_guess_at_what_is_unknown_answers_like_what_is_missing(self, browser, film):
        hidden = a_video_session(ready_at=NOW - DAY)
        unpublished = a_locked_film(is_published=False)
        token = give(browser, film, "no").value("csrf_token")
        sent = {"data": {"csrf_token": token, "password": PASSWORD}, "headers": {"Referer": "http://localhost/"}}

        bodies = []
        for path in (f"/watch/{hidden.key}", f"/watch/{unpublished.key}", NOWHERE):
            answer = browser.open("POST", f"{path}/password", **sent)
            assert answer.status == 404
            bodies.append(re.sub(r'(nonce|value)="[^"]*"', "", answer.response.text))
        assert len(set(bodies)) == 1

    def test_the_named_open_the_page_itself(self, client, film):
        guest = a_guest()
        a_grant(film, guest)
        client.sign_in_as(guest)

        assert client.get(f"/watch/{film.key}").heading == "Meadow Morning"

    def test_a_limit_set_for_somebody_is_not_got_round(self, client, film):
        guest = a_guest()
        a_grant(film, guest, ends_at=NOW - timedelta(hours=1))
        client.sign_in_as(guest)
        page = client.get(f"/watch/{film.key}")
        token = page.value("csrf_token")
        sent = {"data": {"csrf_token": token, "password": PASSWORD}, "headers": {"Referer": "http://localhost/"}}

        answer = client.open("POST", f"/watch/{film.key}/password", **sent)

        assert answer.location == f"/watch/{film.key}"
        assert client.get(answer.location).heading.startswith("This ended")
        assert db.session.scalar(select(func.count()).select_from(PasswordUnlock)) == 0

    def test_a_change_closes_it_again(self, browser, film):
        give(browser, film, PASSWORD)
        with transaction():
            film.password_version += 1

        assert browser.get(f"/watch/{film.key}").heading == "This video asks for a password"
