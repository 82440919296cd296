"""Uploading in pages: what is kept, what is refused and in which words, and what is left behind (nothing)."""

import io
from functools import partial

import pytest
from werkzeug.test import stream_encode_multipart

from portal.domain import options
from portal.domain.work import tools
from portal.storage.db import db
from portal.storage.models import AuditEvent, Job, MediaFile, VideoSession, VideoState
from tests.factories import a_folder, a_guest, a_sponsor, a_video_session
from tests.media_samples import CLIP

LARGE = 3 * 1024 * 1024


@pytest.fixture
def browser(client, sponsor):
    client.sign_in_as(sponsor)
    return client


@pytest.fixture
def film():
    """What a form sends for the film clip, with zeros behind it: larger than any other form may be."""
    return lambda name="final-cut.mp4": (io.BytesIO(CLIP.read_bytes() + bytes(LARGE)), name)


@pytest.fixture(autouse=True)
def _bodies_in_memory(monkeypatch):
    """The test client leaves the temporary files open in which it puts larger bodies."""
    monkeypatch.setattr("werkzeug.test.stream_encode_multipart", partial(stream_encode_multipart, use_tempfile=False))


def incoming():
    return [path.name for path in tools().media.incoming_folder.iterdir()]


def kept_files():
    kept = tools().media.incoming_folder.parent / "kept"
    return [path.name for path in kept.rglob("*") if path.is_file()]


def sessions():
    return list(db.session.scalars(db.select(VideoSession).order_by(VideoSession.id)))


def test_an_uploaded_recording_is_being_prepared(browser, sponsor, film):
    folder = a_folder(owner=sponsor, title="Donors 2026")
    browser.get(f"/sessions/new?folder={folder.key}")

    page = browser.press("Upload the recording", title="What your gift built 🎓", file=film(), follow=True)

    assert page.heading == "What your gift built 🎓"
    assert "You can invite people meanwhile" in page.text
    [video_session] = sessions()
    assert (video_session.owner_id, video_session.folder_id) == (sponsor.id, folder.id)
    assert video_session.state is VideoState.PROCESSING
    [original] = db.session.scalars(db.select(MediaFile))
    assert (original.uploaded_name, original.content_type) == ("final-cut.mp4", "video/mp4")
    assert tools().media.read(original.store_key) == CLIP.read_bytes() + bytes(LARGE)
    [job] = db.session.scalars(db.select(Job))
    assert (job.kind, job.subject_id) == ("process-session", video_session.id)
    [entry] = db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == "session:uploaded"))
    assert entry.facts["file"] == "final-cut.mp4"
    assert incoming() == []


def test_a_wrong_title_loses_neither_words_nor_file(browser, film):
    browser.get("/sessions/new")
    page = browser.press("Upload the recording", title="x" * 300, description="A note", file=film())

    assert page.status == 422
    assert page.errors == ["Error: Titles have at most 200 characters; this one has 300."]
    assert page.value("title") == "x" * 300
    assert page.value("description") == "A note"
    assert "final-cut.mp4 (4 MB) is kept." in page.text
    assert sessions() == []

    page = browser.press("Upload the recording", title="Short", follow=True)

    assert page.heading == "Short"
    [original] = db.session.scalars(db.select(MediaFile))
    assert original.uploaded_name == "final-cut.mp4"
    assert tools().media.size(original.store_key) == CLIP.stat().st_size + LARGE
    assert incoming() == []


