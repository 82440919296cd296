"""Watching: sittings, and the right to every byte."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from portal.basics.errors import NotFound
from portal.basics.roles import UserState
from portal.domain import playback, sign_ins
from portal.domain.access import WhyNot
from portal.domain.playback import MediaToSend, Refusal, Stop
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Grant, MediaFile, MediaKind, User, VideoState, Viewing
from tests.factories import NOON, a_folder, a_grant, a_guest, a_video_session

HOUR = timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("app")


def a_film(**given):
    """A ready session with a rendition."""
    video_session = a_video_session(**({"ready_at": NOON - HOUR} | given))
    with transaction():
        file = MediaFile(video_session_id=video_session.id, kind=MediaKind.RENDITION, store_key=video_session.key * 2)
        file.content_type, file.size_bytes, file.created_at = "video/mp4", 1000, NOON
        db.session.add(file)
    return video_session


def press_play(viewer, video_session, at=NOON):
    with transaction():
        return playback.start(viewer, getattr(video_session, "key", video_session), at=at)


def signed_in(user, at=NOON):
    with transaction():
        return sign_ins.start(user, network="127.0.0.1", device="a test", at=at)


def audited():
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.sequence))
    return [(event.kind, event.facts) for event in events if event.kind.startswith("viewing:")]


@pytest.fixture
def film():
    return a_film()


@pytest.fixture
def guest(film):
    """Somebody who is named on the film until three o'clock."""
    guest = a_guest()
    a_grant(film, guest, ends_at=NOON + 3 * HOUR)
    return guest


class TestPressingPlay:
    def test_begins_a_sitting_and_says_so_in_the_audit(self, guest, film):
        viewing = press_play(guest, film)

        assert (viewing.user_id, viewing.right) == (guest.id, "grant")
        assert audited() == [("viewing:started", {"right": "grant", "title": film.title})]

    @pytest.mark.parametrize(("length", "hours"), [(60.0, 4), (2 * 3600.0, 4), (3 * 3600.0, 6), (None, 4)])
    def test_a_sitting_lasts_twice_the_length_and_at_least_four_hours(self, length, hours):
        film = a_film(length_seconds=length)

        assert press_play(db.session.get(User, film.owner_id), film).ends_at == NOON + hours * HOUR

    def test_again_takes_up_the_open_sitting(self, guest, film):
        first, again = press_play(guest, film), press_play(guest, film, NOON + HOUR)

        assert again.id == first.id
        assert len(audited()) == 1

    def test_after_the_sitting_begins_another(self, film):
        owner = db.session.get(User, film.owner_id)

        assert press_play(owner, film).id != press_play(owner, film, NOON + 4 * HOUR).id

    def test_the_owner_s_own_is_marked(self, film):
        assert press_play(db.session.get(User, film.owner_id), film).right == "owner"

    def test_a_refusal_is_remembered(self, guest, film):
        assert press_play(guest, film, NOON + 3 * HOUR) == Refusal(WhyNot.ENDED)
        assert press_play(a_guest(), film) == Refusal(WhyNot.UNKNOWN)
        assert press_play(guest, "nobodyskey234567") == Refusal(WhyNot.UNKNOWN)

        assert [facts["why"] for _kind, facts in audited()] == ["ended", "unknown", "unknown"]

    def test_many_presses_at_once_are_one_sitting(self, app, guest, film):
        guest_id, key = guest.id, film.key
        db.session.remove()

        def press(_number):
            with app.app_context():
                viewing = press_play(db.session.get(User, guest_id), key)
                db.session.remove()
                return viewing.id

        with ThreadPoolExecutor(8) as crowd:
            viewings = set(crowd.map(press, range(24)))

        assert len(viewings) == 1
        assert db.session.scalar(select(func.count()).select_from(Viewing)) == 1


