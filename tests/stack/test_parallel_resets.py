"""Resets pressed at once in processes of their own, and one that is killed: once, whole, or not at all."""

import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal.domain import audit, mailbox, sign_ins
from portal.mail.delivery import Refused
from portal.settings import ROOT
from portal.storage.db import db, transaction
from portal.storage.models import OutgoingEmail, ResetOutcome, ResetRun, SignIn, User
from tests.domain.bulk_resets.ways import void
from tests.factories import NOON, a_guest, a_sponsor, an_admin
from tests.stack.pressing import at_once, at_work, pressers

PROCESSES = 2
PRESSES = 10
PEOPLE = 40


@pytest.fixture(scope="module")
def idle_processes():
    with pressers(PROCESSES) as found:
        yield found


@pytest.fixture
def processes(idle_processes, app, database_uri):
    with at_work(idle_processes, Path(app.instance_path), database_uri):
        yield idle_processes


def people(number=PEOPLE) -> list[User]:
    dana = a_sponsor()
    return [a_guest(sponsor=dana, password_hash=f"v1${each}", accepted=False) for each in range(number)]


def told(guests, by, **more) -> dict[str, object]:
    facts = {"people": [guest.id for guest in guests], "by": by.id, "at": NOON.isoformat(), "mails": True}
    return facts | {"times": PRESSES} | more


def count(model, *conditions) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def test_one_form_pressed_twenty_times_at_once_is_one_run(processes):
    admin, guests = an_admin(), people()

    answers = at_once([(each, "reset", told(guests, admin, form_key="a form")) for each in processes])

    keys = {key for found in answers for key in found}
    assert len([key for found in answers for key in found]) == PROCESSES * PRESSES
    assert len(keys) == count(ResetRun) == 1
    assert count(ResetOutcome) == count(OutgoingEmail) == PEOPLE
    assert audit.verify().fault is None


def test_many_forms_at_once_stop_each_password_once_and_mail_once(processes):
    admin, guests = an_admin(), people()

    at_once([(each, "reset", told(guests, admin)) for each in processes])

    assert count(ResetRun) == PROCESSES * PRESSES
    assert count(ResetOutcome, ResetOutcome.kind == "voided") == PEOPLE
    assert count(OutgoingEmail) == PEOPLE
    assert audit.verify().fault is None


def test_failures_run_again_at_once_are_mailed_once(processes):
    admin, guests = an_admin(), people(5)
    run = void(*guests, by=admin, mails_way_in=True)
    for email_id in db.session.scalars(select(OutgoingEmail.id)).all():
        with transaction():
            in_hand = mailbox.take(email_id, at=NOON)
            assert in_hand is not None
            mailbox.settle(in_hand, Refused(550, "No such mailbox."), at=NOON)
    facts = {"run": run.key, "by": admin.id, "at": (NOON + timedelta(minutes=1)).isoformat(), "times": PRESSES}

    answers = at_once([(each, "mail_again", facts) for each in processes])

    assert sum(number for found in answers for number in found) == 5
    assert count(OutgoingEmail) == 10


def test_nobody_is_left_signed_in_who_came_in_with_the_old_password_meanwhile(processes):
    admin = an_admin()
    for _ in range(5):
        (guest,) = people(1)
        signing_in = {"address": guest.address, "hash": guest.password_hash, "at": NOON.isoformat(), "times": PRESSES}
        resetting = told([guest], admin, mails=False, times=1)

        [tokens, _] = at_once([(processes[0], "sign_in", signing_in), (processes[1], "reset", resetting)])

        assert len(tokens) == PRESSES
        assert count(SignIn, SignIn.user_id == guest.id, SignIn.live_at(NOON)) == 0
        assert all(sign_ins.find(token, at=NOON) is None for token in tokens)


KILLED = """
import sys
from pathlib import Path
from datetime import datetime
from portal.app import create_app
from portal.settings import Settings
from portal.domain import bulk_resets
from portal.storage.db import transaction
app = create_app(Settings.for_tests(Path(sys.argv[1]), sys.argv[2]))
with app.app_context(), transaction():
    print("begun", flush=True)
    ids = range(int(sys.argv[3]), int(sys.argv[4]) + 1)
    at = datetime.fromisoformat(sys.argv[5])
    bulk_resets.void(ids, by=None, words="", reach={}, mails_way_in=True, at=at)
print("kept", flush=True)
"""


def test_a_reset_that_is_killed_at_any_moment_is_done_or_undone(app, database_uri):
    guests = people(60)
    first, last = guests[0].id, guests[-1].id
    for guest in guests:
        with transaction():
            sign_ins.start(guest, network="203.0.113.9", device="Firefox", at=NOON)

    for turn in range(6):
        at = NOON + timedelta(seconds=turn)
        command = [sys.executable, "-c", KILLED, app.instance_path, database_uri, str(first), str(last), at.isoformat()]
        with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE) as process:
            assert process.stdout
            assert process.stdout.readline() == "begun\n"
            time.sleep(turn * 0.015)
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=30)

        stopped = count(User, User.id.between(first, last), User.password_hash.is_(None))
        is_done = count(ResetRun) > 0
        whole = len(guests) if is_done else 0
        assert stopped == count(ResetOutcome, ResetOutcome.kind == "voided") == count(OutgoingEmail) == whole
        assert count(SignIn, SignIn.live_at(at)) == (0 if is_done else len(guests))
        assert audit.verify().fault is None
        if is_done:
            break
