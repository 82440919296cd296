"""A forgotten password: the same answer whoever has the address; the worker writes the letter (ASVS 6.3.8)."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from portal.basics.roles import UserState
from portal.domain import invitations, password_resets
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import OutgoingEmail, PasswordReset, PasswordResetAsk, User
from tests.factories import a_grant, a_guest

NOBODY = "nobody@brightwater.example"


def ask(client, address, *, from_network="203.0.113.9"):
    client.get("/password/forgotten")
    client.http.environ_base["REMOTE_ADDR"] = from_network
    return client.press("Mail me the link", address=address)


def the_worker_answers() -> None:
    for ask_id in db.session.scalars(select(PasswordResetAsk.id)).all():
        with transaction():
            password_resets.answer(ask_id, at=datetime.now(UTC))


def letters() -> list[OutgoingEmail]:
    return list(db.session.scalars(select(OutgoingEmail).order_by(OutgoingEmail.id)))


def test_the_way_from_a_forgotten_password_to_the_sign_in(client):
    guest = a_guest()
    client.get("/sign-in")
    client.click("Forgot it?")

    answer = client.press("Mail me the link", address=guest.address.upper(), follow=True)
    the_worker_answers()

    assert answer.heading == "Look into your mail"
    assert guest.address in answer.text
    (letter,) = letters()
    link = re.search(r"/password/reset/\S+", letter.text or "")
    assert link
    client.get(link[0], follow=True)
    client.press("Save the new password", password="seven marble lanterns hum", again="seven marble lanterns hum")
    client.get("/sign-in")
    assert client.press("Sign in", address=guest.address, password="seven marble lanterns hum").status == 303


def test_the_answer_is_the_same_for_every_address(client, new_client):
    yesterday = datetime.now(UTC) - timedelta(days=1)
    cases = {
        "unknown": NOBODY,
        "active": a_guest().address,
        "invited": a_guest(state=UserState.INVITED, activated_at=None).address,
        "disabled": a_guest(state=UserState.DISABLED).address,
        "ended": a_guest(ends_at=yesterday).address,
    }
    seen, written = {}, {}

    for number, (name, address) in enumerate(cases.items()):
        browser = new_client()
        answer = ask(browser, address, from_network=f"203.0.113.{number}")
        page = browser.get(answer.location)
        headers = sorted(name for name, _ in answer.response.headers)
        seen[name] = (answer.status, answer.location, headers, masked(page.response.text, address))
        written[name] = db.session.scalar(select(func.count()).select_from(PasswordResetAsk))

    assert {name: answer for name, answer in seen.items() if answer != seen["unknown"]} == {}
    assert list(written.values()) == [1, 2, 3, 4, 5], "the request writes the same for each"
    assert letters() == [], "nothing is written or mailed while the page waits"


def masked(page: str, address: str) -> str:
    page = re.sub(r'nonce="[^"]*"', "nonce", page)
    return page.replace(address.replace("@", "@<wbr>").replace(".", ".<wbr>"), "ADDRESS")


def test_only_live_accounts_get_a_link(client):
    yesterday = datetime.now(UTC) - timedelta(days=1)
    for guest in (a_guest(state=UserState.DISABLED), a_guest(ends_at=yesterday)):
        ask(client, guest.address)
    ask(client, NOBODY)

    the_worker_answers()

    assert letters() == []
    assert db.session.scalars(select(PasswordReset)).all() == []
    assert db.session.scalars(select(PasswordResetAsk)).all() == [], "what was asked is forgotten"


def test_a_pending_invitation_is_mailed_again(client):
    guest = a_guest(state=UserState.INVITED, activated_at=None)
    grant = a_grant(to=guest)
    with transaction():
        sponsor = db.session.get_one(User, grant.granted_by_id)
        first = invitations.mail(guest, by=sponsor, note="", at=datetime.now(UTC) - timedelta(days=2))

    ask(client, guest.address)
    the_worker_answers()

    assert [letter.letter for letter in letters()] == ["invitation", "invitation"]
    db.session.refresh(first)
    assert first.replaced_at is not None
    assert db.session.scalars(select(PasswordReset)).all() == []


def test_an_unknown_address_waits_just_like_a_known_one(new_client):
    for address in (NOBODY, a_guest().address):
        browser = new_client()
        assert [ask(browser, address).status for _ in range(3)] == [303] * 3

        answer = ask(browser, address)

        assert answer.status == 429
        assert 0 < int(answer.response.headers["Retry-After"]) <= 600
        assert "Too many letters were asked for. Go on at " in answer.text


def test_one_network_cannot_have_letters_mailed_to_everybody(new_client):
    statuses = [ask(new_client(), f"n{number}@brightwater.example").status for number in range(21)]

    assert statuses == [303] * 20 + [429]


@pytest.mark.parametrize("typed", ["", "imani", "a\x00b", "x" * 400])
def test_what_is_no_address_is_said_beside_the_field(client, typed):
    answer = ask(client, typed)

    assert answer.status == 422
    assert len(answer.errors) == 1


def test_the_page_waits_for_no_mail_server(client, monkeypatch):
    def fails(_message):
        raise AssertionError("the page has written to a mail server")

    monkeypatch.setattr(tools().postman, "deliver", fails)

    assert ask(client, a_guest().address).status == 303


def test_the_page_after_asking_can_be_opened_by_anybody(client):
    assert "If your address is known here" in client.get("/password/forgotten/sent").text
