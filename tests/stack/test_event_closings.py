"""Closings of one event at once in processes of their own, and one whose worker is killed: whole, or not at all."""

import signal
import subprocess
import sys
import time
from datetime import timedelta

from sqlalchemy import func, select

from portal.domain import audit, events, sign_ins
from portal.settings import ROOT
from portal.storage.db import db, transaction
from portal.storage.models import (
    AuditEvent,
    Event,
    EventClosing,
    Grant,
    OutgoingEmail,
    ResetOutcome,
    SignIn,
    User,
)
from tests.factories import NOON, a_grant, a_guest, a_sponsor, a_video_session, an_event

CLOSING = NOON + timedelta(days=7)
PEOPLE = 60

WORKER = """
import sys, threading
from datetime import datetime
from pathlib import Path
from portal.app import create_app
from portal.settings import Settings
from portal.worker import tasks
tasks.now = lambda: datetime.fromisoformat(sys.argv[3])
app = create_app(Settings.for_tests(Path(sys.argv[1]), sys.argv[2]))
with app.app_context():
    print("begun", flush=True)
    sys.stdin.readline()
    tasks.close_events(threading.Event())
print("done", flush=True)
"""


def a_full_event(people: int = PEOPLE) -> Event:
    dana = a_sponsor()
    event = an_event(a_video_session(owner=dana), owner=dana)
    for number in range(people):
        guest = a_guest(sponsor=dana, password_hash=f"v1${number}", accepted=False)
        a_grant(event, guest)
        with transaction():
            sign_ins.start(guest, network="203.0.113.9", device="Firefox", at=CLOSING - timedelta(minutes=5))
    return event


def a_worker(app, database_uri, at=CLOSING) -> subprocess.Popen[str]:
    """A process of its own that closes what is due, once it is told to."""
    command = [sys.executable, "-c", WORKER, app.instance_path, database_uri, at.isoformat()]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == "begun\n"
    return process


def count(model, *conditions) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def test_two_workers_and_a_hand_close_an_event_once(app, database_uri):
    event = a_full_event(12)
    workers = [a_worker(app, database_uri) for _ in range(2)]
    owner = db.session.get_one(User, event.owner_id)
    for worker in workers:
        assert worker.stdin
        worker.stdin.write("go\n")
        worker.stdin.flush()
    with transaction():
        by_hand = events.close(event, by=owner, at=CLOSING)
    for worker in workers:
        worker.communicate(timeout=120)

    assert count(EventClosing) == 1
    assert count(AuditEvent, AuditEvent.kind == "event:closed") == 1
    assert count(OutgoingEmail, OutgoingEmail.letter == "event_closed") == 1
    assert count(ResetOutcome) == 12
    closing = db.session.scalars(select(EventClosing)).one()
    assert (closing.by_id is not None) == (by_hand is not None)
    assert audit.verify().fault is None


def test_a_worker_killed_while_it_closes_leaves_the_event_closed_or_as_it_was(app, database_uri):
    event = a_full_event()
    guests = select(Grant.guest_id).where(Grant.event_id == event.id)
    for turn in range(8):
        worker = a_worker(app, database_uri)
        assert worker.stdin
        worker.stdin.write("go\n")
        worker.stdin.flush()
        time.sleep(turn * 0.02)
        worker.send_signal(signal.SIGKILL)
        worker.communicate(timeout=120)

        is_closed = count(Event, Event.closed_at.is_not(None)) == 1
        assert count(EventClosing) == is_closed
        assert count(User, User.id.in_(guests), User.password_hash.is_(None)) == (PEOPLE if is_closed else 0)
        assert count(SignIn, SignIn.user_id.in_(guests), SignIn.ended_at.is_(None)) == (0 if is_closed else PEOPLE)
        assert count(OutgoingEmail, OutgoingEmail.letter == "event_closed") == is_closed
        assert audit.verify().fault is None
        if is_closed:
            return
    worker = a_worker(app, database_uri)
    worker.communicate("go\n", timeout=120)
    assert count(Event, Event.closed_at.is_not(None)) == 1, "the next worker takes it up"
    assert count(User, User.id.in_(guests), User.password_hash.is_(None)) == PEOPLE
