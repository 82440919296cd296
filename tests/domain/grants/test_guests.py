"""The guests a sponsor sees, what they were given, and what they have done with it (product.md, Viewings)."""

import pytest

from portal.basics.errors import NotFound
from portal.basics.roles import UserState
from portal.domain import grants, invitations
from portal.domain.access import Standing
from portal.domain.grants import GuestFilter, SeenOf
from portal.storage.db import transaction
from portal.storage.models import EmailState
from tests.domain.grants.ways import A_DAY, NEW, letters_of, name, statements, the_user, used, watched
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sign_in_token, a_sponsor, a_video_session, an_admin

pytestmark = pytest.mark.usefixtures("app")


def test_a_sponsor_sees_the_guests_they_answer_for_and_those_named_on_what_is_theirs():
    sponsor, other = a_sponsor(), a_sponsor()
    mine, named, foreign = a_guest(sponsor=sponsor), a_guest(sponsor=other), a_guest(sponsor=other)
    a_grant(a_folder(owner=sponsor), named)
    a_grant(a_video_session(owner=other), foreign)
    a_grant(a_video_session(owner=sponsor), foreign, revoked_at=NOON)

    keys = [row.key for row in grants.guests_of(sponsor, at=NOON).page.rows]

    assert keys == [named.key, mine.key]
    assert len(grants.guests_of(an_admin(), at=NOON).page.rows) == 3
    with pytest.raises(NotFound):
        grants.find_guest(foreign.key, sponsor, at=NOON)


def test_a_sponsor_sees_of_a_guest_only_what_is_theirs():
    sponsor, other = a_sponsor(), a_sponsor()
    guest = a_guest(sponsor=other)
    mine = a_grant(a_video_session(owner=sponsor), guest)
    a_grant(a_video_session(owner=other), guest)

    assert [thing.grant_id for thing in grants.given_to(guest, sponsor, at=NOON)] == [mine.id]
    (row,) = grants.guests_of(sponsor, at=NOON).page.rows
    assert row.things == 1


@pytest.mark.parametrize(
    ("beginning", "is_found"),
    [("imani", True), ("OKA", True), ("Imani.o", True), ("kafor", False), ("%", False), ("Ó", False)],
)
def test_guests_are_found_by_how_a_name_or_the_address_begins(beginning, is_found):
    sponsor = a_sponsor()
    a_guest(sponsor=sponsor, name="Imani Okafor", address="imani.okafor@brightwater.example")

    assert bool(grants.guests_of(sponsor, at=NOON, beginning=beginning).page.rows) is is_found


def test_guests_are_listed_by_state():
    sponsor = a_sponsor()
    on = a_video_session(owner=sponsor)
    active = a_guest(sponsor=sponsor)
    a_grant(on, active, ends_at=NOON + A_DAY)
    ended = a_guest(sponsor=sponsor, ends_at=NOON - A_DAY)
    disabled = a_guest(sponsor=sponsor, state=UserState.DISABLED)
    name(NEW, on, sponsor)
    came_back = the_user(NEW)
    with transaction():
        letters_of(came_back)[0].state = EmailState.FAILED

    shown = {show: [row.key for row in grants.guests_of(sponsor, at=NOON, show=show).page.rows] for show in GuestFilter}

    assert shown == {
        GuestFilter.ALL: [came_back.key, disabled.key, ended.key, active.key],
        GuestFilter.INVITED: [came_back.key],
        GuestFilter.ACTIVE: [active.key],
        GuestFilter.ENDING: [active.key],
        GuestFilter.CAME_BACK: [came_back.key],
        GuestFilter.ENDED: [ended.key],
        GuestFilter.DISABLED: [disabled.key],
    }


def test_withdrawing_takes_back_what_was_given():
    sponsor = a_sponsor()
    on = a_video_session(owner=sponsor)
    name(NEW, on, sponsor)

    with transaction():
        assert invitations.withdraw(the_user(NEW), by=sponsor, at=NOON)

    assert grants.who_can_watch(on, at=NOON).total == 0


def test_what_a_guest_was_given_comes_with_what_they_did():
    sponsor, guest = a_sponsor(), a_guest()
    folder = a_folder(owner=sponsor)
    on, other = a_video_session(folder=folder), a_video_session(folder=folder)
    direct = a_grant(on, guest, views_limit=2, begins_at=NOON - A_DAY, ends_at=NOON + A_DAY)
    shelf = a_grant(folder, guest, views_limit=3)
    used(direct, on, 2)
    used(shelf, on, 1)
    used(shelf, other, 1)
    watched(guest, on, [(0, 150)], opens=2)

    by_folder, here = grants.given_to(guest, sponsor, at=NOON)

    assert (here.begins, here.until, here.taken, here.views_left) == (NOON - A_DAY, NOON + A_DAY, 2, 0)
    assert here.standing is Standing.USED_UP
    assert here.watched is not None
    assert (here.watched.share, here.watched.parts, here.watched.opens) == (0.5, [(0.0, 0.5)], 2)
    assert (by_folder.taken, by_folder.standing, by_folder.seen) == (2, Standing.LIVE, SeenOf(1, 2))
    assert grants.given_by(direct, at=NOON) == here


def test_who_has_never_signed_in_was_never_seen():
    guest = a_guest()

    before = grants.find_guest(guest.key, an_admin(), at=NOON).last_seen
    a_sign_in_token(guest)

    assert before is None
    assert grants.find_guest(guest.key, an_admin(), at=NOON).last_seen is not None


def test_all_a_guest_was_given_takes_one_query():
    guest, sponsor = a_guest(), a_sponsor()
    for _ in range(5):
        watched(guest, a_video_session(owner=sponsor), [(0, 10)])
        a_grant(a_folder(owner=sponsor), guest)

    assert statements(lambda: grants.given_to(guest, sponsor, at=NOON)) == 1
