"""What the pages of a large event cost: 500 guests and 200 recordings, alone and among many other events.

    .venv/bin/python -m bench.events [sqlite|postgresql]

Half the guests see all of it, the others a part of 40; a fifth of what is theirs was watched. The second portal holds
300 events of others beside it, each with 50 of the same guests and 20 of the same recordings. Says how large each page
is, how long it takes, its processor time in bare Flask pages, and by how much it grew among the others. Exits with 1
when a page is larger than 400 kB, takes more than two seconds, or grew more than 1.3 times.
"""

import sys
from statistics import median

from sqlalchemy import func, insert, select, text

from bench import bare
from bench.growth import _elapsed
from bench.measuring import call, cpu_ms, environ_of, in_turns
from bench.portals import Portal, a_portal, databases, silent
from portal.basics import tokens
from portal.basics.clock import now
from portal.basics.roles import Role
from portal.storage.db import Model, db, transaction
from portal.storage.models import Assignment, Event, EventSession, Grant, User, VideoSession, WatchRecord, WhenItEnds

GUESTS, SESSIONS, PART = 500, 200, 40
OTHERS, THEIR_GUESTS, THEIR_SESSIONS = 300, 50, 20
ROUNDS, CALLS = 5, 3
MOST_BYTES, MOST_SECONDS, MOST_GROWTH = 400_000, 2.0, 1.3
_CHUNK = 5_000


def put(model: type[Model], rows: list[dict[str, object]]) -> None:
    for start in range(0, len(rows), _CHUNK):
        db.session.execute(insert(model.__table__), rows[start : start + _CHUNK])  # type: ignore[arg-type]


def add_event(owner_id: int, guests: list[int], sessions: list[int], parts: bool) -> str:
    """An event that is open; with `parts`, every second guest sees forty recordings. Gives its key."""
    at, key = now(), tokens.new_key()
    opens, closes = at.replace(year=at.year - 1), at.replace(year=at.year + 1)
    about = {"key": key, "owner_id": owner_id, "title": "Finals", "time_zone": "Europe/Berlin", "created_at": at}
    put(Event, [{**about, "opens_at": opens, "closes_at": closes}])
    event_id = db.session.scalar(select(func.max(Event.id)))
    put(EventSession, [{"event_id": event_id, "video_session_id": each, "added_at": at} for each in sessions])
    given = {"event_id": event_id, "granted_by_id": owner_id, "created_at": at, "when_it_ends": WhenItEnds.STOP}
    given |= {"begins_at": opens, "ends_at": closes}
    first = (db.session.scalar(select(func.max(Grant.id))) or 0) + 1
    put(
        Grant,
        [{"id": first + n, "guest_id": g, "is_assigned": parts and n % 2 == 1} | given for n, g in enumerate(guests)],
    )
    pairs = [
        {"grant_id": first + n, "video_session_id": sessions[(n * 7 + each) % len(sessions)], "created_at": at}
        for n in range(len(guests))
        if parts and n % 2
        for each in range(PART)
    ]
    put(Assignment, pairs)
    return key


def fill(portal: Portal, others: int) -> str:
    """The large event of Dana's, and so many of others; gives the key of hers."""
    with portal.app.app_context():
        with transaction():
            strangers = select(User.id).where(User.role == Role.GUEST, User.sponsor_id != 1).order_by(User.id)
            guests = list(db.session.scalars(strangers.limit(GUESTS)))
            template = db.session.execute(select(VideoSession.__table__).where(VideoSession.id == 1)).mappings().one()
            kept = {name: value for name, value in template.items() if name not in ("id", "key", "title", "folder_id")}
            put(
                VideoSession,
                [{**kept, "key": tokens.new_key(), "title": f"Entry of team {n}"} for n in range(SESSIONS)],
            )
            newest = select(VideoSession.id).order_by(VideoSession.id.desc()).limit(SESSIONS)
            sessions = sorted(db.session.scalars(newest))
            seen = {"watched": [[0, 9000]], "watched_seconds": 900.0, "watched_at": now(), "media_version": 1}
            pairs = [(g, s) for n, g in enumerate(guests) for m, s in enumerate(sessions) if (n + m) % 5 == 0]
            put(WatchRecord, [{"user_id": g, "video_session_id": s} | seen for g, s in pairs])
            owner = db.session.scalar(select(func.min(User.id)).where(User.role == Role.SPONSOR, User.id > 1)) or 1
            for number in range(others):
                first = number % (GUESTS - THEIR_GUESTS)
                their_sessions = sessions[number % (SESSIONS - THEIR_SESSIONS) :][:THEIR_SESSIONS]
                add_event(owner, guests[first : first + THEIR_GUESTS], their_sessions, parts=False)
            key = add_event(1, guests, sessions, parts=True)
        with db.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
        db.session.remove()
    return key


def pages(key: str) -> dict[str, str]:
    return {
        "board": f"/events/{key}",
        "board, not begun": f"/events/{key}?show=not-begun",
        "grid": f"/events/{key}/assignments",
        "recordings": f"/events/{key}/sessions",
        "guests": f"/events/{key}/people",
        "spread, the look": f"/events/{key}/assignments/spread?each=3",
    }


def main() -> int:
    missed = 0
    with databases(*(sys.argv[1:] or ["sqlite", "postgresql"])) as found:
        for database, cluster in found.items():
            with a_portal(cluster, GUESTS) as alone, a_portal(cluster, GUESTS) as among:
                keys = fill(alone, 0), fill(among, OTHERS)
                print(
                    f"\n{database}: {GUESTS} guests, {SESSIONS} recordings; beside it none, and {OTHERS} other events"
                )
                for name, path in pages(keys[0]).items():
                    missed += told(name, alone, path, among, pages(keys[1])[name])
    return bool(missed)


def told(name: str, alone: Portal, path: str, among: Portal, other_path: str) -> bool:
    """Measure one page, say what it takes, and whether that is too much."""
    one = environ_of(path, alone.cookie("sponsor"))
    other = environ_of(other_path, among.cookie("sponsor"))
    with silent():
        status, body = call(alone.app, one)
        assert status == "200 OK", f"{path} answered {status}"
        works = {
            "bare": lambda: cpu_ms(bare.app, environ_of("/"), 100),
            "page": lambda: cpu_ms(alone.app, one, CALLS),
        }
        cpu = in_turns(works, ROUNDS)
        times = [(_elapsed(alone, one), _elapsed(among, other)) for _ in range(ROUNDS)]
    seconds, growth = median(pair[0] for pair in times), median(large / small for small, large in times)
    is_missed = len(body) > MOST_BYTES or seconds > MOST_SECONDS or growth > MOST_GROWTH
    ratio = cpu["page"] / cpu["bare"]
    size = f"{len(body) / 1000:6.0f} kB {seconds * 1000:7.0f} ms"
    print(f"  {name:18} {size} {ratio:6.1f}× bare {growth:5.2f}× among others{': MISSED' if is_missed else ''}")
    return is_missed


if __name__ == "__main__":
    sys.exit(main())
