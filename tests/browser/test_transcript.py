"""Chapters and transcript beside the picture: they follow it, lead to its places, and can be searched."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from portal.basics.dates import position
from portal.basics.subtitles import read
from portal.domain import captions, chapters
from portal.domain.chapters import Shown
from portal.storage.db import db, transaction
from portal.storage.models import User, VideoSession
from tests.browser.players import Player

pytestmark = pytest.mark.only_on("sqlite")
LINES = [f"Line {n} of the meadow." for n in range(39)] + ["At last a café & “breakfast”."]
ENGLISH = "\n\n".join(f"{position(2 * n)} --> {position(2 * n + 1)}\n{line}" for n, line in enumerate(LINES))
ARABIC = "0:01 --> 0:05\nيا له من صباح\n"


@pytest.fixture
def spoken(film: VideoSession) -> VideoSession:
    dana, at = db.session.get_one(User, film.owner_id), datetime.now(UTC)
    with transaction():
        captions.add(film, "en", read(ENGLISH.encode()), name="en.vtt", by=dana, at=at)
        captions.add(film, "ar", read(ARABIC.encode()), name="ar.vtt", by=dana, at=at)
        chapters.save(film, [Shown(0, "Burrow"), Shown(40, "Meadow")], version=None, by=dana, at=at)
    return film


@pytest.fixture
def player(spoken: VideoSession, watching: Callable[..., Player]) -> Player:
    return watching()


def test_chapters_and_lines_follow_the_picture_and_lead_to_its_places(player):
    page = player.page
    player.plays_past(0.2)
    meadow = page.locator("[data-chapters] [data-seconds]", has_text="Meadow")

    meadow.click()

    player.plays_past(40)
    expect(meadow).to_have_attribute("aria-current", "true")
    page.get_by_role("tab", name="Transcript").click()
    page.get_by_role("button", name="1:10 Line 35 of the meadow.").click()
    player.plays_past(70)
    here = page.locator("[data-lines] [aria-current]")
    expect(here).to_contain_text("of the meadow")
    expect(here).to_be_in_viewport()
    assert player.place < 80


def test_words_are_found_whatever_their_case_and_accents(player):
    page = player.page
    player.plays_past(0.2)
    page.evaluate("document.querySelector('video').pause()")
    page.get_by_role("tab", name="Transcript").press("Enter")
    search, hits = page.get_by_label("Search in the transcript"), page.locator("[data-hits-words]")

    search.fill("CAFE break")

    expect(hits).to_have_text("1 of 1")
    assert page.locator("[data-lines] mark").all_text_contents() == ["café", "breakfast"]
    search.fill("line 1")
    expect(hits).to_have_text("1 of 11")
    search.press("Shift+Enter")
    expect(hits).to_have_text("11 of 11")
    search.fill("zebra")
    expect(hits).to_have_text("Nobody says that")
    assert player.place < 10, "looking around moves no picture"


def test_another_language_is_read_from_the_right(player):
    page = player.page
    page.get_by_role("tab", name="Transcript").click()

    page.get_by_label("Language").select_option(label="العربية")

    line = page.locator("[data-lines] .moments__words")
    expect(line).to_have_text("يا له من صباح")
    expect(line).to_have_attribute("dir", "rtl")


def test_without_scripts_chapters_and_transcript_are_links(spoken, open_page):
    page: Page = open_page(java_script_enabled=False)
    page.get_by_role("button", name="Play").click()

    page.get_by_role("link", name="Transcript").click()
    page.get_by_role("link", name="1:10").click()

    assert page.locator("video").get_attribute("src").endswith("#t=70.0")
    assert page.get_by_role("link", name="Meadow").get_attribute("href").endswith("?at=40.0")
