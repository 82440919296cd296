"""What guests see: what is shared with them, the page of a session, and its bytes."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import MediaFile, MediaKind, VideoState, Viewing
from portal.web import sending
from tests.factories import a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin

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


def pressed_play(browser, film):
    browser.get(f"/watch/{film.key}")
    browser.press("Play", follow=True)
    [video] = browser.current.page.iter("video")
    return video.get("src")


def fetch(browser, url, method="GET", **headers):
    return browser.open(
        method, url, headers={name.replace("_", "-"): value for name, value in headers.items()}
    ).response


class TestSharedWithYou:
    def test_sessions_stand_by_who_shares_them(self, browser, imani, dana):
        shelf = a_folder(owner=a_sponsor(name="Maximiliane Roth", department="Water Research"), title="Field notes")
        a_grant(shelf, imani)
        a_film(folder=shelf, title="Two voices on salt")

        page = browser.get("/")

        assert page.heading == "Shared with you"
        assert "Two recordings, from two people at Aldermere University." in page.text
        assert "From Dana Lee Alumni and Giving" in page.text
        assert "in the folder Field notes" in page.text
        assert "Ends in" in page.text
        assert set(page.links) >= {"Meadow Morning", "Two voices on salt"}

    def test_what_is_not_shared_is_not_there(self, browser, imani, dana):
        a_film(owner=dana, title="Somebody else's")
        a_grant(a_film(owner=dana, title="Taken back"), imani, revoked_at=NOW)
        a_grant(a_film(owner=dana, title="Unready", state=VideoState.PROCESSING, ready_at=None), imani)

        text = browser.get("/").text

        assert "One recording, from one person" in text
        assert not {"Somebody else's", "Taken back", "Unready"} & set(browser.current.links)

    def test_what_has_ended_is_folded_away(self, browser, imani, dana):
        a_grant(a_film(owner=dana, title="First notes", poster=True), imani, ends_at=NOW - DAY)

        page = browser.get("/")

        assert "Ended (1)" in page.text
        assert "First notes" in page.links
        assert len(list(page.page.iter("img"))) == 1

    def test_nothing_shared_names_the_contact(self, client, dana):
        client.sign_in_as(a_guest(sponsor=dana))

        page = client.get("/")

        assert "Nothing is shared with you yet" in page.text
        assert page.links["dana.lee@aldermere.example"] == "mailto:dana.lee%40aldermere.example"

    def test_a_long_list_has_pages(self, client, imani, dana, monkeypatch):
        monkeypatch.setattr("portal.domain.access.CARDS_A_PAGE", 2)
        for title in ("one", "two", "three"):
            a_grant(a_video_session(owner=dana, title=title), imani)
        client.sign_in_as(imani)

        assert "1 to 2 of 3" in client.get("/").text
        assert "3 to 3 of 3" in client.click("Later ones").text
        assert client.get("/?page=3").status == 404
        assert client.get("/?page=-1").status == 404

    def test_it_takes_few_queries_however_much_there_is(self, app, browser, imani, dana):
        def queries():
            browser.get("/")  # the sign-in is noted as in use
            with counted_queries(app) as seen:
                browser.get("/")
            return len(seen)

        few = queries()
        for _ in range(20):
            a_grant(a_film(owner=a_sponsor(), content=b"x"), imani)

        assert few == queries() <= 3


class TestTheWatchPage:
    def test_says_why_and_until_when(self, browser, film):
        page = browser.get(f"/watch/{film.key}")

        assert page.heading == "Meadow Morning"
        assert "Dana Lee named you on this recording on" in page.text
        assert "Pause, reload and come back freely until" in page.text
        assert page.links["Write to Dana Lee"].startswith("mailto:dana.lee@aldermere.example?subject=Meadow%20Morning")

    def test_opening_it_begins_nothing(self, browser, film):
        browser.get(f"/watch/{film.key}")

        assert db.session.query(Viewing).count() == 0

    def test_pressing_play_shows_the_player(self, browser, film):
        source = pressed_play(browser, film)

        assert browser.current.url.startswith(f"/watch/{film.key}")
        assert "This sitting is open until" in browser.current.text
        assert fetch(browser, source).data == FILM

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

    def test_after_the_end_it_says_since_when_and_whom_to_write_to(self, client, imani, dana):
        film = a_film(owner=dana, title="The new organ")
        a_grant(film, imani, ends_at=NOW - 10 * DAY)
        client.sign_in_as(imani)

        page = client.get(f"/watch/{film.key}")

        assert page.status == 403
        assert page.heading.startswith("This ended on ")
        assert "ended 10 days ago" in page.text
        assert "Write to Dana Lee" in page.links
        assert page.buttons == ["Sign out"]

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

        assert browser.press("Play", follow=True).heading.startswith("This ended today at")
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

    def test_take_two_queries(self, app, browser, source):
        with counted_queries(app) as seen:
            fetch(browser, source, Range="bytes=0-9")

        assert len(seen) <= 2

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
        state = browser.get(f"/watch/{film.key}/state").response.json
        assert state["stopped"]
        assert state["title"].startswith("Dana Lee has ended this at ")

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
        turnstile = app.extensions["turnstile"] = sending.Turnstile(1)
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


class TestState:
    def test_goes_on_while_it_may(self, browser, film):
        pressed_play(browser, film)

        assert browser.get(f"/watch/{film.key}/state").response.json == {"stopped": False}

    def test_is_not_found_by_who_never_watched(self, browser, film):
        assert browser.get(f"/watch/{film.key}/state").status == 404

    def test_tells_when_it_ended(self, browser, film, grant):
        pressed_play(browser, film)
        with transaction():
            grant.ends_at = datetime.now(UTC)

        state = browser.get(f"/watch/{film.key}/state").response.json

        assert state["title"].startswith("This ended at ")
        assert state["way_on"] == {"label": "Write to Dana Lee", "url": "mailto:dana.lee@aldermere.example"}


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
        with transaction():
            grant.ends_at = NOW - DAY

        assert fetch(browser, f"/posters/{film.key}").status_code == 404
