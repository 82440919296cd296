"""What the watch page tells its player, and where a link to a place leads."""

import json
from datetime import date

import pytest

from portal.domain import captions, chapters
from portal.domain.chapters import Shown
from portal.storage.db import db, transaction
from portal.storage.models import MediaKind, WatchRecord
from tests.factories import NOON, a_grant, a_guest, a_sponsor, a_video_session
from tests.recordings import a_file

INDEX = {"head": 100, "parts": [[900, 4000]]}


@pytest.fixture
def dana(app):
    return a_sponsor(name="Dana Lee")


@pytest.fixture
def imani(dana):
    return a_guest(name="Imani Okafor", sponsor=dana)


@pytest.fixture
def film(dana, imani):
    video_session = a_video_session(owner=dana, title="Meadow Morning", length_seconds=300.0)
    a_grant(video_session, imani)
    return video_session


@pytest.fixture
def browser(client, imani, film):
    """Imani's, on the page of the film."""
    client.sign_in_as(imani)
    client.get(f"/watch/{film.key}")
    return client


def change(row, **values):
    with transaction():
        for name, value in values.items():
            setattr(row, name, value)


def play(browser, button="Play"):
    browser.press(button, follow=True)
    return player_on(browser)


def player_on(browser):
    [player] = [node for node in browser.current.page.iter("div") if node.get("data-player") is not None]
    return player


def video_in(player):
    [video] = player.iter("video")
    return video


class TestThePlayer:
    def test_has_playlists_and_small_pictures_where_there_are_any(self, browser, film):
        a_file(film, name="720p", width=1280, height=720, index=INDEX)
        player = play(browser)
        assert player.get("data-playlist").endswith("/1/master.m3u8")
        assert player.get("data-storyboard") is None
        assert "screen--tall" not in player.get("class")

        a_file(film, MediaKind.STORYBOARD, name="0", index={"every": 4})
        browser.get(f"/watch/{film.key}")

        assert player_on(browser).get("data-storyboard").endswith("/1/storyboard.vtt")

    def test_plays_one_file_where_there_are_none_and_nothing_of_another_version(self, browser, film):
        a_file(film, name="film")
        a_file(film, name="720p", version=2, width=1280, height=720, index=INDEX)

        player = play(browser)

        assert player.get("data-playlist") is None
        assert "version=1" in video_in(player).get("src")

    def test_knows_what_was_filmed_upright_and_what_is_sound_alone(self, browser, film):
        a_file(film, name="720p", width=720, height=1280, index=INDEX)
        assert "screen--tall" in play(browser).get("class")

        change(film, has_picture=False)
        browser.get(f"/watch/{film.key}")

        assert "screen--sound" in player_on(browser).get("class")

    def test_has_captions_and_chapters(self, browser, dana, film):
        with transaction():
            captions.add(film, "pt-BR", b"0:1 --> 0:2\nSim", name="c.vtt", by=dana, at=NOON)
            captions.add(film, "en", b"0:1 --> 0:2\nYes", name="c.vtt", by=dana, at=NOON)
            chapters.save(film, [Shown(0, "First"), Shown(100.5, 'It\'s "<b>"')], version=None, by=dana, at=NOON)

        player = play(browser)

        tracks = [(track.get("srclang"), track.get("label")) for track in video_in(player).iter("track")]
        assert tracks == [("en", "English"), ("pt-br", "Português (Brasil)")]
        assert json.loads(player.get("data-chapters")) == [[0.0, "First"], [100.5, 'It\'s "<b>"']]
        assert "captions in English and Portuguese, Brazil" in browser.current.text

    def test_follows_the_owner_s_switches(self, browser, film):
        a_file(film, name="720p", width=1280, height=720, index=INDEX, size_bytes=3 * 1024 * 1024)
        player = play(browser)
        assert player.get("data-small-window") is None
        assert video_in(player).get("disablepictureinpicture") is not None
        assert not any(link.startswith("Download") for link in browser.current.links)

        change(film, allows_small_window=True, allows_download=True)
        browser.get(f"/watch/{film.key}")

        assert player_on(browser).get("data-small-window") is not None
        assert video_in(player_on(browser)).get("disablepictureinpicture") is None
        assert browser.current.links["Download (3 MB)"].endswith("/download")
        assert "A better picture may follow" not in browser.current.text

    @pytest.mark.parametrize(("failure", "is_told"), [("", True), ("The file is damaged near 0:01.", False)])
    def test_tells_of_a_download_that_a_better_one_may_follow(self, browser, film, failure, is_told):
        a_file(film, name="360p", width=640, height=360, index=INDEX, size_bytes=3 * 1024 * 1024)
        change(film, allows_download=True, whole_version=0, failure=failure)

        play(browser)

        assert ("A better picture may follow" in browser.current.text) is is_told


def test_who_speaks_and_when_stand_below_the_title(browser, film):
    change(film, presenter="Ada Nwosu", recorded_on=date(2026, 5, 4))

    browser.get(f"/watch/{film.key}")

    assert "Ada Nwosu, recorded" in browser.current.text


class TestAPlaceThatALinkLeadsTo:
    def test_is_kept_through_pressing_play(self, browser, film):
        browser.get(f"/watch/{film.key}?at=125.5")

        player = play(browser, "Play from 2:05")

        assert player.get("data-starts-at") == "125.5"
        assert video_in(player).get("src").endswith("#t=125.5")

    def test_comes_before_the_place_where_they_stopped(self, browser, imani, film):
        place = WatchRecord(user_id=imani.id, video_session_id=film.id, position_seconds=200.0)
        with transaction():
            db.session.add(place)
        player = play(browser.get(f"/watch/{film.key}") and browser, "Go on from 3:20")
        assert player.get("data-starts-at") == "200.0"

        browser.get(f"/watch/{film.key}?at=0")

        assert player_on(browser).get("data-starts-at") == "0.0"

    @pytest.mark.parametrize("place", ["", "-1", "300", "nan", "inf", "1e9", "two", "1" * 400, "%00", "<b>"])
    def test_is_left_out_when_it_is_none(self, browser, film, place):
        browser.get(f"/watch/{film.key}?at={place}")

        assert "Play" in browser.current.buttons
