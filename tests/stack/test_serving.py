"""`make run`: one command serves everything, and leaves nothing running."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.serving import preparing
from portal.serving.preparing import CannotStart
from portal.settings import ROOT
from tests.services import free_port


@dataclass
class Portal:
    """A portal that was started as people start it."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def answer(self, path: str = "/alive") -> int | None:
        """The status of one request, or None when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()

    def said(self) -> str:
        return self.log.read_text()

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


def heeds_the_terminal() -> None:
    """Tests that themselves run under `nohup` would hand that on, and the portal respects it."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def environment(instance: Path, port: int, **settings: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    own = {"PORTAL_INSTANCE_PATH": str(instance), "PORTAL_BIND": f"127.0.0.1:{port}"}
    return clean | own | {f"PORTAL_{name}": value for name, value in settings.items()}


def run(instance: Path, port: int, **settings: str) -> subprocess.CompletedProcess[str]:
    """A start that is expected to end by itself."""
    command = [sys.executable, "-m", "portal.serving"]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment(instance, port, **settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def a_portal(instance: Path, **settings: str) -> Iterator[Portal]:
    port = free_port()
    log = instance.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "portal.serving"],
            cwd=ROOT,
            env=environment(instance, port, **settings),
            stdout=output,
            stderr=output,
            preexec_fn=heeds_the_terminal,  # noqa: PLW1509 - it takes no lock
        )
    portal = Portal(process, port, log)
    try:
        _wait_for_first_answer(portal)
        yield portal
    finally:
        if process.poll() is None:
            portal.stop()


def _wait_for_first_answer(portal: Portal) -> None:
    give_up = time.monotonic() + 60
    while portal.answer() is None:
        assert portal.process.poll() is None, portal.said()
        assert time.monotonic() < give_up, portal.said()
        time.sleep(0.02)


