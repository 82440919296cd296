"""Seeing and ending one's sign-ins (security.md, Sign-ins)."""

from sqlalchemy import select

from portal.storage.db import db
from portal.storage.models import SignIn
from tests.factories import a_guest, a_sign_in_token, an_admin


def live(user) -> list[SignIn]:
    mine = select(SignIn).where(SignIn.user_id == user.id, SignIn.ended_at.is_(None)).order_by(SignIn.id)
    return list(db.session.scalars(mine))


def test_one_s_own_sign_ins_are_listed_and_nobody_else_s(client):
    guest = a_guest()
    a_sign_in_token(a_guest())
    a_sign_in_token(guest)
    client.sign_in_as(guest)

    page = client.get("/account/sign-ins")

    assert page.text.count("a test") >= 2
    assert page.text.count("This browser") == 1
    assert page.buttons.count("Sign out") == 2, "in the menu and in the row"
    assert [button for button in page.buttons if button.startswith("End a test")] != []


def test_another_browser_is_ended_at_its_next_request(client, new_client):
    guest, elsewhere = a_guest(), new_client()
    elsewhere.sign_in_as(guest)
    client.sign_in_as(guest)
    page = client.get("/account/sign-ins")
    (button,) = [button for button in page.buttons if button.startswith("End a test")]

    answer = client.press(button, follow=True)

    assert "has ended" in answer.text
    assert elsewhere.get("/account").status == 303
    assert client.get("/account").status == 200


def test_all_others_end_with_one_press(client, new_client):
    guest, others = a_guest(), [new_client(), new_client()]
    for other in others:
        other.sign_in_as(guest)
    client.sign_in_as(guest)
    client.get("/account/sign-ins")

    answer = client.press("End all others", follow=True)

    assert "2 other sign-ins have ended" in answer.text
    assert [other.get("/account").status for other in others] == [303, 303]
    assert "End all others" not in answer.buttons


def test_somebody_else_s_cannot_be_ended_not_even_by_an_admin(client):
    """The answer is that of one that does not exist. Admins end others' from the person's page."""
    guest = a_guest()
    a_sign_in_token(guest)
    (theirs,) = live(guest)
    client.sign_in_as(an_admin())
    token = client.get("/account/sign-ins").value("csrf_token")

    answer = client.open("POST", f"/account/sign-ins/{theirs.key}/end", data={"csrf_token": token})
    missing = client.open("POST", "/account/sign-ins/nobodyskey234567/end", data={"csrf_token": token})

    assert (answer.status, missing.status) == (404, 404)
    assert answer.text == missing.text
    assert len(live(guest)) == 1


def test_a_fourth_browser_of_a_guest_ends_the_first(new_client):
    guest = a_guest()
    browsers = [new_client() for _ in range(4)]
    for browser in browsers:
        browser.sign_in_as(guest)

    assert [browser.get("/account").status for browser in browsers] == [303, 200, 200, 200]
