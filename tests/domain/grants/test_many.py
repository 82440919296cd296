"""Many at once: all of it, or nothing (product.md, Promises)."""

import pytest
from sqlalchemy import func, select

from portal.basics.errors import NotFound
from portal.domain import grants
from portal.domain.grants import ChosenChangedMeanwhile, NewTerms, WrongTerms
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Folder, WhenItEnds
from tests.domain.grants.ways import A_DAY, letters_of, on_terms, statements, used
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sponsor, a_video_session

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def sponsor():
    return a_sponsor()


@pytest.fixture
def on(sponsor):
    return a_video_session(folder=a_folder(owner=sponsor))


def change(given, by, *, stamp=None, **terms):
    with transaction():
        return grants.change_many([grant.id for grant in given], NewTerms(**terms), stamp=stamp, by=by, at=NOON)


def stamp_of(given, by):
    return grants.stamp_of(grants.find_many([grant.id for grant in given], by))


def entries(kind):
    return db.session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.kind == kind))


def test_what_is_not_asked_for_stays_as_each_has_it(on, sponsor):
    one = a_grant(on, views_limit=2, ends_at=NOON + A_DAY)
    other = a_grant(on, views_limit=5, ends_at=NOON + 3 * A_DAY, when_it_ends=WhenItEnds.STOP)

    changed = change([one, other], sponsor, ends_at=NOON + 2 * A_DAY)

    assert [(each.found.grant.id, each.gets_letter) for each in changed] == [(one.id, True), (other.id, False)]
    assert (one.ends_at, one.views_limit) == (NOON + 2 * A_DAY, 2)
    assert (other.ends_at, other.views_limit, other.when_it_ends) == (NOON + 2 * A_DAY, 5, WhenItEnds.STOP)
    assert entries("grant:changed") == 2


def test_a_begin_an_end_and_a_limit_can_be_taken_away(on, sponsor):
    grant = a_grant(on, begins_at=NOON + A_DAY, ends_at=NOON + 2 * A_DAY, views_limit=1)

    change([grant], sponsor, begins_at=None, ends_at=None, views=None)

    assert (grant.begins_at, grant.ends_at, grant.views_limit) == (None, None, None)


def test_one_that_cannot_be_leaves_all_as_they_were(on, sponsor):
    fine, cannot = a_grant(on, views_limit=9), a_grant(on, a_guest(name="Imani Okafor"), views_limit=9)
    used(cannot, on, 3)

    with pytest.raises(WrongTerms, match="Imani Okafor has used 3 already; at least 3"):
        change([fine, cannot], sponsor, views=2)

    assert (fine.views_limit, cannot.views_limit, entries("grant:changed")) == (9, 9, 0)


def test_the_plan_names_each_that_cannot_be(on, sponsor):
    fine, cannot = a_grant(on), a_grant(on)
    used(cannot, on, 3)
    chosen = grants.find_many([fine.id, cannot.id], sponsor)

    planned = grants.plan(chosen, NewTerms(views=2), at=NOON)

    assert [bool(each.fault) for each in planned] == [False, True]
    assert statements(lambda: grants.plan(chosen, NewTerms(views=2), at=NOON)) == 1


def test_who_gets_more_of_two_things_gets_one_letter(on, sponsor):
    guest = a_guest()
    here = a_grant(on, guest, views_limit=1)
    by_folder = a_grant(shelf_of(on), guest, views_limit=1)

    change([here, by_folder], sponsor, views=3)

    (letter,) = letters_of(guest)
    assert on.title in (letter.text or "")
    assert shelf_of(on).title in (letter.text or "")


def shelf_of(on):
    return db.session.get_one(Folder, on.folder_id)


def test_a_plan_that_is_out_of_date_is_not_carried_out(on, sponsor):
    one, other = a_grant(on), a_grant(on)
    stamp = stamp_of([one, other], sponsor)
    with transaction():
        found = grants.find_grant(other.id, sponsor)
        grants.change_terms(found, on_terms(views=4), version=None, by=sponsor, at=NOON)

    with pytest.raises(ChosenChangedMeanwhile):
        change([one, other], sponsor, stamp=stamp, views=2)

    assert (one.views_limit, other.views_limit) == (None, 4)


def test_the_plan_is_out_of_date_when_somebody_has_ended_one(on, sponsor):
    one, other = a_grant(on), a_grant(on)
    stamp = stamp_of([one, other], sponsor)
    with transaction():
        grants.revoke(grants.find_grant(other.id, sponsor), by=sponsor, at=NOON)

    with pytest.raises(ChosenChangedMeanwhile):
        change([one, other], sponsor, stamp=stamp, views=2)


def test_all_are_ended_at_once_each_with_its_entry(on, sponsor):
    given = [a_grant(on) for _ in range(3)]

    with transaction():
        ended = grants.revoke_many([grant.id for grant in given], by=sponsor, at=NOON)
    with transaction():
        again = grants.revoke_many([grant.id for grant in given], by=sponsor, at=NOON)

    assert (len(ended), len(again)) == (3, 0)
    assert all(grant.revoked_at == NOON for grant in given)
    assert entries("grant:revoked") == 3


@pytest.mark.parametrize("strange", ["another sponsor's", "nobody's"])
def test_one_that_is_not_theirs_among_them_and_nothing_is_found(on, sponsor, strange):
    mine = a_grant(on)
    other = a_grant(a_video_session()).id if strange == "another sponsor's" else 999_999

    with pytest.raises(NotFound), transaction():
        grants.revoke_many([mine.id, other], by=sponsor, at=NOON)
    with pytest.raises(NotFound), transaction():
        grants.change_many([mine.id, other], NewTerms(views=1), stamp=None, by=sponsor, at=NOON)

    db.session.refresh(mine)
    assert (mine.revoked_at, mine.views_limit) == (None, None)


def test_not_more_than_a_list_holds_are_taken_at_once(sponsor):
    with pytest.raises(NotFound):
        grants.find_many(range(1, grants.MOST_CHOSEN + 2), sponsor)


def test_who_is_named_by_the_folder_as_well_is_told_apart(on, sponsor):
    both, here_alone, over = a_guest(), a_guest(), a_guest()
    ending = [a_grant(on, guest) for guest in (both, here_alone, over)]
    a_grant(shelf_of(on), both)
    a_grant(shelf_of(on), over, ends_at=NOON)
    chosen = grants.find_many([grant.id for grant in ending], sponsor)

    assert grants.still_named(on, chosen, at=NOON) == [both]
