"""The one throttle of all doors where something secret can be guessed (security.md, Guessing; ASVS 6.3.1).

Every try is counted before anything is checked: for the account it names, existing or not, and for the network it comes
from. Some tries are free; then there are waits between tries, each twice the last up to a longest one. Waits end by
themselves and tries made during one neither count nor lengthen it, so nobody can lock another out for good. The figures
are published in docs/security.md, "Throttle"; a test keeps the two equal.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from math import ceil
from typing import Any

from sqlalchemy import case, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from portal.storage.db import db
from portal.storage.models import ThrottleCounter


@dataclass(frozen=True)
class Pace:
    """`free` tries, then a wait of `first` after each, doubling up to `longest`; all forgotten after a pause."""

    free: int
    first: timedelta
    longest: timedelta
    forgotten_after: timedelta

    def wait_after(self, tries: int) -> timedelta | None:
        """How long to wait after that many tries; None while they are free."""
        if tries < self.free:
            return None
        doubled: int = 2 ** min(tries - self.free, 20)
        return min(self.first * doubled, self.longest)


_SECONDS, _MINUTE, _HOUR, _DAY = timedelta(seconds=30), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_OF_NETWORKS = Pace(40, _SECONDS, 15 * _MINUTE, _HOUR)


class Door(Enum):
    """Where something can be guessed, with the pace for one account and for one network."""

    SIGN_IN = ("sign-in", Pace(5, _SECONDS, 15 * _MINUTE, _DAY), _OF_NETWORKS)
    CURRENT_PASSWORD = ("current-password", Pace(5, _SECONDS, 15 * _MINUTE, _DAY), _OF_NETWORKS)
    FORGOTTEN = ("forgotten", Pace(3, 10 * _MINUTE, _HOUR, _DAY), Pace(20, _MINUTE, 15 * _MINUTE, _HOUR))
    SET_UP_CODE = ("set-up-code", Pace(10, _SECONDS, 15 * _MINUTE, _DAY), _OF_NETWORKS)
    VIDEO_PASSWORD = ("video-password", Pace(5, _SECONDS, 15 * _MINUTE, _DAY), _OF_NETWORKS)
    TOKEN = ("token", _OF_NETWORKS, _OF_NETWORKS)

    def __init__(self, label: str, for_account: Pace, for_network: Pace) -> None:
        self.label = label
        self.for_account = for_account
        self.for_network = for_network


@dataclass(frozen=True)
class Wait:
    """The try was refused and nothing may be checked. `until`: when the next one counts."""

    until: datetime

    def seconds(self, at: datetime) -> int:
        """For Retry-After: whole seconds, at least one."""
        return max(1, ceil((self.until - at).total_seconds()))


def take(door: Door, *, account: str | None, network: str, at: datetime) -> Wait | None:
    """Count a try, and say whether it must wait. In a transaction of its own, kept before anything is checked.

    `account` is what is tried to get into, in whatever spelling is one (a normalised address, a key); None where
    nothing names one. Networks are always counted first, so that two tries never wait for each other in a circle.
    """
    wait = _count(_name(door, "network", network), door.for_network, at)
    if wait is None and account is not None:
        wait = _count(_name(door, "account", account), door.for_account, at)
    return wait


def forgive(door: Door, *, account: str | None, network: str | None = None) -> None:
    """It was right: the account starts afresh, and the network gets this one try back and no more.

    So an address behind which many sign in is not held up by them, and nobody wipes out their guesses with an account
    of their own.
    """
    if account is not None:
        db.session.execute(delete(ThrottleCounter).where(ThrottleCounter.name == _name(door, "account", account)))
    if network is not None:
        _give_back(_name(door, "network", network), door.for_network)


def give_back(door: Door, *, account: str | None, network: str) -> None:
    """Nothing was checked after all (too busy): the try does not count."""
    _give_back(_name(door, "network", network), door.for_network)
    if account is not None:
        _give_back(_name(door, "account", account), door.for_account)


def _name(door: Door, kind: str, who: str) -> str:
    """A hash: the table tells nobody which addresses were tried, and any length fits."""
    return hashlib.sha256(f"{door.label}\n{kind}\n{who}".encode("utf-8", "surrogatepass")).hexdigest()


def _count(name: str, pace: Pace, at: datetime) -> Wait | None:
    tries = _one_more(name, pace, at)
    if tries is None:
        until = db.session.scalar(select(ThrottleCounter.waits_until).where(ThrottleCounter.name == name))
        return Wait(until or at)
    wait = pace.wait_after(tries)
    if wait is not None:
        query = update(ThrottleCounter).where(ThrottleCounter.name == name).values(waits_until=at + wait)
        db.session.execute(query.execution_options(synchronize_session=False))
    return None


def _one_more(name: str, pace: Pace, at: datetime) -> int | None:
    """The number of this try, or None while the counter waits. One statement decides, however many try at once."""
    is_old = ThrottleCounter.last_at < at - pace.forgotten_after
    changed: dict[str, Any] = {
        "tries": case((is_old, 1), else_=ThrottleCounter.tries + 1),
        "first_at": case((is_old, at), else_=ThrottleCounter.first_at),
        "last_at": at,
        "waits_until": None,
    }
    free_now = or_(ThrottleCounter.waits_until.is_(None), ThrottleCounter.waits_until <= at)
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    query = (
        insert(ThrottleCounter)
        .values(name=name, tries=1, first_at=at, last_at=at)
        .on_conflict_do_update(index_elements=[ThrottleCounter.name], set_=changed, where=free_now)
        .returning(ThrottleCounter.tries)
    )
    return db.session.execute(query).scalar_one_or_none()


def _give_back(name: str, pace: Pace) -> None:
    """One try less. The wait it began goes as well: had it been refused, it would not have been counted."""
    query = update(ThrottleCounter).where(ThrottleCounter.name == name, ThrottleCounter.tries > 0)
    values = {"tries": ThrottleCounter.tries - 1, "waits_until": None}
    db.session.execute(query.values(**values).execution_options(synchronize_session=False))
