"""How far each guest has come, as the sponsor sees it."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from portal.basics.roles import UserState
from portal.domain import invitations
from portal.domain.invitations import LetterStanding
from portal.storage.db import db, transaction
from portal.storage.models import EmailState, User
from tests.domain.invitations.ways import an_invited_guest, find, letters_to, token_of
from tests.factories import NOON, a_guest

pytestmark = pytest.mark.usefixtures("app")
LATER = NOON + timedelta(hours=1)


def state_of(guest, at=LATER):
    return invitations.letter_states([guest.id], at=at)[guest.id]


def settle(guest, state, reason="") -> None:
    with transaction():
        letter = letters_to(guest)[-1]
        letter.state, letter.reason, letter.sent_at = state, reason, LATER if state is EmailState.SENT else None


def test_a_letter_waits_goes_out_or_comes_back():
    waiting, sent, failed = an_invited_guest(), an_invited_guest(), an_invited_guest()
    settle(sent, EmailState.SENT)
    settle(failed, EmailState.FAILED, "There is no such mailbox.")

    assert state_of(waiting).standing is LetterStanding.WAITING
    assert (state_of(sent).standing, state_of(sent).since) == (LetterStanding.SENT, LATER)
    assert (state_of(failed).standing, state_of(failed).reason) == (LetterStanding.FAILED, "There is no such mailbox.")


def test_the_newest_letter_counts():
    guest = an_invited_guest()
    settle(guest, EmailState.FAILED, "The mailbox is full.")
    with transaction():
        invitations.mail_again_for(guest, at=LATER)

    assert state_of(guest).standing is LetterStanding.WAITING


def test_a_letter_that_was_kept_back_is_no_letter_that_was_sent():
    guest = an_invited_guest()
    with transaction():
        invitations.end_links(guest, at=NOON)  # its address was corrected, and nothing is shared any more

    assert state_of(guest).standing is LetterStanding.NOT_INVITED


def test_a_code_is_no_invitation():
    guest = an_invited_guest()
    settle(guest, EmailState.SENT)
    found = find(token_of(guest), LATER)
    with transaction():
        invitations.mail_code(found, at=LATER)

    assert state_of(guest).standing is LetterStanding.SENT


def test_accounts_say_where_they_stand_themselves():
    active, ended = a_guest(), a_guest(ends_at=NOON)
    disabled = a_guest(state=UserState.DISABLED)
    bare = an_invited_guest(granted=False)

    states = invitations.letter_states([guest.id for guest in (active, ended, disabled, bare)], at=LATER)

    assert [states[guest.id].standing for guest in (active, ended, disabled, bare)] == [
        LetterStanding.SET_UP,
        LetterStanding.ENDED,
        LetterStanding.DISABLED,
        LetterStanding.NOT_INVITED,
    ]


def test_an_invitation_runs_out_or_is_withdrawn():
    expired, withdrawn = an_invited_guest(), an_invited_guest()
    with transaction():
        invitations.withdraw(withdrawn, by=db.session.get_one(User, withdrawn.sponsor_id), at=NOON)

    assert state_of(expired, NOON + timedelta(days=15)).standing is LetterStanding.EXPIRED
    assert state_of(withdrawn).standing is LetterStanding.WITHDRAWN


def test_every_state_has_words():
    assert all(invitations.state_words(standing) for standing in LetterStanding)


def test_any_number_of_people_takes_three_queries():
    guests = [an_invited_guest() for _ in range(6)]
    ids = [guest.id for guest in guests]
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *facts: asked.append(facts[2]))

    states = invitations.letter_states(ids, at=LATER)

    assert set(states) == set(ids)
    assert len([query for query in asked if query.startswith("SELECT")]) <= 3
    assert invitations.letter_states([], at=LATER) == {}
    assert invitations.letter_states([999_999], at=LATER) == {}
