"""What a list of 10,000 guests costs: until its preview stands, and until all of them are invited.

    .venv/bin/python -m bench.lists [sqlite|postgresql] [--profile]

The limit of the import is the least that has to be written, by two statements in the same run: 10,000 guests and 10,000
grants. Exits with 1 when the import takes more than 4 times as long, or a preview more than 5 seconds or 200 MB.
"""

import cProfile
import io
import pstats
import resource
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from statistics import median
from typing import Any

import xlsxwriter
from sqlalchemy import func, insert, select

from bench.measuring import verdict
from bench.portals import Portal, a_portal, databases
from portal.basics import tables, tokens
from portal.basics.clock import now
from portal.basics.roles import Role, UserState
from portal.domain import guest_lists, options
from portal.domain.grants import Terms
from portal.storage.db import db, new_ids, transaction
from portal.storage.models import Folder, Grant, GuestList, OutgoingEmail, User

ROWS, BAD, ROUNDS = 10_000, 100, 5
MOST_SECONDS, MOST_MEGABYTES, MOST_RATIO = 5.0, 200, 4.0


def rows_of(batch: str) -> Iterator[list[str]]:
    """A head, and 10,000 people who are new; some of the rows cannot be read."""
    yield ["Name", "E-mail", "Until"]
    for number in range(ROWS):
        at = "(at)" if number % (ROWS // BAD) == 0 else "@"
        yield [f"Guest {number}", f"{batch}.{number}{at}brightwater.example", "4 Dec 2090"]


def as_workbook(batch: str) -> bytes:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"constant_memory": True, "in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("2026")
        for number, row in enumerate(rows_of(batch)):
            sheet.write_row(number, 0, row)
    return written.getvalue()


def people() -> tuple[User, Folder]:
    return db.session.get_one(User, 1), db.session.scalars(select(Folder).where(Folder.owner_id == 1)).first()  # type: ignore[return-value]


def brought(content: bytes) -> str:
    """The key of a list that was brought for Dana's first folder."""
    by, on = people()
    table = tables.read_file(content, most_rows=guest_lists.MOST_ROWS + 1)
    with transaction():
        kept = guest_lists.keep(table, on, terms=Terms(), note="Do come.", by=by, at=now(), file_name="jury.csv")
    return kept.key


def previewed(key: str) -> int:
    by, _ = people()
    return sum(row.is_bad for row in guest_lists.preview(guest_lists.find(key, by, at=now()), by=by, at=now()))


def sent(key: str) -> float:
    begun = clock()
    by, _ = people()
    with transaction():
        found = guest_lists.find(key, by, at=now())
        named = guest_lists.send(found, renew=True, seen_over={}, why=lambda fate: fate.fault, by=by, at=now())
    took = clock() - begun
    assert len(named.invited) == ROWS - BAD
    return took


def clock() -> float:
    """Processor time where the database is in this process, else the time that passes."""
    return time.process_time() if db.engine.dialect.name == "sqlite" else time.perf_counter()


def two_statements(batch: str) -> float:
    """The limit: what the rows of accounts and grants alone take, made ready before the clock runs."""
    by, on = people()
    at: datetime = now()
    with transaction():
        ids = new_ids(User, ROWS)
    same = {"role": Role.GUEST, "state": UserState.INVITED, "sponsor_id": by.id, "created_at": at}
    users: list[dict[str, Any]] = [
        {"id": ids[n], "key": tokens.new_key(), "address": f"{batch}.{n}@bw.example", "name": f"Guest {n}", **same}
        for n in range(ROWS)
    ]
    grants = [{"guest_id": user_id, "folder_id": on.id, "granted_by_id": by.id, "created_at": at} for user_id in ids]
    begun = clock()
    with transaction():
        connection = db.session.connection()
        connection.execute(insert(User.__table__), users)  # type: ignore[arg-type]
        connection.execute(insert(Grant.__table__), grants)  # type: ignore[arg-type]
    return clock() - begun


def as_csv(batch: str) -> bytes:
    return "\r\n".join(";".join(row) for row in rows_of(batch)).encode("utf-8-sig")


def measured(portal: Portal, database: str, *, profile: bool) -> int:
    missed = 0
    with portal.app.app_context():
        by = db.session.get_one(User, 2)  # Nora
        with transaction():
            options.set_new_guests(100_000, by=by, at=now())
        for kind, content in (("CSV", as_csv("one")), ("XLSX", as_workbook("two"))):
            before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, clock()
            key = brought(content)
            read = clock() - begun
            assert previewed(key) == BAD
            took = clock() - begun
            grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            fits = took <= MOST_SECONDS and grown <= MOST_MEGABYTES
            missed += not fits
            print(
                f"  {kind}, {ROWS:,} rows: preview after {took:.2f} s ({read:.2f} s of it until it is kept), "
                f"{grown:.0f} MB more at most: {'met' if fits else 'MISSED'}"
            )
            db.session.remove()
        limits: list[float] = []
        imports: list[float] = []
        for number in range(ROUNDS):
            key = brought(as_csv(f"i{number}"))
            db.session.remove()
            limits.append(two_statements(f"l{number}"))
            db.session.remove()
            if profile and number == ROUNDS - 1:
                with cProfile.Profile() as profiler:
                    sent(key)
                pstats.Stats(profiler).sort_stats("tottime").print_stats(25)
                continue
            imports.append(sent(key))
            db.session.remove()
        waiting = db.session.scalar(select(func.count(OutgoingEmail.id)).where(OutgoingEmail.words_id.is_not(None)))
        kept = db.session.scalar(select(func.count(GuestList.id)).where(GuestList.sent_at.is_not(None)))
        assert waiting == (ROWS - BAD) * (kept or 0)
        ratio = median(imports) / median(limits)
        said = verdict(ratio, MOST_RATIO)
        missed += said != "met"
        print(
            f"  {ROWS:,} rows invited: {median(imports):.2f} s, two statements {median(limits):.2f} s: "
            f"{ratio:.1f} × ({said})"
        )
        db.session.remove()
    return missed


def main() -> int:
    asked = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    missed = 0
    with databases(*(asked or ["sqlite", "postgresql"])) as found:
        for database, cluster in found.items():
            print(f"{database}:")
            with a_portal(cluster, 10_000) as portal:
                missed += measured(portal, database, profile="--profile" in sys.argv)
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
