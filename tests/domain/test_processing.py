"""Uploaded recordings become playable, whole, or fail with words."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from portal.domain import processing, trimming
from portal.domain.processing import Stage, Work
from portal.domain.work import tools
from portal.storage import media_tools
from portal.storage.db import db, transaction
from portal.storage.media_tools import MediaFailed
from portal.storage.models import AuditEvent, Job, JobState, MediaKind, VideoSession, VideoState
from tests.factories import NOON
from tests.media_samples import CLIP_SECONDS, MediaSamples
from tests.processing_stages import (
    a_stage,
    all_kept,
    as_kept,
    begun,
    have,
    in_store,
    kept,
    latest_job,
    owner_of,
    put,
    taken,
)
from tests.recordings import an_uploaded_session, another_file, file_of, files_of
from tests.services import S3

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that is small enough to be prepared in no time, in two qualities."""
    scaled = ("-t", "3", "-vf", "scale=-2:600", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "copy")
    return MediaSamples(tmp_path_factory.mktemp("clip")).made("clip.mp4", *scaled)


def prepared(job: Job, at=NOON) -> list[Stage]:
    """Do all of a job; the stages that were kept."""
    work = begun(job, at)
    stages = []
    for stage in processing.make(work, lambda share: None):
        assert kept(work, stage)
        stages.append(stage)
    return stages


def first_stage(work: Work) -> Stage:
    """What is made first; the rest is left."""
    with closing(processing.make(work, lambda share: None)) as stages:
        return next(iter(stages))


def incoming() -> list[Path]:
    return list(tools().media.incoming_folder.iterdir())


def last_entry() -> AuditEvent:
    entry = db.session.scalars(db.select(AuditEvent).order_by(AuditEvent.sequence.desc())).first()
    assert entry is not None
    return entry


def test_a_recording_plays_once_its_first_quality_is_ready_and_has_all_of_them_later(clip: Path):
    video_session, job = an_uploaded_session(clip)
    shares: list[float] = []
    work = begun(job)

    for stage in processing.make(work, shares.append):
        assert kept(work, stage)
        if not stage.is_last:
            playable = as_kept(video_session)
            assert (playable.state, playable.media_version, playable.next_version) == (VideoState.READY, 1, None)
            assert (playable.ready_at, playable.whole_version) == (NOON, 0)
            assert have(playable) == {"original 1", "rendition 1 600p", "storyboard 1 0", "poster 0"}

    whole = as_kept(video_session)
    assert (whole.progress, whole.whole_version, whole.failure) == (100, 1, "")
    assert whole.length_seconds == pytest.approx(3, abs=0.1)
    assert whole.original_seconds == pytest.approx(3, abs=0.1)
    assert have(whole) == {"original 1", "rendition 1 600p", "rendition 1 360p", "storyboard 1 0", "poster 0"}
    for file in files_of(whole):
        assert tools().media.size(file.store_key) == file.size_bytes
    assert in_store() == {file.store_key for file in files_of(whole)}
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert incoming() == []
    assert (last_entry().kind, last_entry().subject_id) == ("session:ready", video_session.id)
    assert db.session.get_one(Job, job.id, populate_existing=True).state is JobState.DONE


def test_a_cut_is_as_long_as_was_asked_in_every_quality(clip: Path):
    video_session, job = an_uploaded_session(clip)
    all_kept(job, seconds=3)
    with transaction():
        assert trimming.trim(video_session, 0.5, 2.5, by=owner_of(video_session), at=NOON)

    prepared(latest_job(video_session))

    cut = as_kept(video_session)
    assert (cut.media_version, cut.whole_version) == (2, 2)
    assert cut.length_seconds == pytest.approx(2, abs=0.1)
    assert have(cut) == {"original 2", "rendition 2 600p", "rendition 2 360p", "storyboard 2 0", "poster 0"}
    for file in files_of(cut):
        if file.kind is MediaKind.RENDITION:
            with tools().media.local_copy(file.store_key) as path:
                assert media_tools.probe(path).duration == pytest.approx(2, abs=0.15)


