"""Resetting passwords through its pages: tried first, pressed with the own password, followed to the end."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from portal.basics import tokens
from portal.basics.errors import Busy
from portal.domain import bulk_resets, mailbox, passwords
from portal.mail.delivery import Refused, Sent
from portal.storage.db import db, transaction
from portal.storage.models import (
    AuditEvent,
    Event,
    EventSession,
    Grant,
    OutgoingEmail,
    ResetOutcome,
    ResetRun,
    SignIn,
    Stream,
    User,
)
from portal.web import sending
from tests.factories import A_PASSWORD, a_grant, a_guest, a_sponsor, an_admin, an_event
from tests.web.guest.test_watching import FILM, a_film

NOW = datetime.now(UTC)
WRONG = "not the password of anybody"


@pytest.fixture
def ruth(app):
    return an_admin(name="Ruth Ambler")


@pytest.fixture
def dana(app):
    return a_sponsor(name="Dana Lee", address="dana.lee@aldermere.example")


@pytest.fixture
def imani(dana):
    return a_guest(name="Imani Okafor", address="imani@okafor.example", sponsor=dana)


@pytest.fixture
def yuki(dana):
    return a_guest(name="Yuki Tanabe", address="yuki@tanabe.example", sponsor=dana)


def trial(client, *people, **asked):
    return client.get(f"/resets/new?{urlencode([*(('person', each.key) for each in people), *asked.items()])}")


def press(client, button, **given):
    return client.press(button, **({"letters": "none", "why": "", "password": A_PASSWORD} | given))


def is_stopped(user: User) -> bool:
    return db.session.scalars(select(User.password_hash).where(User.id == user.id)).one() is None


def runs() -> list[ResetRun]:
    return list(db.session.scalars(select(ResetRun).order_by(ResetRun.id)))


def letters(kind="new_way_in") -> list[OutgoingEmail]:
    return list(db.session.scalars(select(OutgoingEmail).where(OutgoingEmail.letter == kind)))


def settle(letter, outcome) -> None:
    with transaction():
        in_hand = mailbox.take(letter.id, at=datetime.now(UTC))
        assert in_hand is not None
        mailbox.settle(in_hand, outcome, at=datetime.now(UTC))


def test_from_the_list_of_people_to_the_outcome(client, new_client, ruth, imani, yuki):
    guest, other = new_client(), new_client()
    guest.sign_in_as(imani)
    other.sign_in_as(yuki)
    client.sign_in_as(ruth)
    client.get("/admin/people")

    page = client.press("Reset passwords…", person=[imani.key])
    assert page.heading == "Reset the password of Imani Okafor?"
    assert "1 password stops working 1 sign-in ends on one person’s devices" in page.text
    assert guest.get("/").status == 200  # a trial changes nothing

    page = client.press("Reset the password", letters="mail", why="A tablet was left", password=A_PASSWORD, follow=True)
    assert page.heading == "1 password reset"
    assert "Run by Ruth Ambler" in page.text
    assert "Reason: A tablet was left" in page.text
    assert guest.get("/").location == "/sign-in?next=/"
    assert other.get("/").status == 200
    assert [is_stopped(person) for person in (imani, yuki, ruth)] == [True, False, False]
    assert [letter.to_address for letter in letters()] == [imani.address]


def test_an_event_of_somebody_else_is_not_named_by_its_key(client, dana):
    event = an_event(owner=a_sponsor(), title="Secret prize")
    client.sign_in_as(dana)

    assert "Secret prize" not in client.get(f"/resets/new?event={event.key}").text


def test_all_that_the_filter_finds(client, ruth, dana, imani, yuki):
    a_guest(sponsor=dana, password_hash=None, name="Omar Quill")
    elsewhere = a_guest()
    client.sign_in_as(ruth)
    client.get(f"/admin/people?sponsor={dana.address}")

    page = client.click("Reset all that this finds…")
    assert page.heading == "Reset the passwords of 2 people?"
    assert f"Guests of the sponsor “{dana.address}”." in page.text
    assert "1 is left as they are: 1 was stopped before" in page.text
    page = press(client, "Reset 2 passwords").location

    assert [is_stopped(person) for person in (imani, yuki, elsewhere)] == [True, True, False]
    assert runs()[0].reach["filter"] == {"sponsor": dana.address}
    assert letters() == []
    assert "Left as before (1)" in client.get(page).links
    assert "stopped before" in client.click("Left as before (1)").text


def test_the_own_password_is_asked_again_and_nothing_typed_is_lost(client, ruth, imani):
    client.sign_in_as(ruth)
    trial(client, imani)

    for password, error in (("", "Enter your own password"), (WRONG, "This is not your password.")):
        page = press(client, "Reset the password", letters="mail", why="Left behind", password=password)
        assert (page.status, page.errors) == (422, [f"Error: {error}"])
        assert (page.value("why"), page.value("letters"), page.value("person")) == ("Left behind", "mail", imani.key)
        assert WRONG not in page.response.text
    assert not is_stopped(imani)
    assert runs() == []

    assert client.press("Reset the password", password=A_PASSWORD).status == 303
    assert is_stopped(imani)
    assert len(letters()) == 1


def test_it_cannot_be_guessed_in_a_browser_left_open(client, ruth, imani):
    client.sign_in_as(ruth)
    trial(client, imani)

    statuses = [press(client, "Reset the password", password=f"guess {number}").status for number in range(5)]
    answer = press(client, "Reset the password")

    assert statuses == [422] * 5
    assert answer.status == 429
    assert answer.errors[0].startswith("Error: Too many tries. Go on at ")
    assert 0 < int(answer.response.headers["Retry-After"]) <= 30
    assert not is_stopped(imani)


def test_a_press_while_too_many_hash_loses_nothing_and_counts_no_try(client, ruth, imani, monkeypatch):
    def busy(*_):
        raise Busy("Too many people are signing in at this moment.", 5)

    client.sign_in_as(ruth)
    trial(client, imani)
    with monkeypatch.context() as patched:
        patched.setattr(passwords, "is_current", busy)
        pages = [press(client, "Reset the password", why="Left behind") for _ in range(7)]

    assert {page.status for page in pages} == {429}
    assert pages[-1].response.headers["Retry-After"] == "5"
    assert (pages[-1].value("why"), is_stopped(imani)) == ("Left behind", False)
    assert press(client, "Reset the password").status == 303


def test_the_filter_stays_in_the_addresses(client, ruth, dana, imani):
    client.sign_in_as(ruth)

    page = client.get("/admin/people?role=guest&seen=never&nothing=y&event=&sponsor=Dana")
    assert (page.value("seen"), page.value("nothing"), page.value("sponsor")) == ("never", "y", "Dana")
    page = client.click("Reset all that this finds…")
    assert page.heading == "Reset the password of Imani Okafor?"
    assert "Guests of the sponsor “Dana”, who never signed in, with nothing shared now." in page.text
    assert client.click("Change the filter").value("seen") == "never"


def test_letters_leave_only_if_asked_and_it_has_to_be_said(client, ruth, imani):
    client.sign_in_as(ruth)
    trial(client, imani)

    page = client.press("Reset the password", password=A_PASSWORD)

    assert (page.status, page.errors) == (422, ["Error: Choose whether a new way in is mailed"])
    assert not is_stopped(imani)


def test_pressed_twice_it_is_done_once(client, ruth, imani):
    client.sign_in_as(ruth)
    page = trial(client, imani)
    form = {"person": imani.key, "letters": "mail", "password": A_PASSWORD, "csrf_token": page.value("csrf_token")}
    form |= {"seen": page.value("seen"), "form_key": page.value("form_key")}
    referer = {"Referer": "http://localhost/resets/new"}

    first, second = (client.open("POST", "/resets", data=form, headers=referer).location for _ in range(2))

    assert first == second
    assert len(runs()) == len(letters()) == 1


def test_somebody_who_came_meanwhile_is_shown_first(client, ruth, dana, imani):
    client.sign_in_as(ruth)
    trial(client, sponsor=dana.address)
    came = a_guest(sponsor=dana, name="Omar Quill")

    page = press(client, "Reset the password", letters="none", why="It is over")

    assert page.status == 409
    assert "came, went or was reset after you looked" in page.text
    assert page.heading == "Reset the passwords of 2 people?"
    assert (page.value("why"), is_stopped(imani), is_stopped(came)) == ("It is over", False, False)
    assert press(client, "Reset 2 passwords").status == 303
    assert is_stopped(imani)
    assert is_stopped(came)


def test_a_sponsor_resets_guests_they_answer_for_and_nobody_else(client, dana, imani, ruth):
    foreign, kim = a_guest(name="Foreign Guest"), a_sponsor()
    a_grant(a_film(owner=dana), foreign)
    client.sign_in_as(dana)

    page = client.get(f"/guests/{imani.key}")
    assert client.click("Reset the password…").heading == "Reset the password of Imani Okafor?"
    assert "Reset the password…" not in client.get(f"/guests/{foreign.key}").links
    assert trial(client, foreign, kim, ruth, dana).heading == "Nobody to reset"
    page = trial(client)
    assert page.heading == "Reset the password of Imani Okafor?"
    data = {"person": [foreign.key, kim.key, ruth.key], "letters": "none", "password": A_PASSWORD}
    forged = {**data, "csrf_token": page.value("csrf_token"), "seen": page.value("seen")}
    answer = client.open("POST", "/resets", data=forged, headers={"Referer": "http://localhost/resets/new"})

    assert answer.status == 409
    assert [is_stopped(person) for person in (imani, foreign, kim, ruth)] == [False] * 4


def test_an_organiser_resets_the_guests_of_an_event_whom_they_answer_for(client, dana, imani, yuki):
    foreign, at = a_guest(name="Foreign Guest"), NOW - timedelta(days=1)
    finals = Event(
        key=tokens.new_key(),
        owner_id=dana.id,
        title="Finals 2025",
        time_zone="Europe/Berlin",
        opens_at=at,
        closes_at=NOW + timedelta(days=1),
        created_at=at,
    )
    film = a_film(owner=dana)
    with transaction():
        db.session.add(finals)
        db.session.flush()
        db.session.add(EventSession(event_id=finals.id, video_session_id=film.id, added_at=at))
        for guest in (imani, foreign):
            times = {"begins_at": at, "ends_at": finals.closes_at, "created_at": at}
            db.session.add(Grant(guest_id=guest.id, event_id=finals.id, granted_by_id=dana.id, **times))
    client.sign_in_as(dana)
    client.get(f"/events/{finals.key}")

    page = client.click("Reset their passwords…")
    assert page.heading == "Reset the password of Imani Okafor?"
    assert "Guests of the event “Finals 2025”. Only guests you answer for are among them." in page.text
    press(client, "Reset the password")

    assert [is_stopped(guest) for guest in (imani, yuki, foreign)] == [True, False, False]
    assert runs()[0].event_id == finals.id


def test_a_run_is_shown_to_who_pressed_and_to_admins_alone(client, new_client, dana, imani, ruth):
    with transaction():
        run = bulk_resets.void([imani.id], by=dana, words="Guests", reach={}, at=NOW)
    statuses = []
    for person in (dana, ruth, a_sponsor(), imani):
        browser = new_client()
        browser.sign_in_as(person)
        statuses.append(browser.get(f"/resets/{run.key}").status)

    assert statuses == [200, 200, 404, 403]


def test_failures_are_shown_first_and_run_again(client, ruth, imani, yuki):
    client.sign_in_as(ruth)
    trial(client, imani, yuki)
    place = press(client, "Reset 2 passwords", letters="mail").location
    page = client.get(place)
    assert page.page.find(".//*[@data-follows]") is not None  # what is on its way is looked after
    refused, sent = sorted(letters(), key=lambda letter: letter.to_address)
    settle(refused, Refused(550, "No such mailbox."))
    settle(sent, Sent())

    page = client.get(place)
    assert page.heading == "2 passwords reset, 1 letter failed"
    assert "Imani Okafor" in page.text
    assert "No such mailbox." in page.text
    assert "Yuki Tanabe" not in page.text
    assert page.page.find(".//*[@data-follows]") is None
    page = client.press("Send the letter again", follow=True)

    assert page.notices == ["1 letter leaves now"]
    assert [letter.to_address for letter in letters()].count(imani.address) == 2
    assert len(letters()) == 3


def test_a_voided_account_signs_in_no_more_and_is_answered_like_any(client, new_client, ruth, imani):
    with transaction():
        bulk_resets.void([imani.id], by=ruth, words="", reach={}, at=NOW)

    answers = []
    for address, password in ((imani.address, A_PASSWORD), (imani.address, WRONG), ("nobody@okafor.example", WRONG)):
        browser = new_client()
        browser.get("/sign-in")
        page = browser.press("Sign in", address=address, password=password)
        answers.append((page.status, page.notices, page.errors))

    assert answers[0] == answers[1] == answers[2]
    assert db.session.scalar(select(func.count()).where(SignIn.user_id == imani.id)) == 0
    whys = db.session.scalars(select(AuditEvent.facts).where(AuditEvent.kind == "sign-in:refused")).all()
    assert [facts["why"] for facts in whys] == ["wrong-password", "wrong-password", "unknown-address"]


def test_the_way_in_of_the_letter_is_used_once(client, new_client, ruth, imani):
    client.sign_in_as(ruth)
    trial(client, imani)
    place = press(client, "Reset the password", letters="mail").location
    link = letters()[0].text.partition("http://localhost")[2].split()[0]
    guest = new_client()

    page = guest.get(link, follow=True)
    page = guest.press(page.buttons[-1], password="seven marble lanterns hum", again="seven marble lanterns hum")

    assert page.status == 303
    assert "1 have chosen" not in client.get(place).text
    assert client.get(place).text.count("Has chosen a new one") == 1
    assert new_client().get(link, follow=True).status == 410
    assert [letter.letter for letter in letters("password_changed")] == ["password_changed"]


def test_a_playing_guest_is_cut_at_the_next_byte(client, new_client, monkeypatch, ruth, dana, imani):
    """The sign-in is asked about as bytes leave: what was begun before the reset does not go on after it."""
    film = a_film(owner=dana)
    a_grant(film, imani)
    client.sign_in_as(imani)
    client.get(f"/watch/{film.key}")
    started = client.press("Play", follow=True)
    stream = db.session.scalars(select(Stream)).one()
    media = f"/media/{stream.key}/film"
    assert started.status == 200
    assert client.open("GET", media, headers={"Range": "bytes=0-9"}).response.data == FILM[:10]
    begun = client.http.get(media, buffered=False).iter_encoded()
    assert next(begun) == FILM[: sending.STRETCH]

    with transaction():
        bulk_resets.void([imani.id], by=ruth, words="", reach={}, at=datetime.now(UTC))

    with pytest.raises(ConnectionResetError):
        list(begun)
    assert client.open("GET", media, headers={"Range": "bytes=10-19"}).status == 404
    assert client.get(f"/players/{stream.key}/state").location.startswith("/sign-in")


def test_the_trail_says_it_in_a_sentence(client, ruth, imani):
    client.sign_in_as(ruth)
    trial(client, imani)
    press(client, "Reset the password", why="Left behind")

    page = client.get(f"/admin/audit?person={imani.address}")

    assert (
        "Ruth Ambler stopped the passwords of 1 person named by hand: 1 password, 0 sign-ins ended, nothing mailed."
        " Reason: Left behind"
    ) in page.text


def test_bad_input_changes_nothing(client, ruth, imani):
    client.sign_in_as(ruth)

    assert client.get("/resets/new?person=nobody&person=%00").heading == "Nobody to reset"
    assert client.get("/resets/new?seen=-1&role=king&state=x&event=%00&nothing=").status == 200
    assert client.get("/resets/new?seen=99999999999").status == 200
    trial(client, imani)
    page = press(client, "Reset the password", why="x" * 301)
    assert (page.status, page.errors) == (422, ["Error: A reason has 300 characters at most"])
    assert db.session.scalars(select(ResetOutcome)).all() == []


def test_nobody_resets_themself(client, ruth):
    client.sign_in_as(ruth)

    page = trial(client, ruth)

    assert page.heading == "Nobody to reset"
    assert "1 is you" in page.text
    assert "Reset the password…" not in client.get(f"/admin/people/{ruth.key}").links
