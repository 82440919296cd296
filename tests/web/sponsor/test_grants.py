"""One grant: its terms, who changed them meanwhile, and its end (design 08)."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain import grants
from portal.domain.grants import Terms
from portal.storage.db import db, transaction
from portal.storage.models import ViewBudget, WatchRecord, WhenItEnds
from tests.factories import a_grant, a_guest, a_sponsor, a_video_session, an_admin

A_DAY = timedelta(days=1)
END = datetime(2030, 12, 4, 17, 0, tzinfo=UTC)
"""Wednesday 4 December 2030, 18:00 in Berlin."""


def now():
    return datetime.now(UTC)


@pytest.fixture
def on(sponsor):
    return a_video_session(owner=sponsor, title="What your gift built")


def used(grant, on, taken):
    with transaction():
        db.session.add(ViewBudget(grant_id=grant.id, video_session_id=on.id, taken=taken))


def save(client, grant, **fields):
    client.get(f"/grants/{grant.id}")
    return client.press("Save the terms", **fields)


def saved_by(by, grant, terms):
    with transaction():
        found = grants.find_grant(grant.id, by)
        grants.change_terms(found, terms, version=None, by=by, at=now())


def test_all_terms_are_changed_in_one_press(at_home, thing):
    grant = a_grant(thing, a_guest(name="Imani Okafor"), ends_at=now() + A_DAY)
    at_home.get(f"/grants/{grant.id}")

    done = at_home.press(
        "Save the terms", begins="1.12.2030 9:00", until="4.12.2030 18:00", views="3", when_it_ends="stop", follow=True
    )

    assert "Imani Okafor may watch from Sunday 1 December 2030, 09:00" in done.notices[0]
    assert "until Wednesday 4 December 2030, 18:00, 3 views" in done.notices[0]
    assert (done.value("begins"), done.value("until")) == ("1 Dec 2030, 09:00", "4 Dec 2030, 18:00")
    db.session.refresh(grant)
    assert (grant.ends_at, grant.views_limit, grant.when_it_ends) == (END, 3, WhenItEnds.STOP)
    at_home.press("Save the terms", begins="", until="", views="")
    db.session.refresh(grant)
    assert (grant.begins_at, grant.ends_at, grant.views_limit) == (None, None, None)


def test_saving_what_is_shown_changes_nothing(at_home, on):
    """Not even the seconds, which the field does not show."""
    grant = a_grant(on, ends_at=now() + A_DAY, begins_at=now() - A_DAY, views_limit=2)

    save(at_home, grant)
    done = at_home.get(f"/grants/{grant.id}")

    db.session.refresh(grant)
    assert grant.version == 1
    assert "Nothing has changed" in done.notices[0]


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"until": "4 Dec 2025"}, "“Until” lies in the past: 4 December 2025"),
        ({"until": "soon"}, "Write the day like 4 Dec 2026 or 4.12.2026, and the time like 18:00"),
        ({"until": "31.3.2030 2:30"}, "The clocks go forward that day: there is no 02:30"),
        ({"begins": "5.12.2030", "until": "4.12.2030"}, "“Until” must come after “From”"),
        ({"views": "0"}, "Views must be a whole number from 1 to 99, or empty"),
        ({"views": "1.5"}, "Views must be a whole number from 1 to 99, or empty"),
        ({"views": "many"}, "Views must be a whole number from 1 to 99, or empty"),
        ({"views": "1"}, "Imani Okafor has used 2 already; at least 2, or empty"),
    ],
)
def test_what_cannot_be_is_said_by_its_field_and_what_was_typed_stays(at_home, on, typed, error):
    grant = a_grant(on, a_guest(name="Imani Okafor"), views_limit=3)
    used(grant, on, 2)

    page = save(at_home, grant, **typed)

    assert page.status == 422
    assert page.errors == [f"Error: {error}"]
    assert {name: page.value(name) for name in typed} == typed
    db.session.refresh(grant)
    assert grant.version == 1


def test_an_ended_grant_is_not_given_for_ever_by_saving_something_else(at_home, on):
    grant = a_grant(on, ends_at=now() - A_DAY, views_limit=2)

    page = save(at_home, grant, views="4")

    assert page.status == 422
    assert "lies in the past" in page.errors[0]


def test_the_second_of_two_editors_is_told_what_the_first_saved_and_can_save_again(at_home, on):
    admin = an_admin(name="Nora Quist")
    grant = a_grant(on, views_limit=2)
    at_home.get(f"/grants/{grant.id}")
    saved_by(admin, grant, Terms(ends_at=END, views=3))

    page = at_home.press("Save the terms", views="5")

    assert page.status == 409
    assert "Nora Quist saved at" in page.notices[0]
    assert "until Wednesday 4 December 2030, 18:00, 3 views" in page.notices[0]
    assert page.value("views") == "5"
    db.session.refresh(grant)
    assert grant.views_limit == 3
    assert at_home.press("Save the terms").status == 303
    db.session.refresh(grant)
    assert grant.views_limit == 5


def test_two_who_save_the_very_same_are_both_done(at_home, on):
    grant = a_grant(on, views_limit=2)
    at_home.get(f"/grants/{grant.id}")
    saved_by(an_admin(), grant, Terms(views=5))

    assert at_home.press("Save the terms", views="5").status == 303


def test_the_page_says_what_was_used_and_seen(at_home, on):
    guest = a_guest()
    grant = a_grant(on, guest, views_limit=2)
    used(grant, on, 1)
    with transaction():
        record = WatchRecord(user_id=guest.id, video_session_id=on.id, opens=3, opened_at=now(), watched_at=now())
        record.watched, record.watched_seconds = [[0, 1500]], 150.0
        db.session.add(record)

    page = at_home.get(f"/grants/{grant.id}")

    assert "1 of 2 left" in page.text
    assert "50%" in page.text
    assert "opened 3 times" in page.text


def test_access_is_ended_after_a_question(at_home, thing):
    grant = a_grant(thing, a_guest(name="Imani Okafor"))
    at_home.get(f"/grants/{grant.id}")
    page = at_home.click("End the access…")
    assert page.heading == "End the access of Imani Okafor?"
    assert "Keep it" in page.links

    done = at_home.press("End the access", follow=True)

    assert "The access of Imani Okafor has ended" in done.notices[0]
    db.session.refresh(grant)
    assert grant.revoked_at
    assert at_home.get(f"/grants/{grant.id}").status == 404


def test_another_sponsor_s_grant_is_not_there(client, thing):
    grant = a_grant(thing)
    client.sign_in_as(a_sponsor())

    assert client.get(f"/grants/{grant.id}").status == 404
    assert client.get(f"/grants/{grant.id}/revoke").status == 404
    assert client.get("/grants/99999999999999999999").status == 404
