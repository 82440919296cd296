"""The panel that tells who can watch, and why (design 08)."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.storage.db import db, transaction
from portal.storage.models import CoOwner, ViewBudget, WatchRecord
from tests.factories import a_folder, a_grant, a_guest, a_sponsor, a_video_session

A_DAY = timedelta(days=1)


def now():
    return datetime.now(UTC)


def kept(*rows):
    with transaction():
        db.session.add_all(rows)


def test_each_state_views_left_and_what_was_watched_are_told(at_home, sponsor):
    on = a_video_session(owner=sponsor, length_seconds=100.0)
    imani = a_guest(name="Imani Okafor")
    used_up = a_grant(on, imani, views_limit=2)
    a_grant(on, a_guest(name="Beatriz Coelho"), begins_at=now() + 3 * A_DAY)
    a_grant(on, a_guest(name="Rosalind Achterberg"), ends_at=now() - A_DAY)
    kept(
        ViewBudget(grant_id=used_up.id, video_session_id=on.id, taken=2),
        WatchRecord(
            user_id=imani.id,
            video_session_id=on.id,
            opens=1,
            watched=[[0, 910]],
            watched_seconds=91.0,
            watched_at=now(),
        ),
    )

    page = at_home.get(f"/sessions/{on.key}")

    assert "Nobody can watch yet" in page.text
    for words in ("Used up", "0 of 2 left", "91%", "Begins in 3 days", "Ended", "not opened"):
        assert words in page.text
    assert "Renew Imani Okafor" in page.links
    assert "Change Beatriz Coelho" in page.links


def test_the_list_is_narrowed_by_links_that_keep_their_place(at_home, sponsor):
    on = a_video_session(owner=sponsor)
    a_grant(on, a_guest(name="Imani Okafor"))
    for _ in range(27):
        a_grant(on, a_guest(name="Rosalind Achterberg"), ends_at=now() - A_DAY)

    at_home.get(f"/sessions/{on.key}")
    page = at_home.click("Ended (27)")
    assert "Imani Okafor" not in page.text
    assert "1 to 25 of 27" in page.text
    assert "26 to 27 of 27" in at_home.click("Older").text
    page = at_home.click("Can watch (1)")
    assert "Imani Okafor" in page.text
    assert "Rosalind Achterberg" not in page.text


def test_where_all_can_watch_there_is_nothing_to_narrow(at_home, sponsor):
    on = a_video_session(owner=sponsor)
    a_grant(on)

    assert not [link for link in at_home.get(f"/sessions/{on.key}").links if link.startswith("All (")]


@pytest.mark.parametrize("asked", ["zebra", "used-up", ""])
def test_a_filter_that_there_is_not_shows_all(at_home, sponsor, asked):
    folder = a_folder(owner=sponsor)
    a_grant(folder, a_guest(name="Imani Okafor"))

    assert "Imani Okafor" in at_home.get(f"/folders/{folder.key}/people?show={asked}").text


def test_who_needs_no_name_is_told_as_well(at_home, sponsor):
    on = a_video_session(owner=sponsor, password_hash="x", password_version=1)
    kept(CoOwner(video_session_id=on.id, user_id=a_sponsor(name="Tomas Berg").id, created_at=now()))

    page = at_home.get(f"/sessions/{on.key}")

    for words in ("Dana Lee (you)", "Tomas Berg", "co-owner", "Anyone signed in who knows the video’s password"):
        assert words in page.text
    assert "nobody has given it" in page.text


def test_it_says_when_none_of_them_can_watch_just_now(at_home, sponsor):
    on = a_video_session(owner=sponsor, is_published=False)
    a_grant(on)

    assert (
        "The recording is not published: none of them can watch until it is." in at_home.get(f"/sessions/{on.key}").text
    )


def test_a_folder_s_list_says_how_many_recordings_were_seen(at_home, sponsor):
    folder = a_folder(owner=sponsor)
    guest, seen = a_guest(), a_video_session(folder=folder)
    a_video_session(folder=folder)
    grant = a_grant(folder, guest, views_limit=2)
    kept(
        ViewBudget(grant_id=grant.id, video_session_id=seen.id, taken=1),
        WatchRecord(user_id=guest.id, video_session_id=seen.id, watched=[[0, 10]], watched_seconds=1.0),
    )

    page = at_home.get(f"/folders/{folder.key}/people")

    for words in ("2 of each", "1 view taken", "1 of 2"):
        assert words in page.text
