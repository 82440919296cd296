"""Uploaded recordings become playable, whole, or fail with words."""

from datetime import timedelta
from pathlib import Path

import pytest

from portal.domain import jobs, processing
from portal.domain.jobs import Lease
from portal.domain.processing import Made, Work
from portal.domain.work import tools
from portal.storage import media_tools
from portal.storage.db import db, transaction
from portal.storage.media_tools import MediaFailed
from portal.storage.models import AuditEvent, Job, JobState, MediaKind, VideoSession, VideoState
from tests.factories import NOON
from tests.media_samples import CLIP_SECONDS, MediaSamples
from tests.recordings import an_uploaded_session, files_of

pytestmark = pytest.mark.usefixtures("app")


def taken(job: Job, at=NOON) -> Lease:
    with transaction():
        lease = jobs.take(job.id, at=at)
    assert lease is not None
    return lease


def begun(job: Job, at=NOON) -> Work:
    lease = taken(job, at)
    with transaction():
        work = processing.begin(lease, at=at)
    assert work is not None
    return work


def published(work: Work, made: Made) -> bool:
    with transaction():
        return processing.publish(work, made, at=NOON)


def as_kept(video_session: VideoSession) -> VideoSession:
    return db.session.get_one(VideoSession, video_session.id, populate_existing=True)


def incoming() -> list[Path]:
    return list(tools().media.incoming_folder.iterdir())


def last_entry() -> AuditEvent:
    entry = db.session.scalars(db.select(AuditEvent).order_by(AuditEvent.sequence.desc())).first()
    assert entry is not None
    return entry


def test_a_recording_becomes_ready_with_a_rendition_and_a_poster():
    video_session, job = an_uploaded_session()
    shares: list[float] = []

    work = begun(job)
    assert published(work, processing.make(work, shares.append))

    ready = as_kept(video_session)
    assert (ready.state, ready.ready_at, ready.progress) == (VideoState.READY, NOON, 100)
    assert ready.length_seconds == pytest.approx(CLIP_SECONDS, rel=0.01)
    assert set(files_of(ready)) == {MediaKind.ORIGINAL, MediaKind.RENDITION, MediaKind.POSTER}
    for file in files_of(ready).values():
        assert tools().media.size(file.store_key) == file.size_bytes
    assert media_tools.probe(tools().media.path(files_of(ready)[MediaKind.RENDITION].store_key)).video_codec == "h264"
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert incoming() == []
    assert (last_entry().kind, last_entry().subject_id) == ("session:ready", video_session.id)
    assert db.session.get_one(Job, job.id, populate_existing=True).state is JobState.DONE


def test_what_is_no_video_fails_with_words(tmp_path):
    video_session, job = an_uploaded_session(MediaSamples(tmp_path).written("film.mp4", "not a film"))
    work = begun(job)

    with pytest.raises(MediaFailed) as failure:
        processing.make(work, lambda share: None)
    with transaction():
        assert processing.fail(work.lease, failure.value.sentence, at=NOON)

    failed = as_kept(video_session)
    assert (failed.state, failed.failure) == (VideoState.FAILED, failure.value.sentence)
    assert failure.value.sentence == "This file is not a video we can read. MP4, MOV and WebM work."
    assert not failure.value.worth_retrying
    assert (last_entry().kind, last_entry().facts) == ("session:failed", {"reason": failure.value.sentence})
    assert incoming() == []


def test_a_worker_that_was_too_slow_publishes_nothing():
    video_session, job = an_uploaded_session()
    slow = begun(job)
    made = processing.make(slow, lambda share: None)
    begun(job, at=NOON + timedelta(minutes=1))

    assert not published(slow, made)
    processing.discard(made)

    assert as_kept(video_session).state is VideoState.PROCESSING
    assert set(files_of(video_session)) == {MediaKind.ORIGINAL}
    assert not tools().media.exists(made.rendition_key)
    assert not tools().media.exists(made.poster_key)


def test_a_failure_of_a_worker_that_was_too_slow_changes_nothing():
    video_session, job = an_uploaded_session()
    slow = begun(job)
    begun(job, at=NOON + timedelta(minutes=1))

    with transaction():
        assert not processing.fail(slow.lease, "The file is damaged.", at=NOON)

    assert as_kept(video_session).state is VideoState.PROCESSING


def test_what_a_killed_worker_left_is_thrown_away_first():
    _, job = an_uploaded_session()
    _, other = an_uploaded_session()
    store = tools().media
    left = store.incoming_folder / f"job-{job.id}-deadworker"
    left.mkdir()
    (left / "half.mp4").write_bytes(b"half")
    beside = store.incoming_folder / f"job-{job.id}-deadworker-rendition.mp4"
    beside.write_bytes(b"half")
    of_another = store.incoming_folder / f"job-{other.id}-alive"
    of_another.mkdir()

    processing.make(begun(job), lambda share: None)

    assert incoming() == [of_another]


def test_work_that_is_stopped_leaves_nothing_behind():
    _, job = an_uploaded_session()

    def stop(share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        processing.make(begun(job), stop)
    assert incoming() == []


def test_a_recording_deleted_meanwhile_is_not_published():
    video_session, job = an_uploaded_session()
    work = begun(job)
    made = processing.make(work, lambda share: None)
    with transaction():
        db.session.delete(db.session.get_one(VideoSession, video_session.id))

    with transaction():
        assert not processing.note_progress(work, 0.5)
    assert not published(work, made)


def test_a_job_for_a_recording_that_is_ready_ends_at_once():
    video_session, job = an_uploaded_session()
    with transaction():
        video_session.state, video_session.ready_at = VideoState.READY, NOON
    lease = taken(job)

    with transaction():
        assert processing.begin(lease, at=NOON) is None

    assert db.session.get_one(Job, job.id, populate_existing=True).state is JobState.DONE


def test_a_job_whose_workers_all_died_fails_with_words():
    _, job = an_uploaded_session()
    for minute in range(3):
        taken(job, at=NOON + timedelta(minutes=minute))
    lease = taken(job, at=NOON + timedelta(minutes=3))

    with pytest.raises(MediaFailed, match="cut off three times"), transaction():
        processing.begin(lease, at=NOON)


def test_without_room_it_is_tried_later(monkeypatch):
    _, job = an_uploaded_session()
    monkeypatch.setattr(tools().media, "has_room_for", lambda size: False)

    with pytest.raises(MediaFailed, match="no room left") as failure:
        processing.make(begun(job), lambda share: None)

    assert failure.value.worth_retrying


def test_progress_is_written_in_percent_of_the_whole_work():
    video_session, job = an_uploaded_session()

    with transaction():
        assert processing.note_progress(begun_outside(job), 0.5)

    assert as_kept(video_session).progress == 48


def begun_outside(job: Job) -> Work:
    return Work(Lease(job.id, job.kind, job.subject_id, "", last_try=False), job.subject_id, "")


def test_preparing_again_replaces_the_files_and_forgets_the_old_ones():
    video_session, job = an_uploaded_session()
    first = begun(job)
    made = processing.make(first, lambda share: None)
    published(first, made)
    with transaction():
        as_kept(video_session).state = VideoState.PROCESSING
        again = jobs.queue(jobs.PROCESS_SESSION, video_session.id, at=NOON)

    second = begun(again)
    assert published(second, processing.make(second, lambda share: None))

    assert not tools().media.exists(made.rendition_key)
    assert tools().media.exists(files_of(video_session)[MediaKind.RENDITION].store_key)
