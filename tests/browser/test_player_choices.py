"""What people expect of a player: qualities, captions, chapters, keys, small pictures, download, a phone upright."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from portal.domain import captions, chapters
from portal.domain.chapters import Shown
from portal.storage.db import db, transaction
from portal.storage.models import MediaFile, User, Viewing
from tests.browser import films
from tests.browser.conftest import PHONE
from tests.browser.players import PLACE, Player

pytestmark = pytest.mark.only_on("sqlite")  # the player and its scripts are looked at, not the database
NOW = datetime.now(UTC)
HEIGHT = "document.querySelector('video').videoHeight"
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
FAULTS = """() => axe.run('[data-player]', {resultTypes: ['violations']}).then(
  found => found.violations.map(fault => `${fault.id}: ${fault.help} ${fault.nodes.map(node => node.html)}`))"""
ENGLISH = b"WEBVTT\n\n00:00.000 --> 01:20.000\nWhat a <b>morning</b> &amp; &lt;script&gt; more\n"
PORTUGUESE = "WEBVTT\n\n00:00.000 --> 01:20.000\nQue manhã\n".encode()
CHAPTERS = [Shown(0, "Opening titles"), Shown(20, "Out of <b>the burrow"), Shown(60, "Evening")]


@pytest.fixture
def told(film):
    """The film has captions in two languages and three chapters."""
    dana = db.session.get_one(User, film.owner_id)
    with transaction():
        captions.add(film, "en", ENGLISH, name="en.vtt", by=dana, at=NOW)
        captions.add(film, "pt-BR", PORTUGUESE, name="pt.vtt", by=dana, at=NOW)
        chapters.save(film, CHAPTERS, version=None, by=dana, at=NOW)
    return film


def change(row, **values):
    with transaction():
        for name, value in values.items():
            setattr(row, name, value)


def pause(player):
    player.plays_past(0.5)
    player.page.keyboard.press("k")
    player.wait_until("document.querySelector('video').paused")


def test_a_quality_is_chosen_and_found_again(watching):
    player = watching()
    player.wait_until(f"{HEIGHT} === 180")  # the box is large, and the line is fast
    settings = player.open("Settings")
    quality = settings.get_by_label("Quality")
    expect(quality).to_have_value("")
    expect(quality.locator("option")).to_have_text(["Automatic (180p)", "180p", "90p"])

    quality.select_option("90p")

    player.wait_until(f"{HEIGHT} === 90")
    before = player.place
    player.plays_past(before + 0.5)
    player.page.reload()
    player.wait_until(f"{HEIGHT} === 90")
    expect(player.open("Settings").get_by_label("Quality")).to_have_value("90p")


@pytest.mark.usefixtures("told")
def test_captions_are_turned_on_dressed_and_found_again(watching):
    player = watching()
    pause(player)
    shown = player.screen.locator(".plyr__caption")
    settings = player.open("Settings")
    player.page.keyboard.press("Escape")

    player.page.keyboard.press("c")
    expect(shown).to_have_text("What a morning & <script> more")
    expect(shown.locator("b")).to_have_text("morning")

    player.open("Settings")
    size = "el => parseFloat(getComputedStyle(el).fontSize)"
    before = shown.evaluate(size)
    settings.get_by_label("Captions", exact=True).select_option("Português (Brasil)")
    settings.get_by_label("Size of captions").select_option("Very large")
    settings.get_by_label("Ground behind captions").select_option("Black")
    expect(shown).to_have_text("Que manhã")
    assert shown.evaluate(size) > before * 1.5
    assert shown.evaluate("el => getComputedStyle(el).backgroundColor") == "rgb(0, 0, 0)"

    player.page.reload()
    player.wait_until("document.querySelector('video').readyState > 2")
    player.page.keyboard.press("k")

    expect(shown).to_have_text("Que manhã")
    assert shown.evaluate(size) > before * 1.5


@pytest.mark.usefixtures("told")
def test_chapters_are_marked_listed_and_gone_to(watching):
    player = watching()
    pause(player)
    expect(player.screen.locator(".player-marks > span")).to_have_count(2)

    listed = player.open("Chapters")
    expect(listed.get_by_role("button", name="Opening titles")).to_be_focused()
    listed.get_by_role("button", name="Out of <b>the burrow").click()
    player.wait_until(f"Math.abs({PLACE} - 20) < 0.3")
    expect(listed).to_be_hidden()

    player.page.keyboard.press("n")
    player.wait_until(f"Math.abs({PLACE} - 60) < 0.3")
    player.page.keyboard.press("p")
    player.wait_until(f"Math.abs({PLACE} - 20) < 0.3")


def test_the_place_under_the_pointer_is_shown_in_small(told, watching):
    player = watching()
    player.plays_past(0.5)
    sheet = player.screen.locator(".plyr__preview-thumb__image-container img[src$='storyboard-0.jpg']")
    tip = player.screen.locator(".plyr__preview-thumb")
    for share in (0.5, 0.51):  # the pictures are there a moment after it plays
        player.point_at(share)
        player.page.wait_for_timeout(300)

    expect(sheet).to_be_visible()
    expect(tip).to_contain_text("Out of <b>the burrow")
    expect(tip).to_contain_text("00:40")


class TestKeys:
    def test_the_list_of_them_opens_and_closes(self, watching):
        player = watching()
        pause(player)
        player.page.keyboard.press("?")

        keys = player.page.get_by_role("dialog", name="Keys")
        expect(keys).to_contain_text("10 seconds back or on")
        expect(keys).not_to_contain_text("Small window")
        player.page.keyboard.press("Escape")

        expect(keys).to_be_hidden()
        expect(player.page.get_by_role("button", name="Keys", exact=True)).to_be_focused()

    def test_each_does_what_the_list_says(self, watching):
        player = watching()
        pause(player)
        for key, place in (("5", 40), ("l", 50), ("j", 40), ("ArrowRight", 45), ("ArrowLeft", 40), ("0", 0)):
            player.page.keyboard.press(key)
            player.wait_until(f"Math.abs({PLACE} - {place}) < 0.5")
        for key, state in (
            (">", "playbackRate === 1.25"),
            ("<", "playbackRate === 1"),
            ("m", "muted"),
            ("m", "muted === false"),
            ("ArrowDown", "volume < 0.95"),
            (" ", "paused === false"),
        ):
            player.page.keyboard.press(key)
            player.wait_until(f"document.querySelector('video').{state}")

    @pytest.mark.usefixtures("told")
    def test_they_leave_alone_what_is_typed_and_can_be_kept_to_the_player(self, watching):
        player = watching()
        pause(player)
        player.page.get_by_role("tab", name="Transcript").click()
        search = player.page.get_by_label("Search in the transcript")
        search.press_sequentially("k5?")
        expect(search).to_have_value("k5?")
        assert player.page.evaluate("document.querySelector('video').paused")
        assert player.place < 30

        player.open("Keys").get_by_label("They work anywhere on this page").uncheck()
        player.page.keyboard.press("Escape")
        player.page.get_by_role("heading", level=1).click()
        player.page.keyboard.press("5")
        player.page.wait_for_timeout(200)
        assert player.place < 30
        player.screen.focus()
        player.page.keyboard.press("5")
        player.wait_until(f"Math.abs({PLACE} - 40) < 0.5")


class TestSwitches:
    def test_no_small_window_and_no_download_unless_the_owner_lets_it(self, watching):
        player = watching()
        player.plays_past(0.5)

        assert player.page.evaluate("document.querySelector('video').disablePictureInPicture")
        expect(player.page.get_by_role("button", name="Small window")).to_have_count(0)
        expect(player.page.get_by_role("link", name="Download")).to_have_count(0)

    def test_a_small_window(self, watching, film):
        change(film, allows_small_window=True)
        player = watching()
        player.plays_past(0.5)

        assert not player.page.evaluate("document.querySelector('video').disablePictureInPicture")
        player.screen.hover()
        expect(player.page.get_by_role("button", name="Small window")).to_be_visible()
        expect(player.open("Keys")).to_contain_text("Small window")

    def test_a_download(self, open_page, film):
        change(film, allows_download=True)
        player = Player(open_page())
        expect(player.page.get_by_role("link", name="Download")).to_have_count(0)  # not before play was pressed
        player.press("Play")

        with player.page.expect_download() as told:
            player.page.get_by_role("link", name="Download").click()

        best = db.session.query(MediaFile).filter_by(name="180p").one()
        assert told.value.path().stat().st_size == best.size_bytes
        assert told.value.suggested_filename.startswith("Meadow Morning")
        assert db.session.query(Viewing).one().downloads == 1


@pytest.mark.usefixtures("told")
def test_it_works_on_a_phone_held_upright(watching):
    player = watching(**PHONE)
    player.plays_past(0.5)
    player.screen.tap(position={"x": 180, "y": 60})
    for name in ("Pause", "Captions on", "Settings", "Full screen"):
        box = player.page.get_by_role("button", name=name, exact=True).bounding_box()
        assert box["width"] >= 44, name
        assert box["height"] >= 44, name
        assert box["x"] + box["width"] <= 390, name

    player.page.get_by_role("button", name="Settings", exact=True).tap()
    settings = player.page.get_by_role("dialog", name="Settings")
    settings.get_by_label("Speed").select_option("0.5×")
    player.wait_until("document.querySelector('video').playbackRate === 0.5")
    settings.get_by_label("Ground behind captions").scroll_into_view_if_needed()
    settings.get_by_role("button", name="Close").tap()
    expect(settings).to_be_hidden()
    assert player.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_sound_alone(open_page, film, made_films):
    with transaction():
        db.session.query(MediaFile).delete()
    films.add_sound(film, made_films)
    player = Player(open_page())
    player.press("Play")

    player.plays_past(1)
    player.jump_to(60)
    player.plays_past(60.5)
    expect(player.screen.get_by_text("Sound alone")).to_be_visible()
    expect(player.page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    box = player.screen.bounding_box()
    assert box is not None
    assert box["height"] < 260


@pytest.mark.usefixtures("told")
def test_nothing_in_it_has_a_fault_that_axe_finds(watching, film):
    change(film, allows_small_window=True)
    player = watching(reduced_motion="reduce")
    pause(player)
    player.page.keyboard.press("c")
    player.page.evaluate(AXE)
    found = player.page.evaluate(FAULTS)
    for name in ("Settings", "Chapters", "Keys"):
        player.open(name)
        found += player.page.evaluate(FAULTS)
        player.page.keyboard.press("Escape")
    assert found == []
