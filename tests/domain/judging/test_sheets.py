"""Score sheets: saved, final, stood aside from, opened again, frozen."""

import pytest

from portal.basics.errors import NotFound
from portal.domain import judging
from portal.domain.judging import EventOver, SheetClosed, WrongReason, WrongSheet, sheets
from portal.domain.library import ChangedMeanwhile
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, EventSession, Grant, ScoreSheet, SheetState
from tests.domain.judging.contests import A_DAY, a_contest, keep
from tests.factories import NOON, a_grant, a_guest, an_admin

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def contest(app):
    contest = a_contest()
    contest.a_criterion("Clarity", 0, 10)
    contest.a_criterion("Depth", 1, 5)
    contest.a_session(title="Penguins")
    contest.a_judge(name="Ines Calder")
    return contest


@pytest.fixture
def film(contest):
    return contest.sessions[0]


@pytest.fixture
def judge(contest):
    return contest.judges[0]


def reopen(contest, key, at=NOON):
    with transaction():
        return sheets.reopen(contest.event, key, by=contest.owner, at=at)


def trail(kind):
    return db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == kind)).all()


def test_a_sheet_is_kept_as_typed(contest, judge, film):
    saved = contest.save(judge, film, 7, "", remark=" Well told. ")

    assert (saved.version, saved.state) == (1, SheetState.DRAFT)
    sheet = contest.sheet(judge, film)
    assert contest.given(judge, film) == [7, None]
    assert (sheet.row.remark, sheet.version, [one.title for one in sheet.missing]) == ("Well told.", 1, ["Depth"])


@pytest.mark.parametrize(("typed", "kept"), [("7,5", 7.5), (" 7.50 ", 7.5), ("+7", 7), ("-0", 0), ("", None)])
def test_points_are_read_as_people_write_them(contest, judge, film, typed, kept):
    contest.save(judge, film, typed, 1)

    assert contest.given(judge, film) == [kept, 1]


@pytest.mark.parametrize(
    "typed",
    [
        "11",
        "-0.5",
        "1e1",
        "nan",
        "NaN",
        "inf",
        "-inf",
        "0x7",
        "7_0",
        "٧",
        "7.25",
        "seven",
        "9" * 400,
        "10.0000001",
        "7;7",
    ],
)
def test_other_points_are_refused_and_nothing_changes(contest, judge, film, typed):
    contest.save(judge, film, 7, 2)

    with pytest.raises(WrongSheet) as refusal:
        contest.save(judge, film, typed, 3)

    assert list(refusal.value.faults) == [contest.criteria[0].key]
    assert contest.given(judge, film) == [7, 2]


def test_a_remark_has_a_limit(contest, judge, film):
    with pytest.raises(WrongSheet) as refusal:
        contest.save(judge, film, remark="x" * 5001)

    assert list(refusal.value.faults) == ["remark"]


def test_points_can_be_taken_back(contest, judge, film):
    contest.save(judge, film, 7, 2)
    contest.save(judge, film, "", 2)

    assert contest.given(judge, film) == [None, 2]


def test_saving_nothing_makes_no_sheet(contest, judge, film):
    contest.save(judge, film, "", " ")

    assert db.session.scalars(db.select(ScoreSheet)).all() == []


def test_the_same_again_changes_nothing(contest, judge, film):
    contest.save(judge, film, 7, 2)

    assert contest.save(judge, film, 7, 2, version=0).version == 1, "sent twice"


def test_two_windows_do_not_write_over_each_other(contest, judge, film):
    contest.save(judge, film, 7, 2, version=0)
    contest.save(judge, film, 8, 2, version=1)

    with pytest.raises(ChangedMeanwhile):
        contest.save(judge, film, 1, 1, version=1)
    with pytest.raises(ChangedMeanwhile):
        contest.save(judge, film, 1, 1, version=0)
    assert contest.given(judge, film) == [8, 2]


