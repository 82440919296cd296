"""Work that nobody loses and nobody does twice."""

from datetime import timedelta

import pytest

from portal.domain import jobs
from portal.domain.jobs import Lane, Lease
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import Job, JobState
from tests.factories import NOON

pytestmark = pytest.mark.usefixtures("app")


def queued(kind: str = "test-kind", subject_id: int = 7) -> Job:
    with transaction():
        return jobs.queue(kind, subject_id, at=NOON)


def taken(job: Job, at=NOON) -> Lease:
    with transaction():
        lease = jobs.take(job.id, at=at)
    assert lease is not None
    return lease


def as_kept(job: Job) -> Job:
    return db.session.get_one(Job, job.id, populate_existing=True)


def test_a_job_is_told_of_once_it_is_kept():
    told: list[tuple[str, int]] = []
    tools().tell_worker = lambda kind, row_id: told.append((kind, row_id))

    with transaction():
        job = jobs.queue("test-kind", 7, at=NOON)
        assert told == []

    assert told == [("job", job.id)]


def test_the_same_work_asked_for_twice_waits_once():
    assert queued().id == queued().id
    assert queued(subject_id=8).id != queued().id


def test_work_asked_for_while_it_is_done_is_done_again():
    first = queued()
    taken(first)

    assert queued().id != first.id


def test_only_one_worker_gets_a_job():
    job = queued()
    taken(job)

    with transaction():
        assert jobs.take(job.id, at=NOON) is None
    assert jobs.due(NOON, Lane.SHORT) == []


def test_the_job_of_a_dead_worker_is_free_again_after_its_lease():
    job = queued()
    taken(job)

    assert jobs.due(NOON + jobs.LEASE, Lane.SHORT) == []
    assert jobs.due(NOON + jobs.LEASE + timedelta(seconds=1), Lane.SHORT) == [job.id]


def test_a_heartbeat_keeps_a_job_in_hand():
    job = queued()
    lease = taken(job)

    with transaction():
        assert jobs.heartbeat(lease, at=NOON + timedelta(seconds=20))

    assert jobs.due(NOON + timedelta(seconds=40), Lane.SHORT) == []


@pytest.mark.parametrize("act", [jobs.heartbeat, jobs.finish, jobs.put_back, jobs.give_back])
def test_a_worker_whose_job_was_taken_over_changes_nothing(act):
    job = queued()
    slow = taken(job)
    later = NOON + timedelta(minutes=1)
    quick = taken(job, at=later)

    with transaction():
        assert act(slow, at=later) is False

    assert as_kept(job).lease == quick.lease
    assert as_kept(job).state is JobState.RUNNING


def test_the_third_try_is_the_last_and_the_fourth_says_so():
    job = queued()
    tries = [taken(job, at=NOON + timedelta(minutes=number)) for number in range(4)]

    assert [lease.last_try for lease in tries] == [False, False, True, True]
    assert [lease.worn_out for lease in tries] == [False, False, False, True]


def test_a_job_put_back_waits_a_little():
    job = queued()
    lease = taken(job)
    with transaction():
        jobs.put_back(lease, at=NOON)

    assert jobs.due(NOON, Lane.SHORT) == []
    assert jobs.due(NOON + timedelta(seconds=20), Lane.SHORT) == [job.id]


def test_a_job_given_back_by_a_worker_that_stops_costs_no_try():
    job = queued()
    for _ in range(5):
        lease = taken(job)
        with transaction():
            jobs.give_back(lease, at=NOON)

    assert taken(job).last_try is False


def test_a_failed_job_keeps_its_reason_and_is_not_tried_again():
    job = queued()
    lease = taken(job)
    with transaction():
        jobs.fail(lease, "This file is empty.", at=NOON)

    assert (as_kept(job).state, as_kept(job).failure) == (JobState.FAILED, "This file is empty.")
    assert jobs.due(NOON + timedelta(days=1), Lane.SHORT) == []


def test_long_and_short_work_are_told_apart():
    video, other = queued(jobs.PROCESS_SESSION), queued()

    assert jobs.due(NOON, Lane.LONG) == [video.id]
    assert jobs.due(NOON, Lane.SHORT) == [other.id]
