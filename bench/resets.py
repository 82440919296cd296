"""What stopping ten thousand passwords costs, with every sign-in ended, beside the least that has to be written.

    .venv/bin/python -m bench.resets [sqlite|postgresql]

The limit is what one bare statement a table takes that a reset cannot do without: the passwords, the sign-ins, and what
became of each. Both run in turns in one run, each kept by a commit and put back afterwards. Exits with 1 when the whole
reset takes more than four times that. What the letters cost on top is told beside it.
"""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, literal, select, text, update

from bench.portals import Portal, a_portal, databases
from portal.basics import tokens
from portal.basics.clock import now
from portal.basics.roles import Role, UserState
from portal.domain import bulk_resets
from portal.storage.db import UtcDateTime, db, transaction
from portal.storage.models import OutgoingEmail, PasswordReset, ResetOutcome, ResetRun, SignIn, User

PEOPLE = 10_000
ROUNDS = 7
MOST = 4.0


def guests(number: int, at: datetime) -> list[int]:
    """So many more guests with a password, each signed in with one browser."""
    first = (db.session.scalar(select(db.func.max(User.id))) or 0) + 1
    ids = list(range(first, first + number))
    common = {"role": Role.GUEST, "state": UserState.ACTIVE, "sponsor_id": 1, "created_at": at, "activated_at": at}
    people = [
        {"id": id_, "key": tokens.new_key(), "address": f"g{id_}@reset.example", "name": f"Guest {id_}"} | common
        for id_ in ids
    ]
    sign_ins = [
        {
            "key": tokens.new_key(),
            "user_id": id_,
            "token_hash": tokens.hash_token(str(id_)),
            "created_at": at,
            "last_seen_at": at,
            "idle_ends_at": at + timedelta(days=1),
            "ends_at": at + timedelta(days=1),
            "network": "203.0.113.9",
            "device": "Firefox",
        }
        for id_ in ids
    ]
    with transaction():
        db.session.execute(insert(User), [{**person, "password_hash": "v1$none"} for person in people])
        db.session.execute(insert(SignIn), sign_ins)
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    return ids


def put_back(first: int) -> None:
    with transaction():
        for table in (ResetOutcome, ResetRun, PasswordReset):
            db.session.execute(delete(table))
        db.session.execute(delete(OutgoingEmail).where(OutgoingEmail.user_id >= first))
        db.session.execute(update(User).where(User.id >= first).values(password_hash="v1$none"))
        back = update(SignIn).where(SignIn.user_id >= first)
        db.session.execute(back.values(ended_at=None, ended_because=""))
    db.session.remove()


def least(first: int, at: datetime) -> None:
    """One statement a table, nothing asked, nothing decided."""
    with transaction():
        run = ResetRun(key=tokens.new_key(), reach={}, words="", mails_way_in=False, created_at=at)
        db.session.add(run)
        db.session.flush()
        stopped = update(User).where(User.id >= first).values(password_hash=None, password_changed_at=at)
        ended = update(SignIn).where(SignIn.user_id >= first).values(ended_at=at, ended_because="reset-in-bulk")
        rows = select(literal(run.id), User.id, literal("voided"), literal(""), literal(at, UtcDateTime()))
        columns = ["run_id", "user_id", "kind", "why", "at"]
        outcomes = insert(ResetOutcome).from_select(columns, rows.where(User.id >= first))
        for statement in (stopped, ended):
            db.session.execute(statement.execution_options(synchronize_session=False))
        db.session.execute(outcomes)


def one_statement(first: int, at: datetime) -> None:
    """The passwords alone."""
    with transaction():
        stopped = update(User).where(User.id >= first).values(password_hash=None, password_changed_at=at)
        db.session.execute(stopped.execution_options(synchronize_session=False))


def whole(ids: list[int], at: datetime, *, mails: bool) -> None:
    with transaction():
        run = bulk_resets.void(ids, by=None, words="", reach={}, mails_way_in=mails, at=at)
    assert run.sign_ins_ended == len(ids)


def milliseconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1e3


def measure(portal: Portal) -> dict[str, float]:
    took: dict[str, list[float]] = {}
    with portal.app.app_context():
        ids = guests(PEOPLE, now())
        first, works = ids[0], dict[str, Callable[[], None]]()
        works["passwords"] = lambda: one_statement(first, now())
        works["least"] = lambda: least(first, now())
        works["whole"] = lambda: whole(ids, now(), mails=False)
        for turn in range(ROUNDS):
            for name, work in works.items():
                took.setdefault(name, []).append(milliseconds(work))
                put_back(first)
            if turn < 2:
                took.setdefault("letters", []).append(milliseconds(lambda: whole(ids, now(), mails=True)))
                put_back(first)
    return {name: statistics.median(times) for name, times in took.items()}


def main() -> int:
    missed = 0
    with databases(*(sys.argv[1:] or ["sqlite", "postgresql"])) as found:
        for database, cluster in found.items():
            with a_portal(cluster, 100) as portal:
                took = measure(portal)
            ratio = took["whole"] / took["least"]
            missed += ratio > MOST
            print(f"{database}, {PEOPLE:,} passwords stopped and sign-ins ended:")
            print(f"  one statement a table {took['least']:.0f} ms, of the passwords alone {took['passwords']:.0f} ms")
            verdict = "met" if ratio <= MOST else "MISSED"
            print(f"  the whole reset {took['whole']:.0f} ms, {ratio:.2f} × (at most {MOST:.0f} ×): {verdict}")
            print(f"  with a letter to each {took['letters'] / 1e3:.1f} s")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
