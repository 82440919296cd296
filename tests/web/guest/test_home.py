"""“Shared with you”: going on, what may be watched, what is to come, and what is over (design 03)."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.basics import dates
from portal.domain import playback
from portal.domain.playback import Elsewhere, Refusal
from portal.storage.db import db, transaction
from portal.storage.models import SignIn, Stream, ViewBudget, WatchRecord
from tests.factories import a_folder, a_grant, a_guest, a_sign_in_token, a_sponsor, a_video_session
from tests.test_query_counts import MOST, counted

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ZONE = "Europe/Berlin"


@pytest.fixture
def dana(app):
    return a_sponsor(name="Dana Lee", department="Alumni and Giving")


@pytest.fixture
def imani(dana):
    return a_guest(name="Imani Okafor", sponsor=dana)


@pytest.fixture
def browser(client, imani):
    client.sign_in_as(imani)
    return client


def a_film(owner, **given):
    return a_video_session(owner=owner, **({"length_seconds": 2885.0, "ready_at": NOW - 90 * DAY} | given))


def used(grant, film, taken):
    with transaction():
        db.session.add(ViewBudget(grant_id=grant.id, video_session_id=film.id, taken=taken))


def stopped(guest, film, position, *, watched=(), at=NOW - HOUR):
    with transaction():
        db.session.add(
            WatchRecord(
                user_id=guest.id,
                video_session_id=film.id,
                watched=[[begin * 10, end * 10] for begin, end in watched],
                watched_seconds=sum(end - begin for begin, end in watched),
                position_seconds=position,
                watched_at=at,
            )
        )


def played(guest, film):
    """A sitting that is open."""
    a_sign_in_token(guest)
    sign_in = db.session.scalars(db.select(SignIn).where(SignIn.user_id == guest.id)).all()[-1]
    with transaction():
        stream = playback.start(guest, film.key, sign_in=sign_in, at=NOW)
    assert isinstance(stream, Stream), stream
    assert not isinstance(stream, Refusal | Elsewhere)
    return stream


class TestCards:
    def test_say_how_many_views_are_left_and_until_when(self, browser, imani, dana):
        film = a_film(dana, title="Meadow Morning")
        until = NOW + 30 * DAY
        used(a_grant(film, imani, views_limit=2, ends_at=until), film, 1)

        text = browser.get("/").text

        assert "1 of 2 views left" in text
        assert f"until {dates.date_and_time(until, ZONE, NOW)}" in text
        assert "Ends in" not in text

    @pytest.mark.parametrize(("limit", "words"), [(1, "1 view left"), (3, "3 views left"), (None, "as often as you")])
    def test_say_it_shortly_while_none_was_taken(self, browser, imani, dana, limit, words):
        a_grant(a_film(dana), imani, views_limit=limit, ends_at=NOW + 30 * DAY)

        assert words in browser.get("/").text

    def test_say_when_the_end_is_near(self, browser, imani, dana):
        at = datetime.now(UTC)  # NOW may be yesterday
        until = at + 2 * DAY + HOUR
        a_grant(a_film(dana), imani, ends_at=until)

        in_days = dates.until_words(until, ZONE, at)  # two or three of the calendar, by the hour of the test
        assert in_days.startswith("in ")
        assert f"Ends {in_days}" in browser.get("/").text

    def test_count_the_views_of_all_that_names_them(self, browser, imani, dana):
        shelf = a_folder(owner=dana)
        film = a_film(dana, folder_id=shelf.id, in_folder_since=NOW - 90 * DAY)
        a_grant(shelf, imani, views_limit=3)
        used(a_grant(film, imani, views_limit=2), film, 1)

        assert "4 of 5 views left" in browser.get("/").text


class TestTheAccountsEnd:
    def test_is_said_where_it_comes_before_that_of_what_is_shared(self, browser, imani, dana):
        film, ends_at = a_film(dana), NOW + 20 * DAY
        a_grant(film, imani, ends_at=NOW + 30 * DAY)
        assert "account ends" not in browser.get("/").text

        with transaction():
            imani.ends_at = ends_at

        day = dates.long_date(ends_at, ZONE)
        assert f"Your account ends on {day}." in browser.get("/").text
        watch = browser.get(f"/watch/{film.key}").text
        assert f"Until {day}" in watch
        assert "your account ends then" in watch


class TestWhatIsToCome:
    def test_stands_beside_the_rest_and_says_when_it_begins(self, browser, imani, dana):
        a_grant(a_film(dana, title="Meadow Morning"), imani)
        begins = NOW + 20 * DAY
        a_grant(a_film(dana, title="Two voices on salt"), imani, begins_at=begins, ends_at=NOW + 30 * DAY)

        page = browser.get("/")

        assert "One recording, from one person at Aldermere University. One recording begins later." in page.text
        assert f"Two voices on salt Begins {dates.date_and_time(begins, ZONE, NOW)}" in page.text
        assert page.text.count("From Dana Lee") == 1

    def test_shows_no_picture_yet(self, browser, imani, dana):
        film = a_film(dana, opens_at=NOW + DAY)
        a_grant(film, imani)

        answer = browser.get("/")

        assert f"Begins {dates.date_and_time(NOW + DAY, ZONE, NOW)}" in answer.text
        assert "/posters/" not in answer.response.text

    def test_alone_is_not_nothing(self, browser, imani, dana):
        a_grant(a_film(dana), imani, begins_at=NOW + 20 * DAY)

        page = browser.get("/")

        assert "One recording begins later." in page.text
        assert "Nothing is shared" not in page.text


class TestWhatIsOver:
    def test_is_folded_away_and_says_why(self, browser, imani, dana):
        a_grant(a_film(dana, title="First notes"), imani, ends_at=NOW - DAY)
        film = a_film(dana, title="Groundbreaking")
        used(a_grant(film, imani, views_limit=2), film, 2)
        a_grant(a_film(dana, title="Meadow Morning"), imani)

        page = browser.get("/")

        assert "Over (2)" in page.text
        assert "Groundbreakingboth views used" in page.text
        assert f"First notesended {dates.date_and_time(NOW - DAY, ZONE, NOW)}" in page.text
        assert "/posters/" not in page.response.text

    def test_stands_open_where_there_is_nothing_else(self, browser, imani, dana):
        a_grant(a_film(dana), imani, ends_at=NOW - DAY)

        page = browser.get("/")

        assert "Nothing is shared with you at the moment" in page.text
        assert page.links["See what is over"] == "#over"


class TestGoingOn:
    def test_says_where_one_stopped_and_that_the_sitting_is_open(self, browser, imani, dana):
        film = a_film(dana, title="What your gift built")
        a_grant(film, imani, views_limit=2, ends_at=NOW + 30 * DAY)
        played(imani, film)
        stopped(imani, film, 760.0, watched=[(0, 760)])

        page = browser.get("/")

        assert "Go on where you stopped What your gift built 1 of 2 views left, until" in page.text
        assert "You stopped at 12:40 of 48:05. This sitting is open until" in page.text
        assert "and takes no further view." in page.text
        assert "26% watched" in page.text
        assert page.links["Go on from 12:40 What your gift built"] == f"/watch/{film.key}"
        assert page.text.count("What your gift built") == 2  # the block, and the button's words; no card as well

    def test_says_what_it_takes_once_the_sitting_is_over(self, browser, imani, dana):
        film = a_film(dana)
        used(a_grant(film, imani, views_limit=3), film, 1)
        stopped(imani, film, 760.0, watched=[(0, 760)])

        assert "You stopped at 12:40 of 48:05. Going on takes 1 of 2 views." in browser.get("/").text

    def test_is_of_what_was_watched_last(self, browser, imani, dana):
        for title, at in (("First", NOW - 3 * HOUR), ("Second", NOW - HOUR), ("Third", NOW - 2 * HOUR)):
            film = a_film(dana, title=title)
            a_grant(film, imani)
            stopped(imani, film, 100.0, at=at)

        assert "Go on from 1:40 Second" in browser.get("/").links

    @pytest.mark.parametrize("position", [0.0, 2.0, 2884.0])
    def test_is_not_there_at_the_start_or_at_the_end(self, browser, imani, dana, position):
        film = a_film(dana)
        a_grant(film, imani)
        stopped(imani, film, position, watched=[(0, 2885)])

        assert "Go on where you stopped" not in browser.get("/").text

    def test_is_not_offered_for_what_is_over(self, browser, imani, dana):
        film = a_film(dana)
        a_grant(film, imani, ends_at=NOW - HOUR)
        stopped(imani, film, 760.0, watched=[(0, 760)])

        assert "Go on where you stopped" not in browser.get("/").text

    def test_a_sitting_may_be_finished_after_the_end(self, browser, imani, dana):
        film = a_film(dana)
        grant = a_grant(film, imani, ends_at=NOW + HOUR, views_limit=1)
        played(imani, film)
        stopped(imani, film, 760.0, watched=[(0, 760)])
        with transaction():
            grant.ends_at = NOW + timedelta(milliseconds=1)

        text = browser.get("/").text

        assert "you may finish this sitting" in text
        assert "This sitting is open until" in text

    def test_what_another_watched_shows_nothing_here(self, browser, imani, dana):
        film = a_film(dana)
        somebody = a_guest(sponsor=dana)
        for guest in (imani, somebody):
            a_grant(film, guest)
        stopped(somebody, film, 760.0, watched=[(0, 760)])

        assert "Go on where you stopped" not in browser.get("/").text


@pytest.mark.parametrize("path", ["/", "/account"])
def test_no_page_asks_the_database_more_than_five_times(browser, imani, dana, path):
    for number in range(12):
        film = a_film(dana)
        used(a_grant(film, imani, views_limit=2, ends_at=NOW + (number - 3) * DAY), film, number % 3)
        stopped(imani, film, 100.0, watched=[(0, 100)])
        if number == 7:
            played(imani, film)
    a_sign_in_token(imani)

    with counted() as statements:
        browser.get(path)

    assert len(statements) <= MOST, statements


@pytest.mark.parametrize(
    ("position", "watched", "told"),
    [
        (0, [], ""),
        (250, [(0, 250)], "Stopped at 4:10"),
        (0.2, [(0, 30)], "Begun"),
        (2885, [(0, 2800)], "Watched"),
    ],
)
def test_each_recording_says_how_far_it_was_watched(browser, dana, imani, position, watched, told):
    latest, other = a_film(dana, title="Latest"), a_film(dana, title="Quartet")
    for film in (latest, other):
        a_grant(film, imani)
    stopped(imani, latest, 10, watched=[(0, 10)])  # it stands above by itself: “Go on where you stopped”
    if watched:
        stopped(imani, other, position, watched=watched, at=NOW - DAY)

    page = browser.get("/")

    card = page.response.text.partition("From <bdi>")[2].partition("</ul>")[0]
    assert [words for words in ("Stopped at 4:10", "Begun", "Watched") if words in card] == [told] * bool(told)
