"""Another video in the place of one, or another cut of it: prepared beside what plays, and switched to whole."""

import pytest

from portal.domain import captions, processing, trimming
from portal.domain.trimming import WrongTrim
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Grant, JobState, VideoSession, VideoState
from tests import factories
from tests.factories import NOON
from tests.processing_stages import a_stage, all_kept, as_kept, begun, have, in_store, kept, latest_job, owner_of
from tests.recordings import an_uploaded_session, another_file, files_of

pytestmark = pytest.mark.usefixtures("app")


def a_whole_session(seconds: float = 60.0) -> VideoSession:
    """A session with all its files, that plays."""
    video_session, job = an_uploaded_session()
    all_kept(job, seconds=seconds)
    return as_kept(video_session)


def trimmed(video_session: VideoSession, start: float, end: float | None) -> bool:
    with transaction():
        return trimming.trim(video_session, start, end, by=owner_of(video_session), at=NOON)


def given_up(video_session: VideoSession) -> bool:
    with transaction():
        return processing.give_up_next(video_session, by=owner_of(video_session), at=NOON)


def failed(video_session: VideoSession, sentence: str = "The file is damaged.") -> None:
    work = begun(latest_job(video_session))
    with transaction():
        assert processing.fail(work.lease, sentence, at=NOON)


def last_kind() -> str:
    entry = db.session.scalars(db.select(AuditEvent).order_by(AuditEvent.sequence.desc())).first()
    assert entry is not None
    return entry.kind


def test_what_plays_goes_on_playing_until_another_video_is_whole():
    video_session = a_whole_session()
    grant = factories.a_grant(video_session)

    work = begun(another_file(video_session))
    assert kept(work, a_stage("360p", seconds=90))
    half = as_kept(video_session)
    assert (half.state, half.media_version, half.next_version) == (VideoState.READY, 1, 2)
    assert half.length_seconds == 60

    assert kept(work, a_stage("720p", seconds=90, is_last=True))
    whole = as_kept(video_session)
    assert (whole.state, whole.media_version, whole.next_version, whole.whole_version) == (VideoState.READY, 2, None, 2)
    assert (whole.length_seconds, whole.original_seconds, whole.progress) == (90, 90, 100)
    assert have(whole) == {"original 2", "rendition 2 360p", "rendition 2 720p", "poster 0"}
    assert in_store() == {file.store_key for file in files_of(whole)}
    assert db.session.get_one(Grant, grant.id, populate_existing=True).revoked_at is None
    assert last_kind() == "session:ready"


def test_a_video_that_cannot_take_the_place_of_another_is_tried_again_or_given_up():
    video_session = a_whole_session()
    another_file(video_session)
    failed(video_session)
    playing = as_kept(video_session)
    assert (playing.state, playing.failure) == (VideoState.READY, "The file is damaged.")
    assert (playing.media_version, playing.next_version) == (1, 2)

    with transaction():
        assert processing.retry(playing, by=owner_of(playing), at=NOON)
    assert as_kept(video_session).failure == ""
    failed(video_session)
    assert given_up(video_session)

    left = as_kept(video_session)
    assert (left.media_version, left.next_version, left.failure, left.progress) == (1, None, "", 100)
    assert have(left) == {"original 1", "rendition 1 360p", "rendition 1 720p", "poster 0"}
    assert in_store() == {file.store_key for file in files_of(left)}
    assert last_kind() == "session:next-given-up"


def test_giving_up_stops_the_work_on_it():
    video_session = a_whole_session()
    work = begun(another_file(video_session))

    assert given_up(video_session)

    with transaction():
        assert not processing.note_progress(work, 0.5)
    assert not kept(work, a_stage())
    assert have(video_session) == {"original 1", "rendition 1 360p", "rendition 1 720p", "poster 0"}


def test_giving_up_goes_on_with_what_was_overtaken():
    video_session, job = an_uploaded_session()
    overtaken = begun(job)
    assert kept(overtaken, a_stage())
    newer = another_file(video_session)
    assert not kept(overtaken, a_stage("720p", is_last=True))
    begun(newer)

    assert given_up(video_session)

    again = begun(latest_job(video_session))
    assert (again.version, set(again.have)) == (1, {"360p"})


def test_a_third_video_takes_the_place_of_the_second_before_that_was_ready():
    video_session = a_whole_session()
    second = begun(another_file(video_session))
    assert kept(second, a_stage("360p"))
    third = another_file(video_session)

    assert not kept(second, a_stage("720p", is_last=True))
    all_kept(third)

    assert as_kept(video_session).media_version == 3
    assert have(video_session) == {"original 3", "rendition 3 360p", "rendition 3 720p", "poster 0"}


