"""What looking for words costs, with few recordings and with many: a guest's search, and a sponsor's list.

    .venv/bin/python -m bench.searching [sqlite|postgresql]

Each recording has an hour of talk. A rare word stands in one recording of five thousand, a common one in all. Exits
with 1 when a search takes more than 2 queries, or when with many recordings one for a rare word takes more than 1.3
times as long as with few.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable

from sqlalchemy import event, insert, select, text

from bench.portals import Portal, a_portal, databases
from portal.basics.clock import now
from portal.domain import library, search
from portal.domain.library import Filters
from portal.storage.db import db, transaction
from portal.storage.models import SearchDocument, SearchPassage, User, VideoSession

FEW, MANY = 200, 50_000  # grants of strangers; ten make a recording
ROUNDS, TIMES = 7, 20
MOST_QUERIES, MOST_GROWTH = 2, 1.3
VOCABULARY = 30_000
WORDS = 1_500  # different ones in an hour of talk


def talk(portal: Portal) -> None:
    """An hour of talk in every recording; “zymurgy” in one of Ines's, “the” in all."""
    chance = random.Random(4)
    with portal.app.app_context():
        ids = db.session.scalars(select(VideoSession.id)).all()
        own = set(db.session.scalars(select(VideoSession.id).where(VideoSession.owner_id == 1)))
        for start in range(0, len(ids), 500):
            rows = []
            for each in ids[start : start + 500]:
                said = {f"w{chance.randrange(VOCABULARY)}" for _ in range(WORDS)} | {"the"}
                said |= {"zymurgy"} if each == 1 or each % 5_000 == 0 else set()
                words = " ".join(sorted(said))
                rows.append({"video_session_id": each, "title": " film ", "about": " ", "words": words})
            with transaction():
                db.session.execute(insert(SearchDocument), rows)
        passages = [
            {"video_session_id": each, "begins_at_ms": 1000 * n, "text": f"the w{n}", "words": f" the w{n} "}
            for each in own
            for n in range(240)
        ]
        with transaction():
            db.session.execute(insert(SearchPassage), passages)
        with db.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
        db.session.remove()


def works() -> dict[str, Callable[[], object]]:
    guest, sponsor = db.session.get_one(User, 3), db.session.get_one(User, 1)

    def listed(words: str) -> Callable[[], object]:
        return lambda: library.list_sessions(sponsor, at=now(), filters=Filters(words=words))

    return {
        "a guest's search, a rare word": lambda: search.look_for(guest, "zymurgy", at=now()),
        "a guest's search, a common word": lambda: search.look_for(guest, "the", at=now()),
        "a sponsor's list, a rare word": listed("zymurgy"),
        "a sponsor's list, a common word": listed("the"),
    }


def queries_of(work: Callable[[], object]) -> int:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def milliseconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    for _ in range(TIMES):
        work()
    return (time.perf_counter() - begun) * 1e3 / TIMES


def main() -> int:
    missed = 0
    with databases(*(sys.argv[1:] or ["sqlite", "postgresql"])) as found:
        for database, cluster in found.items():
            with a_portal(cluster, FEW) as small, a_portal(cluster, MANY) as large:
                portals = {"few": small, "many": large}
                for portal in portals.values():
                    talk(portal)
                took: dict[tuple[str, str], list[float]] = {}
                queries: dict[str, int] = {}
                for _ in range(ROUNDS):
                    for size, portal in portals.items():
                        with portal.app.app_context():
                            for name, work in works().items():
                                queries[name] = queries_of(work)
                                took.setdefault((name, size), []).append(milliseconds(work))
                            db.session.remove()
            print(f"{database}:")
            for name, number in queries.items():
                few, many = (statistics.median(took[name, size]) for size in ("few", "many"))
                fits = number <= MOST_QUERIES and (many / few <= MOST_GROWTH or "common" in name)
                missed += not fits
                said = f"{number} queries, {few:.1f} → {many:.1f} ms ({many / few:.2f} ×)"
                print(f"  {name}: {said}{': met' if fits else ': MISSED'}")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
