"""What is thrown away, and what is not."""

import os
from datetime import timedelta

import pytest

from portal.domain import housekeeping, jobs
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import Job, ThrottleCounter
from tests.factories import NOON

pytestmark = pytest.mark.usefixtures("app")


def test_counters_that_hold_nobody_up_go_after_two_days():
    days_ago = {"old": 3, "held": 3, "new": 1}
    with transaction():
        for name, days in days_ago.items():
            moment = NOON - timedelta(days=days)
            waits = NOON + timedelta(hours=1) if name == "held" else None
            db.session.add(ThrottleCounter(name=name, tries=1, first_at=moment, last_at=moment, waits_until=waits))

    with transaction():
        housekeeping.forget_old_tries(at=NOON)

    assert set(db.session.scalars(db.select(ThrottleCounter.name))) == {"held", "new"}


def test_done_jobs_go_after_a_month_and_failed_ones_stay():
    with transaction():
        for subject in (1, 2):
            jobs.queue("test-kind", subject, at=NOON)
    done, failed = db.session.scalars(db.select(Job.id).order_by(Job.id)).all()
    with transaction():
        first, second = jobs.take(done, at=NOON), jobs.take(failed, at=NOON)
        assert first is not None
        assert second is not None
        jobs.finish(first, at=NOON)
        jobs.fail(second, "The file is empty.", at=NOON)

    with transaction():
        housekeeping.forget_done_jobs(at=NOON + timedelta(days=31))

    assert list(db.session.scalars(db.select(Job.id))) == [failed]


def test_uploads_that_nobody_finished_go_after_a_day():
    folder = tools().media.incoming_folder
    for name, hours in {"abandoned": 25, "under way": 23}.items():
        (folder / name).write_bytes(b"part")
        moment = (NOON - timedelta(hours=hours)).timestamp()
        os.utime(folder / name, (moment, moment))

    assert housekeeping.remove_abandoned_uploads(at=NOON) == 1

    assert [file.name for file in folder.iterdir()] == ["under way"]
