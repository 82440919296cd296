"""A recording's page in a browser while the worker is at it: it goes along by itself."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from portal.storage.db import db, transaction
from portal.storage.models import VideoSession, VideoState
from tests.browser.players import guest_browser
from tests.factories import NOON, a_sponsor, a_video_session
from tests.services import NewContext

pytestmark = pytest.mark.only_on("sqlite")  # the page and its script are looked at, not the database


@pytest.fixture
def recording(app: Flask) -> VideoSession:
    return a_video_session(owner=a_sponsor(), state=VideoState.PROCESSING, ready_at=None, progress=10)


@pytest.fixture
def page(app: Flask, site: str, new_browser: NewContext, recording: VideoSession) -> Page:
    """The page of its video, as its owner sees it."""
    opened = guest_browser(app, site, new_browser, recording.owner_id).new_page()
    opened.goto(f"{site}/sessions/{recording.key}/video")
    return opened


def change(recording: VideoSession, **columns: object) -> None:
    with transaction():
        found = db.session.get_one(VideoSession, recording.id, populate_existing=True)
        for name, value in columns.items():
            setattr(found, name, value)


def test_the_page_tells_how_far_it_is_and_opens_anew_when_something_plays(page: Page, recording: VideoSession):
    words = page.locator("[data-words-here]")
    expect(words).to_have_text("Being prepared, 10%")
    expect(page.get_by_role("link", name="Look again")).to_be_hidden()

    change(recording, progress=40)
    expect(words).to_have_text("Being prepared, 40%")

    playing = {"state": VideoState.READY, "ready_at": NOON, "media_version": 1, "next_version": None}
    change(recording, **playing, length_seconds=60.0)
    expect(page.get_by_text("It can be watched; further qualities are being prepared")).to_be_visible()
    expect(page.get_by_role("link", name="Watch", exact=True)).to_be_visible()

    change(recording, whole_version=1, progress=100)
    expect(page.get_by_text("further qualities are being prepared")).to_have_count(0)
    expect(page.get_by_role("button", name="Use this moment")).to_be_visible()
