"""What the worker throws away: counters nobody waits for, uploads that were never finished, lists of a day ago."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_

from portal.domain.work import tools
from portal.storage.db import db
from portal.storage.models import GuestList, Job, JobState, ThrottleCounter

TRIES_KEPT = timedelta(days=2)
JOBS_KEPT = timedelta(days=30)
LISTS_KEPT = timedelta(days=1)
UPLOADS_KEPT = timedelta(days=1)  # security.md, Faults: "abandoned parts go after a day"


def forget_old_tries(*, at: datetime) -> None:
    """Drop throttle counters that nobody has touched for two days and that hold nobody up any more."""
    idle = or_(ThrottleCounter.waits_until.is_(None), ThrottleCounter.waits_until < at)
    old = delete(ThrottleCounter).where(ThrottleCounter.last_at < at - TRIES_KEPT, idle)
    db.session.execute(old.execution_options(synchronize_session=False))


def forget_done_jobs(*, at: datetime) -> None:
    """Drop what was done a month ago. Failed jobs stay: somebody may ask why."""
    old = delete(Job).where(Job.state == JobState.DONE, Job.finished_at < at - JOBS_KEPT)
    db.session.execute(old.execution_options(synchronize_session=False))


def forget_lists(*, at: datetime) -> None:
    """Drop lists of guests a day after they were brought: what they gave stays."""
    old = delete(GuestList).where(GuestList.created_at < at - LISTS_KEPT)
    db.session.execute(old.execution_options(synchronize_session=False))


def remove_abandoned_uploads(*, at: datetime) -> int:
    """Delete unfinished uploads and left-over work that nobody has touched for a day, and count them."""
    return tools().media.remove_abandoned(at - UPLOADS_KEPT)
