"""The page of a session, its player, and its bytes."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from portal.basics import dates
from portal.domain import playback, watching
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import (
    MediaFile,
    MediaKind,
    PasswordUnlock,
    SignIn,
    Stream,
    VideoState,
    ViewBudget,
    Viewing,
    WatchRecord,
    WhenItEnds,
)
from portal.web import sending
from tests.factories import a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin
from tests.page_checks import text_of

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
FILM = bytes(range(256)) * 12_000  # three stretches, the last one shorter


def a_film(*, poster: bool = False, content: bytes = FILM, **given):
    """A ready session whose rendition is in the media store."""
    video_session = a_video_session(**({"ready_at": NOW - 30 * DAY, "created_at": NOW - 30 * DAY} | given))
    files = [(MediaKind.RENDITION, "video/mp4", content)]
    files += [(MediaKind.POSTER, "image/jpeg", b"a picture")] if poster else []
    for kind, content_type, data in files:
        upload = tools().media.incoming_folder / "upload"
        upload.write_bytes(data)
        key = tools().media.adopt(upload)
        with transaction():
            facts = {"kind": kind, "content_type": content_type, "size_bytes": len(data), "created_at": NOW}
            db.session.add(MediaFile(video_session_id=video_session.id, store_key=key, **facts))
    return video_session


@contextmanager
def counted_queries(app):
    """The statements that read or write a table, as they happen."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_):
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture
def dana(app):
    return a_sponsor(name="Dana Lee", address="dana.lee@aldermere.example")


@pytest.fixture
def imani(dana):
    return a_guest(name="Imani Okafor", sponsor=dana)


@pytest.fixture
def film(dana):
    return a_film(owner=dana, title="Meadow Morning", poster=True)


@pytest.fixture
def grant(film, imani):
    return a_grant(film, imani, ends_at=NOW + 3 * DAY, created_at=NOW)


@pytest.fixture
def browser(client, imani, grant):
    """Imani's, who is named on the film."""
    client.sign_in_as(imani)
    return client


def change(row, **values):
    with transaction():
        kept = db.session.get_one(type(row), row.id)
        for name, value in values.items():
            setattr(kept, name, value)


def pressed_play(browser, film):
    """Presses play, whatever it takes, and gives the address of the film."""
    page = browser.get(f"/watch/{film.key}")
    browser.press(next(name for name in page.buttons if name.startswith(("Play", "Go on"))), follow=True)
    [video] = browser.current.page.iter("video")
    return video.get("src").partition("#")[0]


def state_url(source):
    return source.replace("/media/", "/players/").replace("/film", "/state")


def told_state(browser, source):
    return browser.get(state_url(source)).response.json


def report(browser, parts=(), position=0.0, *, source="", body=None):
    """Tells as the script of the page does."""
    if not source:
        [player] = [node for node in browser.current.page.iter("div") if node.get("data-player") is not None]
        source = player.get("data-film")
    token = browser.current.value("csrf_token")
    given = {"data": body, "content_type": "application/json"} if body is not None else {}
    given = given or {"json": {"parts": list(parts), "position": position}}
    url = state_url(source).replace("/state", "/report")
    return browser.open("POST", url, headers={"X-CSRFToken": token}, **given).response


def unlock(person, film):
    """The video's password was given in every browser of this person."""
    for sign_in in db.session.query(SignIn).filter_by(user_id=person.id):
        given = {"sign_in_id": sign_in.id, "video_session_id": film.id, "created_at": NOW}
        with transaction():
            db.session.add(PasswordUnlock(password_version=film.password_version, **given))


def fetch(browser, url, method="GET", **headers):
    return browser.open(
        method, url, headers={name.replace("_", "-"): value for name, value in headers.items()}
    ).response


