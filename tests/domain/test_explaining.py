"""Why a guest may watch or may not: what is shown is what decided."""

from datetime import timedelta

import pytest

from portal.basics import tokens
from portal.basics.errors import NotFound
from portal.basics.roles import UserState
from portal.domain import access, explaining
from portal.domain.access import Right, WhyNot
from portal.domain.explaining import Weight
from portal.storage.db import db, transaction
from portal.storage.models import CoOwner, PasswordUnlock, SignIn, User, VideoSession, ViewBudget, Viewing, WhenItEnds
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sign_in_token, a_sponsor, a_video_session, an_admin

pytestmark = pytest.mark.usefixtures("app")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOON + 3 * DAY


def explained(guest: User, video_session: VideoSession, at=LATER):
    return explaining.explain(guest.key, video_session.key, an_admin(), at=at)


def weights(guest: User, video_session: VideoSession, at=LATER) -> list[Weight]:
    return [weighed.weight for weighed in explained(guest, video_session, at).weighed]


def kept(row):
    with transaction():
        db.session.add(row)
    return row


def taken(grant, video_session, number: int) -> None:
    kept(ViewBudget(grant_id=grant.id, video_session_id=video_session.id, taken=number))


def a_sitting(guest, video_session, grant=None, *, right="grant", begun=LATER - HOUR) -> Viewing:
    return kept(
        Viewing(
            key=tokens.new_key(),
            user_id=guest.id,
            video_session_id=video_session.id,
            grant_id=grant.id if grant else None,
            right=right,
            created_at=begun,
            ends_at=begun + 4 * HOUR,
        )
    )


# What each grant did to the answer


def test_of_several_live_grants_the_one_that_is_used_says_so():
    film, imani = a_video_session(), a_guest()
    a_grant(film, imani, ends_at=LATER + 2 * DAY, views_limit=2)
    a_grant(film, imani, ends_at=LATER + DAY, views_limit=2)

    assert weights(imani, film) == [Weight.USED, Weight.LIVE]


def test_every_way_in_which_a_grant_does_not_count_is_told():
    folder = a_folder()
    film, imani = a_video_session(folder=folder, in_folder_since=NOON + 2 * DAY), a_guest()
    a_grant(film, imani, revoked_at=NOON + HOUR)
    a_grant(film, imani, ends_at=NOON + DAY)
    a_grant(film, imani, begins_at=LATER + DAY)
    taken(a_grant(film, imani, views_limit=2), film, 2)
    a_grant(folder, imani, ends_at=NOON + DAY)

    assert weights(imani, film) == [Weight.TOO_EARLY, Weight.USED_UP, Weight.COMING, Weight.ENDED, Weight.REVOKED]
    assert not explained(imani, film).decision.allowed


def test_a_grant_that_has_ended_may_carry_a_sitting_that_is_open():
    film, imani = a_video_session(), a_guest()
    grant = a_grant(film, imani, ends_at=LATER - HOUR / 2, when_it_ends=WhenItEnds.FINISH)
    a_sitting(imani, film, grant)

    assert weights(imani, film) == [Weight.SITTING]


def test_a_live_grant_of_an_account_that_cannot_sign_in_lets_nobody_in():
    film, imani = a_video_session(), a_guest(state=UserState.DISABLED)
    a_grant(film, imani)

    assert weights(imani, film) == [Weight.LIVE]
    assert explained(imani, film).decision.why is WhyNot.UNKNOWN


def test_a_grant_says_who_gave_it_on_what_and_what_was_taken():
    dana = a_sponsor(name="Dana Lee")
    folder = a_folder(owner=dana, title="Donors 2026")
    film, imani = a_video_session(folder=folder), a_guest()
    taken(a_grant(folder, imani, views_limit=3), film, 1)

    (weighed,) = explained(imani, film).weighed

    assert (weighed.giver, weighed.folder, weighed.held.left) == ("Dana Lee", "Donors 2026", 2)


# The video's password


def test_whether_the_password_was_given_is_told_for_both_kinds_of_browser():
    film, imani = a_video_session(password_hash="x", password_version=3), a_guest()

    found = explained(imani, film)

    assert found.decision.why is WhyNot.PASSWORD
    assert found.with_password is not None
    assert found.with_password.right is Right.PASSWORD
    assert found.unlocked_in == 0


