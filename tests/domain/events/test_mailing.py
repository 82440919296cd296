"""Letters of an event to several of its guests: a reminder to whom it concerns, a thank-you to those who came."""

from datetime import timedelta

import pytest

from portal.basics.roles import UserState
from portal.domain import events
from portal.domain.events import LONGEST_NOTE, NothingToSend, Readers
from portal.storage.db import db, transaction
from portal.storage.models import (
    AuditEvent,
    Event,
    EventMailing,
    Invitation,
    LetterOfEvent,
    OutgoingEmail,
    User,
    VideoSession,
    WatchRecord,
)
from tests.domain.judging.contests import a_contest
from tests.factories import NOON, a_grant, a_guest, a_video_session, an_event

pytestmark = pytest.mark.usefixtures("app")
DAY = timedelta(days=1)
REMINDER, THANKS = LetterOfEvent.REMINDER, LetterOfEvent.THANKS


def watched(guest: User, film: VideoSession, *, share: float = 1.0) -> None:
    seconds = share * (film.length_seconds or 0.0)
    with transaction():
        about = {"user_id": guest.id, "video_session_id": film.id, "opens": 1}
        db.session.add(WatchRecord(**about, watched_seconds=seconds, watched_at=NOON))


def send(event: Event, letter=REMINDER, *, note="", form_key: str | None = "a-form", at=NOON) -> EventMailing:
    by = db.session.get_one(User, event.owner_id)
    with transaction():
        return events.send(event, letter, note=note, form_key=form_key, by=by, at=at)


def letters() -> dict[str, str]:
    """Which letter went to which address."""
    return {email.to_address: email.letter for email in db.session.scalars(db.select(OutgoingEmail))}


def test_a_reminder_goes_to_whoever_has_not_begun_or_not_finished():
    first, second = a_video_session(), a_video_session()
    event = an_event(first, second)
    not_begun, half, done, part = (a_guest() for _ in range(4))
    for guest in (not_begun, half, done):
        a_grant(event, guest)
    a_grant(event, part, assigned=[first])
    for film in (first, second):
        watched(done, film)
    watched(half, first)
    watched(part, first)

    mailing = send(event, note="Only two days are left.")

    assert letters() == dict.fromkeys((not_begun.address, half.address), "event_reminder")
    assert mailing.sent_to == 2
    email = db.session.scalars(db.select(OutgoingEmail)).first()
    assert email is not None
    assert "Only two days are left." in (email.text or "")
    assert f"/watch/events/{event.key}" in (email.text or "")


def test_nobody_who_may_not_watch_is_reminded():
    film = a_video_session()
    event = an_event(film)
    a_grant(event, a_guest(), revoked_at=NOON)
    a_grant(event, a_guest(), ends_at=NOON - DAY)
    a_grant(event, a_guest(state=UserState.DISABLED))
    a_grant(event, a_guest(ends_at=NOON - DAY))
    a_grant(an_event(film), a_guest())

    assert events.readers_of(event, REMINDER, at=NOON) == Readers(0, 0)
    with pytest.raises(NothingToSend, match="Nobody is left"):
        send(event)
    assert db.session.scalars(db.select(EventMailing)).all() == []


def test_whoever_is_not_set_up_gets_the_invitation_again_with_the_note():
    event = an_event(a_video_session())
    invited = a_guest(state=UserState.INVITED, activated_at=None)
    a_grant(event, invited)
    readers = events.readers_of(event, REMINDER, at=NOON)

    mailing = send(event, note="We count on you.")

    assert readers == Readers(1, 1)
    assert (letters(), mailing.sent_to) == ({invited.address: "invitation"}, 1)
    email = db.session.scalars(db.select(OutgoingEmail)).one()
    assert "We count on you." in (email.text or "")
    assert "BEGIN:VCALENDAR" in (email.calendar or "")
    assert db.session.scalars(db.select(Invitation)).one().user_id == invited.id


def test_at_a_judged_event_whoever_owes_a_sheet_is_reminded_too():
    contest = a_contest()
    film = contest.a_session()
    contest.a_criterion()
    owes, drafted, done, aside = (contest.a_judge() for _ in range(4))
    for judge in contest.judges:
        watched(judge, film)
    contest.save(drafted, film, 5)
    contest.finalise(done, film, 5)
    contest.recuse(aside, film)

    send(contest.event)

    assert {owes.address, drafted.address} == set(letters())


def test_a_thank_you_goes_to_those_who_came_once_it_is_over():
    film = a_video_session()
    event = an_event(film)
    came, never = a_guest(), a_guest()
    for guest in (came, never):
        a_grant(event, guest)
    watched(came, film, share=0.1)

    with pytest.raises(NothingToSend, match="once the event is over"):
        send(event, THANKS)
    send(event, THANKS, at=NOON + 8 * DAY, note="The winner is announced on Monday.")

    assert letters() == {came.address: "event_thanks"}


def test_a_reminder_goes_while_the_event_is_open_only():
    event = an_event(a_video_session())
    a_grant(event, a_guest())

    for at in (event.opens_at - DAY, event.closes_at):
        with pytest.raises(NothingToSend, match="while the event is open"):
            send(event, at=at)
    assert letters() == {}


def test_pressed_twice_by_the_same_form_it_goes_once():
    event = an_event(a_video_session())
    a_grant(event, a_guest())

    first, again = send(event), send(event)

    assert first.id == again.id
    assert len(db.session.scalars(db.select(OutgoingEmail)).all()) == 1
    assert len(db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == "event:mailed")).all()) == 1
    other = send(event, form_key="another")
    assert [mailing.id for mailing in events.sent(event)] == [other.id, first.id]


def test_a_note_has_an_end():
    event = an_event(a_video_session())
    a_grant(event, a_guest())

    with pytest.raises(NothingToSend, match="2,000 characters"):
        send(event, note="x" * (LONGEST_NOTE + 1))
    assert send(event, note="x" * LONGEST_NOTE).sent_to == 1


def test_many_share_the_words_and_the_calendar_file():
    event = an_event(a_video_session())
    for _ in range(25):
        a_grant(event, a_guest())

    send(event)

    emails = db.session.scalars(db.select(OutgoingEmail)).all()
    assert len({email.words_id for email in emails}) == 1
    assert {email.calendar for email in emails} == {None}
    assert emails[0].words_id is not None
