"""Portals that serve one film for real: by themselves or behind nginx, out of a folder or out of a bucket."""

import http.client
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask

from portal.app import create_app
from portal.domain import playback
from portal.domain.work import tools
from portal.settings import ROOT, Settings
from portal.storage.db import db, transaction
from portal.storage.models import Grant, MediaFile, MediaKind, SignIn, Stream, VideoSession
from portal.web import sending
from tests.factories import a_grant, a_guest, a_sign_in_token, a_video_session
from tests.services import S3, answers, free_port, nginx_in_front, running, running_s3

FILM = random.Random(7).randbytes(9 * sending.STRETCH + 12_345)
POSTER = random.Random(8).randbytes(20_000)
SECRETS = {"secret_key": "tests-" * 8, "password_pepper": "pepper-" * 8}
ALL = ["folder", "s3", "folder behind nginx", "s3 behind nginx"]
BEHIND_NGINX = [way for way in ALL if "nginx" in way]


@dataclass
class Place:
    """A portal that serves at `port`; `app` is on the same database and store."""

    way: str
    app: Flask
    port: int
    film_id: int
    log: Path
    s3: S3 | None

    def fetch(
        self, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def new_viewer(self) -> "Viewer":
        """A guest of their own, who has pressed play."""
        with self.app.app_context():
            film, guest = db.session.get_one(VideoSession, self.film_id), a_guest()
            grant = a_grant(film, guest)
            token = a_sign_in_token(guest)
            sign_in = db.session.scalars(db.select(SignIn).where(SignIn.user_id == guest.id)).one()
            with transaction():
                stream = playback.start(guest, film.key, sign_in=sign_in, at=datetime.now(UTC))
            assert isinstance(stream, Stream)
            serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
            cookie = f"portal={serializer.dumps({'sign_in': token})}"
            viewer = Viewer(self, f"/media/{stream.key}/film", f"/posters/{film.key}", cookie, grant.id)
            db.session.remove()
            return viewer


@dataclass
class Viewer:
    """A guest's browser that has pressed play."""

    place: Place
    film: str
    poster: str
    cookie: str
    grant_id: int

    def fetch(
        self, asked: str | None = None, method: str = "GET", **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        sent = headers | {"Cookie": self.cookie} | ({"Range": asked} if asked else {})
        return self.place.fetch(self.film, method=method, body=None, **sent)

    def lose_the_right(self) -> None:
        with self.place.app.app_context():
            with transaction():
                db.session.get_one(Grant, self.grant_id).revoked_at = datetime.now(UTC)
            db.session.remove()

    def read_nothing(self) -> http.client.HTTPConnection:
        """Ask for the whole film over a line that is open as long as it is kept, and take none of it in."""
        connection = http.client.HTTPConnection("127.0.0.1", self.place.port, timeout=60)
        connection.request("GET", self.film, headers={"Cookie": self.cookie})
        return connection


@contextmanager
def a_place(way: str, sqlite_template: Path) -> Iterator[Place]:
    """Serve the film this way, from a database of its own."""
    store, _, front = way.partition(" behind ")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-place-")))
        shutil.copyfile(sqlite_template, folder / "portal.sqlite")
        s3 = stack.enter_context(running_s3()) if store == "s3" else None
        told = {"web_threads": 8, "web_processes": 1} | (s3.settings if s3 else {"media_store": str(folder / "media")})
        if front:
            told |= {"send_files": "nginx", "trusted_proxies": 1, "bind": f"unix:{folder}/portal.sock"}
        else:
            told |= {"bind": f"127.0.0.1:{free_port()}"}
        app = create_app(Settings.for_tests(folder, f"sqlite:///{folder / 'portal.sqlite'}", **told))
        with app.app_context():
            film_id = _a_film().id
            db.session.remove()
            db.engine.dispose()
        port = stack.enter_context(_served(folder, told, s3))
        log = folder / "server" / "log"
        yield Place(way, app, port, film_id, log, s3)
        with app.app_context():
            db.engine.dispose()


def _a_film() -> VideoSession:
    film = a_video_session()
    for kind, content, content_type, version in (
        (MediaKind.RENDITION, FILM, "video/mp4", 1),
        (MediaKind.POSTER, POSTER, "image/jpeg", 0),
    ):
        upload = tools().media.incoming_folder / "upload"
        upload.write_bytes(content)
        facts = {"store_key": tools().media.adopt(upload), "content_type": content_type, "size_bytes": len(content)}
        name = "film" if kind is MediaKind.RENDITION else ""
        with transaction():
            db.session.add(
                MediaFile(
                    video_session_id=film.id,
                    kind=kind,
                    version=version,
                    name=name,
                    created_at=datetime.now(UTC),
                    **facts,
                )
            )
    return film


@contextmanager
def _served(folder: Path, told: Mapping[str, object], s3: S3 | None) -> Iterator[int]:
    own = {**SECRETS, **told} | {"instance_path": folder, "base_url": "http://127.0.0.1", "free_disk_floor_bytes": 0}
    command = ["env", "-C", str(ROOT), *(f"PORTAL_{name.upper()}={value}" for name, value in own.items())]
    command += [sys.executable, "-m", "portal.serving", "--only", "web"]
    (folder / "server").mkdir()
    address = str(told["bind"])
    socket_file = Path(address.removeprefix("unix:"))
    if not address.startswith("unix:"):
        port = int(address.rpartition(":")[2])
        with running(command, folder=folder / "server", ready=lambda: answers(port)):
            yield port
        return
    with running(command, folder=folder / "server", ready=lambda: b"Serving" in _log(folder)):
        front = nginx_in_front(f"unix:{socket_file}", kept=folder / "media" / "kept", store=s3.host if s3 else "")
        with front as port:
            yield port


def _log(folder: Path) -> bytes:
    return (folder / "server" / "log").read_bytes()


@contextmanager
def gunicorn(folder: Path, database_uri: str, *, workers: int = 1) -> Iterator[int]:
    """The portal under a gunicorn that nobody watches over, on the database of a test; gives its port."""
    port = free_port()
    own = {"instance_path": folder, "sqlalchemy_database_uri": database_uri, **SECRETS, "web_threads": 8}
    own["base_url"] = f"http://127.0.0.1:{port}"
    command = ["env", *(f"PORTAL_{name.upper()}={value}" for name, value in own.items())]
    command += [sys.executable, "-m", "gunicorn", "--no-control-socket", "--chdir", str(ROOT), "-k", "gthread"]
    command += ["-w", str(workers), "--threads", "8", "-b", f"127.0.0.1:{port}", "wsgi:app"]
    log = folder / "gunicorn"
    log.mkdir()
    with running(command, folder=log, ready=lambda: answers(port)):
        yield port
