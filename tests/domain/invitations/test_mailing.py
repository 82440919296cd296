"""Accounts that wait for their owner, and the letter with the way in (product.md, The way in 1 and 2)."""

from datetime import timedelta
from typing import Any

import pytest

from portal.basics import tokens
from portal.basics.addresses import NotAnAddress
from portal.basics.roles import Role, UserState
from portal.domain import invitations, mailbox
from portal.domain.invitations import AlreadyHasAccount, NothingShared, Standing
from portal.mail.delivery import Deferred
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, EmailState, Invitation, OutgoingEmail, User
from tests.domain.invitations.ways import account_of, an_invited_guest, find, letters_to, token_of
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin
from tests.mail import samples

pytestmark = pytest.mark.usefixtures("app")
LATER = NOON + timedelta(days=2)


def test_inviting_makes_an_account_that_can_do_nothing_yet():
    dana = a_sponsor(name="Dana Lee")

    with transaction():
        guest = invitations.invite_guest(" Imani.Okafor@Brightwater.example", sponsor=dana, at=NOON)

    assert guest.state is UserState.INVITED
    assert guest.address == "imani.okafor@brightwater.example"
    assert guest.sponsor_id == dana.id
    assert guest.password_hash is None
    assert not guest.is_live(NOON)
    assert letters_to(guest) == []


def test_inviting_an_address_twice_makes_one_account():
    dana, tomas = a_sponsor(), a_sponsor()

    with transaction():
        first = invitations.invite_guest("imani@brightwater.example", sponsor=dana, at=NOON)
        second = invitations.invite_guest("IMANI@brightwater.example", sponsor=tomas, at=NOON)

    assert first == second
    assert first.sponsor_id == dana.id


def test_an_account_that_somebody_else_made_a_moment_ago_is_used(monkeypatch):
    """The address is looked up, another sponsor is faster, and only then the row is written."""
    dana, tomas = a_sponsor(), a_sponsor()
    with transaction():
        theirs = invitations.invite_guest("imani@brightwater.example", sponsor=dana, at=NOON)
    looked_up: list[str] = []
    really_find = invitations.mailing._find
    monkeypatch.setattr(
        invitations.mailing,
        "_find",
        lambda address: really_find(address) if looked_up else looked_up.append(address),
    )

    with transaction():
        mine = invitations.invite_guest("imani@brightwater.example", sponsor=tomas, at=NOON)

    assert mine == theirs
    assert db.session.scalar(db.select(db.func.count()).where(AuditEvent.kind == "user:invited")) == 1


def test_what_is_no_address_is_refused():
    dana = a_sponsor()

    with pytest.raises(NotAnAddress), transaction():
        invitations.invite_guest("imani at brightwater", sponsor=dana, at=NOON)


def test_the_letter_says_who_shares_what_until_when_and_holds_the_link():
    dana = a_sponsor(name="Dana Lee", department="Alumni and Giving", address="dana@aldermere.example")
    guest = an_invited_guest(sponsor=dana, granted=False)
    a_grant(a_video_session(owner=dana, title="Four years on", length_seconds=2880), guest, ends_at=LATER)
    a_grant(a_folder(owner=dana, title="Diploma films"), guest)

    with transaction():
        invitation = invitations.mail(guest, by=dana, note="The films I told you about.", at=NOON)

    letter = letters_to(guest)[-1]
    assert letter.subject == "Dana Lee shares a recording and a folder with you"
    assert letter.reply_to == "dana@aldermere.example"
    assert letter.to_address == guest.address
    assert letter.invitation_id == invitation.id
    for words in ("Four years on", "48 minutes", "Diploma films", "The films I told you about.", "Alumni and Giving"):
        assert words in letter.text
    assert "24 November 2026" in letter.text


def test_only_the_hash_of_a_token_is_stored():
    guest = an_invited_guest()

    token = token_of(guest)
    kept = db.session.scalars(db.select(Invitation)).one()
    assert kept.token_hash == tokens.hash_token(token)
    assert len(token) >= 43


