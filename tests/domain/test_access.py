"""Who may watch: the decision, the list that mirrors it, and a plain model of product.md that both must agree with."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.basics.errors import NotFound
from portal.basics.roles import Role, UserState
from portal.domain import access
from portal.domain.access import Right, WhyNot
from portal.storage.db import db, transaction
from portal.storage.models import Folder, Grant, User, VideoSession, VideoState
from tests.factories import (
    NOON,
    a_folder,
    a_grant,
    a_guest,
    a_sponsor,
    a_user,
    a_video_session,
    an_admin,
)

HOUR = timedelta(hours=1)
BEFORE, AFTER = NOON - HOUR, NOON + HOUR


def titles(viewer, at=NOON, **options):
    return [shared.title for shared in access.listed_for(viewer, at=at, **options).live]


def ended_titles(viewer, at=NOON):
    return [shared.title for shared in access.listed_for(viewer, at=at).ended]


def ready_since(moment, **given):
    return a_video_session(ready_at=moment, created_at=moment, **given)


@pytest.mark.usefixtures("app")
class TestTheDecision:
    def test_a_guest_watches_what_names_them(self):
        grant = a_grant()
        guest = db.session.get_one(User, grant.guest_id)
        video_session = db.session.get_one(VideoSession, grant.video_session_id)

        decision = access.decide(guest, video_session, at=NOON)

        assert (decision.allowed, decision.right, decision.grant) == (True, Right.GRANT, grant)
        assert decision.right.is_counted

    def test_merely_being_signed_in_allows_nothing(self):
        decision = access.decide(a_guest(), a_video_session(), at=NOON)

        assert (decision.allowed, decision.why) == (False, WhyNot.UNKNOWN)

    def test_a_folder_names_its_guests_on_what_comes_later(self):
        guest, folder = a_guest(), a_folder()
        a_grant(folder, guest)

        assert access.decide(guest, a_video_session(folder=folder), at=NOON).allowed

    def test_what_was_moved_onto_a_shelf_after_its_end_stays_unknown(self):
        guest, folder = a_guest(), a_folder()
        a_grant(folder, guest, ends_at=NOON)
        old = ready_since(NOON - 2 * HOUR, folder=folder, in_folder_since=AFTER)

        assert access.decide(guest, old, at=NOON + 2 * HOUR).why is WhyNot.UNKNOWN
        assert ended_titles(guest, at=NOON + 2 * HOUR) == []

    def test_the_owner_and_admins_are_never_counted(self):
        owner = a_sponsor()
        video_session = a_video_session(owner=owner)

        rights = [access.decide(person, video_session, at=NOON).right for person in (owner, an_admin())]

        assert rights == [Right.OWNER, Right.ADMIN]
        assert not any(right.is_counted for right in rights)

    def test_another_sponsor_has_no_right(self):
        assert access.decide(a_sponsor(), a_video_session(), at=NOON).why is WhyNot.UNKNOWN

    def test_what_is_not_ready_is_not_played_by_its_owner_either(self):
        owner = a_sponsor()
        video_session = a_video_session(owner=owner, state=VideoState.PROCESSING, ready_at=None)
        guest = a_guest()
        a_grant(video_session, guest)

        for person in (owner, guest):
            decision = access.decide(person, video_session, at=NOON)
            assert (decision.allowed, decision.why) == (False, WhyNot.NOT_READY)
            assert decision.right is not None

    def test_a_grant_ends_at_its_very_moment(self):
        guest, video_session = a_guest(), ready_since(BEFORE)
        grant = a_grant(video_session, guest, ends_at=NOON)

        assert access.decide(guest, video_session, at=NOON - timedelta(microseconds=1)).allowed
        decision = access.decide(guest, video_session, at=NOON)
        assert (decision.allowed, decision.why, decision.grant) == (False, WhyNot.ENDED, grant)

    def test_a_revoked_grant_counts_as_never_given(self):
        guest, video_session = a_guest(), ready_since(BEFORE)
        a_grant(video_session, guest, revoked_at=NOON)

        assert access.decide(guest, video_session, at=NOON).why is WhyNot.UNKNOWN

    def test_of_several_grants_the_one_that_lasts_is_told(self):
        guest, folder = a_guest(), a_folder()
        video_session = ready_since(BEFORE, folder=folder)
        a_grant(video_session, guest, ends_at=BEFORE)
        a_grant(video_session, guest, ends_at=AFTER)
        longest = a_grant(folder, guest, ends_at=AFTER + HOUR)

        assert access.decide(guest, video_session, at=NOON).grant == longest

    def test_what_came_onto_a_shelf_after_the_end_stays_unknown(self):
        guest, folder = a_guest(), a_folder()
        a_grant(folder, guest, ends_at=BEFORE)
        video_session = ready_since(NOON, folder=folder)

        assert access.decide(guest, video_session, at=AFTER).why is WhyNot.UNKNOWN
        assert ended_titles(guest, AFTER) == []

    @pytest.mark.parametrize("given", [{"state": UserState.DISABLED}, {"ends_at": NOON}])
    def test_an_account_that_has_ended_watches_nothing(self, given):
        guest, video_session = a_guest(**given), a_video_session()
        a_grant(video_session, guest)

        assert not access.decide(guest, video_session, at=NOON).allowed
        assert titles(guest) == []

    def test_what_is_missing_and_what_is_not_theirs_are_not_found(self):
        for key in ("nobodyskey234567", a_video_session().key):
            with pytest.raises(NotFound):
                access.find(a_guest(), key, at=NOON)


@pytest.mark.usefixtures("app")
class TestTheList:
    def test_the_soonest_end_comes_first_and_no_end_last(self):
        guest = a_guest()
        for title, ends_at in (("endless", None), ("late", AFTER + HOUR), ("soon", AFTER), ("over", NOON)):
            a_grant(ready_since(BEFORE, title=title), guest, ends_at=ends_at)

        assert titles(guest) == ["soon", "late", "endless"]
        assert ended_titles(guest) == ["over"]

    def test_a_session_named_twice_stands_once_with_its_latest_end(self):
        guest, folder = a_guest(), a_folder(title="Winter term")
        video_session = a_video_session(folder=folder)
        a_grant(video_session, guest, ends_at=BEFORE)
        a_grant(folder, guest, ends_at=AFTER)

        [shared] = access.listed_for(guest, at=NOON).live

        assert (shared.until, shared.folder) == (AFTER, "Winter term")

    def test_a_grant_on_the_session_itself_names_no_folder(self):
        guest, folder = a_guest(), a_folder()
        video_session = a_video_session(folder=folder)
        a_grant(video_session, guest)
        a_grant(folder, guest, ends_at=AFTER)

        [shared] = access.listed_for(guest, at=NOON).live

        assert (shared.until, shared.folder) == (None, None)

    def test_it_says_how_much_there_is_from_how_many(self):
        guest = a_guest()
        owner = a_sponsor()
        for video_session in (a_video_session(owner=owner), a_video_session(owner=owner), a_video_session()):
            a_grant(video_session, guest)
        a_grant(ready_since(BEFORE - HOUR), guest, ends_at=BEFORE)

        listing = access.listed_for(guest, at=NOON)

        assert (listing.live_count, listing.people_count, listing.ended_count) == (3, 2, 1)
        assert access.listed_for(guest, at=NOON, owner=owner).live_count == 2

    def test_a_long_list_has_pages(self, monkeypatch):
        monkeypatch.setattr(access, "CARDS_A_PAGE", 2)
        guest, folder = a_guest(), a_folder()
        a_grant(folder, guest)
        made = [a_video_session(folder=folder).title for _ in range(5)]

        pages = [access.listed_for(guest, at=NOON, page=page) for page in (1, 2, 3)]

        assert [shared.title for page in pages for shared in page.live] == made
        assert [page.has_more for page in pages] == [True, True, False]


# Random worlds


@dataclass
class World:
    """A few people, shelves and sessions, and who is named on what."""

    people: list[User] = field(default_factory=list)
    sessions: list[VideoSession] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)


moments = st.integers(min_value=-3, max_value=3).map(lambda hours: NOON + hours * HOUR)
roles = st.sampled_from([Role.GUEST, Role.GUEST, Role.SPONSOR, Role.ADMIN])


@st.composite
def worlds(draw):
    """Plans of worlds: numbers instead of rows, so that Hypothesis can shrink them."""
    people = draw(st.lists(st.tuples(roles, st.sampled_from(UserState), st.none() | moments), min_size=2, max_size=5))
    person = st.integers(min_value=0, max_value=len(people) - 1)
    folders = draw(st.lists(person, max_size=3))
    folder = st.integers(min_value=0, max_value=len(folders) - 1) if folders else st.none()
    session = st.tuples(person, st.none() | folder, st.sampled_from(VideoState), moments, moments)
    sessions = draw(st.lists(session, min_size=1, max_size=5))
    on_session = st.tuples(st.just("session"), st.integers(min_value=0, max_value=len(sessions) - 1))
    thing = on_session | st.tuples(st.just("folder"), folder) if folders else on_session
    grants = draw(st.lists(st.tuples(person, thing, st.none() | moments, st.none() | moments), max_size=10))
    return people, folders, sessions, grants


def build(plan) -> World:
    people, folders, sessions, grants = plan
    world, sponsor = World(), a_sponsor()
    for role, state, ends_at in people:
        given = {"password_hash": "v1$none", "sponsor": sponsor} if role is Role.GUEST else {"password_hash": "v1$none"}
        world.people.append(a_user(role, state=state, ends_at=ends_at, **given))
    shelves = [a_folder(owner=world.people[owner]) for owner in folders]
    for owner, shelf, state, ready_at, shelved_at in sessions:
        folder: Folder | None = shelves[shelf] if shelf is not None else None
        ready = {"ready_at": ready_at if state is VideoState.READY else None}
        ready |= {"in_folder_since": shelved_at} if folder else {}
        world.sessions.append(a_video_session(owner=world.people[owner], folder=folder, state=state, **ready))
    for guest, (kind, number), ends_at, revoked_at in grants:
        thing = world.sessions[number] if kind == "session" else shelves[number]
        world.grants.append(a_grant(thing, world.people[guest], ends_at=ends_at, revoked_at=revoked_at))
    return world


def by_the_book(world: World, viewer: User, video_session: VideoSession, at) -> tuple[bool, str]:
    """Product.md, "Who may watch", word by word, in plain Python."""
    if viewer.state != "active" or (viewer.ends_at and viewer.ends_at <= at):
        return False, "unknown"
    ready = video_session.state == "ready"
    if viewer.id == video_session.owner_id or viewer.role == "admin":
        return ready, "owner or admin"
    named = [
        grant
        for grant in world.grants
        if grant.guest_id == viewer.id
        and grant.revoked_at is None
        and (
            grant.video_session_id == video_session.id
            or (grant.folder_id is not None and grant.folder_id == video_session.folder_id)
        )
    ]
    if any(grant.ends_at is None or grant.ends_at > at for grant in named):
        return ready, "grant"
    if any(
        video_session.ready_at
        and video_session.ready_at < grant.ends_at
        and (grant.folder_id is None or video_session.in_folder_since < grant.ends_at)
        for grant in named
    ):
        return False, "ended"
    return False, "unknown"


def the_decision_says(viewer: User, video_session: VideoSession, at) -> tuple[bool, str]:
    decision = access.decide(viewer, video_session, at=at)
    if decision.right in (Right.OWNER, Right.ADMIN):
        return decision.allowed, "owner or admin"
    if decision.right is Right.GRANT:
        return decision.allowed, "grant"
    return decision.allowed, decision.why.value


def forget_all() -> None:
    with transaction():
        for table in reversed(db.metadata.sorted_tables):
            if table.name in ("grants", "video_sessions", "folders", "users", "policy_acceptances"):
                db.session.execute(table.delete())


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(plan=worlds(), at=moments)
def test_the_decision_and_the_list_agree_with_each_other_and_with_the_book(app, plan, at):
    forget_all()
    world = build(plan)
    for viewer in world.people:
        listing = access.listed_for(viewer, at=at)
        listed = {shared.key for shared in listing.live}
        ended = {shared.key for shared in listing.ended}
        for video_session in world.sessions:
            allowed, by = by_the_book(world, viewer, video_session, at)
            assert the_decision_says(viewer, video_session, at) == (allowed, by)
            assert (video_session.key in listed) == (allowed and by == "grant")
            assert (video_session.key in ended) == (by == "ended" and video_session.state is VideoState.READY)
        assert (listing.live_count, listing.ended_count) == (len(listed), len(ended))
