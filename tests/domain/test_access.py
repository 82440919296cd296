"""Who may watch: the decision and the list that mirrors it, case by case. `test_access_worlds.py` tries all others."""

from datetime import timedelta

import pytest

from portal.basics import tokens
from portal.basics.errors import NotFound
from portal.basics.roles import UserState
from portal.domain import access
from portal.domain.access import Right, WhyNot, listing
from portal.storage.db import db, transaction
from portal.storage.models import CoOwner, User, VideoSession, VideoState, ViewBudget, Viewing
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin

HOUR = timedelta(hours=1)
BEFORE, AFTER = NOON - HOUR, NOON + HOUR


def titles(viewer, at=NOON, **options):
    return [shared.title for shared in access.listed_for(viewer, at=at, **options).live]


def titles_over(viewer, at=NOON):
    return [shared.title for shared in access.listed_for(viewer, at=at).over]


def ready_since(moment, **given):
    return a_video_session(ready_at=moment, created_at=moment, **given)


def kept(row):
    with transaction():
        db.session.add(row)
    return row


def a_sitting(viewer, video_session, *, grant=None, right="grant"):
    """One that began an hour before noon and is open until an hour after."""
    given = {"grant_id": grant.id if grant else None, "right": right, "created_at": BEFORE, "ends_at": AFTER}
    return kept(Viewing(key=tokens.new_key(), user_id=viewer.id, video_session_id=video_session.id, **given))


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
        assert titles_over(guest, at=NOON + 2 * HOUR) == []

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

    def test_of_several_grants_one_without_a_limit_is_used_first_then_the_one_that_ends_soonest(self):
        guest, folder = a_guest(), a_folder()
        video_session = ready_since(BEFORE, folder=folder)
        a_grant(video_session, guest, ends_at=BEFORE)
        later = a_grant(folder, guest, ends_at=AFTER + HOUR, views_limit=2)
        sooner = a_grant(video_session, guest, ends_at=AFTER, views_limit=1)

        decision = access.decide(guest, video_session, at=NOON)
        assert [held.grant for held in decision.live] == [sooner, later]
        assert (decision.views_left, decision.views_limit) == (3, 3)

        endless = a_grant(folder, guest)
        decision = access.decide(guest, video_session, at=NOON)
        assert (decision.grant, decision.views_left, decision.views_limit) == (endless, None, None)

    def test_a_sitting_is_not_hidden_by_a_newer_one_of_another_right(self):
        guest, video_session = a_guest(), ready_since(BEFORE)
        grant = a_grant(video_session, guest, views_limit=1)
        kept(ViewBudget(grant_id=grant.id, video_session_id=video_session.id, taken=1))
        sitting = a_sitting(guest, video_session, grant=grant)
        a_sitting(guest, video_session, right="password")

        decision = access.decide(guest, video_session, at=NOON)

        assert (decision.allowed, decision.sitting, decision.views_left) == (True, sitting, 0)

    def test_somebody_of_the_staff_who_became_a_guest_is_no_co_owner(self):
        guest, video_session = a_guest(), a_video_session()
        kept(CoOwner(video_session_id=video_session.id, user_id=guest.id, created_at=BEFORE))
        assert access.decide(guest, video_session, at=NOON).why is WhyNot.UNKNOWN

        a_grant(video_session, guest)

        assert access.decide(guest, video_session, at=NOON).right is Right.GRANT
        assert titles(guest) == [video_session.title]

    def test_a_no_says_why_to_whoever_answers_for_them_also_of_a_closed_account(self):
        decision = access.decide(a_guest(ends_at=NOON), a_video_session(), at=NOON)

        assert [(step.answer, step.settles) for step in decision.trace] == [("no", True)]

    def test_what_came_onto_a_shelf_after_the_end_stays_unknown(self):
        guest, folder = a_guest(), a_folder()
        a_grant(folder, guest, ends_at=BEFORE)
        video_session = ready_since(NOON, folder=folder)

        assert access.decide(guest, video_session, at=AFTER).why is WhyNot.UNKNOWN
        assert titles_over(guest, AFTER) == []

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
        assert titles_over(guest) == ["over"]

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

        found = access.listed_for(guest, at=NOON)

        assert (found.live_count, found.people_count, found.over_count) == (3, 2, 1)
        assert access.listed_for(guest, at=NOON, owner=owner).live_count == 2

    def test_what_only_their_sitting_lets_them_watch_has_no_views_left(self):
        guest, video_session = a_guest(), ready_since(BEFORE - HOUR)
        grant = a_grant(video_session, guest, ends_at=NOON, views_limit=2)
        kept(ViewBudget(grant_id=grant.id, video_session_id=video_session.id, taken=1))
        a_sitting(guest, video_session, grant=grant)

        [shared] = access.listed_for(guest, at=NOON).live

        assert (shared.has_sitting, shared.views_left, shared.views_limit) == (True, 0, 2)

    def test_what_is_coming_says_when_both_the_grant_and_the_recording_have_begun(self):
        guest = a_guest()
        for opens_at, begins_at in ((AFTER, AFTER + HOUR), (AFTER + HOUR, AFTER), (AFTER, None), (None, AFTER)):
            a_grant(ready_since(BEFORE, opens_at=opens_at), guest, begins_at=begins_at)

        coming = access.listed_for(guest, at=NOON).coming

        assert [shared.since for shared in coming] == [AFTER, AFTER, AFTER + HOUR, AFTER + HOUR]

    def test_a_long_list_has_pages(self, monkeypatch):
        monkeypatch.setattr(listing, "CARDS_A_PAGE", 2)
        guest, folder = a_guest(), a_folder()
        a_grant(folder, guest)
        made = [a_video_session(folder=folder).title for _ in range(5)]

        pages = [access.listed_for(guest, at=NOON, page=page) for page in (1, 2, 3)]

        assert [shared.title for page in pages for shared in page.live] == made
        assert [page.has_more for page in pages] == [True, True, False]
