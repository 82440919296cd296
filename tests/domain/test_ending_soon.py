"""Warnings seven days and one day before access ends (product.md, Viewings)."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import Context
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine, event, insert

from portal.basics import tokens
from portal.basics.roles import Role, UserState
from portal.domain import ending_soon, mailbox
from portal.storage.db import db, transaction
from portal.storage.models import Grant, OutgoingEmail, User, ViewBudget, WatchRecord
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sponsor, a_video_session

A_DAY = timedelta(days=1)
A_MONTH_AGO = NOON - 30 * A_DAY


@pytest.fixture
def dana(app):
    return a_sponsor(name="Dana Lee")


@pytest.fixture
def imani(app):
    return a_guest(name="Imani Okafor")


def named(on, to, in_days=6.5, **given):
    """A grant given long ago that ends in so many days."""
    return a_grant(on, to, **({"created_at": A_MONTH_AGO, "ends_at": NOON + in_days * A_DAY} | given))


def a_sweep(at=NOON):
    """What a round of the worker does."""
    for warn in (ending_soon.warn_guests, ending_soon.warn_owners):
        looked_at = 1
        while looked_at:
            with transaction():
                looked_at = warn(at=at)


def letters(to=None):
    query = db.select(OutgoingEmail).order_by(OutgoingEmail.id)
    return list(db.session.scalars(query if to is None else query.where(OutgoingEmail.user_id == to.id)))


def words(letter):
    return " ".join((letter.text or "").split())


def watched(guest, video_session, share):
    seconds = share * (video_session.length_seconds or 0)
    with transaction():
        record = {"opens": 1, "served": [], "watched": [], "watched_seconds": seconds}
        db.session.add(WatchRecord(user_id=guest.id, video_session_id=video_session.id, **record))


class TestOnce:
    def test_seven_days_ahead_and_one_day_ahead_to_guest_and_owner(self, dana, imani):
        on = a_video_session(owner=dana, title="The new organ")
        named(on, imani, in_days=8)

        a_sweep()
        assert letters() == []

        for at in (NOON + A_DAY, NOON + 2 * A_DAY, NOON + 6.9 * A_DAY):
            a_sweep(at)
        assert [letter.letter for letter in letters(imani)] == ["ending_soon"]
        assert [letter.letter for letter in letters(dana)] == ["guests_ending_soon"]

        a_sweep(NOON + 7.5 * A_DAY)
        a_sweep(NOON + 7.6 * A_DAY)
        a_sweep(NOON + 9 * A_DAY)
        first, second = letters(imani)
        assert first.subject == second.subject == "“The new organ” ends on 30 November 2026"
        assert first.reply_to == dana.address
        assert f"/watch/{on.key}" in words(first)
        assert [letter.subject for letter in letters(dana)] == [
            "Imani Okafor loses access to “The new organ” on 30 November 2026"
        ] * 2

    def test_a_new_end_is_warned_of_anew(self, dana, imani):
        grant = named(a_video_session(owner=dana), imani)
        a_sweep()
        with transaction():
            grant.ends_at, grant.end_set_at = NOON + 20 * A_DAY, NOON

        a_sweep(NOON + 5 * A_DAY)
        assert len(letters(imani)) == 1
        a_sweep(NOON + 15 * A_DAY)

        assert len(letters(imani)) == len(letters(dana)) == 2

    def test_who_was_not_warned_in_the_week_is_warned_on_the_last_day_alone(self, dana, imani):
        named(a_video_session(owner=dana), imani, in_days=0.5)

        a_sweep()

        assert len(letters(imani)) == 1

    def test_two_workers_that_sweep_at_once_send_each_letter_once(self, app, dana):
        guests = [a_guest() for _ in range(12)]
        for guest in guests:
            named(a_video_session(owner=dana), guest)
        gate = Barrier(4)

        def sweep(_number):
            with app.app_context():
                gate.wait(timeout=30)
                a_sweep()

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda number: Context().run(sweep, number), range(4)))

        db.session.rollback()
        assert sorted(letter.user_id for letter in letters()) == sorted([dana.id, *(guest.id for guest in guests)])

    def test_a_letter_that_cannot_be_written_marks_nothing(self, dana, imani, monkeypatch):
        named(a_video_session(owner=dana), imani)
        with monkeypatch.context() as broken:
            broken.setattr(mailbox, "queue_all", lambda *_, **__: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                a_sweep()

        a_sweep()

        assert len(letters(imani)) == 1


class TestOneLetterAPerson:
    def test_all_that_ends_for_a_guest_stands_in_one_the_soonest_first(self, dana, imani):
        tomas = a_sponsor(name="Tomas Berg")
        named(a_video_session(owner=tomas, title="Later"), imani, in_days=6)
        named(a_video_session(owner=dana, title="Sooner"), imani, in_days=0.5)
        shelf = a_folder(owner=dana, title="Spring")
        a_video_session(folder=shelf)
        named(shelf, imani, in_days=3)

        a_sweep()

        (letter,) = letters(imani)
        assert letter.subject == "What is shared with you ends soon: two recordings and a folder"
        assert words(letter).index("Sooner") < words(letter).index("Spring") < words(letter).index("Later")
        assert "Dana Lee and Tomas Berg shared this" in words(letter)
        assert letter.reply_to == dana.address

    def test_the_views_that_are_left_are_told(self, dana, imani):
        on = a_video_session(owner=dana)
        grant = named(on, imani, views_limit=2)
        with transaction():
            db.session.add(ViewBudget(grant_id=grant.id, video_session_id=on.id, taken=1))

        a_sweep()

        assert "Views: 1 of 2 left" in words(letters(imani)[0])

    def test_all_guests_of_an_owner_stand_in_one(self, dana):
        on = a_video_session(owner=dana)
        for number in range(30):
            named(on, a_guest(name=f"Guest {number:02}"), in_days=6 + number / 100)

        a_sweep()

        (letter,) = letters(dana)
        assert letter.subject == "30 guests lose access soon"
        assert "Guest 24" in words(letter)
        assert "Guest 25" not in words(letter)
        assert "And 5 more." in words(letter)
        assert "/guests?state=ending" in words(letter)


class TestSilence:
    def told(self):
        return {letter.user_id for letter in letters()}

    def test_nothing_about_what_was_watched_to_the_end(self, dana, imani):
        on = a_video_session(owner=dana)
        named(on, imani)
        watched(imani, on, 0.95)

        a_sweep()

        assert letters() == []

    def test_but_about_what_was_watched_almost_to_the_end(self, dana, imani):
        on = a_video_session(owner=dana)
        named(on, imani)
        watched(imani, on, 0.94)

        a_sweep()

        assert self.told() == {dana.id, imani.id}

    def test_a_folder_is_watched_when_all_in_it_is(self, dana, imani):
        shelf = a_folder(owner=dana)
        first, second = a_video_session(folder=shelf), a_video_session(folder=shelf)
        grant = named(shelf, imani)
        watched(imani, first, 1)

        a_sweep()
        assert self.told() == {dana.id, imani.id}

        watched(imani, second, 1)
        a_sweep(grant.ends_at - A_DAY / 2)
        assert len(letters()) == 2

    @pytest.mark.parametrize(
        "given",
        [
            {"revoked_at": NOON - A_DAY},
            {"begins_at": NOON + A_DAY},  # nothing has begun that could be missed
            {"created_at": NOON},  # the end was chosen just now
            {"end_set_at": NOON - A_DAY / 4},
            {"ends_at": NOON - A_DAY},
            {"ends_at": NOON + 8 * A_DAY},
            {"ends_at": None},
        ],
    )
    def test_nothing_about_these_grants(self, dana, imani, given):
        named(a_video_session(owner=dana), imani, **given)

        a_sweep()

        assert letters() == []

    def test_an_end_chosen_three_days_ahead_is_warned_of_on_its_last_day(self, dana, imani):
        named(a_video_session(owner=dana), imani, in_days=3, created_at=NOON)

        a_sweep()
        assert letters() == []
        a_sweep(NOON + 2.5 * A_DAY)

        assert self.told() == {dana.id, imani.id}

    @pytest.mark.parametrize(
        "given", [{"is_published": False}, {"closes_at": NOON - A_DAY}, {"opens_at": NOON + 20 * A_DAY}]
    )
    def test_nothing_about_what_nobody_can_watch_before_the_end(self, dana, imani, given):
        named(a_video_session(owner=dana, **given), imani)

        a_sweep()

        assert letters() == []

    def test_nothing_about_what_can_be_watched_for_longer_by_another_grant(self, dana, imani):
        shelf = a_folder(owner=dana)
        on = a_video_session(folder=shelf)
        named(on, imani)
        named(shelf, imani, in_days=60)

        a_sweep()

        assert letters() == []

    @pytest.mark.parametrize("given", [{"state": UserState.DISABLED}, {"ends_at": NOON - A_DAY}])
    def test_nothing_about_accounts_that_are_over(self, dana, given):
        named(a_video_session(owner=dana), a_guest(**given))

        a_sweep()

        assert letters() == []

    def test_who_has_not_set_up_gets_none_and_the_owner_is_told_so(self, dana):
        invited = a_guest(name="", state=UserState.INVITED, activated_at=None, accepted=False)
        named(a_video_session(owner=dana), invited)

        a_sweep()

        (letter,) = letters()
        assert letter.user_id == dana.id
        assert "Has not set up the account, so we write to you alone." in words(letter)

    def test_who_sets_up_meanwhile_is_warned_then(self, dana):
        invited = a_guest(name="", state=UserState.INVITED, activated_at=None, accepted=False)
        named(a_video_session(owner=dana), invited)
        a_sweep()
        with transaction():
            invited.state, invited.activated_at = UserState.ACTIVE, NOON

        a_sweep(NOON + A_DAY)

        assert len(letters(invited)) == len(letters(dana)) == 1

    def test_who_has_used_all_views_gets_none_and_the_owner_is_told_so(self, dana, imani):
        on = a_video_session(owner=dana)
        grant = named(on, imani, views_limit=1)
        with transaction():
            db.session.add(ViewBudget(grant_id=grant.id, video_session_id=on.id, taken=1))

        a_sweep()

        (letter,) = letters()
        assert letter.user_id == dana.id
        assert "Has used all views, so we write to you alone." in words(letter)

    def test_owners_whose_account_is_over_get_none(self, dana, imani):
        named(a_video_session(owner=dana), imani)
        with transaction():
            dana.state = UserState.DISABLED

        a_sweep()

        assert self.told() == {imani.id}


@contextmanager
def counted():
    seen = []

    def note(_connection, _cursor, statement, *_):
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_many_ends_in_one_sweep_take_no_query_each(app, dana):
    """Every guest gets a letter, and the owner one."""
    many, on = 1_000, a_video_session(owner=dana)
    sponsor_of_all = dana.id
    with transaction():
        guests = [
            {
                "key": tokens.new_key(),
                "role": Role.GUEST,
                "state": UserState.ACTIVE,
                "address": f"many{number}@brightwater.example",
                "name": "",
                "sponsor_id": sponsor_of_all,
                "created_at": A_MONTH_AGO,
                "activated_at": A_MONTH_AGO,
                "department": "",
            }
            for number in range(many)
        ]
        db.session.execute(insert(User), guests)
        ids = db.session.scalars(db.select(User.id).where(User.role == Role.GUEST)).all()
        rows = [
            {
                "guest_id": guest_id,
                "video_session_id": on.id,
                "granted_by_id": dana.id,
                "created_at": A_MONTH_AGO,
                "ends_at": NOON + 6 * A_DAY,
            }
            for guest_id in ids
        ]
        db.session.execute(insert(Grant), rows)

    with counted() as statements:
        a_sweep()

    assert db.session.query(OutgoingEmail).count() == many + 1
    questions = sum(not statement.startswith("INSERT") for statement in statements)
    assert questions < 60
