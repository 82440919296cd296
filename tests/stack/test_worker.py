"""The worker as a process of its own: told, killed, stopped, doubled; with a real ffmpeg and real databases."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from structlog.testing import capture_logs

from portal.basics.clock import now
from portal.domain import jobs, mailbox
from portal.domain.work import tools
from portal.mail.letters import SetUpCodeLetter
from portal.settings import ROOT, Settings
from portal.storage.db import db, transaction
from portal.storage.models import EmailState, Job, JobState, MediaKind, OutgoingEmail, VideoSession, VideoState
from portal.worker import ear
from portal.worker.consumer import SWEEP_EVERY
from portal.worker.engine import Engine
from tests import factories
from tests.media_samples import MediaSamples
from tests.once import MakeOnce
from tests.recordings import an_uploaded_session, file_of, files_of

pytestmark = pytest.mark.usefixtures("app")

PATIENCE_SECONDS = 300  # only ever used up by what fails: machines are shared
SECRET = "tests-" * 8  # that of Settings.for_tests: the worker must be able to read what the web signs


def environment_of(settings: Settings) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return clean | {
        "PORTAL_INSTANCE_PATH": str(settings.instance_path),
        "PORTAL_SQLALCHEMY_DATABASE_URI": settings.database_uri,
        "PORTAL_SECRET_KEY": SECRET,
        "PORTAL_PASSWORD_PEPPER": SECRET,
        "PORTAL_REDIS_URL": settings.redis_url,
        "PORTAL_FREE_DISK_FLOOR_BYTES": "0",
    }


@contextmanager
def a_worker() -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "portal.serving", "--only", "worker"]
    worker = subprocess.Popen(
        command, cwd=ROOT, env=environment_of(tools().settings), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield worker
    finally:
        worker.send_signal(signal.SIGINT)
        try:
            worker.wait(60)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
            pytest.fail("the worker did not stop")


def eventually(is_so: Callable[[], bool]) -> bool:
    """Whether something comes true in time."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        db.session.rollback()
        if is_so():
            return True
        time.sleep(0.1)
    return False


def untold() -> int:
    """How many ids lie in the queue, sent and not yet fetched by a worker."""
    return int(Engine(tools().settings).huey.pending_count())


def as_kept(job: Job) -> Job:
    db.session.rollback()  # what was read before is an old picture
    return db.session.get_one(Job, job.id, populate_existing=True)


def state_of(video_session: VideoSession) -> VideoState:
    return db.session.get_one(VideoSession, video_session.id, populate_existing=True).state


def progress_of(video_session: VideoSession) -> int:
    return db.session.get_one(VideoSession, video_session.id, populate_existing=True).progress


def letters(number: int) -> list[OutgoingEmail]:
    guest = factories.a_guest()
    with transaction():
        letter = SetUpCodeLetter(to=guest.address, code="482913")
        return [mailbox.queue(letter, to=guest, at=now()) for _ in range(number)]


def sent() -> list[OutgoingEmail]:
    query = db.select(OutgoingEmail).where(OutgoingEmail.state == EmailState.SENT)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def incoming() -> list[Path]:
    return list(tools().media.incoming_folder.iterdir())