class TestTheWatchPage:
    def test_says_by_what_right_it_opens_and_until_when(self, browser, film):
        page = browser.get(f"/watch/{film.key}")

        assert page.heading == "Meadow Morning"
        assert "Dana Lee named you on this recording on" in page.text
        assert "password" not in page.text
        assert "Pause, reload and come back freely until" in page.text
        assert "Your name will move over the picture." in page.text
        assert page.links["Write to Dana Lee"].startswith("mailto:dana.lee@aldermere.example?subject=Meadow%20Morning")

    def test_says_that_no_password_is_needed_where_there_is_one(self, browser, film):
        change(film, password_hash="v1$none")

        text = browser.get(f"/watch/{film.key}").text

        assert "Dana Lee named you on this recording on" in text
        assert "No password is needed." in text

    def test_opening_it_begins_nothing_and_changes_nothing(self, browser, film):
        browser.get(f"/watch/{film.key}")

        assert db.session.query(Viewing).count() == 0
        assert db.session.query(WatchRecord).count() == 0

    def test_a_script_of_the_page_says_that_it_was_opened(self, browser, film, imani):
        browser.get(f"/watch/{film.key}")
        token = browser.current.value("csrf_token")

        for _ in range(2):
            answer = browser.open("POST", f"/watch/{film.key}/opened", headers={"X-CSRFToken": token})
            assert answer.status == 204

        assert watching.record_of(imani, film).opens == 2

    def test_pressing_play_shows_the_player(self, browser, film):
        source = pressed_play(browser, film)

        assert browser.current.url.startswith(f"/watch/{film.key}")
        assert "This sitting is open until" in browser.current.text
        assert fetch(browser, source).data == FILM

    @pytest.mark.parametrize(
        ("limit", "taken", "button"),
        [
            (None, 0, "Play"),
            (1, 0, "Play uses your one view"),
            (2, 0, "Play uses 1 of 2 views"),
            (2, 1, "Play uses the last of 2 views"),
            (5, 2, "Play uses 1 of 3 views left"),
        ],
    )
    def test_the_button_carries_the_price(self, browser, film, grant, limit, taken, button):
        change(grant, views_limit=limit)
        with transaction():
            db.session.add(ViewBudget(grant_id=grant.id, video_session_id=film.id, taken=taken))

        page = browser.get(f"/watch/{film.key}")

        assert button in page.buttons
        left = "As often as you like" if limit is None else f"{limit - taken} of {limit} left"
        assert left in page.text

    def test_a_view_is_taken_once_a_sitting(self, browser, film, grant):
        change(grant, views_limit=2)
        pressed_play(browser, film)

        page = browser.get(f"/watch/{film.key}")

        assert "1 of 2 left" in page.text
        assert "no further view is taken" in page.text
        assert not any(button.startswith("Play") for button in page.buttons)

    def test_where_they_stopped_is_where_they_go_on_on_another_device_too(
        self, browser, new_client, film, grant, imani
    ):
        change(grant, views_limit=2)
        pressed_play(browser, film)
        report(browser, [[0, 160.0]], position=160.0)
        phone = new_client()
        phone.sign_in_as(imani)

        assert "Go on from 2:40 takes no further view" in phone.get(f"/watch/{film.key}").buttons
        [video] = browser.get(f"/watch/{film.key}").page.iter("video")
        assert video.get("src").endswith("#t=160.0")

    def test_after_the_sitting_going_on_takes_a_view_again(self, browser, film, grant):
        change(grant, views_limit=2)
        pressed_play(browser, film)
        report(browser, [[0, 160.0]], position=160.0)
        change(db.session.query(Viewing).one(), ends_at=datetime.now(UTC))

        assert "Go on from 2:40 uses the last of 2 views" in browser.get(f"/watch/{film.key}").buttons

    def test_the_free_time_ends_with_what_stops_it_before(self, browser, film, grant):
        at = datetime.now(UTC)
        in_an_hour = dates.clock_time(at + timedelta(hours=1), tools().settings.time_zone, at)
        free = f"come back freely until {in_an_hour}."
        change(grant, ends_at=at + timedelta(hours=1))

        assert free not in browser.get(f"/watch/{film.key}").text
        change(grant, when_it_ends=WhenItEnds.STOP)
        assert free in browser.get(f"/watch/{film.key}").text
        change(grant, when_it_ends=WhenItEnds.FINISH)
        change(film, closes_at=at + timedelta(hours=1))
        assert free in browser.get(f"/watch/{film.key}").text

    def test_an_ended_grant_lets_the_sitting_finish_and_says_so(self, browser, film, grant):
        source = pressed_play(browser, film)
        change(grant, ends_at=datetime.now(UTC))

        page = browser.get(f"/watch/{film.key}")

        assert "ended; you may finish this sitting" in page.text
        assert fetch(browser, source, Range="bytes=0-9").status_code == 206

    def test_shows_what_was_watched(self, browser, film):
        pressed_play(browser, film)
        assert fetch(browser, browser.current.page.find(".//video").get("src")).data
        report(browser, [[0, 30]], position=30)

        page = browser.get(f"/watch/{film.key}")

        assert "Watched 10%" in page.text

    def test_a_folder_is_named(self, client, imani, dana):
        shelf = a_folder(owner=dana, title="Winter term")
        a_grant(shelf, imani)
        client.sign_in_as(imani)

        assert "Dana Lee named you on the folder “Winter term”" in client.get(f"/watch/{a_film(folder=shelf).key}").text

    def test_more_from_the_same_person(self, browser, imani, dana, film):
        a_grant(a_film(owner=dana, title="Groundbreaking"), imani)
        a_grant(a_film(title="By somebody else"), imani)

        page = browser.get(f"/watch/{film.key}")

        assert "Groundbreaking" in page.links
        assert "By somebody else" not in page.links

    def test_what_is_not_theirs_is_what_does_not_exist(self, browser):
        browser.get("/")  # a browser's first page sets a cookie
        other, nothing = browser.get(f"/watch/{a_film().key}"), browser.get("/watch/nobodyskey234567")

        assert (other.status, other.text) == (nothing.status, nothing.text) == (404, nothing.text)
        assert {name for name, _ in other.response.headers} == {name for name, _ in nothing.response.headers}

    def test_before_it_is_ready_it_says_so(self, client, imani, dana):
        film = a_video_session(owner=dana, state=VideoState.PROCESSING, ready_at=None)
        a_grant(film, imani)
        client.sign_in_as(imani)

        assert client.get(f"/watch/{film.key}").heading == "This is being prepared"

    def test_the_owner_and_admins_see_it_play(self, client, dana, film):
        for person, why in ((dana, "This is your recording."), (an_admin(), "Admins may watch every recording.")):
            client.sign_in_as(person)
            assert why in client.get(f"/watch/{film.key}").text
            assert fetch(client, pressed_play(client, film)).status_code == 200

    def test_it_takes_five_queries_at_most(self, app, browser, film, imani, dana):
        a_grant(a_film(owner=dana, content=b"x"), imani)
        pressed_play(browser, film)
        address = f"/watch/{film.key}"

        with counted_queries(app) as seen:
            browser.get(address)

        assert len(seen) <= 5

    def test_a_stranger_is_led_to_the_sign_in_page(self, client, film):
        assert client.get(f"/watch/{film.key}").location.startswith("/sign-in")