def test_nobody_gets_at_a_file_that_waits_for_another(browser, new_client, film):
    browser.get("/sessions/new")
    form_key = browser.press("Upload the recording", title="", file=film()).value("form_key")
    other = new_client()
    other.sign_in_as(a_sponsor())
    other.get("/sessions/new")

    page = other.press("Upload the recording", title="Mine", form_key=form_key, kept_name="final-cut.mp4")

    assert page.errors == ["Error: Choose a video file"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "This file is empty. Choose the video again."),
        (b"%PDF-1.7 a report" * 100, "This file is not a video we can read. MP4, MOV and WebM work."),
        (b"#EXTM3U\nfile:///etc/passwd", "This file is not a video we can read. MP4, MOV and WebM work."),
        (CLIP.read_bytes()[:300_000], "This file is cut off: its end is missing. Upload it again."),
    ],
    ids=["empty", "pdf", "playlist", "cut"],
)
def test_what_is_no_video_is_refused_beside_the_field(browser, content, words):
    browser.get("/sessions/new")
    page = browser.press("Upload the recording", title="Kept", file=(io.BytesIO(content), "film.mp4"))

    assert page.status == 422
    assert page.errors == [f"Error: {words}"]
    assert page.value("title") == "Kept"
    assert (sessions(), incoming(), kept_files()) == ([], [], [])


def test_no_file_at_all(browser):
    browser.get("/sessions/new")

    page = browser.press("Upload the recording", title="", file=(io.BytesIO(), ""))

    assert page.errors == ["Error: Say what it is called", "Error: Choose a video file"]


def test_the_same_form_sent_twice_makes_one_recording(browser, film):
    browser.get("/sessions/new")
    first_page = browser.current
    first = browser.press("Upload the recording", title="Once", file=film())
    browser.current = first_page

    second = browser.press("Upload the recording", title="Once", file=film())

    assert second.location == first.location
    assert len(sessions()) == 1
    assert len(kept_files()) == 1
    assert incoming() == []


def test_the_same_title_twice_is_fine(browser, film):
    for _ in range(2):
        browser.get("/sessions/new")
        browser.press("Upload the recording", title="Rehearsal", file=film())

    assert [video_session.title for video_session in sessions()] == ["Rehearsal", "Rehearsal"]


def test_names_of_files_are_words_only(browser, film):
    browser.get("/sessions/new")
    browser.press("Upload the recording", title="T", file=film("C:\\films\\..\\../etc/pass\twd\x00.mp4"))

    [original] = db.session.scalars(db.select(MediaFile))
    assert original.uploaded_name == "pass wd.mp4"


# Before a byte is read


@pytest.mark.parametrize("who", ["stranger", "guest"])
def test_a_large_body_is_read_for_sponsors_alone(client, app, film, who):
    if who == "guest":
        client.sign_in_as(a_guest())
    body = Unread(LARGE)

    answer = _send_unread(client, body)

    assert answer.status == (303 if who == "stranger" else 403)
    assert not body.was_read


def test_other_forms_stay_small(browser):
    token = browser.get("/folders/new").value("csrf_token")

    answer = browser.open("POST", "/folders/new", data={"csrf_token": token, "title": "x" * LARGE})

    assert answer.status == 413


@pytest.mark.settings(largest_upload_bytes=2_000_000)
def test_a_file_beyond_the_limit_is_refused_unread(browser):
    body = Unread(9_000_000)

    answer = _send_unread(browser, body)

    assert answer.status == 413
    assert "This file has 9 MB. Files of up to 2 MB work." in answer.text
    assert not body.was_read


def test_without_room_on_the_disk_an_upload_is_refused_unread(browser, monkeypatch):
    monkeypatch.setattr(tools().media, "has_room_for", lambda _size: False)
    body = Unread(LARGE)

    page = _send_unread(browser, body)

    assert page.status == 507
    assert page.heading == "There is no room for this file"
    assert "There is no room for this file at present." in page.text
    assert not body.was_read


def test_when_the_disk_fills_up_meanwhile_nothing_is_left(browser, monkeypatch):
    browser.get("/sessions/new")
    monkeypatch.setattr("portal.web.sponsor.uploads._LOOK_AGAIN", 100_000)
    monkeypatch.setattr(tools().media, "has_room_for", lambda size: size > 0)

    page = browser.press("Upload the recording", title="T", file=(io.BytesIO(CLIP.read_bytes()), "film.mp4"))

    assert page.status == 507
    assert (sessions(), incoming(), kept_files()) == ([], [], [])


