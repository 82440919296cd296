"""Watching: sittings, and the right to every byte."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from portal.basics.errors import NotFound
from portal.basics.roles import UserState
from portal.domain import media_rights, playback, sign_ins
from portal.domain.access import WhyNot
from portal.domain.playback import Elsewhere, MediaToSend, Refusal, Stop
from portal.storage.db import db, transaction
from portal.storage.models import (
    AuditEvent,
    MediaFile,
    MediaKind,
    PasswordUnlock,
    SignIn,
    Stream,
    User,
    VideoState,
    ViewBudget,
    Viewing,
    WhenItEnds,
)
from tests.factories import NOON, a_folder, a_grant, a_guest, a_video_session, an_admin

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.usefixtures("app")


def a_film(**given):
    """A ready session with a rendition."""
    video_session = a_video_session(**({"ready_at": NOON - HOUR} | given))
    with transaction():
        file = MediaFile(video_session_id=video_session.id, kind=MediaKind.RENDITION, store_key=video_session.key * 2)
        file.content_type, file.size_bytes, file.created_at = "video/mp4", 1000, NOON
        db.session.add(file)
    return video_session


def a_browser(user, at=NOON, device="a test"):
    """A new sign-in of this person's, and its token."""
    with transaction():
        token = sign_ins.start(user, network="127.0.0.1", device=device, at=at)
    return db.session.scalars(select(SignIn).order_by(SignIn.id.desc()).limit(1)).one(), token


def here(user, at=NOON):
    """Their newest sign-in that is live; a new one where there is none."""
    live = sign_ins.listed_for(user, at=at)
    return live[0] if live else a_browser(user, at)[0]


def press_play(viewer, video_session, at=NOON, *, sign_in=None, move_here=False):
    sign_in = sign_in or here(viewer, at)
    with transaction():
        key = getattr(video_session, "key", video_session)
        return playback.start(viewer, key, sign_in=sign_in, at=at, move_here=move_here)


def sitting_of(stream) -> Viewing:
    return db.session.get_one(Viewing, stream.viewing_id)


def audited():
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.sequence))
    return [(event.kind, event.facts) for event in events if event.kind.startswith("viewing:")]


def views_taken():
    return db.session.scalar(select(func.coalesce(func.sum(ViewBudget.taken), 0)))


def change(row, **values):
    with transaction():
        for name, value in values.items():
            setattr(row, name, value)


@pytest.fixture
def film():
    return a_film()


@pytest.fixture
def grant(film):
    """Somebody is named on the film until three o'clock."""
    return a_grant(film, a_guest(), ends_at=NOON + 3 * HOUR)


@pytest.fixture
def guest(grant):
    return db.session.get_one(User, grant.guest_id)


class TestPressingPlay:
    def test_begins_a_sitting_and_says_so_in_the_audit(self, guest, film):
        sitting = sitting_of(press_play(guest, film))

        owner = db.session.get_one(User, film.owner_id)
        facts = {"by": owner.display_name, "folder": None, "event": None, "password_passed_by": False}
        assert (sitting.user_id, sitting.right) == (guest.id, "grant")
        assert audited() == [("viewing:started", {"right": "grant", "title": film.title, **facts})]

    def test_the_audit_names_the_folder_and_the_password_that_was_not_asked(self):
        folder, guest = a_folder(title="Donors"), a_guest()
        film = a_film(folder=folder, password_hash="v1$none")
        a_grant(folder, guest)

        press_play(guest, film)

        [(_, facts)] = audited()
        assert (facts["folder"], facts["password_passed_by"]) == ("Donors", True)

    @pytest.mark.parametrize(("length", "hours"), [(60.0, 4), (2 * 3600.0, 4), (3 * 3600.0, 6), (None, 4)])
    def test_a_sitting_lasts_twice_the_length_and_at_least_four_hours(self, length, hours):
        film = a_film(length_seconds=length)

        assert sitting_of(press_play(db.session.get(User, film.owner_id), film)).ends_at == NOON + hours * HOUR

    def test_again_takes_up_the_open_sitting_and_no_view(self, guest, film, grant):
        change(grant, views_limit=2)

        first, again = press_play(guest, film), press_play(guest, film, NOON + HOUR)

        assert (again.id, again.viewing_id) == (first.id, first.viewing_id)
        assert len(audited()) == 1
        assert views_taken() == 1

    def test_after_the_sitting_begins_another(self, film):
        owner = db.session.get(User, film.owner_id)

        assert press_play(owner, film).viewing_id != press_play(owner, film, NOON + 4 * HOUR).viewing_id

    def test_uses_the_views_up_one_a_sitting(self, guest, film, grant):
        change(grant, views_limit=2, ends_at=None)

        answers = [press_play(guest, film, NOON + hours * HOUR) for hours in (0, 5, 10)]

        assert isinstance(answers[1], Stream)
        assert answers[2] == Refusal(WhyNot.USED_UP)
        assert views_taken() == 2

    def test_the_owner_s_own_is_marked_and_takes_none(self, film):
        assert sitting_of(press_play(db.session.get(User, film.owner_id), film)).right == "owner"
        assert views_taken() == 0

    def test_a_refusal_is_remembered(self, guest, film):
        assert press_play(guest, film, NOON + 3 * HOUR) == Refusal(WhyNot.ENDED)
        assert press_play(a_guest(), film) == Refusal(WhyNot.UNKNOWN)
        assert press_play(guest, "nobodyskey234567") == Refusal(WhyNot.UNKNOWN)

        assert [facts["why"] for _kind, facts in audited()] == ["ended", "unknown", "unknown"]

    def test_many_presses_at_once_are_one_sitting_and_one_view(self, app, guest, film, grant):
        change(grant, views_limit=9)
        guest_id, key, sign_in_id = guest.id, film.key, here(guest).id
        db.session.remove()

        def press(_number):
            with app.app_context():
                sign_in = db.session.get(SignIn, sign_in_id)
                stream = press_play(db.session.get(User, guest_id), key, sign_in=sign_in)
                db.session.remove()
                return stream.viewing_id

        with ThreadPoolExecutor(8) as crowd:
            viewings = set(crowd.map(press, range(24)))

        assert len(viewings) == 1
        assert db.session.scalar(select(func.count()).select_from(Viewing)) == 1
        assert views_taken() == 1


