"""`make demo`: a portal full of believable content, made by the rules, that people can sign in to."""

import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from portal.app import create_core
from portal.basics.clock import now
from portal.basics.roles import Role, UserState
from portal.demo.calendar import Calendar, OutOfOrder
from portal.demo.people import DANA, HENRIK, IMANI, MAXIMILIANE, NORA, OMAR, PASSWORD, Person
from portal.domain import access, audit, invitations, people, policies
from portal.domain.invitations import LetterStanding, Standing
from portal.domain.work import tools
from portal.serving import preparing
from portal.settings import ROOT
from portal.storage import schema
from portal.storage.db import db
from portal.storage.models import (
    AccessRequest,
    Answer,
    CoOwner,
    MediaFile,
    MediaKind,
    Policy,
    PolicyAcceptance,
    User,
    VideoSession,
    VideoState,
)
from tests.services import free_port

READY_SECONDS = 400  # far more than a start takes on an idle machine: tests share theirs
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_it_empties_what_was_there_serves_and_is_full_of_believable_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder, port = tmp_path / "demo-instance", free_port()
    folder.mkdir()
    (folder / "left-over.txt").write_text("of the demo before")

    said, status = _started_and_stopped(folder, port, tmp_path / "log.txt")

    assert f"http://127.0.0.1:{port}/invitations/" in said
    assert not (folder / "left-over.txt").exists()
    assert "Traceback" not in said
    assert status == 0
    monkeypatch.setattr(preparing, "DEMO_FOLDER", folder)
    with create_core(preparing.settings_of(demo=True)).app_context():
        _people_and_recordings_are_in_every_state()
        _a_visitor_sees_what_is_live_soon_over_and_ended()
        _every_way_in_which_a_recording_is_kept_back_can_be_looked_at()
        _every_ready_recording_plays_and_has_its_own_picture()
        _whoever_started_it_reads_whom_to_sign_in_as(said)
        _all_but_one_have_accepted_the_policy_in_force()
        assert audit.verify().fault is None
        schema.forget_connections()


def _people_and_recordings_are_in_every_state() -> None:
    users = db.session.scalars(db.select(User)).all()
    guests = [user for user in users if user.role is Role.GUEST]
    states = invitations.letter_states([guest.id for guest in guests], at=now()).values()

    assert len(guests) >= 12
    # no rule of this release ends an account yet
    assert {state.standing for state in states} == set(LetterStanding) - {
        LetterStanding.NOT_INVITED,
        LetterStanding.ENDED,
    }
    assert {user.name for user in users if user.role is Role.SPONSOR} == {DANA.name, MAXIMILIANE.name}
    assert {video_session.state for video_session in db.session.scalars(db.select(VideoSession))} == set(VideoState)


def _a_visitor_sees_what_is_live_soon_over_and_ended() -> None:
    listing = access.listed_for(_account(IMANI), at=now())

    assert {shared.owner_name for shared in listing.live} == {DANA.name, MAXIMILIANE.name}
    assert any(shared.until and shared.until - now() < timedelta(days=3) for shared in listing.live)
    assert sorted(shared.views_left for shared in listing.live if shared.views_left is not None) == [1, 2]
    assert len(listing.coming) == 1
    assert {shared.standing for shared in listing.over} == {access.Standing.ENDED, access.Standing.USED_UP}
    assert any(0 < shared.watched_seconds < (shared.length_seconds or 0) for shared in listing.live)


def _every_way_in_which_a_recording_is_kept_back_can_be_looked_at() -> None:
    recordings = db.session.scalars(db.select(VideoSession)).all()
    asked = db.session.scalars(db.select(AccessRequest)).all()

    assert [one.title for one in recordings if one.password_hash] == [_recording("Meadow").title]
    assert len([one for one in recordings if not one.is_published]) == 1
    assert db.session.scalars(db.select(CoOwner)).one().user_id == _account(MAXIMILIANE).id
    assert {request.answer for request in asked} == {None, Answer.VIEWS}


