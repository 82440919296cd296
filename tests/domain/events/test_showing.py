"""What an event shows: added, taken out, and what that means for whoever watches."""

from datetime import timedelta

import pytest

from portal.basics.errors import NotFound
from portal.domain import access, events, grants
from portal.domain.events import EventIsOver
from portal.storage.db import db, transaction
from portal.storage.models import Assignment, AuditEvent, User, VideoSession
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin, an_event

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def sponsor():
    return a_sponsor(name="Dana Lee")


def add(event, by, *things):
    sessions = [thing.key for thing in things if isinstance(thing, VideoSession)]
    folders = [thing.key for thing in things if not isinstance(thing, VideoSession)]
    with transaction():
        return events.add(event, sessions=sessions, folders=folders, by=by, at=NOON)


def take_out(event, thing, by):
    rule = events.take_out_session if isinstance(thing, VideoSession) else events.take_out_folder
    with transaction():
        return rule(event, thing.key, by=by, at=NOON)


def may_watch(guest, session):
    return access.decide(guest, session, at=NOON).allowed


def titles(event):
    return [one.title for one in events.sessions_of(event, at=NOON)]


class TestAdding:
    def test_shows_to_those_of_the_whole_event_at_once(self, sponsor):
        session, event, guest, judge = a_video_session(owner=sponsor), an_event(owner=sponsor), a_guest(), a_guest()
        a_grant(event, guest)
        a_grant(event, judge, assigned=[])

        assert add(event, sponsor, session) == 1

        assert may_watch(guest, session)
        assert not may_watch(judge, session)

    def test_twice_is_once(self, sponsor):
        session, folder, event = a_video_session(owner=sponsor), a_folder(owner=sponsor), an_event(owner=sponsor)

        assert add(event, sponsor, session, folder) == 2
        assert add(event, sponsor, session, folder) == 0
        assert [one.kind for one in db.session.scalars(db.select(AuditEvent))] == ["event:shows"]

    def test_what_is_not_theirs_is_left_out(self, sponsor):
        event = an_event(owner=sponsor)

        assert add(event, sponsor, a_video_session(), a_folder()) == 0
        assert titles(event) == []

    def test_an_admin_adds_anybodys(self, sponsor):
        session, event = a_video_session(owner=sponsor), an_event(owner=an_admin())

        assert add(event, an_admin(), session) == 1

    def test_an_event_that_is_over_takes_nothing(self, sponsor):
        with pytest.raises(EventIsOver):
            add(an_event(owner=sponsor, closes_at=NOON), sponsor, a_video_session(owner=sponsor))

    def test_a_folder_shows_what_comes_onto_it_later(self, sponsor):
        folder, guest = a_folder(owner=sponsor), a_guest()
        event = an_event(folder, owner=sponsor)
        a_grant(event, guest)

        later = a_video_session(folder=folder)

        assert titles(event) == [later.title]
        assert may_watch(guest, later)

    def test_folders_are_told_apart_from_what_is_offered(self, sponsor):
        there, new, strange = a_folder(owner=sponsor), a_folder(owner=sponsor), a_folder()
        a_video_session(folder=there)
        event = an_event(there, strange, owner=sponsor)

        shown, offered = events.folders_for(event, sponsor)

        assert {(one.key, one.sessions) for one in shown} == {(there.key, 1), (strange.key, 0)}
        assert [one.key for one in offered] == [new.key]

    def test_what_is_offered_is_theirs_and_not_there_yet(self, sponsor):
        there, new = a_video_session(owner=sponsor, title="There"), a_video_session(owner=sponsor, title="New and fine")
        a_video_session()
        event = an_event(there, owner=sponsor)

        assert events.offered_sessions(event, sponsor) == [new]
        assert events.offered_sessions(event, sponsor, words=" FINE ") == [new]
        assert events.offered_sessions(event, sponsor, words="zebra") == []