class TestOneStreamAGuest:
    @pytest.fixture
    def desk(self, guest):
        return a_browser(guest, device="Firefox on Windows")

    @pytest.fixture
    def phone(self, guest):
        return a_browser(guest, device="Safari on iPhone")

    def test_another_device_is_asked_about_first_and_nothing_is_taken(self, guest, film, grant, desk, phone):
        change(grant, views_limit=1)
        press_play(guest, film, sign_in=desk[0])
        other = a_film(title="Another")
        a_grant(other, guest, views_limit=1)

        answer = press_play(guest, other, NOON + SECOND, sign_in=phone[0])

        assert isinstance(answer, Elsewhere)
        assert (answer.device, answer.title, answer.key) == ("Firefox on Windows", film.title, film.key)
        assert views_taken() == 1

    def test_moving_takes_no_view_and_ends_the_other(self, guest, film, grant, desk, phone):
        change(grant, views_limit=1)
        there = press_play(guest, film, sign_in=desk[0])

        moved = press_play(guest, film, NOON + SECOND, sign_in=phone[0], move_here=True)

        assert moved.viewing_id == there.viewing_id
        assert moved.trace_code != there.trace_code
        assert views_taken() == 1
        assert playback.may_fetch(there.key, desk[1], at=NOON + 2 * SECOND) is None
        assert playback.may_fetch(moved.key, phone[1], at=NOON + 2 * SECOND)
        devices = {"from_device": "Firefox on Windows", "to_device": "Safari on iPhone"}
        assert audited()[-1] == ("viewing:moved", devices)

    def test_the_other_is_told_where_it_went(self, guest, film, desk, phone):
        there = press_play(guest, film, sign_in=desk[0])
        press_play(guest, film, NOON + SECOND, sign_in=phone[0], move_here=True)

        told = playback.standing(guest, there.key, sign_in=desk[0], at=NOON + MINUTE)

        assert (told.stop, told.since, told.moved_to) == (Stop.MOVED, NOON + SECOND, "Safari on iPhone")

    def test_one_that_was_left_a_minute_ago_is_not_asked_about(self, guest, film, desk, phone):
        press_play(guest, film, sign_in=desk[0])

        assert isinstance(press_play(guest, film, NOON + MINUTE, sign_in=phone[0]), Stream)
        assert "viewing:moved" not in [kind for kind, _facts in audited()]

    def test_one_that_is_signed_out_is_not_asked_about(self, guest, film, desk, phone):
        press_play(guest, film, sign_in=desk[0])
        with transaction():
            sign_ins.end(desk[0], by=guest, because="test", at=NOON)

        assert isinstance(press_play(guest, film, NOON + SECOND, sign_in=phone[0]), Stream)

    def test_another_recording_in_the_same_browser_takes_its_place(self, guest, film, desk):
        first = press_play(guest, film, sign_in=desk[0])
        other = a_film()
        a_grant(other, guest)

        second = press_play(guest, other, NOON + SECOND, sign_in=desk[0])

        assert playback.may_fetch(first.key, desk[1], at=NOON + SECOND) is None
        assert playback.may_fetch(second.key, desk[1], at=NOON + SECOND)
        told = playback.standing(guest, first.key, sign_in=desk[0], at=NOON + SECOND)
        assert (told.stop, told.moved_to) == (Stop.MOVED, None)

    def test_staff_may_watch_in_several_places(self, film):
        admin = an_admin()
        desk, phone = a_browser(admin), a_browser(admin)
        first = press_play(admin, film, sign_in=desk[0])
        second = press_play(admin, film, sign_in=phone[0])

        assert playback.may_fetch(first.key, desk[1], at=NOON)
        assert playback.may_fetch(second.key, phone[1], at=NOON)


