"""Portals to measure: migrated, filled, on SQLite or on a PostgreSQL of their own, all in throw-away folders."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from bench.world import World, cookie_for, fill
from portal.app import create_app
from portal.settings import Settings
from portal.storage import schema
from tests.services import Postgresql, running_postgresql

SECRETS = {"secret_key": "bench-" * 8, "password_pepper": "pepper-" * 8}


@dataclass
class Portal:
    """One filled portal. `cookie(name)`: the header of "guest", "sponsor" or "admin"."""

    app: Flask
    world: World
    settings: Settings

    def cookie(self, name: str) -> str:
        return cookie_for(self.app, self.world.cookies[name])


@contextmanager
def databases(*names: str) -> Iterator[dict[str, Postgresql | None]]:
    """The databases to measure on; a PostgreSQL cluster is started once."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(running_postgresql()) if name == "postgresql" else None for name in names}


@contextmanager
def a_portal(
    cluster: Postgresql | None, others: int, *, film: bytes = b"", password: str = "", **given: object
) -> Iterator[Portal]:
    """A portal with `others` grants of strangers in its tables, ready for requests; gone when the block is left."""
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-", dir=_roomy()))
    name = f"bench_{folder.name[-8:]}"
    uri = cluster.create(name) if cluster else f"sqlite:///{folder / 'portal.sqlite'}"
    values = {"free_disk_floor_bytes": 0, "sqlalchemy_database_uri": uri} | given
    settings = Settings(instance_path=folder, **SECRETS, **values)  # type: ignore[arg-type]
    app = create_app(settings)
    try:
        with app.app_context():
            schema.bring_up_to_date()
            password_hash = app.extensions["portal"].hasher.hash(password) if password else "v1$none"
            world = fill(others, film=film, password_hash=password_hash)
            schema.forget_connections()
        yield Portal(app, world, settings)
    finally:
        with app.app_context():
            schema.forget_connections()
        shutil.rmtree(folder, ignore_errors=True)
        if cluster:
            cluster.drop(name)


@contextmanager
def silent() -> Iterator[None]:
    """Let what is logged go nowhere: it is written all the same."""
    kept = os.dup(2)
    with Path(os.devnull).open("w") as nowhere:
        sys.stderr.flush()
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)


def _roomy() -> str | None:
    """In memory where there is room, so that disks do not decide."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 3 * 1024**3 else None
