"""The servers that are compared: the portal's own gunicorn, a bare app under gunicorn, nginx."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.portals import SECRETS, Portal
from portal.settings import ROOT
from tests.services import answers, free_port, nginx_in_front, running


@contextmanager
def embedded(portal: Portal, **given: object) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The portal as `make run` serves it, pages alone; its first process and its port."""
    port = free_port()
    with _started(_serving(portal, bind=f"127.0.0.1:{port}", **given), lambda: answers(port)) as server:
        yield server, port


@contextmanager
def behind_nginx(portal: Portal, **given: object) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The same behind nginx, which sends the films; the portal's first process and the port of nginx."""
    place = portal.settings.instance_path / "portal.sock"
    words = _serving(portal, bind=f"unix:{place}", trusted_proxies=1, send_files="nginx", **given)
    with (
        _started(words, place.exists) as server,
        nginx_in_front(f"unix:{place}", kept=portal.settings.media_folder / "kept") as port,
    ):
        yield server, port


def a_line(port: int) -> socket.socket:
    """A connection to what listens on this machine."""
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def largest_file(portal: Portal) -> Path:
    """The film, in the folder where the portal keeps it."""
    kept = (file for file in portal.settings.media_folder.rglob("*") if file.is_file())
    return max(kept, key=lambda file: file.stat().st_size)


def _serving(portal: Portal, **given: object) -> list[str]:
    settings = portal.settings
    told = {
        "instance_path": settings.instance_path,
        "sqlalchemy_database_uri": settings.database_uri,
        "bcrypt_cost": settings.bcrypt_cost,
        "free_disk_floor_bytes": 0,
        **SECRETS,
        **given,
    }
    words = ["env", *(f"PORTAL_{name.upper()}={value}" for name, value in told.items())]
    return [*words, sys.executable, "-m", "portal.serving", "--only", "web"]


@contextmanager
def bare(processes: int = 2, threads: int = 32) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The bare Flask app under the same gunicorn."""
    port = free_port()
    words = [sys.executable, "-m", "gunicorn", "--no-control-socket", "-k", "gthread", "-w", str(processes)]
    words += ["--threads", str(threads), "--preload", "--keep-alive", "15", "-b", f"127.0.0.1:{port}", "bench.bare:app"]
    with _started(words, lambda: answers(port)) as server:
        yield server, port


@contextmanager
def _started(words: list[str], ready: Callable[[], bool]) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name:
        command = ["env", "-C", str(ROOT), f"PYTHONPATH={ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}", *words]
        with running(command, folder=Path(name), ready=ready) as server:
            yield server