def test_a_sheet_is_final_when_the_judge_says_so(contest, judge, film):
    contest.save(judge, film, 7)

    sheet = contest.finalise(judge, film, 7, 2, version=1)

    assert (sheet.state, sheet.row.finalised_at) == (SheetState.FINAL, NOON)
    assert not sheet.is_open
    [entry] = trail("score-sheet:final")
    assert (entry.actor_id, entry.facts) == (judge.id, {"event": "Finals 2026"})


def test_without_all_points_it_is_kept_and_not_final(contest, judge, film):
    sheet = contest.finalise(judge, film, 7, "")

    assert [one.title for one in sheet.missing] == ["Depth"]
    assert contest.sheet(judge, film).state is SheetState.DRAFT
    assert contest.given(judge, film) == [7, None]
    assert trail("score-sheet:final") == []


def test_what_is_final_changes_no_more(contest, judge, film):
    contest.finalise(judge, film, 7, 2)

    with pytest.raises(SheetClosed):
        contest.save(judge, film, 8, 2)
    with pytest.raises(SheetClosed):
        contest.finalise(judge, film, 8, 2)
    with pytest.raises(SheetClosed):
        contest.recuse(judge, film)
    assert contest.given(judge, film) == [7, 2]


def test_the_organiser_opens_it_again(contest, judge, film):
    sheet = contest.finalise(judge, film, 7, 2)

    assert reopen(contest, sheet.row.key)
    assert not reopen(contest, sheet.row.key), "it is open"

    again = contest.sheet(judge, film)
    assert (again.state, again.row.finalised_at, again.is_open) == (SheetState.DRAFT, None, True)
    [entry] = trail("score-sheet:reopened")
    assert (entry.actor_id, entry.person_id, entry.subject_id) == (contest.owner.id, judge.id, film.id)
    with pytest.raises(ChangedMeanwhile):
        contest.save(judge, film, 8, 2, version=1)


def test_a_sheet_of_another_event_is_not_opened(contest, judge, film):
    sheet = contest.finalise(judge, film, 7, 2)

    with pytest.raises(NotFound):
        reopen(a_contest(), sheet.row.key)


def test_a_judge_stands_aside_with_a_reason(contest, judge, film):
    contest.save(judge, film, 7, 2)

    sheet = contest.recuse(judge, film, " She is my student. ")

    assert (sheet.state, sheet.row.reason) == (SheetState.RECUSED, "She is my student.")
    assert contest.given(judge, film) == [7, 2], "kept, should the organiser open it again"
    [entry] = trail("score-sheet:recused")
    assert entry.facts == {"event": "Finals 2026", "reason": "She is my student."}
    with pytest.raises(SheetClosed):
        contest.save(judge, film, 8, 2)
    assert reopen(contest, sheet.row.key)
    assert contest.sheet(judge, film).row.reason == ""


def test_standing_aside_needs_no_points(contest, judge, film):
    assert contest.recuse(judge, film).state is SheetState.RECUSED


@pytest.mark.parametrize("reason", ["", " \n ", "x" * 501])
def test_a_reason_is_said_and_not_too_long(contest, judge, film, reason):
    with pytest.raises(WrongReason):
        contest.recuse(judge, film, reason)
    assert contest.sheet(judge, film).row is None


def test_nobody_elses_sheet_is_found(contest, judge, film):
    contest.save(judge, film, 7, 2)
    other = contest.a_judge()

    assert contest.given(other, film) == [None, None]
    outside, elsewhere = a_guest(), a_contest()
    elsewhere.a_criterion()
    elsewhere.a_judge()
    for person, event in ((outside, contest.event), (elsewhere.judges[0], contest.event), (judge, elsewhere.event)):
        with pytest.raises(NotFound):
            sheets.find(person, film.key, event.key, sign_in=None, at=NOON)


def test_who_looks_after_the_session_has_no_sheet(contest, film):
    for person in (contest.owner, an_admin()):
        with pytest.raises(NotFound):
            contest.sheet(person, film)


def test_a_judge_has_sheets_for_what_is_assigned_alone(contest):
    mine, others = contest.a_session(), contest.a_session()
    judge = contest.a_judge(mine)

    assert contest.save(judge, mine, 7, 2).version == 1
    with pytest.raises(NotFound):
        contest.save(judge, others, 7, 2)


