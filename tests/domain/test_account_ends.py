"""The end of a guest's account: who may set it, and what it does to what is open."""

from datetime import timedelta

import pytest

from portal.basics.errors import NotFound
from portal.domain import account_ends, audit, grants, sign_ins
from portal.domain.account_ends import EndLiesBehind, EndSetMeanwhile
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, OutgoingEmail
from tests.factories import NOON, a_guest, a_sponsor, a_video_session, an_admin

pytestmark = pytest.mark.usefixtures("app")

A_DAY = timedelta(days=1)


def set_end(guest, ends_at, *, by, seen=None, at=NOON):
    with transaction():
        return account_ends.set_end(guest, ends_at, seen=seen, by=by, at=at)


def signed_in(guest, *, at=NOON):
    with transaction():
        return sign_ins.start(guest, network="192.0.2.7", device="a test", at=at)


def test_an_account_ends_by_the_clock_with_what_is_signed_in():
    sponsor = a_sponsor()
    guest = a_guest(sponsor=sponsor)
    browser = signed_in(guest)

    assert set_end(guest, NOON + timedelta(hours=1), by=sponsor).is_changed

    assert sign_ins.find(browser, at=NOON + timedelta(minutes=59))
    assert sign_ins.find(browser, at=NOON + timedelta(hours=1)) is None


def test_an_end_is_moved_and_taken_away_and_each_stands_on_the_trail():
    sponsor, admin = a_sponsor(), an_admin()
    guest = a_guest(sponsor=sponsor, ends_at=NOON + A_DAY)

    set_end(guest, NOON + 2 * A_DAY, seen=NOON + A_DAY, by=sponsor)
    set_end(guest, None, seen=NOON + 2 * A_DAY, by=admin)
    unchanged = set_end(guest, None, seen=None, by=admin)

    assert guest.ends_at is None
    assert not unchanged.is_changed
    changes = db.select(AuditEvent.facts).where(AuditEvent.kind == "user:changed").order_by(AuditEvent.sequence)
    assert [facts["after"]["until"] for facts in db.session.scalars(changes)] == ["2026-11-24T12:00+00:00", None]
    assert db.session.scalars(db.select(OutgoingEmail)).all() == []
    assert audit.verify().fault is None


def test_nobody_but_who_answers_for_the_guest_sets_it():
    sponsor, other = a_sponsor(), a_sponsor()
    guest = a_guest(sponsor=sponsor)
    grants_of_the_other = a_video_session(owner=other)
    with transaction():
        grants.name(guest.address, grants_of_the_other, by=other, at=NOON)

    for somebody, whom in ((other, guest), (sponsor, other), (an_admin(), sponsor)):
        with pytest.raises(NotFound):
            set_end(whom, NOON + A_DAY, by=somebody)

    assert guest.ends_at is None


def test_an_end_lies_ahead_and_nobody_overwrites_unseen():
    sponsor = a_sponsor()
    guest = a_guest(sponsor=sponsor, ends_at=NOON + A_DAY)

    with pytest.raises(EndLiesBehind):
        set_end(guest, NOON, seen=NOON + A_DAY, by=sponsor)
    with pytest.raises(EndSetMeanwhile) as told:
        set_end(guest, NOON + 3 * A_DAY, seen=None, by=sponsor)

    assert told.value.ends_at == NOON + A_DAY
    assert guest.ends_at == NOON + A_DAY


def test_who_was_signed_in_when_it_ended_is_not_let_in_again_by_the_renewal():
    sponsor = a_sponsor()
    guest = a_guest(sponsor=sponsor, ends_at=NOON + timedelta(minutes=10))
    browser, later = signed_in(guest), NOON + timedelta(minutes=20)

    renewed = set_end(guest, None, seen=NOON + timedelta(minutes=10), by=sponsor, at=later)

    assert renewed.was_over
    assert sign_ins.find(browser, at=later) is None


def test_nor_by_being_named_anew():
    sponsor = a_sponsor()
    guest = a_guest(sponsor=sponsor, ends_at=NOON + timedelta(minutes=10))
    on, browser, later = a_video_session(owner=sponsor), signed_in(guest), NOON + timedelta(minutes=20)

    with transaction():
        grants.name(guest.address, on, by=sponsor, at=later, renew=[guest.address])

    assert guest.is_live(later)
    assert sign_ins.find(browser, at=later) is None
