"""Events made, copied and changed, and what their window carries along."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.basics.errors import NotFound
from portal.domain import events
from portal.domain.events import Details, EventChangedMeanwhile, EventFilter, WrongDetails
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Criterion, Event, Grant, OnClosing
from tests.factories import NOON, a_folder, a_grant, a_sponsor, a_video_session, an_admin, an_event

pytestmark = pytest.mark.usefixtures("app")
DAY = timedelta(days=1)
GIVEN = Details("Finals 2026", NOON + DAY, NOON + 8 * DAY, "America/Bogota", "Come and judge.")


def make(by, details=GIVEN, **given):
    with transaction():
        return events.make(details, by=by, form_key=given.pop("form_key", None), at=NOON, **given)


def change(event, at=NOON, version=None, **changes):
    by = a_sponsor()
    with transaction():
        return events.change(event, replace(Details.of(event), **changes), version=version, by=by, at=at)


def kinds(event):
    query = db.select(AuditEvent.kind).where(AuditEvent.subject_kind == "event", AuditEvent.subject_id == event.id)
    return list(db.session.scalars(query.order_by(AuditEvent.sequence)))


class TestMaking:
    def test_keeps_what_was_said(self):
        event = make(a_sponsor(), replace(GIVEN, title="  Finals \n 2026 ", on_closing=OnClosing.KEEP))

        assert Details.of(event) == replace(GIVEN, on_closing=OnClosing.KEEP)
        assert kinds(event) == ["event:made"]

    def test_the_same_form_sent_twice_makes_one(self):
        sponsor = a_sponsor()

        assert make(sponsor, form_key="a" * 16) == make(sponsor, form_key="a" * 16)
        assert make(a_sponsor(), form_key="a" * 16) != make(sponsor, form_key="a" * 16)
        assert len(db.session.scalars(db.select(Event)).all()) == 2

    @pytest.mark.parametrize(
        ("field", "wrong"),
        [
            ("title", {"title": " \n "}),
            ("title", {"title": "x" * 201}),
            ("description", {"description": "x" * 2001}),
            ("time_zone", {"time_zone": "Europe/Atlantis"}),
            ("closes", {"closes_at": GIVEN.opens_at}),
            ("closes", {"opens_at": NOON - 3 * DAY, "closes_at": NOON - DAY}),
        ],
    )
    def test_is_refused_by_the_field(self, field, wrong):
        with pytest.raises(WrongDetails) as refused:
            make(a_sponsor(), replace(GIVEN, **wrong))

        assert refused.value.field == field

    def test_a_copy_has_what_it_shows_and_not_whom(self):
        sponsor = a_sponsor()
        session, folder = a_video_session(owner=sponsor), a_folder(owner=sponsor)
        old = an_event(session, folder, owner=sponsor, is_judged=True, is_blind=True)
        a_grant(old)
        place = {"lowest": 1, "highest": 5, "weight": 2.0, "event_id": old.id}
        with transaction():
            db.session.add(Criterion(key="c1", title="Clarity", position=1, **place))
            db.session.add(Criterion(key="c2", title="Gone", position=2, removed_at=NOON, **place))

        new = make(sponsor, copy_of=old)

        assert [one.title for one in events.sessions_of(new, at=NOON)] == [session.title]
        assert [one.title for one in events.folders_of(new)] == [folder.title]
        assert events.count_guests(new) == (0, 0)
        assert (new.is_judged, new.is_blind, new.is_shuffled) == (True, True, False)
        criteria = db.session.scalars(db.select(Criterion).where(Criterion.event_id == new.id)).all()
        assert [(it.title, it.weight) for it in criteria] == [("Clarity", 2.0)]

    def test_a_copy_leaves_out_what_is_not_theirs_any_more(self):
        sponsor = a_sponsor()
        old = an_event(a_video_session(), a_folder(), owner=sponsor)

        new = make(sponsor, copy_of=old)

        assert events.sessions_of(new, at=NOON) == []
        assert events.folders_of(new) == []


class TestFinding:
    def test_an_event_is_its_owners_and_every_admins(self):
        event = an_event()
        owner = db.session.get_one(type(a_sponsor()), event.owner_id)

        assert events.find(event.key, owner) == event
        assert events.find(event.key, an_admin()) == event
        with pytest.raises(NotFound):
            events.find(event.key, a_sponsor())

    def test_lists_tell_open_from_coming_and_closed(self):
        sponsor = a_sponsor()
        now_open = an_event(owner=sponsor)
        coming = an_event(owner=sponsor, opens_at=NOON + DAY)
        over = an_event(owner=sponsor, closes_at=NOON)
        closed_by_hand = an_event(owner=sponsor, closed_at=NOON - timedelta(hours=1))
        an_event()

        def listed(show):
            return [row.event for row in events.list_events(sponsor, at=NOON, show=show).rows]

        assert listed(EventFilter.ALL) == [closed_by_hand, over, coming, now_open]
        assert listed(EventFilter.OPEN) == [now_open]
        assert listed(EventFilter.COMING) == [coming]
        assert listed(EventFilter.CLOSED) == [closed_by_hand, over]

    def test_a_session_that_is_shown_twice_counts_once(self):
        sponsor = a_sponsor()
        folder = a_folder(owner=sponsor)
        session = a_video_session(folder=folder)
        event = an_event(session, folder, owner=sponsor)
        a_grant(event)

        [row] = events.list_events(sponsor, at=NOON).rows

        assert (row.event, row.guests, row.sessions) == (event, 1, 1)
        assert [one.folder for one in events.sessions_of(event, at=NOON)] == [None]


class TestMovingTheWindow:
    def test_moves_what_it_gave_with_it(self):
        event = an_event()
        grant = a_grant(event)

        assert change(event, opens_at=NOON - 3 * DAY, closes_at=NOON + 2 * DAY)

        db.session.refresh(grant)
        assert (grant.begins_at, grant.ends_at) == (NOON - 3 * DAY, NOON + 2 * DAY)
        assert grant.version == 2
        assert kinds(event) == ["event:changed"]

    def test_keeps_a_part_of_it_that_lies_inside(self):
        event = an_event()
        inside = a_grant(event, begins_at=NOON, ends_at=NOON + DAY)
        across = a_grant(event, begins_at=NOON, ends_at=NOON + 5 * DAY)

        change(event, closes_at=NOON + 3 * DAY)

        for grant in (inside, across):
            db.session.refresh(grant)
        assert (inside.begins_at, inside.ends_at) == (NOON, NOON + DAY)
        assert (across.begins_at, across.ends_at) == (NOON, NOON + 3 * DAY)

    def test_a_part_outside_becomes_the_whole(self):
        event = an_event()
        grant = a_grant(event, begins_at=NOON, ends_at=NOON + DAY)

        change(event, opens_at=NOON + 2 * DAY, closes_at=NOON + 4 * DAY)

        db.session.refresh(grant)
        assert (grant.begins_at, grant.ends_at) == (NOON + 2 * DAY, NOON + 4 * DAY)

    def test_what_had_ended_or_was_revoked_stays_so(self):
        event = an_event()
        ended = a_grant(event, ends_at=NOON - timedelta(hours=1))
        revoked = a_grant(event, revoked_at=NOON)

        change(event, closes_at=NOON + 30 * DAY)

        for grant in (ended, revoked):
            db.session.refresh(grant)
        assert ended.ends_at == NOON - timedelta(hours=1)
        assert revoked.ends_at == NOON + 7 * DAY

    def test_other_events_stay(self):
        event, other = an_event(), an_event()
        grant = a_grant(other)

        change(event, closes_at=NOON + 2 * DAY)

        db.session.refresh(grant)
        assert grant.ends_at == other.closes_at


class TestChanging:
    def test_words_leave_the_grants_alone(self):
        event = an_event()
        grant = a_grant(event)

        assert change(event, title="Semifinals")

        db.session.refresh(grant)
        assert grant.version == 1

    def test_nothing_new_changes_nothing(self):
        event = an_event()

        assert not change(event)
        assert kinds(event) == []

    def test_a_second_editor_is_noticed(self):
        event = an_event()
        version = Details.of(event).version
        change(event, title="Semifinals")

        with pytest.raises(EventChangedMeanwhile):
            change(event, version=version, title="Finals")

    def test_what_is_over_is_not_changed(self):
        event = an_event(closes_at=NOON)

        with pytest.raises(WrongDetails) as refused:
            change(event, title="Semifinals")

        assert refused.value.field == "closes"

    def test_an_end_before_the_begin_is_never_kept(self):
        event = an_event()
        grant = a_grant(event)

        with pytest.raises(WrongDetails):
            change(event, closes_at=event.opens_at - DAY)

        assert db.session.get_one(Grant, grant.id).ends_at == NOON + 7 * DAY
