"""Correcting an address that letters came back from."""

import pytest
from sqlalchemy import select

from portal.basics import addresses
from portal.domain import grants
from portal.storage.db import db, transaction
from portal.storage.models import Grant, Invitation
from tests.domain.grants.ways import A_DAY, an_invited_guest, letters_of, name, the_user
from tests.factories import NOON, a_grant, a_guest, a_sponsor, a_video_session, an_admin

pytestmark = pytest.mark.usefixtures("app")


def test_a_wrong_address_is_corrected_and_the_older_link_dies():
    sponsor = a_sponsor()
    on = a_video_session(owner=sponsor)
    name("t.wierzbicky@northgate.example", on, sponsor, note="Do come.")
    guest = the_user("t.wierzbicky@northgate.example")

    with transaction():
        assert grants.correct_address(guest, "T.Wierzbicki@northgate.example", by=sponsor, at=NOON + A_DAY)

    older, fresh = db.session.scalars(select(Invitation).order_by(Invitation.id))
    assert guest.address == "t.wierzbicki@northgate.example"
    assert older.replaced_at
    assert fresh.is_open(NOON + A_DAY)
    assert letters_of(guest)[-1].to_address == guest.address
    assert "Do come." in (letters_of(guest)[-1].text or "")


def test_no_sponsor_turns_what_another_shares_to_an_address_of_their_own():
    """Whoever answers for a guest would else come to see what a colleague shared with that guest."""
    mine, theirs, admin = a_sponsor(), a_sponsor(), an_admin()
    guest = an_invited_guest(mine)
    a_grant(a_video_session(owner=mine), guest)
    a_grant(a_video_session(owner=theirs), guest)

    with pytest.raises(grants.SharedByOthers), transaction():
        grants.correct_address(guest, "mine@lab.example", by=mine, at=NOON)
    with transaction():
        assert grants.correct_address(guest, "right@northgate.example", by=admin, at=NOON)


def test_an_ended_grant_of_another_hinders_no_correction():
    mine = a_sponsor()
    guest = an_invited_guest(mine)
    a_grant(a_video_session(), guest, revoked_at=NOON)

    with transaction():
        assert grants.correct_address(guest, "right@northgate.example", by=mine, at=NOON)


def test_a_corrected_address_ends_the_older_link_even_when_nothing_is_shared_now():
    sponsor = a_sponsor()
    on = a_video_session(owner=sponsor)
    name("t.wierzbicky@northgate.example", on, sponsor)
    guest = the_user("t.wierzbicky@northgate.example")
    with transaction():
        grants.revoke(grants.find_grant(db.session.scalars(select(Grant.id)).one(), sponsor), by=sponsor, at=NOON)

    with transaction():
        grants.correct_address(guest, "t.wierzbicki@northgate.example", by=sponsor, at=NOON)

    assert db.session.scalars(select(Invitation)).one().replaced_at == NOON


def test_an_address_is_corrected_neither_to_somebody_else_s_nor_after_set_up():
    sponsor, other = a_sponsor(), a_guest()
    guest = an_invited_guest(sponsor)
    a_grant(a_video_session(owner=sponsor), guest)

    with pytest.raises(grants.AddressInUse), transaction():
        grants.correct_address(guest, other.address, by=sponsor, at=NOON)
    with pytest.raises(addresses.NotAnAddress), transaction():
        grants.correct_address(guest, "nobody", by=sponsor, at=NOON)
    with pytest.raises(grants.AlreadySetUp), transaction():
        grants.correct_address(other, "new@brightwater.example", by=sponsor, at=NOON)