class TestTheNameOverThePicture:
    def test_is_the_person_s_with_address_and_trace_code(self, browser, film, imani):
        pressed_play(browser, film)

        [name] = [node for node in browser.current.page.iter("p") if node.get("data-name") is not None]
        code = db.session.query(Stream).one().trace_code
        assert text_of(name) == f"Imani Okafor · {imani.address} · {code}"
        [video] = browser.current.page.iter("video")
        assert "nofullscreen" in video.get("controlslist")
        assert video.get("disablepictureinpicture") is not None

    def test_is_left_out_where_the_session_says_so(self, browser, film):
        change(film, shows_name=False)
        assert "Your name" not in browser.get(f"/watch/{film.key}").text

        pressed_play(browser, film)

        assert not [node for node in browser.current.page.iter("p") if node.get("data-name") is not None]
        [video] = browser.current.page.iter("video")
        assert "nofullscreen" not in video.get("controlslist")


class TestMovingHere:
    @pytest.fixture
    def phone(self, new_client, imani, grant):
        phone = new_client()
        phone.sign_in_as(imani)
        return phone

    def test_is_asked_first_and_takes_nothing(self, browser, phone, film, grant):
        change(grant, views_limit=2)
        there = pressed_play(browser, film)
        report(browser, [[0, 125]], position=125)
        phone.get(f"/watch/{film.key}")

        page = phone.press("Go on from 2:05 takes no further view", follow=True)

        assert page.heading == "You are watching on another device"
        assert "It stands at 2:05 there (a test). Moving it here takes no further view." in page.text
        assert page.links["Leave it there"] == "/"
        assert fetch(browser, there, Range="bytes=0-9").status_code == 206
        assert db.session.query(Stream).count() == 1

    def test_moves_the_picture_and_the_other_one_says_so(self, browser, phone, film):
        there = pressed_play(browser, film)
        phone.get(f"/watch/{film.key}")
        phone.press("Play", follow=True)

        page = phone.press("Move it here", follow=True)

        [video] = page.page.iter("video")
        assert fetch(phone, video.get("src"), Range="bytes=0-9").status_code == 206
        assert fetch(browser, there, Range="bytes=0-9").status_code == 404
        browser.get(f"/watch/{film.key}")
        state = told_state(browser, there)
        assert (state["why"], state["title"]) == ("moved", "This moved to another device")
        assert state["way_on"]["fields"] == {"move_here": "yes"}
        assert state["way_on"]["url"] == f"/watch/{film.key}/play"

    def test_another_recording_is_named(self, browser, phone, film, imani, dana):
        pressed_play(browser, film)
        other = a_film(owner=dana, title="Groundbreaking")
        a_grant(other, imani, views_limit=2)
        phone.get(f"/watch/{other.key}")

        page = phone.press("Play uses 1 of 2 views", follow=True)

        assert "“Meadow Morning” plays there (a test). It stops when you play this one here." in page.text
        assert "Moving it here uses 1 of 2 views." in page.text

    def test_there_is_nothing_to_ask_when_nothing_plays_elsewhere(self, browser, film):
        assert browser.get(f"/watch/{film.key}/move").location == f"/watch/{film.key}"


