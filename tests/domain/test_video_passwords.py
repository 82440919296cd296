"""Giving the password of a video (product.md, Who may watch 5)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.basics import tokens
from portal.basics.errors import NotFound
from portal.domain import access, video_passwords
from portal.domain.access import Right, WhyNot
from portal.domain.throttle import Wait
from portal.domain.video_passwords import NOT_ASKED, Attempt
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, PasswordUnlock, SignIn, VideoState
from tests.factories import a_folder, a_grant, a_guest, a_sign_in_token, a_sponsor, a_video_session, an_admin

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
PASSWORD = "marmalade lantern forty"
NETWORK = "192.0.2.7"


@pytest.fixture
def film(app):
    return a_locked_film()


@pytest.fixture
def guest(app):
    return a_guest()


@pytest.fixture
def sign_in(guest):
    return a_sign_in(guest)


def a_locked_film(**given):
    given = {"ready_at": NOW - DAY, "password_hash": tools().hasher.hash(PASSWORD), "password_version": 1} | given
    return a_video_session(**given)


def a_sign_in(user) -> SignIn:
    token = a_sign_in_token(user)
    found = db.session.scalar(select(SignIn).where(SignIn.token_hash == tokens.hash_token(token)))
    assert found is not None
    return found


def tried(guest, film, sign_in, typed=PASSWORD, *, network=NETWORK, at=NOW):
    """What the page does with what was typed."""
    with transaction():
        attempt = video_passwords.begin(guest, film.key, sign_in=sign_in, network=network, at=at)
    if not isinstance(attempt, Attempt):
        return attempt
    right = video_passwords.is_right(attempt, typed)
    with transaction():
        return video_passwords.finish(attempt, right=right, viewer=guest, sign_in=sign_in, at=at)


def decided(guest, film, sign_in, at=NOW):
    return access.decide(guest, film, at=at, sign_in=sign_in)


def kinds():
    return list(db.session.scalars(select(AuditEvent.kind).where(AuditEvent.kind.startswith("session:unlock"))))


class TestTheRightPassword:
    def test_lets_in_at_this_browser(self, guest, film, sign_in):
        assert decided(guest, film, sign_in).why is WhyNot.PASSWORD

        assert tried(guest, film, sign_in) is True

        assert decided(guest, film, sign_in).right is Right.PASSWORD
        assert kinds() == ["session:unlocked"]

    def test_lets_in_at_no_other_browser_of_theirs(self, guest, film, sign_in):
        tried(guest, film, sign_in)

        assert decided(guest, film, a_sign_in(guest)).why is WhyNot.PASSWORD

    def test_lets_nobody_else_in(self, guest, film, sign_in):
        tried(guest, film, sign_in)

        somebody = a_guest()
        assert decided(somebody, film, a_sign_in(somebody)).why is WhyNot.PASSWORD

    def test_is_never_listed_for_them(self, guest, film, sign_in):
        tried(guest, film, sign_in)

        assert access.listed_for(guest, at=NOW).live == []

    def test_given_twice_is_one_row(self, guest, film, sign_in):
        with transaction():
            first, second = (
                video_passwords.begin(guest, film.key, sign_in=sign_in, network=NETWORK, at=NOW) for _ in range(2)
            )
        for attempt in (first, second):
            assert isinstance(attempt, Attempt)
            with transaction():
                assert video_passwords.finish(attempt, right=True, viewer=guest, sign_in=sign_in, at=NOW)

        assert len(db.session.scalars(select(PasswordUnlock)).all()) == 1

    def test_lets_staff_in_who_are_not_named(self, film):
        sponsor = a_sponsor()
        sign_in = a_sign_in(sponsor)

        assert tried(sponsor, film, sign_in) is True
        assert decided(sponsor, film, sign_in).right is Right.PASSWORD


class TestChangingThePassword:
    def test_ends_what_the_old_one_unlocked(self, guest, film, sign_in):
        tried(guest, film, sign_in)
        with transaction():
            film.password_version += 1

        assert decided(guest, film, sign_in).why is WhyNot.PASSWORD

    def test_the_new_one_lets_in_again(self, guest, film, sign_in):
        tried(guest, film, sign_in)
        with transaction():
            film.password_version += 1
            film.password_hash = tools().hasher.hash("cobalt umbrella seven")

        assert tried(guest, film, sign_in) is False
        assert tried(guest, film, sign_in, "cobalt umbrella seven") is True
        assert decided(guest, film, sign_in).right is Right.PASSWORD

    def test_while_a_try_is_checked_counts(self, guest, film, sign_in):
        with transaction():
            attempt = video_passwords.begin(guest, film.key, sign_in=sign_in, network=NETWORK, at=NOW)
        assert isinstance(attempt, Attempt)
        right = video_passwords.is_right(attempt, PASSWORD)
        with transaction():
            film.password_version += 1
        with transaction():
            opened = video_passwords.finish(attempt, right=right, viewer=guest, sign_in=sign_in, at=NOW)

        assert right
        assert not opened
        assert kinds() == ["session:unlock-refused"]

    def test_to_the_same_words_ends_it_too(self, guest, film, sign_in):
        tried(guest, film, sign_in)
        with transaction():
            film.password_hash, film.password_version = tools().hasher.hash(PASSWORD), 2

        assert decided(guest, film, sign_in).why is WhyNot.PASSWORD


class TestWrongTries:
    def test_are_on_the_trail_with_who_tried(self, guest, film, sign_in):
        assert tried(guest, film, sign_in, "no") is False

        [entry] = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "session:unlock-refused"))
        assert (entry.actor_id, entry.subject_id, entry.facts) == (guest.id, film.id, {})

    def test_wait_after_five(self, guest, film, sign_in):
        answers = [tried(guest, film, sign_in, "no") for _ in range(6)]

        assert answers[:5] == [False] * 5
        assert isinstance(answers[5], Wait)

    def test_a_right_one_waits_as_well(self, guest, film, sign_in):
        for _ in range(5):
            tried(guest, film, sign_in, "no")

        assert isinstance(tried(guest, film, sign_in), Wait)
        assert tried(guest, film, sign_in, at=NOW + timedelta(seconds=31)) is True

    def test_hold_up_neither_another_session_nor_another_person(self, guest, film, sign_in):
        for _ in range(6):
            tried(guest, film, sign_in, "no")
        somebody = a_guest()

        assert tried(guest, a_locked_film(), sign_in) is True
        assert tried(somebody, film, a_sign_in(somebody)) is True

    def test_of_many_people_on_one_network_wait_together(self, film):
        people = [a_guest() for _ in range(9)]
        answers = [tried(person, film, a_sign_in(person), "no") for person in people for _ in range(5)]

        assert [isinstance(answer, Wait) for answer in answers] == [False] * 40 + [True] * 5

    def test_that_could_not_be_checked_do_not_count(self, guest, film, sign_in):
        for _ in range(20):
            with transaction():
                attempt = video_passwords.begin(guest, film.key, sign_in=sign_in, network=NETWORK, at=NOW)
            assert isinstance(attempt, Attempt)
            with transaction():
                video_passwords.give_back(attempt)

        assert tried(guest, film, sign_in) is True


class TestWhoIsNeverAsked:
    @pytest.mark.parametrize(
        "terms",
        [
            {},
            {"ends_at": NOW - timedelta(hours=1)},
            {"begins_at": NOW + DAY},
        ],
        ids=["live", "ended", "not-begun"],
    )
    def test_the_named(self, guest, film, sign_in, terms):
        a_grant(film, guest, **terms)
        before = decided(guest, film, sign_in)

        assert tried(guest, film, sign_in) is NOT_ASKED
        assert decided(guest, film, sign_in) == before

    def test_whoever_looks_after_it(self, film):
        admin = an_admin()

        assert tried(admin, film, a_sign_in(admin)) is NOT_ASKED

    def test_whoever_has_given_it(self, guest, film, sign_in):
        tried(guest, film, sign_in)

        assert tried(guest, film, sign_in, "no") is NOT_ASKED
        assert decided(guest, film, sign_in).allowed

    def test_a_revoked_grant_counts_as_never_given(self, guest, film, sign_in):
        a_grant(film, guest, revoked_at=NOW - DAY)

        assert tried(guest, film, sign_in) is True


class TestWhatIsNotThere:
    @pytest.mark.parametrize(
        "closed",
        [
            {"password_hash": None},
            {"is_published": False},
            {"closes_at": NOW - DAY},
            {"opens_at": NOW + DAY},
            {"state": VideoState.PROCESSING, "ready_at": None},
        ],
        ids=["no-password", "unpublished", "closed", "not-open", "not-ready"],
    )
    def test_answers_like_what_is_missing(self, guest, sign_in, closed):
        hidden = a_locked_film(**closed)

        with pytest.raises(NotFound):
            tried(guest, hidden, sign_in)

        assert kinds() == []

    def test_nor_does_a_shelf_tell_of_it(self, guest, sign_in):
        shelf = a_folder()
        a_grant(shelf, guest, ends_at=NOW - 2 * DAY)
        later = a_locked_film(folder=shelf, in_folder_since=NOW - DAY)

        assert tried(guest, later, sign_in) is True  # they are not named on what came after the end