class TestAStartThatDeliveredNothing:
    @pytest.fixture
    def limited(self, grant):
        change(grant, views_limit=1)
        return grant

    def give_back(self, at):
        with transaction():
            return playback.give_back_failed_starts(at=at)

    def fetch(self, guest, stream, token, at):
        media = playback.may_fetch(stream.key, token, at=at)
        assert media is not None
        with transaction():
            return playback.note_delivery(media, at=at)

    def test_is_given_back(self, guest, film, limited):
        stream = press_play(guest, film)

        assert self.give_back(NOON + 10 * MINUTE) == 0
        assert self.give_back(NOON + 11 * MINUTE) == 1
        assert self.give_back(NOON + 12 * MINUTE) == 0
        assert views_taken() == 0
        assert sitting_of(stream).given_back_at == NOON + 11 * MINUTE
        assert audited()[-1][0] == "viewing:given-back"

    def test_and_the_view_can_be_used_again(self, guest, film, limited):
        press_play(guest, film)
        self.give_back(NOON + 11 * MINUTE)

        assert isinstance(press_play(guest, film, NOON + 12 * MINUTE), Stream)

    def test_one_byte_is_enough_to_keep_it(self, guest, film, limited):
        sign_in, token = a_browser(guest)
        stream = press_play(guest, film, sign_in=sign_in)
        assert self.fetch(guest, stream, token, NOON + MINUTE)

        assert self.give_back(NOON + HOUR) == 0
        assert views_taken() == 1

    def test_a_byte_that_comes_too_late_does_not_leave(self, guest, film, limited):
        sign_in, token = a_browser(guest)
        stream = press_play(guest, film, sign_in=sign_in)
        asked = playback.may_fetch(stream.key, token, at=NOON + 11 * MINUTE)
        assert asked is not None
        self.give_back(NOON + 11 * MINUTE)

        with transaction():
            assert not playback.note_delivery(asked, at=NOON + 11 * MINUTE)
        assert playback.may_fetch(stream.key, token, at=NOON + 11 * MINUTE) is None

    def test_words_that_come_too_late_are_not_read(self, guest, film, limited):
        stream = press_play(guest, film)
        self.give_back(NOON + 11 * MINUTE)

        with transaction():
            assert not media_rights.note_first(stream.viewing_id, at=NOON + 11 * MINUTE)

    def test_words_after_the_first_byte_leave_it_as_it_is(self, guest, film, limited):
        sign_in, token = a_browser(guest)
        stream = press_play(guest, film, sign_in=sign_in)
        assert self.fetch(guest, stream, token, NOON + MINUTE)

        with transaction():
            assert media_rights.note_first(stream.viewing_id, at=NOON + 2 * MINUTE)
        assert sitting_of(stream).delivered_at == NOON + MINUTE