class TestPressingPlayWithoutARight:
    def test_on_what_is_not_theirs(self, browser, film):
        browser.get(f"/watch/{film.key}")
        token = browser.current.value("csrf_token")

        for key in (a_film().key, "nobodyskey234567"):
            assert browser.open("POST", f"/watch/{key}/play", data={"csrf_token": token}).status == 404

    def test_on_what_has_ended_meanwhile(self, browser, film, grant):
        browser.get(f"/watch/{film.key}")
        with transaction():
            grant.ends_at = datetime.now(UTC)

        assert browser.press("Play", follow=True).heading.startswith("This ended")
        assert db.session.query(Viewing).count() == 0


class TestBytes:
    @pytest.fixture
    def source(self, browser, film):
        return pressed_play(browser, film)

    @pytest.mark.parametrize(
        ("asked", "first", "last"),
        [("bytes=0-99", 0, 99), ("bytes=1000-1000", 1000, 1000), ("bytes=-5", len(FILM) - 5, len(FILM) - 1)],
    )
    def test_come_by_range(self, browser, source, asked, first, last):
        answer = fetch(browser, source, Range=asked)

        assert answer.status_code == 206
        assert answer.data == FILM[first : last + 1]
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(FILM)}"
        assert answer.headers["Content-Length"] == str(last - first + 1)

    def test_whole_long_ranges_are_sent_whole(self, browser, source):
        assert fetch(browser, source, Range=f"bytes=7-{len(FILM)}").data == FILM[7:]
        assert fetch(browser, source).data == FILM

    def test_from_here_on_is_answered_with_a_stretch(self, browser, source):
        answer = fetch(browser, source, Range="bytes=10-")

        assert answer.data == FILM[10 : 10 + sending.STRETCH]
        assert answer.headers["Content-Range"] == f"bytes 10-{9 + sending.STRETCH}/{len(FILM)}"

    def test_several_ranges_at_once_are_answered_with_all(self, browser, source):
        assert fetch(browser, source, Range="bytes=0-1,5-6").status_code == 200

    def test_behind_the_end_is_nothing(self, browser, source):
        answer = fetch(browser, source, Range=f"bytes={len(FILM)}-")

        assert answer.status_code == 416
        assert answer.headers["Content-Range"] == f"bytes */{len(FILM)}"

    def test_if_range_counts_for_the_same_file_only(self, browser, source):
        tag = fetch(browser, source, Range="bytes=0-0").headers["ETag"]

        assert fetch(browser, source, Range="bytes=0-0", If_Range=tag).status_code == 206
        for other in ('"another"', f"W/{tag}", "Sun, 22 Nov 2026 12:00:00 GMT"):
            assert fetch(browser, source, Range="bytes=0-0", If_Range=other).status_code == 200

    def test_head_tells_what_get_would(self, browser, source):
        for headers in ({}, {"Range": "bytes=5-9"}, {"Range": "bytes=5-"}):
            head, full = fetch(browser, source, "HEAD", **headers), fetch(browser, source, **headers)
            assert head.data == b""
            assert head.status_code == full.status_code
            for name in ("Content-Length", "Content-Range", "ETag", "Content-Type", "Accept-Ranges", "Cache-Control"):
                assert head.headers.get(name) == full.headers.get(name)

    def test_set_no_cookie_and_are_kept_nowhere(self, browser, source):
        answer = fetch(browser, source, Range="bytes=0-9")

        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "private, no-store"

    def test_add_two_queries_at_first_and_none_of_a_page_after_that(self, app, browser, source):
        """Later ones are asked for by one statement of the fast lane, on a connection of its own."""

        def queries():
            with counted_queries(app) as seen:
                fetch(browser, source, Range="bytes=0-9")
            return [statement for statement in seen if "sign_ins.token_hash" not in statement or "streams" in statement]

        assert [len(queries()), len(queries()), len(queries())] == [2, 0, 0]

    def test_a_head_delivers_nothing(self, browser, source):
        fetch(browser, source, "HEAD", Range="bytes=0-9")
        assert db.session.query(Viewing).one().delivered_at is None

        fetch(browser, source, Range="bytes=0-9")
        assert db.session.query(Viewing).one().delivered_at is not None

    def test_a_refused_range_delivers_nothing(self, browser, source):
        fetch(browser, source, Range=f"bytes={len(FILM)}-")

        assert db.session.query(Viewing).one().delivered_at is None

    def test_of_a_start_that_was_given_back_do_not_leave(self, browser, source):
        late = datetime.now(UTC) + timedelta(minutes=11)
        with transaction():
            assert playback.give_back_failed_starts(at=late) == 1

        assert fetch(browser, source, Range="bytes=0-9").status_code == 404

    def test_playing_keeps_the_sign_in_from_going_idle(self, browser, source):
        sign_in = db.session.query(SignIn).one()
        soon = datetime.now(UTC) + timedelta(minutes=5)
        change(sign_in, idle_ends_at=soon, last_seen_at=soon - timedelta(hours=2))

        fetch(browser, source, Range="bytes=0-9")

        assert db.session.query(SignIn).one().idle_ends_at > soon + timedelta(hours=1)

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_are_nobody_else_s(self, new_client, source, film, method):
        other, stranger = new_client(), new_client()
        colleague = a_guest()
        a_grant(film, colleague)
        other.sign_in_as(colleague)

        for browser in (other, stranger):
            answer = fetch(browser, source, method, Range="bytes=0-9")
            assert answer.status_code == 404
            assert not {"Content-Range", "ETag", "Accept-Ranges"} & set(answer.headers.keys())
            assert str(len(FILM)) not in str(answer.headers)

    def test_stop_at_the_next_range_once_revoked(self, browser, source, grant, film):
        assert fetch(browser, source, Range="bytes=0-9").status_code == 206
        with transaction():
            grant.revoked_at = datetime.now(UTC)

        assert fetch(browser, source, Range="bytes=10-19").status_code == 404

    def test_stop_in_the_middle_of_a_long_answer(self, browser, source, grant, app):
        answer = browser.http.get(source, buffered=False)
        parts = answer.iter_encoded()
        assert next(parts) == FILM[: sending.STRETCH]
        with transaction():
            db.session.get(type(grant), grant.id).revoked_at = datetime.now(UTC)

        with pytest.raises(ConnectionResetError):
            list(parts)

    def test_stop_when_signed_out(self, browser, source):
        browser.press("Sign out")

        assert fetch(browser, source, Range="bytes=0-9").status_code == 404

    def test_leave_threads_for_pages(self, browser, source, app):
        turnstile = sending.Turnstile(1)
        app.extensions["outlet"] = replace(sending.outlet_of(app), turnstile=turnstile)
        assert turnstile.enter(0)

        full = fetch(browser, source, Range="bytes=0-9")
        turnstile.leave(0)

        assert (full.status_code, full.headers["Retry-After"]) == (503, "1")
        for _ in range(3):
            assert fetch(browser, source, Range="bytes=0-9").status_code == 206

    def test_leave_room_for_other_people(self):
        turnstile = sending.Turnstile(24)

        assert [turnstile.enter(1) for _ in range(7)] == [True] * 6 + [False]
        assert turnstile.enter(2)


