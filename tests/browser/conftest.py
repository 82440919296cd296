"""The portal that journeys go through, and what they carry along."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from portal.storage.models import Grant, VideoSession
from tests.browser import films
from tests.browser.films import SECONDS, Films
from tests.browser.players import Player, guest_browser
from tests.browser.running import RunningPortal, running_portal
from tests.factories import a_grant, a_guest, a_sponsor, a_video_session
from tests.mail_server import MailServer
from tests.media_samples import MediaSamples
from tests.once import MakeOnce
from tests.services import NewContext, serving

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 900}}
expect.set_options(timeout=60_000)  # only ever used up by what fails: machines are shared


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A mail server that takes every letter, until a test asks it to behave otherwise."""
    with MailServer() as server:
        yield server


@pytest.fixture
def portal(database_uri: str, tmp_path: Path, mail_server: MailServer) -> Iterator[RunningPortal]:
    """A portal that was started a moment ago and has nobody in it but its first admin, who has no password yet."""
    with running_portal(tmp_path, database_uri, mail_server) as running:
        yield running


@pytest.fixture
def desk(new_browser: NewContext) -> Page:
    """A page on a desk, in a browser of its own."""
    return new_browser(**DESK).new_page()


@pytest.fixture
def phone(new_browser: NewContext) -> Page:
    """A page on a phone, in a browser of its own."""
    return new_browser(**PHONE).new_page()


@pytest.fixture(scope="session")
def long_film(make_once: MakeOnce) -> Path:
    """A minute and more of the film clip: more than a browser loads ahead."""

    def make(folder: Path) -> None:
        MediaSamples(folder).made("summer-night.mp4", "-c", "copy", before=("-stream_loop", "14"))

    return make_once("summer-night", make) / "summer-night.mp4"


@pytest.fixture(scope="session")
def made_films(make_once: MakeOnce) -> Films:
    """What the player's tests play."""
    return Films(make_once("films", films.make))


@pytest.fixture
def film(app: Flask, made_films: Films) -> VideoSession:
    """A recording of Dana Lee's in two qualities."""
    dana = a_sponsor(name="Dana Lee")
    video_session = a_video_session(owner=dana, title="Meadow Morning", length_seconds=float(SECONDS))
    films.add_qualities(video_session, made_films)
    return video_session


@pytest.fixture
def grant(film: VideoSession) -> Grant:
    return a_grant(film, a_guest(name="Imani Okafor"), created_at=datetime.now(UTC))


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The app, served. It ends after the browsers that come after it: what a page still fetches then fails nothing."""
    with serving(app) as address:
        yield address


@pytest.fixture
def open_page(app: Flask, site: str, new_browser: NewContext, grant: Grant, film: VideoSession) -> Callable[..., Page]:
    """Opens the film's page in a browser of its own, in which the guest is signed in."""
    guest_id, path = grant.guest_id, f"/watch/{film.key}"

    def open_page(*, at: str = "", **options: object) -> Page:
        page = guest_browser(app, site, new_browser, guest_id, **options).new_page()
        page.goto(f"{site}{path}{at}")
        return page

    return open_page


@pytest.fixture
def watching(open_page: Callable[..., Page]) -> Callable[..., Player]:
    """A player in which the guest has pressed play."""

    def watch(**options: object) -> Player:
        page = open_page(**options)
        player = Player(page)
        player.press("Play")
        return player

    return watch