def test_a_link_is_good_for_fourteen_days():
    guest = an_invited_guest(at=NOON)

    end = NOON + timedelta(days=14)
    assert find(token_of(guest), end - timedelta(seconds=1)).standing is Standing.OPEN
    assert find(token_of(guest), end).standing is Standing.EXPIRED


def test_a_pending_guest_gets_one_merged_letter_and_the_older_link_dies():
    dana, tomas = a_sponsor(name="Dana Lee"), a_sponsor(name="Tomas Berg")
    guest = an_invited_guest(sponsor=dana, on=a_video_session(owner=dana, title="Four years on"))
    older = token_of(guest)
    a_grant(a_video_session(owner=tomas, title="Meadow Morning"), guest)

    with transaction():
        invitations.mail(guest, by=tomas, note="", at=LATER)

    letter = letters_to(guest)[-1]
    assert "Four years on" in letter.text
    assert "Meadow Morning" in letter.text
    assert letter.subject == "Tomas Berg and Dana Lee share two recordings with you"
    assert "  From Dana Lee" in letter.text
    found = find(older, LATER)
    assert found.standing is Standing.REPLACED
    assert found.newer_sent_at == LATER
    assert find(token_of(guest), LATER).standing is Standing.OPEN


def test_a_recording_shared_twice_stands_once_with_its_latest_end():
    guest = an_invited_guest(granted=False)
    recording = a_video_session()
    for ends_at in (LATER, LATER + timedelta(days=3), NOON + timedelta(hours=1)):
        a_grant(recording, guest, ends_at=ends_at)

    things = invitations.shared_with(guest, at=NOON)

    assert [(thing.title, thing.ends_at) for thing in things] == [(recording.title, LATER + timedelta(days=3))]


def test_ended_and_revoked_grants_are_named_in_no_letter():
    guest, dana = an_invited_guest(granted=False), a_sponsor()
    a_grant(to=guest, ends_at=NOON)
    a_grant(to=guest, revoked_at=NOON)

    with pytest.raises(NothingShared), transaction():
        invitations.mail(guest, by=dana, note="", at=NOON)
    assert letters_to(guest) == []


def test_whoever_has_a_password_is_never_sent_another_way_in():
    guest, dana = a_guest(), a_sponsor()
    a_grant(to=guest)

    with pytest.raises(AlreadyHasAccount), transaction():
        invitations.mail(guest, by=dana, note="", at=NOON)
    with transaction():
        assert invitations.mail_again_for(guest, at=NOON) is None
    assert letters_to(guest) == []


def test_the_note_is_kept_when_its_writer_sends_again_and_lent_to_nobody_else():
    dana, tomas = a_sponsor(), a_sponsor()
    guest = an_invited_guest(sponsor=dana, note="From Dana to Imani.")

    with transaction():
        of_tomas = invitations.mail(guest, by=tomas, note="", again=True, at=LATER)
    with transaction():
        of_dana = invitations.mail(guest, by=dana, note="", again=True, at=LATER)

    assert of_tomas.note == ""
    assert of_dana.note == "From Dana to Imani."


def test_a_pending_guest_who_forgot_the_password_gets_the_invitation_again():
    dana = a_sponsor()
    guest = an_invited_guest(sponsor=dana, note="The films.")
    older = token_of(guest)

    with transaction():
        again = invitations.mail_again_for(guest, at=LATER)

    assert again is not None
    assert (again.sent_by_id, again.note) == (dana.id, "The films.")
    assert token_of(guest) != older
    event = db.session.scalars(
        db.select(AuditEvent).where(AuditEvent.kind == "invitation:sent").order_by(AuditEvent.sequence.desc())
    ).first()
    assert (event.actor_id, event.person_id, event.facts["again"]) == (None, guest.id, True)


