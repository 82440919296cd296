"""What the worker does with one row, in this process."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from portal.basics.clock import now
from portal.domain import jobs, mailbox, processing
from portal.domain.processing import Stage, Work
from portal.domain.work import tools
from portal.mail.delivery import Deferred, Outcome, OutgoingMessage, Refused, Sent
from portal.mail.letters import SetUpCodeLetter
from portal.storage.db import db, transaction
from portal.storage.models import EmailState, Job, JobState, OutgoingEmail, User, VideoSession, VideoState
from portal.worker import pulse, tasks
from tests import factories
from tests.mail import samples
from tests.media_samples import MediaSamples
from tests.processing_stages import a_stage, in_store
from tests.recordings import an_uploaded_session, another_file

pytestmark = pytest.mark.usefixtures("app")


class APostman:
    """Answers as told, and keeps what it was given."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome, self.given = outcome, list[OutgoingMessage]()

    def deliver(self, message: OutgoingMessage) -> Outcome:
        self.given.append(message)
        return self.outcome


def a_letter(to: User | None = None) -> OutgoingEmail:
    reader = to or factories.a_guest()
    with transaction():
        return mailbox.queue(SetUpCodeLetter(to=reader.address, code="482913"), to=reader, at=now())


def as_kept(row):
    return db.session.get_one(type(row), row.id, populate_existing=True)


def do(job: Job) -> None:
    tasks.do_job(job.id, threading.Event())


def test_a_letter_leaves_and_says_where_it_is_kept():
    email = a_letter()

    tasks.send_letter(email.id)

    assert as_kept(email).state is EmailState.SENT
    assert (tools().settings.letters_folder / as_kept(email).kept_as).is_file()


def test_a_letter_told_of_twice_leaves_once():
    postman = tools().postman = APostman(Sent())
    email = a_letter()

    tasks.send_letter(email.id)
    tasks.send_letter(email.id)

    assert len(postman.given) == 1


def test_a_letter_that_is_gone_is_no_fault():
    tasks.send_letter(4711)


@pytest.mark.only_on("sqlite")
def test_nobody_waits_for_the_database_while_the_mail_server_thinks():
    file = str(make_url(tools().settings.database_uri).database)

    class AThinkingServer:
        def deliver(self, message: OutgoingMessage) -> Outcome:
            with sqlite3.connect(file, timeout=0) as other:
                other.execute("UPDATE users SET name = 'written meanwhile'")
            other.close()
            return Sent()

    tools().postman = AThinkingServer()
    email = a_letter()

    tasks.send_letter(email.id)

    assert set(db.session.scalars(db.select(User.name))) == {"written meanwhile"}


def test_a_deferred_letter_is_sent_with_the_same_message_id_later():
    postman = tools().postman = APostman(Deferred("The mail server is busy."))
    email = a_letter()
    tasks.send_letter(email.id)
    with transaction():
        as_kept(email).next_try_at = now() - timedelta(seconds=1)
    postman.outcome = Sent()

    tasks.send_letter(email.id)

    assert as_kept(email).state is EmailState.SENT
    assert len({message.message_id for message in postman.given}) == 1


def test_a_refused_invitation_reaches_the_sponsor_as_a_letter():
    sponsor = factories.a_sponsor()
    guest = factories.a_guest(sponsor=sponsor)
    with transaction():
        email = mailbox.queue(samples.an_invitation(to=guest.address), to=guest, at=now())
    postman = tools().postman = APostman(Refused(550, "No such mailbox."))
    tasks.send_letter(email.id)
    postman.outcome = Sent()

    for email_id in mailbox.due(now()):
        tasks.send_letter(email_id)

    assert [message.to for message in postman.given] == [guest.address, sponsor.address]


def test_a_file_that_is_no_video_is_tried_once(tmp_path: Path):
    video_session, job = an_uploaded_session(MediaSamples(tmp_path).written("film.mp4", "not a film"), at=now())

    do(job)

    assert as_kept(video_session).state is VideoState.FAILED
    assert as_kept(video_session).failure == "This file is not a video we can read. MP4, MOV and WebM work."
    assert (as_kept(job).state, as_kept(job).tries) == (JobState.FAILED, 1)


def test_what_may_pass_is_tried_three_times(monkeypatch):
    video_session, job = an_uploaded_session(at=now())
    monkeypatch.setattr(tools().media, "has_room_for", lambda size: False)

    for _ in range(2):
        do(job)
        assert as_kept(video_session).state is VideoState.PROCESSING
        with transaction():
            as_kept(job).next_try_at = now() - timedelta(seconds=1)
    do(job)

    assert as_kept(video_session).state is VideoState.FAILED
    assert as_kept(video_session).failure == processing.NO_ROOM
    assert as_kept(job).tries == 3


