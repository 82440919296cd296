"""Does the question who may watch what cost more when there are a million grants? On both databases.

    .venv/bin/python -m bench.listing [sqlite|postgresql] [--grants N] [--plans]

The start page's list of a guest, one decision, a poster and the right to a byte range are asked in a portal with ten
grants of others and in one with a million, in turns. Exits with 1 when one of them takes more than 1.3 times as long.
`--plans` prints how the database goes about each of them in the large portal.
"""

import argparse
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import String, cast, func, insert, literal, select, text

from bench.growth import explained
from bench.portals import Portal, a_portal, databases
from portal.basics.clock import now
from portal.domain import access, playback
from portal.storage.db import db, transaction
from portal.storage.models import Grant, Stream, User, VideoSession, ViewBudget, Viewing, WhenItEnds

FEW, MANY = 10, 1_000_000
STRANGERS = 10_000
ROUNDS, CALLS = 9, 20
MOST = 1.3
GUEST = 3  # Ines, who is named on twenty recordings


def multiply(grants: int) -> int:
    """So many grants of strangers in all, on recordings of strangers; gives how many there are now."""
    first = db.session.scalar(select(func.min(Grant.guest_id)).where(Grant.granted_by_id != 1)) or 0
    people = db.session.scalar(select(func.count()).select_from(User).where(User.id >= first)) or 1
    own = select(VideoSession.id).where(VideoSession.owner_id != 1).order_by(VideoSession.id)
    some = own.limit(grants // people).subquery()
    at = now()
    facts = {
        "granted_by_id": literal(1),
        "created_at": literal(at, Grant.created_at.type),
        "ends_at": literal(at + timedelta(days=30), Grant.ends_at.type),
        "when_it_ends": literal(WhenItEnds.FINISH, Grant.when_it_ends.type),
        "version": literal(1),
    }
    rows = select(User.id, some.c.id, *facts.values()).select_from(User).join(some, literal(True))
    with transaction():
        db.session.execute(
            insert(Grant).from_select(["guest_id", "video_session_id", *facts], rows.where(User.id >= first))
        )
        _use(at)
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    return db.session.scalar(select(func.count()).select_from(Grant)) or 0


def _use(at: datetime) -> None:
    """Every twentieth of those grants was used: a view is taken, a sitting begun, a player opened, a part watched."""
    name, moment = "g" + cast(Grant.id, String), literal(at, Viewing.created_at.type)
    used = (Grant.granted_by_id == 1, Grant.id % 20 == 0, Grant.guest_id != GUEST, Grant.video_session_id.is_not(None))
    sitting = {
        "key": name,
        "user_id": Grant.guest_id,
        "video_session_id": Grant.video_session_id,
        "grant_id": Grant.id,
        "right": literal("grant"),
        "created_at": moment,
        "ends_at": literal(at + timedelta(hours=8), Viewing.ends_at.type),
    }
    player = {
        "key": Viewing.key,
        "user_id": Viewing.user_id,
        "viewing_id": Viewing.id,
        "trace_code": func.substr(Viewing.key, 1, 8),
        "device": literal("a measurement"),
        "network": literal("127.0.0.1"),
        "created_at": moment,
        "seen_at": moment,
    }
    budget = {"grant_id": Grant.id, "video_session_id": Grant.video_session_id, "taken": literal(1)}
    for model, facts, which in (
        (ViewBudget, budget, used),
        (Viewing, sitting, used),
        (Stream, player, (Viewing.key.like("g%"), Viewing.grant_id % 20 == 0, func.length(Viewing.key) <= 8)),
    ):
        db.session.execute(insert(model).from_select(list(facts), select(*facts.values()).where(*which)))


def works(portal: Portal) -> dict[str, Callable[[], object]]:
    """What is asked, each with nothing known from before."""
    viewer, video_session = db.session.get_one(User, GUEST), db.session.get_one(VideoSession, 1)
    key, token, film = video_session.key, portal.world.cookies["guest"], portal.world.film_key
    db.session.expunge_all()
    return {
        "What is shared with a guest (the start page)": lambda: access.listed_for(viewer, at=now()),
        "One decision": lambda: access.decide(viewer, video_session, at=now()),
        "The page of a recording": lambda: access.find(viewer, key, at=now()),
        "A poster": lambda: access.poster_of(viewer, key, at=now()),
        "The right to one byte range": lambda: playback.may_fetch(film, token, at=now()),
    }


def elapsed(portal: Portal, name: str) -> float:
    """Seconds of one, the database's part included: the shortest of a few, which others disturb least."""
    with portal.app.app_context():
        work, took = works(portal)[name], []
        for _ in range(CALLS):
            begun = time.perf_counter()
            assert work() is not None
            took.append(time.perf_counter() - begun)
            db.session.expunge_all()
        return min(took)


def growth(few: Portal, many: Portal, rounds: int = ROUNDS) -> dict[str, tuple[float, float, float]]:
    """Of each: milliseconds with few and with many, and by how much it grew; medians of rounds that ask both."""
    with few.app.app_context():
        names = list(works(few))
    found: dict[str, tuple[float, float, float]] = {}
    for name in names:
        pairs = [(elapsed(few, name), elapsed(many, name)) for _ in range(rounds)]
        small, large = (median(pair[place] for pair in pairs) * 1000 for place in (0, 1))
        found[name] = (small, large, median(large / small for small, large in pairs))
    return found


def plans(portal: Portal) -> dict[str, str]:
    """How the database goes about each of them, as it says itself."""
    with portal.app.app_context():
        return {name: explained(work) for name, work in works(portal).items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("database", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--grants", type=int, default=MANY, help="how many grants the large portal holds")
    parser.add_argument("--plans", action="store_true", help="print the plans in the large portal")
    asked = parser.parse_args()
    strangers, missed = min(STRANGERS, asked.grants // 10), 0
    with databases(*asked.database) as found:
        for database, cluster in found.items():
            with a_portal(cluster, FEW) as few, a_portal(cluster, strangers) as many:
                with many.app.app_context():
                    held = multiply(asked.grants)
                    db.session.remove()
                print(f"\n{database}: {FEW} → {held:,} grants")
                for name, (small, large, ratio) in growth(few, many).items():
                    missed += ratio > MOST
                    print(f"  {small:6.2f} → {large:6.2f} ms  {ratio:5.2f}×  {name}{': MISSED' * (ratio > MOST)}")
                for name, plan in plans(many).items() if asked.plans else ():
                    print(f"\n### {name}, {database}\n\n{plan}")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
