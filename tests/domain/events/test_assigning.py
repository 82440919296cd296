"""Who of an event's guests sees which part of it: by hand, and spread evenly."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.basics.errors import NotFound
from portal.domain import access, events
from portal.domain.events import AssignedMeanwhile, EventIsOver, NothingToSpread
from portal.domain.events.spreading import spread
from portal.domain.paging import Place
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Grant, ScoreSheet, SheetState, User
from tests.factories import NOON, a_grant, a_guest, a_sponsor, a_video_session, an_event


@st.composite
def contests(draw):
    """Sessions, judges, how many each, and pairs that must not be."""
    sessions = list(range(100, 100 + draw(st.integers(1, 25))))
    judges = list(range(1, 1 + draw(st.integers(1, 12))))
    each = draw(st.integers(1, len(judges)))
    pairs = [(judge, session) for judge in judges for session in sessions]
    never = draw(st.sets(st.sampled_from(pairs), max_size=20))
    return sessions, judges, each, never, str(draw(st.integers(0, 5)))


class TestSpreading:
    @given(contests())
    def test_each_session_gets_as_many_judges_as_were_asked(self, contest):
        sessions, judges, each, never, seed = contest

        pairs = spread(sessions, judges, each, seed=seed, never=never)

        of_session = Counter(session for _, session in pairs)
        for session in sessions:
            free = sum((judge, session) not in never for judge in judges)
            assert of_session[session] == min(each, free)

    @given(contests())
    def test_who_stood_aside_never_gets_it(self, contest):
        sessions, judges, each, never, seed = contest

        assert not spread(sessions, judges, each, seed=seed, never=never) & never

    @given(contests())
    def test_nobody_gets_two_more_than_somebody_else(self, contest):
        sessions, judges, each, _, seed = contest

        loads = Counter(judge for judge, _ in spread(sessions, judges, each, seed=seed))

        numbers = [loads[judge] for judge in judges]
        assert max(numbers) - min(numbers) <= 1

    @given(contests())
    def test_the_same_seed_draws_the_same(self, contest):
        sessions, judges, each, never, seed = contest
        asked = {"seed": seed, "never": never}

        assert spread(sessions, judges, each, **asked) == spread(sessions, judges, each, **asked)

    def test_forty_over_eight_with_three_each_is_fifteen_a_judge(self):
        loads = Counter(judge for judge, _ in spread(range(40), range(8), 3, seed="a"))

        assert set(loads.values()) == {15}


@pytest.fixture
def sponsor(app):
    return a_sponsor()


@pytest.fixture
def sessions(sponsor):
    return [a_video_session(owner=sponsor) for _ in range(4)]


@pytest.fixture
def event(sponsor, sessions):
    return an_event(*sessions, owner=sponsor)


def assign(event, parts, by, **more):
    with transaction():
        return events.assign(event, parts, by=by, at=NOON, **more)


def spread_over(event, each, by):
    with transaction():
        return events.spread_evenly(event, each, by=by, at=NOON)


def parts_of(event):
    """By grant; None: all of it."""
    rows = events.assigned_of(event).rows
    return {one.grant_id: set(one.sessions) if one.is_assigned else None for one in rows}


def may_watch(grant, session):
    return access.decide(db.session.get_one(User, grant.guest_id), session, at=NOON).allowed


class TestAssigning:
    def test_gives_a_part_and_gives_all_again(self, event, sessions, sponsor):
        grant = a_grant(event)
        one, other = sessions[:2]

        assert assign(event, {grant.id: [one.id]}, sponsor) == 1
        assert may_watch(grant, one)
        assert not may_watch(grant, other)

        assert assign(event, {grant.id: None}, sponsor) == 1
        assert may_watch(grant, other)
        assert parts_of(event) == {grant.id: None}

    def test_nothing_is_a_part_too(self, event, sessions, sponsor):
        grant = a_grant(event)

        assign(event, {grant.id: []}, sponsor)

        assert parts_of(event) == {grant.id: set()}
        assert not may_watch(grant, sessions[0])

    def test_the_same_again_changes_nothing(self, event, sessions, sponsor):
        grant = a_grant(event, assigned=[sessions[0]])
        whole = a_grant(event)

        assert assign(event, {grant.id: [sessions[0].id], whole.id: None}, sponsor) == 0
        assert db.session.scalars(db.select(AuditEvent)).all() == []

    def test_others_and_strange_ids_are_left_alone(self, event, sessions, sponsor):
        mine, other = a_grant(event), a_grant(event)
        elsewhere, strange = a_grant(an_event()), a_video_session()

        changed = assign(event, {mine.id: [sessions[0].id, strange.id, 10**17], elsewhere.id: []}, sponsor)

        assert changed == 1
        assert parts_of(event) == {mine.id: {sessions[0].id}, other.id: None}
        assert not db.session.get_one(Grant, elsewhere.id).is_assigned

    def test_of_a_revoked_guest_nothing_is_kept(self, event, sessions, sponsor):
        gone = a_grant(event, revoked_at=NOON)

        assert assign(event, {gone.id: [sessions[0].id]}, sponsor) == 0

    def test_a_second_organiser_is_noticed(self, event, sessions, sponsor):
        grant, beside = a_grant(event), a_grant(event)
        seen = events.stamp_of([one for one in events.assigned_of(event).rows if one.grant_id == grant.id])
        assign(event, {beside.id: []}, sponsor)  # of somebody else: no matter
        assert assign(event, {grant.id: [sessions[0].id]}, sponsor, seen=seen) == 1

        with pytest.raises(AssignedMeanwhile):
            assign(event, {grant.id: [sessions[1].id]}, sponsor, seen=seen)

        assert parts_of(event)[grant.id] == {sessions[0].id}

    def test_what_is_over_is_assigned_no_more(self, sponsor, sessions):
        event = an_event(*sessions, owner=sponsor, closes_at=NOON)
        grant = a_grant(event)

        with pytest.raises(EventIsOver):
            assign(event, {grant.id: []}, sponsor)
        with pytest.raises(EventIsOver):
            spread_over(event, 1, sponsor)

    def test_pages_hold_the_newest_first(self, event):
        first, second, third = (a_grant(event).id for _ in range(3))

        page = events.assigned_of(event, size=2)
        older = events.assigned_of(event, Place(before=page.older), size=2)

        assert [one.grant_id for one in page.rows] == [third, second]
        assert [one.grant_id for one in older.rows] == [first]

    def test_one_guest_is_found_by_key_and_nobody_elses(self, event, sessions):
        guest = a_guest()
        grant = a_grant(event, guest, assigned=sessions[:2])

        found = events.assigned_to(event, guest.key)

        assert (found.grant_id, len(found.sessions)) == (grant.id, 2)
        with pytest.raises(NotFound):
            events.assigned_to(an_event(), guest.key)


class TestSpreadingOverGuests:
    def test_replaces_what_was_assigned(self, event, sessions, sponsor):
        whole, part = a_grant(event), a_grant(event, assigned=sessions)

        assert spread_over(event, 1, sponsor) == 4

        parts = parts_of(event)
        assert sorted(len(parts[grant.id]) for grant in (whole, part)) == [2, 2]
        assert parts[whole.id] | parts[part.id] == {one.id for one in sessions}

    def test_the_plan_says_what_it_replaces(self, event, sessions, sponsor):
        a_grant(event)
        a_grant(event)
        a_grant(event, assigned=sessions[:3])

        plan = events.plan_spread(event, 2)

        assert (plan.sessions, plan.guests, plan.each) == (4, 3, 2)
        assert (plan.least, plan.most) == (2, 3)
        assert (plan.now_whole, plan.replaced, plan.aside) == (2, 3, 0)

    def test_who_stood_aside_is_left_out(self, event, sessions, sponsor):
        aside, other = a_grant(event), a_grant(event)
        sheet = {"key": "s1", "event_id": event.id, "judge_id": aside.guest_id, "video_session_id": sessions[0].id}
        with transaction():
            row = ScoreSheet(
                state=SheetState.RECUSED, reason="My own student", created_at=NOON, changed_at=NOON, **sheet
            )
            db.session.add(row)

        assert events.plan_spread(event, 2).aside == 1
        assert spread_over(event, 2, sponsor) == 7

        assert sessions[0].id not in parts_of(event)[aside.id]
        assert len(parts_of(event)[other.id]) == 4

    def test_each_press_draws_anew(self, sponsor):
        event = an_event(*[a_video_session(owner=sponsor) for _ in range(12)], owner=sponsor)
        for _ in range(4):
            a_grant(event)

        drawn = []
        for _ in range(4):
            spread_over(event, 1, sponsor)
            drawn.append(sorted((grant, sorted(part)) for grant, part in parts_of(event).items()))

        assert any(one != drawn[0] for one in drawn)

    @pytest.mark.parametrize("each", [0, 3, -1])
    def test_more_judges_than_there_are_is_refused(self, event, sponsor, each):
        a_grant(event)
        a_grant(event)

        with pytest.raises(NothingToSpread, match="from 1 to 2"):
            spread_over(event, each, sponsor)

    def test_without_guests_or_recordings_there_is_nothing_to_spread(self, event, sponsor):
        with pytest.raises(NothingToSpread, match="guests"):
            spread_over(event, 1, sponsor)
        empty = an_event(owner=sponsor)
        a_grant(empty)
        with pytest.raises(NothingToSpread, match="recordings"):
            spread_over(empty, 1, sponsor)
