"""The fast lane gives the view's own answer, or none: every no is the view's, and at the very next range."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from portal.basics import tokens
from portal.basics.roles import UserState
from portal.domain import playback
from portal.domain.media_rights import SEEN_EVERY, Settled
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import MediaFile, MediaKind, SignIn, Stream, User, VideoSession, Viewing
from portal.web.fast_lane import FastLane
from tests.factories import a_grant, a_guest, a_sign_in_token, a_video_session

NOW = datetime.now(UTC)
FILM = bytes(range(256)) * 9000  # more than one stretch
LENGTH = len(FILM)
OF_A_PAGE = {"content-security-policy"}  # of a 416 the view's has a number used once


@pytest.fixture
def recording(app):
    recording = a_video_session()
    upload = tools().media.incoming_folder / tokens.new_key()
    upload.write_bytes(FILM)
    stored = {"store_key": tools().media.adopt(upload), "content_type": "video/mp4", "size_bytes": LENGTH}
    shape = {
        "kind": MediaKind.RENDITION,
        "name": "720p",
        "width": 1280,
        "height": 720,
        "created_at": recording.ready_at,
    }
    with transaction():
        db.session.add(MediaFile(video_session_id=recording.id, **stored, **shape))
    return recording


@pytest.fixture
def guest(recording):
    guest = a_guest()
    a_grant(recording, guest)
    return guest


@pytest.fixture
def browser(client, guest):
    client.sign_in_as(guest)
    return client


@pytest.fixture
def stream(browser, guest, recording):
    """A player whose first bytes have left."""
    sign_in = db.session.scalars(db.select(SignIn).order_by(SignIn.id.desc()).limit(1)).one()
    with transaction():
        stream = playback.start(guest, recording.key, sign_in=sign_in, at=datetime.now(UTC))
    assert isinstance(stream, Stream)
    change(Viewing, delivered_at=datetime.now(UTC))
    return stream


@pytest.fixture
def by_lane(monkeypatch):
    """The paths that the fast lane answered."""
    answered = []
    plain = FastLane._answer

    def noted(lane, environ, asked):
        answer = plain(lane, environ, asked)
        if answer is not None:
            answered.append(environ["PATH_INFO"])
        return answer

    monkeypatch.setattr(FastLane, "_answer", noted)
    return answered


@pytest.fixture
def fetch(browser, stream):
    def fetch(path="1/720p.mp4", method="GET", client=browser, **headers):
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.open(method, f"/media/{stream.key}/{path}", headers=given).response

    return fetch


def change(model, **values):
    with transaction():
        db.session.execute(update(model).values(**values))


ASKED = {
    "all of it": {},
    "a part": {"Range": "bytes=1000-1999"},
    "the rest": {"Range": "bytes=100-"},
    "the end": {"Range": "bytes=-100"},
    "behind the end": {"Range": f"bytes={LENGTH}-"},
    "several parts": {"Range": "bytes=0-1,5-9"},
    "nonsense": {"Range": "bites=0-1"},
    "a part of another file": {"Range": "bytes=0-9", "If-Range": '"another"'},
}


@pytest.mark.parametrize("path", ["1/720p.mp4", "film", "film?version=1"])
@pytest.mark.parametrize("headers", ASKED.values(), ids=ASKED)
def test_the_answer_is_that_of_the_view(fetch, by_lane, monkeypatch, path, headers):
    quick = fetch(path, **headers)
    assert len(by_lane) == 1

    monkeypatch.setattr(Settled, "may_fetch", lambda *_, **__: None)
    slow = fetch(path, **headers)

    assert len(by_lane) == 1
    assert (quick.status_code, quick.data) == (slow.status_code, slow.data)
    given = [
        {(name.lower(), value) for name, value in answer.headers if name.lower() not in OF_A_PAGE}
        for answer in (quick, slow)
    ]
    assert given[0] == given[1]
    assert "default-src 'none'" in quick.headers["Content-Security-Policy"]


def test_what_has_to_be_written_down_is_the_views(fetch, by_lane):
    change(Viewing, delivered_at=None)
    assert fetch(Range="bytes=0-9").status_code == 206
    assert by_lane == []
    assert db.session.scalars(db.select(Viewing.delivered_at)).one() is not None

    change(Stream, seen_at=datetime.now(UTC) - SEEN_EVERY)
    assert fetch(Range="bytes=0-9").status_code == 206
    assert by_lane == []
    assert datetime.now(UTC) - db.session.scalars(db.select(Stream.seen_at)).one() < SEEN_EVERY

    long_ago = datetime.now(UTC) - timedelta(minutes=2)
    change(SignIn, last_seen_at=long_ago)
    assert fetch(Range="bytes=0-9").status_code == 206
    assert by_lane == []
    assert db.session.scalars(db.select(SignIn.last_seen_at)).one() > long_ago

    assert fetch(Range="bytes=0-9").status_code == 206
    assert len(by_lane) == 1


@pytest.mark.parametrize(
    ("model", "ending"),
    [
        (VideoSession, {"is_published": False}),
        (VideoSession, {"binned_at": datetime.now(UTC)}),
        (VideoSession, {"media_version": 2}),
        (User, {"state": UserState.DISABLED}),
        (SignIn, {"ended_at": datetime.now(UTC)}),
        (Stream, {"ended_at": datetime.now(UTC)}),
        (Viewing, {"given_back_at": datetime.now(UTC)}),
    ],
    ids=lambda said: next(iter(said)) if isinstance(said, dict) else said.__name__,
)
def test_a_right_that_ends_stops_the_very_next_range(fetch, by_lane, model, ending):
    assert fetch(Range="bytes=0-9").status_code == 206
    assert len(by_lane) == 1

    change(model, **ending)

    for path in ("1/720p.mp4", "film?version=1"):
        refused = fetch(path, Range="bytes=0-9")
        assert refused.status_code == 404
        assert "Content-Range" not in refused.headers
    assert len(by_lane) == 1


def test_an_address_is_worthless_in_any_other_browser(app, fetch, new_client, guest, by_lane):
    friend, same_person, nobody = new_client(), new_client(), new_client()
    friend.sign_in_as(a_guest())
    same_person.sign_in_as(guest)

    for client in (friend, same_person, nobody):
        assert fetch(client=client, Range="bytes=0-9").status_code == 404
    assert by_lane == []


def test_a_cookie_that_was_not_signed_here_names_nobody(app, guest, stream, by_lane):
    token = a_sign_in_token(guest)
    with transaction():
        sign_in = db.session.scalars(db.select(SignIn).where(SignIn.token_hash == tokens.hash_token(token))).one()
        db.session.execute(update(Stream).values(sign_in_id=sign_in.id))
    name, path = app.config["SESSION_COOKIE_NAME"], f"/media/{stream.key}/1/720p.mp4"
    signer = app.session_interface.get_signing_serializer(app)
    good = signer.dumps({"sign_in": token})
    forged = [token, good[:-2] + ("AA" if not good.endswith("AA") else "BB"), good.split(".")[0], "", "x" * 4000]
    http = app.test_client(use_cookies=False)

    assert http.get(path, headers={"Cookie": f"{name}={good}", "Range": "bytes=0-9"}).status_code == 206
    assert len(by_lane) == 1
    for cookie in forged:
        assert http.get(path, headers={"Cookie": f"{name}={cookie}", "Range": "bytes=0-9"}).status_code == 404
    assert len(by_lane) == 1


@pytest.mark.parametrize(
    "path", ["1/720p.mp4?x=1", "film?version=one", "film?version=1&x=2", "download", "1/master.m3u8"]
)
def test_what_is_odd_or_no_film_is_the_views(fetch, by_lane, path):
    fetch(path)

    assert by_lane == []


def test_what_fails_is_the_views(fetch, by_lane, monkeypatch):
    def broken(*_, **__):
        raise sqlite3.OperationalError("the line is gone")

    monkeypatch.setattr(Settled, "may_fetch", broken)

    assert fetch(Range="bytes=0-9").status_code == 206
    assert by_lane == []


def test_a_head_is_the_views_and_delivers_nothing(fetch, by_lane):
    assert fetch(method="HEAD", Range="bytes=0-9").status_code == 206
    assert by_lane == []
