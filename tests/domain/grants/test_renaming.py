"""What becomes of the terms of somebody who is named again, whatever they have and whatever is typed."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.grants import MOST_VIEWS, Change, Terms
from portal.domain.grants.renaming import change_of, terms_after
from portal.storage.models import Grant, WhenItEnds
from tests.factories import NOON

OF_THE_END = {Change.MAY_FINISH, Change.STOPS_AT_ONCE}  # neither more nor less

moments = st.none() | st.integers(-20, 20).map(lambda days: NOON + timedelta(days=days))
views = st.none() | st.integers(1, MOST_VIEWS)
terms = st.builds(Terms, moments, moments, views, st.sampled_from(WhenItEnds))


def a_grant_of(has):
    return Grant(begins_at=has.begins_at, ends_at=has.ends_at, views_limit=has.views, when_it_ends=has.when_it_ends)


@given(terms, st.integers(0, 9), terms)
def test_naming_the_same_once_more_changes_nothing_more(has, taken, typed):
    """What was not seen as over on a preview may be sent as often as one likes."""
    once = terms_after(a_grant_of(has), taken, typed, at=NOON, anew=False)

    assert terms_after(a_grant_of(once), taken, typed, at=NOON, anew=False) == once


@given(terms, st.integers(0, 9), st.booleans())
def test_nothing_typed_changes_nothing_that_is_live(has, taken, anew):
    grant = a_grant_of(has)
    after = terms_after(grant, taken, Terms(), at=NOON, anew=anew)

    assert after == (Terms() if anew and grant.has_ended(NOON) else has)


@given(terms, terms)
def test_what_is_more_one_way_is_less_the_other(one, other):
    there = {
        change.is_more for change in change_of(one, other) if change not in (Change.MAY_FINISH, Change.STOPS_AT_ONCE)
    }
    back = {
        change.is_more for change in change_of(other, one) if change not in (Change.MAY_FINISH, Change.STOPS_AT_ONCE)
    }

    assert back == {not is_more for is_more in there}
    assert bool(change_of(one, other)) == (one != other)