def test_sound_alone_plays_without_a_poster(tmp_path: Path):
    video_session, job = an_uploaded_session(MediaSamples(tmp_path).sound_only())

    prepared(job)

    assert have(video_session) == {"original 1", "rendition 1 audio"}
    assert not as_kept(video_session).has_picture
    assert as_kept(video_session).length_seconds == pytest.approx(CLIP_SECONDS, rel=0.02)


def test_what_is_no_video_fails_with_words(tmp_path: Path):
    video_session, job = an_uploaded_session(MediaSamples(tmp_path).written("film.mp4", "not a film"))
    work = begun(job)

    with pytest.raises(MediaFailed) as failure:
        list(processing.make(work, lambda share: None))
    with transaction():
        assert processing.fail(work.lease, failure.value.sentence, at=NOON)

    failed = as_kept(video_session)
    assert (failed.state, failed.failure) == (VideoState.FAILED, failure.value.sentence)
    assert failure.value.sentence == "This file is not a video we can read. MP4, MOV and WebM work."
    assert not failure.value.worth_retrying
    assert (last_entry().kind, last_entry().facts) == ("session:failed", {"reason": failure.value.sentence})
    assert have(failed) == {"original 1"}
    assert incoming() == []


def test_a_recording_that_turns_out_damaged_after_its_first_quality_plays_no_more():
    video_session, job = an_uploaded_session()
    work = begun(job)
    assert kept(work, a_stage())
    with transaction():
        assert processing.fail(work.lease, "The file is damaged near 0:02 of 0:05.", at=NOON)

    failed = as_kept(video_session)
    assert (failed.state, failed.media_version, failed.next_version) == (VideoState.FAILED, 0, 1)
    assert have(failed) == {"original 1", "poster 0"}
    assert in_store() == {file.store_key for file in files_of(failed)}


def test_a_recording_whose_other_qualities_cannot_be_made_at_present_plays_on():
    video_session, job = an_uploaded_session()
    work = begun(job)
    assert kept(work, a_stage())
    with transaction():
        assert processing.fail(work.lease, processing.NO_ROOM, is_damaged=False, at=NOON)

    playable = as_kept(video_session)
    assert (playable.state, playable.media_version, playable.failure) == (VideoState.READY, 1, processing.NO_ROOM)
    assert not processing.is_prepared(playable)

    with transaction():
        assert processing.retry(playable, by=owner_of(playable), at=NOON)
    again = begun(latest_job(playable))
    assert (again.version, set(again.have), again.plays_at_once) == (1, {"360p"}, False)
    assert kept(again, a_stage("720p", is_last=True))
    assert as_kept(video_session).whole_version == 1


def test_a_worker_that_was_too_slow_keeps_nothing():
    video_session, job = an_uploaded_session()
    slow = begun(job)
    begun(job, at=NOON + timedelta(minutes=1))

    for stage in (a_stage(), a_stage("720p", is_last=True)):
        assert not kept(slow, stage)
        processing.discard(stage.files)

    assert as_kept(video_session).state is VideoState.PROCESSING
    assert have(video_session) == {"original 1"}
    assert in_store() == {file_of(video_session, MediaKind.ORIGINAL).store_key}


def test_a_failure_of_a_worker_that_was_too_slow_changes_nothing():
    video_session, job = an_uploaded_session()
    slow = begun(job)
    begun(job, at=NOON + timedelta(minutes=1))

    with transaction():
        assert not processing.fail(slow.lease, "The file is damaged.", at=NOON)

    assert as_kept(video_session).state is VideoState.PROCESSING


