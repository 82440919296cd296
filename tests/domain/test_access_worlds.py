"""Any world, any moment: the decision, the lists, the pictures and the bytes all say what the book says.

The book is a plain model of product.md in `random_worlds`; whatever it says, the portal says, by both databases.
"""

from datetime import datetime

import pytest
from hypothesis import HealthCheck, event, given, settings

from portal.basics import tokens
from portal.basics.errors import NotFound
from portal.domain import access, media_rights, playback
from portal.domain.media_rights import Settled
from portal.storage.db import db, transaction
from portal.storage.models import CaptionTrack, MediaFile, MediaKind, SignIn, Stream, ViewBudget, Viewing
from portal.storage.prepared import QuickConnections
from tests.domain import random_worlds as book
from tests.domain.random_worlds import BROWSERS, Answer, World, by_the_book, hours, moment, plans

pytestmark = pytest.mark.usefixtures("app")
# one portal for all examples: each begins by emptying it
in_many_worlds = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def answer_of(world: World, number: int, at: int, browser: int | None) -> Answer:
    """What the portal decides, in the model's words."""
    sign_in = None if browser is None else world.browsers[browser]
    decision = access.decide(world.viewer, world.recordings[number], at=moment(at), sign_in=sign_in)
    live = () if not decision.allowed else tuple(world.grants.index(held.grant) for held in decision.live)
    sitting = world.sittings.index(decision.sitting) if decision.sitting else None
    right = decision.right.value if decision.right else None
    assert decision.trace[-1].settles
    return Answer(decision.allowed, right, decision.why.value if decision.why else None, live, sitting)


@in_many_worlds
@given(plan=plans(), at=hours)
def test_the_decision_is_that_of_the_book_and_the_picture_goes_with_it(plan, at):
    world = book.build(plan)
    for number, recording in enumerate(world.recordings):
        for browser in (None, *range(BROWSERS)):
            told = by_the_book(plan, number, at, browser)
            event(f"{told.by}: {told.why or 'allowed'}")

            assert answer_of(world, number, at, browser) == told

            sign_in = None if browser is None else world.browsers[browser]
            poster = access.poster_of(world.viewer, recording.key, at=moment(at), sign_in=sign_in)
            assert (poster is not None) == told.allowed
            if told.why == "unknown":
                with pytest.raises(NotFound):
                    access.find(world.viewer, recording.key, at=moment(at), sign_in=sign_in)
            else:
                found = access.find(world.viewer, recording.key, at=moment(at), sign_in=sign_in)
                assert (found.decision.allowed, found.video_session) == (told.allowed, recording)


@in_many_worlds
@given(plan=plans(), at=hours)
def test_the_start_page_lists_just_what_names_somebody(plan, at):
    world = book.build(plan)
    listing = access.listed_for(world.viewer, at=moment(at))
    shelves = {"live": listing.live, "coming": listing.coming, "over": listing.over}
    listed = {name: {shared.key: shared for shared in shelf} for name, shelf in shelves.items()}
    told = {number: book.shelf_of(plan, number, at) for number in range(len(plan.recordings))}

    for name, shelf in listed.items():
        assert set(shelf) == {world.recordings[number].key for number, where in told.items() if where == name}
    assert listing.live_count == len(listing.live)
    assert listing.over_count == len(listing.over)
    for number, recording in enumerate(world.recordings):
        shared = listed["live"].get(recording.key)
        if shared is None:
            continue
        answer = by_the_book(plan, number, at, None)
        decision = access.decide(world.viewer, recording, at=moment(at))
        assert shared.has_sitting == (answer.sitting is not None)
        if answer.grants:
            left = book.views_left(plan, number, answer)
            limits = [plan.grants[place].limit for place in answer.grants]
            limit = None if None in limits else sum(limits)
            assert shared.views_left == decision.views_left == left
            assert shared.views_limit == decision.views_limit == limit
            ends = [plan.grants[place].ends for place in answer.grants]
            assert shared.until == (None if None in ends else moment(max(ends)))
        else:  # only their sitting goes on: whatever is left of a number, no press can take it
            assert shared.views_left in (None, 0)
            assert decision.views_left in (None, 0)


@in_many_worlds
@given(plan=plans(), at=hours)
def test_a_byte_leaves_for_a_right_that_holds_and_to_the_browser_that_pressed_play(plan, at):
    world = book.build(plan)
    for sitting, stream in zip(plan.sittings, world.streams, strict=True):
        for browser, token in enumerate(world.tokens):
            told = browser == sitting.browser and book.byte_may_leave(plan, sitting, at)
            event(f"{sitting.right}: {'sent' if told else 'refused'}")

            media = playback.may_fetch(stream.key, token, at=moment(at))

            assert (media is not None) == told
            if told:  # nothing plays that the decision does not allow
                assert by_the_book(plan, sitting.recording, at, browser).allowed


