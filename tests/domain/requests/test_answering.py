"""The sponsor answers in one press (product.md, Viewings)."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import timedelta
from threading import Barrier

import pytest

from portal.basics.errors import NotFound
from portal.basics.roles import UserState
from portal.domain import access, options, requests
from portal.domain.options import Ceilings
from portal.domain.requests import NothingToAnswer
from portal.storage.db import db, transaction
from portal.storage.models import Answer, CoOwner, Grant, WatchRecord
from tests.domain.requests.asks import (
    A_DAY,
    NOON,
    a_grant,
    a_sponsor,
    a_video_session,
    asked_for,
    audit_of,
    ended,
    guest_of,
    letters_to,
    owner_of,
    see_what_others_wrote,
    session_of,
    use_views,
    used_up,
)
from tests.factories import a_folder, an_admin


@pytest.fixture(autouse=True)
def _portal(app):
    """Every test needs one."""


def answer(request, given, *, by, at=NOON):
    with transaction():
        return requests.answer(request.key, given, by=by, at=at)


def allow(**ceilings):
    admin = an_admin()
    with transaction():
        options.set_ceilings(Ceilings(**ceilings), by=admin, at=NOON)


def waiting(by, at=NOON):
    return requests.waiting_for(by, at=at)


def offers(grant, at=NOON):
    (one,) = waiting(owner_of(grant), at)
    return [(offer.answer.value, offer.days, offer.views, offer.begins_now) for offer in one.offers]


def may_watch(grant: Grant, at=NOON) -> bool:
    return access.decide(guest_of(grant), session_of(grant), at=at).allowed


class TestWhatIsOffered:
    def test_to_who_has_used_all_views_a_view_or_time_with_a_view(self):
        grant = used_up(ends_at=NOON + 12 * A_DAY)
        asked_for(grant)

        assert offers(grant) == [("views", 0, 1, False), ("time", 7, 1, False)]

    def test_without_an_end_there_is_no_time_to_give(self):
        grant = used_up()
        asked_for(grant)

        assert offers(grant) == [("views", 0, 1, False)]

    def test_after_the_end_time_alone(self):
        grant = ended()
        asked_for(grant)

        assert offers(grant) == [("time", 7, 0, False)]

    def test_after_the_end_and_without_views_both_together(self):
        grant = used_up(created_at=NOON - 9 * A_DAY, ends_at=NOON + A_DAY)
        asked_for(grant)

        assert offers(grant, NOON + 2 * A_DAY) == [("time", 7, 1, False)]

    def test_before_the_begin_to_begin_now(self):
        grant = a_grant(begins_at=NOON + A_DAY, ends_at=NOON + 9 * A_DAY)
        asked_for(grant)

        assert offers(grant) == [("time", 0, 0, True)]

    def test_never_above_the_ceilings(self):
        allow(days=10, days_ahead=20, views=3, most_views=4)
        grant = used_up(ends_at=NOON + 12 * A_DAY)
        asked_for(grant)

        assert offers(grant) == [("views", 0, 2, False)]
        assert offers(grant, NOON + 2 * A_DAY) == [("views", 0, 2, False), ("time", 10, 2, False)]

    def test_at_the_ceiling_of_views_nothing_but_a_no(self):
        allow(most_views=2)
        grant = used_up(ends_at=NOON + A_DAY)
        asked_for(grant)

        assert offers(grant) == []


class TestGiving:
    def test_a_view_more(self):
        grant = used_up(a_video_session(title="The new organ"), ends_at=NOON + A_DAY)
        owner, guest = owner_of(grant), guest_of(grant)
        request = asked_for(grant)

        answered = answer(request, Answer.VIEWS, by=owner)

        assert answered.is_new
        assert (grant.views_limit, grant.version) == (3, 2)
        assert may_watch(grant)
        assert waiting(owner) == []
        (letter,) = letters_to(guest)
        assert letter.letter == "access_given"
        assert letter.subject == f"{owner.name} gives you 1 more view: “The new organ”"
        assert letter.reply_to == owner.address
        assert "Views\n  1 left" in (letter.text or "")
        (entry,) = audit_of("access:answered")
        assert (entry.actor_id, entry.person_id, entry.subject_id) == (owner.id, guest.id, grant.video_session_id)
        assert entry.facts == {"answer": "views", "until": "2026-11-23T12:00+00:00", "views": 3}
        assert len(audit_of("grant:changed")) == 1

    def test_time_counts_from_now_when_the_end_has_passed(self):
        grant = ended()
        request = asked_for(grant)

        answer(request, Answer.TIME, by=owner_of(grant), at=NOON + timedelta(hours=3))

        assert grant.ends_at == NOON + timedelta(days=7, hours=3)
        assert may_watch(grant, NOON + timedelta(hours=4))
        assert "gives you 7 more days" in letters_to(guest_of(grant))[0].subject

    def test_time_counts_from_the_end_when_it_lies_ahead_and_brings_a_view(self):
        grant = used_up(ends_at=NOON + 2 * A_DAY)
        request = asked_for(grant)

        answer(request, Answer.TIME, by=owner_of(grant))

        assert (grant.ends_at, grant.views_limit) == (NOON + 9 * A_DAY, 3)
        assert "gives you 7 more days and 1 more view" in letters_to(guest_of(grant))[0].subject

    def test_the_begin_is_now(self):
        grant = a_grant(begins_at=NOON + A_DAY)
        request = asked_for(grant)

        answer(request, Answer.TIME, by=owner_of(grant))

        assert may_watch(grant)
        assert "lets you begin now" in letters_to(guest_of(grant))[0].subject

    def test_on_a_folder_it_holds_for_all_in_it_and_the_letter_says_so(self):
        folder = a_folder(title="Spring")
        first, second = a_video_session(folder=folder), a_video_session(folder=folder)
        grant = a_grant(folder, views_limit=1)
        use_views(grant, first, 1)
        use_views(grant, second, 1)
        request = asked_for(grant, on=first)

        answer(request, Answer.VIEWS, by=db.session.get_one(type(guest_of(grant)), folder.owner_id))

        assert access.decide(guest_of(grant), second, at=NOON).allowed
        assert "folder “Spring”" in " ".join((letters_to(guest_of(grant))[0].text or "").split())

    def test_a_guest_whose_account_has_ended_meanwhile_gets_no_letter(self):
        grant = used_up()
        request = asked_for(grant)
        guest = guest_of(grant)
        with transaction():
            guest.state = UserState.DISABLED

        assert waiting(owner_of(grant)) == []
        answer(request, Answer.VIEWS, by=owner_of(grant))

        assert letters_to(guest_of(grant)) == []


class TestDeclining:
    def test_the_guest_is_told_and_cannot_ask_for_the_same_again(self):
        grant = used_up()
        owner, request = owner_of(grant), asked_for(grant)

        answer(request, Answer.DECLINED, by=owner)

        assert (grant.views_limit, grant.version) == (2, 1)
        (letter,) = letters_to(guest_of(grant))
        assert (letter.letter, letter.reply_to) == ("access_declined", owner.address)
        assert asked_for(grant).id == request.id
        assert audit_of("access:answered")[0].facts == {"answer": "declined", "until": None, "views": None}


class TestAnsweredTwice:
    def test_the_first_answer_counts_and_the_second_is_told_what_it_was(self):
        grant = used_up(ends_at=NOON + A_DAY)
        owner, request, admin = owner_of(grant), asked_for(grant), an_admin()
        answer(request, Answer.VIEWS, by=owner)

        second = answer(request, Answer.DECLINED, by=admin)

        assert (second.is_new, second.answer, second.by) == (False, Answer.VIEWS, owner)
        assert grant.views_limit == 3
        assert len(letters_to(guest_of(grant))) == len(audit_of("access:answered")) == 1

    def test_of_many_at_once_one_gives(self, app):
        grant = used_up(ends_at=NOON + A_DAY)
        owner, request, gate = owner_of(grant), asked_for(grant), Barrier(8)

        def press(number: int) -> bool:
            with app.app_context():
                gate.wait(timeout=60)
                return answer(request, Answer.VIEWS if number % 2 else Answer.TIME, by=owner).is_new

        with ThreadPoolExecutor(8) as threads:
            firsts = list(threads.map(lambda number: Context().run(press, number), range(8)))

        assert firsts.count(True) == 1
        see_what_others_wrote()
        assert grant.views_limit == 3
        assert len(letters_to(guest_of(grant))) == 1

    def test_what_was_changed_by_hand_meanwhile_is_not_changed_again(self):
        grant = used_up(ends_at=NOON + A_DAY)
        request = asked_for(grant)
        with transaction():
            grant.views_limit, grant.version = 5, 2

        with pytest.raises(NothingToAnswer):
            answer(request, Answer.VIEWS, by=owner_of(grant))
        assert waiting(owner_of(grant)) == []
        db.session.refresh(request)
        assert request.answered_at is None

    def test_what_was_revoked_meanwhile_stays_revoked(self):
        grant = ended()
        request = asked_for(grant)
        with transaction():
            grant.revoked_at = NOON

        with pytest.raises(NothingToAnswer):
            answer(request, Answer.TIME, by=owner_of(grant))
        assert waiting(owner_of(grant)) == []

    def test_views_are_not_given_where_only_time_helps(self):
        grant = ended()
        request = asked_for(grant)

        with pytest.raises(NothingToAnswer):
            answer(request, Answer.VIEWS, by=owner_of(grant))


class TestWhoAnswers:
    def test_the_owner_co_owners_and_admins_and_nobody_else(self):
        grant = used_up()
        owner, beside, other = owner_of(grant), a_sponsor(), a_sponsor()
        with transaction():
            db.session.add(CoOwner(video_session_id=grant.video_session_id, user_id=beside.id, created_at=NOON))
        request = asked_for(grant)

        assert [len(waiting(by)) for by in (owner, beside, an_admin(), other)] == [1, 1, 1, 0]
        with pytest.raises(NotFound):
            answer(request, Answer.VIEWS, by=other)
        assert answer(request, Answer.VIEWS, by=beside).is_new

    def test_a_co_owner_does_not_answer_for_a_folder_of_somebody_else(self):
        folder = a_folder()
        video_session, beside = a_video_session(folder=folder), a_sponsor()
        grant = a_grant(folder, views_limit=1)
        use_views(grant, video_session, 1)
        with transaction():
            db.session.add(CoOwner(video_session_id=video_session.id, user_id=beside.id, created_at=NOON))
        request = asked_for(grant, on=video_session)

        assert waiting(beside) == []
        with pytest.raises(NotFound):
            answer(request, Answer.VIEWS, by=beside)

    def test_the_list_says_what_was_watched_and_leaves_out_who_can_watch_by_now(self):
        grant, begun = used_up(), a_grant(begins_at=NOON + A_DAY)
        with transaction():
            record = {"opens": 1, "served": [], "watched": [[0, 2730]], "watched_seconds": 273.0}
            db.session.add(WatchRecord(user_id=grant.guest_id, video_session_id=grant.video_session_id, **record))
        asked_for(grant)
        asked_for(begun)

        (one,) = waiting(owner_of(grant))

        assert one.watched == pytest.approx(0.91)
        assert (one.guest, one.video_session, one.taken) == (guest_of(grant), session_of(grant), 2)
        assert waiting(owner_of(begun), NOON + 2 * A_DAY) == []
