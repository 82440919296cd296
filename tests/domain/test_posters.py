"""The poster of a recording: chosen from it, or an own picture, and made by the worker."""

import threading
from pathlib import Path

import pytest

from portal.basics.clock import now
from portal.domain import jobs, posters, processing
from portal.domain.posters import WrongPoster
from portal.domain.processing import Made
from portal.domain.work import tools
from portal.storage.db import transaction
from portal.storage.media_tools import MediaFailed
from portal.storage.models import MediaKind, VideoSession
from portal.worker import tasks
from tests.factories import NOON
from tests.media_samples import CLIP, MediaSamples
from tests.processing_stages import a_stage, all_kept, as_kept, begun, have, in_store, kept, latest_job, owner_of, put
from tests.recordings import a_file, an_uploaded_session, another_file, file_of, files_of

pytestmark = pytest.mark.usefixtures("app")


def a_whole_session(seconds: float = 60.0) -> VideoSession:
    video_session, job = an_uploaded_session()
    all_kept(job, seconds=seconds)
    return as_kept(video_session)


def moment_chosen(video_session: VideoSession, seconds: float) -> None:
    with transaction():
        posters.choose_moment(video_session, seconds, by=owner_of(video_session), at=NOON)


def picture_chosen(video_session: VideoSession, path: Path) -> None:
    picture = posters.store(path, "stage.jpg")
    with transaction():
        posters.choose_picture(video_session, picture, by=owner_of(video_session), at=NOON)


def arrived(content: bytes, name: str = "upload-1") -> Path:
    path = tools().media.incoming_folder / name
    path.write_bytes(content)
    return path


def worked_on(video_session: VideoSession) -> None:
    """What the worker does about its poster."""
    job = latest_job(video_session, jobs.MAKE_POSTER)
    with transaction():
        job.next_try_at = now()
    tasks.do_job(job.id, threading.Event())


def drawing(_drawing: posters.Drawing) -> Made:
    return Made(MediaKind.POSTER, "", put(b"drawn"), "image/jpeg", 5)


def test_a_moment_and_a_picture_are_really_drawn(tmp_path: Path):
    video_session = a_whole_session(seconds=5)
    playing = file_of_best(video_session)
    with transaction():
        playing.store_key, playing.size_bytes = tools().media.put(CLIP), CLIP.stat().st_size

    moment_chosen(video_session, 3)
    worked_on(video_session)
    at_three = read(file_of(video_session, MediaKind.POSTER).store_key)
    assert at_three.startswith(b"\xff\xd8\xff")
    assert posters.making_of(video_session) == posters.Making()

    still = MediaSamples(tmp_path).made("still.png", "-frames:v", "1")
    picture_chosen(video_session, arrived(still.read_bytes()))
    worked_on(video_session)
    own = read(file_of(video_session, MediaKind.POSTER).store_key)
    assert own.startswith(b"\xff\xd8\xff")
    assert own != at_three
    assert as_kept(video_session).poster_at_seconds is None
    assert processing.files_of(video_session).has_own_poster


def file_of_best(video_session: VideoSession):
    return max((file for file in files_of(video_session) if file.kind is MediaKind.RENDITION), key=lambda file: file.id)


def read(store_key: str) -> bytes:
    with tools().media.open(store_key) as stream:
        return stream.read()


def test_while_it_is_made_the_poster_stays(monkeypatch):
    video_session = a_whole_session()
    before = file_of(video_session, MediaKind.POSTER).store_key

    moment_chosen(video_session, 12)
    assert posters.making_of(video_session).is_made
    assert file_of(video_session, MediaKind.POSTER).store_key == before

    monkeypatch.setattr(posters, "make", drawing)
    worked_on(video_session)
    assert file_of(video_session, MediaKind.POSTER).store_key != before
    assert in_store() == {file.store_key for file in files_of(video_session)}


def test_a_moment_goes_before_an_own_picture_once_it_is_chosen(monkeypatch):
    monkeypatch.setattr(posters, "make", drawing)
    video_session = a_whole_session()
    picture_chosen(video_session, arrived(b"\xff\xd8\xff a picture"))
    worked_on(video_session)
    assert "picture 0" in have(video_session)

    moment_chosen(video_session, 12)
    worked_on(video_session)

    assert "picture 0" not in have(video_session)
    assert in_store() == {file.store_key for file in files_of(video_session)}


def test_what_is_chosen_while_another_is_made_is_made_next(monkeypatch):
    video_session = a_whole_session()
    moment_chosen(video_session, 12)
    drawn: list[float | None] = []

    def make(which: posters.Drawing) -> Made:
        if not drawn:
            moment_chosen(video_session, 30)
        drawn.append(which.moment)
        return drawing(which)

    monkeypatch.setattr(posters, "make", make)
    worked_on(video_session)
    worked_on(video_session)

    assert drawn == [12, 30]
    assert not posters.making_of(video_session).is_made
    assert in_store() == {file.store_key for file in files_of(video_session)}