class TestEveryByte:
    @pytest.fixture
    def viewing(self, guest, film):
        return press_play(guest, film)

    @pytest.fixture
    def token(self, guest):
        return signed_in(guest)

    def test_is_allowed_to_whom_the_viewing_belongs(self, viewing, token, guest, film):
        media = playback.may_fetch(viewing.key, token, at=NOON + HOUR)

        assert isinstance(media, MediaToSend)
        assert (media.user_id, media.store_key, media.size_bytes) == (guest.id, film.key * 2, 1000)

    def test_is_checked_by_one_query(self, app, viewing, token):
        seen = []
        listen = (db.engine, "before_cursor_execute", lambda *happening: seen.append(happening[2]))
        event.listen(*listen)
        try:
            playback.may_fetch(viewing.key, token, at=NOON)
        finally:
            event.remove(*listen)

        assert len([statement for statement in seen if statement.startswith("SELECT")]) == 1

    def test_is_refused_to_somebody_else_who_is_named_too(self, viewing, film):
        other = a_guest()
        a_grant(film, other)

        assert playback.may_fetch(viewing.key, signed_in(other), at=NOON) is None

    def test_is_refused_to_strangers(self, viewing):
        assert playback.may_fetch(viewing.key, "", at=NOON) is None
        assert playback.may_fetch("nobodyskey234567", "", at=NOON) is None

    def test_stops_when_the_grant_ends(self, viewing, token):
        assert playback.may_fetch(viewing.key, token, at=NOON + HOUR)
        with transaction():
            db.session.get(type(viewing), viewing.id).ends_at = NOON + 9 * HOUR

        assert (
            playback.may_fetch(
                viewing.key, signed_in(db.session.get(User, viewing.user_id), NOON + 3 * HOUR), at=NOON + 3 * HOUR
            )
            is None
        )

    def test_stops_when_the_grant_is_revoked(self, guest, token):
        film = a_film()
        grant = a_grant(film, guest)
        viewing = press_play(guest, film)
        with transaction():
            grant.revoked_at = NOON

        assert playback.may_fetch(viewing.key, token, at=NOON) is None

    def test_goes_on_by_another_grant(self, guest, token):
        folder = a_folder()
        film = a_film(folder=folder)
        grant = a_grant(film, guest)
        viewing = press_play(guest, film)
        a_grant(folder, guest)
        with transaction():
            grant.revoked_at = NOON

        assert playback.may_fetch(viewing.key, token, at=NOON)

    def test_stops_when_the_session_leaves_the_folder(self, guest, token):
        folder = a_folder()
        film = a_film(folder=folder)
        a_grant(folder, guest)
        viewing = press_play(guest, film)
        assert playback.may_fetch(viewing.key, token, at=NOON)
        with transaction():
            film.folder_id = None

        assert playback.may_fetch(viewing.key, token, at=NOON) is None

    def test_stops_with_the_sign_in(self, viewing, token, guest):
        with transaction():
            sign_ins.end_all(guest, by=guest, because="test", at=NOON)

        assert playback.may_fetch(viewing.key, token, at=NOON) is None

    def test_stops_when_nobody_was_there_for_too_long(self, viewing, token):
        assert playback.may_fetch(viewing.key, token, at=NOON + 2 * HOUR) is None

    @pytest.mark.parametrize("change", [{"state": UserState.DISABLED}, {"ends_at": NOON}])
    def test_stops_with_the_account(self, viewing, token, guest, change):
        with transaction():
            for name, value in change.items():
                setattr(guest, name, value)

        assert playback.may_fetch(viewing.key, token, at=NOON) is None

    def test_stops_while_the_session_is_made_anew(self, viewing, token, film):
        with transaction():
            film.state = VideoState.PROCESSING

        assert playback.may_fetch(viewing.key, token, at=NOON) is None

    def test_stops_with_the_sitting(self, film):
        owner = db.session.get(User, film.owner_id)
        viewing, token = press_play(owner, film), signed_in(owner, NOON + 4 * HOUR)

        assert playback.may_fetch(viewing.key, token, at=NOON + 4 * HOUR) is None

    def test_waits_for_the_policy(self, film):
        newcomer = a_guest(accepted=False)
        a_grant(film, newcomer)
        viewing = press_play(newcomer, film)

        assert playback.may_fetch(viewing.key, signed_in(newcomer), at=NOON) is None


class TestWhyItStopped:
    def test_nothing_is_said_to_who_never_watched(self, guest, film):
        with pytest.raises(NotFound):
            playback.standing(guest, film.key, at=NOON)
        with pytest.raises(NotFound):
            playback.standing(guest, "nobodyskey234567", at=NOON)

    def test_it_may_go_on(self, guest, film):
        press_play(guest, film)

        assert playback.standing(guest, film.key, at=NOON).stop is None

    def test_each_reason_has_its_time(self, guest, film):
        press_play(guest, film)
        grant = db.session.scalars(select(Grant)).one()

        ended = playback.standing(guest, film.key, at=NOON + 3 * HOUR)
        with transaction():
            grant.ends_at = None
        over = playback.standing(guest, film.key, at=NOON + 4 * HOUR)
        with transaction():
            grant.revoked_at = NOON + HOUR
        revoked = playback.standing(guest, film.key, at=NOON + 2 * HOUR)

        assert (ended.stop, ended.since) == (Stop.ENDED, NOON + 3 * HOUR)
        assert (over.stop, over.since) == (Stop.SITTING_OVER, NOON + 4 * HOUR)
        assert (revoked.stop, revoked.since, revoked.by.id) == (Stop.REVOKED, NOON + HOUR, film.owner_id)

    def test_a_session_made_anew_is_not_ready(self, guest, film):
        press_play(guest, film)
        with transaction():
            film.state = VideoState.PROCESSING

        assert playback.standing(guest, film.key, at=NOON).stop is Stop.NOT_READY
