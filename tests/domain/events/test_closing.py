"""Closing an event and opening it again: all of what it gave, and nothing else (product.md, Events)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.basics.errors import NotFound
from portal.basics.roles import Role, UserState
from portal.domain import access, audit, events, playback, sign_ins
from portal.domain.events import WrongDetails
from portal.storage.db import db, transaction
from portal.storage.models import (
    AuditEvent,
    Event,
    EventClosing,
    Grant,
    OnClosing,
    OutgoingEmail,
    PasswordReset,
    ResetOutcome,
    SignIn,
    Stream,
    User,
    Viewing,
)
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sponsor, a_user, a_video_session, an_admin, an_event

pytestmark = pytest.mark.usefixtures("app")
A_DAY = timedelta(days=1)
A_MINUTE = timedelta(minutes=1)
CLOSING = NOON + 7 * A_DAY


def close(event: Event, *, by: User | None = None, at=NOON) -> EventClosing | None:
    with transaction():
        return events.close(event, by=by, at=at)


def reopen(event: Event, by: User, *, until=NOON + 14 * A_DAY, at=NOON + A_DAY) -> EventClosing | None:
    with transaction():
        return events.reopen(event, closes_at=until, by=by, at=at)


def the_owner(event: Event) -> User:
    return db.session.get_one(User, event.owner_id)


def signed_in(guest: User, at=NOON) -> str:
    with transaction():
        return sign_ins.start(guest, network="127.0.0.1", device="a test", at=at)


def press_play(guest: User, film, token: str, at=NOON) -> Stream:
    present = sign_ins.find(token, at=at)
    assert present is not None
    with transaction():
        stream = playback.start(guest, film.key, sign_in=present.sign_in, at=at)
    assert isinstance(stream, Stream)
    return stream


def fresh(row):
    db.session.expire_all()
    return db.session.get_one(type(row), row.id)


def test_a_playing_judge_is_cut_at_the_next_byte():
    film, judge = a_video_session(), a_guest()
    event = an_event(film)
    a_grant(event, judge)
    token = signed_in(judge)
    stream = press_play(judge, film, token)
    before = access.decide(judge, film, at=NOON)

    closing = close(event, by=the_owner(event), at=NOON + A_MINUTE)

    assert before.allowed
    assert closing is not None
    assert (closing.grants_ended, closing.sign_ins_ended, closing.at) == (1, 1, NOON + A_MINUTE)
    assert playback.may_fetch(stream.key, token, at=NOON + A_MINUTE) is None
    assert sign_ins.find(token, at=NOON + A_MINUTE) is None
    assert not access.decide(fresh(judge), film, at=NOON + A_MINUTE).allowed


def test_the_grant_s_end_alone_stops_what_plays_too():
    """Whoever signs in again at once, with a password that was kept, watches no further."""
    film, judge = a_video_session(), a_guest()
    event = an_event(film, on_closing=OnClosing.KEEP)
    a_grant(event, judge)
    press_play(judge, film, signed_in(judge))

    close(event, by=the_owner(event), at=NOON + A_MINUTE)

    again = signed_in(judge, NOON + A_MINUTE)
    stream = db.session.scalars(select(Stream)).one()
    assert sign_ins.find(again, at=NOON + A_MINUTE) is not None
    assert playback.may_fetch(stream.key, again, at=NOON + 2 * A_MINUTE) is None
    decision = access.decide(judge, film, at=NOON + 2 * A_MINUTE)
    assert (decision.allowed, decision.why) == (False, access.WhyNot.ENDED)


def test_guests_with_nothing_else_lose_their_passwords_and_nobody_else_does():
    elsewhere, film = a_video_session(), a_video_session()
    event = an_event(film)
    other_event = an_event(film, closes_at=NOON + 30 * A_DAY)
    only_here, named_elsewhere, at_another, had_something = (a_guest() for _ in range(4))
    for guest in (only_here, named_elsewhere, at_another, had_something):
        a_grant(event, guest)
    a_grant(elsewhere, named_elsewhere, begins_at=NOON + 20 * A_DAY)  # to come is something, too
    a_grant(other_event, at_another)
    a_grant(elsewhere, had_something, ends_at=NOON - A_DAY)

    closing = close(event, by=the_owner(event))

    assert closing is not None
    kept = {guest.id: fresh(guest).password_hash is not None for guest in (only_here, named_elsewhere, at_another)}
    assert kept == {only_here.id: False, named_elsewhere.id: True, at_another.id: True}
    assert fresh(had_something).password_hash is None
    outcomes = db.session.scalars(select(ResetOutcome.user_id).where(ResetOutcome.run_id == closing.reset_run_id)).all()
    assert set(outcomes) == {only_here.id, had_something.id}
    assert events.voided_by(closing) == 2
    assert not access.decide(fresh(at_another), film, at=NOON).why
    assert access.decide(fresh(at_another), film, at=NOON).allowed, "the other event shows it, and is open"


def test_all_of_its_guests_are_signed_out_also_those_who_have_something_else():
    film = a_video_session()
    event, guest, stranger = an_event(film), a_guest(), a_guest()
    a_grant(event, guest)
    a_grant(film, guest)
    inside, outside = signed_in(guest), signed_in(stranger)

    close(event, by=the_owner(event))

    assert sign_ins.find(inside, at=NOON) is None
    assert sign_ins.find(outside, at=NOON) is not None
    assert db.session.scalars(select(SignIn.ended_because).where(SignIn.user_id == guest.id)).one() == "event-closed"
    assert access.decide(fresh(guest), film, at=NOON).allowed, "named on it directly as well"


def test_accounts_can_be_disabled_instead_and_come_back_when_it_opens_again():
    event, guest, gone_before = an_event(a_video_session(), on_closing=OnClosing.DISABLE), a_guest(), a_guest()
    a_grant(event, guest)
    a_grant(event, gone_before)
    with transaction():
        gone_before.state = UserState.DISABLED

    closing = close(event, by=the_owner(event))

    assert closing is not None
    assert (closing.accounts_disabled, fresh(guest).state) == (1, UserState.DISABLED)
    assert fresh(guest).password_hash is not None
    reopen(fresh(event), the_owner(event))
    assert fresh(guest).state is UserState.ACTIVE
    assert fresh(gone_before).state is UserState.DISABLED, "somebody else disabled them, before"


def test_staff_never_lose_their_way_in():
    event = an_event(a_video_session())
    former = a_guest()
    a_grant(event, former)
    with transaction():
        former.role, former.sponsor_id = Role.SPONSOR, None

    close(event, by=the_owner(event))

    assert fresh(former).password_hash is not None


def test_who_was_revoked_is_no_guest_of_it():
    event, guest = an_event(a_video_session()), a_guest()
    a_grant(event, guest, revoked_at=NOON - A_DAY)
    token = signed_in(guest)

    closing = close(event, by=the_owner(event))

    assert closing is not None
    assert (closing.grants_ended, closing.sign_ins_ended) == (0, 0)
    assert sign_ins.find(token, at=NOON) is not None


def test_the_clock_closes_at_the_closing_and_not_before():
    event, guest = an_event(a_video_session()), a_guest()
    grant = a_grant(event, guest)

    assert close(event, at=CLOSING - A_MINUTE) is None
    assert events.due(CLOSING - A_MINUTE) == []
    assert events.due(CLOSING) == [event.id]
    with transaction():
        closing = events.close_due(event.id, at=CLOSING + 3 * A_DAY)

    assert closing is not None
    assert (closing.at, closing.by_id, closing.grants_ended) == (CLOSING, None, 1)
    assert fresh(grant).ends_at == CLOSING
    assert events.due(CLOSING + 3 * A_DAY) == []


def test_its_end_needs_no_worker():
    """Whether or not the clock's closing has been done, nobody watches after it."""
    film, guest = a_video_session(), a_guest()
    a_grant(an_event(film), guest)

    assert access.decide(guest, film, at=CLOSING - A_MINUTE).allowed
    assert not access.decide(guest, film, at=CLOSING).allowed
    assert access.listed_for(guest, at=CLOSING).live == []


