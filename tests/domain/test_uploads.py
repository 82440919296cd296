"""Files on their way in."""

import pytest

from portal.basics.errors import NotFound
from portal.basics.sizes import size_words
from portal.domain import uploads
from portal.domain.uploads import Arrived, WrongFile
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import Job, MediaFile, VideoSession, VideoState
from tests.factories import NOON, a_folder, a_sponsor, a_video_session
from tests.media_samples import CLIP, MediaSamples

pytestmark = pytest.mark.usefixtures("app")


def an_arrived_file(content=None, name="film.mp4"):
    path = tools().media.incoming_folder / f"upload-{name}"
    path.write_bytes(CLIP.read_bytes() if content is None else content)
    return Arrived(path, name)


def started(by, **given):
    values = {"title": "Quartet", "description": "", "folder": None, "form_key": None}
    with transaction():
        return uploads.start(uploads.store(an_arrived_file()), **(values | given), by=by, at=NOON)


def files_kept():
    return [path.name for path in (tools().media.incoming_folder.parent / "kept").rglob("*") if path.is_file()]


def test_content_decides_and_not_the_name(tmp_path):
    samples = MediaSamples(tmp_path)

    assert uploads.check_content(an_arrived_file(name="holiday.txt")) == "video/mp4"
    webm = Arrived(samples.webm(), "film.mp4")
    assert uploads.check_content(webm) == "video/x-matroska"
    with pytest.raises(WrongFile, match="not a video we can read"):
        uploads.check_content(Arrived(samples.zipped(), "film.mp4"))
    with pytest.raises(WrongFile, match="This file is empty"):
        uploads.check_content(an_arrived_file(b""))


def test_a_session_is_made_with_its_file_and_its_job():
    sponsor = a_sponsor()

    video_session = started(sponsor, title=" Quartet  in C ", description="two\r\nlines")

    assert (video_session.title, video_session.description) == ("Quartet in C", "two\nlines")
    assert video_session.state is VideoState.PROCESSING
    original = db.session.scalar(db.select(MediaFile))
    assert files_kept() == [original.store_key]
    assert db.session.scalar(db.select(Job)).subject_id == video_session.id


def test_anothers_folder_takes_nothing():
    with pytest.raises(NotFound):
        started(a_sponsor(), folder=a_folder())


def test_the_later_of_two_equal_forms_leaves_no_file():
    sponsor = a_sponsor()

    first = started(sponsor, form_key="a" * 16)
    second = started(sponsor, form_key="a" * 16)

    assert first is second
    assert len(files_kept()) == 1


def test_another_file_takes_the_place_of_one_that_failed():
    sponsor = a_sponsor()
    video_session = started(sponsor)
    [before] = files_kept()
    with transaction():
        video_session.state, video_session.failure = VideoState.FAILED, "It is cut off."

    stored = uploads.store(an_arrived_file(name="again.mp4"))
    with transaction():
        uploads.replace(video_session, stored, by=sponsor, at=NOON)

    assert files_kept() == [stored.store_key] != [before]
    fresh = db.session.get_one(VideoSession, video_session.id, populate_existing=True)
    assert (fresh.state, fresh.failure) == (VideoState.PROCESSING, "")


def test_what_plays_goes_on_playing_while_its_successor_is_prepared():
    video_session, sponsor = a_video_session(media_version=1), a_sponsor()
    stored = uploads.store(an_arrived_file())

    with transaction():
        uploads.replace(video_session, stored, by=sponsor, at=NOON)

    fresh = db.session.get_one(VideoSession, video_session.id, populate_existing=True)
    assert (fresh.state, fresh.media_version, fresh.next_version) == (VideoState.READY, 1, 2)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Final_cut,_2nd  take.mp4", "Final cut, 2nd take"),
        ("שיר.mov", "שיר"),
        ("noending", "noending"),
        (".mp4", ".mp4"),
        ("x" * 300 + ".mp4", "x" * 200),
    ],
)
def test_a_recording_may_be_called_after_its_file(name, title):
    assert uploads.title_of(name) == title


def test_a_good_file_waits_for_its_words_and_for_its_owner_only():
    sponsor, form_key = a_sponsor(), uploads.new_form_key()

    uploads.wait_for_words(an_arrived_file(), form_key, sponsor)

    assert uploads.waiting_file(form_key, "film.mp4", a_sponsor()) is None
    waiting = uploads.waiting_file(form_key, "film.mp4", sponsor)
    assert waiting is not None
    assert waiting.words == f"film.mp4 ({size_words(CLIP.stat().st_size)})"
    assert uploads.wait_for_words(waiting, form_key, sponsor) == waiting
    assert form_key not in waiting.path.name


@pytest.mark.parametrize("text", [None, "", "../../etc/passwd", "a" * 15, "A" * 16, "a" * 17])
def test_a_form_key_is_never_anything_else(text):
    assert uploads.checked_form_key(text) != text
    assert uploads.checked_form_key("a2" * 8) == "a2" * 8


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\films\\cut.mp4", "cut.mp4"),
        ("../../etc/passwd", "passwd"),
        ("שיר 🎻.mov", "שיר 🎻.mov"),
        ("a\nb\x00.mp4", "a b.mp4"),
        ("x" * 400, "x" * 255),
        ("", "video"),
        (None, "video"),
    ],
)
def test_a_file_name_is_words(given, kept):
    assert uploads.file_name(given) == kept


@pytest.mark.settings(largest_upload_bytes=5_000_000)
def test_what_is_announced_too_large_is_refused():
    uploads.check_size(5_000_000)
    with pytest.raises(WrongFile, match=r"This file has 10 MB\. Files of up to 5 MB work\."):
        uploads.check_size(10_000_000)


@pytest.mark.settings(free_disk_floor_bytes=2**60)
def test_below_the_floor_of_the_disk_nothing_is_taken(app):
    with pytest.raises(uploads.NoRoomNow, match="There is no room for this file at present"):
        uploads.check_size(1000)
