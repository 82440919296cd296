"""What points are given for."""

import math

import pytest

from portal.basics.errors import NotFound
from portal.domain.judging import EventOver, criteria
from portal.domain.judging.criteria import Scored, TooManyCriteria, Wanted, WrongCriterion
from portal.domain.library import ChangedMeanwhile
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Score
from tests.domain.judging.contests import A_DAY, a_contest
from tests.factories import NOON

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def contest(app):
    return a_contest()


def add(contest, wanted):
    with transaction():
        return criteria.add(contest.event, wanted, by=contest.owner, at=NOON)


def change(contest, criterion, wanted, version=None, at=NOON):
    with transaction():
        return criteria.change(contest.event, criterion, wanted, version=version, by=contest.owner, at=at)


def move(contest, criterion, places):
    with transaction():
        return criteria.move(contest.event, criterion, places, by=contest.owner, at=NOON)


def remove(contest, criterion):
    with transaction():
        return criteria.remove(contest.event, criterion, by=contest.owner, at=NOON)


def put_back(contest, criterion):
    with transaction():
        return criteria.put_back(contest.event, criterion, by=contest.owner, at=NOON)


def titles(contest):
    return [criterion.title for criterion in criteria.of(contest.event)]


def entries():
    return [
        entry.facts
        for entry in db.session.scalars(
            db.select(AuditEvent).where(AuditEvent.kind == "event:criteria-changed").order_by(AuditEvent.sequence)
        )
    ]


def test_a_criterion_is_added_at_the_end(contest):
    add(contest, Wanted("Clarity", 1, 10))
    depth = add(contest, Wanted("  Depth of \n thought ", 0, 5, 2.5, "How far it goes.\r\nNot how long."))

    assert titles(contest) == ["Clarity", "Depth of thought"]
    assert (depth.lowest, depth.highest, depth.weight, depth.help) == (0, 5, 2.5, "How far it goes.\nNot how long.")
    assert entries()[1] == {
        "title": "Finals 2026",
        "criterion": "Depth of thought",
        "before": {},
        "after": {
            "title": "Depth of thought",
            "range": "0 to 5",
            "weight": "2.5",
            "help": "How far it goes.\nNot how long.",
        },
    }