def test_browsers_count_that_gave_the_password_in_force_and_are_signed_in():
    film, imani = a_video_session(password_hash="x", password_version=3), a_guest()
    for _ in range(2):
        a_sign_in_token(imani)
    browsers = db.session.scalars(db.select(SignIn).where(SignIn.user_id == imani.id)).all()
    at = browsers[1].created_at
    for browser, version in zip(browsers, (3, 2), strict=True):
        given = {"sign_in_id": browser.id, "video_session_id": film.id, "password_version": version}
        kept(PasswordUnlock(**given, created_at=at))

    assert explained(imani, film, at=at).unlocked_in == 1
    assert explained(imani, film, at=at + 3 * DAY).unlocked_in == 0


def test_for_whoever_is_named_the_password_makes_no_difference():
    film, imani = a_video_session(password_hash="x", password_version=1), a_guest()
    a_grant(film, imani, ends_at=NOON + DAY)

    assert explained(imani, film).with_password is None


# It is the decision itself


def _named(film, guest):
    a_grant(film, guest)


def _used_up(film, guest):
    taken(a_grant(film, guest, views_limit=1), film, 1)


def _sits(film, guest):
    a_sitting(guest, film, a_grant(film, guest, views_limit=1))


def _revoked(film, guest):
    a_sitting(guest, film, a_grant(film, guest, revoked_at=LATER - HOUR))


def _nothing(_film, _guest):
    pass


@pytest.mark.parametrize("password", [None, "x"])
@pytest.mark.parametrize("is_published", [True, False])
@pytest.mark.parametrize("given", [_nothing, _named, _used_up, _sits, _revoked])
def test_the_trace_is_that_of_the_decision(given, is_published, password):
    film, imani = a_video_session(is_published=is_published, password_hash=password), a_guest()
    given(film, imani)

    found = explained(imani, film).decision

    decision = access.decide(imani, film, at=LATER)
    assert (found, found.trace) == (decision, decision.trace)


# Who may ask


def test_whoever_looks_after_the_session_may_ask_and_nobody_else():
    film, imani, beside = a_video_session(), a_guest(), a_sponsor()
    kept(CoOwner(video_session_id=film.id, user_id=beside.id, created_at=NOON))

    a_grant(film, imani)

    assert explaining.explain(imani.key, film.key, beside, at=LATER).video_session is film
    with pytest.raises(NotFound):
        explaining.explain(imani.key, film.key, a_sponsor(), at=LATER)
    with pytest.raises(NotFound):
        explaining.explain(imani.key, "nobodyskey234567", an_admin(), at=LATER)


def test_of_guests_they_do_not_see_only_those_who_are_named_there_can_be_asked_about():
    dana, imani, stranger = a_sponsor(), a_guest(), a_guest()
    film = a_video_session(owner=dana)
    a_grant(film, imani)

    assert explaining.explain(imani.key, film.key, dana, at=LATER).sees_guest
    with pytest.raises(NotFound):
        explaining.explain(stranger.key, film.key, dana, at=LATER)
    with pytest.raises(NotFound):
        explaining.explain(dana.key, film.key, an_admin(), at=LATER)


def test_a_co_owner_reads_what_the_owners_folder_gives_and_may_not_change_it():
    folder = a_folder()
    film, imani, beside = a_video_session(folder=folder), a_guest(), a_sponsor()
    a_grant(folder, imani)
    kept(CoOwner(video_session_id=film.id, user_id=beside.id, created_at=NOON))

    found = explaining.explain(imani.key, film.key, beside, at=LATER)

    assert [weighed.is_theirs for weighed in found.weighed] == [False]
    assert not found.sees_guest
    assert [weighed.is_theirs for weighed in explained(imani, film).weighed] == [True]


def test_a_session_is_found_by_its_words_or_by_the_address_of_its_page():
    dana = a_sponsor()
    gift = a_video_session(owner=dana, title="What your gift built")
    a_video_session(owner=dana, title="Meadow Morning")
    a_video_session(title="A gift of somebody else")

    def titles(typed: str) -> list[str]:
        return [found.title for found in explaining.candidates(dana, typed)]

    assert titles("") == ["Meadow Morning", "What your gift built"]
    assert titles("GIFT") == ["What your gift built"]
    assert titles(f"https://portal.example/sessions/{gift.key}/") == ["What your gift built"]
    assert titles("100%") == []