@pytest.fixture
def lane(app):
    return Settled(QuickConnections(db.engine, app.config["SQLALCHEMY_ENGINE_OPTIONS"]))


@settings(in_many_worlds, max_examples=40)
@given(plan=plans(), at=hours)
def test_every_address_of_bytes_goes_by_the_same_decision(lane, plan, at):
    """Films in each quality, playlists, storyboards, captions, downloads, and the lane that answers before the view."""
    world = book.build(plan)
    tracks = add_what_else_there_is(world, moment(at))
    for sitting, stream in zip(plan.sittings, world.streams, strict=True):
        for browser, token in enumerate(world.tokens):
            told = browser == sitting.browser and book.byte_may_leave(plan, sitting, at)
            asked = (stream.key, token)
            now = {"at": moment(at)}

            answers = {
                "film": media_rights.may_fetch(*asked, **now, version=1),
                "quality": media_rights.may_fetch(*asked, **now, version=1, name="720p"),
                "master": media_rights.qualities(*asked, 1, **now),
                "storyboard": media_rights.sheets(*asked, 1, **now),
                "sheet": media_rights.may_fetch_sheet(*asked, 1, "0", **now),
                "captions": media_rights.may_read_captions(*asked, tracks[sitting.recording], **now),
                "download": media_rights.may_download(*asked, **now),
                "lane: film": lane.may_fetch(*asked, **now, version=1),
                "lane: quality": lane.may_fetch(*asked, **now, version=1, name="720p"),
            }

            assert {name for name, answer in answers.items() if answer is not None} == (set(answers) if told else set())
            for name in ("film", "quality"):
                assert answers[f"lane: {name}"] == answers[name]
            others = [track for number, track in tracks.items() if number != sitting.recording]
            assert not any(media_rights.may_read_captions(*asked, track, **now) for track in others)
            assert media_rights.may_fetch(*asked, **now, version=2) is None


def add_what_else_there_is(world: World, at: datetime) -> dict[int, str]:
    """A storyboard and captions for each recording, which may be downloaded; in each sitting bytes have left just now.

    Gives the key of the captions of each.
    """
    tracks = {}
    with transaction():
        db.session.execute(db.update(Viewing).values(delivered_at=at))
        db.session.execute(db.update(Stream).values(seen_at=at))
        db.session.execute(db.update(SignIn).values(last_seen_at=at))
        for number, recording in enumerate(world.recordings):
            recording.allows_download = True
            kept = {"video_session_id": recording.id, "created_at": at}
            sheet = {"store_key": tokens.new_key(), "content_type": "image/jpeg", "size_bytes": 1, "name": "0"}
            index = {"every": 10, "columns": 1, "tile": [160, 90], "first": 0, "count": 1}
            db.session.add(MediaFile(kind=MediaKind.STORYBOARD, index=index, **kept, **sheet))
            tracks[number] = tokens.new_key()
            db.session.add(CaptionTrack(key=tracks[number], language="en", cues=[], changed_at=at, **kept))
    return tracks


@in_many_worlds
@given(plan=plans(), at=hours)
def test_pressing_play_takes_one_view_of_the_first_grant_or_none(plan, at):
    world = book.build(plan)
    browser = world.browsers[0]
    for number, recording in enumerate(world.recordings):
        told, before = by_the_book(plan, number, at, 0), budgets()
        with transaction():
            answer = playback.start(world.viewer, recording.key, sign_in=browser, at=moment(at), move_here=True)

        assert isinstance(answer, Stream) == told.allowed
        taken = {pair: count - before.get(pair, 0) for pair, count in budgets().items() if count != before.get(pair, 0)}
        if not told.allowed:
            assert answer == playback.Refusal(access.WhyNot(told.why or ""))
        if told.allowed and told.by == "grant" and told.sitting is None:
            assert taken == {(world.grants[told.grants[0]].id, recording.id): 1}
        else:
            assert taken == {}
        if told.allowed:
            sent = playback.may_fetch(answer.key, world.tokens[0], at=moment(at))
            assert (sent is not None) == (plan.accepted and plan.signed_out != 0)


def budgets() -> dict[tuple[int, int], int]:
    rows = db.session.execute(db.select(ViewBudget.grant_id, ViewBudget.video_session_id, ViewBudget.taken))
    return {(grant_id, session_id): taken for grant_id, session_id, taken in rows}
