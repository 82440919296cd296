"""The measurements of who may watch still run, in small: what they count is held here, what they time is not."""

from bench import deciding, listing
from bench.portals import a_portal


def test_a_decision_takes_three_queries_and_a_page_two():
    with a_portal(None, 30) as portal:
        found = deciding.measure(portal, rounds=1, times=2)

    assert {name: queries for name, (queries, _) in found.items()} == {"a bare query": 1, "decide": 3, "find": 2}


def test_growth_is_asked_of_all_that_says_who_may_watch():
    with a_portal(None, 10) as few, a_portal(None, 30) as many:
        with many.app.app_context():
            assert listing.multiply(500) >= 500
        found = listing.growth(few, many, rounds=1)
        plans = listing.plans(many)

    assert len(found) == len(plans) == 5
    assert not any("SCAN grants" in plan for plan in plans.values())
