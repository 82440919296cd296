"""Who sets up the account at the very moment that somebody names, changes or corrects: what they are, then, counts."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal.basics.roles import UserState
from portal.domain import grants, invitations
from portal.domain.grants import Terms
from portal.domain.grants.telling import Told, tell_of
from portal.storage.db import db, transaction
from portal.storage.models import Invitation, User
from tests.domain.grants.ways import A_DAY, an_invited_guest, letters_of, name
from tests.factories import NOON, a_grant, a_sponsor, a_video_session

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def sponsor():
    return a_sponsor()


@pytest.fixture
def on(sponsor):
    return a_video_session(owner=sponsor)


@pytest.fixture
def guest(sponsor):
    return an_invited_guest(sponsor)


def comes_in(guest):
    """In another process: the row changes, what was read of it here does not."""
    db.session.commit()
    active = {"state": UserState.ACTIVE, "name": "Imani Okafor", "activated_at": NOON, "password_hash": "v1$hash"}
    with db.engine.begin() as other:
        other.execute(update(User).where(User.id == guest.id).values(**active))
    assert guest.state is UserState.INVITED


def kinds_of(guest):
    return [letter.letter for letter in letters_of(guest)]


def test_more_time_is_told_with_a_plain_letter(sponsor, on, guest):
    found = grants.find_grant(a_grant(on, guest, ends_at=NOON + A_DAY).id, sponsor)
    comes_in(guest)

    with transaction():
        assert grants.change_terms(found, Terms(ends_at=NOON + 2 * A_DAY), version=None, by=sponsor, at=NOON)

    assert kinds_of(guest) == ["shared_with_you"]


def test_whoever_tells_looks_at_the_account_as_it_is(sponsor, on, guest):
    a_grant(on, guest)
    comes_in(guest)

    with transaction():
        assert tell_of(Told(guest, Terms()), on, by=sponsor, note="", at=NOON)

    assert kinds_of(guest) == ["shared_with_you"]


def test_nobody_is_told_whose_account_was_closed_or_has_ended(sponsor, on, guest):
    a_grant(on, guest)
    with transaction():
        guest.ends_at = NOON

    with transaction():
        assert not tell_of(Told(guest, Terms()), on, by=sponsor, note="", at=NOON)

    assert kinds_of(guest) == []


def test_who_is_named_gets_a_plain_letter(sponsor, on, guest):
    comes_in(guest)

    assert len(name(guest.address, on, sponsor).told) == 1
    assert kinds_of(guest) == ["shared_with_you"]


def test_no_invitation_goes_to_who_has_a_password_by_now(sponsor, on, guest):
    a_grant(on, guest)
    comes_in(guest)

    with pytest.raises(invitations.AlreadyHasAccount), transaction():
        invitations.mail(guest, by=sponsor, note="", at=NOON)

    assert kinds_of(guest) == []


def test_no_sponsor_takes_an_account_over_by_correcting_its_address_late(sponsor, guest):
    """Else “forgotten password” would go to an address that the owner of the account never had."""
    address = guest.address
    comes_in(guest)

    with pytest.raises(grants.AlreadySetUp), transaction():
        grants.correct_address(guest, "mine@lab.example", by=sponsor, at=NOON)

    db.session.refresh(guest)
    assert guest.address == address


def test_an_invitation_that_was_taken_cannot_be_withdrawn(sponsor, on, guest):
    grant = a_grant(on, guest)
    comes_in(guest)

    with transaction():
        assert not invitations.withdraw(guest, by=sponsor, at=NOON)

    db.session.refresh(grant)
    assert grant.revoked_at is None


def test_a_link_that_ran_out_is_not_mailed_again_to_who_has_a_password_by_now(sponsor, on, guest):
    a_grant(on, guest)
    with transaction():
        invitations.mail(guest, by=sponsor, note="", at=NOON)
    later = NOON + timedelta(days=15)
    comes_in(guest)

    with transaction():
        assert invitations.mail_again_for(guest, at=later) is None

    assert db.session.query(Invitation).count() == 1
