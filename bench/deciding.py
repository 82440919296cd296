"""What one decision costs: queries, and processor time beside a bare query of the same run.

    .venv/bin/python -m bench.deciding [sqlite|postgresql]

`decide` and `find` are asked with nothing in the identity map, as at the beginning of a request, for a guest who is
named on the session's folder and has a sitting open: the longest way. Exits with 1 when one takes more than 3 queries,
or 1 ms of processor time or more.
"""

import statistics
import sys
import time
from collections.abc import Callable

from sqlalchemy import event, text

from bench.portals import Portal, a_portal, databases
from portal.basics.clock import now
from portal.domain import access
from portal.storage.db import db
from portal.storage.models import SignIn, User, VideoSession

OTHERS = 1000
TIMES = 400
ROUNDS = 7
MOST_QUERIES = 3
MOST_US = 1000.0


def works(portal: Portal) -> dict[str, Callable[[], object]]:
    """What is measured, the bare query first."""
    viewer = db.session.get_one(User, 3)
    video_session = db.session.get_one(VideoSession, 1)
    sign_in = db.session.scalars(db.select(SignIn).where(SignIn.user_id == viewer.id).limit(1)).one()
    for row in (viewer, video_session, sign_in):
        db.session.expunge(row)  # at hand, and yet nothing else is known of
    bare, key = text("SELECT id FROM users WHERE id = 3"), portal.world.session_key

    def decide() -> object:
        return access.decide(viewer, video_session, at=now(), sign_in=sign_in)

    def find() -> object:
        return access.find(viewer, key, at=now(), sign_in=sign_in)

    assert decide().allowed  # type: ignore[attr-defined]
    return {"a bare query": lambda: db.session.execute(bare).scalar_one(), "decide": decide, "find": find}


def queries_of(work: Callable[[], object]) -> int:
    """How many statements it sends, but for those that only begin a transaction."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        db.session.expunge_all()
        work()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def microseconds(work: Callable[[], object], times: int = TIMES) -> float:
    """Processor time of one call in this process; on SQLite the database's own is in it."""
    spent = 0.0
    for _ in range(times):
        db.session.expunge_all()
        begun = time.process_time()
        work()
        spent += time.process_time() - begun
    return spent * 1e6 / times


def measure(portal: Portal, *, rounds: int = ROUNDS, times: int = TIMES) -> dict[str, tuple[int, float]]:
    """Queries and microseconds of each, in turns; the median of the rounds."""
    with portal.app.app_context():
        asked = works(portal)
        queries = {name: queries_of(work) for name, work in asked.items()}
        found: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(rounds):
            for name, work in asked.items():
                found[name].append(microseconds(work, times))
        return {name: (queries[name], statistics.median(values)) for name, values in found.items()}


def main() -> int:
    missed = 0
    with databases(*(sys.argv[1:] or ["sqlite", "postgresql"])) as found:
        for database, cluster in found.items():
            with a_portal(cluster, OTHERS) as portal:
                measured = measure(portal)
            bare = measured.pop("a bare query")[1]
            print(f"{database}: a bare query {bare:.0f} µs")
            for name, (queries, took) in measured.items():
                fits = queries <= MOST_QUERIES and took < MOST_US
                missed += not fits
                said = f"{queries} queries, {took:.0f} µs, as long as {took / bare:.1f} bare queries"
                print(f"  {name}: {said}; goal {MOST_QUERIES} queries, 1 ms: {'met' if fits else 'MISSED'}")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
