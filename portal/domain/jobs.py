"""Work for the worker: queued with the change that asks for it, taken by lease, taken up again when a worker dies."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import and_, or_, select, update

from portal.basics import tokens
from portal.domain.work import tools
from portal.storage.db import after_commit, db
from portal.storage.models import Job, JobState

LEASE = timedelta(seconds=30)  # a heartbeat renews it; a dead worker's job is free again after it
MOST_TRIES = 3
PROCESS_SESSION = "process-session"
MAKE_POSTER = "make-poster"


class Lane(Enum):
    """Who waits for whom: work of one lane is done one after the other, and lanes do not wait for each other."""

    SHORT = ()  # all other kinds: one short transaction each
    PICTURES = (MAKE_POSTER,)  # take a second or two
    LONG = (PROCESS_SESSION,)  # take minutes and all cores


@dataclass(frozen=True)
class Lease:
    """A job in hand. `last_try` says that a failure now is final; `worn_out` that every try ended with its worker."""

    job_id: int
    kind: str
    subject_id: int
    lease: str
    last_try: bool
    worn_out: bool = False


def queue(kind: str, subject_id: int, *, at: datetime) -> Job:
    """Have the worker do this once the transaction is kept. One that still waits for the same subject is enough.

    It begins anew then: it is tried at once, and as often as any.
    """
    waiting = select(Job).where(Job.kind == kind, Job.subject_id == subject_id, Job.state == JobState.WAITING)
    # locked: a worker that takes it in this moment may have looked at its subject already
    job = db.session.scalars(waiting.with_for_update().execution_options(populate_existing=True)).first()
    if job is None:
        job = Job(kind=kind, subject_id=subject_id, next_try_at=at, created_at=at)
        db.session.add(job)
    job.tries, job.next_try_at = 0, at
    db.session.flush()
    job_id = job.id
    tell = tools().tell_worker
    after_commit(lambda: tell("job", job_id))
    return job


def _free_at(at: datetime):  # type: ignore[no-untyped-def]
    abandoned = and_(Job.state == JobState.RUNNING, Job.leased_until < at)
    return or_(and_(Job.state == JobState.WAITING, Job.next_try_at <= at), abandoned)


def take(job_id: int, *, at: datetime) -> Lease | None:
    """Take one job in hand, if it waits or its worker died; None when somebody else has it. One statement decides."""
    name = tokens.new_key()
    taken = db.session.execute(
        update(Job)
        .where(Job.id == job_id, _free_at(at))
        .values(state=JobState.RUNNING, leased_until=at + LEASE, lease=name, tries=Job.tries + 1)
        .returning(Job.kind, Job.subject_id, Job.tries)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        return None
    tries = taken.tries
    return Lease(job_id, taken.kind, taken.subject_id, name, last_try=tries >= MOST_TRIES, worn_out=tries > MOST_TRIES)


def heartbeat(lease: Lease, *, at: datetime) -> bool:
    """Keep the job in hand a while longer. False: it was taken over; stop and change nothing."""
    return _update_mine(lease, leased_until=at + LEASE)


def finish(lease: Lease, *, at: datetime) -> bool:
    """The work is done. False: it was taken over meanwhile, and what was made must be thrown away."""
    return _update_mine(lease, state=JobState.DONE, finished_at=at, leased_until=None)


def fail(lease: Lease, why: str, *, at: datetime) -> bool:
    """The work cannot be done; not tried again. `why` is a sentence."""
    return _update_mine(lease, state=JobState.FAILED, failure=why[:300], finished_at=at, leased_until=None)


def put_back(lease: Lease, *, at: datetime) -> bool:
    """Something passing went wrong: try again a little later."""
    return _update_mine(lease, state=JobState.WAITING, next_try_at=at + timedelta(seconds=20), leased_until=None)


def give_back(lease: Lease, *, at: datetime) -> bool:
    """The worker is asked to stop: anyone may take the job up at once, and this try does not count."""
    return _update_mine(lease, state=JobState.WAITING, next_try_at=at, leased_until=None, tries=Job.tries - 1)


def due(at: datetime, lane: Lane) -> list[int]:
    """Ids of jobs of this lane that wait, or whose worker died, oldest first."""
    others = [kind for other in Lane for kind in other.value]
    of_lane = Job.kind.in_(lane.value) if lane.value else Job.kind.not_in(others)
    return list(db.session.scalars(select(Job.id).where(_free_at(at), of_lane).order_by(Job.id).limit(100)))


def latest(kind: str, subject_id: int) -> Job | None:
    """The last that was queued for this subject, whatever came of it."""
    query = select(Job).where(Job.kind == kind, Job.subject_id == subject_id).order_by(Job.id.desc()).limit(1)
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _update_mine(lease: Lease, **values: object) -> bool:
    query = update(Job).where(Job.id == lease.job_id, Job.lease == lease.lease, Job.state == JobState.RUNNING)
    return bool(db.session.execute(query.values(**values).execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]