def _recording(words: str) -> VideoSession:
    return db.session.scalars(db.select(VideoSession).where(VideoSession.title.startswith(words))).one()


def _every_ready_recording_plays_and_has_its_own_picture() -> None:
    ready = db.session.scalars(db.select(VideoSession).where(VideoSession.state == VideoState.READY)).all()
    posters = set()
    for video_session in ready:
        query = db.select(MediaFile).where(MediaFile.video_session_id == video_session.id)
        kept = {media_file.kind: media_file.store_key for media_file in db.session.scalars(query)}
        assert set(kept) == set(MediaKind) - {MediaKind.PICTURE}
        assert video_session.whole_version == video_session.media_version == 1
        assert tools().media.size(kept[MediaKind.RENDITION]) > 0
        posters.add(tools().media.read(kept[MediaKind.POSTER]))
    assert len(posters) == len(ready) >= 8


def _whoever_started_it_reads_whom_to_sign_in_as(words: str) -> None:
    for person in (NORA, DANA, MAXIMILIANE, IMANI, OMAR):
        assert person.address in words
        assert tools().hasher.matches(PASSWORD, _account(person).password_hash)
    assert PASSWORD in words

    link = re.search(r"/invitations/(\S+)", words)
    found = invitations.find(link[1], now()) if link else None
    assert (found.user.address, found.standing) == (HENRIK.address, Standing.OPEN)


def _all_but_one_have_accepted_the_policy_in_force() -> None:
    in_force, first = policies.current(), db.session.scalars(db.select(Policy).where(Policy.version == 1)).one()
    accepted_first = db.session.scalar(db.select(db.func.min(PolicyAcceptance.at)))
    active = db.session.scalars(db.select(User).where(User.state == UserState.ACTIVE)).all()
    left = [user.address for user in active if policies.accepted_by(user)[0].id != in_force.id]  # type: ignore[index]

    assert left == [OMAR.address]
    assert first.published_at <= accepted_first


def _account(person: Person) -> User:
    user = people.find_by_address(person.address)
    assert user is not None
    return user


def test_a_story_goes_one_way():
    calendar = Calendar(NOON, ZoneInfo("Europe/Berlin"))
    calendar.goes_on(calendar.day(2, "09:00"))

    for wrong in (calendar.day(3, "09:00"), calendar.minutes(-1)):
        with pytest.raises(OutOfOrder):
            calendar.goes_on(wrong)


def _started_and_stopped(folder: Path, port: int, log: Path) -> tuple[str, int]:
    """What it said, and its exit status."""
    process = _start(folder, port, log)
    try:
        said = _said_when_it_serves(process, log)
    finally:
        process.send_signal(signal.SIGINT)
        status = process.wait(60)
    return said, status


def _start(folder: Path, port: int, log: Path) -> subprocess.Popen[bytes]:
    """As `make demo` does, in a folder of its own."""
    start = (
        "import sys, pathlib; from portal.serving import preparing; "
        f"preparing.DEMO_FOLDER = pathlib.Path({str(folder)!r}); "
        "from portal.serving.__main__ import main; sys.exit(main(['--demo']))"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    # must not be heeded: a demo keeps to itself
    told = {
        "PORTAL_BIND": f"127.0.0.1:{port}",
        "PORTAL_MAIL_SERVER": "mail.example",
        "PORTAL_FIRST_ADMIN": "x@y.example",
    }
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-c", start], cwd=ROOT, env=clean | told, stdout=output, stderr=subprocess.STDOUT
        )


def _said_when_it_serves(process: subprocess.Popen[bytes], log: Path) -> str:
    give_up = time.monotonic() + READY_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        said = log.read_text()
        if "Serving http" in said:
            return said
        time.sleep(0.1)
    pytest.fail(f"the demo did not serve: {log.read_text()[-2000:]}")