def test_closing_twice_closes_once():
    event = an_event(a_video_session())
    a_grant(event)

    first, second = close(event, by=the_owner(event)), close(event, by=the_owner(event))

    assert first is not None
    assert second is None
    assert len(db.session.scalars(select(EventClosing)).all()) == 1


def test_what_had_ended_before_is_neither_ended_again_nor_brought_back():
    event, guest = an_event(a_video_session()), a_guest()
    grant = a_grant(event, guest, ends_at=NOON - A_MINUTE)

    closing = close(event, by=the_owner(event))
    reopen(fresh(event), the_owner(event))

    assert closing is not None
    assert closing.grants_ended == 0
    assert fresh(grant).ends_at == NOON - A_MINUTE


def test_opening_again_brings_the_same_people_back_and_mails_whose_password_was_voided():
    film = a_video_session()
    event, voided, keeper = an_event(film), a_guest(), a_guest()
    grants = [a_grant(event, voided), a_grant(event, keeper)]
    a_grant(film, keeper)
    close(event, by=the_owner(event))
    db.session.execute(db.delete(OutgoingEmail))

    closing = reopen(fresh(event), the_owner(event))

    assert closing is not None
    again = fresh(event)
    assert (again.closed_at, again.closes_at) == (None, NOON + 14 * A_DAY)
    assert [fresh(grant).ends_at for grant in grants] == [NOON + 14 * A_DAY] * 2
    letters = db.session.execute(select(OutgoingEmail.user_id, OutgoingEmail.letter)).all()
    assert letters == [(voided.id, "new_way_in")]
    assert db.session.scalars(select(PasswordReset.user_id)).all() == [voided.id]
    assert fresh(voided).password_hash is None, "nobody but they themselves chooses the new one"
    assert access.decide(fresh(keeper), film, at=NOON + A_DAY).allowed


