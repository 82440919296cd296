"""Short ways to say what tests of bulk resets are about."""

from sqlalchemy import select

from portal.domain import bulk_resets
from portal.storage.db import db, transaction
from portal.storage.models import ResetOutcome, ResetRun, User
from tests.factories import NOON


def void(*people: User, by: User | None = None, at=NOON, **how) -> ResetRun:
    """A run over these people, kept."""
    words = {"words": f"{len(people)} people", "reach": {"kind": "chosen"}}
    with transaction():
        return bulk_resets.void([person.id for person in people], by=by, at=at, **(words | how))


def outcomes(run: ResetRun) -> dict[int, str]:
    """What became of each, by the id of the person: "voided", or why not."""
    rows = db.session.scalars(select(ResetOutcome).where(ResetOutcome.run_id == run.id))
    return {row.user_id: row.why or row.kind.value for row in rows}


def is_stopped(person: User) -> bool:
    """Whether the person has no password now."""
    return db.session.scalars(select(User.password_hash).where(User.id == person.id)).one() is None
