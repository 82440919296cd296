"""What became of each person of a run, and running its failures again (product.md, Admins)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.basics.errors import NotFound
from portal.domain import bulk_resets, mailbox, password_resets
from portal.domain.bulk_resets import Became
from portal.domain.paging import Place
from portal.mail.delivery import Deferred, Refused, Sent
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, OutgoingEmail
from tests.domain.bulk_resets.ways import void
from tests.factories import NOON, a_guest, a_sponsor, an_admin

LATER = NOON + timedelta(minutes=5)


def letters_to(user) -> list[OutgoingEmail]:
    query = select(OutgoingEmail).where(OutgoingEmail.user_id == user.id, OutgoingEmail.letter == "new_way_in")
    return list(db.session.scalars(query.order_by(OutgoingEmail.id)))


def leaves(user, outcome, at=NOON) -> None:
    with transaction():
        in_hand = mailbox.take(letters_to(user)[-1].id, at=at)
        assert in_hand is not None
        mailbox.settle(in_hand, outcome, at=at)


def became(run, by, **how) -> dict[str, Became]:
    return {row.address: row.became for row in bulk_resets.outcomes(run, **how).rows}


def mail_again(run, by, at=LATER) -> int:
    with transaction():
        return bulk_resets.mail_again(run, by=by, at=at)


def choose_anew(user, at=LATER) -> None:
    token = letters_to(user)[-1].text.partition("/password/reset/")[2].split()[0]
    with transaction():
        assert password_resets.save(token, password_hash="new", name=None, network="", at=at) is not None


def test_each_persons_outcome_is_told(app):
    admin = an_admin()
    people = {name: a_guest(name=name) for name in ("refused", "delayed", "sent", "anew")}
    people["ended"] = a_guest(ends_at=NOON)
    run = void(*people.values(), by=admin, mails_way_in=True)
    choose_anew(people["anew"])
    leaves(people["refused"], Refused(550, "No such mailbox."))
    leaves(people["delayed"], Deferred("Try later."))
    leaves(people["sent"], Sent())

    rows = {row.name: row for row in bulk_resets.outcomes(run).rows}
    followed = bulk_resets.find(run.key, admin)

    assert rows["refused"].became is Became.FAILED
    assert rows["refused"].reason == "No such mailbox."
    assert rows["delayed"].became is Became.WAITING
    assert rows["sent"].became is Became.DELIVERED
    assert (rows["anew"].became, rows["anew"].set_anew_at) == (Became.SET_ANEW, LATER)
    ended = next(row for row in rows.values() if row.address == people["ended"].address)
    assert (ended.became, ended.why) == (Became.VOIDED, "")
    assert followed.became == dict.fromkeys(Became, 1) | {Became.LEFT: 0}
    assert (followed.voided, followed.is_moving) == (5, True)
    assert followed.by.id == admin.id
    assert followed.entry == db.session.scalar(
        select(AuditEvent.sequence).where(AuditEvent.kind == "password:voided-in-bulk")
    )
    assert list(became(run, admin, only=Became.FAILED)) == [people["refused"].address]


def test_the_failures_are_run_again_and_nobody_else(app):
    admin, refused, sent = an_admin(), a_guest(), a_guest()
    run = void(refused, sent, by=admin, mails_way_in=True)
    dead = letters_to(refused)[0].text.partition("/password/reset/")[2].split()[0]
    leaves(refused, Refused(550, "Mailbox is full."))
    leaves(sent, Sent())

    assert mail_again(run, admin) == 1
    assert mail_again(run, admin) == 0  # pressed twice
    assert (len(letters_to(refused)), len(letters_to(sent))) == (2, 1)
    assert password_resets.find(dead, at=LATER) is None
    assert became(run, admin) == {refused.address: Became.WAITING, sent.address: Became.DELIVERED}
    leaves(refused, Refused(550, "Mailbox is full."), at=LATER)
    assert mail_again(run, admin, at=LATER + timedelta(minutes=1)) == 1
    entries = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "password:ways-in-mailed")).all()
    assert [entry.facts for entry in entries] == [{"whom": "2 people", "letters": 1, "people": [refused.id]}] * 2


def test_letters_may_follow_a_run_without_any(app):
    admin, imani, yuki = an_admin(), a_guest(), a_guest()
    run = void(imani, yuki, by=admin)
    assert set(became(run, admin).values()) == {Became.VOIDED}

    assert mail_again(run, admin) == 2
    assert set(became(run, admin).values()) == {Became.WAITING}


def test_who_has_chosen_a_password_is_left_alone(app):
    admin, imani = an_admin(), a_guest()
    run = void(imani, by=admin, mails_way_in=True)
    choose_anew(imani)
    leaves_nothing = mail_again(run, admin)

    assert leaves_nothing == 0
    assert len(letters_to(imani)) == 1


def test_who_has_asked_for_a_link_meanwhile_is_left_alone(app):
    admin, imani = an_admin(), a_guest()
    run = void(imani, by=admin)
    with transaction():
        password_resets.ask(imani.address, network="203.0.113.9", at=NOON)
        password_resets.answer(1, at=NOON)

    assert mail_again(run, admin) == 0
    assert db.session.scalar(select(func.count()).where(OutgoingEmail.user_id == imani.id)) == 1


def test_a_run_is_found_by_who_pressed_and_by_admins_alone(app):
    dana = a_sponsor()
    run = void(a_guest(sponsor=dana), by=dana)

    assert bulk_resets.find(run.key, dana).run.id == run.id
    assert bulk_resets.find(run.key, an_admin()).run.id == run.id
    for somebody in (a_sponsor(), a_guest()):
        with pytest.raises(NotFound):
            bulk_resets.find(run.key, somebody)


def test_long_runs_are_read_in_pages(app):
    admin, guests = an_admin(), [a_guest(password_hash="some hash") for _ in range(27)]
    run = void(*guests, by=admin)

    first = bulk_resets.outcomes(run)
    second = bulk_resets.outcomes(run, place=Place(before=first.older))

    assert (len(first.rows), len(second.rows)) == (25, 2)
    assert {row.address for row in [*first.rows, *second.rows]} == {guest.address for guest in guests}
