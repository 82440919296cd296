"""The outbox: letters that wait, leave once, come back or are given up."""

from datetime import datetime, timedelta

import pytest

from portal.domain import mailbox
from portal.domain.mailbox import InHand
from portal.domain.work import tools
from portal.mail.delivery import Deferred, Outcome, Refused, Sent
from portal.mail.letters import Letter, SetUpCodeLetter
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, EmailState, OutgoingEmail, User
from tests import factories
from tests.factories import NOON
from tests.mail import samples

pytestmark = pytest.mark.usefixtures("app")


def queued(to: User | None = None, letter: Letter | None = None) -> OutgoingEmail:
    reader = to or factories.a_guest()
    with transaction():
        return mailbox.queue(letter or SetUpCodeLetter(to=reader.address, code="482913"), to=reader, at=NOON)


def taken(email: OutgoingEmail, at: datetime = NOON) -> InHand:
    with transaction():
        in_hand = mailbox.take(email.id, at=at)
    assert in_hand is not None
    return in_hand


def settled(email: OutgoingEmail, outcome: Outcome, at: datetime = NOON) -> OutgoingEmail:
    in_hand = taken(email, at)
    with transaction():
        result = mailbox.settle(in_hand, outcome, at=at)
    assert result is not None
    return result


def letters_to(reader: User) -> list[str]:
    return list(db.session.scalars(db.select(OutgoingEmail.letter).where(OutgoingEmail.user_id == reader.id)))


def test_a_letter_of_a_transaction_that_fails_never_leaves():
    guest, told = factories.a_guest(), []
    tools().tell_worker = lambda *row: told.append(row)

    def write_and_fail() -> None:
        with transaction():
            mailbox.queue(SetUpCodeLetter(to=guest.address, code="482913"), to=guest, at=NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()

    assert (letters_to(guest), told) == ([], [])


def test_a_letter_is_told_of_once_it_is_kept():
    told: list[tuple[str, int]] = []
    tools().tell_worker = lambda kind, row_id: told.append((kind, row_id))

    email = queued()

    assert told == [("email", email.id)]


def test_only_one_worker_takes_a_letter():
    email = queued()
    taken(email)

    with transaction():
        assert mailbox.take(email.id, at=NOON) is None
    assert mailbox.due(NOON) == []


def test_the_letter_of_a_dead_worker_is_taken_up_again_with_the_same_message_id():
    email = queued()
    first = taken(email)
    later = NOON + mailbox.SHORTEST_LEASE + timedelta(minutes=5)

    again = taken(email, at=later)

    assert again.message.message_id == first.message.message_id
    with transaction():
        assert mailbox.settle(first, Sent(), at=later) is None  # what the slow one says counts no more


@pytest.mark.settings(mail_timeout=60)
def test_a_slow_mail_server_never_makes_two_workers_send_one_letter():
    email = queued()
    taken(email)

    assert mailbox.due(NOON + timedelta(minutes=11)) == []


def test_a_sent_letter_forgets_its_words():
    email = settled(queued(), Sent(kept_as="a.eml"))

    assert (email.state, email.sent_at, email.kept_as) == (EmailState.SENT, NOON, "a.eml")
    assert (email.text, email.html) == (None, None)


def test_a_deferred_letter_waits_longer_each_time():
    email, at, waits = queued(), NOON, []
    for _ in range(10):
        email = settled(email, Deferred("The mail server is busy."), at)
        waits.append((email.next_try_at - at).total_seconds())
        at = email.next_try_at

    assert waits[:4] == [30, 60, 120, 240]
    assert waits == sorted(waits)
    assert waits[-1] == 2 * 60 * 60
    assert (email.state, email.reason) == (EmailState.WAITING, "The mail server is busy.")


def test_a_letter_is_given_up_after_two_days():
    email = settled(queued(), Deferred("The mail server is busy."), NOON + mailbox.GIVE_UP_AFTER)

    assert email.state is EmailState.FAILED
    assert email.reason == "It could not be delivered for two days. The mail server is busy."


def test_a_refusal_is_final_and_audited():
    email = settled(queued(), Refused(550, "No such mailbox."))

    assert (email.state, email.reason, email.text) == (EmailState.FAILED, "No such mailbox.", None)
    entry = db.session.scalars(db.select(AuditEvent).order_by(AuditEvent.sequence.desc())).first()
    assert entry is not None
    assert (entry.kind, entry.person_id, entry.facts) == (
        "letter:refused",
        email.user_id,
        {"letter": "set_up_code", "reason": "No such mailbox."},
    )


def test_a_refused_invitation_is_told_to_the_sponsor():
    sponsor = factories.a_sponsor()
    guest = factories.a_guest(sponsor=sponsor)

    settled(queued(guest, samples.an_invitation(to=guest.address)), Refused(550, "No such mailbox."))

    assert letters_to(sponsor) == ["invitation_refused"]
    told = db.session.scalars(db.select(OutgoingEmail).where(OutgoingEmail.user_id == sponsor.id)).one()
    assert told.text is not None
    assert guest.address in told.text
    assert "No such mailbox." in told.text
    assert f"/guests/{guest.key}" in told.text


def test_a_refused_code_is_not_told_to_the_sponsor():
    sponsor = factories.a_sponsor()

    settled(queued(factories.a_guest(sponsor=sponsor)), Refused(550, "No such mailbox."))

    assert letters_to(sponsor) == []


def test_a_refused_letter_to_a_sponsor_brings_forth_no_other():
    sponsor = factories.a_sponsor()
    settled(queued(factories.a_guest(sponsor=sponsor), samples.an_invitation()), Refused(550, "No such mailbox."))
    told = db.session.scalars(db.select(OutgoingEmail).where(OutgoingEmail.user_id == sponsor.id)).one()

    settled(told, Refused(550, "No such mailbox."))

    assert len(db.session.scalars(db.select(OutgoingEmail)).all()) == 2