def test_the_very_same_sent_twice_is_added_once(contest):
    first = add(contest, Wanted("Clarity", 1, 10))

    assert add(contest, Wanted(" Clarity", 1, 10)) is first
    assert titles(contest) == ["Clarity"]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted("", 1, 10), "title"),
        (Wanted("x" * 101, 1, 10), "title"),
        (Wanted("CLARITY", 0, 5), "title"),
        (Wanted("Depth", 10, 10), "highest"),
        (Wanted("Depth", 10, 1), "highest"),
        (Wanted("Depth", -1001, 1), "lowest"),
        (Wanted("Depth", 1, 10**9), "highest"),
        (Wanted("Depth", 1, 10, 0), "weight"),
        (Wanted("Depth", 1, 10, -1), "weight"),
        (Wanted("Depth", 1, 10, 0.001), "weight"),
        (Wanted("Depth", 1, 10, 100.1), "weight"),
        (Wanted("Depth", 1, 10, math.nan), "weight"),
        (Wanted("Depth", 1, 10, math.inf), "weight"),
        (Wanted("Depth", 1, 10, 1, "x" * 501), "help"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(contest, wanted, field):
    add(contest, Wanted("Clarity", 1, 10))

    with pytest.raises(WrongCriterion) as refusal:
        add(contest, wanted)

    assert refusal.value.field == field
    assert titles(contest) == ["Clarity"]


def test_an_event_has_so_many_criteria_and_no_more(contest):
    for number in range(criteria.MOST):
        add(contest, Wanted(f"Number {number}", 1, 10))

    with pytest.raises(TooManyCriteria):
        add(contest, Wanted("One more", 1, 10))


def test_changing_says_what_became_of_what(contest):
    criterion = contest.a_criterion("Clarity", 1, 10)

    assert change(contest, criterion, Wanted("Clarity", 1, 5, 2), criteria.version_of(criterion))
    assert not change(contest, criterion, Wanted("Clarity", 1, 5, 2))

    assert entries()[-1] == {
        "title": "Finals 2026",
        "criterion": "Clarity",
        "before": {"range": "1 to 10", "weight": "1"},
        "after": {"range": "1 to 5", "weight": "2"},
    }


def test_a_second_editor_is_noticed(contest):
    criterion = contest.a_criterion("Clarity", 1, 10)
    opened = criteria.version_of(criterion)
    change(contest, criterion, Wanted("Clarity", 1, 5), opened)

    with pytest.raises(ChangedMeanwhile):
        change(contest, criterion, Wanted("Clearness", 1, 10), opened)


def test_a_range_holds_all_points_that_were_given(contest):
    criterion = contest.a_criterion("Clarity", 0, 10)
    contest.save(contest.a_judge(), contest.a_session(), 7.5)

    with pytest.raises(WrongCriterion, match=r"7\.5 was given already") as refusal:
        change(contest, criterion, Wanted("Clarity", 0, 7))
    assert refusal.value.field == "highest"
    with pytest.raises(WrongCriterion) as refusal:
        change(contest, criterion, Wanted("Clarity", 8, 10))
    assert refusal.value.field == "lowest"
    assert change(contest, criterion, Wanted("Clarity", 0, 8))


def test_they_are_put_in_order(contest):
    first, second, third = (contest.a_criterion(title) for title in ("A", "B", "C"))

    assert move(contest, third, -1)
    assert titles(contest) == ["A", "C", "B"]
    assert move(contest, first, 5)
    assert titles(contest) == ["C", "B", "A"]
    assert not move(contest, first, 1)
    assert entries()[-1]["before"] == {"place": 1}
    assert entries()[-1]["after"] == {"place": 3}
    assert move(contest, second, -1)
    assert titles(contest) == ["B", "C", "A"]


def test_a_removed_one_keeps_its_points_and_counts_again_once_it_is_put_back(contest):
    clarity, depth = contest.a_criterion("Clarity"), contest.a_criterion("Depth")
    judge, video_session = contest.a_judge(), contest.a_session()
    contest.finalise(judge, video_session, 7, 3)
    assert criteria.scored(contest.event) == {clarity.id: Scored(1, 1), depth.id: Scored(1, 1)}

    assert remove(contest, clarity)
    assert not remove(contest, clarity)

    assert titles(contest) == ["Depth", "Clarity"], "the removed one last"
    assert [one.title for one in criteria.in_use(criteria.of(contest.event))] == ["Depth"]
    assert db.session.scalar(db.select(Score.points).where(Score.criterion_id == clarity.id)) == 7
    assert put_back(contest, clarity)
    assert not put_back(contest, clarity)
    assert titles(contest) == ["Depth", "Clarity"]
    assert contest.given(judge, video_session) == [7, 3]


def test_points_of_a_removed_one_stay_when_the_sheet_is_saved_meanwhile(contest):
    clarity, _ = contest.a_criterion("Clarity"), contest.a_criterion("Depth")
    judge, video_session = contest.a_judge(), contest.a_session()
    contest.save(judge, video_session, 7, 3)
    remove(contest, clarity)

    contest.save(judge, video_session, "", 4)

    put_back(contest, clarity)
    assert contest.given(judge, video_session) == [7, 4]


def test_one_cannot_be_put_back_beside_another_of_its_name(contest):
    clarity = contest.a_criterion("Clarity", 0, 10)
    remove(contest, clarity)
    contest.a_criterion("Clarity", 0, 5)

    with pytest.raises(WrongCriterion):
        put_back(contest, clarity)


def test_a_removed_one_is_neither_changed_nor_moved(contest):
    clarity = contest.a_criterion("Clarity")
    remove(contest, clarity)

    with pytest.raises(NotFound):
        change(contest, clarity, Wanted("Clearness", 1, 10))
    with pytest.raises(NotFound):
        move(contest, clarity, 1)


@pytest.mark.parametrize("closes", [NOON, NOON - A_DAY / 2])
def test_nothing_changes_once_the_event_is_over(closes):
    contest = a_contest()
    criterion = contest.a_criterion("Clarity")
    with transaction():
        contest.event.closes_at = closes

    for act in (
        lambda: add(contest, Wanted("Depth", 1, 10)),
        lambda: change(contest, criterion, Wanted("Depth", 1, 10)),
        lambda: move(contest, criterion, 1),
        lambda: remove(contest, criterion),
        lambda: put_back(contest, criterion),
    ):
        with pytest.raises(EventOver):
            act()
    assert titles(contest) == ["Clarity"]


def test_that_of_another_event_is_not_found(contest):
    criterion = a_contest().a_criterion()

    with pytest.raises(NotFound):
        criteria.find(contest.event, criterion.key)
