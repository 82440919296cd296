"""The player in a real browser, with a real film in two qualities: playing, what it tells, and why it stops."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from portal.domain import sign_ins
from portal.storage.db import db, transaction
from portal.storage.models import MediaFile, Stream, User, WatchRecord
from tests.browser import films
from tests.browser.players import PLACE, Player

pytestmark = pytest.mark.only_on("sqlite")  # the player and its scripts are looked at, not the database
NOW = datetime.now(UTC)
ATTACKS = (
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
)


@pytest.fixture
def one_file(film, made_films):
    """The film as it was made before there were qualities."""
    with transaction():
        db.session.query(MediaFile).delete()
    films.add_plain(film, made_films)


def change(row, **values):
    with transaction():
        for name, value in values.items():
            setattr(row, name, value)


def record():
    db.session.expire_all()
    return db.session.query(WatchRecord).one_or_none()


def test_it_plays_seeks_and_changes_speed(watching):
    player = watching()

    player.plays_past(2)
    player.jump_to(60)
    player.plays_past(61)
    player.page.keyboard.press("k")
    expect(player.page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    before = player.place
    player.page.keyboard.press("ArrowLeft")
    player.wait_until(f"{PLACE} < {before - 4}")
    player.open("Settings").get_by_label("Speed").select_option("1.5×")
    player.wait_until("document.querySelector('video').playbackRate === 1.5")


@pytest.mark.usefixtures("one_file")
def test_what_has_no_playlist_plays_as_one_file(watching):
    player = watching()

    player.plays_past(1)
    player.jump_to(60)
    player.plays_past(61)
    assert player.page.evaluate("document.querySelector('video').currentSrc").startswith("http")


def test_it_plays_without_scripts(watching):
    player = watching(java_script_enabled=False)

    expect(player.page.locator("video[controls][src^='/media/']")).to_be_visible()
    expect(player.page.locator("[data-name]")).to_be_visible()
    player.page.evaluate("document.querySelector('video').play()")
    player.plays_past(1)


class TestWhatIsTold:
    def test_opening_and_watching_are_counted(self, open_page):
        player = Player(open_page())
        player.eventually(lambda: record() and record().opens == 1)
        player.press("Play")

        player.plays_past(2)
        player.page.keyboard.press("k")

        player.eventually(lambda: record().watched_seconds > 1.5)
        assert record().opens == 1
        assert record().watched[0][0] <= 2
        assert record().position_seconds > 2

    def test_leaving_the_page_is_enough(self, watching):
        player = watching()
        player.plays_past(3)  # the player notes its place four times a second

        player.page.goto(player.page.url.rpartition("/watch")[0] + "/privacy")

        player.eventually(lambda: record() and record().position_seconds > 2)

    def test_a_reload_goes_on_where_it_stood_before_any_report_was_heard(self, watching):
        player = watching()
        player.plays_past(0.5)
        player.jump_to(60)
        player.plays_past(60.5)
        player.page.route("**/report*", lambda route: route.abort())

        player.page.reload()

        player.plays_past(60)

    def test_it_goes_on_where_it_stopped_on_another_device_too(self, watching, open_page):
        player = watching()
        player.plays_past(0.5)
        player.jump_to(50)
        player.plays_past(51)
        player.page.keyboard.press("k")
        player.eventually(lambda: record().position_seconds > 50)
        player.page.reload()
        player.plays_past(50)

        player.page.context.set_offline(True)  # or it would report once more, and be asked about as another device
        change(db.session.query(Stream).one(), seen_at=NOW - timedelta(minutes=2))  # left a while ago
        other = Player(open_page())
        with other.page.expect_navigation():
            other.page.get_by_role("button", name="Go on from 0:5").click()

        other.plays_past(51)

    def test_a_link_leads_to_a_place_before_and_after_play_is_pressed(self, open_page):
        player = Player(open_page(at="?at=40"))
        with player.page.expect_navigation():
            player.page.get_by_role("button", name="Play from 0:40").click()
        player.plays_past(40.2)

        player.page.goto(player.page.url.partition("?")[0] + "?at=70.5")

        player.plays_past(70.4)
        assert "at=" not in player.page.url


class TestWhyItStops:
    def revoked_within_a_moment(self, player, grant):
        player.plays_past(0.5)
        player.page.route("**/report*", lambda route: route.abort())  # it is not the next report that tells
        change(grant, revoked_at=datetime.now(UTC))
        player.jump_to(75)  # bytes that are not there yet

        expect(player.stopped).to_contain_text("Dana Lee has ended this at")
        expect(player.stopped.get_by_role("link", name="Write to Dana Lee")).to_be_focused()
        expect(player.stopped.get_by_role("link", name="Back to what is shared")).to_be_visible()
        player.page.keyboard.press("k")
        player.page.wait_for_timeout(300)
        assert player.page.evaluate("document.querySelector('video').paused")

    def test_revoked(self, watching, grant):
        self.revoked_within_a_moment(watching(), grant)

    @pytest.mark.usefixtures("one_file")
    def test_revoked_while_one_file_plays(self, watching, grant):
        self.revoked_within_a_moment(watching(), grant)

    def test_revoked_while_what_comes_next_is_there_already(self, watching, grant):
        player = watching()
        player.plays_past(0.5)
        change(grant, revoked_at=datetime.now(UTC))

        expect(player.stopped).to_contain_text("Dana Lee has ended this at")
        assert player.page.evaluate("document.querySelector('video').paused")

    def test_replaced(self, watching, film, made_films):
        player = watching()
        player.plays_past(0.5)
        change(film, media_version=2)
        films.add_qualities(film, made_films)
        player.jump_to(75)

        expect(player.stopped).to_contain_text("The recording was replaced")
        with player.page.expect_navigation():
            player.stopped.get_by_role("link", name="Load it again").click()
        player.page.get_by_role("button", name="Play", exact=True).click()
        player.plays_past(0.5)

    def test_moved_to_another_device_and_back(self, watching, open_page):
        first = watching()
        first.plays_past(1)
        second = Player(open_page())
        second.press("Play")
        expect(second.page.get_by_role("heading", level=1)).to_have_text("You are watching on another device")

        second.press("Move it here")
        second.plays_past(2)

        expect(first.stopped).to_contain_text("This moved to another device")
        with first.page.expect_navigation():
            first.stopped.get_by_role("button", name="Move it back here").click()
        first.wait_until("document.querySelector('video')?.currentTime > 0")
        expect(second.stopped).to_contain_text("This moved to another device")

    def test_signed_out(self, watching, grant):
        player = watching()
        player.plays_past(0.5)
        with transaction():
            sign_ins.end_all(db.session.get_one(User, grant.guest_id), by=None, because="test", at=datetime.now(UTC))
        player.jump_to(75)

        expect(player.stopped).to_contain_text("You are signed out here")
        expect(player.stopped.get_by_role("link", name="Sign in")).to_be_focused()

    def test_a_lost_line_comes_back_by_itself(self, watching):
        player = watching()
        player.plays_past(0.5)
        player.page.context.set_offline(True)
        player.jump_to(70)

        expect(player.stopped).to_contain_text("The connection is lost")
        player.page.context.set_offline(False)

        player.plays_past(70.5)
        expect(player.stopped).to_have_count(0)

    def test_all_of_it_was_seen(self, watching):
        player = watching()
        player.plays_past(0.5)
        player.page.evaluate("(video => { video.currentTime = video.duration - 0.2 })(document.querySelector('video'))")

        expect(player.stopped).to_contain_text("That was all of it")
        player.stopped.get_by_role("button", name="Watch again").click()

        player.wait_until(f"0.5 < {PLACE} && {PLACE} < 20")


class TestTheNameOverThePicture:
    @pytest.fixture
    def name(self, watching, grant):
        player = watching()
        guest, stream = db.session.get_one(User, grant.guest_id), db.session.query(Stream).one()
        words = f"Imani Okafor · {guest.address} · {stream.trace_code}"
        name = player.screen.locator("> [data-name]")
        expect(name).to_have_text(words)
        return name

    def test_is_put_back_whatever_is_done_to_it(self, name):
        words = name.text_content()

        for attack in ATTACKS:
            name.evaluate(f"name => {{ {attack} }}")

            expect(name).to_have_text(words)
            expect(name).to_be_visible()
            expect(name).to_be_in_viewport()
            visible = "Number(getComputedStyle(document.querySelector('[data-name]')).opacity) > 0.5"
            Player(name.page).wait_until(visible)

    def test_goes_full_screen_with_the_picture(self, name):
        player = Player(name.page)
        player.page.keyboard.press("f")

        player.wait_until("document.fullscreenElement?.contains(document.querySelector('[data-name]'))")
        player.wait_until("document.fullscreenElement.clientHeight === innerHeight")
        expect(name).to_be_in_viewport()
        player.page.keyboard.press("f")
        player.wait_until("document.fullscreenElement === null")

    @pytest.mark.parametrize("motion", ["no-preference", "reduce"])
    def test_drifts(self, open_page, motion):
        player = Player(open_page(reduced_motion=motion))
        player.page.clock.install()
        player.press("Play")
        name = player.screen.locator("> [data-name]")
        before = name.bounding_box()

        player.page.clock.run_for(41_000)

        after = name.bounding_box()
        assert before is not None
        assert after is not None
        assert (before["x"], before["y"]) != (after["x"], after["y"])
        expect(name).to_be_in_viewport()

    def test_is_left_out_where_the_session_says_so(self, watching, film):
        change(film, shows_name=False)
        player = watching()

        player.plays_past(0.5)
        expect(player.page.locator("[data-name]")).to_have_count(0)
