"""The player in a real browser, with a real film."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from portal.domain import sign_ins
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import MediaFile, MediaKind, Stream, User, WatchRecord
from tests.factories import a_grant, a_guest, a_sign_in_token, a_sponsor, a_video_session
from tests.media_samples import MediaSamples
from tests.services import serving

pytestmark = pytest.mark.only_on("sqlite")  # the player and its scripts are looked at, not the database
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
def open_page(app, site, new_browser, grant, film):
    """Opens the film's page in a browser of its own, in which the guest is signed in."""
    guest_id, address = grant.guest_id, f"{site}/watch/{film.key}"

    def open_page(**options):
        guest = db.session.get_one(User, guest_id)
        serializer = app.session_interface.get_signing_serializer(app)
        browser = new_browser(**options)
        cookie = serializer.dumps({"sign_in": a_sign_in_token(guest)})
        browser.add_cookies([{"name": "portal", "value": cookie, "url": site}])
        page = browser.new_page()
        page.goto(address)
        return page

    return open_page


@pytest.fixture
def watching(open_page):
    """A page on which the guest has pressed play."""

    def watch(**options):
        page = open_page(**options)
        press(page, "Play")
        return page

    return watch


def press(page, button):
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def change(row, **values):
    with transaction():
        for name, value in values.items():
            setattr(row, name, value)


def record():
    db.session.expire_all()
    return db.session.query(WatchRecord).one_or_none()


def eventually(page, true):
    """Waits for what a request of the page does to the tables."""
    for _ in range(150):
        if true():
            return
        db.session.remove()
        page.wait_for_timeout(100)
    pytest.fail("it never came to be")


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
    wait_until(page, "document.querySelector('video').playbackRate === 1.5")


def test_it_plays_without_scripts(watching):
    page = watching(java_script_enabled=False)

    expect(page.locator("video[controls][src^='/media/']")).to_be_visible()
    expect(page.locator("[data-name]")).to_be_visible()


class TestWhatIsTold:
    def test_opening_and_watching_are_counted(self, open_page):
        page = open_page()
        eventually(page, lambda: record() and record().opens == 1)
        press(page, "Play")

        wait_until(page, f"{PLACE} > 2")
        page.keyboard.press("k")

        eventually(page, lambda: record().watched_seconds > 1.5)
        assert record().opens == 1
        assert record().watched[0][0] <= 2
        assert record().position_seconds > 2

    def test_leaving_the_page_is_enough(self, watching, site):
        page = watching()
        wait_until(page, f"{PLACE} > 3")  # the player notes its place four times a second

        page.goto(f"{site}/privacy")

        eventually(page, lambda: record() and record().position_seconds > 2)

    def test_a_reload_goes_on_where_it_stood_before_any_report_was_heard(self, watching):
        page = watching()
        wait_until(page, f"{PLACE} > 0.5")
        page.evaluate(f"{PLACE} = 60")
        wait_until(page, f"{PLACE} > 60.5")
        page.route("**/report", lambda route: route.abort())

        page.reload()

        wait_until(page, f"{PLACE} > 60")

    def test_it_goes_on_where_it_stopped_on_another_device_too(self, watching, open_page):
        page = watching()
        wait_until(page, f"{PLACE} > 0.5")
        page.evaluate(f"{PLACE} = 100")
        wait_until(page, f"{PLACE} > 101")
        page.keyboard.press("k")
        eventually(page, lambda: record().position_seconds > 100)
        page.reload()
        wait_until(page, f"{PLACE} > 100")

        change(db.session.query(Stream).one(), seen_at=NOW - timedelta(minutes=2))  # left a while ago
        other = open_page()
        with other.expect_navigation():
            other.get_by_role("button", name="Go on from 1:4").click()

        wait_until(other, f"{PLACE} > 101")