def test_being_named_on_the_session_itself_makes_no_judge(contest, film):
    guest = a_guest()
    a_grant(film, guest)

    with pytest.raises(NotFound):
        contest.sheet(guest, film)


def test_it_is_read_and_not_written_when_the_event_alone_no_longer_lets_them_watch(contest, judge, film):
    """Another grant still does: the sheet goes by the event."""
    contest.save(judge, film, 7, 2)
    a_grant(film, judge)
    with transaction():
        db.session.execute(db.update(Grant).where(Grant.event_id == contest.event.id).values(ends_at=NOON - A_DAY / 2))

    assert not contest.sheet(judge, film).is_open
    with pytest.raises(NotFound):
        contest.save(judge, film, 8, 2)


def test_nothing_is_scored_before_it_begins():
    contest = a_contest(opens_at=NOON + A_DAY / 2)
    contest.a_criterion()
    judge, film = contest.a_judge(), contest.a_session()

    with pytest.raises(NotFound):
        contest.save(judge, film, 7)


def test_a_judge_whose_access_was_taken_back_finds_nothing(contest, judge, film):
    contest.save(judge, film, 7, 2)
    with transaction():
        db.session.execute(db.update(Grant).where(Grant.guest_id == judge.id).values(revoked_at=NOON))

    with pytest.raises(NotFound):
        contest.sheet(judge, film)


def test_after_the_event_it_is_there_to_be_read(contest, judge, film):
    contest.save(judge, film, 7, 2)
    after = NOON + 2 * A_DAY

    sheet = contest.sheet(judge, film, at=after)

    assert not sheet.is_open
    with pytest.raises(EventOver):
        contest.save(judge, film, 8, 2, at=after)
    with pytest.raises(EventOver):
        reopen(contest, sheet.row.key, at=after)


def test_freezing_holds_every_sheet_of_the_event_and_no_other(contest, judge, film):
    final, other = contest.a_session(), a_contest()
    other.a_criterion()
    contest.save(judge, film, 7, 2)
    contest.finalise(judge, final, 7, 2)
    other.save(other.a_judge(), other.a_session(), 7)

    with transaction():
        assert judging.freeze(contest.event, at=NOON) == 2
        assert judging.freeze(contest.event, at=NOON + A_DAY) == 0

    for video_session in (film, final):
        assert contest.sheet(judge, video_session).row.frozen_at == NOON
        assert not contest.sheet(judge, video_session).is_open
    assert other.sheet(other.judges[0], other.sessions[0]).is_open
    with pytest.raises(EventOver):
        contest.save(judge, film, 8, 2)
    with pytest.raises(EventOver):
        reopen(contest, contest.sheet(judge, final).row.key)

    with transaction():
        assert judging.unfreeze(contest.event) == 2
    assert contest.sheet(judge, final).state is SheetState.FINAL
    assert contest.save(judge, film, 8, 2).version == 2


def test_a_closed_event_takes_no_new_sheet(contest, judge, film):
    with transaction():
        contest.event.closed_at = NOON - A_DAY / 4

    with pytest.raises(NotFound):
        contest.save(judge, film, 7, 2)


def test_an_event_without_criteria_has_no_sheets():
    contest = a_contest()
    judge, film = contest.a_judge(), contest.a_session()

    with pytest.raises(NotFound):
        contest.sheet(judge, film)


def test_an_event_that_is_not_judged_has_none_either(contest, judge, film):
    with transaction():
        contest.event.is_judged = False

    with pytest.raises(NotFound):
        contest.sheet(judge, film)


def test_a_session_at_two_events_has_a_sheet_at_each(contest, judge, film):
    other = a_contest(title="Talks", owner=contest.owner)
    other.a_criterion()
    other.a_judge(judge=judge)
    keep(EventSession(event_id=other.event.id, video_session_id=film.id, added_at=NOON - A_DAY))
    contest.save(judge, film, 7, 2)
    other.save(judge, film, 3)

    assert contest.given(judge, film) == [7, 2]
    assert other.given(judge, film) == [3]