class TestWhyItStopped:
    @pytest.fixture
    def source(self, browser, film):
        return pressed_play(browser, film)

    def test_it_goes_on_while_it_may(self, browser, source):
        assert told_state(browser, source) == {"stopped": False}

    def test_nobody_else_is_told_anything(self, new_client, source, film):
        other = new_client()
        colleague = a_guest()
        a_grant(film, colleague)
        other.sign_in_as(colleague)

        assert other.get(state_url(source)).status == 404
        assert other.get("/players/nobodyskey234567/state").status == 404

    def test_revoked(self, browser, source, grant):
        assert fetch(browser, source).data
        report(browser, [[0, 183]], position=183)
        change(grant, revoked_at=datetime.now(UTC))

        state = told_state(browser, source)

        assert state["title"].startswith("Dana Lee has ended this at ")
        assert state["words"].startswith("It is no longer shared with you. You had watched ")
        assert state["way_on"]["label"] == "Write to Dana Lee"

    def test_ended_at_once(self, browser, source, grant, film):
        change(grant, ends_at=datetime.now(UTC), when_it_ends=WhenItEnds.STOP)

        state = told_state(browser, source)

        assert state["title"].startswith("This ended at ")
        assert state["way_on"] == {"label": "Ask Dana Lee", "url": f"/watch/{film.key}"}

    def test_the_sitting_is_over(self, browser, source, film):
        change(db.session.query(Viewing).one(), ends_at=datetime.now(UTC))

        state = told_state(browser, source)

        assert state["title"] == "This sitting is over"
        assert "Play again to go on where you stopped." in state["words"]
        assert state["way_on"] == {"label": "Go to the play button", "url": f"/watch/{film.key}"}

    def test_the_last_view_is_used_up(self, browser, source, grant):
        change(grant, views_limit=1)
        change(db.session.query(Viewing).one(), ends_at=datetime.now(UTC))

        state = told_state(browser, source)

        assert "it was your last view" in state["words"]
        assert state["way_on"]["label"] == "Ask Dana Lee"

    @pytest.mark.parametrize(
        ("closing", "title"),
        [
            ({"is_published": False}, "Dana Lee has withdrawn this for now"),
            ({"closes_at": NOW}, "This closed at "),
            ({"opens_at": NOW + DAY}, "This is not open yet"),
            ({"state": VideoState.PROCESSING}, "This is being prepared again"),
        ],
        ids=["unpublished", "closed", "not open", "not ready"],
    )
    def test_closed_to_all(self, browser, source, film, closing, title):
        change(film, **closing)

        state = told_state(browser, source)

        assert state["title"].startswith(title)
        assert state["words"]

    def test_its_password_was_changed(self, client, film):
        stranger = a_guest()
        client.sign_in_as(stranger)
        change(film, password_hash="v1$none", password_version=1)
        unlock(stranger, film)
        source = pressed_play(client, film)
        change(film, password_version=2)

        state = told_state(client, source)

        assert state["title"] == "The password of this recording has changed"
        assert state["way_on"] == {"label": "Give the new password", "url": f"/watch/{film.key}"}

    def test_signed_in_anew(self, browser, source, imani):
        browser.press("Sign out")
        browser.sign_in_as(imani)

        assert told_state(browser, source)["title"] == "You have signed in anew"

    def test_signed_out_leads_to_the_sign_in_page(self, browser, source):
        browser.press("Sign out")

        assert browser.get(state_url(source)).location.startswith("/sign-in")

    def test_went_on_in_another_window(self, browser, source, imani, dana):
        other = a_film(owner=dana)
        a_grant(other, imani)
        pressed_play(browser, other)

        assert told_state(browser, source)["title"] == "You went on in another window"


