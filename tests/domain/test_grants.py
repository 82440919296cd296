"""Naming people on sessions and folders (product.md, The way in 1 and 2; design 08 and 10)."""

from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from portal.basics import addresses
from portal.basics.errors import NotFound
from portal.basics.roles import UserState
from portal.domain import grants, invitations
from portal.domain.grants import GuestFilter
from portal.domain.invitations import LetterStanding
from portal.domain.paging import Place
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, EmailState, Grant, Invitation, OutgoingEmail, User
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin

pytestmark = pytest.mark.usefixtures("app")
A_DAY = timedelta(days=1)
NEW = "yuki.tanabe@sakura-trust.example"


def fates_of(text, on, by, **given):
    return [fate.kind for fate in grants.fates(text, on, by=by, at=NOON, **given)]


def name(text, on, by, *, at=NOON, **given):
    with transaction():
        return grants.name(text, on, by=by, at=at, **given)


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def letters_of(user):
    query = select(OutgoingEmail).where(OutgoingEmail.user_id == user.id).order_by(OutgoingEmail.id)
    return list(db.session.scalars(query))


def the_user(address):
    return db.session.scalars(select(User).where(User.address == address)).one()


def an_invited_guest(sponsor, **given):
    return a_guest(sponsor=sponsor, state=UserState.INVITED, name="", activated_at=None, accepted=False, **given)


def statements(act):
    """How many questions an act asks the database."""
    sent = []
    db.session.commit()
    listener = lambda *facts: sent.append(facts[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)
    try:
        act()
    finally:
        event.remove(db.engine, "before_cursor_execute", listener)
    return len([statement for statement in sent if statement.lstrip().startswith("SELECT")])


# Changing and ending


def test_the_end_can_be_moved_and_more_time_is_told():
    sponsor, guest = a_sponsor(), a_guest()
    grant = a_grant(a_video_session(owner=sponsor), guest, ends_at=NOON + A_DAY)

    with transaction():
        found = grants.find_grant(grant.id, sponsor)
        assert grants.change_end(found, NOON + 2 * A_DAY, by=sponsor, at=NOON)

    assert grant.ends_at == NOON + 2 * A_DAY
    assert [letter.letter for letter in letters_of(guest)] == ["shared_with_you"]
    event_ = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "grant:changed")).one()
    assert event_.facts == {
        "before": {"until": "2026-11-23T12:00+00:00"},
        "after": {"until": "2026-11-24T12:00+00:00"},
    }


def test_an_end_in_the_past_is_refused():
    sponsor = a_sponsor()
    grant = a_grant(a_video_session(owner=sponsor))

    with pytest.raises(grants.PastEnd), transaction():
        grants.change_end(grants.find_grant(grant.id, sponsor), NOON, by=sponsor, at=NOON)


def test_a_revoked_grant_is_gone_and_revoking_twice_is_one_act():
    sponsor = a_sponsor()
    grant = a_grant(a_video_session(owner=sponsor))
    with transaction():
        found = grants.find_grant(grant.id, sponsor)
        assert grants.revoke(found, by=sponsor, at=NOON)
        assert not grants.revoke(found, by=sponsor, at=NOON)

    with pytest.raises(NotFound):
        grants.find_grant(grant.id, sponsor)
    assert count_of("grant:revoked") == 1


def count_of(kind):
    return db.session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.kind == kind))


def test_another_sponsor_s_grant_is_not_found_and_an_admin_finds_it():
    grant = a_grant(a_video_session(owner=a_sponsor()))

    with pytest.raises(NotFound):
        grants.find_grant(grant.id, a_sponsor())
    assert grants.find_grant(grant.id, an_admin()).grant == grant


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


# Who can watch


def test_the_list_says_who_why_and_how_far():
    sponsor = a_sponsor()
    folder = a_folder(owner=sponsor, title="Donors 2026")
    on = a_video_session(folder=folder)
    by_folder, ended = a_guest(name="Rosalind Achterberg"), a_guest()
    a_grant(folder, by_folder)
    a_grant(on, ended, ends_at=NOON - A_DAY)
    a_grant(on, a_guest(), revoked_at=NOON - A_DAY)
    a_grant(a_video_session(folder=folder), a_guest())
    name(NEW, on, sponsor)

    found = grants.who_can_watch(on, at=NOON)

    assert [(row.address, row.folder, row.is_live, row.state.standing) for row in found.page.rows] == [
        (NEW, None, True, LetterStanding.WAITING),
        (ended.address, None, False, LetterStanding.SET_UP),
        (by_folder.address, "Donors 2026", True, LetterStanding.SET_UP),
    ]
    assert (found.people, found.first, found.total) == (2, 1, 3)


def test_a_letter_that_came_back_shows():
    sponsor = a_sponsor()
    on = a_video_session(owner=sponsor)
    name(NEW, on, sponsor)
    with transaction():
        letter = letters_of(the_user(NEW))[0]
        letter.state, letter.reason, letter.text, letter.html = EmailState.FAILED, "No such mailbox.", None, None

    (row,) = grants.who_can_watch(on, at=NOON).page.rows

    assert (row.state.standing, row.state.reason) == (LetterStanding.FAILED, "No such mailbox.")


def test_somebody_named_twice_is_one_who_can_watch():
    folder = a_folder()
    on, guest = a_video_session(folder=folder), a_guest()
    a_grant(on, guest)
    a_grant(folder, guest)

    found = grants.who_can_watch(on, at=NOON)

    assert (found.people, found.total) == (1, 2)


def test_pages_of_the_list_follow_each_other_by_both_doors():
    folder = a_folder()
    on, guest = a_video_session(folder=folder), a_guest()
    ids = [a_grant(on if number % 2 else folder, guest).id for number in range(60)][::-1]

    first = grants.who_can_watch(on, at=NOON)
    second = grants.who_can_watch(on, at=NOON, place=Place(before=first.page.older))
    third = grants.who_can_watch(on, at=NOON, place=Place(before=second.page.older))
    back = grants.who_can_watch(on, at=NOON, place=Place(after=third.page.newer))

    assert [row.grant_id for found in (first, second, third) for row in found.page.rows] == ids
    assert (first.page.newer, third.page.older) == (None, None)
    assert back.page.rows == second.page.rows
    assert (second.first, second.total) == (26, 60)


def test_the_list_takes_two_queries_however_long_it_is():
    sponsor = a_sponsor()
    on = a_video_session(owner=sponsor)
    name("\n".join(f"g{number}@brightwater.example" for number in range(40)), on, sponsor)

    assert statements(lambda: grants.who_can_watch(on, at=NOON)) == 2


# Guests


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
