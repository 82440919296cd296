"""Numbers in place of titles, and the order of each judge."""

import pytest

from portal.domain.judging import EventOver, in_order_for, labels, setting
from portal.domain.judging.setting import Setting
from portal.domain.library import ChangedMeanwhile
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, BlindLabel, EventFolder
from tests.domain.judging.contests import A_DAY, a_contest, keep
from tests.factories import NOON, a_folder, a_video_session

pytestmark = pytest.mark.usefixtures("app")


def give(contest):
    with transaction():
        return labels.give(contest.event)


def numbers(contest):
    query = db.select(BlindLabel.video_session_id, BlindLabel.number).where(BlindLabel.event_id == contest.event.id)
    return dict(db.session.execute(query).all())


def change(contest, *, at=NOON, version=None, **wanted):
    with transaction():
        asked = Setting(**({"is_judged": True, "is_blind": False, "is_shuffled": False} | wanted))
        return setting.change(contest.event, asked, version=version, by=contest.owner, at=at)


def test_what_a_blind_event_shows_gets_a_number_that_stays():
    contest = a_contest(is_blind=True)
    for _ in range(3):
        contest.a_session()

    assert give(contest) == 3
    before = numbers(contest)
    assert sorted(before.values()) == [1, 2, 3]
    late = contest.a_session()
    assert give(contest) == 1
    assert numbers(contest) == {**before, late.id: 4}
    assert give(contest) == 0


def test_numbers_are_given_by_chance():
    """Else the first upload were always “Entry 1”."""
    orders = set()
    for _ in range(6):
        contest = a_contest(is_blind=True)
        films = [contest.a_session() for _ in range(6)]
        give(contest)
        found = numbers(contest)
        orders.add(tuple(found[film.id] for film in films))

    assert len(orders) > 1


def test_an_event_that_is_not_blind_gives_none():
    contest = a_contest()
    contest.a_session()

    assert give(contest) == 0


def test_what_comes_onto_a_folder_gets_its_number_when_the_worker_comes_by():
    blind, over, other = a_contest(is_blind=True), a_contest(is_blind=True, closed_at=NOON), a_contest()
    films = []
    for contest in (blind, over, other):
        folder = a_folder(owner=contest.owner)
        keep(EventFolder(event_id=contest.event.id, folder_id=folder.id, added_at=NOON))
        films.append(a_video_session(folder=folder))

    with transaction():
        assert labels.catch_up(at=NOON) == 1
        assert labels.catch_up(at=NOON) == 0

    assert numbers(blind) == {films[0].id: 1}


def test_becoming_blind_numbers_what_is_shown():
    contest = a_contest()
    contest.a_session()

    assert change(contest, is_blind=True, is_shuffled=True)
    assert not change(contest, is_blind=True, is_shuffled=True)

    assert list(numbers(contest).values()) == [1]
    [entry] = db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == "event:judging-changed"))
    assert entry.facts["after"] == {"blind": "yes", "shuffled": "yes"}


def test_numbers_outlast_a_while_that_is_not_blind():
    contest = a_contest(is_blind=True)
    contest.a_session()
    give(contest)
    before = numbers(contest)

    change(contest, is_blind=False)
    change(contest, is_blind=True)

    assert numbers(contest) == before


def test_after_the_event_all_that_can_be_done_is_to_say_what_the_entries_were():
    contest = a_contest(is_blind=True)
    after = NOON + 2 * A_DAY

    with pytest.raises(EventOver):
        change(contest, is_blind=True, is_shuffled=True, at=after)
    with pytest.raises(EventOver):
        change(contest, is_judged=False, is_blind=False, at=after)
    assert change(contest, is_blind=False, at=after)
    with pytest.raises(EventOver):
        change(contest, is_blind=True, at=after)


def test_a_second_editor_is_noticed():
    contest = a_contest()
    opened = contest.event.version
    change(contest, is_blind=True, version=opened)

    with pytest.raises(ChangedMeanwhile):
        change(contest, is_shuffled=True, version=opened)


def test_each_judge_has_an_order_of_their_own_and_keeps_it():
    contest = a_contest(is_shuffled=True)
    films = [contest.a_session() for _ in range(6)]
    judges = [contest.a_judge() for _ in range(6)]

    orders = {judge.id: in_order_for(contest.event, judge, films, lambda film: film.key) for judge in judges}

    for judge in judges:
        assert sorted(orders[judge.id], key=lambda film: film.id) == films
        again = in_order_for(contest.event, judge, reversed(films), lambda film: film.key)
        assert again == orders[judge.id]
    assert len({tuple(film.id for film in order) for order in orders.values()}) > 1


def test_without_shuffling_the_order_is_the_events():
    contest = a_contest()
    films = [contest.a_session() for _ in range(3)]

    assert in_order_for(contest.event, contest.a_judge(), films, lambda film: film.key) == films
