"""Naming people on sessions and folders (product.md, The way in 1 and 2; design 08 and 10)."""

from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from portal.basics import addresses
from portal.basics.errors import NotFound
from portal.basics.roles import UserState
from portal.domain import audit, grants, invitations
from portal.domain.grants import FateKind, GuestFilter
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


# Fates


def test_each_address_has_its_fate():
    sponsor, other = a_sponsor(), a_sponsor()
    on = a_video_session(owner=sponsor)
    known, pending, here = a_guest(), an_invited_guest(other), a_guest()
    a_grant(on, here)
    ended = a_guest(sponsor=sponsor, ends_at=NOON - A_DAY)
    elsewhere = a_guest(sponsor=other, ends_at=NOON - A_DAY)
    disabled = a_guest(state=UserState.DISABLED)
    people = [known, pending, here, ended, elsewhere, disabled, other, sponsor]
    text = f"{NEW}\nnot(at)northgate.example\n" + "\n".join(person.address for person in people)

    assert fates_of(text, on, sponsor) == [
        FateKind.NEW,
        FateKind.UNREADABLE,
        FateKind.KNOWN,
        FateKind.PENDING,
        FateKind.SAME,
        FateKind.ENDED,
        FateKind.ENDED_ELSEWHERE,
        FateKind.DISABLED,
        FateKind.STAFF,
        FateKind.YOURSELF,
    ]


def test_asking_for_fates_changes_nothing():
    on = a_video_session(owner=a_sponsor())
    before = [count(model) for model in (User, Grant, Invitation, OutgoingEmail, AuditEvent)]

    grants.fates(f"{NEW}, {a_guest().address}", on, by=a_sponsor(), at=NOON)

    db.session.rollback()
    assert [count(model) for model in (Grant, Invitation, OutgoingEmail)] == before[1:4]


def test_an_address_that_is_written_twice_or_otherwise_is_one():
    on = a_video_session()
    guest = a_guest(address="imani.okafor@brightwater.example")

    found = grants.fates(
        "Imani <Imani.Okafor@Brightwater.EXAMPLE>; imani.okafor@brightwater.example", on, by=a_sponsor(), at=NOON
    )

    assert [fate.user for fate in found] == [guest]


def test_who_is_named_here_gets_more_time_less_or_what_they_have():
    sponsor = a_sponsor()
    on, guest = a_folder(owner=sponsor), a_guest()
    a_grant(on, guest, ends_at=NOON + 7 * A_DAY)

    assert fates_of(guest.address, on, sponsor, until=NOON + 8 * A_DAY) == [FateKind.LONGER]
    assert fates_of(guest.address, on, sponsor, until=NOON + 6 * A_DAY) == [FateKind.SHORTER]
    assert fates_of(guest.address, on, sponsor, until=NOON + 7 * A_DAY) == [FateKind.SAME]
    assert fates_of(guest.address, on, sponsor) == [FateKind.SAME]  # no end typed: the one there is stays


def test_a_revoked_grant_counts_as_never_given():
    on, guest = a_video_session(), a_guest()
    a_grant(on, guest, revoked_at=NOON - A_DAY)

    assert fates_of(guest.address, on, a_sponsor()) == [FateKind.KNOWN]


def test_more_than_a_thousand_addresses_are_refused_with_their_number():
    text = "\n".join(f"g{number}@brightwater.example" for number in range(1001))

    with pytest.raises(grants.TooMany, match="At most 1,000 addresses at a time; these are 1,001"):
        grants.fates(text, a_video_session(), by=a_sponsor(), at=NOON)


def test_fates_of_many_take_no_more_queries_than_of_few():
    on, sponsor = a_video_session(), a_sponsor()
    few = a_guest().address
    many = "\n".join([few, *(f"g{number}@brightwater.example" for number in range(400))])

    assert statements(lambda: grants.fates(many, on, by=sponsor, at=NOON)) == statements(
        lambda: grants.fates(few, on, by=sponsor, at=NOON)
    )


# Naming


def test_a_new_address_gets_an_account_a_grant_and_an_invitation():
    sponsor = a_sponsor()
    on = a_video_session(owner=sponsor)

    named = name(NEW, on, sponsor, until=NOON + A_DAY, note="Here it is.")

    guest = the_user(NEW)
    grant = db.session.scalars(select(Grant)).one()
    assert [fate.address for fate in named.invited] == [NEW]
    assert (guest.state, guest.sponsor_id) == (UserState.INVITED, sponsor.id)
    assert (grant.guest_id, grant.video_session_id, grant.ends_at) == (guest.id, on.id, NOON + A_DAY)
    assert [letter.letter for letter in letters_of(guest)] == ["invitation"]
    assert "Here it is." in (letters_of(guest)[0].text or "")
    kinds = list(db.session.scalars(select(AuditEvent.kind).order_by(AuditEvent.sequence)))
    assert [kind for kind in kinds if kind.split(":")[0] in ("user", "grant", "invitation")] == [
        "user:invited",
        "grant:given",
        "invitation:sent",
    ]


