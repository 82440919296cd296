"""What the right to one byte range costs: queries, and Python on top of the database driver's own time.

    .venv/bin/python -m bench.one_range [sqlite|postgresql]

Exits with 1 when it takes more than 2 queries, or more than 60 µs of Python on SQLite.
"""

import statistics
import sys
import time

from sqlalchemy import event

from bench.portals import Portal, a_portal, databases
from portal.basics import tokens
from portal.basics.clock import now
from portal.domain import media_rights
from portal.storage.db import db

OTHERS = 1000
TIMES = 2000
ROUNDS = 7
MOST_QUERIES = 2
MOST_PYTHON_US = 60.0


def measure(portal: Portal) -> tuple[int, float, float]:
    """Queries; microseconds of processor time in all; and of them without the driver's execute and fetch."""
    world, queries = portal.world, [0]
    token = world.cookies["guest"]

    def ask() -> None:
        assert media_rights.may_fetch(world.film_key, token, at=now()) is not None

    with portal.app.app_context():

        def before(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            queries[0] += not statement.startswith("BEGIN")

        event.listen(db.engine, "before_cursor_execute", before)
        ask()
        event.remove(db.engine, "before_cursor_execute", before)
        asked, whole, alone = queries[0], [], []
        for _ in range(ROUNDS):
            begun = time.process_time()
            for _ in range(TIMES):
                ask()  # as in a request, where looking up the sign-in has begun the reading already
            whole.append((time.process_time() - begun) * 1e6 / TIMES)
            alone.append(_driver_us(world.film_key, token))
    return asked, statistics.median(whole), statistics.median(alone)


def _driver_us(film_key: str, token: str) -> float:
    """The same statement by the driver alone, with its transaction, and nothing of ours or of SQLAlchemy."""
    values = {"stream_key": film_key, "token_hash": tokens.hash_token(token), "at": now()}
    compiled = media_rights._film.compile(db.engine)
    processors, given = compiled._bind_processors, compiled.construct_params(values)
    ready = {name: processors[name](value) if name in processors else value for name, value in given.items()}
    positions = compiled.positiontup
    parameters = tuple(ready[name] for name in positions) if positions else ready
    raw = db.engine.raw_connection()
    try:
        cursor = raw.cursor()
        begun = time.process_time()
        for _ in range(TIMES):
            cursor.execute("BEGIN")
            cursor.execute(str(compiled), parameters)
            assert cursor.fetchall()
            cursor.execute("ROLLBACK")
        return (time.process_time() - begun) * 1e6 / TIMES
    finally:
        raw.close()


def main() -> int:
    missed = 0
    with databases(*(sys.argv[1:] or ["sqlite", "postgresql"])) as found:
        for database, cluster in found.items():
            with a_portal(cluster, OTHERS) as portal:
                queries, whole, driver = measure(portal)
            python = whole - driver
            fits = queries <= MOST_QUERIES and (python <= MOST_PYTHON_US or database != "sqlite")
            missed += not fits
            counted = "1 query" if queries == 1 else f"{queries} queries"
            print(f"{database}: {counted}, {whole:.0f} µs: the driver's {driver:.0f}, Python's {python:.0f}")
            print(f"  goal {MOST_QUERIES} queries, {MOST_PYTHON_US:g} µs on SQLite: {'met' if fits else 'MISSED'}")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
