"""The policy: anyone may read it, and a new version is asked of everybody, signed in or not (product.md)."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from portal.domain import policies
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, PolicyAcceptance
from tests.factories import a_guest, a_sponsor, an_admin

SUMMARY = "Keep it to yourself.\nWe write down what you watch."
BODY = "# New\n\nNothing else has changed."


@pytest.fixture
def admin_first(app):
    return an_admin()


def publish_by(admin, note: str = "Recordings may not be shown in calls.", body: str = BODY) -> None:
    with transaction():
        policies.publish(SUMMARY, body, note, by=admin, at=datetime.now(UTC))


def test_anyone_can_read_it(client):
    page = client.get("/policy")

    assert page.heading == "Acceptable use policy"
    assert "Version 1 of 22 November 2026" in page.text
    assert "3 minutes to read" in page.text
    assert "Do not save, copy or download a recording" in page.text


@pytest.mark.parametrize("a_person", [a_guest, a_sponsor, an_admin])
def test_a_new_version_is_asked_of_whoever_is_signed_in(client, admin_first, a_person):
    client.sign_in_as(a_person())
    assert client.get("/account/sign-ins").status == 200
    publish_by(admin_first)

    page = client.get("/", follow=True)

    assert page.heading == "The policy has changed"
    assert "Recordings may not be shown in calls." in page.text
    assert "We write down what you watch." in page.text
    assert "Nothing else has changed." in page.text


def test_accepting_leads_on_to_where_one_was_headed(client, admin_first):
    guest = a_guest()
    client.sign_in_as(guest)
    publish_by(admin_first)
    client.get("/?from=letter", follow=True)

    answer = client.press("Accept and go on", accepted="y")

    assert answer.location == "/?from=letter"
    assert client.get("/").status == 200
    facts = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "policy:accepted")).one()
    assert (facts.actor_id, facts.facts) == (guest.id, {"version": 2})


def test_nobody_accepts_by_accident(client, admin_first):
    client.sign_in_as(a_guest())
    publish_by(admin_first)
    client.get("/", follow=True)

    answer = client.press("Accept and go on")

    assert answer.status == 422
    assert answer.errors == ["Error: Accept the policy to go on, or leave without accepting"]
    assert client.get("/").status == 303


def test_accepting_an_older_page_is_not_accepting_the_newer_version(client, admin_first):
    client.sign_in_as(a_guest())
    publish_by(admin_first)
    client.get("/", follow=True)
    publish_by(admin_first, note="And not in classes.")

    answer = client.press("Accept and go on", accepted="y")

    assert answer.status == 422
    assert "The policy has changed since you opened this page" in answer.errors[0]
    assert "And not in classes." in answer.text
    assert client.press("Accept and go on", accepted="y").status == 303


def test_one_may_leave_instead(client, admin_first):
    client.sign_in_as(a_guest())
    publish_by(admin_first)
    client.get("/", follow=True)

    assert client.press("Leave without accepting").location == "/sign-in?after=sign-out"
    assert client.get("/").location.startswith("/sign-in")


def test_accepting_leads_nowhere_else(client, admin_first):
    client.sign_in_as(a_guest())
    publish_by(admin_first)
    client.get("/policy/accept?next=//evil.example")

    assert client.press("Accept and go on", accepted="y", next="//evil.example").location == "/"


def test_who_has_accepted_is_not_asked_again(client):
    client.sign_in_as(a_guest())

    assert client.get("/policy/accept?next=/account").location == "/account"
    assert db.session.scalar(select(func.count()).select_from(PolicyAcceptance)) > 0


def test_the_text_is_never_markup(client, admin_first):
    publish_by(admin_first, body="# <script>\n\n- <img src=x>\n\n<b>bold</b>")

    page = client.get("/policy")

    assert "<b>bold</b>" in page.text
    assert "<img src=x>" in page.text