def test_a_pending_invitation_becomes_one_that_names_all_and_the_older_link_dies():
    first, second = a_sponsor(), a_sponsor()
    one, other = a_video_session(owner=first, title="First light"), a_folder(owner=second, title="Donors")
    name(NEW, one, first)

    name(NEW, other, second, at=NOON + A_DAY)

    guest = the_user(NEW)
    older, fresh = db.session.scalars(select(Invitation).order_by(Invitation.id))
    assert guest.sponsor_id == first.id  # who invited first answers for them
    assert older.replaced_at == NOON + A_DAY
    assert fresh.is_open(NOON + A_DAY)
    text = letters_of(guest)[-1].text or ""
    assert "First light" in text
    assert "Donors" in text


def test_who_has_an_account_gets_the_grant_and_one_letter_with_a_plain_link():
    sponsor, guest = a_sponsor(), a_guest()
    on = a_video_session(owner=sponsor)

    named = name(guest.address, on, sponsor)

    (letter,) = letters_of(guest)
    assert [fate.user for fate in named.told] == [guest]
    assert letter.letter == "shared_with_you"
    assert f"/watch/{on.key}" in (letter.text or "")
    assert "/invitations/" not in (letter.text or "")
    assert guest.sponsor_id != sponsor.id


def test_sending_the_same_list_twice_does_nothing_twice():
    sponsor, guest = a_sponsor(), a_guest()
    on = a_video_session(owner=sponsor)
    text = f"{NEW}\n{guest.address}"
    name(text, on, sponsor, until=NOON + A_DAY)
    before = [count(model) for model in (User, Grant, OutgoingEmail, AuditEvent)]

    named = name(text, on, sponsor, until=NOON + A_DAY)

    assert len(named.unchanged) == 2
    assert [count(model) for model in (User, Grant, OutgoingEmail, AuditEvent)] == before


def test_an_ended_grant_is_opened_again_and_not_doubled():
    sponsor, guest = a_sponsor(), a_guest()
    on = a_video_session(owner=sponsor)
    grant = a_grant(on, guest, ends_at=NOON - A_DAY)

    named = name(guest.address, on, sponsor, until=NOON + A_DAY)

    assert len(named.told) == 1
    assert count(Grant) == 1
    assert grant.ends_at == NOON + A_DAY


def test_more_time_is_told_and_less_is_not():
    sponsor, guest = a_sponsor(), a_guest()
    on = a_video_session(owner=sponsor)
    grant = a_grant(on, guest, ends_at=NOON + 2 * A_DAY)

    longer = name(guest.address, on, sponsor, until=NOON + 3 * A_DAY)
    shorter = name(guest.address, on, sponsor, until=NOON + A_DAY)

    assert (len(longer.told), len(shorter.shortened)) == (1, 1)
    assert grant.ends_at == NOON + A_DAY
    assert len(letters_of(guest)) == 1


def test_an_ended_account_is_renewed_only_when_that_is_wanted():
    sponsor = a_sponsor()
    on, guest = a_video_session(owner=sponsor), a_guest(sponsor=sponsor, ends_at=NOON - A_DAY)

    without = name(guest.address, on, sponsor, until=NOON + A_DAY)
    assert [fate.kind for fate in without.left_out] == [FateKind.ENDED]
    assert count(Grant) == 0

    named = name(guest.address, on, sponsor, until=NOON + A_DAY, renew=[guest.address])

    db.session.refresh(guest)
    assert len(named.told) == 1
    assert guest.ends_at == NOON + A_DAY
    assert guest.is_live(NOON)


def test_no_sponsor_renews_the_account_of_another_s_guest():
    sponsor, guest = a_sponsor(), a_guest(ends_at=NOON - A_DAY)
    on = a_video_session(owner=sponsor)

    named = name(guest.address, on, sponsor, renew=[guest.address])

    assert [fate.kind for fate in named.left_out] == [FateKind.ENDED_ELSEWHERE]
    assert guest.ends_at == NOON - A_DAY


def test_bad_rows_lose_no_good_row():
    sponsor = a_sponsor()
    on = a_video_session(owner=sponsor)

    named = name(f"nobody\n{NEW}\n{a_sponsor().address}", on, sponsor)

    assert [fate.address for fate in named.invited] == [NEW]
    assert named.left_out[0].typed == "nobody"
    assert count(Grant) == 1


def test_who_sets_up_between_preview_and_send_gets_the_plain_letter():
    sponsor, guest = a_sponsor(), an_invited_guest(a_sponsor())
    on = a_video_session(owner=sponsor)
    assert fates_of(guest.address, on, sponsor) == [FateKind.PENDING]
    with transaction():
        guest.state, guest.activated_at = UserState.ACTIVE, NOON

    named = name(guest.address, on, sponsor)

    assert [fate.kind for fate in named.told] == [FateKind.KNOWN]


def test_a_thousand_addresses_go_through_at_once():
    sponsor = a_sponsor()
    on = a_video_session(owner=sponsor)
    text = "\n".join(f"guest.{number}@brightwater.example" for number in range(1000))

    named = name(text, on, sponsor, until=NOON + A_DAY)

    assert len(named.invited) == 1000
    assert count(Grant) == count(OutgoingEmail) == 1000
    assert audit.verify().fault is None


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
