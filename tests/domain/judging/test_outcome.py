"""What the organiser sees of it."""

import pytest

from portal.domain.judging import criteria, labels, outcome
from portal.storage.db import db, transaction
from portal.storage.models import EventFolder, EventSession, Grant, SheetState, WatchRecord
from tests.domain.judging.contests import a_contest, keep
from tests.factories import NOON, a_folder, a_video_session

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def contest(app):
    contest = a_contest()
    contest.a_criterion("Clarity", 0, 10, 2)
    contest.a_criterion("Depth", 1, 5)
    return contest


def states(found):
    return {(part.judge.name, part.entry.title): part.state for part in found.parts}


def test_every_judge_stands_beside_every_entry_that_is_theirs(contest):
    penguins, _ = contest.a_session(title="Penguins"), contest.a_session(title="Whales")
    contest.a_judge(name="Ada")
    contest.a_judge(penguins, name="Bo")
    a_contest().a_judge(name="Of another event")

    assert states(outcome.of(contest.event)) == {
        ("Ada", "Penguins"): None,
        ("Ada", "Whales"): None,
        ("Bo", "Penguins"): None,
    }
    assert [entry.title for entry in outcome.of(contest.event).entries.values()] == ["Penguins", "Whales"]


def test_the_ranking_is_of_final_sheets_alone(contest):
    penguins, whales, seals = (contest.a_session(title=title) for title in ("Penguins", "Whales", "Seals"))
    ada, bo, cy = (contest.a_judge(name=name) for name in ("Ada", "Bo", "Cy"))
    contest.finalise(ada, penguins, 10, 5)
    contest.finalise(bo, penguins, 7, 2)
    contest.finalise(ada, whales, 10, 5)
    contest.save(bo, whales, 0, 1)  # a draft
    contest.recuse(cy, whales)
    contest.save(cy, seals, 10, 5)

    found = outcome.of(contest.event)

    assert [(entry.title, result.rank, result.score) for entry, result in found.ranking] == [
        ("Whales", 1, 100),
        ("Penguins", 2, pytest.approx((100 + 55) / 2)),
        ("Seals", None, None),
    ]
    assert {state: number for state, number in found.counts.items() if number} == {
        SheetState.FINAL: 3,
        SheetState.DRAFT: 2,
        SheetState.RECUSED: 1,
        None: 3,
    }
    of_ada, of_cy = found.of_judge[ada.id], found.of_judge[cy.id]
    assert [(part.entry.title, part.is_missing) for part in of_ada] == [
        ("Penguins", False),
        ("Seals", True),
        ("Whales", False),
    ]
    assert [part.is_missing for part in of_cy] == [True, True, False], "who stands aside is not waited for"


def test_points_stand_beside_what_was_watched(contest):
    film, judge = contest.a_session(length_seconds=200.0), contest.a_judge()
    contest.finalise(judge, film, 10, 5)
    keep(WatchRecord(user_id=judge.id, video_session_id=film.id, watched_seconds=50.0))

    [part] = outcome.of(contest.event).parts

    assert (part.watched, part.is_final, sorted(part.points.values())) == (0.25, True, [5, 10])


def test_a_removed_criterion_counts_no_more_and_its_points_are_there(contest):
    film, judge = contest.a_session(), contest.a_judge()
    contest.finalise(judge, film, 10, 1)
    with transaction():
        criteria.remove(contest.event, contest.criteria[1], by=contest.owner, at=NOON)

    found = outcome.of(contest.event)

    [(_, result)] = found.ranking
    assert result.score == 100
    assert found.parts[0].points[contest.criteria[1].id] == 1
    assert [one.title for one in found.in_use] == ["Clarity"]


def test_final_sheets_of_who_is_no_judge_any_more_count(contest):
    film, judge = contest.a_session(), contest.a_judge(name="Ada")
    contest.finalise(judge, film, 10, 5)
    contest.a_session(title="Whales")
    with transaction():
        db.session.execute(db.update(Grant).where(Grant.guest_id == judge.id).values(revoked_at=NOON))

    [part] = outcome.of(contest.event).parts

    assert (part.judge.is_named, part.is_missing, part.state) == (False, False, SheetState.FINAL)
    assert outcome.of(contest.event).ranking[0][1].rank == 1


def test_what_was_taken_from_the_event_is_waited_for_no_more(contest):
    film, judge = contest.a_session(), contest.a_judge()
    contest.save(judge, film, 10)
    with transaction():
        db.session.execute(db.delete(EventSession))

    [part] = outcome.of(contest.event).parts

    assert (part.entry.is_shown, part.is_missing) == (False, False)


def test_what_lies_on_a_folder_of_the_event_is_among_it_and_what_is_in_the_bin_is_not(contest):
    folder = a_folder(owner=contest.owner)
    keep(EventFolder(event_id=contest.event.id, folder_id=folder.id, added_at=NOON))
    there, _ = a_video_session(folder=folder), a_video_session(folder=folder, binned_at=NOON)
    contest.a_judge()

    assert [part.entry.id for part in outcome.of(contest.event).parts] == [there.id]


def test_entries_stand_in_the_order_of_their_numbers():
    contest = a_contest(is_blind=True)
    for _ in range(5):
        contest.a_session()
    contest.a_judge()
    with transaction():
        labels.give(contest.event)

    assert [entry.number for entry in outcome.of(contest.event).entries.values()] == [1, 2, 3, 4, 5]


def test_nobody_and_nothing_is_an_outcome_too(contest):
    found = outcome.of(contest.event)

    assert (found.ranking, found.parts, found.judges) == ([], [], {})
