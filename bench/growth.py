"""Does a page cost more when the tables are large? Ten grants against a hundred thousand, on both databases.

    .venv/bin/python -m bench.growth [sqlite|postgresql] [--plans] [--others N]

Every signed-in page of the route list is opened, by each who may, in both portals in turns; the processor time of the
pages' process and, with PostgreSQL, how long the answer took are compared. Exits with 1 when a page grew more than 1.3
times. `--plans` prints how the database goes about the three queries that matter most in the large portal.
"""

import argparse
import sys
import time
from collections.abc import Callable
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import Connection

from bench.measuring import Environ, call, environ_of
from bench.portals import Portal, a_portal, databases, silent
from portal.basics.clock import now
from portal.domain import access, grants, playback
from portal.storage.db import db
from portal.storage.models import User, VideoSession
from tests.test_query_counts import actors_for, address_of, pages

FEW, MANY = 10, 100_000
ROUNDS = 7
CALLS = 8
MOST = 1.3


def environs(portal: Portal) -> dict[str, Environ]:
    """Every page that opens, with whom it is opened by."""
    found = {}
    for rule in pages(portal.app):
        for actor in actors_for(portal.app, rule):
            environ = environ_of(address_of(rule, portal.world), portal.cookie(actor))
            with silent():
                status, _ = call(portal.app, environ)
            if status == "200 OK":
                found[f"{rule.rule} as {actor}"] = environ
    return found


def growth(few: Portal, many: Portal) -> dict[str, float]:
    """By how much each page's time grew: the median of the rounds, each of which asks both."""
    small, large = environs(few), environs(many)
    found: dict[str, list[float]] = {name: [] for name in small if name in large}
    with silent():
        for _ in range(ROUNDS):
            for name, ratios in found.items():
                one = _elapsed(few, small[name])
                ratios.append(_elapsed(many, large[name]) / one)
    return {name: median(ratios) for name, ratios in found.items()}


def _elapsed(portal: Portal, environ: Environ) -> float:
    """Seconds of one request, the database's part included: the shortest of a few, which others disturb least."""
    took = []
    for _ in range(CALLS):
        begun = time.perf_counter()
        call(portal.app, environ)
        took.append(time.perf_counter() - begun)
    return min(took)


def plans(portal: Portal) -> dict[str, str]:
    """How the database goes about what is asked most, as it says itself."""
    with portal.app.app_context():
        at = now()
        viewer = db.session.get_one(User, 3)
        video_session = db.session.get_one(VideoSession, 1)
        token = portal.world.cookies["guest"]
        asked: dict[str, Callable[[], Any]] = {
            "What is shared with a guest (the start page)": lambda: access.listed_for(viewer, at=at),
            "Who can watch a recording (the sponsor's list)": lambda: _who(video_session, at),
            "The right to one byte range": lambda: playback.may_fetch(portal.world.film_key, token, at=at),
        }
        return {name: explained(ask) for name, ask in asked.items()}


def _who(video_session: VideoSession, at: datetime) -> object:
    return grants.who_can_watch(video_session, at=at)


def explained(ask: Callable[[], Any]) -> str:
    seen: list[tuple[str, Any]] = []

    def note(_connection: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            seen.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    sqlite = db.engine.dialect.name == "sqlite"
    words = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN (COSTS OFF) "
    lines = []
    for statement, parameters in seen:
        rows = db.session.connection().exec_driver_sql(words + statement, parameters).all()
        lines += _indented(rows) if sqlite else [str(row[0]) for row in rows]
        lines.append("")
    db.session.execute(text("SELECT 1"))
    return "\n".join(lines).strip()


def _indented(rows: Any) -> list[str]:
    """SQLite's plan as the tree it is."""
    depth = {0: 0}
    lines = []
    for step, parent, _, words in rows:
        depth[step] = depth.get(parent, 0) + 1
        lines.append("  " * (depth[step] - 1) + words)
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("database", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument(
        "--plans", action="store_true", help="print the plans of the three queries, and measure nothing"
    )
    parser.add_argument("--others", type=int, default=MANY, help="how many grants the large portal holds")
    asked = parser.parse_args()
    missed = 0
    with databases(*asked.database) as found:
        for database, cluster in found.items():
            with a_portal(cluster, FEW) as few, a_portal(cluster, asked.others) as many:
                if asked.plans:
                    for name, plan in plans(many).items():
                        print(f"\n### {name}, {database}\n\n{plan}")
                    continue
                grown = growth(few, many)
            print(f"\n{database}: {FEW} → {asked.others:,} grants, {len(grown)} pages")
            print(f"  {median(grown.values()):8.2f}×  the median of all")
            for name, ratio in sorted(grown.items(), key=lambda each: -each[1])[:12]:
                print(f"  {ratio:8.2f}×  {name}")
            above = sum(ratio > MOST for ratio in grown.values())
            missed += above
            print(f"  goal ≤ {MOST}: {'met' if not above else f'MISSED by {above}'}")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
