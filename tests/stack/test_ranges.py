"""Films from a real server: every range is what the file has there, and a right that ends ends the bytes."""

import http.client
import os
import random
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from portal.domain import playback
from portal.domain.work import tools
from portal.settings import ROOT
from portal.storage.db import db, transaction
from portal.storage.models import Grant, MediaFile, MediaKind, SignIn, Stream
from portal.web import sending
from tests.factories import a_grant, a_guest, a_sign_in_token, a_video_session
from tests.services import answers, free_port, running

FILM = random.Random(7).randbytes(9 * sending.STRETCH + 12_345)
SECRETS = {"SECRET_KEY": "tests-" * 8, "PASSWORD_PEPPER": "pepper-" * 8}


@dataclass
class Server:
    """A running gunicorn, and a guest's browser that has pressed play."""

    port: int
    path: str
    cookie: str
    grant_id: int

    def fetch(self, asked: str | None = None, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            headers = {"Cookie": self.cookie} | ({"Range": asked} if asked else {})
            connection.request(method, self.path, headers=headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()


@contextmanager
def gunicorn(folder: Path, database_uri: str, *, workers: int = 1):
    port = free_port()
    own = {"INSTANCE_PATH": str(folder), "SQLALCHEMY_DATABASE_URI": database_uri, **SECRETS, "WEB_THREADS": "8"}
    own["BASE_URL"] = f"http://127.0.0.1:{port}"
    command = ["env", *(f"PORTAL_{name}={value}" for name, value in own.items())]
    command += [sys.executable, "-m", "gunicorn", "--no-control-socket", "--chdir", str(ROOT), "-k", "gthread"]
    command += ["-w", str(workers), "--threads", "8", "-b", f"127.0.0.1:{port}", "wsgi:app"]
    log = folder / "gunicorn"
    log.mkdir()
    with running(command, folder=log, ready=lambda: answers(port)):
        yield port


@pytest.fixture
def server(app, database_uri):
    """The film behind gunicorn, on the same database and media store as the test."""
    film, guest = a_video_session(), a_guest()
    grant = a_grant(film, guest)
    upload = tools().media.incoming_folder / "upload"
    upload.write_bytes(FILM)
    with transaction():
        facts = {"store_key": tools().media.adopt(upload), "content_type": "video/mp4", "size_bytes": len(FILM)}
        db.session.add(
            MediaFile(video_session_id=film.id, kind=MediaKind.RENDITION, created_at=datetime.now(UTC), **facts)
        )
    token = a_sign_in_token(guest)
    sign_in = db.session.scalars(db.select(SignIn)).one()
    with transaction():
        stream = playback.start(guest, film.key, sign_in=sign_in, at=datetime.now(UTC))
    assert isinstance(stream, Stream)
    serializer = app.session_interface.get_signing_serializer(app)
    cookie = f"portal={serializer.dumps({'sign_in': token})}"
    path, grant_id = f"/media/{stream.key}/film", grant.id
    db.session.remove()
    with gunicorn(Path(app.instance_path), database_uri) as port:
        yield Server(port, path, cookie, grant_id)


def test_any_range_is_what_the_file_has_there(server):
    chance = random.Random(os.environ.get("PYTEST_XDIST_WORKER", "one"))
    wanted = [(0, 0), (len(FILM) - 1, len(FILM) - 1), (0, len(FILM) - 1)]
    for _ in range(40):
        first = chance.randrange(len(FILM))
        wanted.append((first, min(len(FILM) - 1, first + chance.choice([0, 1, 999, 70_000, 3_000_000]))))

    def read(part):
        return server.fetch(f"bytes={part[0]}-{part[1]}")

    with ThreadPoolExecutor(4) as viewers:
        for (first, last), (status, headers, data) in zip(wanted, viewers.map(read, wanted), strict=True):
            assert status == 206
            assert headers["Content-Range"] == f"bytes {first}-{last}/{len(FILM)}"
            assert data == FILM[first : last + 1]


def test_a_player_that_asks_for_the_rest_gets_it_all_by_stretches(server):
    read = bytearray()
    while len(read) < len(FILM):
        status, _headers, data = server.fetch(f"bytes={len(read)}-")
        assert status == 206
        assert 0 < len(data) <= sending.STRETCH
        read += data

    assert bytes(read) == FILM


def test_many_ranges_come_over_one_line(server):
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    line.connect()
    kept = line.sock

    for first in (0, 5_000_000, 1_000_000):
        line.request("GET", server.path, headers={"Cookie": server.cookie, "Range": f"bytes={first}-{first + 99_999}"})
        assert line.getresponse().read() == FILM[first : first + 100_000]
        assert line.sock is kept
    # the server has kept its end open, too
    kept.settimeout(0.2)
    with pytest.raises(TimeoutError):
        kept.recv(1)
    line.close()


def test_the_whole_file_and_its_head(server):
    status, headers, data = server.fetch()
    head_status, head_headers, nothing = server.fetch(method="HEAD")

    assert (status, data) == (200, FILM)
    assert (head_status, nothing) == (200, b"")
    assert head_headers["Content-Length"] == headers["Content-Length"] == str(len(FILM))


def test_a_right_taken_back_ends_the_next_range(server):
    assert server.fetch("bytes=0-99")[0] == 206
    with transaction():
        db.session.get(Grant, server.grant_id).revoked_at = datetime.now(UTC)

    status, headers, data = server.fetch("bytes=100-199")

    assert (status, data) == (404, b"")
    assert not {"Content-Range", "ETag", "Accept-Ranges"} & set(headers)


def test_viewers_who_read_nothing_leave_threads_for_pages(server):
    """More of them than there are threads: one person holds a few, all of them together never the last ones."""
    lazy = [lazy_viewer(server) for _ in range(12)]
    page = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    page.request("GET", "/alive")

    assert page.getresponse().status == 200
    for connection in [*lazy, page]:
        connection.close()


def lazy_viewer(server):
    """A browser that asks for the whole film and takes none of it in."""
    viewer = socket.socket()
    viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    viewer.connect(("127.0.0.1", server.port))
    viewer.sendall(f"GET {server.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {server.cookie}\r\n\r\n".encode())
    return viewer
