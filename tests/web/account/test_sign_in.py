"""Signing in and out: one answer for every no, and nobody is locked out for good (security.md; ASVS 6.3)."""

import re
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.basics import passwords
from portal.basics.passwords import Hasher
from portal.basics.roles import UserState
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, SignIn, ThrottleCounter
from tests.factories import A_PASSWORD, a_guest, a_sponsor

NO_MATCH = "Address or password do not match."
WRONG = "quite another password"


class CountingHasher(Hasher):
    """The real one, which also counts."""

    checks = 0

    def matches(self, password, stored):
        self.checks += 1
        return super().matches(password, stored)


@pytest.fixture
def hasher(app) -> CountingHasher:
    counting = CountingHasher(b"pepper" * 8, 4)
    tools().hasher = counting
    return counting


def sign_in(client, address, password=A_PASSWORD, *, from_network="203.0.113.9", **fields):
    client.get("/sign-in")
    client.http.environ_base["REMOTE_ADDR"] = from_network
    return client.press("Sign in", address=address, password=password, **fields)


def trail(kind: str) -> list[AuditEvent]:
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.kind == kind).order_by(AuditEvent.sequence)))


def the_wait_is_over() -> None:
    """As if everybody who has to wait had waited."""
    with transaction():
        db.session.execute(update(ThrottleCounter).values(waits_until=datetime.now(UTC) - timedelta(seconds=1)))


# In


def test_a_guest_signs_in_and_goes_where_they_were_headed(client):
    guest = a_guest(address="imani.okafor@brightwater.example")
    client.get("/account", follow=True)

    answer = client.press("Sign in", address="Imani.Okafor@Brightwater.example ", password=A_PASSWORD)

    assert answer.status == 303
    assert answer.location == "/account"
    assert client.get("/account").heading == "Your record"
    assert trail("sign-in:started")[-1].actor_id == guest.id


def test_a_password_typed_on_another_keyboard_fits(client):
    guest = a_guest(password="Käse über Köln und weiter")

    assert sign_in(client, guest.address, "Ka\u0308se u\u0308ber Ko\u0308ln und weiter").status == 303


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example/", "/%09/evil.example", "/\\evil"])
def test_signing_in_leads_nowhere_else(client, elsewhere):
    guest = a_guest()
    client.get("/sign-in", query_string={"next": elsewhere})
    assert client.current.value("next") == ""

    assert client.press("Sign in", address=guest.address, password=A_PASSWORD, next=elsewhere).location == "/"


def test_each_sign_in_has_a_new_id_and_ends_the_one_before(client):
    guest, other = a_guest(), a_guest()
    client.sign_in_as(guest)
    before = token_of(client)
    csrf = client.get("/account").value("csrf_token")

    form = {"csrf_token": csrf, "address": other.address, "password": A_PASSWORD}
    assert client.open("POST", "/sign-in", data=form).status == 303

    assert token_of(client) != before
    assert other.address in client.get("/account").text
    ended = db.session.scalars(select(SignIn).where(SignIn.user_id == guest.id)).one()
    assert ended.ended_because == "signed-in-again"


def token_of(client) -> str:
    with client.http.session_transaction() as cookie:
        return str(cookie["sign_in"])


def test_whoever_is_signed_in_needs_no_sign_in_page(client):
    client.sign_in_as(a_guest())

    assert client.get("/sign-in?next=/account").location == "/account"


def test_the_browser_is_named_in_the_list(client):
    guest = a_guest()
    client.http.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko Firefox/145.0"

    sign_in(client, guest.address)

    kept = db.session.scalars(select(SignIn).where(SignIn.user_id == guest.id)).one()
    assert (kept.device, kept.network) == ("Firefox on Linux", "203.0.113.9")


# One answer for every no


def every_no(at: datetime) -> dict[str, tuple[str, str]]:
    day = timedelta(days=1)
    return {
        "unknown": ("nobody@brightwater.example", A_PASSWORD),
        "wrong": (a_guest().address, WRONG),
        "unclaimed": (a_guest(state=UserState.INVITED, activated_at=None).address, A_PASSWORD),
        "disabled": (
            a_guest(state=UserState.DISABLED, password_hash=tools().hasher.hash(A_PASSWORD)).address,
            A_PASSWORD,
        ),
        "ended": (a_guest(ends_at=at - day).address, A_PASSWORD),
        "stopped": (a_guest(password_hash=None).address, A_PASSWORD),
        "malformed": ("not an address", A_PASSWORD),
        "control characters": ("a\x00b@brightwater.example", A_PASSWORD),
        "empty password": (a_guest().address, ""),
        "empty": ("", ""),
        "endless": ("x" * 5000, "y" * 5000),
    }


