"""The player in a real browser, with a real film."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import MediaFile, MediaKind, User
from tests.factories import a_grant, a_guest, a_sign_in_token, a_sponsor, a_video_session
from tests.media_samples import MediaSamples
from tests.services import serving

NOW = datetime.now(UTC)
PLACE = "document.querySelector('video').currentTime"


def wait_until(page, expression):
    """Playwright's own waiting for a script compiles it in the page, which the portal's policy refuses."""
    for _ in range(150):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"never became true: {expression}")


@pytest.fixture
def film(app, tmp_path):
    """Long enough that a browser cannot fetch all of it at once."""
    video_session = a_video_session(owner=a_sponsor(name="Dana Lee"), title="Meadow Morning", length_seconds=158.0)
    long = MediaSamples(tmp_path).made(
        "long.mp4", *["-c", "copy", "-movflags", "+faststart"], before=("-stream_loop", "29")
    )
    facts = {"store_key": tools().media.put(long), "content_type": "video/mp4", "size_bytes": long.stat().st_size}
    with transaction():
        db.session.add(MediaFile(video_session_id=video_session.id, kind=MediaKind.RENDITION, created_at=NOW, **facts))
    return video_session


@pytest.fixture
def grant(film):
    return a_grant(film, a_guest(name="Imani Okafor"), created_at=NOW)


@pytest.fixture
def site(app):
    with serving(app) as address:
        yield address


@pytest.fixture
def watching(app, site, new_browser, grant, film):
    """A page on which the guest has pressed play."""

    def open_page(**options):
        guest = db.session.get_one(User, grant.guest_id)
        serializer = app.session_interface.get_signing_serializer(app)
        browser = new_browser(**options)
        cookie = serializer.dumps({"sign_in": a_sign_in_token(guest)})
        browser.add_cookies([{"name": "portal", "value": cookie, "url": site}])
        page = browser.new_page()
        page.goto(f"{site}/watch/{film.key}")
        page.get_by_role("button", name="Play", exact=True).click()
        page.wait_for_url("**/watch/*")
        return page

    return open_page


def test_it_plays_seeks_and_changes_speed(watching):
    page = watching()

    wait_until(page, f"{PLACE} > 2")
    page.evaluate(f"{PLACE} = 120")
    wait_until(page, f"{PLACE} > 121")
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.keyboard.press("ArrowLeft")
    wait_until(page, f"{PLACE} < 118")
    page.get_by_role("button", name="Speed").click()
    page.get_by_role("menuitem", name="Speed").click()
    page.get_by_role("menuitemradio", name="1.5×").click()
    assert page.evaluate("document.querySelector('video').playbackRate") == 1.5
    page.keyboard.press("f")
    wait_until(page, "document.fullscreenElement !== null")


def test_it_plays_without_scripts(watching):
    page = watching(java_script_enabled=False)

    expect(page.locator("video[controls][src^='/media/']")).to_be_visible()


def test_it_says_why_the_picture_stopped(watching, grant):
    page = watching()
    wait_until(page, f"{PLACE} > 0.5")
    with transaction():
        grant.revoked_at = datetime.now(UTC)
    page.evaluate(f"{PLACE} = 100")  # bytes that are not there yet

    dialog = page.get_by_role("alertdialog")

    expect(dialog).to_contain_text("Dana Lee has ended this at", timeout=20_000)
    expect(dialog.get_by_role("link", name="Write to Dana Lee")).to_be_focused()
    expect(dialog.get_by_role("link", name="Back to what is shared")).to_be_visible()