def test_opening_again_needs_a_closing_ahead_and_a_closed_event():
    event = an_event(a_video_session())
    owner = the_owner(event)
    assert reopen(event, owner) is None
    close(event, by=owner)

    with pytest.raises(WrongDetails) as fault:
        reopen(fresh(event), owner, until=NOON, at=NOON + A_DAY)

    assert fault.value.field == "closes"
    assert fresh(event).closed_at is not None


def test_an_event_can_close_again_after_it_was_opened_again():
    event, guest = an_event(a_video_session()), a_guest()
    a_grant(event, guest)
    owner = the_owner(event)
    close(event, by=owner)
    reopen(fresh(event), owner)

    again = close(fresh(event), by=owner, at=NOON + 2 * A_DAY)

    assert again is not None
    assert again.grants_ended == 1
    assert len(db.session.scalars(select(EventClosing)).all()) == 2


def test_the_preview_says_what_the_closing_does():
    film, elsewhere = a_video_session(), a_video_session()
    event = an_event(film, a_folder())
    playing, waiting, keeper = (
        a_guest(),
        a_user(state=UserState.INVITED, activated_at=None, password_hash=None),
        a_guest(),
    )
    for guest in (playing, waiting, keeper):
        a_grant(event, guest)
    a_grant(elsewhere, keeper)
    press_play(playing, film, signed_in(playing))
    signed_in(keeper)

    told = events.reach(event, at=NOON)
    closing = close(event, by=the_owner(event))

    assert closing is not None
    assert (told.grants, told.sign_ins, told.signed_in, told.playing) == (3, 2, 2, 1)
    assert (told.only_here, told.elsewhere, told.waiting) == (1, 1, 1)
    assert told.names == [playing.display_name]
    assert (closing.grants_ended, closing.sign_ins_ended, events.voided_by(closing)) == (3, 2, 1)


def test_the_organiser_is_told_and_the_trail_holds_it_with_its_reach():
    event = an_event(a_video_session())
    a_grant(event)
    admin = an_admin()

    close(event, by=admin)

    assert db.session.execute(select(OutgoingEmail.user_id, OutgoingEmail.letter)).all() == [
        (event.owner_id, "event_closed")
    ]
    entry = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "event:closed")).one()
    assert (entry.actor_id, entry.subject_id) == (admin.id, event.id)
    assert entry.facts == {
        "how": "by hand",
        "grants": 1,
        "sign_ins": 0,
        "passwords": 1,
        "disabled": 0,
        "sheets": 0,
        "on_closing": "void",
    }
    assert audit.verify().fault is None


def test_a_session_shown_by_two_events_goes_on_with_the_one_that_is_open():
    film, of_one, of_both = a_video_session(), a_guest(), a_guest()
    first, second = an_event(film), an_event(film)
    a_grant(first, of_one)
    a_grant(first, of_both)
    a_grant(second, of_both)

    close(first, by=the_owner(first))

    assert not access.decide(fresh(of_one), film, at=NOON + A_MINUTE).allowed
    decision = access.decide(fresh(of_both), film, at=NOON + A_MINUTE)
    assert decision.allowed
    assert decision.grant is not None
    assert decision.grant.event_id == second.id


def test_two_events_that_close_at_the_same_time_leave_nobody_a_way_in():
    film, guest = a_video_session(), a_guest()
    first, second = an_event(film), an_event(film)
    a_grant(first, guest)
    a_grant(second, guest)

    for event_id in events.due(CLOSING):
        with transaction():
            events.close_due(event_id, at=CLOSING)

    assert fresh(guest).password_hash is None


def test_nobody_watches_by_a_sitting_that_was_open_before_it_opened_again():
    """A sitting of before stays over: its view was taken, and pressing play begins another."""
    film, judge = a_video_session(), a_guest()
    event = an_event(film)
    a_grant(event, judge, views_limit=2)
    press_play(judge, film, signed_in(judge))
    close(event, by=the_owner(event))
    reopen(fresh(event), the_owner(event), at=NOON + A_DAY)

    decision = access.decide(fresh(judge), film, at=NOON + A_DAY)

    assert (decision.allowed, decision.sitting, decision.views_left) == (True, None, 1)
    assert db.session.scalars(select(Viewing.grant_id)).all() == [db.session.scalars(select(Grant.id)).one()]


def test_a_sponsor_s_event_is_not_found_by_another_sponsor():
    event = an_event(a_video_session())

    with pytest.raises(NotFound):
        events.find(event.key, a_sponsor())
    assert events.find(event.key, an_admin()).id == event.id