def test_every_no_is_the_same_answer_and_the_same_work(hasher, new_client):
    cases = every_no(datetime.now(UTC))
    seen: dict[str, Any] = {}
    work: dict[str, int] = {}
    words: dict[str, str] = {}

    for name, (address, password) in cases.items():
        client = new_client()
        before = hasher.checks
        answer = sign_in(client, address, password, from_network=f"203.0.113.{len(seen)}")
        work[name] = hasher.checks - before
        seen[name] = (answer.status, masked(answer, address), headers_of(answer))
        words[name] = answer.text

    assert all(NO_MATCH in text for text in words.values()), words
    assert set(work.values()) == {1}, work
    assert {name: answer for name, answer in seen.items() if answer != seen["unknown"]} == {}
    assert seen["unknown"][0] == 422
    assert [(event.facts or {})["why"] for event in trail("sign-in:refused")] == [
        "unknown-address",
        "wrong-password",
        "not-set-up",
        "disabled",
        "ended",
        "wrong-password",
        "unknown-address",
        "unknown-address",
        "wrong-password",
        "unknown-address",
        "unknown-address",
    ]


def masked(answer, address: str) -> str:
    """The whole answer, but for what differs with every page and the address that was typed."""
    whole = answer.response.text
    whole = re.sub(r'(name="csrf_token" value|nonce)="[^"]*"', r"\1", whole)
    return re.sub(r'(<input[^>]*name="address"[^>]*) value="[^"]*"', r'\1 value=""', whole)


def headers_of(answer) -> list[tuple[str, str]]:
    varying = ("content-security-policy", "set-cookie", "content-length")
    return sorted((name, value) for name, value in answer.response.headers if name.lower() not in varying)


def test_the_answer_is_the_same_while_mail_is_down(hasher, client, monkeypatch):
    """Signing in asks no mail server, and no letter is waited for."""

    def fails(_message):
        raise AssertionError("signing in has written to a mail server")

    monkeypatch.setattr(tools().postman, "deliver", fails)

    assert NO_MATCH in sign_in(client, "nobody@brightwater.example").text
    assert NO_MATCH in sign_in(client, a_guest().address, WRONG).text


def test_what_was_typed_stays_but_never_the_password(client):
    answer = sign_in(client, "imani@brightwater.example", WRONG)

    assert answer.title.startswith("Error: Sign in")
    assert answer.value("address") == "imani@brightwater.example"
    assert WRONG not in answer.response.text


def test_a_password_changed_while_it_was_checked_lets_nobody_in(app, client, monkeypatch):
    guest = a_guest()
    hasher = tools().hasher

    def changed_meanwhile(password, stored):
        right = Hasher.matches(hasher, password, stored)
        with transaction():
            guest_now = db.session.merge(guest)
            guest_now.password_hash = hasher.hash("something else altogether")
        return right

    monkeypatch.setattr(hasher, "matches", changed_meanwhile)

    assert sign_in(client, guest.address).status == 422


def test_when_too_many_sign_in_at_once_one_is_told_when_to_come_back(client, monkeypatch):
    guest = a_guest()
    client.get("/sign-in")
    with monkeypatch.context() as crowded:
        crowded.setattr(passwords, "_queue", threading.Semaphore(0))
        for _ in range(8):
            client.get("/sign-in")
            answer = client.press("Sign in", address=guest.address, password=A_PASSWORD)
            assert answer.status == 429
            assert answer.response.headers["Retry-After"] == "5"
            assert "Try again in a few seconds" in answer.text
            assert answer.value("address") == guest.address, "what was typed is kept"

    assert sign_in(client, guest.address).status == 303, "tries that were not looked at do not count"


# The throttle