def test_what_a_killed_worker_left_is_thrown_away_first():
    video_session, job = an_uploaded_session()
    _, other = an_uploaded_session()
    store = tools().media
    left = store.incoming_folder / f"job-{job.id}-deadworker"
    left.mkdir()
    (left / "half.mp4").write_bytes(b"half")
    (store.incoming_folder / f"job-{job.id}-deadworker-360p.mp4").write_bytes(b"half")
    named = file_of(video_session, MediaKind.ORIGINAL).store_key
    unnamed = put(b"kept, and then the worker was killed before a row named it")
    (left / "kept").write_text(f"{named}\n{unnamed}\n{unnamed[:7]}")
    of_another = store.incoming_folder / f"job-{other.id}-alive"
    of_another.mkdir()

    begun(job)

    assert incoming() == [of_another]
    assert store.exists(named)
    assert not store.exists(unnamed)


def test_work_that_is_stopped_leaves_nothing_behind(clip: Path):
    video_session, job = an_uploaded_session(clip)
    original = file_of(video_session, MediaKind.ORIGINAL).store_key

    def stop(share: float) -> None:
        raise InterruptedError

    work = begun(job)
    with pytest.raises(InterruptedError):
        list(processing.make(work, stop))
    processing.discard(first_stage(work).files)

    assert incoming() == []
    assert in_store() == {original}


def test_a_recording_taken_up_again_goes_on_with_what_is_there(clip: Path):
    video_session, job = an_uploaded_session(clip)
    work = begun(job)
    assert kept(work, first_stage(work))
    before = {file.store_key for file in files_of(video_session)}

    [last] = prepared(job, at=NOON + timedelta(minutes=1))

    assert [(made.kind, made.name) for made in last.files] == [(MediaKind.RENDITION, "360p")]
    assert before < {file.store_key for file in files_of(video_session)}
    assert as_kept(video_session).whole_version == 1


def test_a_recording_deleted_meanwhile_is_not_kept():
    video_session, job = an_uploaded_session()
    work = begun(job)
    with transaction():
        db.session.delete(db.session.get_one(VideoSession, video_session.id))

    with transaction():
        assert not processing.note_progress(work, 0.5)
    assert not kept(work, a_stage(is_last=True))


def test_a_job_for_a_recording_that_is_whole_ends_at_once():
    video_session, job = an_uploaded_session()
    with transaction():
        video_session.state, video_session.ready_at = VideoState.READY, NOON
        video_session.media_version = video_session.whole_version = 1
        video_session.next_version = None
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


def test_of_two_jobs_for_one_recording_the_newer_does_it():
    video_session, job = an_uploaded_session()
    older = taken(job)
    newer = another_file(video_session)

    with transaction():
        assert processing.begin(older, at=NOON) is None

    assert begun(newer).version == 2


def test_without_room_it_is_tried_later(monkeypatch):
    _, job = an_uploaded_session()
    monkeypatch.setattr(tools().media, "has_room_for", lambda size: False)

    with pytest.raises(MediaFailed, match="no room left") as failure:
        list(processing.make(begun(job), lambda share: None))

    assert failure.value.worth_retrying


def test_progress_is_written_in_percent_of_the_whole_work_and_never_falls():
    video_session, job = an_uploaded_session()
    work = begun(job)

    for share in (0.5, 0.4):
        with transaction():
            assert processing.note_progress(work, share)

    assert as_kept(video_session).progress == 49


@pytest.mark.only_on("sqlite")
def test_a_recording_is_prepared_out_of_a_bucket_into_it(clip: Path, make_app, s3: S3):
    with make_app(**s3.settings).app_context():
        before = objects_in(s3)
        video_session, job = an_uploaded_session(clip)
        work = begun(job)
        assert kept(work, first_stage(work))  # then its worker was killed
        prepared(job, at=NOON + timedelta(minutes=1))

        another = another_file(video_session, clip)
        prepared(another)

        assert as_kept(video_session).media_version == 2
        assert len(have(video_session)) == 5
        assert objects_in(s3) - before == {file.store_key for file in files_of(video_session)}
        assert incoming() == []


def objects_in(s3: S3) -> set[str]:
    return {path.name for path in (s3.folder / s3.bucket / "portal").rglob("*") if path.is_file()}
