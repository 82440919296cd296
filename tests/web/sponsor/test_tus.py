"""Uploads in pieces over HTTP: the tus protocol, 1.0, and what our script asks beside it."""

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain import uploads
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.media_store import StoreAway
from portal.storage.models import MediaFile, Upload, VideoSession
from tests.factories import a_folder, a_guest, a_sponsor, a_video_session, an_admin
from tests.media_samples import CLIP

FILM = CLIP.read_bytes()
SIZE = len(FILM)
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = "application/offset+octet-stream"


@pytest.fixture
def browser(client, sponsor):
    client.sign_in_as(sponsor)
    return client


def asked(browser, method, url, *, headers=None, **options):
    """As our script asks: with the token of the page in a header."""
    token = browser.get("/sessions/new").value("csrf_token") or ""
    return browser.open(method, url, headers={"X-CSRFToken": token, **TUS, **(headers or {})}, **options)


def begun(browser, *, size=SIZE, **words):
    told = {"filename": "final-cut.mp4", "title": "Quartet"} | words
    return asked(browser, "POST", "/uploads", headers={"Upload-Length": str(size)}, data=told)


def sent(browser, url, content, offset=0, **headers):
    given = {"Upload-Offset": str(offset)} | headers
    return asked(browser, "PATCH", url, headers=given, data=content, content_type=PIECE)


def sessions():
    return list(db.session.scalars(db.select(VideoSession).order_by(VideoSession.id)))


# The protocol


def test_a_recording_comes_in_two_pieces_and_its_page_is_told(browser, sponsor):
    folder = a_folder(owner=sponsor)
    made = begun(browser, folder=folder.key, description="Two\r\nlines")
    assert (made.status, made.response.headers["Tus-Resumable"]) == (201, "1.0.0")
    url = made.response.headers["Location"]

    half = sent(browser, url, FILM[:500_000])
    assert (half.status, half.response.headers["Upload-Offset"]) == (204, "500000")
    assert half.response.headers["Upload-Expires"].endswith("GMT")
    assert asked(browser, "POST", f"{url}/finish").status == 409
    there = asked(browser, "HEAD", url)
    assert (there.status, there.response.headers["Upload-Offset"]) == (200, "500000")
    assert there.response.headers["Upload-Length"] == str(len(FILM))
    assert there.response.headers["Cache-Control"] == "no-store"
    whole = sent(browser, url, FILM[500_000:], offset=500_000)

    assert whole.response.headers["Upload-Offset"] == str(len(FILM))
    [video_session] = sessions()
    assert (video_session.title, video_session.description) == ("Quartet", "Two\nlines")
    assert (video_session.owner_id, video_session.folder_id) == (sponsor.id, folder.id)
    told = asked(browser, "POST", f"{url}/finish")
    assert (told.status, told.response.json) == (201, {"url": f"/sessions/{video_session.key}", "title": "Quartet"})
    assert asked(browser, "HEAD", url).response.headers["Upload-Offset"] == str(len(FILM))
    assert "Quartet" not in browser.get("/sessions/new").text


def test_what_the_portal_speaks_is_told(browser):
    answer = browser.open("OPTIONS", "/uploads")

    assert answer.status == 200
    assert answer.response.headers["Tus-Version"] == "1.0.0"
    assert answer.response.headers["Tus-Extension"] == "creation,termination,expiration"
    assert answer.response.headers["Tus-Max-Size"] == str(uploads.largest_file())


def test_words_may_stand_in_a_header_as_the_protocol_has_it(browser):
    told = ",".join(
        f"{name} {base64.b64encode(words.encode()).decode()}"
        for name, words in {"filename": "שיר.mov", "title": "שיר\x00\n🎻"}.items()
    )

    made = asked(browser, "POST", "/uploads", headers={"Upload-Length": "5", "Upload-Metadata": told})

    assert made.status == 201
    [upload] = db.session.scalars(db.select(Upload))
    assert (upload.file_name, upload.title) == ("שיר.mov", "שיר 🎻")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "many"}, 400),
        ({"Upload-Length": "9" * 40}, 400),
        ({"Upload-Metadata": "title ?"}, 400),
        ({"Upload-Metadata": "title /w=="}, 400),
    ],
)
def test_what_is_not_the_protocol_begins_nothing(browser, headers, status):
    given = {"Upload-Length": "5"} | headers
    answer = asked(browser, "POST", "/uploads", headers=given)

    assert answer.status == status
    assert db.session.scalar(db.select(Upload)) is None


def test_pieces_go_where_the_file_ends_and_nowhere_else(browser):
    url = begun(browser).response.headers["Location"]
    sent(browser, url, FILM[:100])

    assert sent(browser, url, FILM[:100]).status == 409
    assert sent(browser, url, FILM[200:], offset=200).status == 409
    assert sent(browser, url, FILM + b"more", offset=100).status == 413
    assert asked(browser, "PATCH", url, headers={"Upload-Offset": "100"}, data={"a": "form"}).status == 415
    assert sent(browser, url, b"x", offset=100, **{"Tus-Resumable": "2"}).status == 412