@pytest.mark.parametrize("address", ["imani.okafor@brightwater.example", "nobody@brightwater.example"])
def test_after_five_wrong_tries_there_is_a_wait_whoever_has_the_address(client, hasher, address):
    a_guest(address="imani.okafor@brightwater.example")
    for _ in range(5):
        assert sign_in(client, address, WRONG).status == 422
    checks = hasher.checks

    answer = sign_in(client, address.upper(), A_PASSWORD)

    assert answer.status == 429
    assert 0 < int(answer.response.headers["Retry-After"]) <= 30
    assert re.search(r"Too many tries\. Go on at (tomorrow )?\d\d:\d\d, or reset the password\.", answer.text)
    assert hasher.checks == checks, "counted before hashing"


def test_after_the_wait_the_right_password_clears_the_counter(client, new_client):
    guest = a_guest()
    for _ in range(5):
        sign_in(client, guest.address, WRONG)
    the_wait_is_over()

    assert sign_in(client, guest.address).status == 303

    stranger = new_client()
    assert [sign_in(stranger, guest.address, WRONG).status for _ in range(6)] == [422] * 5 + [429]


def test_a_flood_from_elsewhere_does_not_keep_out_a_known_browser(client, new_client):
    guest = a_guest()
    sign_in(client, guest.address)
    with client.http.session_transaction() as cookie:
        cookie.clear()  # the sign-in has run out; the browser is still known
    attacker = new_client()
    for number in range(8):
        sign_in(attacker, guest.address, WRONG, from_network=f"198.51.100.{number}")

    assert sign_in(new_client(), guest.address).status == 429
    assert sign_in(client, guest.address, from_network="198.51.100.1").status == 303


def test_a_known_browser_gets_no_more_tries_than_others(client):
    guest = a_guest()
    sign_in(client, guest.address)
    with client.http.session_transaction() as cookie:
        cookie.clear()

    assert [sign_in(client, guest.address, WRONG).status for _ in range(6)] == [422] * 5 + [429]


def test_being_known_for_one_account_helps_with_no_other(client):
    known, other = a_guest(), a_guest()
    sign_in(client, known.address)
    client.http.delete_cookie("portal")

    statuses = [sign_in(client, other.address, WRONG).status for _ in range(6)]

    assert statuses == [422] * 5 + [429]


def test_a_forged_device_is_none(client, new_client):
    guest = a_guest()
    for _ in range(5):
        sign_in(client, guest.address, WRONG)
    forger = new_client()
    forger.http.set_cookie("portal-device", "eyJhIjoiYiJ9.forged.signature")

    assert sign_in(forger, guest.address).status == 429


def test_a_network_that_tries_many_accounts_waits(client, new_client):
    statuses = [
        sign_in(client, f"n{number}@brightwater.example", WRONG, from_network="2001:db8:1:2::1").status
        for number in range(41)
    ]
    guest = a_guest()

    assert statuses == [422] * 40 + [429]
    assert sign_in(new_client(), guest.address, from_network="2001:db8:1:2:ffff::7").status == 429, "the same /64"
    assert sign_in(new_client(), guest.address, from_network="2001:db8:1:3::1").status == 303


def test_many_who_sign_in_rightly_behind_one_address_do_not_wait(new_client):
    guests = [a_guest() for _ in range(45)]

    assert {sign_in(new_client(), guest.address).status for guest in guests} == {303}


# Out


def test_signing_out_ends_the_sign_in_and_clears_the_browser(client):
    guest = a_sponsor()
    client.sign_in_as(guest)
    client.get("/account")

    answer = client.press("Sign out")

    assert answer.location == "/sign-in?after=sign-out"
    assert answer.response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert "You are signed out" in client.get(answer.location).text
    kept = db.session.scalars(select(SignIn).where(SignIn.user_id == guest.id)).one()
    assert kept.ended_because == "signed-out"
    assert trail("sign-in:ended")[-1].actor_id == guest.id


def test_a_stolen_cookie_is_worthless_after_signing_out(client, new_client):
    client.sign_in_as(a_guest())
    stolen = client.http.get_cookie("portal").value
    client.get("/account")
    client.press("Sign out")
    thief = new_client()
    thief.http.set_cookie("portal", stolen)

    assert thief.get("/account").location == "/sign-in?next=/account"


def test_signing_out_is_no_link(client):
    client.sign_in_as(a_guest())

    assert client.get("/sign-out").status == 405
    assert client.get("/account").status == 200


def test_signing_out_twice_is_fine(client):
    client.get("/sign-in")

    assert client.open("POST", "/sign-out", data={"csrf_token": client.current.value("csrf_token")}).status == 303
