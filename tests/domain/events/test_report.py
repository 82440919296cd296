"""The report of an event: who was invited, set up, came, watched how much of what, and scored."""

from datetime import timedelta
from fractions import Fraction

import pytest

from portal.basics import tables, tokens
from portal.basics.errors import NotFound
from portal.basics.roles import UserState
from portal.domain import events
from portal.domain.events import AccountFate, Report, ReportFile, report_rows
from portal.domain.judging import outcome
from portal.domain.paging import Place
from portal.storage.db import db, transaction
from portal.storage.models import (
    AuditEvent,
    Event,
    OnClosing,
    SheetState,
    User,
    VideoSession,
    Viewing,
    WatchRecord,
)
from tests.domain.judging.contests import a_contest
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sponsor, a_user, a_video_session, an_admin, an_event

pytestmark = pytest.mark.usefixtures("app")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def kept(row):
    with transaction():
        db.session.add(row)
    return row


def a_viewing(guest: User, film: VideoSession, *, at=NOON, **given) -> Viewing:
    about = {"key": tokens.new_key(), "user_id": guest.id, "video_session_id": film.id, "right": "grant"}
    return kept(Viewing(**about, created_at=at, ends_at=at + timedelta(hours=4), **given))


def a_record(guest: User, film: VideoSession, *, opens: int = 1, seconds: float = 0.0, at=NOON) -> WatchRecord:
    about = {"user_id": guest.id, "video_session_id": film.id, "opens": opens, "opened_at": at}
    return kept(WatchRecord(**about, watched_seconds=seconds, watched_at=at if seconds else None))


def a_known_guest() -> User:
    """Set up before noon."""
    return a_guest(at=NOON - DAY)


def the_owner(event: Event) -> User:
    return db.session.get_one(User, event.owner_id)


def report_of(event: Event, *, at=NOON) -> Report:
    db.session.expire_all()
    return events.report(event.key, the_owner(event), at=at)


def close(event: Event, *, at=NOON + MINUTE) -> None:
    with transaction():
        assert events.close(event, by=the_owner(event), at=at) is not None


def line_of(report: Report, guest: User):
    return next(line for line in report.guests if line.address == guest.address)


def test_opens_views_and_what_was_watched_are_three_numbers():
    film, guest = a_video_session(length_seconds=100.0), a_guest(name="Imani Okafor")
    event = an_event(film)
    a_grant(event, guest)
    a_record(guest, film, opens=7, seconds=25.0, at=NOON + 2 * MINUTE)
    for minutes in (0, 1):
        a_viewing(guest, film, at=NOON + minutes * MINUTE)

    line = line_of(report_of(event), guest)

    [reached] = line.reached
    assert (reached.opens, reached.views, reached.share, reached.is_whole) == (7, 2, 0.25, False)
    assert (line.came_at, line.last_at) == (NOON, NOON + 2 * MINUTE)


def test_whoever_only_opened_the_page_did_not_come():
    film, guest = a_video_session(), a_guest()
    event = an_event(film)
    a_grant(event, guest)
    a_record(guest, film, opens=3)

    line = line_of(report_of(event), guest)

    assert (line.came_at, line.last_at, line.opens, line.views) == (None, None, 3, 0)


def test_a_view_given_back_or_taken_before_the_event_opened_is_none_of_it():
    film, guest = a_video_session(), a_guest()
    event = an_event(film)
    a_grant(event, guest)
    a_viewing(guest, film, given_back_at=NOON + MINUTE)
    a_viewing(guest, film, at=event.opens_at - MINUTE)

    assert line_of(report_of(event), guest).views == 0


def test_each_guest_stands_with_what_is_theirs_alone():
    first, second = a_video_session(), a_video_session()
    everything, part, nothing = a_guest(), a_guest(), a_guest()
    event = an_event(first, second)
    a_grant(event, everything)
    a_grant(event, part, assigned=[second])
    a_grant(event, nothing, assigned=[])
    a_grant(event, a_guest(), revoked_at=NOON)
    a_record(part, first, seconds=300.0)  # by another door

    report = report_of(event)

    assert [len(line_of(report, guest).reached) for guest in (everything, part, nothing)] == [2, 1, 0]
    assert [session.given for session in report.sessions] == [1, 2]
    assert report.numbers.guests == 3
    assert line_of(report, part).share == 0


def test_the_numbers_of_all():
    first, second = a_video_session(length_seconds=100.0), a_video_session(length_seconds=100.0)
    finished_, begun, invited = a_guest(), a_guest(), a_guest(state=UserState.INVITED, activated_at=None)
    event = an_event(first, second)
    for guest in (finished_, begun, invited):
        a_grant(event, guest)
    for film in (first, second):
        a_viewing(finished_, film)
        a_record(finished_, film, seconds=100.0)
    a_viewing(begun, first)
    a_record(begun, first, seconds=50.0)

    report = report_of(event)

    numbers = report.numbers
    assert (numbers.guests, numbers.set_up, numbers.came, numbers.finished) == (3, 2, 2, 1)
    assert (numbers.given, numbers.opens, numbers.views, numbers.whole) == (6, 3, 3, 2)
    [of_first, of_second] = report.sessions
    assert (of_first.opened, of_first.viewed, of_first.whole, of_first.share) == (2, 2, 1, 0.5)
    assert (of_second.opened, of_second.viewed, of_second.whole) == (1, 1, 1)
    assert of_second.share == pytest.approx(1 / 3)


def test_what_lies_on_a_folder_or_in_the_bin():
    folder = a_folder()
    on_it, binned = a_video_session(folder=folder), a_video_session(folder=folder, binned_at=NOON)
    event = an_event(folder, on_it)

    shown = [session.id for session in report_of(event).sessions]

    assert shown == [on_it.id]
    assert binned.id not in shown


