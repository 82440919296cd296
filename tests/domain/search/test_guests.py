"""What a guest finds is what they may watch, and where it is said."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.domain import access, library, search, the_bin
from portal.domain.library import Details
from portal.storage.db import db, transaction
from portal.storage.models import User, VideoState, ViewBudget
from tests.domain import random_worlds as book
from tests.domain.random_worlds import hours, moment, plans
from tests.domain.search.said import captions
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sponsor, a_video_session

pytestmark = pytest.mark.usefixtures("app")
HOUR = timedelta(hours=1)


def titles(viewer, words, at=NOON):
    found = search.look_for(viewer, words, at=at)
    assert found.count == len(found.hits)
    return [hit.shared.title for hit in found.hits]


@pytest.fixture
def guest():
    return a_guest()


def shared_with(guest, **given):
    video_session = a_video_session(**given)
    a_grant(video_session, guest)
    return video_session


def test_of_what_holds_the_words_a_guest_finds_what_names_them(guest):
    shared_with(guest, title="Gala dinner")
    a_grant(a_folder(title="Shelf"), guest)
    a_video_session(title="A gala of somebody else's")
    shared_with(guest, title="Harvest")

    assert titles(guest, "gala") == ["Gala dinner"]
    assert titles(guest, "") == titles(guest, "?") == []


@pytest.mark.parametrize(
    "given",
    [
        {"state": VideoState.FAILED, "ready_at": None},
        {"is_published": False},
        {"opens_at": NOON + HOUR},
        {"closes_at": NOON},
        {"binned_at": NOON},
    ],
)
def test_what_cannot_be_watched_now_is_not_found(guest, given):
    shared_with(guest, title="Gala", **given)

    assert titles(guest, "gala") == []


@pytest.mark.parametrize(
    "terms", [{"ends_at": NOON}, {"begins_at": NOON + HOUR}, {"revoked_at": NOON}, {"views_limit": 1}]
)
def test_nor_is_what_was_given_before_or_will_be_or_is_used_up(guest, terms):
    video_session = a_video_session(title="Gala")
    grant = a_grant(video_session, guest, **terms)
    if "views_limit" in terms:
        with transaction():
            db.session.add(ViewBudget(grant_id=grant.id, video_session_id=video_session.id, taken=1))

    assert titles(guest, "gala") == []


def test_a_video_password_makes_nothing_findable(guest):
    a_video_session(title="Gala", password_hash="v1$none", password_version=1)

    assert titles(guest, "gala") == []


def test_no_guest_finds_by_tags(guest):
    sponsor = a_sponsor()
    video_session = shared_with(guest, owner=sponsor, title="Gala")
    with transaction():
        details = Details("Gala", tags=("legal", "gala-2026"))
        library.change_session(video_session, details, folder=None, version=None, by=sponsor, at=NOON)

    assert titles(guest, "legal") == titles(guest, "2026") == titles(guest, "gala legal") == []
    assert titles(guest, "gala") == ["Gala"]


def test_titles_come_before_what_is_told_and_that_before_what_is_said(guest):
    said = shared_with(guest, title="One")
    captions(said, (1, "the gala"))
    shared_with(guest, title="Two", description="about a gala")
    shared_with(guest, title="Three", presenter="Gala Nowak")
    shared_with(guest, title="Gala")

    assert titles(guest, "gala") == ["Gala", "Two", "Three", "One"]


def test_a_hit_leads_to_where_most_of_the_words_are_said(guest):
    film = shared_with(guest, title="Energy")
    captions(film, (2, "Solar power."), (40, "Solar <b>panels</b> &amp; wind"), (80, "Solar panels again"))

    [hit] = search.look_for(guest, "sólar PANEL", at=NOON).hits

    assert hit.place is not None
    assert hit.place.seconds == 40
    assert [(piece.text, piece.fits) for piece in hit.place.pieces] == [
        ("Solar", True),
        (" ", False),
        ("panels", True),
        (" & wind", False),
    ]


def test_words_may_be_said_apart_or_stand_in_the_title(guest):
    film = shared_with(guest, title="Energy")
    captions(film, (2, "Solar power."), (40, "In the wind"))

    [hit] = search.look_for(guest, "wind solar energy", at=NOON).hits
    [by_title] = search.look_for(guest, "energy", at=NOON).hits

    assert hit.place is not None
    assert hit.place.seconds == 2
    assert by_title.place is None


def test_more_hits_than_a_page_are_counted(guest):
    folder = a_folder()
    a_grant(folder, guest)
    for _ in range(access.CARDS_A_PAGE + 2):
        a_video_session(folder=folder, title="Gala")

    found = search.look_for(guest, "gala", at=NOON)

    assert (len(found.hits), found.count) == (access.CARDS_A_PAGE, access.CARDS_A_PAGE + 2)


def test_what_lies_in_the_bin_is_found_again_once_it_is_out(guest):
    video_session = shared_with(guest, title="Gala")
    owner = db.session.get_one(User, video_session.owner_id)
    with transaction():
        the_bin.put_in(video_session, by=owner, at=NOON)
    assert titles(guest, "gala") == []

    with transaction():
        the_bin.restore(video_session, by=owner, at=NOON)
    assert titles(guest, "gala") == ["Gala"]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(plan=plans(), at=hours)
def test_no_hit_is_one_that_the_decision_refuses_and_none_is_missing(plan, at):
    """security.md, Who sees what: search is guarded as the film is."""
    world = book.build(plan)
    with transaction():
        search.catch_up()
    found = search.look_for(world.viewer, "recording", at=moment(at))
    listed = access.listed_for(world.viewer, at=moment(at)).live

    assert {hit.shared.key for hit in found.hits} == {shared.key for shared in listed}
    for recording in world.recordings:
        if recording.key in {hit.shared.key for hit in found.hits}:
            assert access.decide(world.viewer, recording, at=moment(at)).allowed


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=40), title=st.text(min_size=1, max_size=40))
def test_whatever_is_typed_gets_an_answer(guest, typed, title):
    search.look_for(guest, typed, at=NOON)
    search.look_for(guest, title + " " + typed, at=NOON)
