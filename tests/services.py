"""The real things that tests run against: PostgreSQL, Redis, nginx, S3 and Chromium, each on this machine alone.

Every fixture starts its own server on a free loopback port in a folder of its own, ends it afterwards, and skips with a
plain reason where the program is missing. `--fail-on-skip` turns such a skip into a failure.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import psycopg
import pytest
import redis
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, sync_playwright
from werkzeug.serving import make_server

START_SECONDS = 120  # only ever used up by what fails: machines are shared
STOP_SECONDS = 60
BROWSER_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(*names: str) -> str | None:
    """The first of these programs that is installed, as a path; the folders for servers are looked through as well."""
    folders = [
        os.environ.get("PATH", ""),
        "/usr/sbin",
        "/sbin",
        *sorted((str(folder) for folder in Path("/usr/lib/postgresql").glob("*/bin")), reverse=True),
    ]
    found = (shutil.which(name, path=os.pathsep.join(folders)) for name in names)
    return next((path for path in found if path), None)


def needed(*names: str, package: str) -> str:
    """Like `program`, but the test is skipped where there is none."""
    path = program(*names)
    if path is None:
        pytest.skip(f"{package} is not installed")
    return path


@contextmanager
def running(
    command: Sequence[str], *, folder: Path, ready: Callable[[], bool], stop: signal.Signals = signal.SIGTERM
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block is left. Its output is kept in `folder`/log and shown when it does not start.

    Where the system can, the server ends with us even if we are killed.
    """
    fence = program("setpriv")
    if fence and command[0] != fence:
        command = [fence, "--pdeathsig", "TERM", *command]
    log = folder / "log"
    with log.open("ab") as output:
        server = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        _wait_until(ready, server, log)
        yield server
    finally:
        server.send_signal(stop)
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_until(ready: Callable[[], bool], server: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + START_SECONDS
    while not ready():
        if server.poll() is not None or time.monotonic() > give_up:
            raise RuntimeError(f"{server.args!r} did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)


def answers(port: int) -> bool:
    """Whether something listens on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def server_folder(name: str, *, owner: str | None = None) -> Iterator[Path]:
    """A new folder for a server's files, in memory where there is room, readable by its owner alone."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 * 1024**3
    folder = Path(tempfile.mkdtemp(prefix=f"portal-{name}-", dir=memory if roomy else None))
    if owner:
        shutil.chown(folder, owner)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# PostgreSQL


@dataclass(frozen=True)
class Postgresql:
    """A PostgreSQL cluster of our own. `portal` is its superuser."""

    socket_folder: Path
    port: int
    password: str

    def uri(self, database: str) -> str:
        """For SQLAlchemy, through the unix socket."""
        return f"postgresql+psycopg://portal@/{database}?host={self.socket_folder}&port={self.port}"

    def tcp_uri(self, database: str, port: int | None = None) -> str:
        """For SQLAlchemy, over loopback; `port` may be that of something placed in between."""
        return f"postgresql+psycopg://portal:{self.password}@127.0.0.1:{port or self.port}/{database}"

    def run(self, statement: str) -> None:
        """Run one statement outside of any transaction, as superuser."""
        with self._connect() as connection:
            connection.execute(statement.encode())

    def _connect(self) -> psycopg.Connection:
        address = f"host={self.socket_folder} port={self.port} user=portal dbname=postgres"
        return psycopg.connect(address, autocommit=True)

    def create(self, database: str, template: str = "template0") -> str:
        """Make a database, as a copy of another if named; gives its URI."""
        self.run(f'CREATE DATABASE "{database}" TEMPLATE "{template}"{self._by_copying_files}')
        return self.uri(database)

    @cached_property
    def _by_copying_files(self) -> str:
        """Half as long as copying pages through the log, where nothing is synced anyway; older servers do it always."""
        with self._connect() as connection:
            return " STRATEGY FILE_COPY" if connection.info.server_version >= 150000 else ""

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected."""
        self.run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def is_up(self) -> bool:
        try:
            self.run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


def _unprivileged() -> tuple[str | None, list[str]]:
    """Whom PostgreSQL runs as, and the words before its command: it refuses to run as root."""
    if os.geteuid() != 0:
        return None, []
    names = {entry.pw_name for entry in pwd.getpwall()}
    account = "postgres" if "postgres" in names else "nobody"
    group = str(pwd.getpwnam(account).pw_gid)
    fence = needed("setpriv", package="util-linux")
    return account, [fence, "--reuid", account, "--regid", group, "--clear-groups", "--pdeathsig", "INT"]


@contextmanager
def running_postgresql() -> Iterator[Postgresql]:
    """A fresh cluster without a net: nothing is synced to disk.

    Its zone is far from UTC on purpose, so that a moment that loses its zone on the way is off by half a day.
    """
    initdb, postgres = needed("initdb", package="postgresql"), needed("postgres", package="postgresql")
    account, fence = _unprivileged()
    with server_folder("postgresql", owner=account) as folder:
        password, secret = secrets.token_hex(16), folder / "password"
        secret.write_text(password)
        if account:
            shutil.chown(secret, account)
        data = folder / "data"
        options = f"-D {data} -U portal --auth-local=trust --auth-host=scram-sha-256 --pwfile {secret}".split()
        options += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run([*fence, initdb, *options], cwd=folder, check=True, capture_output=True)
        cluster = Postgresql(folder, free_port(), password)
        configuration = {
            "listen_addresses": "127.0.0.1",
            "port": cluster.port,
            "unix_socket_directories": folder,
            "timezone": "Pacific/Auckland",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "wal_level": "minimal",
            "max_wal_senders": 0,
            "autovacuum": "off",
            "shared_buffers": "64MB",
            "max_connections": 100,
        }
        words = [word for name, value in configuration.items() for word in ("-c", f"{name}={value}")]
        with running(
            [*fence, postgres, "-D", str(data), *words], folder=folder, ready=cluster.is_up, stop=signal.SIGINT
        ):
            yield cluster


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    """A PostgreSQL cluster for this test process."""
    with running_postgresql() as cluster:
        yield cluster


# Redis


@contextmanager
def running_redis() -> Iterator[str]:
    """An empty Redis that keeps nothing on disk; gives its URL."""
    command, port = needed("redis-server", package="redis-server"), free_port()
    url = f"redis://127.0.0.1:{port}/0"

    def is_up() -> bool:
        try:
            with redis.Redis.from_url(url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    with server_folder("redis") as folder:
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
        with running([command, *options], folder=folder, ready=is_up):
            yield url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The URL of a Redis for this test process."""
    with running_redis() as url:
        yield url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The URL of a Redis that holds nothing yet."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server


# nginx

StartNginx = Callable[[str], int]


@contextmanager
def running_nginx(servers: str) -> Iterator[int]:
    """nginx with these `server { … }` blocks; `{port}` and `{folder}` in them are filled in. Gives the port."""
    command, port = needed("nginx", package="nginx"), free_port()
    with server_folder("nginx") as folder:
        (folder / "tmp").mkdir()
        temporary = " ".join(
            f"{kind}_temp_path {folder}/tmp/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        account = f"user {pwd.getpwuid(os.geteuid()).pw_name};" if os.geteuid() == 0 else ""
        types = "include /etc/nginx/mime.types;" if Path("/etc/nginx/mime.types").exists() else ""
        filled = servers.replace("{port}", str(port)).replace("{folder}", str(folder))
        (folder / "nginx.conf").write_text(
            f"{account} daemon off; worker_processes 1; pid {folder}/pid; error_log stderr;\n"
            f"events {{}}\nhttp {{ {types} access_log off; {temporary}\n{filled}\n}}\n"
        )
        words = [command, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
        with running(words, folder=folder, ready=lambda: answers(port), stop=signal.SIGQUIT):
            yield port


NGINX_OURS = Path(__file__).parent.parent / "deploy" / "nginx"


@contextmanager
def nginx_in_front(
    portal: str, *, kept: Path | None = None, store: str = "", front: str = "", certificate: Path | None = None
) -> Iterator[int]:
    """nginx with the configuration we give away, on a free port; gives the port.

    `portal`: where it is, as nginx names it ("unix:/…", "127.0.0.1:8000"). `kept`: the folder with recordings; or
    `store`: host and port of a store that speaks S3. With a `certificate` (its key beside it) by https, as the file for
    a whole site has it; `front` then is its name.
    """
    with tempfile.TemporaryDirectory(prefix="portal-front-") as name:
        ours = Path(name)
        changes = {
            "include portal/": f"include {ours}/portal/",
            "/srv/portal/media/kept/": f"{kept}/",
            "https://portal_store/": "http://portal_store/",
            "s3.example": store,
        }
        for file in (NGINX_OURS / "portal").iterdir():
            _changed(file, ours / "portal" / file.name, changes)
        upstream = f"upstream portal_store {{ server {store}; keepalive 32; }}\n" if store else ""
        if certificate:
            changes |= {
                "server unix:/run/portal/portal.sock": f"server {portal}",
                "/etc/ssl/portal/fullchain.pem": str(certificate),
                "/etc/ssl/portal/key.pem": str(certificate.with_stem(f"{certificate.stem}_key")),
                "listen 80;": "",
                "listen [::]:80;": f"listen unix:{ours}/plain;",
                "listen 443 ": "listen 127.0.0.1:{port} ",
                "listen [::]:443 ssl http2;": "",
                "portal.example": front,
            }
            site = _changed(NGINX_OURS / "portal.conf", ours / "portal.conf", changes)
        else:
            media = "s3" if store else "folder"
            site = (
                f"upstream portal {{ server {portal}; keepalive 64; keepalive_timeout 10s; }}\n"
                f"server {{ listen 127.0.0.1:{{port}}; include {ours}/portal/pages.conf; "
                f"include {ours}/portal/media-{media}.conf; }}\n"
            )
        with running_nginx(upstream + site) as port:
            yield port


def _changed(file: Path, to: Path, changes: dict[str, str]) -> str:
    text = file.read_text()
    for ours, theirs in changes.items():
        text = text.replace(ours, theirs)
    to.parent.mkdir(exist_ok=True)
    to.write_text(text)
    return text


# S3


@dataclass(frozen=True)
class S3:
    """A store that speaks S3 and checks signatures, with one bucket; `folder` holds its objects as files."""

    port: int
    folder: Path
    access_key: str
    secret_key: str
    bucket: str = "recordings"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """What a portal is told to keep its recordings there."""
        return {
            "media_store": f"s3://{self.bucket}/portal?endpoint=http://{self.host}",
            "s3_access_key": self.access_key,
            "s3_secret_key": self.secret_key,
        }


@contextmanager
def running_s3() -> Iterator[S3]:
    """An empty store."""
    with server_folder("s3") as folder:
        store = S3(free_port(), folder / "data", secrets.token_hex(10), secrets.token_hex(20))
        (store.folder / store.bucket).mkdir(parents=True)
        words = ["env", f"NANIO_ACCESS_KEY={store.access_key}", f"NANIO_SECRET_KEY={store.secret_key}"]
        words += [sys.executable, "-m", "nanio", "serve", "--data-dir", str(store.folder), "--host", "127.0.0.1"]
        words += ["--port", str(store.port), "--no-access-log", "--log-level", "warning"]
        with running(words, folder=folder, ready=lambda: answers(store.port)):
            yield store


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """A store that speaks S3, for this test process."""
    with running_s3() as store:
        yield store


# A portal on a port


@contextmanager
def serving(app: Flask, port: int = 0) -> Iterator[str]:
    """Serve an app from a thread of this process; gives its address. The real way to serve has tests of its own."""
    server = make_server("127.0.0.1", port, lambda *asked: _ended(app(*asked)), threaded=True)
    server.daemon_threads = False  # type: ignore[attr-defined]  # what it still answers when it closes is waited for
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _ended(answer: Iterable[bytes]) -> Iterator[bytes]:
    """The answer, which is closed even when its reader goes away: this server reads on then, and may forget to."""
    try:
        yield from answer
    finally:
        getattr(answer, "close", lambda: None)()


# Chromium


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, driven by Playwright."""
    executable = needed("chromium", "chromium-browser", "google-chrome", package="chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(BROWSER_ARGUMENTS))
        yield browser
        browser.close()


class Faults:
    """What went wrong in a browser that a person would not see: script errors, refused sources, calls to strangers."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        """Note faults of every page of this context, and let none of them reach beyond this machine."""
        context.route("**/*", self._keep_local)
        context.on("weberror", lambda fault: self.seen.append(f"script error: {fault.error}"))
        context.on("console", self._note_console)

    def _note_console(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), getattr(message, "text", "")
        # an answer of 4xx is noted by Chromium as an error; tests look at such answers themselves
        if kind == "error" and "Failed to load resource" not in text:
            self.seen.append(f"console: {text}")

    def _keep_local(self, route: Route, request: Request) -> None:
        if request.url.startswith(("http://127.0.0.1:", "http://localhost:", "data:", "blob:")):
            route.fallback()
        else:
            self.seen.append(f"a page asked a stranger: {request.url}")
            route.abort()


NewContext = Callable[..., BrowserContext]


@pytest.fixture
def new_browser(chromium: Browser) -> Iterator[NewContext]:
    """Makes browsers that know nothing of each other, one for each person in a test; faults in any fail the test.

    Takes what Playwright's `new_context` takes: viewport, color_scheme, locale, java_script_enabled and so on.
    """
    faults, contexts = Faults(), list[BrowserContext]()

    def make(**options: object) -> BrowserContext:
        usual = {"locale": "en-GB", "timezone_id": "Europe/Berlin", "service_workers": "block"}
        context = chromium.new_context(**(usual | options))  # type: ignore[arg-type]
        context.set_default_timeout(60_000)  # only ever used up by what fails: machines are shared
        faults.watch(context)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert not faults.seen, "\n".join(faults.seen)


@pytest.fixture
def page(new_browser: NewContext) -> Page:
    """A page in a browser of its own."""
    return new_browser().new_page()