def test_an_event_of_nobody_and_nothing():
    report = report_of(an_event())

    assert (report.guests, report.sessions, report.closings, report.numbers.given) == ([], [], [], 0)
    assert report.is_open


def test_the_fate_of_each_account():
    film = a_video_session()
    event = an_event(film)
    only_here, elsewhere = a_known_guest(), a_known_guest()
    waiting = a_guest(state=UserState.INVITED, activated_at=None)
    disabled, staff = a_guest(state=UserState.DISABLED), a_sponsor()
    for guest in (only_here, elsewhere, waiting, disabled, staff):
        a_grant(event, guest)
    a_grant(a_video_session(), elsewhere)
    before = report_of(event)

    close(event)

    report = report_of(event)
    assert {line.account for line in before.guests} == {None}
    fates = [line_of(report, guest).account for guest in (only_here, elsewhere, waiting, disabled, staff)]
    assert fates == [
        AccountFate.VOIDED,
        AccountFate.ELSEWHERE,
        AccountFate.NOT_SET_UP,
        AccountFate.UNTOUCHED,
        AccountFate.UNTOUCHED,
    ]


@pytest.mark.parametrize(
    ("on_closing", "fate"), [(OnClosing.KEEP, AccountFate.KEPT), (OnClosing.DISABLE, AccountFate.DISABLED)]
)
def test_what_else_a_closing_does_to_accounts(on_closing, fate):
    event, guest = an_event(a_video_session(), on_closing=on_closing), a_known_guest()
    a_grant(event, guest)

    close(event)

    assert line_of(report_of(event), guest).account is fate


def test_closings_and_reopenings_stay_on_it():
    event, guest = an_event(a_video_session()), a_known_guest()
    a_grant(event, guest)
    close(event)
    with transaction():
        events.reopen(event, closes_at=NOON + 3 * DAY, by=the_owner(event), at=NOON + DAY)
    opened = report_of(event, at=NOON + DAY)
    was_open = opened.is_open
    with transaction():
        events.close_due(event.id, at=NOON + 3 * DAY)

    report = report_of(event, at=NOON + 4 * DAY)

    assert was_open
    assert line_of(opened, guest).account is None
    by_clock, by_hand = report.closings
    assert (by_clock.by, by_clock.reopened_by, by_hand.by) == ("", "", the_owner(event).name)
    assert (by_hand.reopened_by, by_hand.voided) == (the_owner(event).name, 1)
    assert by_clock.closing.reopened_at is None


def test_scores_and_ranks_are_those_of_the_judging():
    contest = a_contest()
    first, second = contest.a_session(), contest.a_session()
    contest.a_criterion()
    contest.a_criterion("Weight", weight=3)
    one, two = contest.a_judge(), contest.a_judge()
    contest.finalise(one, first, 10, 5)
    contest.finalise(two, first, 5, 5)
    contest.finalise(one, second, 0, 10)

    report = report_of(contest.event)

    judged = outcome.of(contest.event)
    assert {session.id: (session.score, session.rank) for session in report.sessions} == {
        id_: (result.score, result.rank) for id_, result in judged.results.entries.items()
    }
    reached = {part.session_id: part for part in line_of(report, one).reached}
    assert (reached[first.id].sheet, reached[first.id].score) == (SheetState.FINAL, Fraction(125, 2))
    unbegun = next(part for part in line_of(report, two).reached if part.session_id == second.id)
    assert (unbegun.sheet, unbegun.score) == (None, None)
    assert (report.numbers.finals, line_of(report, one).sheets(SheetState.FINAL)) == (3, 2)


def test_pages_hold_each_guest_once():
    event = an_event(a_video_session())
    for _ in range(27):
        a_grant(event, a_guest())
    report = report_of(event)

    newest = report.page()
    older = report.page(Place(before=newest.older))
    back = report.page(Place(after=older.newer))

    assert (len(newest.rows), len(older.rows), newest.newer, older.older) == (25, 2, None, None)
    assert {line.key for line in newest.rows + older.rows} == {line.key for line in report.guests}
    assert [line.key for line in back.rows] == [line.key for line in newest.rows]


def test_it_is_the_organiser_s_and_the_admins_alone():
    event = an_event(a_video_session())

    assert events.report(event.key, an_admin(), at=NOON).organiser == the_owner(event).display_name
    for stranger in (a_sponsor(), a_guest()):
        with pytest.raises(NotFound):
            events.report(event.key, stranger, at=NOON)


def test_rows_say_one_guest_and_recording_each_and_taking_them_is_written_down():
    film, guest = a_video_session(title="=1+1", length_seconds=100.0), a_guest(name="@Imani")
    event = an_event(film)
    a_grant(event, guest)
    a_grant(event, a_user(name="Zoë"), assigned=[])
    a_record(guest, film, opens=2, seconds=100.0)
    a_viewing(guest, film)

    with transaction():
        report = events.take_report(event.key, ReportFile.CSV, by=the_owner(event), at=NOON)
    read = tables.as_csv(report_rows.rows_of(report)).decode("utf-8-sig").splitlines()

    assert read[0].startswith("Guest,Address,Invited (UTC)")
    assert read[1].startswith(f"'@Imani,{guest.address},2026-11-22 12:00,")
    assert read[1].endswith("2026-11-22 12:00,2026-11-22 12:00,,'=1+1,2,1,100,yes")
    assert read[2].startswith("Zoë,")
    assert read[2].endswith(",,,,,,,")
    entry = db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == "event:report-exported")).one()
    assert entry.facts == {"title": event.title, "format": "csv"}
