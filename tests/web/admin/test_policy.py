"""The policy for admins: versions, who accepted, and a new one after a look at what it means."""

import pytest

from portal.domain import policies
from portal.storage.db import db
from portal.storage.models import AuditEvent, Policy
from tests.factories import a_guest, an_admin
from tests.web.admin.counting import queries_of

NOTE = "Recording the screen is named."


@pytest.fixture
def admin(app, client):
    admin = an_admin(name="Ada Admin")
    client.sign_in_as(admin)
    return admin


def test_the_shipped_version_is_in_force_and_its_acceptances_are_counted(admin, client):
    a_guest()
    a_guest(accepted=False)

    page = client.get("/admin/policy")

    assert page.heading == "Policy"
    shipped = policies.current()
    assert f"Version {shipped.version}" in page.text
    assert "In force" in page.text
    assert page.text.rstrip().endswith("4")  # the admin, one guest and both guests' sponsors
    assert len(queries_of(lambda: client.get("/admin/policy"))) <= 5


def test_a_version_shows_its_text_and_who_accepted_it(admin, client):
    a_guest(name="Imani Okafor")
    a_guest(name="Yuki Tanabe", accepted=False)

    page = client.get("/admin/policy/1")

    assert "Imani Okafor" in page.text
    assert "Yuki Tanabe" not in page.text
    assert policies.summary_lines(policies.current())[0] in page.text


def test_many_acceptances_come_in_pages(admin, client):
    for _ in range(14):
        a_guest()  # each with a sponsor, who accepted too

    first = client.get("/admin/policy/1")
    second = client.click("Older")

    assert first.text.count("@brightwater.example") == 25
    assert second.text.count("@brightwater.example") == 4


def test_no_such_version_is_not_found(admin, client):
    assert client.get("/admin/policy/99").status == 404


def test_publishing_shows_what_it_means_first_and_then_asks_everybody(admin, client, new_client):
    guest = new_client()
    guest.sign_in_as(a_guest())
    assert guest.get("/").status == 200
    client.get("/admin/policy")
    client.click("Write a new version…")

    page = client.press("See what it means…", change_note=NOTE, summary="Watch.\r\nDo not record.")
    assert page.heading == "Publish version 2?"
    assert "3 people will be asked to accept it" in page.notices[0]
    assert policies.current().version == 1

    page = client.press("Publish version 2")
    assert page.location == "/admin/policy"
    newest = policies.current()
    assert (newest.version, newest.change_note, newest.published_by_id) == (2, NOTE, admin.id)
    assert policies.summary_lines(newest) == ["Watch.", "Do not record."]
    assert newest.body.split() == policies.history()[1].body.split()
    assert db.session.scalars(db.select(AuditEvent.facts).where(AuditEvent.kind == "policy:published")).all() == [
        {"version": 2}
    ]
    assert guest.get("/").location.startswith("/policy/accept")
    assert client.get("/admin/policy").location.startswith("/policy/accept")


def test_the_words_can_be_changed_after_the_preview(admin, client):
    client.get("/admin/policy/new")
    client.press("See what it means…", change_note=NOTE)

    page = client.press("Change the words")

    assert page.value("change_note") == NOTE
    assert policies.current().version == 1
    assert client.press("See what it means…").heading == "Publish version 2?"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"change_note": ""}, "Say in a sentence what is new; people read it when they are asked"),
        ({"summary": " \r\n "}, "Write the few lines that people read when they accept it"),
        ({"body": ""}, "Write the text of the policy"),
        ({"change_note": "n" * 301}, "What is new has 300 characters at most"),
    ],
)
def test_what_is_missing_is_said_beside_its_field(admin, client, typed, words):
    client.get("/admin/policy/new")

    page = client.press("See what it means…", **({"change_note": NOTE} | typed))

    assert page.status == 422
    assert page.errors == [f"Error: {words}"]


def test_two_admins_who_write_at_once_do_not_overwrite_each_other(admin, client, new_client):
    other = new_client()
    other.sign_in_as(an_admin())
    other.get("/admin/policy/new")
    other.press("See what it means…", change_note="The other’s words")
    client.get("/admin/policy/new")
    client.press("See what it means…", change_note=NOTE)
    other.press("Publish version 2")
    accepted(client)

    page = client.press("Publish version 2")

    assert page.status == 409
    assert "Somebody published a version after you began" in page.errors[0]
    assert page.value("change_note") == NOTE
    assert len(db.session.scalars(db.select(Policy)).all()) == 2


def accepted(client) -> None:
    """The admin accepts the version in force in another tab."""
    before = client.current
    client.get("/policy/accept")
    form = client.current.page.find(".//form[@action='/policy/accept']")
    assert form is not None
    values = {node.get("name"): node.get("value", "on") for node in form.iter("input") if node.get("name")}
    client.open("POST", "/policy/accept", data=values)
    client.current = before