def family(pid: int) -> list[int]:
    """What a process has started, and what that has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [each for child in children for each in [int(child), *family(int(child))]]


def all_of(portal: Portal) -> list[int]:
    """Gunicorn and its two processes, and the worker, once all are there."""
    give_up = time.monotonic() + 60
    while len(found := family(portal.process.pid)) < 4 and time.monotonic() < give_up:
        time.sleep(0.02)
    assert len(found) == 4
    return found


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def link_in(said: str) -> str:
    found = re.search(r"http://\S+(/password/reset/\S+)", said)
    assert found is not None, said
    return found[1]


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    return tmp_path / "instance"


def test_the_first_start_prints_where_it_serves_and_the_way_in(instance):
    with a_portal(instance) as portal:
        assert f"Serving http://127.0.0.1:{portal.port} — stop with Ctrl-C" in portal.said()
        assert portal.answer(link_in(portal.said())) == 303
        assert "Sign in as admin@portal.example" in portal.said()
        assert (instance / "secret_key.txt").stat().st_mode & 0o077 == 0
        assert (instance / "portal.sqlite").stat().st_mode & 0o077 == 0


def test_the_next_start_finds_all_as_it_was_and_prints_a_fresh_link(instance):
    with a_portal(instance) as first:
        old_link, secret = link_in(first.said()), (instance / "secret_key.txt").read_text()

    with a_portal(instance) as second:
        assert link_in(second.said()) != old_link
        assert (instance / "secret_key.txt").read_text() == secret


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopping_leaves_no_process(instance, number):
    with a_portal(instance) as portal:
        started = all_of(portal)

        assert portal.stop(number) == 0

        assert [pid for pid in started if lives(pid)] == []
        assert portal.answer() is None


def test_killing_the_first_process_leaves_none_either(instance):
    with a_portal(instance) as portal:
        started = all_of(portal)
        portal.process.kill()
        portal.process.wait(5)

        give_up = time.monotonic() + 60
        while any(lives(pid) for pid in started) and time.monotonic() < give_up:
            time.sleep(0.05)
        assert [pid for pid in started if lives(pid)] == []


def test_whatever_dies_is_started_again(instance):
    with a_portal(instance) as portal:
        before = children_of(portal.process.pid)
        for pid in before:
            os.kill(pid, signal.SIGKILL)

        give_up = time.monotonic() + 60
        while len(set(children_of(portal.process.pid)) - set(before)) < 2 and time.monotonic() < give_up:
            time.sleep(0.05)
        assert len(set(children_of(portal.process.pid)) - set(before)) == 2
        assert portal.answer() == 200
        assert "The worker process ended; it starts again in 0.5 s." in portal.said()


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_nobody_says_by_a_header_where_the_portal_is_mounted(instance):
    """Else redirects would lead to another host: gunicorn believes these headers when they come from loopback."""
    with a_portal(instance) as portal:
        connection = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=5)
        connection.request("GET", "//evil.example/", headers={"SCRIPT_NAME": "//evil.example", "PATH_INFO": "/sign-in"})
        answer = connection.getresponse()
        page = answer.read().decode()
        connection.close()

    assert (answer.status, answer.headers["Location"]) == (404, None)
    assert "evil" not in page


def test_a_port_in_use_is_one_sentence(instance):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run(instance, port)

    assert ended.returncode == 1
    assert ended.stderr == (
        f"The portal cannot listen on 127.0.0.1:{port}: another program has this port. PORTAL_BIND chooses another.\n"
    )


def test_whoever_is_slow_to_leave_keeps_nobody_waiting(instance):
    """Each of them has its answer and does not hang up."""
    with a_portal(instance, WEB_PROCESSES="1") as portal, ExitStack() as stack:
        begun = time.monotonic()
        for _ in range(40):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", portal.port), timeout=60))
            line.sendall(b"GET /alive HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            assert line.recv(4096).startswith(b"HTTP/1.1 200")

        assert time.monotonic() - begun < 60  # not two seconds for each


def test_a_socket_is_for_the_group_alone_and_for_one_portal(tmp_path):
    place = tmp_path / "portal.sock"

    with preparing.listen(f"unix:{place}"):
        assert place.stat().st_mode & 0o777 == 0o660
        with pytest.raises(CannotStart, match="another program has this socket"):
            preparing.listen(f"unix:{place}")
    with preparing.listen(f"unix:{place}") as after_one_was_killed:  # which leaves its own behind
        assert after_one_was_killed.getsockname() == str(place)


def test_a_socket_takes_the_place_of_nothing_else(tmp_path):
    place = tmp_path / "thesis.txt"
    place.write_text("years of work")

    with pytest.raises(CannotStart, match="cannot listen"):
        preparing.listen(f"unix:{place}")
    with pytest.raises(CannotStart, match="no such file or directory"):
        preparing.listen(f"unix:{tmp_path}/nowhere/portal.sock")

    assert place.read_text() == "years of work"


def test_bad_settings_are_a_sentence_each(instance):
    ended = run(instance, free_port(), TIME_ZONE="Middle-earth", BCRYPT_COST="3")

    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [
        "PORTAL_TIME_ZONE is “Middle-earth”; it must be a zone such as Europe/Berlin.",
        "PORTAL_BCRYPT_COST is 3; it must be from 10 to 16.",
    ]


def test_a_first_admin_who_is_no_address_is_told(instance):
    ended = run(instance, free_port(), FIRST_ADMIN="the boss")

    assert ended.returncode == 2
    assert ended.stderr == "PORTAL_FIRST_ADMIN cannot be used. “the boss” is not a mail address.\n"


def test_a_database_of_a_newer_release_is_not_touched(instance):
    import sqlite3

    with a_portal(instance):
        pass
    with sqlite3.connect(instance / "portal.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    ended = run(instance, free_port())

    assert ended.returncode == 1
    assert ended.stderr.startswith("The database was written by a newer release of the portal.")
