"""Uploads over real lines and servers: cut off, killed, and gone on with where they were (security.md, Faults)."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from portal.app import create_app
from portal.domain.work import tools
from portal.settings import Settings
from portal.storage import schema
from portal.storage.db import db
from portal.storage.models import MediaFile, MediaKind
from tests.factories import a_sponsor
from tests.media_samples import CLIP
from tests.stack.places import ALL, a_place
from tests.stack.senders import Sender
from tests.stack.test_serving import a_portal, environment, family

FILM = CLIP.read_bytes() + bytes(3_000_000)  # zeros at its end are no fault
HALF = len(FILM) // 2


@pytest.fixture(scope="module", params=ALL)
def place(request, sqlite_template):
    with a_place(request.param, sqlite_template) as place:
        yield place


@pytest.fixture
def sender(place):
    with place.app.app_context():
        made = Sender.of(place.app, a_sponsor(), place.port)
        db.session.remove()
    return made


def eventually(look: Callable[[], bool], seconds: float = 60) -> None:
    give_up = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < give_up
        time.sleep(0.02)


def kept_in(app) -> list[bytes]:
    with app.app_context():
        query = db.select(MediaFile.store_key).where(MediaFile.kind == MediaKind.ORIGINAL)
        found = [tools().media.read(key) for key in db.session.scalars(query)]
        db.session.remove()
    return found


def goes_on(sender: Sender, url: str) -> None:
    """Ask where it is and send the rest, as often as it takes, as our script does."""

    def sent() -> bool:
        with suppress(ConnectionError, AssertionError):
            offset = sender.offset(url)
            return offset == len(FILM) or sender.send(url, offset, FILM[offset:]) == 204
        return False

    eventually(sent)


def test_what_a_cut_line_left_goes_on_and_the_whole_is_kept(place, sender):
    url = sender.begin(len(FILM))
    line = sender.send_part_of(url, 0, FILM[:HALF], len(FILM))
    eventually(lambda: sender.offset(url) > HALF - 300_000)
    assert sender.send(url, sender.offset(url), b"too early") == 423, "it is still being sent"
    line.close()

    goes_on(sender, url)

    assert sender.finish(url) == 201
    assert kept_in(place.app).count(FILM) == 1
    with place.app.app_context():
        assert [path.name for path in tools().media.incoming_folder.iterdir()] == ["uploads.guard"]


@pytest.mark.only_on("sqlite")
def test_a_killed_server_goes_on_where_it_was(tmp_path, database):
    instance = tmp_path / "instance"
    with a_portal(instance, FREE_DISK_FLOOR_BYTES="0") as portal:
        told = {name: value for name, value in environment(instance, portal.port).items() if name.startswith("PORTAL_")}
        app = create_app(Settings.from_environment(told))
        with app.app_context():
            sender = Sender.of(app, a_sponsor(), portal.port)
            db.session.remove()
        url = sender.begin(len(FILM))
        line = sender.send_part_of(url, 0, FILM[:HALF], len(FILM))
        eventually(lambda: sender.offset(url) > HALF - 300_000)

        for pid in family(portal.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        line.close()

        def is_back() -> bool:
            with suppress(OSError):
                return sender.offset(url) > HALF - 300_000
            return False

        eventually(is_back)
        goes_on(sender, url)
        assert sender.finish(url) == 201
        assert kept_in(app) == [FILM]
        with app.app_context():
            schema.forget_connections()