def test_another_video_in_the_place_of_one_that_failed_is_prepared():
    video_session, _ = an_uploaded_session()
    failed(video_session)
    assert as_kept(video_session).state is VideoState.FAILED

    another_file(video_session)

    begins = as_kept(video_session)
    assert (begins.state, begins.failure, begins.next_version) == (VideoState.PROCESSING, "", 2)
    assert have(begins) == {"original 2"}


def test_nothing_is_tried_again_that_did_not_fail():
    video_session = a_whole_session()
    with transaction():
        assert not processing.retry(video_session, by=owner_of(video_session), at=NOON)
    assert latest_job(video_session).state is JobState.DONE
    assert not given_up(video_session)


def test_a_recording_is_cut_from_its_own_file_and_keeps_it():
    video_session = a_whole_session(seconds=60)

    assert trimmed(video_session, 10, 50)
    work = begun(latest_job(video_session))
    assert (work.version, work.trim.start, work.trim.end, work.plays_at_once) == (2, 10, 50, False)
    assert kept(work, a_stage("360p", seconds=40, original=60))
    assert kept(work, a_stage("720p", seconds=40, original=60, is_last=True))

    cut = as_kept(video_session)
    assert (cut.media_version, cut.length_seconds, cut.original_seconds) == (2, 40, 60)
    assert have(cut) == {"original 2", "rendition 2 360p", "rendition 2 720p", "poster 0"}
    assert trimming.part_of(cut) == trimming.Part(10, 50, 60)


def test_a_cut_is_undone_from_the_same_file():
    video_session = a_whole_session(seconds=60)
    trimmed(video_session, 10, 50)
    all_kept(latest_job(video_session), seconds=40, original=60)

    assert trimmed(video_session, 0, None)
    all_kept(latest_job(video_session), seconds=60, original=60)

    assert trimming.part_of(as_kept(video_session)).is_all
    assert (as_kept(video_session).trim_start_seconds, as_kept(video_session).trim_end_seconds) == (None, None)


def test_a_cut_that_is_given_up_changes_nothing():
    video_session = a_whole_session(seconds=60)
    trimmed(video_session, 10, 50)
    all_kept(latest_job(video_session), seconds=40, original=60)

    trimmed(video_session, 20, 30)
    assert given_up(video_session)

    assert trimming.part_of(as_kept(video_session)) == trimming.Part(10, 50, 60)
    assert as_kept(video_session).length_seconds == 40


def test_captions_go_with_a_cut(monkeypatch):
    video_session = a_whole_session(seconds=60)
    moved: list[float] = []
    monkeypatch.setattr(captions, "moved_by", lambda _session, seconds, at: moved.append(seconds))

    trimmed(video_session, 10, 50)
    all_kept(latest_job(video_session), seconds=40, original=60)
    trimmed(video_session, 4, 50)
    all_kept(latest_job(video_session), seconds=46, original=60)

    assert moved == [-10, 6]


def test_the_moment_of_the_poster_goes_with_a_cut():
    video_session = a_whole_session(seconds=60)
    with transaction():
        video_session.poster_at_seconds = 30.0

    trimmed(video_session, 10, 50)
    work = begun(latest_job(video_session))
    assert not work.wants_poster
    assert kept(work, a_stage(seconds=40, original=60, is_last=True))
    assert as_kept(video_session).poster_at_seconds == 20

    trimmed(video_session, 35, 50)  # the poster shows what is cut off now
    work = begun(latest_job(video_session))
    assert work.wants_poster
    assert kept(work, a_stage(seconds=15, original=60, is_last=True))
    assert as_kept(video_session).poster_at_seconds is None


@pytest.mark.parametrize(
    ("start", "end", "field", "words"),
    [
        (60, None, "start", trimming.BEYOND),
        (0, 62, "end", trimming.BEYOND),
        (30, 20, "end", trimming.BACKWARDS),
        (30, 30.5, "end", trimming.TOO_SHORT),
    ],
)
def test_a_cut_that_cannot_be_says_why(start: float, end: float | None, field: str, words: str):
    video_session = a_whole_session(seconds=60)

    with pytest.raises(WrongTrim, match=words) as fault:
        trimmed(video_session, start, end)

    assert fault.value.field == field


def test_nothing_is_cut_that_is_so_already_or_not_ready():
    video_session = a_whole_session(seconds=60)
    assert not trimmed(video_session, 0, 60.4)
    another_file(video_session)
    with pytest.raises(WrongTrim, match="being prepared"):
        trimmed(as_kept(video_session), 10, 50)