class TestWhyItStops:
    def test_revoked(self, watching, grant):
        page = watching()
        wait_until(page, f"{PLACE} > 0.5")
        change(grant, revoked_at=datetime.now(UTC))
        asked = time.monotonic()
        page.evaluate(f"{PLACE} = 100")  # bytes that are not there yet

        dialog = page.get_by_role("alertdialog")

        expect(dialog).to_contain_text("Dana Lee has ended this at", timeout=20_000)
        assert time.monotonic() - asked < 5
        expect(dialog.get_by_role("link", name="Write to Dana Lee")).to_be_focused()
        expect(dialog.get_by_role("link", name="Back to what is shared")).to_be_visible()
        page.keyboard.press("k")
        page.wait_for_timeout(300)
        assert page.evaluate("document.querySelector('video').paused")

    def test_revoked_while_all_of_it_is_there_already(self, watching, grant):
        page = watching()
        wait_until(page, f"{PLACE} > 0.5")
        change(grant, revoked_at=datetime.now(UTC))

        expect(page.get_by_role("alertdialog")).to_contain_text("Dana Lee has ended this at", timeout=20_000)
        assert page.evaluate("document.querySelector('video').paused")

    def test_moved_to_another_device_and_back(self, watching, open_page):
        first = watching()
        wait_until(first, f"{PLACE} > 1")
        second = open_page()
        press(second, "Play")
        expect(second.get_by_role("heading", level=1)).to_have_text("You are watching on another device")

        press(second, "Move it here")
        wait_until(second, f"{PLACE} > 2")

        dialog = first.get_by_role("alertdialog")
        expect(dialog).to_contain_text("This moved to another device", timeout=20_000)
        with first.expect_navigation():
            dialog.get_by_role("button", name="Move it back here").click()
        wait_until(first, "document.querySelector('video')?.currentTime > 0")
        expect(second.get_by_role("alertdialog")).to_contain_text("This moved to another device", timeout=20_000)

    def test_signed_out(self, watching, grant):
        page = watching()
        wait_until(page, f"{PLACE} > 0.5")
        with transaction():
            sign_ins.end_all(db.session.get_one(User, grant.guest_id), by=None, because="test", at=datetime.now(UTC))
        page.evaluate(f"{PLACE} = 100")

        dialog = page.get_by_role("alertdialog")
        expect(dialog).to_contain_text("You are signed out here", timeout=20_000)
        expect(dialog.get_by_role("link", name="Sign in")).to_be_focused()

    def test_a_lost_line_comes_back_by_itself(self, watching):
        page = watching()
        wait_until(page, f"{PLACE} > 0.5")
        page.context.set_offline(True)
        page.evaluate(f"{PLACE} = 100")

        expect(page.get_by_role("alertdialog")).to_contain_text("The connection is lost", timeout=30_000)
        page.context.set_offline(False)

        wait_until(page, f"{PLACE} > 100.5")
        expect(page.get_by_role("alertdialog")).to_have_count(0)

    def test_all_of_it_was_seen(self, watching):
        page = watching()
        wait_until(page, f"{PLACE} > 0.5")
        page.evaluate("(video => { video.currentTime = video.duration - 0.2 })(document.querySelector('video'))")

        dialog = page.get_by_role("alertdialog")
        expect(dialog).to_contain_text("That was all of it", timeout=20_000)
        dialog.get_by_role("button", name="Watch again").click()

        wait_until(page, f"0.5 < {PLACE} && {PLACE} < 20")


class TestTheNameOverThePicture:
    @pytest.fixture
    def name(self, watching, grant):
        page = watching()
        guest, stream = db.session.get_one(User, grant.guest_id), db.session.query(Stream).one()
        words = f"Imani Okafor · {guest.address} · {stream.trace_code}"
        name = page.locator("[data-player] > [data-name]")
        expect(name).to_have_text(words)
        return name

    @pytest.mark.parametrize(
        "attack",
        [
            "name.remove()",
            "name.hidden = true; name.style.display = 'none'",
            "name.style.setProperty('visibility', 'hidden', 'important')",
            "name.style.setProperty('opacity', '0', 'important')",
            "name.style.setProperty('transform', 'translateX(9999px)', 'important')",
            "name.style.setProperty('inset-inline-start', '300%', 'important')",
            "name.textContent = 'Somebody else'",
            "name.firstChild.firstChild.data = ''",
            "document.body.append(name)",
            "document.styleSheets[0].insertRule('.screen__name { display: none !important }')",
        ],
    )
    def test_is_put_back(self, name, attack):
        words = name.text_content()

        name.evaluate(f"name => {{ {attack} }}")

        expect(name).to_have_text(words)
        expect(name).to_be_visible()
        expect(name).to_be_in_viewport()
        wait_until(name.page, "Number(getComputedStyle(document.querySelector('[data-name]')).opacity) > 0.5")

    def test_goes_full_screen_with_the_picture(self, name):
        page = name.page
        page.keyboard.press("f")

        wait_until(page, "document.fullscreenElement?.contains(document.querySelector('[data-name]'))")
        wait_until(page, "document.fullscreenElement.clientHeight === innerHeight")
        expect(name).to_be_in_viewport()
        page.keyboard.press("f")
        wait_until(page, "document.fullscreenElement === null")

    @pytest.mark.parametrize("motion", ["no-preference", "reduce"])
    def test_drifts(self, open_page, motion):
        page = open_page(reduced_motion=motion)
        page.clock.install()
        press(page, "Play")
        name = page.locator("[data-player] > [data-name]")
        before = name.bounding_box()

        page.clock.run_for(41_000)

        after = name.bounding_box()
        assert (before["x"], before["y"]) != (after["x"], after["y"])
        expect(name).to_be_in_viewport()

    def test_is_left_out_where_the_session_says_so(self, watching, film):
        change(film, shows_name=False)
        page = watching()

        wait_until(page, f"{PLACE} > 0.5")
        expect(page.locator("[data-name]")).to_have_count(0)
