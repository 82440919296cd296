"""The pages that say no: which limit it is, since or from when, and the way on (design 05 and 05b)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from portal.basics import dates
from portal.storage.db import db, transaction
from portal.storage.models import AccessRequest, Answer, VideoState, ViewBudget, WatchRecord
from tests.factories import a_folder, a_grant, a_guest, a_sponsor, a_video_session
from tests.test_query_counts import MOST, counted

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ZONE = "Europe/Berlin"


@pytest.fixture
def dana(app):
    return a_sponsor(name="Dana Lee", address="dana.lee@aldermere.example", department="Alumni and Giving")


@pytest.fixture
def imani(dana):
    return a_guest(name="Imani Okafor", sponsor=dana)


@pytest.fixture
def film(dana):
    return a_video_session(owner=dana, title="Meadow Morning", length_seconds=300.0, ready_at=NOW - 90 * DAY)


@pytest.fixture
def browser(client, imani):
    client.sign_in_as(imani)
    return client


def used(grant, film, taken):
    with transaction():
        db.session.add(ViewBudget(grant_id=grant.id, video_session_id=film.id, taken=taken))


def watched(guest, film, *parts, at=NOW - DAY):
    """Parts in tenths of a second."""
    with transaction():
        db.session.add(
            WatchRecord(
                user_id=guest.id,
                video_session_id=film.id,
                watched=[list(part) for part in parts],
                watched_seconds=sum(end - begin for begin, end in parts) / 10,
                watched_at=at,
            )
        )


class TestUsedUp:
    @pytest.mark.parametrize(
        ("limit", "heading"),
        [
            (1, "You have used your one view"),
            (2, "You have used both views"),
            (5, "You have used all 5 views"),
        ],
    )
    def test_is_the_title(self, browser, imani, film, limit, heading):
        used(a_grant(film, imani, views_limit=limit), film, limit)

        page = browser.get(f"/watch/{film.key}")

        assert (page.status, page.heading) == (403, heading)
        assert f"0 of {limit} left" in page.text

    def test_says_what_was_watched_and_which_limit_it_was(self, browser, imani, film):
        used(a_grant(film, imani, views_limit=2, ends_at=NOW + 30 * DAY), film, 2)
        yesterday_noon = (datetime.now(ZoneInfo(ZONE)) - DAY).replace(hour=12, minute=0)
        watched(imani, film, (0, 1500), (1600, 2830), at=yesterday_noon.astimezone(UTC))

        page = browser.get(f"/watch/{film.key}")

        assert "You last watched it yesterday at 12:00" in page.text
        assert "and have seen 91% of it" in page.text
        assert "The time has not run out; the views have" in page.text
        assert dates.long_date(NOW + 30 * DAY, ZONE) in page.text
        assert "From Dana LeeAlumni and Giving" in page.text

    def test_of_a_recording_on_a_shelf_counts_for_that_one_alone(self, browser, imani, film, dana):
        shelf = a_folder(owner=dana)
        first, second = (a_video_session(folder=shelf, ready_at=NOW - DAY) for _ in range(2))
        used(a_grant(shelf, imani, views_limit=1), first, 1)

        assert browser.get(f"/watch/{first.key}").heading == "You have used your one view"
        assert browser.get(f"/watch/{second.key}").status == 200


class TestEnded:
    def test_says_since_when(self, browser, imani, film):
        a_grant(film, imani, ends_at=NOW - HOUR, created_at=NOW - 9 * DAY)

        page = browser.get(f"/watch/{film.key}")

        assert page.status == 403
        assert page.heading.startswith(("This ended today at", "This ended yesterday at"))
        assert f"Dana Lee shared it with you until {dates.long_date(NOW - HOUR, ZONE)}." in page.text
        assert "As often as you liked" in page.text

    def test_long_ago_says_the_date(self, browser, imani, film):
        ended = NOW - 40 * DAY
        a_grant(film, imani, ends_at=ended, created_at=NOW - 60 * DAY)

        page = browser.get(f"/watch/{film.key}")

        assert page.heading == f"This ended on {' at '.join(dates.date_and_time(ended, ZONE, NOW).rsplit(', ', 1))}"
        assert f"ended {dates.ago_words(ended, ZONE, NOW)}" in page.text

    def test_with_views_left_says_that_they_have_not_run_out(self, browser, imani, film):
        used(a_grant(film, imani, ends_at=NOW - HOUR, views_limit=3), film, 1)

        page = browser.get(f"/watch/{film.key}")

        assert "2 of 3 left" in page.text
        assert "The views have not run out; the time has" in page.text

    def test_without_a_limit_says_how_often_it_was_watched(self, browser, imani, film):
        used(a_grant(film, imani, ends_at=NOW - HOUR), film, 3)

        assert "You watched it 3 times" in browser.get(f"/watch/{film.key}").text


class TestNotYet:
    def test_says_from_when(self, browser, imani, film):
        begins = NOW + 30 * DAY
        a_grant(film, imani, begins_at=begins, ends_at=NOW + 60 * DAY, views_limit=2)

        page = browser.get(f"/watch/{film.key}")

        assert page.status == 403
        assert page.heading == f"This begins on {' at '.join(dates.date_and_time(begins, ZONE, NOW).rsplit(', ', 1))}"
        assert f"Begins {dates.long_date(begins, ZONE)}" in page.text
        assert f"Until {dates.long_date(NOW + 60 * DAY, ZONE)}" in page.text
        assert "2 of 2 left" in page.text

    def test_the_next_of_several_says_when(self, browser, imani, film):
        a_grant(film, imani, begins_at=NOW + 30 * DAY)
        a_grant(film, imani, begins_at=NOW + 20 * DAY)
        a_grant(film, imani, ends_at=NOW - DAY)

        assert dates.long_date(NOW + 20 * DAY, ZONE) in browser.get(f"/watch/{film.key}").text


class TestTheRecordingItself:
    @pytest.mark.parametrize(
        ("given", "heading"),
        [
            ({"is_published": False}, "This is not published at the moment"),
            ({"opens_at": NOW + 2 * DAY}, "This opens "),
            ({"closes_at": NOW - 2 * DAY}, "This closed on "),
        ],
    )
    def test_says_what_keeps_everybody_out_and_offers_no_asking(self, browser, imani, dana, given, heading):
        film = a_video_session(owner=dana, ready_at=NOW - 9 * DAY, **given)
        a_grant(film, imani, ends_at=NOW + 30 * DAY, views_limit=2)

        page = browser.get(f"/watch/{film.key}")

        assert page.status == 403
        assert page.heading.startswith(heading)
        assert "2 of 2 left" in page.text
        assert not [button for button in page.buttons if button.startswith("Ask ")]
        assert page.links["dana.lee@aldermere.example"].startswith("mailto:dana.lee@aldermere.example?subject=")

    def test_says_that_it_is_being_prepared(self, browser, imani, dana):
        film = a_video_session(owner=dana, state=VideoState.PROCESSING, ready_at=None)
        a_grant(film, imani)

        assert browser.get(f"/watch/{film.key}").heading == "This is being prepared"

    def test_shows_no_picture_of_it(self, browser, imani, dana):
        film = a_video_session(owner=dana, ready_at=NOW - 9 * DAY, is_published=False)
        a_grant(film, imani)

        assert "/posters/" not in browser.get(f"/watch/{film.key}").response.text

    def test_somebody_who_is_not_named_learns_nothing(self, client, dana):
        film = a_video_session(owner=dana, ready_at=NOW - 9 * DAY, is_published=False)
        client.sign_in_as(a_guest(sponsor=dana))

        assert client.get(f"/watch/{film.key}").status == 404


class TestAsking:
    def test_is_one_optional_line_and_one_press(self, browser, imani, film):
        used(a_grant(film, imani, views_limit=2), film, 2)
        page = browser.get(f"/watch/{film.key}")
        assert "Would you like to see it again?" in page.text

        page = browser.press("Ask Dana Lee", words="I missed the last ten minutes.", follow=True)

        assert page.heading == "You have used both views"
        assert any(notice.startswith("We have asked Dana Lee Sent today at") for notice in page.notices)
        assert "Ask Dana Lee" not in page.buttons
        assert [request.words for request in db.session.scalars(select(AccessRequest))] == [
            "I missed the last ten minutes."
        ]

    @pytest.mark.parametrize(
        ("terms", "question"),
        [
            ({"ends_at": NOW - HOUR}, "Would you like more time?"),
            ({"begins_at": NOW + 9 * DAY}, "Do you need it earlier?"),
        ],
    )
    def test_is_offered_wherever_the_sponsor_could_help(self, browser, imani, film, terms, question):
        a_grant(film, imani, **terms)

        page = browser.get(f"/watch/{film.key}")

        assert question in page.text
        assert browser.press("Ask Dana Lee", follow=True).status == 403

    def test_too_many_words_stay_where_they_were_typed(self, browser, imani, film):
        a_grant(film, imani, ends_at=NOW - HOUR)
        browser.get(f"/watch/{film.key}")

        page = browser.press("Ask Dana Lee", words="long " * 200)

        assert page.status == 422
        assert page.errors[0].startswith("Error: Write 500 characters at most")
        assert (page.value("words") or "").strip().startswith("long long")

    def test_once_declined_says_so_in_place_of_the_form(self, browser, imani, film):
        a_grant(film, imani, ends_at=NOW - HOUR)
        browser.get(f"/watch/{film.key}")
        browser.press("Ask Dana Lee")
        [request] = db.session.scalars(select(AccessRequest)).all()
        with transaction():
            request.answered_at, request.answer = datetime.now(UTC), Answer.DECLINED

        page = browser.get(f"/watch/{film.key}")

        assert any(notice.startswith("Dana Lee has said no You asked today at") for notice in page.notices)
        assert "Ask Dana Lee" not in page.buttons

    def test_a_new_need_may_be_asked_for(self, browser, imani, film):
        grant = a_grant(film, imani, ends_at=NOW - HOUR)
        browser.get(f"/watch/{film.key}")
        browser.press("Ask Dana Lee")
        with transaction():
            grant.version += 1

        assert "Ask Dana Lee" in browser.get(f"/watch/{film.key}").buttons

    def test_what_another_asked_says_nothing_here(self, browser, film, imani, new_client):
        somebody = a_guest()
        for guest in (imani, somebody):
            a_grant(film, guest, ends_at=NOW - HOUR)
        browser.get(f"/watch/{film.key}")
        browser.press("Ask Dana Lee")
        elsewhere = new_client()
        elsewhere.sign_in_as(somebody)

        assert "Ask Dana Lee" in elsewhere.get(f"/watch/{film.key}").buttons


@pytest.mark.parametrize(
    ("terms", "given"),
    [
        ({"views_limit": 2}, {}),
        ({"ends_at": NOW - HOUR}, {}),
        ({"begins_at": NOW + DAY}, {}),
        ({}, {"is_published": False}),
    ],
    ids=["used-up", "ended", "not-begun", "unpublished"],
)
def test_no_page_asks_the_database_more_than_five_times(browser, imani, dana, terms, given):
    shelf = a_folder(owner=dana)
    film = a_video_session(folder=shelf, ready_at=NOW - 90 * DAY, in_folder_since=NOW - 90 * DAY, **given)
    for thing in (film, shelf, film):
        used(a_grant(thing, imani, **terms), film, 2)
    watched(imani, film, (0, 100))
    path = f"/watch/{film.key}"
    browser.get(path)
    if "Ask Dana Lee" in browser.current.buttons:
        browser.press("Ask Dana Lee")

    with counted() as statements:
        browser.get(path)

    assert len(statements) <= MOST, statements
