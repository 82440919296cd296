"""Letters of an event carry it for the reader's calendar, through a real mail server."""

from datetime import timedelta

import pytest
from icalendar import Calendar

from portal.basics.roles import UserState
from portal.domain import events, mailbox
from portal.domain.work import tools
from portal.mail.delivery import Sent, SmtpPostman
from portal.settings import Settings
from portal.storage.db import db, transaction
from portal.storage.models import Event, LetterOfEvent, OutgoingEmail, User, WatchRecord
from tests.domain.grants.ways import name
from tests.factories import NOON, a_grant, a_guest, a_video_session, an_event
from tests.mail_server import MailServer, Received

pytestmark = pytest.mark.usefixtures("app")
A_DAY = timedelta(days=1)


@pytest.fixture
def server():
    with MailServer() as running:
        yield running


def deliver_all(server: MailServer, tmp_path) -> list[Received]:
    """Everything in the outbox, through the server."""
    postman = SmtpPostman(Settings.for_tests(tmp_path, mail_server=server.host, mail_port=server.port))
    for email_id in mailbox.due(NOON + A_DAY):
        with transaction():
            in_hand = mailbox.take(email_id, at=NOON + A_DAY)
        assert in_hand is not None
        outcome = postman.deliver(in_hand.message)
        assert isinstance(outcome, Sent)
        with transaction():
            mailbox.settle(in_hand, outcome, at=NOON + A_DAY)
    return server.messages


def entry_of(letter: Received):
    """The one entry of the calendar file that came with a letter."""
    [part] = [part for part in letter.message.walk() if part.get_content_type() == "text/calendar"]
    assert part.get_filename() == "event.ics"
    content = part.get_content()
    [entry] = Calendar.from_ical(content).walk("VEVENT")
    return entry


def remind(event: Event) -> None:
    by = db.session.get_one(User, event.owner_id)
    with transaction():
        events.send(event, LetterOfEvent.REMINDER, note="", form_key=None, by=by, at=NOON)


def test_a_reminder_and_an_invitation_carry_it(server, tmp_path):
    event = an_event(a_video_session(), title="Finals “2026”", version=3)
    known, invited = a_guest(), a_guest(state=UserState.INVITED, activated_at=None)
    for guest in (known, invited):
        a_grant(event, guest)
    remind(event)

    deliver_all(server, tmp_path)

    for guest in (known, invited):
        [letter] = server.letters_to(guest.address)
        entry = entry_of(letter)
        assert str(entry["SUMMARY"]) == "Finals “2026”"
        assert str(entry["UID"]).startswith(f"{event.key}@")
        assert int(entry["SEQUENCE"]) == 3
        assert (entry["DTSTART"].dt, entry["DTEND"].dt) == (event.opens_at, event.closes_at)
        assert str(entry["URL"]) == f"{tools().settings.base_url.rstrip('/')}/watch/events/{event.key}"
        assert letter.text
        assert letter.html


@pytest.mark.parametrize("number", [1, 22], ids=["one", "words in common"])
def test_naming_somebody_sends_it_too(server, tmp_path, number):
    event = an_event(a_video_session())
    owner = db.session.get_one(User, event.owner_id)
    known = [a_guest() for _ in range(number)]
    new = [f"judge{n}@sakura.example" for n in range(number)]
    name(", ".join([*new, *(guest.address for guest in known)]), event, owner)

    deliver_all(server, tmp_path)

    letters = {email.to_address: email.letter for email in db.session.scalars(db.select(OutgoingEmail))}
    assert {letters[address] for address in new} == {"invitation"}
    assert {letters[guest.address] for guest in known} == {"shared_with_you"}
    for letter in server.messages:
        entry = entry_of(letter)
        assert str(entry["UID"]).startswith(f"{event.key}@")
        assert (entry["DTSTART"].dt, entry["DTEND"].dt) == (event.opens_at, event.closes_at)


@pytest.mark.parametrize("number", [3, 25], ids=["few", "words in common"])
def test_all_of_many_carry_it(server, tmp_path, number):
    event = an_event(a_video_session())
    guests = [a_guest() for _ in range(number)]
    for guest in guests:
        a_grant(event, guest)
    remind(event)
    shared = {email.words_id for email in db.session.scalars(db.select(OutgoingEmail))}

    deliver_all(server, tmp_path)

    assert (shared == {None}) is (number < 20)
    assert len(server.messages) == number
    assert {str(entry_of(server.letters_to(guest.address)[0])["UID"]) for guest in guests} == {
        str(entry_of(server.messages[0])["UID"])
    }


def test_a_thank_you_carries_none(server, tmp_path):
    film, guest = a_video_session(), a_guest()
    event = an_event(film, closes_at=NOON - timedelta(minutes=1))
    a_grant(event, guest)
    with transaction():
        seen = {"user_id": guest.id, "video_session_id": film.id, "opens": 1, "watched_at": NOON}
        db.session.add(WatchRecord(**seen, watched_seconds=100.0))
    by = db.session.get_one(User, event.owner_id)
    with transaction():
        events.send(event, LetterOfEvent.THANKS, note="", form_key=None, by=by, at=NOON)

    [letter] = deliver_all(server, tmp_path)

    assert [part for part in letter.message.walk() if part.get_content_type() == "text/calendar"] == []
