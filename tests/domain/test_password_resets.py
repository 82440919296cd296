"""Of any number who use a link at once, one succeeds (product.md, Passwords; ASVS 15.4)."""

from datetime import timedelta
from threading import Barrier, Thread

from sqlalchemy import select

from portal.basics import tokens
from portal.domain import audit, password_resets
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Job, OutgoingEmail, PasswordReset, PasswordResetAsk, User
from tests.factories import NOON, a_guest

AT_ONCE = 50


def a_token(user: User, at=NOON) -> str:
    """The token of a new link, as the letter has it."""
    with transaction():
        path = password_resets._new_link(user, password_resets.LIFE, at)
    return path.rpartition("/")[2]


def save(token: str, password_hash: str, at=NOON) -> User | None:
    with transaction():
        return password_resets.save(token, password_hash=password_hash, name=None, network="203.0.113.9", at=at)


def test_of_fifty_at_once_one_succeeds(app):
    guest = a_guest()
    token, barrier, won = a_token(guest), Barrier(AT_ONCE), []

    def one(number: int) -> None:
        with app.app_context():
            barrier.wait()
            if save(token, f"hash {number}"):
                won.append(number)

    threads = [Thread(target=one, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.refresh(guest)

    assert len(won) == 1
    assert guest.password_hash == f"hash {won[0]}"
    assert [letter.letter for letter in db.session.scalars(select(OutgoingEmail))] == ["password_changed"]
    assert len(db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "password:reset")).all()) == 1
    assert audit.verify().fault is None


def test_only_the_hash_of_a_token_is_kept(app):
    token = a_token(a_guest())

    kept = db.session.scalars(select(PasswordReset)).one()

    assert kept.token_hash == tokens.hash_token(token)
    assert token not in repr(vars(kept))


def test_a_link_works_to_the_last_moment_and_no_longer(app):
    guest = a_guest()
    token = a_token(guest)
    end = NOON + password_resets.LIFE

    assert password_resets.find(token, at=end - timedelta(microseconds=1)) is not None
    assert password_resets.find(token, at=end) is None
    assert save(token, "too late", at=end) is None
    assert save(token, "in time", at=end - timedelta(microseconds=1)) is not None


def test_what_is_asked_waits_for_the_worker(app):
    with transaction():
        assert password_resets.ask("imani@brightwater.example", network="203.0.113.9", at=NOON) is None

    job = db.session.scalars(select(Job)).one()
    asked = db.session.get_one(PasswordResetAsk, job.subject_id)

    assert job.kind == password_resets.ANSWER_ASK
    assert asked.address == "imani@brightwater.example"


def test_answering_twice_mails_once(app):
    guest = a_guest()
    with transaction():
        password_resets.ask(guest.address, network="203.0.113.9", at=NOON)
    ask_id = db.session.scalars(select(PasswordResetAsk.id)).one()

    for _ in range(2):
        with transaction():
            password_resets.answer(ask_id, at=NOON)

    assert len(db.session.scalars(select(OutgoingEmail)).all()) == 1
    asked = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "password:reset-asked")).one()
    assert (asked.person_id, asked.network, asked.actor_id) == (guest.id, "203.0.113.9", None)


def test_asks_that_nobody_answered_are_forgotten_after_a_day(app):
    with transaction():
        password_resets.ask("old@brightwater.example", network="203.0.113.9", at=NOON)
        password_resets.ask("new@brightwater.example", network="203.0.113.9", at=NOON + timedelta(days=2))
    newest = db.session.scalars(select(PasswordResetAsk.id).order_by(PasswordResetAsk.id.desc())).first()

    with transaction():
        password_resets.answer(newest or 0, at=NOON + timedelta(days=2))

    assert db.session.scalars(select(PasswordResetAsk)).all() == []