def test_a_picture_that_cannot_be_drawn_leaves_the_poster_and_says_why():
    video_session = a_whole_session()
    before = file_of(video_session, MediaKind.POSTER).store_key

    picture_chosen(video_session, arrived(b"\xff\xd8\xff this is no picture"))
    worked_on(video_session)

    assert posters.making_of(video_session).failure
    assert file_of(video_session, MediaKind.POSTER).store_key == before
    assert "picture 0" not in have(video_session)
    assert in_store() == {file.store_key for file in files_of(video_session)}


@pytest.mark.parametrize(
    "content",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"#EXTM3U\n", b"", b"RIFF\0\0\0\0WAVE"],
    ids=["svg", "gif", "playlist", "empty", "sound"],
)
def test_only_pictures_are_taken(content: bytes):
    with pytest.raises(WrongPoster, match="JPEG, PNG and WebP"):
        posters.store(arrived(content), "poster.jpg")


def test_a_picture_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(posters, "LARGEST_PICTURE", 10)
    with pytest.raises(WrongPoster, match="too large"):
        posters.store(arrived(b"\xff\xd8\xff more than ten bytes"), "poster.jpg")


def test_a_moment_must_lie_in_a_recording_that_has_a_picture():
    video_session = a_whole_session(seconds=60)
    with pytest.raises(WrongPoster, match="behind the end"):
        moment_chosen(video_session, 61)
    unready, _ = an_uploaded_session()
    with pytest.raises(WrongPoster, match="once the recording can be played"):
        moment_chosen(unready, 1)


def test_an_own_picture_stays_whatever_plays():
    video_session = a_whole_session()
    picture_chosen(video_session, arrived(b"\xff\xd8\xff a picture"))
    before = file_of(video_session, MediaKind.POSTER).store_key

    work = begun(another_file(video_session))
    assert not work.wants_poster
    assert kept(work, a_stage(is_last=True))

    assert "picture 0" in have(video_session)
    assert file_of(video_session, MediaKind.POSTER).store_key == before


def test_another_video_gets_a_poster_of_its_own_when_it_takes_the_place():
    video_session = a_whole_session()
    before = file_of(video_session, MediaKind.POSTER).store_key
    moment_chosen(video_session, 12)

    work = begun(another_file(video_session))
    assert work.wants_poster
    stage = a_stage(is_last=True)
    poster = Made(MediaKind.POSTER, "", put(b"new"), "image/jpeg", 3)
    assert kept(work, type(stage)((*stage.files, poster), stage.original_seconds, is_last=True))

    assert file_of(video_session, MediaKind.POSTER).store_key == poster.store_key != before
    assert as_kept(video_session).poster_at_seconds is None


def test_moments_to_choose_from_lie_evenly_over_the_whole_recording():
    video_session = a_whole_session()
    layout = {"every": 2, "columns": 3, "tile": [160, 90]}
    sheets = [
        a_file(video_session, MediaKind.STORYBOARD, name="0", index=layout | {"first": 0, "count": 6}),
        a_file(video_session, MediaKind.STORYBOARD, name="1", index=layout | {"first": 6, "count": 2}),
    ]

    frames = posters.frames_of(sheets, most=4)

    assert [(frame.seconds, frame.sheet.name, frame.left, frame.top) for frame in frames] == [
        (2, "0", 160, 0),
        (6, "0", 0, 90),
        (10, "0", 320, 90),
        (14, "1", 160, 0),
    ]
    assert posters.frames_of([]) == []
    assert len(posters.frames_of(sheets, most=20)) == 8


def test_a_job_without_anything_to_draw_ends():
    video_session = a_whole_session()
    with transaction():
        job = jobs.queue(jobs.MAKE_POSTER, video_session.id, at=now())
    tasks.do_job(job.id, threading.Event())
    assert posters.making_of(video_session) == posters.Making()


def test_a_store_without_the_file_is_tried_again():
    video_session = a_whole_session()
    moment_chosen(video_session, 3)
    lease = None
    with transaction():
        lease = jobs.take(latest_job(video_session, jobs.MAKE_POSTER).id, at=NOON)
    assert lease is not None
    gone = posters.Drawing(lease, video_session.id, "0" * 32, 3.0)

    with pytest.raises(MediaFailed) as failure:
        posters.make(gone)

    assert failure.value.worth_retrying
    assert list(tools().media.incoming_folder.iterdir()) == []
