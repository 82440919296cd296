"""The servers that are compared: the portal's own gunicorn, a bare app under gunicorn, nginx."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.portals import SECRETS, Portal
from portal.settings import ROOT
from tests.services import answers, free_port, running


@contextmanager
def embedded(portal: Portal, **given: object) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The portal as `make run` serves it, pages alone; its first process and its port."""
    port = free_port()
    settings = portal.settings
    told = {
        "INSTANCE_PATH": settings.instance_path,
        "SQLALCHEMY_DATABASE_URI": settings.database_uri,
        "BIND": f"127.0.0.1:{port}",
        "BCRYPT_COST": settings.bcrypt_cost,
        "FREE_DISK_FLOOR_BYTES": 0,
        **{name.upper(): value for name, value in (SECRETS | given).items()},
    }
    words = ["env", *(f"PORTAL_{name}={value}" for name, value in told.items())]
    with _started([*words, sys.executable, "-m", "portal.serving", "--only", "web"], port) as server:
        yield server, port


@contextmanager
def bare(processes: int = 2, threads: int = 32) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The bare Flask app under the same gunicorn."""
    port = free_port()
    words = [sys.executable, "-m", "gunicorn", "--no-control-socket", "-k", "gthread", "-w", str(processes)]
    words += ["--threads", str(threads), "--preload", "--keep-alive", "15", "-b", f"127.0.0.1:{port}", "bench.bare:app"]
    with _started(words, port) as server:
        yield server, port


@contextmanager
def _started(words: list[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name:
        command = ["env", "-C", str(ROOT), f"PYTHONPATH={ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}", *words]
        with running(command, folder=Path(name), ready=lambda: answers(port)) as server:
            yield server
