"""What is said in a recording, as a page."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.basics.subtitles import read
from portal.domain import captions, playback
from portal.storage.db import db, transaction
from portal.storage.models import Grant, Viewing
from tests.factories import a_grant, a_guest, a_sponsor, a_video_session
from tests.page_checks import text_of

NOW = datetime.now(UTC)
ENGLISH = (
    b"0:01 --> 0:03\nWhat a <i>morning</i>.\n\n0:05 --> 0:07\nA caf\xe9 in the meadow & nobody.\n\n"
    b"1:05 --> 1:07\nMornings are for rabbits.\n"
)


@pytest.fixture
def sponsor(app):
    return a_sponsor(name="Dana Lee")


@pytest.fixture
def video_session(sponsor):
    it = a_video_session(owner=sponsor, title="Meadow Morning", length_seconds=70.0)
    spoken_in(it, sponsor, "en", ENGLISH)
    return it


@pytest.fixture
def guest(client, sponsor, video_session):
    person = a_guest(sponsor=sponsor)
    a_grant(video_session, person, views_limit=2)
    client.sign_in_as(person)
    return client


def spoken_in(video_session, sponsor, language, data):
    with transaction():
        captions.add(video_session, language, read(data), name="c.vtt", by=sponsor, at=NOW)


def played(guest, video_session):
    guest.get(f"/watch/{video_session.key}")
    guest.press("Play uses 1 of 2 views")
    return guest


def lines(page):
    return [" ".join("".join(item.itertext()).split()) for item in page.page.iter("li") if item.find("p") is not None]


def test_what_is_said_is_read_once_play_was_pressed(guest, video_session):
    address = f"/watch/{video_session.key}/transcript"

    assert guest.get(address).location == f"/watch/{video_session.key}"
    assert db.session.scalars(db.select(Viewing)).all() == []

    page = played(guest, video_session).get(address)

    assert page.heading == "Transcript of “Meadow Morning”"
    assert lines(page) == [
        "0:01 What a morning.",
        "0:05 A café in the meadow & nobody.",
        "1:05 Mornings are for rabbits.",
    ]
    assert page.links["1:05"] == f"/watch/{video_session.key}?at=65"


def test_who_has_read_it_gets_no_view_back(guest, video_session):
    played(guest, video_session).get(f"/watch/{video_session.key}/transcript")

    with transaction():
        assert playback.give_back_failed_starts(at=datetime.now(UTC) + timedelta(minutes=11)) == 0


def test_who_looks_after_it_reads_it_without_pressing_play(client, sponsor, video_session):
    client.sign_in_as(sponsor)

    assert len(lines(client.get(f"/watch/{video_session.key}/transcript"))) == 3


def test_a_search_shows_the_lines_that_have_all_the_words(guest, video_session):
    played(guest, video_session).get(f"/watch/{video_session.key}/transcript")

    found = guest.press("Search", words="MORNING")

    assert "“MORNING” is said in 2 places." in found.text
    assert lines(found) == ["0:01 What a morning.", "1:05 Mornings are for rabbits."]
    assert [text_of(mark) for mark in found.page.iter("mark")] == ["morning", "Mornings"]
    assert lines(guest.press("Search", words="cafe nobody")) == ["0:05 A café in the meadow & nobody."]
    nothing = guest.press("Search", words="<script>zebra")
    assert "Nobody says “<script>zebra” in it." in nothing.text
    assert len(lines(guest.click("Show all of it"))) == 3


def test_each_language_has_its_page(guest, sponsor, video_session):
    spoken_in(video_session, sponsor, "ar", "0:01 --> 0:02\nيا له من صباح\n".encode())
    played(guest, video_session).get(f"/watch/{video_session.key}/transcript?language=en&words=meadow")

    arabic = guest.click("العربية")

    assert "Nobody says “meadow” in it." in arabic.text
    [line] = [item.find("p") for item in guest.click("Show all of it").page.iter("li") if item.find("p") is not None]
    assert (line.get("lang"), line.get("dir")) == ("ar", "rtl")


def test_a_long_one_comes_in_pages(guest, sponsor, video_session):
    many = "".join(f"0:{n // 100:02}.{n % 100:02}0 --> 1:09\nLine {n}.\n\n" for n in range(1001))
    spoken_in(video_session, sponsor, "en", many.encode())
    first = played(guest, video_session).get(f"/watch/{video_session.key}/transcript?language=en")

    assert (len(lines(first)), "1 to 500 of 1,001" in first.text) == (500, True)
    guest.click("Later")
    last = guest.click("Later")
    assert lines(last) == ["0:10 Line 1000."]
    assert guest.click("Earlier").url.endswith("page=2")


@pytest.mark.parametrize(
    "odd", ["page=0", "page=-1", "page=99999", "page=x", "language=xx", "words=%00", "words=" + "a" * 999]
)
def test_odd_addresses_show_what_there_is(guest, video_session, odd):
    assert played(guest, video_session).get(f"/watch/{video_session.key}/transcript?{odd}").status == 200


def test_a_recording_without_captions_has_no_transcript(client, sponsor):
    silent = a_video_session(owner=sponsor)
    client.sign_in_as(sponsor)

    assert client.get(f"/watch/{silent.key}/transcript").location == f"/watch/{silent.key}"


def test_a_right_that_has_ended_reads_nothing(guest, video_session):
    played(guest, video_session)
    with transaction():
        for grant in db.session.scalars(db.select(Grant)):
            grant.revoked_at = NOW

    assert guest.get(f"/watch/{video_session.key}/transcript").status == 404
