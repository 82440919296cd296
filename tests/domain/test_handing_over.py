"""A sponsor leaves, and somebody else goes on with their guests and recordings."""

from datetime import timedelta

import pytest

from portal.basics.errors import NotFound
from portal.domain import access, audit, co_owners, grants, handing_over
from portal.domain.handing_over import CannotHandOver, Holdings
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, CoOwner, OutgoingEmail
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin

pytestmark = pytest.mark.usefixtures("app")


def hand_over(leaver, to, *, by=None, at=NOON):
    by = by or an_admin()
    with transaction():
        return handing_over.hand_over(leaver, to, by=by, at=at)


def test_all_of_it_goes_over_and_what_guests_were_given_stays():
    leaver, next_one, guest_of_another = a_sponsor(), a_sponsor(), a_guest()
    guest, shelf = a_guest(sponsor=leaver), a_folder(owner=leaver)
    on = a_video_session(owner=leaver, folder_id=shelf.id, in_folder_since=NOON)
    binned = a_video_session(owner=leaver, binned_at=NOON)
    grant = a_grant(on, guest, granted_by_id=leaver.id)
    theirs = a_video_session()

    handed = hand_over(leaver, next_one.address.upper())

    assert handed.what == Holdings(guests=1, sessions=2, folders=1)
    for owned in (on, binned, shelf):
        assert owned.owner_id == next_one.id
    assert guest.sponsor_id == next_one.id
    assert theirs.owner_id not in (leaver.id, next_one.id)
    assert guest_of_another.sponsor_id != next_one.id
    assert grant.granted_by_id == leaver.id
    assert access.decide(guest, on, at=NOON + timedelta(minutes=1)).allowed
    assert grants.find_guest(guest.key, next_one, at=NOON).is_answered_for_by(next_one)
    assert handing_over.holdings_of(leaver).is_nothing


def test_whoever_was_let_in_by_what_they_owned_is_no_more():
    leaver, next_one = a_sponsor(), a_sponsor()
    guest, on = a_guest(sponsor=leaver), a_video_session(owner=leaver)

    hand_over(leaver, next_one.address)

    assert not access.decide(leaver, on, at=NOON).allowed
    with pytest.raises(NotFound):
        grants.find_guest(guest.key, leaver, at=NOON)


def test_a_co_owner_who_becomes_the_owner_is_one_alone():
    leaver, beside, other = a_sponsor(), a_sponsor(), a_sponsor()
    on = a_video_session(owner=leaver)
    with transaction():
        for somebody in (beside, other):
            co_owners.add(on, somebody.address, by=leaver, at=NOON)

    hand_over(leaver, beside.address)

    assert list(db.session.scalars(db.select(CoOwner.user_id))) == [other.id]


def test_one_entry_on_the_trail_and_no_letter():
    leaver, next_one, admin = a_sponsor(), a_sponsor(), an_admin()
    a_guest(sponsor=leaver)

    hand_over(leaver, next_one.address, by=admin)

    entry = db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == "user:handed-over")).one()
    assert entry.facts == {"to": next_one.address, "guests": 1, "sessions": 0, "folders": 0}
    assert (entry.actor_id, entry.subject_id) == (admin.id, leaver.id)
    assert db.session.scalars(db.select(OutgoingEmail)).all() == []
    assert audit.verify().fault is None


@pytest.mark.parametrize("typed", ["nobody", "stranger@aldermere.example"])
def test_it_goes_to_nobody_unknown(typed):
    leaver = a_sponsor()
    a_guest(sponsor=leaver)

    with pytest.raises(CannotHandOver):
        hand_over(leaver, typed)


def test_nor_to_guests_to_who_cannot_sign_in_or_back_to_themselves():
    leaver = a_sponsor()
    guest = a_guest(sponsor=leaver)
    gone = a_sponsor(ends_at=NOON)

    for somebody in (guest, gone, leaver):
        with pytest.raises(CannotHandOver):
            hand_over(leaver, somebody.address)

    assert guest.sponsor_id == leaver.id


def test_nothing_and_guests_are_not_handed_over():
    guest, next_one = a_guest(), a_sponsor()

    with pytest.raises(CannotHandOver):
        hand_over(a_sponsor(), next_one.address)
    with pytest.raises(NotFound):
        hand_over(guest, next_one.address)