def test_a_body_without_an_announced_length_is_refused(browser):
    answer = browser.open("POST", "/sessions/new", content_type="multipart/form-data; boundary=b")

    assert answer.status in (400, 411)
    assert sessions() == []


def test_an_upload_that_is_cut_off_leaves_nothing(browser):
    browser.get("/sessions/new")
    head = (
        f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{browser.current.value("csrf_token")}\r\n'
        '--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nT\r\n'
        '--b\r\nContent-Disposition: form-data; name="file"; filename="film.mp4"\r\n\r\n'
    ).encode()

    answer = browser.open(
        "POST",
        "/sessions/new",
        input_stream=io.BytesIO(head + CLIP.read_bytes()[:500_000]),
        content_type="multipart/form-data; boundary=b",
        content_length=LARGE,
    )

    assert answer.status == 400
    assert (sessions(), incoming(), kept_files()) == ([], [], [])


def test_a_forged_form_leaves_nothing(browser, film):
    answer = browser.open("POST", "/sessions/new", data={"title": "T", "file": film()})

    assert answer.status == 400
    assert (sessions(), incoming(), kept_files()) == ([], [], [])


def test_one_form_brings_one_file(browser, film):
    browser.get("/sessions/new")
    token = browser.current.value("csrf_token")

    answer = browser.open(
        "POST", "/sessions/new", data={"csrf_token": token, "title": "T", "file": film(), "other": film()}
    )

    assert answer.status == 400
    assert incoming() == []


# Another file for a failed one


def test_a_failed_recording_gets_another_file_and_keeps_its_people(browser, sponsor, film):
    video_session = a_video_session(
        owner=sponsor, title="Quartet", state=VideoState.FAILED, ready_at=None, failure="There is no picture in it."
    )
    browser.get(f"/sessions/{video_session.key}")
    page = browser.click("Upload another file")
    assert "There is no picture in it." in page.text

    wrong = browser.press("Upload the file", file=(io.BytesIO(b"nonsense" * 99), "film.mp4"))
    assert wrong.errors == ["Error: This file is not a video we can read. MP4, MOV and WebM work."]
    page = browser.press("Upload the file", file=film(), follow=True)

    assert page.heading == "Quartet"
    assert "Being prepared, 0%" in page.text
    assert len(kept_files()) == 1


def test_a_recording_that_plays_gets_another_video_and_goes_on_playing(browser, sponsor, film):
    video_session = a_video_session(owner=sponsor, title="Quartet", media_version=1)
    page = browser.get(f"/sessions/{video_session.key}/upload")
    assert page.heading == "Replace the video"
    assert "The present video goes on playing until the new one is prepared." in page.text

    browser.press("Upload the file", file=film())

    [fresh] = sessions()
    assert (fresh.state, fresh.media_version, fresh.next_version) == (VideoState.READY, 1, 2)


def test_a_file_beyond_the_owners_space_is_told_beside_the_field(browser, film, monkeypatch):
    monkeypatch.setattr(options, "GIGABYTE", 1000)
    browser.get("/sessions/new")
    assert "0 bytes of 488 kB are taken." in browser.current.text

    page = browser.press("Upload the recording", title="Kept", file=film())

    assert page.status == 422
    assert "This file has 4 MB, and 488 kB are left of 488 kB." in page.errors[0]
    assert page.value("title") == "Kept"
    assert (sessions(), incoming(), kept_files()) == ([], [], [])


class Unread(io.BytesIO):
    """A body of so many bytes that nobody should ask for."""

    was_read = False

    def __init__(self, length):
        super().__init__(bytes(length))

    def read(self, size=-1):
        self.was_read = True
        return super().read(size)

    def readinto(self, buffer):
        self.was_read = True
        return super().readinto(buffer)


def _send_unread(browser, body):
    return browser.open(
        "POST",
        "/sessions/new",
        input_stream=body,
        content_type="multipart/form-data; boundary=b",
    )