def test_while_another_browser_sends_it_is_busy(browser):
    url = begun(browser).response.headers["Location"]
    [upload] = db.session.scalars(db.select(Upload))

    with uploads.part_of(upload).writing():
        busy = sent(browser, url, FILM)
        finishing = asked(browser, "POST", f"{url}/finish")

    assert (busy.status, finishing.status) == (423, 423)
    assert sent(browser, url, FILM).status == 204


def test_a_body_that_breaks_off_leaves_what_came(browser):
    url = begun(browser).response.headers["Location"]

    sent(browser, url, FILM[:1000], **{"Content-Length": str(len(FILM))})

    assert asked(browser, "HEAD", url).response.headers["Upload-Offset"] == "1000"


def test_a_given_up_one_is_gone(browser):
    url = begun(browser).response.headers["Location"]
    sent(browser, url, FILM[:100])

    assert asked(browser, "DELETE", url).status == 204
    assert asked(browser, "HEAD", url).status == 404
    assert sent(browser, url, FILM).status == 404
    assert [path.name for path in tools().media.incoming_folder.iterdir()] == ["uploads.guard"]


# Refused, with words


@pytest.mark.parametrize(
    ("words", "size", "status", "errors"),
    [
        ({"title": " "}, 5, 422, {"title": "Say what it is called"}),
        (
            {"description": "x" * 5001},
            5,
            422,
            {"description": "Descriptions have at most 5,000 characters; this one has 5,001."},
        ),
        ({"folder": "nobodyskey234567"}, 5, 422, {"folder": "This folder is not there any more. Choose another."}),
        ({}, 0, 422, {"file": "This file is empty. Choose the video again."}),
        ({}, 9_000_000, 422, {"file": "This file has 9 MB. Files of up to 2 MB work."}),
    ],
)
@pytest.mark.settings(largest_upload_bytes=2_000_000)
def test_faults_are_told_by_field_before_a_byte_is_sent(browser, words, size, status, errors):
    answer = begun(browser, size=size, **words)

    assert (answer.status, answer.response.json) == (status, {"errors": errors})


def test_without_room_or_space_nothing_is_begun(browser, monkeypatch):
    monkeypatch.setattr("portal.domain.options.GIGABYTE", 1000)
    beyond = begun(browser)
    assert beyond.status == 413
    assert "488 kB are left of 488 kB" in beyond.response.json["errors"]["file"]

    monkeypatch.setattr(tools().media, "has_room_for", lambda _size: False)
    assert begun(browser, size=5).status == 507


def test_a_disk_that_fills_up_keeps_what_is_there_and_goes_on_later(browser, monkeypatch):
    url = begun(browser).response.headers["Location"]
    sent(browser, url, FILM[:1000])
    with monkeypatch.context() as full:
        full.setattr(tools().media, "has_room_for", lambda _size: False)
        answer = sent(browser, url, FILM[1000:], offset=1000)
    assert answer.status == 507
    assert "There is no room for this file at present." in answer.response.json["errors"]["file"]

    assert sent(browser, url, FILM[1000:], offset=1000).status == 204
    assert len(sessions()) == 1


def test_a_store_that_is_away_costs_nothing_but_patience(browser, monkeypatch):
    url = begun(browser).response.headers["Location"]

    def away(_path):
        raise StoreAway

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(tools().media, "adopt", away)
        assert sent(browser, url, FILM).status == 204
        assert asked(browser, "POST", f"{url}/finish").status == 503

    assert asked(browser, "POST", f"{url}/finish").status == 201
    assert len(sessions()) == 1


def test_what_is_no_video_is_told_and_can_be_taken_off_the_list(browser):
    content = b"#EXTM3U\nfile:///etc/passwd\n" * 100
    url = begun(browser, size=len(content)).response.headers["Location"]
    assert sent(browser, url, content).status == 204

    told = asked(browser, "POST", f"{url}/finish")

    assert told.status == 422
    words = "This file is not a video we can read. MP4, MOV and WebM work."
    assert told.response.json == {"errors": {"file": words}}
    assert asked(browser, "HEAD", url).status == 410
    page = browser.get("/sessions/new")
    assert words in page.text
    assert words in browser.get("/today").text
    browser.get("/sessions/new")
    page = browser.press("Take it off the list final-cut.mp4", follow=True)
    assert page.notices == ["final-cut.mp4 is off the list"]
    assert words not in page.text


def test_what_does_not_begin_as_a_video_is_refused_before_the_rest_is_sent(browser):
    url = begun(browser, size=10_000_000).response.headers["Location"]

    answer = sent(browser, url, b"%PDF-1.7 a report" * 100)

    assert answer.status == 422
    words = "This file is not a video we can read. MP4, MOV and WebM work."
    assert answer.response.json == {"errors": {"file": words}}
    assert sent(browser, url, b"more", offset=1700).status == 410
    assert [path.name for path in tools().media.incoming_folder.iterdir()] == ["uploads.guard"]


# Whose, and from where