def test_a_withdrawn_ended_or_disabled_one_is_not_mailed_again_by_asking():
    withdrawn, ended, disabled = (an_invited_guest(), an_invited_guest(), an_invited_guest())
    with transaction():
        invitations.withdraw(withdrawn, by=db.session.get_one(User, withdrawn.sponsor_id), at=NOON)
        ended.ends_at = NOON
        disabled.state = UserState.DISABLED

    with transaction():
        mailed = [invitations.mail_again_for(guest, at=LATER) for guest in (withdrawn, ended, disabled)]

    assert mailed == [None, None, None]


def test_an_expired_link_fetches_one_fresh_letter_to_the_same_address():
    guest = an_invited_guest(at=NOON)
    expired = token_of(guest)
    late = NOON + timedelta(days=20)

    with transaction():
        first = invitations.mail_again_from(expired, at=late)
    with transaction():
        second = invitations.mail_again_from(expired, at=late)

    assert first is not None
    assert second is None
    assert [letter.to_address for letter in letters_to(guest)] == [guest.address] * 2
    assert find(token_of(guest), late).standing is Standing.OPEN


def test_no_other_link_fetches_a_letter():
    guest = an_invited_guest(at=NOON)

    with transaction():
        assert invitations.mail_again_from(token_of(guest), at=LATER) is None
        assert invitations.mail_again_from("never mailed", at=LATER) is None


def test_withdrawing_takes_back_the_link_and_what_it_was_for():
    dana = a_sponsor()
    guest = an_invited_guest(sponsor=dana)
    token = token_of(guest)

    with transaction():
        assert invitations.withdraw(guest, by=dana, at=LATER)

    assert find(token, LATER).standing is Standing.WITHDRAWN
    assert invitations.shared_with(guest, at=LATER) == ()
    with transaction():
        assert not invitations.withdraw(guest, by=dana, at=LATER)


def test_withdrawing_leaves_what_another_sponsor_shares():
    dana, tomas = a_sponsor(), a_sponsor()
    guest = an_invited_guest(sponsor=dana)
    a_grant(a_video_session(owner=tomas, title="Meadow Morning"), guest)

    with transaction():
        assert invitations.withdraw(guest, by=dana, at=LATER)

    found = find(token_of(guest), LATER)
    assert found.standing is Standing.OPEN
    assert [thing.title for thing in found.things] == ["Meadow Morning"]


def test_a_sponsor_withdraws_nothing_of_anothers():
    guest, stranger = an_invited_guest(), a_sponsor()

    with transaction():
        assert not invitations.withdraw(guest, by=stranger, at=LATER)
    assert find(token_of(guest), LATER).standing is Standing.OPEN


def test_staff_are_invited_by_the_same_kind_of_letter():
    ada = an_admin(name="Ada Moreau")

    with transaction():
        invitation = invitations.invite_staff(
            "dana@aldermere.example", Role.SPONSOR, name="Dana Lee", department="Alumni", by=ada, at=NOON
        )

    dana = account_of("dana@aldermere.example")
    assert (dana.role, dana.state, dana.name, dana.sponsor_id) == (Role.SPONSOR, UserState.INVITED, "Dana Lee", None)
    assert letters_to(dana)[0].letter == "staff_invitation"
    assert find(token_of(dana), NOON).invitation == invitation


def test_staff_who_wait_are_mailed_again_and_others_refused():
    ada, guest = an_admin(), a_guest()
    details: dict[str, Any] = {"name": "Dana Lee", "department": "", "by": ada, "at": NOON}

    with transaction():
        invitations.invite_staff("dana@aldermere.example", Role.SPONSOR, **details)
        invitations.invite_staff("dana@aldermere.example", Role.SPONSOR, **details)
    with pytest.raises(AlreadyHasAccount, match="as a sponsor"), transaction():
        invitations.invite_staff("dana@aldermere.example", Role.ADMIN, **details)
    with pytest.raises(AlreadyHasAccount, match="as a guest"), transaction():
        invitations.invite_staff(guest.address, Role.SPONSOR, **details)

    assert len(letters_to(account_of("dana@aldermere.example"))) == 2
    assert db.session.scalar(db.select(db.func.count()).select_from(OutgoingEmail)) == 2


# Letters whose link dies before they leave


