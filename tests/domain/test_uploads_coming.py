"""Files that come in pieces: begun, gone on with from anywhere, whole, refused, given up, forgotten."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from portal.basics.errors import NotFound
from portal.domain import library, options, uploads
from portal.domain.uploads import NotHere, NotWhole, OverQuota, WrongFile
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.media_store import NoRoom
from portal.storage.models import Job, MediaFile, Upload, User, VideoSession, VideoState
from portal.storage.partial_files import BeingWritten
from tests.factories import NOON, a_folder, a_sponsor, a_video_session, an_admin
from tests.media_samples import CLIP

pytestmark = pytest.mark.usefixtures("app")

FILM = CLIP.read_bytes()
GIGABYTE = 1024**3


@pytest.fixture
def dana():
    return a_sponsor(name="Dana Lee")


def begun(by, **given):
    values: dict[str, Any] = {"name": "final-cut.mp4", "title": "Quartet", "size_bytes": len(FILM), "at": NOON} | given
    with transaction():
        return uploads.begin(by=by, **values)


def sent(upload, content=FILM, offset=0):
    return uploads.write(upload, offset, iter([content]))


def finished(upload):
    return uploads.finish(upload, within=transaction, at=NOON)


def incoming():
    names = [path.name for path in tools().media.incoming_folder.iterdir()]
    return sorted(name for name in names if name != "uploads.guard")


def kept_files():
    kept = tools().media.incoming_folder.parent / "kept"
    return [path.name for path in kept.rglob("*") if path.is_file()]


def count(model):
    return db.session.scalar(db.select(db.func.count()).select_from(model))


# Coming and becoming


def test_a_file_that_came_in_two_halves_becomes_a_session(dana):
    folder = a_folder(owner=dana)
    upload = begun(dana, title=" Quartet  in C ", description="two\r\nlines", folder=folder)

    half = sent(upload, FILM[:500_000])
    assert (half, uploads.arrived_bytes(upload)) == (500_000, 500_000)
    sent(upload, FILM[500_000:], offset=500_000)
    video_session = finished(upload)

    assert (video_session.title, video_session.description) == ("Quartet in C", "two\nlines")
    assert (video_session.folder_id, video_session.state) == (folder.id, VideoState.PROCESSING)
    [original] = db.session.scalars(db.select(MediaFile))
    assert (original.uploaded_name, original.size_bytes) == ("final-cut.mp4", len(FILM))
    assert tools().media.read(original.store_key) == FILM
    assert db.session.scalar(db.select(Job)).subject_id == video_session.id
    assert incoming() == []


def test_asked_twice_it_becomes_one_session(dana):
    upload = begun(dana)
    sent(upload)

    assert finished(upload) is finished(upload)
    assert (count(VideoSession), len(kept_files())) == (1, 1)
    assert uploads.arrived_bytes(upload) == len(FILM)


def test_a_server_that_is_killed_at_the_last_byte_loses_nothing(dana, monkeypatch):
    upload = begun(dana)
    sent(upload)

    class Killed(BaseException):
        pass

    def killed(*_given, **_more):
        raise Killed

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("portal.domain.uploads.finishing._settle", killed)
        with pytest.raises(Killed):
            finished(upload)
    assert (count(VideoSession), uploads.arrived_bytes(upload)) == (0, len(FILM))

    [left] = uploads.left_whole(at=NOON + timedelta(minutes=2))
    assert uploads.left_whole(at=NOON) == []
    assert finished(left) is not None
    assert len(kept_files()) == 1


def test_before_all_is_there_nothing_becomes_of_it(dana):
    upload = begun(dana)
    sent(upload, FILM[:-1])

    with pytest.raises(NotWhole):
        finished(upload)
    assert uploads.left_whole(at=NOON + timedelta(days=1)) == []


def test_a_whole_file_that_is_no_video_is_refused_with_words_and_its_bytes_go(dana):
    content = b"#EXTM3U\nfile:///etc/passwd\n" * 100
    upload = begun(dana, size_bytes=len(content))
    sent(upload, content)

    assert finished(upload) is None
    assert finished(upload) is None

    [line] = uploads.unfinished_of(dana)
    assert line.is_refused
    assert line.upload.failure == "This file is not a video we can read. MP4, MOV and WebM work."
    assert (count(VideoSession), incoming(), kept_files()) == (0, [], [])


def test_another_video_takes_the_place_of_what_plays_once_it_is_whole(dana):
    video_session = a_video_session(owner=dana, media_version=1)
    upload = begun(dana, video_session=video_session, title="")
    sent(upload, FILM[:100])
    assert db.session.get_one(VideoSession, video_session.id).next_version is None

    sent(upload, FILM[100:], offset=100)
    assert finished(upload).id == video_session.id

    fresh = db.session.get_one(VideoSession, video_session.id, populate_existing=True)
    assert (fresh.state, fresh.media_version, fresh.next_version) == (VideoState.READY, 1, 2)
    assert fresh.title == video_session.title


def test_a_recording_that_went_meanwhile_takes_nothing(dana):
    other = a_sponsor()
    video_session = a_video_session(owner=dana)
    upload = begun(dana, video_session=video_session)
    sent(upload)
    with transaction():
        db.session.get_one(VideoSession, video_session.id).owner_id = other.id

    assert finished(upload) is None

    assert upload.failure == "The recording it was sent for is not there any more."
    assert kept_files() == []


# Where it goes on


@pytest.mark.parametrize("offset", [0, 99, 101])
def test_bytes_that_do_not_go_on_where_the_file_ends_are_not_taken(dana, offset):
    upload = begun(dana)
    sent(upload, FILM[:100])

    with pytest.raises(NotHere):
        sent(upload, FILM[offset:], offset=offset)

    assert uploads.arrived_bytes(upload) == 100


def test_more_than_was_announced_is_not_taken(dana):
    upload = begun(dana, size_bytes=10)

    with pytest.raises(WrongFile):
        uploads.write(upload, 0, iter([b"12345", b"678901"]))

    assert uploads.arrived_bytes(upload) == 5


def test_two_browsers_never_write_at_once(dana):
    upload = begun(dana)

    def pieces():
        yield FILM[:100]
        with pytest.raises(BeingWritten):
            sent(upload, FILM[100:], offset=100)
        with pytest.raises(BeingWritten):
            finished(upload)
        yield FILM[100:]

    assert uploads.write(upload, 0, pieces()) == len(FILM)
    assert finished(upload) is not None


def test_when_others_fill_the_disk_what_has_come_stays_until_there_is_room(dana, monkeypatch):
    upload = begun(dana)
    sent(upload, FILM[:1000])
    with monkeypatch.context() as full:
        full.setattr(tools().media, "has_room_for", lambda _size: False)
        with pytest.raises(NoRoom):
            sent(upload, FILM[1000:], offset=1000)

    assert sent(upload, FILM[1000:], offset=1000) == len(FILM)


def test_nobody_but_who_began_it_finds_it(dana):
    upload = begun(dana)

    assert uploads.find(upload.key, dana) is upload
    for other in (a_sponsor(), an_admin()):
        with pytest.raises(NotFound):
            uploads.find(upload.key, other)
        assert uploads.unfinished_of(other) == []


# What can be begun


def test_the_same_form_again_finds_what_it_began(dana):
    first = begun(dana, form_key="a" * 16)

    assert begun(dana, form_key="a" * 16) is first
    assert begun(a_sponsor(), form_key="a" * 16) is not first


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"size_bytes": 0}, "This file is empty"),
        ({"size_bytes": 6_000_000}, r"This file has 6 MB\. Files of up to 5 MB work\."),
        ({"title": " "}, "Say what it is called"),
        ({"title": "x" * 201}, "Titles have at most 200 characters"),
        ({"description": "x" * 5001}, "Descriptions have at most 5,000 characters"),
    ],
)
@pytest.mark.settings(largest_upload_bytes=5_000_000)
def test_what_cannot_become_a_recording_is_refused_before_a_byte_comes(dana, given, words):
    with pytest.raises((WrongFile, library.WrongTitle, library.WrongDescription), match=words):
        begun(dana, **given)

    assert count(Upload) == 0


def test_anothers_folder_takes_nothing(dana):
    with pytest.raises(NotFound):
        begun(dana, folder=a_folder())


@pytest.mark.settings(free_disk_floor_bytes=2**60)
def test_below_the_floor_of_the_disk_nothing_is_begun(dana):
    with pytest.raises(uploads.NoRoomNow):
        begun(dana)


def test_so_many_unfinished_ones_are_enough(dana, monkeypatch):
    monkeypatch.setattr("portal.domain.uploads.coming.MOST_AT_ONCE", 2)
    for _ in range(2):
        begun(dana)

    with pytest.raises(WrongFile, match="2 uploads are not finished yet"):
        begun(dana)


# The space of each sponsor


@pytest.fixture
def _one_gigabyte(app):
    admin = an_admin()
    with transaction():
        options.set_upload_quota(1, by=admin, at=NOON)


@pytest.mark.usefixtures("_one_gigabyte")
def test_what_is_kept_and_what_is_coming_share_one_space(dana):
    begun(dana, size_bytes=GIGABYTE - 3_000_000)
    assert uploads.space_of(dana.id).left == 3_000_000
    kept = begun(dana)
    sent(kept)
    finished(kept)
    assert uploads.space_of(dana.id).left == 3_000_000 - len(FILM)

    with pytest.raises(OverQuota, match=r"This file has 2 MB, and 2 MB are left of 1 GB\."):
        begun(dana, size_bytes=2_000_000)
    begun(a_sponsor(), size_bytes=GIGABYTE)


@pytest.mark.usefixtures("_one_gigabyte")
def test_of_several_that_begin_at_once_only_so_many_do_as_there_is_space_for(app, dana):
    gate, dana_id = Barrier(4), dana.id

    def begin() -> bool:
        with app.app_context():
            by = db.session.get_one(User, dana_id)
            gate.wait(timeout=30)
            try:
                begun(by, size_bytes=GIGABYTE * 6 // 10)
            except OverQuota:
                return False
            return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(lambda _: Context().run(begin), range(4))) == 1


@pytest.mark.usefixtures("_one_gigabyte")
def test_what_is_given_up_or_refused_takes_no_space(dana):
    given_up, refused = begun(dana, size_bytes=GIGABYTE - 10), begun(dana, size_bytes=10)
    sent(refused, b"not a film")
    finished(refused)
    with transaction():
        uploads.give_up(given_up, by=dana)

    assert uploads.space_of(dana.id).taken == 0
    assert begun(dana, size_bytes=GIGABYTE)


@pytest.mark.usefixtures("_one_gigabyte")
def test_what_comes_for_a_recording_takes_its_owners_space(dana):
    video_session = a_video_session(owner=dana)
    begun(an_admin(), video_session=video_session, size_bytes=GIGABYTE)

    assert uploads.space_of(dana.id).left == 0
    with pytest.raises(OverQuota):
        begun(dana, size_bytes=1)


@pytest.mark.usefixtures("_one_gigabyte")
def test_a_whole_form_is_held_by_the_same_space(dana):
    begun(dana, size_bytes=GIGABYTE - 10)
    stored = uploads.Stored("0" * 32, "film.mp4", "video/mp4", 11)

    with pytest.raises(OverQuota), transaction():
        uploads.start(stored, title="T", description="", folder=None, form_key=None, by=dana, at=NOON)


# Given up and forgotten


def test_what_is_given_up_leaves_nothing(dana):
    upload = begun(dana)
    sent(upload, FILM[:1000])

    other = a_sponsor()
    with pytest.raises(NotFound), transaction():
        uploads.give_up(upload, by=other)
    with transaction():
        uploads.give_up(upload, by=dana)

    assert (count(Upload), incoming()) == (0, [])


def test_what_nobody_goes_on_with_for_a_day_is_forgotten(dana):
    abandoned, gone_on_with = begun(dana), begun(dana)
    sent(abandoned, FILM[:1000])
    sent(gone_on_with, FILM[:1000])
    with transaction():
        uploads.note(gone_on_with, at=NOON + timedelta(hours=20))

    with transaction():
        assert uploads.forget_abandoned(at=NOON + timedelta(hours=23)) == 0
    with transaction():
        assert uploads.forget_abandoned(at=NOON + timedelta(hours=25)) == 1

    assert [line.upload.key for line in uploads.unfinished_of(dana)] == [gone_on_with.key]
    assert [name for name in incoming() if abandoned.key in name] == []
    assert uploads.arrived_bytes(gone_on_with) == 1000


def test_why_something_was_refused_can_be_read_for_a_week(dana):
    upload = begun(dana, size_bytes=10)
    sent(upload, b"not a film")
    finished(upload)

    with transaction():
        uploads.forget_abandoned(at=NOON + timedelta(days=6))
    assert len(uploads.unfinished_of(dana)) == 1
    with transaction():
        uploads.forget_abandoned(at=NOON + timedelta(days=8))
    assert uploads.unfinished_of(dana) == []


def test_lists_say_how_far_each_is_newest_first(dana):
    video_session = a_video_session(owner=dana, title="Panel on tidal mud")
    begun(dana, title="Quartet", size_bytes=4 * GIGABYTE)
    replacing = begun(dana, video_session=video_session, size_bytes=2000)
    sent(replacing, bytes(1000))

    lines = uploads.unfinished_of(dana)

    assert [(line.title, line.words) for line in lines] == [
        ("Panel on tidal mud", "1000 bytes of 2 kB"),
        ("Quartet", "0 bytes of 4 GB"),
    ]
    assert [line.title for line in uploads.unfinished_of(dana, video_session=video_session)] == ["Panel on tidal mud"]