class TestReports:
    @pytest.fixture
    def source(self, browser, film):
        return pressed_play(browser, film)

    def test_keep_what_was_watched_and_where_it_stands(self, browser, source, film, imani):
        assert fetch(browser, source).data

        assert report(browser, [[0, 20], [10, 25.04]], position=25.04).json == {"stopped": False}

        record = watching.record_of(imani, film)
        assert (record.watched, record.position_seconds) == ([[0, 250]], 25.04)

    def test_count_no_more_than_was_sent(self, browser, source, film, imani):
        assert fetch(browser, source, Range=f"bytes=0-{len(FILM) // 20}").data

        report(browser, [[0, 300]], position=300)

        share = watching.share(watching.record_of(imani, film), 300.0)
        assert 0.05 < share < 0.05 + watching.BEYOND_SERVED + 0.01

    def test_count_what_really_left_of_a_longer_answer(self, browser, source, film, imani):
        answer = browser.http.get(source, buffered=False)
        parts = answer.iter_encoded()
        next(parts)
        answer.close()

        report(browser, [[0, 300]], position=300)

        share = watching.share(watching.record_of(imani, film), 300.0)
        assert share <= sending.STRETCH / len(FILM) + watching.BEYOND_SERVED

    def test_answer_that_it_is_to_stop(self, browser, source, grant):
        change(grant, revoked_at=datetime.now(UTC))

        assert report(browser, [[0, 5]], position=5).json["why"] == "revoked"

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b'{"parts": []}',
            b'{"parts": [[1]], "position": 1}',
            b'{"parts": [["0", "9"]], "position": 1}',
            b'{"parts": [[0, 1e400]], "position": 1}',
            b'{"parts": {}, "position": 1}',
            b'{"parts": [], "position": true}',
            b'{"parts": [], "position": NaN}',
        ],
    )
    def test_that_make_no_sense_are_refused(self, browser, source, body):
        assert report(browser, body=body).status_code == 400

    def test_are_taken_of_one_s_own_player_alone(self, browser, source, new_client, film):
        other = new_client()
        colleague = a_guest()
        a_grant(film, colleague)
        other.sign_in_as(colleague)
        other.get("/")

        assert report(other, [[0, 5]], position=5, source=source).status_code == 404

    def test_want_the_token_of_the_page(self, browser, source):
        url = state_url(source).replace("/state", "/report")

        assert browser.open("POST", url, json={"parts": [], "position": 1}).status == 400


class TestPosters:
    def test_are_for_those_who_may_watch(self, browser, new_client, film, dana):
        owner, stranger, other = new_client(), new_client(), new_client()
        owner.sign_in_as(dana)
        other.sign_in_as(a_guest())

        answer = fetch(browser, f"/posters/{film.key}")

        assert (answer.status_code, answer.data) == (200, b"a picture")
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert fetch(owner, f"/posters/{film.key}").status_code == 200
        assert fetch(other, f"/posters/{film.key}").status_code == 404
        assert fetch(stranger, f"/posters/{film.key}").status_code == 404

    def test_go_with_the_right(self, browser, film, grant):
        change(grant, ends_at=NOW - timedelta(minutes=1))

        assert fetch(browser, f"/posters/{film.key}").status_code == 404
