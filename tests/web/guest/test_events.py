"""The page of an event for its guests, and what an event lets them watch, over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from portal.domain import events, playback
from portal.storage.db import db, transaction
from portal.storage.models import Event, Grant, SignIn, Stream, VideoSession, WatchRecord
from tests.factories import a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin, an_event
from tests.web.guest.test_media import FILM, INDEX, add_file

DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def dana(app):
    return a_sponsor(name="Dana Lee")


@pytest.fixture
def film(dana):
    film = a_video_session(owner=dana, title="Team Kestrel", length_seconds=120.0)
    add_file(film, FILM, name="720p", width=1280, height=720, index=INDEX, codecs="avc1.64001f,mp4a.40.2")
    return film


@pytest.fixture
def guest(app):
    return a_guest(name="Imani Okafor")


@pytest.fixture
def browser(client, guest):
    client.sign_in_as(guest)
    return client


def open_event(*shows, **given):
    return an_event(*shows, **({"opens_at": NOW - DAY, "closes_at": NOW + 7 * DAY} | given))


def plays(browser, guest, film):
    """Press play, and give what fetches the next bytes: its status."""
    sign_in = db.session.scalars(db.select(SignIn).where(SignIn.user_id == guest.id)).one()
    with transaction():
        stream = playback.start(guest, film.key, sign_in=sign_in, at=datetime.now(UTC), move_here=True)
    assert isinstance(stream, Stream), stream
    address = f"/media/{stream.key}/film"

    def next_bytes():
        return browser.open("GET", address, headers={"Range": "bytes=0-9"}).status

    assert next_bytes() == 206
    return next_bytes


class TestWatching:
    def test_what_is_assigned_and_nothing_else(self, browser, guest, dana, film):
        other = a_video_session(owner=dana)
        a_grant(open_event(film, other, owner=dana), guest, assigned=[film])

        assert browser.get(f"/watch/{film.key}").status == 200
        assert browser.get(f"/watch/{other.key}").status == 404
        assert browser.get(f"/posters/{other.key}").status == 404

    def test_before_it_opens_and_after_it_closes_does_not_play(self, browser, guest, dana, film):
        event = open_event(film, owner=dana, opens_at=NOW + DAY)
        a_grant(event, guest)
        assert browser.get(f"/watch/{film.key}").status == 403

        with transaction():
            for row in (db.session.get_one(Event, event.id), *db.session.scalars(db.select(Grant))):
                if isinstance(row, Event):
                    row.opens_at, row.closes_at = NOW - 2 * DAY, NOW - DAY
                else:
                    row.begins_at, row.ends_at = NOW - 2 * DAY, NOW - DAY
        assert browser.get(f"/watch/{film.key}").status == 403

    def test_stops_at_the_next_byte_when_it_is_taken_out(self, browser, guest, dana, film):
        event = open_event(film, owner=dana)
        a_grant(event, guest)
        next_bytes = plays(browser, guest, film)

        with transaction():
            events.take_out_session(event, film.key, by=dana, at=NOW)

        assert next_bytes() == 404

    def test_stops_when_it_is_assigned_no_more(self, browser, guest, dana, film):
        event = open_event(film, owner=dana)
        grant = a_grant(event, guest)
        next_bytes = plays(browser, guest, film)

        with transaction():
            events.assign(event, {grant.id: []}, by=dana, at=NOW)

        assert next_bytes() == 404

    def test_stops_when_it_is_moved_off_a_folder_of_the_event(self, browser, guest, dana, film):
        folder = a_folder(owner=dana)
        with transaction():
            moved = db.session.get_one(VideoSession, film.id)
            moved.folder_id, moved.in_folder_since = folder.id, NOW - DAY
        a_grant(open_event(folder, owner=dana), guest)
        next_bytes = plays(browser, guest, film)

        with transaction():
            moved = db.session.get_one(VideoSession, film.id)
            moved.folder_id = moved.in_folder_since = None

        assert next_bytes() == 404
        assert browser.get(f"/watch/{film.key}").status == 404

    def test_goes_on_by_the_other_of_two_events(self, browser, guest, dana, film):
        first, second = open_event(film, owner=dana), open_event(film, owner=dana)
        a_grant(first, guest)
        a_grant(second, guest)

        with transaction():
            events.take_out_session(first, film.key, by=dana, at=NOW)

        assert browser.get(f"/watch/{film.key}").status == 200
        with transaction():
            events.take_out_session(second, film.key, by=dana, at=NOW)
        assert browser.get(f"/watch/{film.key}").status == 404

    def test_goes_on_for_who_is_also_named_elsewhere(self, browser, guest, dana, film):
        event = open_event(film, owner=dana)
        a_grant(event, guest)
        a_grant(film, guest)

        with transaction():
            events.take_out_session(event, film.key, by=dana, at=NOW)

        assert browser.get(f"/watch/{film.key}").status == 200

    def test_says_which_event_named_them(self, browser, guest, dana, film):
        a_grant(open_event(film, owner=dana, title="Pitch final"), guest, granted_by_id=dana.id)

        assert "named you on the event “Pitch final”" in browser.get(f"/watch/{film.key}").text


class TestItsPage:
    def test_tells_what_it_is_and_how_far_they_are(self, browser, guest, dana, film):
        other = a_video_session(owner=dana, title="Team Heron")
        event = open_event(film, other, owner=dana, title="Pitch final", description="Watch to the end.")
        a_grant(event, guest)
        with transaction():
            seen = {"user_id": guest.id, "video_session_id": film.id, "watched": [[0, 600]], "media_version": 1}
            db.session.add(WatchRecord(watched_seconds=60.0, watched_at=NOW, **seen))

        page = browser.get(f"/watch/events/{event.key}")

        assert page.heading == "Pitch final"
        assert "Organised by Dana Lee" in page.text
        assert "Watch to the end." in page.text
        assert "0 of 2 recordings watched, 1 begun" in page.text
        assert "50%" in page.text
        assert page.links["Team Heron"] == f"/watch/{other.key}"

    def test_shows_their_part_and_nobody_else(self, browser, guest, dana, film):
        event = open_event(film, a_video_session(owner=dana, title="Team Heron"), owner=dana)
        a_grant(event, guest, assigned=[film])
        a_grant(event, a_guest(name="Yuki Tanabe"))

        page = browser.get(f"/watch/events/{event.key}")

        assert "Team Kestrel" in page.text
        assert "Team Heron" not in page.text
        assert "Yuki" not in page.response.text
        assert "One recording is here for you to watch." in page.text

    def test_tells_the_window_in_both_zones(self, browser, guest, dana, film):
        opens, closes = datetime(2030, 12, 4, 14, tzinfo=UTC), datetime(2030, 12, 18, 23, tzinfo=UTC)
        event = open_event(film, owner=dana, time_zone="America/Bogota", opens_at=opens, closes_at=closes)
        a_grant(event, guest)

        page = browser.get(f"/watch/events/{event.key}")

        assert "Wednesday 4 December 2030, 09:00 UTC-5 (Bogota)" in page.text
        assert "Wednesday 4 December 2030, 15:00 CET (Berlin)" in page.text
        assert "You can watch it once the event is open." in page.text
        [moment, _] = [node.get("datetime") for node in page.page.iter("time")]
        assert moment == "2030-12-04T14:00:00+00:00"

    def test_tells_of_a_part_of_the_window(self, browser, guest, dana, film):
        event = open_event(film, owner=dana)
        a_grant(event, guest, begins_at=NOW + DAY, ends_at=NOW + 2 * DAY)

        page = browser.get(f"/watch/events/{event.key}")

        assert "Open for you from" in page.text
        assert "Open for you until" in page.text

    def test_stays_when_it_is_over(self, browser, guest, dana, film):
        event = open_event(film, owner=dana, opens_at=NOW - 3 * DAY, closes_at=NOW - DAY)
        a_grant(event, guest)

        page = browser.get(f"/watch/events/{event.key}")

        assert "It is over." in page.text
        assert "Team Kestrel" in page.text

    def test_has_words_for_who_is_assigned_nothing(self, browser, guest, dana, film):
        event = open_event(film, owner=dana)
        a_grant(event, guest, assigned=[])

        assert "Nothing is here for you to watch yet." in browser.get(f"/watch/events/{event.key}").text

    def test_is_not_there_for_who_is_not_named(self, browser, client, guest, dana, film):
        event = open_event(film, owner=dana)
        a_grant(film, guest)
        a_grant(event, guest, revoked_at=NOW)
        assert browser.get(f"/watch/events/{event.key}").status == 404

        for other in (dana, an_admin()):
            client.sign_in_as(other)
            assert client.get(f"/watch/events/{event.key}").status == 404


class TestTheStartPage:
    def test_groups_by_event_and_links_to_it(self, browser, guest, dana, film):
        event = open_event(film, owner=dana, title="Pitch final")
        a_grant(event, guest)
        a_grant(a_video_session(owner=dana, title="Gala"), guest)

        page = browser.get("/")

        assert page.links["Pitch final"] == f"/watch/events/{event.key}"
        assert "From Dana Lee" in page.text

    def test_who_is_named_directly_as_well_finds_it_with_the_person(self, browser, guest, dana, film):
        a_grant(open_event(film, owner=dana, title="Pitch final"), guest)
        a_grant(film, guest)

        page = browser.get("/")

        assert "Pitch final" not in page.text
        assert "From Dana Lee" in page.text


class TestCalendar:
    def test_the_event_is_had_for_the_calendar_by_its_guests_alone(self, browser, guest, dana, film):
        event = open_event(film, owner=dana, title="Finals 2026", version=2)
        address = f"/watch/events/{event.key}/calendar.ics"
        before = browser.get(address).status
        a_grant(event, guest)
        browser.get(f"/watch/events/{event.key}")

        answer = browser.click("Put it into your calendar")

        [entry] = Calendar.from_ical(answer.response.get_data(as_text=True)).walk("VEVENT")
        assert (before, answer.status, answer.response.mimetype) == (404, 200, "text/calendar")
        assert (str(entry["SUMMARY"]), str(entry["SEQUENCE"])) == ("Finals 2026", "2")
        assert (entry["DTSTART"].dt, entry["DTEND"].dt) == (event.opens_at, event.closes_at)
        assert answer.response.headers["Content-Disposition"].startswith("attachment")

    def test_whoever_was_given_less_gets_their_own_window(self, browser, guest, dana, film):
        event = open_event(film, owner=dana)
        a_grant(event, guest, ends_at=NOW + 2 * DAY)

        answer = browser.get(f"/watch/events/{event.key}/calendar.ics")

        [entry] = Calendar.from_ical(answer.response.get_data(as_text=True)).walk("VEVENT")
        assert entry["DTEND"].dt == NOW + 2 * DAY

    def test_an_event_that_is_over_is_not_offered(self, browser, guest, dana, film):
        event = open_event(film, owner=dana, closes_at=NOW - timedelta(minutes=1))
        a_grant(event, guest)

        page = browser.get(f"/watch/events/{event.key}")

        assert "Put it into your calendar" not in page.links
