"""A new password by a mailed link, and the first admin's way in (product.md, Passwords; ASVS 6.4.3)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from portal.basics.roles import Role, UserState
from portal.domain import password_resets, policies
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, OutgoingEmail, PasswordReset, PasswordResetAsk, SignIn, User
from tests.factories import A_PASSWORD, a_guest, a_sign_in_token, a_user

NEW = "seven marble lanterns hum"


def a_link(user: User, *, at: datetime | None = None) -> str:
    at = at or datetime.now(UTC)
    with transaction():
        password_resets.ask(user.address, network="203.0.113.9", at=at)
    with transaction():
        ask = db.session.scalars(select(PasswordResetAsk)).one()
        password_resets.answer(ask.id, at=at)
    letter = db.session.scalars(select(OutgoingEmail).order_by(OutgoingEmail.id.desc())).first()
    assert letter is not None
    assert letter.text is not None
    return "/password/reset/" + letter.text.split("/password/reset/")[1].split()[0]


def save(client, link, password=NEW, again=None, **fields):
    client.get(link, follow=True)
    button = "Save the password" if "name" in fields else "Save the new password"
    return client.press(button, password=password, again=password if again is None else again, **fields)


def has_password(user: User, password: str) -> bool:
    db.session.refresh(user)
    return tools().hasher.matches(password, user.password_hash)


def first_admin() -> User:
    return a_user(Role.ADMIN, state=UserState.INVITED, activated_at=None, name="", accepted=False)


def first_admin_link(admin: User) -> str:
    with transaction():
        return password_resets.for_first_admin(admin, at=datetime.now(UTC))


def test_the_link_leaves_the_address_bar_and_changes_nothing(client):
    guest = a_guest()
    link = a_link(guest)

    for method in ("GET", "HEAD", "GET"):
        answer = client.open(method, link)
        assert answer.location == "/password/reset"
        assert answer.response.headers["Referrer-Policy"] == "no-referrer"
    page = client.get("/password/reset")

    assert page.heading == "Choose a new password"
    assert link.rpartition("/")[2] not in page.response.text
    assert client.get("/account").location == "/sign-in?next=/account", "nobody is signed in by it"
    assert db.session.scalars(select(PasswordReset)).one().used_at is None


def test_saving_ends_every_sign_in_and_tells_the_owner(client, new_client):
    guest, elsewhere = a_guest(), new_client()
    elsewhere.sign_in_as(guest)
    elsewhere.get("/account")

    answer = save(client, a_link(guest))

    assert answer.location == "/sign-in"
    assert "Your password is saved" in client.get("/sign-in").text
    assert has_password(guest, NEW)
    assert elsewhere.get("/account").status == 303
    assert {sign_in.ended_because for sign_in in db.session.scalars(select(SignIn))} == {"password-reset"}
    told = db.session.scalars(select(OutgoingEmail).order_by(OutgoingEmail.id.desc())).first()
    assert (told.letter, told.to_address) == ("password_changed", guest.address)
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "password:reset")).one().actor_id == guest.id


def test_a_link_works_once(client, new_client):
    guest = a_guest()
    link = a_link(guest)
    save(client, link)

    late = new_client().get(link, follow=True)

    assert (late.status, late.heading) == (410, "This link no longer works")
    assert has_password(guest, NEW)


def test_the_token_is_checked_again_where_the_password_is_written(client, new_client):
    """Two windows with the form open: the second press changes nothing."""
    guest = a_guest()
    link = a_link(guest)
    other = new_client()
    other.get(link, follow=True)
    save(client, link)

    answer = other.press("Save the new password", password="another four word thing", again="another four word thing")

    assert answer.status == 410
    assert has_password(guest, NEW)


def test_a_newer_link_makes_the_older_one_useless(client):
    guest = a_guest()
    older, newer = a_link(guest), a_link(guest)

    assert client.get(older, follow=True).status == 410
    assert client.get(newer, follow=True).status == 200


def test_a_link_is_good_for_an_hour(client):
    guest = a_guest()
    link = a_link(guest, at=datetime.now(UTC) - timedelta(minutes=61))

    assert client.get(link, follow=True).status == 410


@pytest.mark.parametrize("change", [{"state": UserState.DISABLED}, {"ends_at": datetime(2026, 1, 1, tzinfo=UTC)}])
def test_a_link_dies_with_the_account(client, change):
    guest = a_guest()
    link = a_link(guest)
    client.get(link, follow=True)
    with transaction():
        db.session.execute(update(User).where(User.id == guest.id).values(**change))

    answer = client.press("Save the new password", password=NEW, again=NEW)

    assert answer.status == 410
    assert has_password(guest, A_PASSWORD)


@pytest.mark.parametrize("token", ["nonsense", "x" * 5000, "%00", "ä", "..%5c"])
def test_an_unknown_link_says_what_to_do(client, token):
    answer = client.get(f"/password/reset/{token}", follow=True)

    assert answer.status in (404, 410)


def test_without_a_link_there_is_no_form(client):
    assert client.get("/password/reset").status == 410


def test_a_weak_password_or_a_slip_is_said_beside_the_field(client):
    guest = a_guest(name="Imani Okafor")
    link = a_link(guest)

    assert save(client, link, "short").errors == ["Error: Use at least 15 characters. Four or five words do well."]
    assert save(client, link, "Imani Okafor 2026").errors == [
        "Error: This is made of your name, your address or the name of this site. Choose other words."
    ]
    assert save(client, link, NEW, "another").errors == ["Error: The two passwords differ. Type the same one twice."]
    assert save(client, link, "x" * 1100).status == 422
    assert save(client, link).status == 303, "a refused password uses up nothing"


def test_a_reset_frees_whoever_a_guesser_holds_up(client, new_client):
    guest, guesser = a_guest(), new_client()
    for _ in range(6):
        guesser.get("/sign-in")
        guesser.press("Sign in", address=guest.address, password="wrong")
    assert "Too many tries" in guesser.press("Sign in", address=guest.address, password=A_PASSWORD).text

    save(client, a_link(guest))
    client.get("/sign-in")

    assert client.press("Sign in", address=guest.address, password=NEW).status == 303


def test_whoever_else_is_signed_in_at_this_browser_is_so_no_more(client):
    guest, other = a_guest(), a_guest()
    link = a_link(guest)
    client.sign_in_as(other)

    save(client, link)

    assert client.get("/account").status == 303
    assert has_password(other, A_PASSWORD)


# The first admin


def test_the_first_admin_comes_in_by_a_one_time_link(client):
    admin = first_admin()
    link = first_admin_link(admin)

    answer = save(client, link, name="Robin Hale", accepted="y")

    assert answer.location == "/sign-in"
    db.session.refresh(admin)
    assert (admin.state, admin.name) == (UserState.ACTIVE, "Robin Hale")
    assert policies.accepted_by(admin) is not None
    assert client.get(link, follow=True).status == 410
    client.get("/sign-in?next=/account")
    assert client.press("Sign in", address=admin.address, password=NEW).location == "/account"
    assert client.get("/account").status == 200
    kinds = set(db.session.scalars(select(AuditEvent.kind)))
    assert {"user:set-up", "password:set", "policy:accepted"} <= kinds


def test_the_first_admin_accepts_the_policy_and_says_a_name(client):
    link = first_admin_link(first_admin())

    answer = save(client, link, name="  ", accepted=None)

    assert answer.status == 422
    assert answer.errors == ["Error: Enter your name", "Error: Accept the policy to set up the account"]
    assert save(client, link, "Robin Hale 2026!", name="Robin Hale", accepted="y").errors == [
        "Error: This is made of your name, your address or the name of this site. Choose other words."
    ]


def test_a_fresh_link_of_the_first_admin_replaces_the_older_one(client):
    admin = first_admin()
    older, newer = first_admin_link(admin), first_admin_link(admin)

    assert client.get(older, follow=True).status == 410
    assert client.get(newer, follow=True).status == 200


def test_nobody_else_who_is_invited_can_use_such_a_link(client):
    """A guest's way in asks for the code from the mailbox; a reset must be no way around it."""
    guest = a_guest(state=UserState.INVITED, activated_at=None)

    assert client.get(first_admin_link(guest), follow=True).status == 410


def test_a_sign_in_that_begins_while_the_password_is_reset_is_ended_too(client):
    guest = a_guest()
    a_sign_in_token(guest)
    save(client, a_link(guest))

    assert [s for s in db.session.scalars(select(SignIn)) if s.ended_at is None] == []
