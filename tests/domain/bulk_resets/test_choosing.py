"""Whom a reset is for: people named by hand, an event's guests, or all that a filter finds (product.md, Admins)."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from portal.basics import tokens
from portal.basics.roles import Role, UserState
from portal.domain import bulk_resets, people_listing, sign_ins
from portal.domain.bulk_resets import ChangedMeanwhile, Choice
from portal.domain.people_listing import PeopleWanted, StateWanted
from portal.storage.db import db, transaction
from portal.storage.models import Event, Grant, ResetOutcome, ResetRun, SignIn, Stream, Viewing
from tests.domain.bulk_resets.ways import is_stopped, outcomes
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin

DAY = timedelta(days=1)
LONG_AGO = NOON - 90 * DAY


def an_event(owner, title="Finals 2025", **given) -> Event:
    values = {"opens_at": NOON - 9 * DAY, "closes_at": NOON - 2 * DAY, "time_zone": "Europe/Berlin"} | given
    event = Event(key=tokens.new_key(), owner_id=owner.id, title=title, created_at=LONG_AGO, **values)
    with transaction():
        db.session.add(event)
    return event


def at_event(event, guest, **given) -> Grant:
    grant = Grant(guest_id=guest.id, event_id=event.id, granted_by_id=event.owner_id, created_at=LONG_AGO, **given)
    with transaction():
        db.session.add(grant)
    return grant


def seen(user, at) -> SignIn:
    with transaction():
        sign_ins.start(user, network="203.0.113.9", device="Firefox", at=at)
    return db.session.scalars(select(SignIn).order_by(SignIn.id.desc()).limit(1)).one()


def found(by, **wanted) -> set[int]:
    """The ids of those whom the filter finds; the list of people finds the same."""
    asked = PeopleWanted(**wanted)
    ids = bulk_resets.found(Choice(wanted=asked), by=by, at=NOON).ids
    if by.is_admin:
        assert {line.user.id for line in people_listing.listed(asked, at=NOON).rows} == set(ids)
    return set(ids)


def press(choice, by, **how) -> ResetRun:
    given: dict[str, Any] = {
        "words": "some people",
        "mails_way_in": False,
        "why": "",
        "stamp": None,
        "form_key": None,
        "at": NOON,
    }
    with transaction():
        return bulk_resets.press(choice, by=by, **(given | how))


def test_guests_of_an_event_not_seen_for_30_days(app):
    admin, dana = an_admin(at=LONG_AGO), a_sponsor(at=LONG_AGO)
    finals, other = an_event(dana), an_event(dana, "Finals 2025, rehearsal")
    away, here, never, young, elsewhere, taken_off = (a_guest(sponsor=dana, at=LONG_AGO) for _ in range(6))
    young = a_guest(sponsor=dana, at=NOON - 3 * DAY)
    for guest in (away, here, never, young):
        at_event(finals, guest, ends_at=NOON - DAY)
    at_event(finals, taken_off, revoked_at=NOON - 3 * DAY)
    at_event(other, elsewhere)
    seen(away, NOON - 31 * DAY)
    seen(here, NOON - 31 * DAY)
    seen(here, NOON - 2 * DAY)

    for title in ("Finals 2025", "finals 2025", finals.key):
        assert found(admin, event=title, not_seen_days=30) == {away.id, never.id}
    assert found(admin, event="Finals 2025") == {away.id, here.id, never.id, young.id}
    assert found(admin, event="Finals 2025", never_signed_in=True) == {never.id, young.id}
    assert found(admin, event="Finals") == set()


def test_guests_of_a_sponsor_and_those_who_have_nothing(app):
    admin, dana, kim = an_admin(), a_sponsor(name="Dana Lee"), a_sponsor()
    on_session, on_folder, over, revoked = (a_guest(sponsor=dana) for _ in range(4))
    a_guest(sponsor=kim)
    a_grant(a_video_session(owner=dana), on_session, begins_at=NOON + DAY)
    a_grant(a_folder(owner=dana), on_folder)
    a_grant(a_video_session(owner=dana), over, ends_at=NOON)
    a_grant(a_video_session(owner=dana), revoked, revoked_at=NOON - DAY)

    for sponsor in (dana.address, "Dana", "lee"):
        assert found(admin, sponsor=sponsor) == {on_session.id, on_folder.id, over.id, revoked.id}
    assert found(admin, sponsor=dana.address, has_nothing=True) == {over.id, revoked.id}
    assert found(admin, sponsor="nobody@brightwater.example") == set()


def test_a_filter_reaches_no_staff_and_never_the_presser(app):
    admin, other, dana = an_admin(), an_admin(), a_sponsor()

    run = press(Choice(), admin)

    assert outcomes(run) == {admin.id: "yourself", other.id: "staff", dana.id: "staff"}


def test_a_sponsor_reaches_only_guests_they_answer_for_by_whatever_door(app):
    dana, kim = a_sponsor(), a_sponsor()
    own, foreign, admin = a_guest(sponsor=dana), a_guest(sponsor=kim), an_admin()
    event = an_event(dana)
    for guest in (own, foreign):
        at_event(event, guest)
        a_grant(a_video_session(owner=dana), guest)

    assert found(dana) == found(dana, event="Finals 2025") == {own.id}
    theirs = an_event(kim, "Board review")
    at_event(theirs, own)
    assert found(an_admin(), event="Board review") == {own.id}
    assert found(dana, event="Board review") == found(dana, event=theirs.key) == set()  # nor told that they are there
    run = press(Choice(keys=(own.key, foreign.key, admin.key, kim.key)), dana)
    press(Choice(wanted=PeopleWanted(role=Role.GUEST)), dana)

    assert outcomes(run) == {own.id: "voided"}
    assert [is_stopped(person) for person in (own, foreign, admin, kim)] == [True, False, False, False]
    assert set(db.session.scalars(select(ResetOutcome.user_id))) == {own.id}


def test_a_trial_tells_in_numbers_and_names_and_changes_nothing(app):
    admin, dana = an_admin(), a_sponsor()
    imani, yuki, omar = (a_guest(sponsor=dana, name=name) for name in ("Imani Okafor", "Yuki Tanabe", "Omar Quill"))
    a_guest(sponsor=dana, name="Lê Bích", state=UserState.DISABLED, password_hash="kept")
    a_guest(sponsor=dana, state=UserState.INVITED, name="", address="new@reset.example")
    film = a_video_session(owner=dana)
    first = seen(imani, NOON)
    seen(imani, NOON)
    watching = seen(yuki, NOON)
    for guest, sign_in, seen_at in ((yuki, watching, NOON), (imani, first, NOON - timedelta(minutes=2))):
        viewing = Viewing(
            key=tokens.new_key(),
            user_id=guest.id,
            video_session_id=film.id,
            right="grant",
            created_at=seen_at,
            ends_at=NOON + DAY,
        )
        with transaction():
            db.session.add(viewing)
            db.session.flush()
            stream = {"device": "Firefox", "network": "", "created_at": seen_at, "seen_at": seen_at}
            codes = {"key": tokens.new_key(), "trace_code": tokens.new_trace_code()}
            db.session.add(Stream(user_id=guest.id, viewing_id=viewing.id, sign_in_id=sign_in.id, **codes, **stream))

    tried = bulk_resets.trial(Choice(wanted=PeopleWanted(sponsor=dana.address)), by=admin, at=NOON)

    assert (tried.people, tried.sign_ins, tried.signed_in, tried.watching) == (4, 3, 2, 1)
    assert tried.left == {"no-password-yet": 1}
    assert set(tried.left_names) == {("new@reset.example", "no-password-yet")}
    lines = [(line.name, line.sign_ins, line.is_watching) for line in tried.shown]
    assert lines == [
        ("Yuki Tanabe", 1, True),
        ("Imani Okafor", 2, False),
        ("Omar Quill", 0, False),
        ("Lê Bích", 0, False),
    ]
    assert not any(is_stopped(guest) for guest in (imani, yuki, omar))
    assert db.session.scalars(select(ResetRun)).all() == []


def test_the_run_does_what_the_trial_has_shown_or_nothing(app):
    admin, dana = an_admin(), a_sponsor()
    imani = a_guest(sponsor=dana)
    choice = Choice(wanted=PeopleWanted(sponsor=dana.address, state=StateWanted.ACTIVE))
    stamp = bulk_resets.found(choice, by=admin, at=NOON).stamp
    came = a_guest(sponsor=dana)

    with pytest.raises(ChangedMeanwhile):
        press(choice, admin, stamp=stamp)
    assert not is_stopped(imani)

    again = bulk_resets.found(choice, by=admin, at=NOON).stamp
    run = press(choice, admin, stamp=again, form_key="a form")
    assert outcomes(run) == {imani.id: "voided", came.id: "voided"}
    assert run.reach == {"filter": {"sponsor": dana.address, "state": "active"}, "why": ""}
    # the same press once more is no change meanwhile
    assert press(choice, admin, stamp=again, form_key="a form").id == run.id


def test_a_run_of_an_event_says_whose(app):
    admin, dana = an_admin(), a_sponsor()
    event = an_event(dana)
    at_event(event, a_guest(sponsor=dana))

    assert press(Choice(wanted=PeopleWanted(event="Finals 2025")), admin).event_id == event.id
    an_event(dana)  # another with the same title
    assert press(Choice(wanted=PeopleWanted(event="Finals 2025")), admin).event_id is None
