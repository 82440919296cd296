"""Why this guest may watch a recording or may not, on its page."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.basics.roles import UserState
from portal.storage.db import db, transaction
from portal.storage.models import ViewBudget
from tests.factories import a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def dana(app, client):
    dana = a_sponsor(name="Dana Lee")
    client.sign_in_as(dana)
    return dana


@pytest.fixture
def imani(dana):
    return a_guest(name="Imani Okafor", sponsor=dana)


def why(client, guest, film):
    return client.get(f"/guests/{guest.key}/why/{film.key}")


def test_named_on_a_folder_with_a_password_that_is_not_asked(client, dana, imani):
    folder = a_folder(owner=dana, title="Donors 2026")
    film = a_video_session(folder=folder, title="Meadow Morning", password_hash="x")
    a_grant(folder, imani, views_limit=2)

    page = why(client, imani, film)

    assert page.heading == "Imani Okafor may watch “Meadow Morning”"
    assert "Named by Dana Lee on the folder “Donors 2026”; its password is not needed. Play takes 1 of 2 views." in (
        page.text
    )
    assert "yes, so its password is not asked" in page.text
    assert "folder “Donors 2026” by Dana Lee" in page.text
    assert "Lets them in" in page.text


@pytest.mark.parametrize(
    ("terms", "words", "tag"),
    [
        ({"ends_at": NOW - DAY}, "They were named until", "Ended"),
        ({"begins_at": NOW + DAY}, "They are named, and it begins", "Begins later"),
        ({"revoked_at": NOW - DAY}, "Nothing names them: to them there is no such recording.", "Revoked"),
    ],
)
def test_named_and_not_let_in(client, dana, imani, terms, words, tag):
    film = a_video_session(owner=dana, title="Meadow Morning", ready_at=NOW - 9 * DAY)
    a_grant(film, imani, **terms)

    page = why(client, imani, film)

    assert page.heading == "Imani Okafor may not watch “Meadow Morning”"
    assert words in page.text
    assert tag in page.text
    assert "This settled it" in page.text


def test_used_up(client, dana, imani):
    film = a_video_session(owner=dana)
    grant = a_grant(film, imani, views_limit=2)
    with transaction():
        db.session.add(ViewBudget(grant_id=grant.id, video_session_id=film.id, taken=2))

    page = why(client, imani, film)

    assert "They are named, and have used both views." in page.text
    assert "2 of 2 taken" in page.text


@pytest.mark.parametrize(
    ("film", "words"),
    [
        ({"is_published": False}, "the recording is not published"),
        ({"opens_at": NOW + DAY}, "the recording opens"),
        ({"closes_at": NOW - DAY}, "the recording closed"),
    ],
)
def test_named_on_what_nobody_may_watch_now(client, dana, imani, film, words):
    recording = a_video_session(owner=dana, **film)
    a_grant(recording, imani)

    page = why(client, imani, recording)

    assert f"They are named, but {words}" in page.text
    assert "It would let them in." in page.text


def test_with_a_password_it_depends_on_the_browser(client, dana, imani):
    film = a_video_session(owner=dana, password_hash="x", password_version=1)

    page = why(client, imani, film)

    assert page.heading == f"Imani Okafor may watch “{film.title}” with its password"
    assert "It depends on the browser" in page.text
    assert "In a browser that gave the recording’s password: given, so they may watch." in page.text
    assert "No browser of theirs that is signed in now has given it." in page.text
    assert "nothing ever did" in page.text


def test_an_account_that_can_do_nothing(client, dana):
    guest = a_guest(sponsor=dana, state=UserState.DISABLED)
    film = a_video_session(owner=dana)
    a_grant(film, guest)

    assert "it can do nothing at all" in why(client, guest, film).text


def test_each_why_in_the_list_of_who_can_watch_leads_here(client, dana, imani):
    film = a_video_session(owner=dana, title="Meadow Morning")
    a_grant(film, imani)
    client.get(f"/sessions/{film.key}")

    page = client.click("named here: why Imani Okafor may watch or not")

    assert page.heading == "Imani Okafor may watch “Meadow Morning”"
    assert client.click("The guest").heading == "Imani Okafor"


def test_a_recording_is_found_from_the_guests_page(client, dana, imani):
    a_video_session(owner=dana, title="Meadow Morning")
    a_video_session(owner=dana, title="What your gift built")
    client.get(f"/guests/{imani.key}")

    client.click("What may they watch?")
    page = client.press("Find it", words="gift")

    assert "Meadow Morning" not in page.links
    assert client.click("What your gift built").heading == "Imani Okafor may not watch “What your gift built”"


def test_what_is_not_found_is_said_and_the_words_stay(client, dana, imani):
    page = client.get(f"/guests/{imani.key}/why?words=zebra")

    assert "No recording of yours is called that" in page.text
    assert page.value("words") == "zebra"


def test_recordings_of_others_cannot_be_asked_about(client, dana, imani):
    others = a_video_session(title="Of another sponsor")
    a_grant(others, imani)

    assert why(client, imani, others).status == 404
    assert "Of another sponsor" not in client.get(f"/guests/{imani.key}/why").text
    client.sign_in_as(an_admin())
    assert why(client, imani, others).status == 200


def test_guests_of_others_who_are_named_on_nothing_of_theirs_cannot_be_asked_about(client, dana):
    film = a_video_session(owner=dana)
    stranger, named = a_guest(), a_guest()
    a_grant(film, named)

    assert why(client, stranger, film).status == 404
    assert why(client, named, film).status == 200
