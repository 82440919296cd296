"""Events through their pages: made, filled, given out, watched over."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain import events
from portal.domain.events import Reached
from portal.storage.db import db, transaction
from portal.storage.models import Event, Grant, OutgoingEmail, VideoSession, WatchRecord
from portal.web.sponsor.event_picture import strip
from tests.factories import a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin, an_event

DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def film(sponsor):
    return a_video_session(owner=sponsor, title="Team Kestrel")


@pytest.fixture
def event(sponsor, film):
    return open_event(film, owner=sponsor, title="Pitch final")


def open_event(*shows, **given):
    return an_event(*shows, **({"opens_at": NOW - DAY, "closes_at": NOW + 7 * DAY} | given))


def watched(guest, session, share):
    seconds = share * session.length_seconds
    with transaction():
        about = {"user_id": guest.id, "video_session_id": session.id, "watched": [[0, round(seconds * 10)]]}
        db.session.add(WatchRecord(watched_seconds=seconds, watched_at=NOW, media_version=1, **about))


def of_event(event):
    query = db.select(Grant).where(Grant.event_id == event.id, Grant.revoked_at.is_(None))
    return list(db.session.scalars(query.order_by(Grant.id)))


class TestMaking:
    def test_from_a_blank_leads_on_to_the_recordings(self, at_home):
        at_home.get("/events")
        at_home.click("Make an event")
        page = at_home.press(
            "Make the event",
            title="Finals",
            description="Come and judge.",
            opens="4 Dec 2030 9:00",
            closes="18 Dec 2030 18:00",
            time_zone="America/Bogota",
            follow=True,
        )

        event = db.session.scalars(db.select(Event)).one()
        assert event.opens_at == datetime(2030, 12, 4, 14, tzinfo=UTC)
        assert event.closes_at == datetime(2030, 12, 18, 23, tzinfo=UTC)
        assert page.heading == "Finals"
        assert "No recordings yet" in page.text

    def test_says_by_the_field_what_cannot_be(self, at_home):
        at_home.get("/events/new")
        page = at_home.press("Make the event", title="", opens="soon", closes="")

        assert page.status == 422
        assert len(page.errors) == 3
        assert page.value("opens") == "soon"

    def test_an_end_before_the_begin_is_refused(self, at_home):
        at_home.get("/events/new")
        page = at_home.press("Make the event", title="Finals", opens="4.12.2030", closes="3.12.2030")

        assert (page.status, page.errors) == (422, ["Error: It must close after it opens"])

    def test_a_copy_brings_the_recordings_along(self, at_home, event):
        at_home.get(f"/events/{event.key}/settings")
        page = at_home.click("Make a copy…")
        assert page.value("title") == "Pitch final"
        page = at_home.press("Make the event", opens="4.12.2030", closes="5.12.2030", follow=True)

        assert "1 recording" in page.text
        assert "Team Kestrel" in page.text

    def test_a_second_editor_is_told(self, at_home, event):
        at_home.get(f"/events/{event.key}/settings")
        with transaction():
            db.session.get_one(Event, event.id).title = "Semifinal"

        page = at_home.press("Save", title="Final")

        assert page.status == 409
        assert page.value("title") == "Final"

    def test_one_tab_is_the_current_one_also_where_something_is_to_be_corrected(self, at_home, event):
        at_home.get(f"/events/{event.key}/settings")
        page = at_home.press("Save", title="")

        tabs = page.response.text.partition('aria-label="This event"')[2].partition("</nav>")[0]
        assert re.findall('aria-current="page">(\\w+)', tabs) == ["Settings"]


class TestDeleting:
    def test_is_asked_first_and_leaves_the_recordings(self, at_home, event, film):
        path = f"/events/{event.key}"
        at_home.get(f"{path}/settings")
        question = at_home.click("Delete this event…")
        assert question.heading == "Delete the event “Pitch final”?"

        page = at_home.press("Delete the event", follow=True)

        assert page.heading == "Events"
        assert "The event “Pitch final” is deleted" in page.notices[0]
        assert at_home.get(path).status == 404
        assert at_home.get(f"/sessions/{film.key}").heading == "Team Kestrel"

    def test_is_not_offered_once_somebody_is_named(self, at_home, event):
        a_grant(event)

        page = at_home.get(f"/events/{event.key}/settings")

        assert "Delete this event…" not in page.links
        assert "People have been named on it, so it stays" in page.text
        assert at_home.get(f"/events/{event.key}/delete", follow=True).heading == "Pitch final"

    def test_is_refused_where_somebody_was_named_meanwhile(self, at_home, event):
        at_home.get(f"/events/{event.key}/delete")
        a_grant(event)

        page = at_home.press("Delete the event", follow=True)

        assert "The event is not deleted" in page.notices[0]
        assert at_home.get(f"/events/{event.key}").status == 200


class TestRecordings:
    def test_are_added_and_taken_out(self, at_home, sponsor):
        film, folder = a_video_session(owner=sponsor, title="Gala"), a_folder(owner=sponsor, title="Donors")
        event = open_event(owner=sponsor)
        at_home.get(f"/events/{event.key}/sessions")
        page = at_home.press("Add what is ticked", session=film.key, folder=folder.key, follow=True)
        assert page.notices == ["2 added"]

        page = at_home.press("Take out Gala", follow=True)

        assert page.notices == ["Taken out What plays there stops at once."]
        assert events.sessions_of(event, at=NOW) == []

    def test_of_an_event_that_closed_meanwhile_are_not_added(self, at_home, sponsor, event):
        other = a_video_session(owner=sponsor)
        at_home.get(f"/events/{event.key}/sessions")
        with transaction():
            db.session.get_one(Event, event.id).closes_at = NOW - timedelta(minutes=1)

        page = at_home.press("Add what is ticked", session=other.key, follow=True)

        assert "The event has closed" in page.notices[0]


class TestGuests:
    def test_are_named_for_the_window_and_told_of_the_event(self, at_home, event):
        at_home.get(f"/events/{event.key}/people")
        page = at_home.press("Check the addresses", addresses="judge@quill.example")
        assert "Gets an invitation." in page.text

        at_home.press("Send 1 invitation", follow=True)

        [grant] = of_event(event)
        assert (grant.begins_at, grant.ends_at, grant.is_assigned) == (event.opens_at, event.closes_at, False)
        letter = db.session.scalars(db.select(OutgoingEmail)).one()
        assert letter.letter == "invitation"

    def test_who_has_an_account_is_led_to_the_event(self, at_home, event, sponsor):
        guest = a_guest(sponsor=sponsor)
        at_home.get(f"/events/{event.key}/people")
        page = at_home.press("Check the addresses", addresses=guest.address)

        assert "Gets one letter that says what is new." in page.text

    @pytest.mark.parametrize(
        ("field", "days", "said"), [("until", 30, "Move its closing first"), ("begins", 2, "Move its opening first")]
    )
    def test_terms_outside_the_window_are_refused_by_the_field(self, at_home, sponsor, field, days, said):
        event = open_event(owner=sponsor, opens_at=NOW + 5 * DAY)
        at_home.get(f"/events/{event.key}/people")
        typed = {field: f"{NOW + days * DAY:%d.%m.%Y}"}
        page = at_home.press("Check the addresses", addresses="judge@quill.example", **typed)

        assert page.status == 422
        assert said in page.errors[0]
        assert page.value("addresses") == "judge@quill.example"

    def test_an_event_that_is_over_names_nobody(self, at_home, event):
        at_home.get(f"/events/{event.key}/people")
        with transaction():
            db.session.get_one(Event, event.id).closes_at = NOW - timedelta(minutes=1)

        page = at_home.press("Check the addresses", addresses="judge@quill.example")

        assert page.status == 422
        assert "Open it again" in page.text
        assert of_event(event) == []

    def test_terms_of_one_guest_stay_inside_as_well(self, at_home, event):
        grant = a_grant(event)
        at_home.get(f"/grants/{grant.id}")
        page = at_home.press("Save the terms", until="1.1.2100")

        assert page.status == 422
        assert "Move its closing first" in page.errors[0]


class TestBoard:
    def test_leads_on_to_what_is_missing(self, at_home, sponsor, film):
        event = open_event(owner=sponsor)
        assert at_home.get(f"/events/{event.key}").links["Add recordings"] == f"/events/{event.key}/sessions"

        filled = open_event(film, owner=sponsor)
        assert at_home.get(f"/events/{filled.key}").links["Name guests"] == f"/events/{filled.key}/people"

    def test_tells_how_far_each_guest_is(self, at_home, sponsor, film, event):
        other = a_video_session(owner=sponsor)
        with transaction():
            events.add(event, sessions=[other.key], folders=[], by=sponsor, at=NOW)
        done, begun, idle = a_guest(name="Ada"), a_guest(name="Ben"), a_guest(name="Cleo")
        for guest in (done, begun, idle):
            a_grant(event, guest)
        watched(done, film, 1.0)
        watched(done, other, 0.96)
        watched(begun, film, 0.5)
        watched(begun, a_video_session(), 1.0)  # not of the event

        page = at_home.get(f"/events/{event.key}")

        assert "2 of 3 begun" in page.text.replace("begun 2 of 3", "2 of 3 begun")
        board = events.board(event.key, sponsor, at=NOW)
        numbers = board.numbers
        assert (numbers.guests, numbers.set_up, numbers.begun, numbers.finished) == (3, 3, 2, 1)
        assert (numbers.pairs, numbers.pairs_begun, numbers.pairs_watched) == (6, 3, 2)
        reached = {guest.name: list(guest.reached.values()) for guest in board.page.rows}
        assert reached == {
            "Ada": [Reached.WATCHED, Reached.WATCHED],
            "Ben": [Reached.BEGUN, Reached.NOT_BEGUN],
            "Cleo": [Reached.NOT_BEGUN, Reached.NOT_BEGUN],
        }

    def test_counts_only_what_is_theirs(self, sponsor, film, event):
        other = a_video_session(owner=sponsor)
        with transaction():
            events.add(event, sessions=[other.key], folders=[], by=sponsor, at=NOW)
        judge, idle = a_guest(), a_guest()
        a_grant(event, judge, assigned=[film])
        a_grant(event, idle, assigned=[])
        watched(judge, film, 1.0)
        watched(judge, other, 1.0)
        watched(idle, film, 1.0)

        numbers = events.board(event.key, sponsor, at=NOW).numbers

        assert (numbers.begun, numbers.finished, numbers.nothing) == (1, 1, 1)
        assert (numbers.pairs, numbers.pairs_begun, numbers.pairs_watched) == (1, 1, 1)

    def test_what_is_in_the_bin_counts_nowhere(self, sponsor, film, event):
        guest = a_guest()
        a_grant(event, guest)
        watched(guest, film, 1.0)
        with transaction():
            db.session.get_one(VideoSession, film.id).binned_at = NOW

        board = events.board(event.key, sponsor, at=NOW)

        assert (board.sessions, board.numbers.pairs, board.numbers.begun, board.numbers.finished) == ([], 0, 0, 0)

    @pytest.mark.parametrize(
        ("show", "names"),
        [("", "Ada Ben Cleo Dora"), ("not-begun", "Cleo Dora"), ("going-on", "Ben"), ("finished", "Ada")],
    )
    def test_is_narrowed(self, at_home, event, film, show, names):
        people = {name: a_guest(name=name) for name in ("Ada", "Ben", "Cleo", "Dora")}
        for name, guest in people.items():
            a_grant(event, guest, assigned=[] if name == "Dora" else None)
        watched(people["Ada"], film, 1.0)
        watched(people["Ben"], film, 0.3)

        page = at_home.get(f"/events/{event.key}?show={show}")

        assert [name for name in people if f"Change the part {name}" in page.links] == names.split()

    def test_says_who_sees_nothing(self, at_home, event):
        a_grant(event, a_guest(name="Dora"), assigned=[])

        page = at_home.get(f"/events/{event.key}?show=nothing")

        assert "Nothing is assigned to 1 guest, who sees no recording." in page.text
        assert "Change the part Dora" in page.links

    def test_looks_again_by_itself_while_it_is_open(self, at_home, event):
        a_grant(event)
        assert "Refresh" in at_home.get(f"/events/{event.key}").links
        with transaction():
            db.session.get_one(Event, event.id).closes_at = NOW - timedelta(minutes=1)

        assert "Refresh" not in at_home.get(f"/events/{event.key}").links

    def test_is_drawn_in_few_lines(self):
        ids = list(range(200))

        drawn = strip(ids, dict.fromkeys(ids, Reached.WATCHED))

        assert drawn.paths["watched"].count("M") == 20
        assert (drawn.width, drawn.height) == (575, 105)


class TestAssignments:
    def test_are_ticked_in_the_grid(self, at_home, event, film):
        whole, part = a_grant(event), a_grant(event, assigned=[])
        at_home.get(f"/events/{event.key}/assignments")
        fields = {f"part-{part.id}": str(film.id)}
        page = at_home.press("Save what is ticked", whole=[str(whole.id)], follow=True, **fields)

        assert page.notices == ["Saved for 1 guest What is not theirs any more stops at once."]
        assert [one.sessions for one in events.assigned_of(event).rows if one.is_assigned] == [frozenset({film.id})]

    def test_who_sees_nothing_is_named(self, at_home, event):
        a_grant(event, a_guest(name="Dora"), assigned=[])

        assert "Nothing is assigned to Dora" in at_home.get(f"/events/{event.key}/assignments").text

    def test_are_ticked_on_the_page_of_one_guest(self, at_home, event, film):
        guest = a_guest(name="Dora")
        a_grant(event, guest)
        at_home.get(f"/events/{event.key}/assignments/{guest.key}")
        at_home.press("Save", whole="part", session=None)
        assert "this guest sees no recording" in at_home.get(f"/events/{event.key}/assignments/{guest.key}").text

        at_home.press("Save", whole="all", follow=True)

        assert not events.assigned_to(event, guest.key).is_assigned

    def test_of_somebody_else_meanwhile_are_not_overwritten(self, at_home, event, film, sponsor):
        grant = a_grant(event)
        at_home.get(f"/events/{event.key}/assignments")
        with transaction():
            events.assign(event, {grant.id: [film.id]}, by=sponsor, at=NOW)

        page = at_home.press("Save what is ticked", whole=[])

        assert page.status == 409
        assert "Nothing has been saved" in page.notices[0]
        assert events.assigned_of(event).rows[0].sessions == {film.id}

    def test_are_spread_after_a_look_at_what_that_replaces(self, at_home, event, film):
        a_grant(event)
        a_grant(event, assigned=[film])
        at_home.get(f"/events/{event.key}/assignments")
        page = at_home.press("See what that does…", each="1")
        assert page.heading == "1 guest for each recording?"
        assert "1 guest sees all of it now, and then a part" in page.text
        assert "1 assignment of today, which is replaced" in page.text

        page = at_home.press("Spread them", follow=True)

        assert page.notices[0].startswith("Spread: 1 assignment")
        assert sorted(len(one.sessions) for one in events.assigned_of(event).rows) == [0, 1]

    @pytest.mark.parametrize("typed", ["", "many", "0", "3", "9" * 30, "²"])
    def test_a_number_that_cannot_be_is_said_by_the_field(self, at_home, event, typed):
        a_grant(event)
        at_home.get(f"/events/{event.key}/assignments")
        page = at_home.press("See what that does…", each=typed)

        assert page.status == 422
        assert len(page.errors) == 1
        assert page.value("each") == typed

    def test_of_somebody_elses_event_are_not_there(self, client, event):
        client.sign_in_as(a_sponsor())

        assert client.get(f"/events/{event.key}/assignments").status == 404


class TestTakingOutOnesOwn:
    def test_of_an_event_of_somebody_elses(self, at_home, film):
        event = open_event(film, owner=an_admin(name="Nora Quist"), title="Rector’s choice")
        page = at_home.get(f"/sessions/{film.key}/people")
        assert "Rector’s choice organised by Nora Quist" in page.text
        assert "Rector’s choice" not in page.links  # its board is not theirs to see

        page = at_home.press("Take it out of Rector’s choice", follow=True)

        assert page.notices[0].startswith("Taken out of “Rector’s choice”")
        assert events.sessions_of(event, at=NOW) == []

    def test_their_guests_are_seen_and_not_changed(self, at_home, film):
        a_grant(open_event(film, owner=an_admin(), title="Rector’s choice"), a_guest(name="Dora"))

        page = at_home.get(f"/sessions/{film.key}/people")

        assert "Dora" in page.text
        assert "event Rector’s choice" in page.text
        assert "Change Dora" not in page.links

    def test_a_folder_of_ones_own(self, at_home, sponsor):
        folder = a_folder(owner=sponsor)
        event = open_event(folder, owner=an_admin(), title="Rector’s choice")
        at_home.get(f"/folders/{folder.key}/people")
        at_home.press("Take it out of Rector’s choice")

        assert events.folders_of(event) == []

    def test_what_a_folder_shows_is_taken_out_there(self, at_home, sponsor):
        folder = a_folder(owner=sponsor, title="Donors")
        film = a_video_session(folder=folder)
        open_event(folder, owner=an_admin(), title="Rector’s choice")

        page = at_home.get(f"/sessions/{film.key}/people")

        assert "by the folder Donors" in page.text
        assert "Take it out of Rector’s choice" not in page.buttons


def test_the_day_tells_of_what_opens_and_closes_soon(at_home, sponsor):
    open_event(owner=sponsor, title="Far away", closes_at=NOW + 30 * DAY)
    open_event(owner=sponsor, title="Nearly over", closes_at=NOW + 3 * DAY)
    open_event(owner=sponsor, title="Nearly there", opens_at=NOW + 2 * DAY, closes_at=NOW + 30 * DAY)
    open_event(owner=sponsor, title="Closed by hand", closes_at=NOW + 3 * DAY, closed_at=NOW)
    open_event(title="Somebody else’s", closes_at=NOW + 3 * DAY)

    page = at_home.get("/today")

    assert page.heading == "Two things need you"
    assert page.text.index("“Nearly there” opens in 2 days") < page.text.index("“Nearly over” closes in 3 days")


class TestWhatComesNext:
    @pytest.mark.parametrize(
        ("window", "offered"),
        [
            ({"opens_at": NOW + DAY}, []),
            ({}, ["Write to the guests…", "Close the event…"]),
            ({"closes_at": NOW - timedelta(minutes=1)}, ["Look at the report"]),
        ],
    )
    def test_is_offered_above_the_board(self, at_home, sponsor, film, window, offered):
        event = open_event(film, owner=sponsor, **window)
        a_grant(event)

        page = at_home.get(f"/events/{event.key}")

        head = page.response.text.partition("</h1>")[2].partition("aria-label")[0]
        assert re.findall(r"<span>(\w[^<]+(?:…|report))</span>", head) == offered
        if offered:
            assert at_home.click(offered[0]).status == 200

    def test_nobody_is_written_to_once_all_have_finished(self, at_home, event, film):
        guest = a_guest()
        a_grant(event, guest)
        watched(guest, film, 1)

        page = at_home.get(f"/events/{event.key}")

        assert "Write to the guests…" not in page.links
        assert "Close the event…" in page.links


@pytest.mark.parametrize("page", ["", "/people", "/list", "/report", "/judging", "/people/chosen/end"])
def test_every_page_below_an_event_stands_under_events(at_home, event, page):
    answer = at_home.get(f"/events/{event.key}{page}").response.text

    main = answer.partition('aria-label="Main"')[2].partition("</nav>")[0]
    assert re.findall('aria-current="page">(\\w+)', main) == ["Events"]
