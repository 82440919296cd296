"""The one throttle of all doors: some tries are free, then waits that grow, end, and lock nobody out (ASVS 6.3.1)."""

import re
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal.domain import throttle
from portal.domain.throttle import Door, Pace
from portal.storage.db import db, transaction
from portal.storage.models import ThrottleCounter
from tests.factories import NOON

IMANI = "imani.okafor@brightwater.example"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def attempt(at, *, door=Door.SIGN_IN, account: str | None = IMANI, network="203.0.113.9"):
    with transaction():
        return throttle.take(door, account=account, network=network, at=at)


def tries_until_refused(at, **who) -> int:
    """How many tries pass at one moment."""
    return next(number for number in range(1000) if attempt(at, **who))


def test_five_tries_are_free_then_one_waits(app):
    assert tries_until_refused(NOON) == 5

    wait = attempt(NOON)

    assert wait.until == NOON + timedelta(seconds=30)
    assert wait.seconds(NOON) == 30
    assert wait.seconds(NOON + timedelta(seconds=29.5)) == 1


def test_waits_grow_to_a_longest_one_and_end_by_themselves(app):
    at, waits = NOON, []
    tries_until_refused(at)
    for _ in range(9):
        wait = attempt(at)
        waits.append(int((wait.until - at).total_seconds()))
        at = wait.until
        assert attempt(at) is None, "when the wait is over the next try counts"

    assert waits == [30, 60, 120, 240, 480, 900, 900, 900, 900]


def test_tries_during_a_wait_do_not_lengthen_it(app):
    """Else somebody who keeps trying would lock the owner out for good."""
    tries_until_refused(NOON)
    until = attempt(NOON).until

    for second in range(29):
        assert attempt(NOON + timedelta(seconds=second)).until == until


def test_after_a_day_of_rest_all_is_forgotten(app):
    tries_until_refused(NOON)

    assert tries_until_refused(NOON + DAY + MINUTE) == 5


def test_a_flood_leaves_the_owner_a_try_every_quarter_of_an_hour(app):
    """And a guesser no more than about a hundred a day."""
    at, passed = NOON, 0
    while at < NOON + DAY:
        wait = attempt(at, network=f"198.51.100.{passed}")
        passed += wait is None
        at = wait.until if wait else at

    assert 90 <= passed <= 110


def test_accounts_networks_and_doors_do_not_share_their_counters(app):
    tries_until_refused(NOON)

    assert attempt(NOON, account="other@brightwater.example") is None
    assert attempt(NOON, door=Door.CURRENT_PASSWORD) is None


def test_a_network_waits_whatever_account_it_tries(app):
    passed = 0
    while attempt(NOON, account=f"n{passed}@brightwater.example") is None:
        passed += 1

    assert passed == 40
    assert attempt(NOON, network="203.0.113.10") is None


def test_where_nothing_names_an_account_the_network_alone_counts(app):
    assert tries_until_refused(NOON, door=Door.TOKEN, account=None) == 40


def test_what_was_right_clears_the_account_and_gives_the_network_one_try_back(app):
    for number in range(39):
        assert attempt(NOON, account=f"n{number}@brightwater.example") is None
    assert attempt(NOON) is None  # the fortieth: from now on the network waits
    with transaction():
        throttle.forgive(Door.SIGN_IN, account=IMANI, network="203.0.113.9")

    assert attempt(NOON) is None, "its own try was given back"
    assert attempt(NOON) is not None, "those of others were not"


def test_nobody_wipes_out_guesses_with_an_account_of_their_own(app):
    """Guess, sign in rightly, guess again: the guesses still add up."""
    guesses = 0
    for _ in range(200):
        guesses += attempt(NOON, account=f"victim{guesses}@brightwater.example") is None
        if attempt(NOON, account="own@brightwater.example") is None:
            with transaction():
                throttle.forgive(Door.SIGN_IN, account="own@brightwater.example", network="203.0.113.9")

    assert guesses <= 41


def test_a_try_that_was_not_looked_at_does_not_count(app):
    for _ in range(100):
        assert attempt(NOON) is None
        with transaction():
            throttle.give_back(Door.SIGN_IN, account=IMANI, network="203.0.113.9")


def test_the_table_tells_nobody_who_was_tried(app):
    attempt(NOON)

    for counter in db.session.scalars(select(ThrottleCounter)):
        assert re.fullmatch(r"[0-9a-f]{64}", counter.name)


def test_of_many_at_once_no_more_pass_than_one_after_another(app):
    """Counting is one statement: nobody reads an old number."""
    barrier, passed = Barrier(20), []

    def one() -> None:
        with app.app_context():
            barrier.wait()
            if attempt(NOON) is None:
                passed.append(1)

    threads = [Thread(target=one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(passed) == 5
    assert db.session.scalar(select(func.count()).select_from(ThrottleCounter)) == 2


@given(
    pace=st.builds(
        Pace,
        free=st.integers(1, 50),
        first=st.timedeltas(timedelta(seconds=1), timedelta(minutes=10)),
        longest=st.timedeltas(timedelta(minutes=10), timedelta(hours=1)),
        forgotten_after=st.just(DAY),
    ),
    tries=st.integers(0, 10_000),
)
def test_waits_never_shrink_and_never_pass_the_longest(pace, tries):
    now, later = pace.wait_after(tries), pace.wait_after(tries + 1)

    assert (now is None) == (tries < pace.free)
    assert (now or timedelta()) <= (later or timedelta()) <= pace.longest


@pytest.mark.parametrize("door", Door)
def test_the_figures_are_published(door):
    """docs/security.md, "Throttle", has a line for each door."""
    text = (Path(__file__).parents[2] / "docs/security.md").read_text(encoding="utf-8")
    paces = (door.for_account, door.for_network)
    figures = [f"{p.free} | {words(p.first)} | {words(p.longest)} | {words(p.forgotten_after)}" for p in paces]

    assert f"| {door.label} | account | {figures[0]} |" in text or door is Door.TOKEN
    assert f"| {door.label} | network | {figures[1]} |" in text


def words(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
