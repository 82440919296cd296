"""Changing one's password (product.md, Passwords; ASVS 6.2.3)."""

from sqlalchemy import select

from portal.domain.work import tools
from portal.storage.db import db
from portal.storage.models import AuditEvent, OutgoingEmail
from tests.factories import A_PASSWORD, a_guest

NEW = "seven marble lanterns hum"


def change(client, current=A_PASSWORD, password=NEW, again=None):
    client.get("/account/password")
    return client.press("Change the password", current=current, password=password, again=again or password)


def test_a_change_ends_every_other_sign_in_and_tells_the_owner(client, new_client):
    guest, elsewhere = a_guest(), new_client()
    client.sign_in_as(guest)
    elsewhere.sign_in_as(guest)

    answer = change(client)

    assert answer.location == "/account"
    assert "Your password is changed" in client.get("/account").text
    assert elsewhere.get("/account").status == 303
    db.session.refresh(guest)
    assert tools().hasher.matches(NEW, guest.password_hash)
    assert [letter.letter for letter in db.session.scalars(select(OutgoingEmail))] == ["password_changed"]
    assert (
        db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "password:changed")).one().actor_id == guest.id
    )


def test_the_present_password_is_needed(client):
    guest = a_guest()
    client.sign_in_as(guest)

    assert change(client, "").errors == ["Error: Enter your present password"]
    assert change(client, "not the password").errors == ["Error: This is not your present password."]
    db.session.refresh(guest)
    assert tools().hasher.matches(A_PASSWORD, guest.password_hash)


def test_it_cannot_be_guessed_in_a_browser_left_open(client):
    client.sign_in_as(a_guest())

    statuses = [change(client, f"guess number {number}").status for number in range(5)]
    answer = change(client)

    assert statuses == [422] * 5
    assert answer.status == 429
    assert answer.errors[0].startswith("Error: Too many tries. Go on at ")
    assert 0 < int(answer.response.headers["Retry-After"]) <= 30


def test_faults_of_the_new_one_are_said_beside_it_and_nothing_typed_is_shown(client):
    client.sign_in_as(a_guest(name="Imani Okafor"))

    assert change(client, password="short").errors == ["Error: Use at least 15 characters. Four or five words do well."]
    assert change(client, again="another").errors == ["Error: The two passwords differ. Type the same one twice."]
    assert change(client, password=A_PASSWORD).errors == ["Error: This is the password you have now. Choose another."]
    answer = change(client, password="Imani Okafor Imani")
    assert answer.status == 422
    assert A_PASSWORD not in answer.response.text


def test_only_those_signed_in_can_change_theirs(client):
    assert client.get("/account/password").location == "/sign-in?next=/account/password"