class TestTakingOut:
    def test_stops_it_and_forgets_its_assignments(self, sponsor):
        session, other = a_video_session(owner=sponsor), a_video_session(owner=sponsor)
        event, guest = an_event(session, other, owner=sponsor), a_guest()
        a_grant(event, guest, assigned=[session, other])

        assert take_out(event, session, sponsor)

        assert not may_watch(guest, session)
        assert may_watch(guest, other)
        assert list(db.session.scalars(db.select(Assignment.video_session_id))) == [other.id]
        assert not take_out(event, session, sponsor)

    def test_what_a_folder_shows_as_well_stays_with_its_assignments(self, sponsor):
        folder, guest = a_folder(owner=sponsor), a_guest()
        session = a_video_session(folder=folder)
        event = an_event(session, folder, owner=sponsor)
        a_grant(event, guest, assigned=[session])

        assert take_out(event, session, sponsor)
        assert may_watch(guest, session)

        assert take_out(event, folder, sponsor)
        assert not may_watch(guest, session)
        assert db.session.scalars(db.select(Assignment)).all() == []

    def test_one_event_leaves_the_other_alone(self, sponsor):
        session, guest = a_video_session(owner=sponsor), a_guest()
        first, second = an_event(session, owner=sponsor), an_event(session, owner=sponsor)
        a_grant(first, guest, assigned=[session])
        a_grant(second, guest, assigned=[session])

        take_out(first, session, sponsor)

        assert may_watch(guest, session)
        take_out(second, session, sponsor)
        assert not may_watch(guest, session)

    def test_a_guest_who_is_also_named_elsewhere_keeps_that(self, sponsor):
        session, guest = a_video_session(owner=sponsor), a_guest()
        event = an_event(session, owner=sponsor)
        a_grant(event, guest)
        a_grant(session, guest)

        take_out(event, session, sponsor)

        assert may_watch(guest, session)

    def test_an_event_that_is_over_can_still_let_go(self, sponsor):
        session = a_video_session(owner=sponsor)

        assert take_out(an_event(session, owner=sponsor, closes_at=NOON), session, sponsor)


class TestShownElsewhere:
    """The owner of what somebody else's event shows."""

    def test_sees_the_event_and_who_organises_it(self, sponsor):
        admin = an_admin(name="Nora Quist")
        folder = a_folder(owner=sponsor, title="Donors")
        session = a_video_session(folder=folder)
        by_itself, by_folder = an_event(session, owner=admin), an_event(folder, owner=admin)
        both = an_event(session, folder, owner=admin)

        shown = grants.who_can_watch(session, at=NOON).events

        assert [(one.key, one.organiser, one.folder) for one in shown] == [
            (both.key, "Nora Quist", None),
            (by_folder.key, "Nora Quist", "Donors"),
            (by_itself.key, "Nora Quist", None),
        ]
        assert {one.key for one in grants.who_can_watch(folder, at=NOON).events} == {both.key, by_folder.key}

    def test_finds_it_only_where_it_shows_theirs_by_itself(self, sponsor):
        folder = a_folder(owner=sponsor)
        session = a_video_session(folder=folder)
        event = an_event(folder, owner=an_admin())

        assert events.find_showing(event.key, folder) == event
        with pytest.raises(NotFound):
            events.find_showing(event.key, session)
        with pytest.raises(NotFound):
            events.find_showing(an_event().key, folder)

    def test_their_guests_are_named_by_the_event(self, sponsor):
        session, admin = a_video_session(owner=sponsor), an_admin()
        event = an_event(session, owner=admin)
        judge, idle = a_guest(), a_guest()
        a_grant(event, judge, assigned=[session])
        a_grant(event, idle, assigned=[])

        rows = grants.who_can_watch(session, at=NOON).page.rows

        assert [(row.guest_key, row.event, row.event_owner_id) for row in rows] == [(judge.key, event.title, admin.id)]

    def test_that_the_window_has_passed_ends_it(self, sponsor):
        session, guest = a_video_session(owner=sponsor), a_guest()
        a_grant(an_event(session, owner=sponsor, closes_at=NOON + timedelta(seconds=1)), guest)

        assert may_watch(guest, session)
        later = NOON + timedelta(seconds=1)
        assert not access.decide(db.session.get_one(User, guest.id), session, at=later).allowed