class TestEveryByte:
    @pytest.fixture
    def browser(self, guest):
        return a_browser(guest)

    @pytest.fixture
    def stream(self, guest, film, browser):
        return press_play(guest, film, sign_in=browser[0])

    @pytest.fixture
    def allowed(self, stream, browser):
        """Whether the player may have bytes at a moment."""

        def ask(at=NOON):
            return playback.may_fetch(stream.key, browser[1], at=at) is not None

        assert ask()
        return ask

    def test_is_allowed_to_whom_the_player_belongs(self, stream, browser, guest, film):
        media = playback.may_fetch(stream.key, browser[1], at=NOON + HOUR)

        assert isinstance(media, MediaToSend)
        assert (media.user_id, media.store_key, media.size_bytes) == (guest.id, film.key * 2, 1000)
        assert (media.is_first, media.needs_touch) == (True, True)

    def test_is_checked_by_one_query(self, app, stream, browser):
        seen = []
        listen = (db.engine, "before_cursor_execute", lambda *happening: seen.append(happening[2]))
        event.listen(*listen)
        try:
            playback.may_fetch(stream.key, browser[1], at=NOON)
        finally:
            event.remove(*listen)

        assert len([statement for statement in seen if statement.startswith("SELECT")]) == 1

    def test_is_refused_to_somebody_else_who_is_named_too(self, stream, film):
        other = a_guest()
        a_grant(film, other)

        assert playback.may_fetch(stream.key, a_browser(other)[1], at=NOON) is None

    def test_is_refused_in_another_browser_of_the_same_person(self, stream, guest):
        assert playback.may_fetch(stream.key, a_browser(guest)[1], at=NOON) is None

    def test_is_refused_to_strangers(self, stream):
        assert playback.may_fetch(stream.key, "", at=NOON) is None
        assert playback.may_fetch("nobodyskey234567", "", at=NOON) is None

    @pytest.mark.parametrize(("when_it_ends", "goes_on"), [(WhenItEnds.FINISH, True), (WhenItEnds.STOP, False)])
    def test_at_the_end_of_the_grant_it_finishes_or_stops(self, allowed, grant, when_it_ends, goes_on):
        change(grant, when_it_ends=when_it_ends, ends_at=NOON + HOUR)

        assert allowed(NOON + HOUR - SECOND)
        assert allowed(NOON + HOUR) is goes_on

    def test_finishing_ends_with_the_sitting(self, allowed, grant, browser):
        change(grant, ends_at=NOON + HOUR)
        change(browser[0], idle_ends_at=NOON + 20 * HOUR)

        assert allowed(NOON + 4 * HOUR - SECOND)
        assert not allowed(NOON + 4 * HOUR)

    @pytest.mark.parametrize("when_it_ends", WhenItEnds)
    def test_stops_when_the_grant_is_revoked(self, allowed, grant, when_it_ends):
        change(grant, when_it_ends=when_it_ends, revoked_at=NOON)

        assert not allowed()

    def test_rests_on_the_grant_it_was_begun_by(self, allowed, grant, guest, film):
        a_grant(film, guest)
        change(grant, revoked_at=NOON)

        assert not allowed()
        assert isinstance(press_play(guest, film), Stream)

    def test_stops_when_the_session_leaves_the_folder(self, guest):
        folder = a_folder()
        film = a_film(folder=folder)
        a_grant(folder, guest)
        sign_in, token = a_browser(guest)
        stream = press_play(guest, film, sign_in=sign_in)
        assert playback.may_fetch(stream.key, token, at=NOON)
        change(film, folder_id=None)

        assert playback.may_fetch(stream.key, token, at=NOON) is None

    @pytest.mark.parametrize(
        "closing",
        [{"is_published": False}, {"closes_at": NOON}, {"opens_at": NOON + HOUR}, {"state": VideoState.PROCESSING}],
        ids=str,
    )
    def test_stops_when_the_session_is_closed_to_all(self, allowed, film, closing):
        change(film, **closing)

        assert not allowed()

    def test_stops_with_the_password_it_was_begun_by(self):
        film = a_film(password_hash="v1$none", password_version=1)
        stranger = a_guest()
        sign_in, token = a_browser(stranger)
        unlock = {"sign_in_id": sign_in.id, "video_session_id": film.id, "password_version": 1, "created_at": NOON}
        with transaction():
            db.session.add(PasswordUnlock(**unlock))
        stream = press_play(stranger, film, sign_in=sign_in)
        assert playback.may_fetch(stream.key, token, at=NOON)

        change(film, password_version=2)

        assert playback.may_fetch(stream.key, token, at=NOON) is None
        assert playback.standing(stranger, stream.key, sign_in=sign_in, at=NOON).stop is Stop.PASSWORD

    def test_stops_with_the_sign_in(self, allowed, guest):
        with transaction():
            sign_ins.end_all(guest, by=guest, because="test", at=NOON)

        assert not allowed()

    def test_stops_when_nobody_was_there_for_too_long(self, allowed):
        assert not allowed(NOON + 2 * HOUR)

    @pytest.mark.parametrize("ending", [{"state": UserState.DISABLED}, {"ends_at": NOON}], ids=str)
    def test_stops_with_the_account(self, allowed, guest, ending):
        change(guest, **ending)

        assert not allowed()

    def test_stops_with_the_sitting(self, film):
        owner = db.session.get(User, film.owner_id)
        stream = press_play(owner, film)
        sign_in, token = a_browser(owner, NOON + 4 * HOUR)
        change(stream, sign_in_id=sign_in.id)

        assert playback.may_fetch(stream.key, token, at=NOON + 4 * HOUR - SECOND)
        assert playback.may_fetch(stream.key, token, at=NOON + 4 * HOUR) is None

    def test_waits_for_the_policy(self, film):
        newcomer = a_guest(accepted=False)
        a_grant(film, newcomer)
        sign_in, token = a_browser(newcomer)
        stream = press_play(newcomer, film, sign_in=sign_in)

        assert playback.may_fetch(stream.key, token, at=NOON) is None

    def test_is_noted_once_and_then_now_and_again(self, stream, browser):
        def fetched(at):
            media = playback.may_fetch(stream.key, browser[1], at=at)
            assert media is not None
            if media.is_first or media.needs_touch:
                with transaction():
                    assert playback.note_delivery(media, at=at)
            return media.is_first, media.needs_touch

        assert fetched(NOON) == (True, False)
        assert fetched(NOON + SECOND) == (False, False)
        assert fetched(NOON + 20 * SECOND) == (False, True)
        assert fetched(NOON + 21 * SECOND) == (False, False)