def test_another_browser_of_the_same_person_goes_on(browser, sponsor, new_client):
    url = begun(browser).response.headers["Location"]
    sent(browser, url, FILM[:300_000])
    other = new_client()
    other.sign_in_as(sponsor)

    page = other.get("/sessions/new")
    assert "Quartet" in page.text
    assert "293 kB of 1 MB is here" in page.text
    state = asked(other, "GET", url).response.json
    assert (state["offset"], state["size"], state["name"]) == (300_000, len(FILM), "final-cut.mp4")
    marks = state["marks"]
    assert (marks[0]["begins"], marks[-1]["ends"]) == (0, 300_000)
    assert all(hashlib.sha256(FILM[mark["begins"] : mark["ends"]]).hexdigest() == mark["sha256"] for mark in marks)
    assert sent(other, url, FILM[300_000:], offset=300_000).status == 204
    assert len(sessions()) == 1


@pytest.mark.parametrize("who", [a_sponsor, an_admin])
def test_for_everybody_else_there_is_none(browser, new_client, who):
    url = begun(browser).response.headers["Location"]
    other = new_client()
    other.sign_in_as(who())

    answers = [
        asked(other, "HEAD", url),
        asked(other, "GET", url),
        sent(other, url, FILM),
        asked(other, "POST", f"{url}/finish"),
        asked(other, "POST", f"{url}/give-up"),
        asked(other, "GET", f"{url}/give-up"),
        asked(other, "DELETE", url),
    ]

    assert [answer.status for answer in answers] == [404] * 7
    assert "Quartet" not in other.get("/sessions/new").text
    assert db.session.scalar(db.select(db.func.count(Upload.id))) == 1


def test_guests_and_strangers_begin_nothing(client):
    assert client.open("POST", "/uploads", headers=TUS).location.startswith("/sign-in")
    client.sign_in_as(a_guest())
    assert client.open("POST", "/uploads", headers=TUS).status == 403


def test_without_the_token_of_a_page_nothing_is_taken(browser):
    url = begun(browser).response.headers["Location"]
    forged = {**TUS, "Upload-Offset": "0", "Upload-Length": "5"}

    assert browser.open("POST", "/uploads", headers=forged, data={"filename": "a", "title": "b"}).status == 400
    assert browser.open("PATCH", url, headers=forged, data=b"12345", content_type=PIECE).status == 400
    assert browser.open("DELETE", url, headers=forged).status == 400
    elsewhere = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert asked(browser, "DELETE", url, headers=elsewhere).status == 403


def test_signed_out_meanwhile_one_signs_in_and_goes_on_with_a_new_token(browser, sponsor):
    url = begun(browser).response.headers["Location"]
    sent(browser, url, FILM[:1000])
    browser.sign_in_as(sponsor)
    token = browser.get(url).response.json["csrf_token"]

    headers = {**TUS, "X-CSRFToken": token, "Upload-Offset": "1000"}
    assert browser.open("PATCH", url, headers=headers, data=FILM[1000:], content_type=PIECE).status == 204


def test_the_same_form_sent_twice_begins_one(browser):
    first, second = begun(browser, form_key="a" * 16), begun(browser, form_key="a" * 16)

    assert first.response.headers["Location"] == second.response.headers["Location"]


# In the place of another


def test_another_video_comes_in_pieces_for_a_recording_one_looks_after(browser, sponsor):
    video_session = a_video_session(owner=sponsor, title="Opening lecture", media_version=1)
    url = begun(browser, session=video_session.key, title="").response.headers["Location"]
    sent(browser, url, FILM[:1000])
    page = browser.get(f"/sessions/{video_session.key}/upload")
    assert "Uploads on their way Opening lecture final-cut.mp4" in page.text

    sent(browser, url, FILM[1000:], offset=1000)

    [fresh] = sessions()
    assert (fresh.media_version, fresh.next_version) == (1, 2)
    assert db.session.scalar(db.select(MediaFile)).version == 2


def test_anothers_recording_takes_nothing(browser):
    assert begun(browser, session=a_video_session().key).status == 404


# Pages


def test_what_was_cut_off_stands_on_the_days_page_and_is_given_up_on_purpose(browser, sponsor):
    url = begun(browser).response.headers["Location"]
    sent(browser, url, FILM[:300_000])
    assert "is not finished" not in browser.get("/today").text, "somebody is at it"
    with transaction():
        [upload] = db.session.scalars(db.select(Upload))
        upload.touched_at = datetime.now(UTC) - timedelta(hours=1)

    page = browser.get("/today")
    assert page.heading == "One thing needs you"
    assert "The upload of “Quartet” is not finished" in page.text
    page = browser.click("Go on Quartet")
    page = browser.click("Give it up… Quartet")
    assert page.heading == "Give up “final-cut.mp4”?"
    assert re.search(r"293 kB of 1 MB is here, and is deleted", page.text)
    page = browser.press("Give it up", follow=True)

    assert page.notices == ["final-cut.mp4 is given up What was here of it is deleted."]
    assert db.session.scalar(db.select(Upload)) is None
