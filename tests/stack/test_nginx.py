"""The portal behind nginx, with the configuration of deploy/nginx."""

import http.client
import socket
import ssl
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from portal.settings import ROOT
from portal.storage.db import db
from portal.storage.models import MediaFile, MediaKind
from tests.services import nginx_in_front
from tests.stack.places import BEHIND_NGINX, FILM, a_place

CERTIFICATE = ROOT / "tests" / "mail" / "certificate.pem"
SECRET_WORDS = ("x-accel", "x-amz", "x-portal", "/_media/", "signature")


@pytest.fixture(scope="module", params=BEHIND_NGINX)
def place(request, sqlite_template):
    with a_place(request.param, sqlite_template) as place:
        yield place


@pytest.fixture
def viewer(place):
    return place.new_viewer()


def everything_in(answer) -> str:
    status, headers, data = answer
    return f"{status} {headers} {data.decode('latin-1') if len(data) < 5000 else ''}".lower()


def test_where_the_file_is_never_reaches_the_browser(viewer):
    answers = [
        viewer.fetch("bytes=0-99"),
        viewer.fetch("bytes=0-"),
        viewer.fetch(method="HEAD"),
        viewer.fetch(f"bytes={len(FILM)}-"),
        viewer.place.fetch(viewer.poster, Cookie=viewer.cookie),
    ]

    assert [status for status, _headers, _data in answers] == [206, 206, 200, 416, 200]
    for answer in answers:
        assert not [word for word in SECRET_WORDS if word in everything_in(answer)]


def test_nobody_gets_in_by_the_inner_door(viewer):
    with viewer.place.app.app_context():
        key = _key_of_the_film()
        inner = viewer.place.app.extensions["portal"].media.address_for_nginx(key)

    for path in (inner, inner.split("?")[0], "/_media/", "/%5fmedia/" + key, "/x/..//_media/" + key):
        status, _headers, data = viewer.place.fetch(path, Cookie=viewer.cookie)
        assert status == 404
        assert FILM[:50] not in data
    asked = {"X-Accel-Redirect": inner, "X-Portal-Range": "bytes=0-9"}
    status, _headers, _data = viewer.place.fetch(viewer.film, **asked)
    assert status == 404


def test_what_the_store_has_lost_or_refuses_is_told_in_words_of_ours(viewer):
    with viewer.place.app.app_context():
        key = _key_of_the_film()
        kept = viewer.place.app.extensions["portal"].media.read(key)
    here = _file_of(viewer.place, key)
    away = here.with_name("away")
    here.rename(away)
    try:
        answer = viewer.fetch("bytes=0-99")
    finally:
        away.rename(here)

    assert (answer[0], answer[1]["Retry-After"]) == (503, "5")
    assert not [word for word in (*SECRET_WORDS, key, "<html", "xml", "recordings/") if word in everything_in(answer)]
    assert answer[1].get_all("Cache-Control") == ["private, no-store"]
    assert viewer.fetch("bytes=0-99")[2] == kept[:100]


def test_a_large_body_is_let_in_for_files_alone(place):
    status, headers, data = place.fetch("/sign-in", method="POST", body=bytes(1024 * 1024 + 1))
    of_the_portal = [
        place.fetch(path, method="POST", body=bytes(1024 * 1024 + 1))[2] for path in ("/sessions", "/uploads")
    ]

    assert (status, data) == (413, b"This is more than the portal takes here.\n")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert data not in of_the_portal  # whatever it thinks of a stranger's file


def test_a_file_on_its_way_in_is_seen_by_the_portal_at_once(place):
    """It is not gathered by nginx first: a sender whom the portal refuses is told before the file has left."""
    with socket.create_connection(("127.0.0.1", place.port), timeout=60) as line:
        line.sendall(
            b"POST /sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            b"Content-Length: 9000000000\r\n\r\n--x\r\n"
        )
        assert line.recv(100).startswith(b"HTTP/1.1 ")


def test_who_asks_is_what_nginx_sees_and_not_what_they_say(tmp_path):
    heard = []

    class Listening(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.headers)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_words):
            pass

    with HTTPServer(("127.0.0.1", 0), Listening) as server:
        Thread(target=server.handle_request).start()
        with nginx_in_front(f"127.0.0.1:{server.server_port}", kept=tmp_path) as port:
            said = {"Host": "portal.example", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/", headers=said)
            assert connection.getresponse().status == 204
            connection.close()

    [headers] = heard
    assert headers.get_all("X-Forwarded-For") == ["127.0.0.1"]
    assert headers.get_all("X-Forwarded-Proto") == ["http"]
    assert headers.get_all("Host") == ["portal.example"]


def test_a_portal_that_is_away_is_told_in_a_sentence(tmp_path):
    with nginx_in_front(f"unix:{tmp_path}/nobody.sock", kept=tmp_path) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/")
        answer = connection.getresponse()
        words = answer.read()
        connection.close()

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert words.startswith(b"The portal does not answer just now")


def test_the_site_as_we_give_it_away_serves_by_https(place):
    """Names, ports and certificate are changed, nothing else."""
    socket_file = place.app.extensions["portal"].settings.bind.removeprefix("unix:")
    with nginx_in_front(
        f"unix:{socket_file}",
        kept=place.app.extensions["portal"].settings.media_folder / "kept",
        certificate=CERTIFICATE,
        front="localhost",
    ) as port:
        line = ssl.create_default_context(cafile=str(CERTIFICATE))
        line.check_hostname = False
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=line)
        connection.request("GET", "/alive")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"alive\n")
        connection.close()


def test_every_file_of_the_configuration_is_used():
    """Nothing is given away that no test has tried."""
    folder = ROOT / "deploy" / "nginx"
    named = "".join(file.read_text() for file in folder.rglob("*.conf"))

    for file in (folder / "portal").iterdir():
        assert f"portal/{file.name}" in named


def _key_of_the_film() -> str:
    key = db.session.scalars(db.select(MediaFile.store_key).where(MediaFile.kind == MediaKind.RENDITION)).one()
    db.session.remove()
    return key


def _file_of(place, key: str) -> Path:
    if place.s3:
        return place.s3.folder / place.s3.bucket / "portal" / key
    return place.app.extensions["portal"].settings.media_folder / "kept" / key[:2] / key
