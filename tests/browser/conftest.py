"""The portal that journeys go through, and what they carry along."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.running import RunningPortal, running_portal
from tests.mail_server import MailServer
from tests.media_samples import MediaSamples
from tests.services import NewContext

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 900}}


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
def long_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute and more of the film clip: more than a browser loads ahead."""
    samples = MediaSamples(tmp_path_factory.mktemp("films"))
    return samples.made("summer-night.mp4", "-c", "copy", before=("-stream_loop", "14"))