class TestWhyItStopped:
    @pytest.fixture
    def browser(self, guest):
        return a_browser(guest)

    @pytest.fixture
    def stream(self, guest, film, browser):
        return press_play(guest, film, sign_in=browser[0])

    @pytest.fixture
    def told(self, guest, stream, browser):
        """How the player stands at a moment."""
        return lambda at: playback.standing(guest, stream.key, sign_in=browser[0], at=at)

    def test_nothing_is_said_to_who_never_had_the_player(self, stream, browser):
        for viewer, key in ((a_guest(), stream.key), (a_guest(), "nobodyskey234567")):
            with pytest.raises(NotFound):
                playback.standing(viewer, key, sign_in=browser[0], at=NOON)

    def test_it_may_go_on(self, told):
        assert told(NOON).stop is None

    def test_each_reason_has_its_time(self, told, grant, film):
        change(grant, when_it_ends=WhenItEnds.STOP)
        ended = told(NOON + 3 * HOUR)
        change(grant, ends_at=None)
        over = told(NOON + 4 * HOUR)
        change(grant, revoked_at=NOON + HOUR)
        revoked = told(NOON + 2 * HOUR)

        assert (ended.stop, ended.since) == (Stop.ENDED, NOON + 3 * HOUR)
        assert (over.stop, over.since) == (Stop.SITTING_OVER, NOON + 4 * HOUR)
        assert (revoked.stop, revoked.since, revoked.by.id) == (Stop.REVOKED, NOON + HOUR, film.owner_id)

    def test_the_last_view_is_over_with_its_sitting(self, told, grant):
        change(grant, views_limit=1, ends_at=None)
        with transaction():
            db.session.execute(db.update(ViewBudget).values(taken=1))

        stopped = told(NOON + 4 * HOUR)

        assert (stopped.stop, stopped.since) == (Stop.USED_UP, NOON + 4 * HOUR)

    def test_a_start_that_was_given_back_is_over(self, told):
        with transaction():
            playback.give_back_failed_starts(at=NOON + 11 * MINUTE)

        assert (told(NOON + HOUR).stop, told(NOON + HOUR).since) == (Stop.SITTING_OVER, NOON + 11 * MINUTE)

    @pytest.mark.parametrize(
        ("closing", "why"),
        [
            ({"is_published": False}, WhyNot.UNPUBLISHED),
            ({"closes_at": NOON}, WhyNot.CLOSED),
            ({"opens_at": NOON + HOUR}, WhyNot.NOT_OPEN),
            ({"state": VideoState.PROCESSING}, WhyNot.NOT_READY),
        ],
        ids=str,
    )
    def test_a_session_that_is_closed_to_all_says_how(self, told, film, closing, why):
        change(film, **closing)

        assert (told(NOON).stop, told(NOON).why) == (Stop.NOT_OPEN, why)

    def test_by_another_grant_it_goes_on_with_a_new_press(self, told, grant, guest, film):
        a_grant(film, guest)
        change(grant, revoked_at=NOON)

        assert told(NOON).stop is Stop.SITTING_OVER

    def test_another_version_plays(self, guest, stream, browser, film):
        def told(version):
            return playback.standing(guest, stream.key, sign_in=browser[0], at=NOON, version=version).stop

        assert (told(1), told(None)) == (None, None)
        change(film, media_version=2)
        assert (told(1), told(2)) == (Stop.REPLACED, None)

    def test_signed_in_anew_it_goes_on_with_a_new_press(self, guest, stream):
        assert playback.standing(guest, stream.key, sign_in=a_browser(guest)[0], at=NOON).stop is Stop.SIGNED_OUT