def processes_named(part: str) -> list[int]:
    """Processes whose command line holds these words."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and part in (entry / "cmdline").read_text().replace("\0", " "):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.fixture(scope="session")
def long_film(make_once: MakeOnce) -> Path:
    """A film that is quickly drawn, and takes ffmpeg some seconds to prepare."""

    def make(folder: Path) -> None:
        picture = "testsrc2=size=1280x720:rate=30"
        MediaSamples(folder).drawn("long.mp4", picture, "-t", "25", "-c:v", "mpeg4", "-q:v", "6")

    return make_once("long-film", make) / "long.mp4"


def test_a_recording_is_prepared_and_a_letter_leaves():
    video_session, _ = an_uploaded_session(at=now())
    (email,) = letters(1)

    with a_worker():
        assert eventually(lambda: state_of(video_session) is VideoState.READY)
        assert eventually(lambda: len(sent()) == 1)

    (kept,) = sent()
    assert kept.id == email.id
    assert (tools().settings.letters_folder / kept.kept_as).is_file()


def test_what_the_web_tells_reaches_the_worker(app: Flask):
    letters(2)
    assert untold() == 2

    with a_worker():
        assert eventually(lambda: untold() == 0)  # the sweep reads rows and leaves the queue alone
        assert eventually(lambda: len(sent()) == 2)


@pytest.mark.only_on("postgresql")  # leases are tried on both, with the rules
def test_a_recording_is_prepared_although_its_worker_was_killed(long_film):
    video_session, job = an_uploaded_session(long_film, at=now())
    with a_worker() as first:
        assert eventually(lambda: progress_of(video_session) > 0)
        for pid in [first.pid, *processes_of(first.pid)]:
            os.kill(pid, signal.SIGKILL)
    assert incoming() != []
    assert eventually(lambda: not processes_named(f"job-{job.id}-"))  # ffmpeg goes with its worker

    assert as_kept(job).leased_until <= now() + jobs.LEASE  # security.md, Faults: "taken up again within 60 s"
    at_the_latest = jobs.LEASE + SWEEP_EVERY
    assert at_the_latest < timedelta(seconds=60)
    with transaction():  # … half a minute later
        db.session.get_one(Job, job.id).leased_until = now() - timedelta(seconds=1)
    with a_worker():
        assert eventually(lambda: progress_of(video_session) == 100)

    assert state_of(video_session) is VideoState.READY
    assert as_kept(job).tries == 2
    assert incoming() == []
    kept = [file for file in (tools().settings.media_folder / "kept").rglob("*") if file.is_file()]
    assert {file.name for file in kept} == {file.store_key for file in files_of(video_session)}


def processes_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children]


@pytest.mark.only_on("sqlite")  # leases are tried on both, with the rules
def test_a_worker_that_is_stopped_gives_its_job_back(long_film):
    video_session, job = an_uploaded_session(long_film, at=now())
    with a_worker():
        assert eventually(lambda: progress_of(video_session) > 0)

    given_back = as_kept(job)
    assert (given_back.state, given_back.tries) == (JobState.WAITING, 0)
    assert incoming() == []


@pytest.mark.only_on("sqlite")  # leases are tried on both, with the rules
def test_a_recording_deleted_while_it_is_prepared_leaves_nothing(long_film):
    video_session, job = an_uploaded_session(long_film, at=now())
    original = file_of(video_session, MediaKind.ORIGINAL).store_key
    with a_worker():
        assert eventually(lambda: progress_of(video_session) > 0)
        with transaction():
            db.session.delete(db.session.get_one(VideoSession, video_session.id))
        assert eventually(lambda: as_kept(job).state is JobState.DONE)
        assert incoming() == []

    kept = [file.name for file in (tools().settings.media_folder / "kept").rglob("*") if file.is_file()]
    assert kept == [original]


@pytest.mark.only_on("postgresql")  # leases are tried on both, with the rules
def test_two_workers_do_everything_once():
    waiting = letters(40)
    recordings = [an_uploaded_session(at=now())[0] for _ in range(3)]

    with a_worker(), a_worker():
        assert eventually(lambda: len(sent()) == len(waiting))
        assert eventually(lambda: all(progress_of(each) == 100 for each in recordings))

    assert {email.tries for email in sent()} == {1}
    assert {job.tries for job in db.session.scalars(db.select(Job))} == {1}


@pytest.mark.only_on("postgresql")  # leases are tried on both, with the rules
def test_with_redis_ids_travel_through_it(make_app, redis_url):
    app = make_app(redis_url=redis_url)
    with app.app_context():
        letters(2)
        assert untold() == 2
        with a_worker():
            assert eventually(lambda: untold() == 0)
            assert eventually(lambda: len(sent()) == 2)


def test_with_redis_away_pages_go_on_and_letters_leave_all_the_same(make_app):
    app = make_app(redis_url="redis://127.0.0.1:1/0")
    with app.app_context(), a_worker(), capture_logs() as logs:
        letters(2)
        assert eventually(lambda: len(sent()) == 2)
    assert [entry["event"] for entry in logs] == ["the worker could not be told"]  # once, then it is left alone


def test_what_is_not_signed_by_us_is_not_taken_up(tmp_path, app: Flask):
    from huey import SqliteHuey

    stranger = SqliteHuey("portal", filename=str(tools().settings.instance_path / "jobs.sqlite"))
    stranger.storage.enqueue(b"cos\nsystem\n(S'touch " + str(tmp_path / "owned").encode() + b"'\ntR.")
    letters(1)

    with a_worker():
        assert eventually(lambda: len(sent()) == 1)

    assert not (tmp_path / "owned").exists()


def test_the_ear_fails_no_page_when_its_file_cannot_be_written(tmp_path):
    (tmp_path / "jobs.sqlite").mkdir()

    with capture_logs() as logs:
        ear(Settings.for_tests(tmp_path))("email", 1)

    assert [entry["event"] for entry in logs] == ["the worker could not be told"]


def test_jobs_unknown_to_this_release_end_with_words():
    with transaction():
        job = jobs.queue("fold-napkins", 1, at=now())

    with a_worker():
        assert eventually(lambda: as_kept(job).state is JobState.FAILED)
