"""What the right to one byte range costs, asked by the view and by the fast lane, and what a whole request costs.

    .venv/bin/python -m bench.one_range [sqlite|postgresql]

The question: queries, and Python on top of the database driver's own time. The request: processor time of one range of
64 kB through the whole app in this process, by the fast lane and by the view. Exits with 1 when either way takes more
than 2 queries, when the fast lane takes more than 60 µs of Python on SQLite, or when it does not halve the request.
"""

import statistics
import sys
import time
from collections.abc import Callable
from unittest.mock import patch

from sqlalchemy import event

from bench.measuring import cpu_ms, environ_of
from bench.portals import Portal, a_portal, databases, silent
from portal.basics.clock import now
from portal.domain import media_rights
from portal.domain.media_rights import Settled
from portal.storage.db import db
from portal.storage.prepared import Prepared, QuickConnections

OTHERS = 1000
TIMES = 2000
REQUESTS = 400
ROUNDS = 7
MOST_QUERIES = 2
MOST_PYTHON_US = 60.0
SLOWEST_SHARE = 0.5
FILM = bytes(1024 * 1024)


def questions(portal: Portal) -> tuple[int, float, float, float]:
    """Queries of the view; microseconds of processor time of its question, of the fast lane's, and of the driver's."""
    world, queries = portal.world, [0]
    token, at = world.cookies["guest"], world.at
    with portal.app.app_context():
        quick = QuickConnections(db.engine, portal.app.config["SQLALCHEMY_ENGINE_OPTIONS"])
        lane = Settled(quick)

        def view_asks() -> None:
            assert media_rights.may_fetch(world.film_key, token, at=now(), version=1, name="720p") is not None

        def lane_asks() -> None:
            assert lane.may_fetch(world.film_key, token, at=at, version=1, name="720p") is not None

        def before(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            queries[0] += not statement.startswith("BEGIN")

        event.listen(db.engine, "before_cursor_execute", before)
        view_asks()
        event.remove(db.engine, "before_cursor_execute", before)
        alone = _driver(lane._named, world.film_key, token, portal)
        works = {"view": view_asks, "lane": lane_asks, "driver": alone}
        found = _in_turns(works, TIMES)
    return queries[0], found["view"], found["lane"], found["driver"]


def _driver(prepared: Prepared, film_key: str, token: str, portal: Portal) -> Callable[[], None]:
    """The fast lane's statement by the driver alone, on one connection, with its parameters at hand."""
    values = media_rights._values(film_key, token, portal.world.at) | {"name": "720p"}
    values["stream_seen_after"] = values["browser_seen_after"] = portal.world.at - media_rights.SEEN_EVERY
    parameters, sql = prepared._parameters(values), prepared._sql
    connection = prepared._connections.engine.raw_connection()

    def ask() -> None:
        cursor = connection.cursor()
        cursor.execute(sql, parameters)
        assert cursor.fetchone()
        cursor.close()

    return ask


def requests(portal: Portal) -> tuple[float, float]:
    """Microseconds of processor time of one range through the app: by the view, and by the fast lane."""
    environ = environ_of(f"/media/{portal.world.film_key}/1/720p.mp4", portal.cookie("guest"))
    environ["HTTP_RANGE"] = "bytes=65536-131071"

    def by_lane() -> None:
        cpu_ms(portal.app.wsgi_app, environ, 1)

    def by_view() -> None:
        with patch.object(Settled, "may_fetch", return_value=None):
            cpu_ms(portal.app.wsgi_app, environ, 1)

    by_view()  # the player is noted as seen
    with silent():
        found = _in_turns({"view": by_view, "lane": by_lane}, REQUESTS)
    return found["view"], found["lane"]


def _in_turns(works: dict[str, Callable[[], None]], times: int) -> dict[str, float]:
    found: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            work()
            begun = time.process_time()
            for _ in range(times):
                work()
            found[name].append((time.process_time() - begun) * 1e6 / times)
    return {name: statistics.median(values) for name, values in found.items()}


def main() -> int:
    missed = 0
    with databases(*(sys.argv[1:] or ["sqlite", "postgresql"])) as found:
        for database, cluster in found.items():
            with a_portal(cluster, OTHERS, film=FILM) as portal:
                queries, view, lane, driver = questions(portal)
                whole, short = requests(portal)
            fits = queries <= MOST_QUERIES and (lane - driver <= MOST_PYTHON_US or database != "sqlite")
            halved = short <= SLOWEST_SHARE * whole
            missed += not (fits and halved)
            counted = "1 query" if queries == 1 else f"{queries} queries"
            print(f"{database}: the driver alone {driver:.0f} µs")
            print(
                f"  the question: view {counted}, {view:.0f} µs; fast lane {lane:.0f} µs, Python's {lane - driver:.0f}"
            )
            print(f"  goal {MOST_QUERIES} queries, {MOST_PYTHON_US:g} µs on SQLite: {'met' if fits else 'MISSED'}")
            print(f"  a range of 64 kB: view {whole:.0f} µs, fast lane {short:.0f} µs, {short / whole:.2f} of it")
            print(f"  goal ≤ {SLOWEST_SHARE:g} of the view: {'met' if halved else 'MISSED'}")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
