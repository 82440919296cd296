"""Publishing, taking back, the window of a session: what it means for those who were let in."""

from datetime import timedelta

import pytest

from portal.domain import access, playback, publishing, sign_ins
from portal.domain.access import WhyNot
from portal.domain.library import ChangedMeanwhile
from portal.domain.publishing import Showing, WrongWindow
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, MediaFile, MediaKind, VideoSession
from tests.factories import NOON, a_grant, a_guest, a_sponsor, a_video_session

pytestmark = pytest.mark.usefixtures("app")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def owner(app):
    return a_sponsor(name="Dana Lee")


@pytest.fixture
def video_session(owner):
    return a_video_session(owner=owner)


def facts_of(kind):
    query = db.select(AuditEvent.facts).where(AuditEvent.kind == kind)
    return list(db.session.scalars(query.order_by(AuditEvent.sequence)))


def unpublished(video_session, owner):
    with transaction():
        assert publishing.unpublish(video_session, by=owner, at=NOON)


def changed(video_session, owner, *, opens=None, closes=None, shows_name=True, version=None):
    with transaction():
        return publishing.change(video_session, Showing(opens, closes, shows_name), version=version, by=owner, at=NOON)


class Watching:
    """A guest who is watching, with the player that asks for bytes."""

    def __init__(self, video_session):
        self.guest = a_guest()
        a_grant(video_session, self.guest)
        with transaction():
            db.session.add(
                MediaFile(
                    video_session_id=video_session.id,
                    kind=MediaKind.RENDITION,
                    store_key=f"film-{video_session.id}",
                    content_type="video/mp4",
                    size_bytes=10,
                    created_at=NOON,
                )
            )
            self.token = sign_ins.start(self.guest, network="192.0.2.1", device="a test", at=NOON)
        sign_in = sign_ins.find(self.token, at=NOON).sign_in
        with transaction():
            self.stream = playback.start(self.guest, video_session.key, sign_in=sign_in, at=NOON)

    def gets_bytes(self, at=NOON):
        return playback.may_fetch(self.stream.key, self.token, at=at) is not None


def why_not(guest, video_session, at=NOON):
    db.session.refresh(video_session)
    return access.decide(guest, video_session, at=at).why


def test_what_is_taken_back_stops_at_the_next_byte_and_is_not_available(video_session, owner):
    watching = Watching(video_session)
    assert watching.gets_bytes()

    unpublished(video_session, owner)

    assert not watching.gets_bytes()
    assert why_not(watching.guest, video_session) is WhyNot.UNPUBLISHED
    assert facts_of("session:unpublished") == [{}]


def test_what_was_given_waits_until_it_is_published_again(video_session, owner):
    watching = Watching(video_session)
    unpublished(video_session, owner)

    with transaction():
        assert publishing.publish(video_session, by=owner, at=NOON)

    assert watching.gets_bytes()
    assert why_not(watching.guest, video_session) is None


def test_publishing_twice_is_one_act(video_session, owner):
    with transaction():
        assert not publishing.publish(video_session, by=owner, at=NOON)
    unpublished(video_session, owner)
    with transaction():
        assert not publishing.unpublish(video_session, by=owner, at=NOON)

    assert facts_of("session:published") == []
    assert len(facts_of("session:unpublished")) == 1


def test_its_window_stands_above_what_was_given(video_session, owner):
    watching = Watching(video_session)

    changed(video_session, owner, opens=NOON + HOUR, closes=NOON + 2 * HOUR)

    assert why_not(watching.guest, video_session) is WhyNot.NOT_OPEN
    assert not watching.gets_bytes()
    assert watching.gets_bytes(at=NOON + HOUR)
    assert not watching.gets_bytes(at=NOON + 2 * HOUR)
    assert why_not(watching.guest, video_session, at=NOON + 2 * HOUR) is WhyNot.CLOSED


def test_a_change_is_on_the_trail_with_what_was_there(video_session, owner):
    assert changed(video_session, owner, closes=NOON + DAY, shows_name=False)

    [facts] = facts_of("session:changed")
    assert facts == {
        "before": {"closes": None, "name_over_the_picture": "on"},
        "after": {"closes": "2026-11-23T12:00+00:00", "name_over_the_picture": "off"},
    }


def test_download_and_small_window_are_off_until_somebody_allows_them(video_session, owner):
    assert Showing.of(video_session) == Showing(None, None, True, allows_download=False, allows_small_window=False)

    allowed = Showing(None, None, True, allows_download=True, allows_small_window=True)
    with transaction():
        assert publishing.change(video_session, allowed, version=None, by=owner, at=NOON)

    [facts] = facts_of("session:changed")
    assert (video_session.allows_download, video_session.allows_small_window) == (True, True)
    assert facts["after"] == {"download": "on", "small_window": "on"}


def test_saving_what_is_there_already_changes_nothing(video_session, owner):
    assert not changed(video_session, owner)
    assert facts_of("session:changed") == []


@pytest.mark.parametrize("closes", [NOON + HOUR, NOON + 2 * HOUR])
def test_it_closes_after_it_opens(video_session, owner, closes):
    with pytest.raises(WrongWindow, match="“Closes” must come after “Opens”") as fault:
        changed(video_session, owner, opens=NOON + 2 * HOUR, closes=closes)

    assert fault.value.field == "closes"
    assert db.session.get_one(VideoSession, video_session.id, populate_existing=True).closes_at is None


def test_a_past_close_can_stay_but_not_be_chosen(owner):
    """To end it now one takes it back: a slip in the year must not close it for everybody."""
    closed = a_video_session(owner=owner, closes_at=NOON - DAY)

    assert changed(closed, owner, closes=NOON - DAY, shows_name=False)
    with pytest.raises(WrongWindow, match="lies in the past"):
        changed(closed, owner, closes=NOON)


def test_a_past_opening_means_that_it_is_open(video_session, owner):
    assert changed(video_session, owner, opens=NOON - DAY)
    assert video_session.is_open(NOON)


def test_what_somebody_else_saved_is_not_overwritten_unseen(video_session, owner):
    seen = Showing.of(video_session).version
    changed(video_session, owner, closes=NOON + DAY, version=seen)

    with pytest.raises(ChangedMeanwhile):
        changed(video_session, owner, closes=NOON + 2 * DAY, version=seen)

    assert db.session.get_one(VideoSession, video_session.id, populate_existing=True).closes_at == NOON + DAY


def test_those_who_watch_now_are_counted_without_those_who_look_after_it(video_session, owner):
    watching = Watching(video_session)
    with transaction():
        token = sign_ins.start(owner, network="192.0.2.1", device="a test", at=NOON)
    sign_in = sign_ins.find(token, at=NOON).sign_in
    with transaction():
        playback.start(owner, video_session.key, sign_in=sign_in, at=NOON)

    assert publishing.watching_now(video_session, at=NOON) == 1
    assert publishing.watching_now(video_session, at=NOON + playback.STREAM_LIVES) == 0
    assert publishing.watching_now(a_video_session(), at=NOON) == 0
    assert watching.gets_bytes()