def states_of(guest):
    return [(letter.letter, letter.state) for letter in letters_to(guest)]


def test_of_the_letters_that_wait_only_the_newest_leaves():
    dana = a_sponsor()
    guest = an_invited_guest(sponsor=dana)

    with transaction():
        invitations.mail(guest, by=dana, note="", at=LATER, again=True)

    older, fresh = letters_to(guest)
    assert (older.state, older.text, older.html) == (EmailState.KEPT_BACK, None, None)
    assert mailbox.due(LATER) == [fresh.id]


def test_of_the_letters_of_a_whole_list_only_the_newest_leave():
    dana = a_sponsor()
    guests = [an_invited_guest(sponsor=dana) for _ in range(3)]

    with transaction():
        invitations.mail_all(guests, by=dana, note="", at=LATER)

    assert mailbox.due(LATER) == [letters_to(guest)[-1].id for guest in guests]


def test_a_code_that_waits_for_a_dead_link_does_not_leave_either():
    dana = a_sponsor()
    guest = an_invited_guest(sponsor=dana)
    with transaction():
        invitations.mail_code(find(token_of(guest), NOON), at=NOON)

    with transaction():
        invitations.mail(guest, by=dana, note="", at=LATER, again=True)

    assert states_of(guest) == [
        ("invitation", EmailState.KEPT_BACK),
        ("set_up_code", EmailState.KEPT_BACK),
        ("invitation", EmailState.WAITING),
    ]


def test_what_was_withdrawn_before_its_letter_left_is_never_mailed():
    dana = a_sponsor()
    guest = an_invited_guest(sponsor=dana)

    with transaction():
        invitations.withdraw(guest, by=dana, at=NOON)

    assert mailbox.due(LATER) == []


def test_other_people_s_letters_and_other_letters_leave_as_before():
    dana = a_sponsor()
    guest, other = an_invited_guest(sponsor=dana), an_invited_guest(sponsor=dana)
    with transaction():
        mailbox.queue(samples.a_shared_with_you(to=guest.address), to=guest, at=NOON)

    with transaction():
        invitations.mail(guest, by=dana, note="", at=LATER, again=True)

    assert states_of(other) == [("invitation", EmailState.WAITING)]
    assert ("shared_with_you", EmailState.WAITING) in states_of(guest)


def test_a_letter_on_its_way_when_its_link_dies_is_not_tried_again():
    dana = a_sponsor()
    guest = an_invited_guest(sponsor=dana)
    with transaction():
        in_hand = mailbox.take(letters_to(guest)[0].id, at=NOON)
    with transaction():
        invitations.mail(guest, by=dana, note="", at=LATER, again=True)

    assert in_hand is not None
    with transaction():
        mailbox.settle(in_hand, Deferred("The mail server is busy."), at=LATER)

    assert letters_to(guest)[0].state is EmailState.KEPT_BACK
    assert mailbox.due(LATER + timedelta(hours=3)) == [letters_to(guest)[1].id]


# What is to come


def test_what_has_not_begun_yet_is_invited_to_and_told_with_its_begin():
    dana = a_sponsor()
    guest = an_invited_guest(sponsor=dana, granted=False)
    a_grant(a_video_session(owner=dana), guest, begins_at=LATER, ends_at=LATER + timedelta(days=1), views_limit=2)

    with transaction():
        invitations.mail(guest, by=dana, note="", at=NOON)

    (thing,) = invitations.shared_with(guest, at=NOON)
    assert (thing.begins_at, thing.views, thing.views_words) == (LATER, 2, "2")
    (letter,) = letters_to(guest)
    assert "Opens" in (letter.text or "")


def test_withdrawing_takes_back_what_has_not_begun_yet():
    dana = a_sponsor()
    guest = an_invited_guest(sponsor=dana, granted=False)
    a_grant(a_video_session(owner=dana), guest, begins_at=LATER)

    with transaction():
        assert invitations.withdraw(guest, by=dana, at=NOON)

    assert invitations.shared_with(guest, at=LATER) == ()
