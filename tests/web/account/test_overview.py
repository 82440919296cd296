"""“Your record”: what is shared with one, what was used of it, where one is signed in, and what the portal holds."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.basics import dates
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Policy, PolicyAcceptance, ViewBudget, WatchRecord
from tests.factories import a_grant, a_guest, a_sponsor, a_video_session, an_admin

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
ZONE = "Europe/Berlin"


@pytest.fixture
def dana(app):
    return a_sponsor(name="Dana Lee", department="Alumni and Giving")


@pytest.fixture
def imani(dana):
    return a_guest(name="Imani Okafor", sponsor=dana)


def a_film(dana, title, **given):
    return a_video_session(owner=dana, title=title, length_seconds=100.0, ready_at=NOW - 90 * DAY, **given)


def test_a_guest_sees_who_answers_for_them(client, dana, imani):
    client.sign_in_as(imani)

    page = client.get("/account")

    assert page.heading == "Your record"
    assert "Imani Okafor" in page.text
    assert "Dana Lee, Alumni and Giving" in page.text
    assert page.links[dana.address] == f"mailto:{dana.address}"


def test_what_is_shared_by_whom_until_when_and_what_was_used_of_it(client, dana, imani):
    film = a_film(dana, "Meadow Morning")
    grant = a_grant(film, imani, views_limit=2, ends_at=NOW + 30 * DAY)
    a_grant(a_film(dana, "Groundbreaking"), imani)
    with transaction():
        db.session.add(ViewBudget(grant_id=grant.id, video_session_id=film.id, taken=1))
        db.session.add(
            WatchRecord(
                user_id=imani.id,
                video_session_id=film.id,
                watched=[[0, 300], [500, 700]],
                watched_seconds=50.0,
                watched_at=NOW,
            )
        )
    client.sign_in_as(imani)

    page = client.get("/account")

    until = dates.date_and_time(NOW + 30 * DAY, ZONE, NOW)
    assert f"Meadow Morning Dana Lee {until} 1 of 2 left 50%" in page.text
    assert "Groundbreaking Dana Lee No end As often as you like not yet" in page.text
    assert page.links["Meadow Morning"] == f"/watch/{film.key}"


def test_what_is_to_come_and_what_is_over_stand_there_too(client, dana, imani):
    a_grant(a_film(dana, "Two voices"), imani, begins_at=NOW + 20 * DAY)
    a_grant(a_film(dana, "First notes"), imani, ends_at=NOW - DAY)
    used = a_film(dana, "The new organ")
    grant = a_grant(used, imani, views_limit=1)
    with transaction():
        db.session.add(ViewBudget(grant_id=grant.id, video_session_id=used.id, taken=1))
    client.sign_in_as(imani)

    text = client.get("/account").text

    assert f"Two voices Begins {dates.date_and_time(NOW + 20 * DAY, ZONE, NOW)}" in text
    assert "First notes Ended" in text
    assert "The new organ Used up" in text


def test_a_guest_with_nothing_reads_so(client, imani):
    client.sign_in_as(imani)

    assert "Nothing is shared with you at the moment." in client.get("/account").text


def test_the_versions_of_the_policy_that_were_accepted_and_when(client, imani):
    with transaction():
        policy = Policy(version=2, summary="Short", body="Long", published_at=NOW)
        db.session.add(policy)
        db.session.flush()
        db.session.add(PolicyAcceptance(user_id=imani.id, policy_id=policy.id, at=NOW))
    client.sign_in_as(imani)

    text = client.get("/account").text

    accepted = f"Version 2 of the acceptable use policyaccepted on {dates.long_date(NOW, ZONE)}"
    assert accepted in text
    assert text.index("Version 2") < text.index("Version 1")


def test_a_guest_finds_it_in_the_navigation(client, imani):
    client.sign_in_as(imani)

    assert client.get("/").links["Your record"] == "/account"


@pytest.mark.parametrize(("a_person", "role"), [(a_sponsor, "Sponsor"), (an_admin, "Admin")])
def test_staff_see_their_role(client, a_person, role):
    client.sign_in_as(a_person())

    page = client.get("/account")

    assert page.heading == "Your account"
    assert f"Role {role}" in page.text
    assert "What is shared with you" not in page.text


def test_a_name_is_never_markup(client):
    client.sign_in_as(a_guest(name="<b>Robert</b> & 'Tables' \u202e"))

    assert "<b>Robert</b> & 'Tables'" in client.get("/account").text


class TestSigningOutEverywhere:
    def test_ends_every_sign_in_this_one_too(self, client, new_client, imani):
        elsewhere = new_client()
        for browser in (elsewhere, client):
            browser.sign_in_as(imani)
        client.get("/account")

        answer = client.press("Sign out everywhere")

        assert answer.location == "/sign-in?after=sign-out"
        assert answer.response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
        assert [browser.get("/account").status for browser in (client, elsewhere)] == [303, 303]

    def test_ends_nobody_else_s(self, client, new_client, imani):
        somebody = new_client()
        somebody.sign_in_as(a_guest())
        client.sign_in_as(imani)
        client.get("/account")
        client.press("Sign out everywhere")

        assert somebody.get("/account").status == 200


class TestTakingOnesData:
    def test_is_a_file_with_all_that_is_theirs(self, client, dana, imani):
        a_grant(a_film(dana, "Meadow Morning"), imani)
        client.sign_in_as(imani)
        client.get("/account")

        answer = client.press("Download my data")

        assert answer.status == 200
        assert answer.response.mimetype == "application/json"
        assert answer.response.headers["Content-Disposition"].startswith('attachment; filename="my-data-20')
        assert "no-store" in answer.response.headers["Cache-Control"]
        data = json.loads(answer.response.text)
        assert data["account"]["name"] == "Imani Okafor"
        assert [given["recording"] for given in data["shared_with_you"]] == ["Meadow Morning"]

    def test_is_written_down(self, client, imani):
        client.sign_in_as(imani)
        client.get("/account")
        client.press("Download my data")

        [entry] = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "user:data-downloaded"))
        assert entry.actor_id == imani.id

    def test_is_nothing_that_opening_an_address_does(self, client, imani):
        client.sign_in_as(imani)

        assert client.get("/account/data").status == 405