def test_a_fault_of_ours_is_tried_again_and_shown_without_its_details(monkeypatch):
    video_session, job = an_uploaded_session(at=now())

    def break_down(*_args: object) -> None:
        raise KeyError("a detail")

    monkeypatch.setattr(processing, "make", break_down)
    with transaction():
        as_kept(job).tries = 2
    do(job)

    assert as_kept(video_session).failure == processing.SOMETHING_WRONG


def test_what_was_made_is_thrown_away_when_it_cannot_be_written_down(monkeypatch):
    _, job = an_uploaded_session(at=now())

    def break_down(*_args: object, **_named: object) -> None:
        raise KeyError("a detail")

    before = in_store()
    monkeypatch.setattr(processing, "make", lambda _work, _tell: (stage for stage in [a_stage()]))
    monkeypatch.setattr(processing, "keep", break_down)

    do(job)

    assert in_store() == before


def test_a_recording_is_prepared_in_stages(monkeypatch):
    video_session, job = an_uploaded_session(at=now())
    states: list[VideoState] = []

    def make(work: Work, tell: Callable[[float], None]) -> Iterator[Stage]:
        tell(0.0)
        yield a_stage("360p")
        states.append(as_kept(video_session).state)
        yield a_stage("720p", is_last=True)

    monkeypatch.setattr(processing, "make", make)
    do(job)

    assert states == [VideoState.READY]
    assert (as_kept(video_session).whole_version, as_kept(job).state) == (1, JobState.DONE)


def test_work_that_something_else_takes_the_place_of_ends_for_good(monkeypatch):
    video_session, job = an_uploaded_session(at=now())
    before: set[str] = set()

    def make(work: Work, tell: Callable[[float], None]) -> Iterator[Stage]:
        another_file(video_session, at=now())
        before.update(in_store())
        yield a_stage()

    monkeypatch.setattr(processing, "make", make)
    do(job)

    assert as_kept(job).state is JobState.DONE
    assert in_store() == before
    assert as_kept(video_session).next_version == 2


def test_work_ends_when_the_job_was_taken_over(monkeypatch, app):
    monkeypatch.setattr(pulse, "BEAT_SECONDS", 0.02)
    video_session, job = an_uploaded_session(at=now() - timedelta(hours=1))
    with transaction():
        lease = jobs.take(job.id, at=now() - timedelta(minutes=1))
        other = jobs.take(job.id, at=now())
    assert lease is not None
    assert other is not None

    with pulse.Pulse(app, lease, threading.Event()) as beating:
        beating._lost.wait(10)
        with pytest.raises(pulse.GivenUp, match="taken over") as end:
            beating.beat(lambda: True)

    assert not end.value.may_give_back
    assert as_kept(job).lease == other.lease
    assert as_kept(video_session).state is VideoState.PROCESSING


def test_a_long_job_stays_in_hand(monkeypatch, app):
    monkeypatch.setattr(pulse, "BEAT_SECONDS", 0.02)
    _, job = an_uploaded_session(at=now() - timedelta(hours=1))
    with transaction():
        lease = jobs.take(job.id, at=now() - timedelta(seconds=20))
    assert lease is not None
    ends = as_kept(job).leased_until

    with pulse.Pulse(app, lease, threading.Event()):
        give_up = now() + timedelta(seconds=10)
        while as_kept(job).leased_until == ends and now() < give_up:
            db.session.rollback()

    assert as_kept(job).leased_until > ends


def test_progress_is_written_once_a_second_at_most(app):
    _, job = an_uploaded_session(at=now() - timedelta(hours=1))
    with transaction():
        lease = jobs.take(job.id, at=now())
    assert lease is not None
    written: list[int] = []

    def note() -> bool:
        written.append(1)
        return True

    with pulse.Pulse(app, lease, threading.Event()) as beating:
        for _ in range(100):
            beating.beat(note)

    assert len(written) == 1


def test_work_for_a_recording_that_is_gone_ends():
    video_session, job = an_uploaded_session(at=now() - timedelta(hours=1))
    with transaction():
        db.session.delete(db.session.get_one(VideoSession, video_session.id))

    do(job)

    assert as_kept(job).state is JobState.DONE


def test_warnings_are_queued_for_all_who_lose_something_soon_and_once():
    sponsor = factories.a_sponsor()
    guests = [factories.a_guest() for _ in range(3)]
    on = factories.a_video_session(owner=sponsor)
    for guest in guests:
        factories.a_grant(on, guest, created_at=now() - timedelta(days=30), ends_at=now() + timedelta(days=6))

    tasks.warn_of_ends(threading.Event())
    tasks.warn_of_ends(threading.Event())

    letters = db.session.scalars(db.select(OutgoingEmail.letter)).all()
    assert sorted(letters) == ["ending_soon"] * 3 + ["guests_ending_soon"]


def test_a_worker_that_stops_leaves_the_warnings_to_the_next():
    factories.a_grant(created_at=now() - timedelta(days=30), ends_at=now() + timedelta(days=6))
    stopping = threading.Event()
    stopping.set()

    tasks.warn_of_ends(stopping)

    assert db.session.scalars(db.select(OutgoingEmail)).all() == []
