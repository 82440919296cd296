"""Several people of a list at once: new terms, or the end of their access (design, Principles 5)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.domain import grants
from portal.domain.grants import Terms
from portal.storage.db import db, transaction
from portal.storage.models import CoOwner, Folder, OutgoingEmail, ViewBudget, WhenItEnds
from tests.factories import a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin

A_DAY = timedelta(days=1)
END = datetime(2030, 12, 4, 17, 0, tzinfo=UTC)


def now():
    return datetime.now(UTC)


@pytest.fixture
def on(sponsor):
    return a_video_session(owner=sponsor, title="What your gift built")


@pytest.fixture
def two(thing):
    return [a_grant(thing, a_guest(name=name), views_limit=2) for name in ("Imani Okafor", "Rosalind Achterberg")]


def people_of(thing):
    return f"/{'folders' if thing.__tablename__ == 'folders' else 'sessions'}/{thing.key}/people"


def tick(client, thing, given, button="Change the terms…"):
    client.get(people_of(thing))
    return client.press(button, grant=[str(grant.id) for grant in given])


def fresh(given):
    for grant in given:
        db.session.refresh(grant)
    return given


def letters():
    return list(db.session.scalars(select(OutgoingEmail)))


def test_what_would_happen_is_shown_first_and_then_done_for_all(at_home, thing, two):
    page = tick(at_home, thing, two)
    assert page.heading == "Change the terms of 2 people"
    assert "Imani Okafor" in page.text

    page = at_home.press("See what changes…", until="4.12.2030 18:00")
    assert "Nothing has been saved and no letter has left yet" in page.text
    assert "2 people get new terms, 2 of them are told by mail" not in page.text  # an end where there was none is less
    assert "2 people get new terms." in page.text
    assert letters() == []
    assert [grant.ends_at for grant in fresh(two)] == [None, None]

    done = at_home.press("Change the terms of 2 people", follow=True)
    assert "The terms of 2 people are changed" in done.notices[0]
    assert [(grant.ends_at, grant.views_limit) for grant in fresh(two)] == [(END, 2), (END, 2)]


def test_more_is_told_by_one_letter_each(at_home, thing, two):
    tick(at_home, thing, two)
    page = at_home.press("See what changes…", views="5")
    assert "2 people get new terms, 2 of them are told by mail." in page.text

    done = at_home.press("Change the terms of 2 people", follow=True)

    assert "2 people get a letter." in done.notices[0]
    assert [letter.letter for letter in letters()] == ["shared_with_you", "shared_with_you"]


def test_a_limit_can_be_taken_away_and_what_the_end_means_can_change(at_home, thing, two):
    tick(at_home, thing, two)
    at_home.press("See what changes…", no_limit="y", when_it_ends="stop")
    at_home.press("Change the terms of 2 people")

    assert {(grant.views_limit, grant.when_it_ends) for grant in fresh(two)} == {(None, WhenItEnds.STOP)}


def test_both_a_value_and_its_tick_are_one_too_many(at_home, thing, two):
    tick(at_home, thing, two)

    page = at_home.press("See what changes…", views="3", no_limit="y")

    assert page.status == 422
    assert page.errors == ["Error: Type something here or tick “No limit”, not both"]
    assert page.value("views") == "3"


@pytest.mark.parametrize(
    ("field", "typed", "error"),
    [
        ("until", "4 Dec 2025", "“Until” lies in the past: 4 December 2025"),
        ("until", "soon", "Write the day like 4 Dec 2026 or 4.12.2026, and the time like 18:00"),
        ("views", "0", "Views must be a whole number from 1 to 99, or empty"),
    ],
)
def test_what_nobody_can_have_is_said_by_its_field(at_home, thing, two, field, typed, error):
    tick(at_home, thing, two)

    page = at_home.press("See what changes…", **{field: typed})

    assert (page.status, page.errors) == (422, [f"Error: {error}"])
    assert page.value(field) == typed


def test_what_one_of_them_cannot_have_changes_nobody(at_home, on):
    fine, cannot = a_grant(on, views_limit=9), a_grant(on, a_guest(name="Imani Okafor"), views_limit=9)
    with transaction():
        db.session.add(ViewBudget(grant_id=cannot.id, video_session_id=on.id, taken=3))
    tick(at_home, on, [fine, cannot])

    page = at_home.press("See what changes…", views="2")

    assert page.status == 422
    assert page.errors == ["Error: Imani Okafor has used 3 already; at least 3, or empty"]
    assert "Nothing is changed until it fits all of them." in page.text
    assert "Change the terms of 2 people" not in page.buttons


def test_what_was_typed_after_the_look_is_looked_at_first(at_home, thing, two):
    tick(at_home, thing, two)
    at_home.press("See what changes…", views="5")

    page = at_home.press("Change the terms of 2 people", views="7")

    assert page.status == 200
    assert "7 views" in page.text
    assert [grant.views_limit for grant in fresh(two)] == [2, 2]
    at_home.press("Change the terms of 2 people")
    assert [grant.views_limit for grant in fresh(two)] == [7, 7]


def test_what_somebody_changed_after_the_look_is_shown_again(at_home, thing, two):
    admin = an_admin()
    tick(at_home, thing, two)
    at_home.press("See what changes…", views="5")
    with transaction():
        grants.change_terms(grants.find_grant(two[0].id, admin), Terms(views=9), version=None, by=admin, at=now())

    page = at_home.press("Change the terms of 2 people")

    assert page.status == 409
    assert "Somebody changed one of these after you looked" in page.text
    assert [grant.views_limit for grant in fresh(two)] == [9, 2]
    at_home.press("Change the terms of 2 people")
    assert [grant.views_limit for grant in fresh(two)] == [5, 5]


def test_access_is_ended_after_a_question_with_names(at_home, thing, two):
    page = tick(at_home, thing, two, "End the access…")
    assert page.heading == "End the access of 2 people?"
    assert "Rosalind Achterberg" in page.text
    assert all(grant.revoked_at is None for grant in fresh(two))

    done = at_home.press("End the access of 2 people", follow=True)

    assert "The access of 2 people has ended" in done.notices[0]
    assert all(grant.revoked_at for grant in fresh(two))
    assert letters() == []


def test_before_the_end_it_says_who_may_still_watch_by_the_folder(at_home, sponsor):
    on = a_video_session(folder=a_folder(owner=sponsor))
    guest = a_guest(name="Imani Okafor")
    grant = a_grant(on, guest)
    words = ("Another grant names Imani Okafor there, too", "The folder it is in names them, too")
    alone = [tick(at_home, on, [grant], "End the access…").text, at_home.get(f"/grants/{grant.id}/revoke").text]
    by_folder = db.session.get_one(Folder, on.folder_id)
    a_grant(by_folder, guest)

    page = at_home.get(f"{people_of(on)}/chosen/end?grant={grant.id}")

    assert not any(word in text for word in words for text in alone)
    assert words[0] in page.text
    assert words[1] in at_home.get(f"/grants/{grant.id}/revoke").text


def test_nobody_ticked_is_said(at_home, thing, two):
    for button in ("Change the terms…", "End the access…"):
        assert tick(at_home, thing, [], button).heading == "Nobody is ticked"


def test_what_is_not_theirs_is_not_there_whatever_is_ticked_beside_it(at_home, thing, two):
    foreign = a_grant(a_video_session())
    ids = f"grant={two[0].id}&grant={foreign.id}"
    at_home.get(people_of(thing))
    token = at_home.get("/folders/new").value("csrf_token")
    form = {"csrf_token": token, "grant": [two[0].id, foreign.id], "views": "1"}

    for action in ("change", "end"):
        assert at_home.get(f"{people_of(thing)}/chosen/{action}?{ids}").status == 404
    for action in ("check", "change", "end"):
        assert at_home.open("POST", f"{people_of(thing)}/chosen/{action}", data=form).status == 404
    for strange in ("x", "-1", "99999999999999999999", ""):
        assert at_home.get(f"{people_of(thing)}/chosen/end?grant={strange}").status == 404
    assert [(grant.views_limit, grant.revoked_at) for grant in fresh(two)] == [(2, None), (2, None)]


def test_co_owners_change_what_was_given_here_and_only_see_what_the_folder_gives(client, sponsor):
    beside = a_sponsor()
    folder = a_folder(owner=sponsor, title="Donors 2026")
    on = a_video_session(folder=folder)
    here, by_folder = a_grant(on, a_guest(name="Imani Okafor")), a_grant(folder, a_guest(name="Rosalind Achterberg"))
    with transaction():
        db.session.add(CoOwner(video_session_id=on.id, user_id=beside.id, created_at=now()))
    client.sign_in_as(beside)

    page = client.get(people_of(on))

    assert "Rosalind Achterberg" in page.text
    assert "Change Imani Okafor" in page.links
    assert "Change Rosalind Achterberg" not in page.links
    assert client.get(f"{people_of(on)}/chosen/end?grant={here.id}").status == 200
    assert client.get(f"{people_of(on)}/chosen/end?grant={by_folder.id}").status == 404
