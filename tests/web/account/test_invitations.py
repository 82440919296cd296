"""The way in, as a browser meets it (product.md, The way in; issue "The main job", point 4)."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.basics import dates
from portal.basics.roles import Role, UserState
from portal.domain import invitations, links
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Invitation, OutgoingEmail, Policy, PolicyAcceptance, SignIn, User
from tests.domain.invitations.ways import account_of, an_invited_guest, code_of, letters_to, token_of
from tests.factories import (
    A_PASSWORD,
    a_folder,
    a_grant,
    a_guest,
    a_sign_in_token,
    a_sponsor,
    a_video_session,
    an_admin,
)

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
NAME = "Imani Okafor"
BERLIN = "Europe/Berlin"


@pytest.fixture
def dana(app) -> User:
    return a_sponsor(name="Dana Lee", department="Alumni and Giving", address="dana@aldermere.example")


@pytest.fixture
def imani(dana) -> User:
    """A guest who was invited to one recording just now."""
    recording = a_video_session(owner=dana, title="Four years on", length_seconds=2880)
    return an_invited_guest(
        at=NOW, sponsor=dana, address="imani@brightwater.example", on=recording, note="These are the films."
    )


def follow_link(client, guest):
    return client.get(links.invitation(token_of(guest)), follow=True)


def give_code(client, guest):
    follow_link(client, guest)
    client.press("Email me the code", follow=True)
    return client.press("Continue", code=code_of(guest), follow=True)


def set_up(client, guest, **changes):
    give_code(client, guest)
    values = {"name": NAME, "password": A_PASSWORD, "again": A_PASSWORD, "accepted": "y"}
    return client.press(button_of(client), **(values | changes))


def button_of(client) -> str:
    return next(name for name in client.current.buttons if name.startswith("Save and "))


def sign_in(client, user) -> None:
    token = a_sign_in_token(user)
    with client.http.session_transaction() as cookie:
        cookie["sign_in"] = token


def change(row, **values) -> None:
    with transaction():
        for name, value in values.items():
            setattr(row, name, value)


# Opening the link


def test_a_letter_leads_from_its_link_to_what_was_shared(client, imani):
    page = follow_link(client, imani)
    assert page.heading == "Dana Lee shares a recording with you"

    page = client.press("Email me the code", follow=True)
    assert page.heading == "Enter the six digits"

    page = client.press("Continue", code=code_of(imani), follow=True)
    assert page.heading == "Your name and a password"

    answer = client.press("Save and see the recording", name=NAME, password=A_PASSWORD, again=A_PASSWORD, accepted="y")
    (thing,) = db.session.scalars(db.select(Invitation)).all()
    assert thing.used_at is not None
    assert answer.location.startswith("/watch/")


def test_the_page_shows_what_is_shared_and_keeps_the_address_to_itself(client, imani, dana):
    a_grant(a_folder(owner=dana, title="Diploma films"), imani, ends_at=NOW + 12 * DAY)

    page = follow_link(client, imani)

    for words in (
        "Dana Lee",
        "Alumni and Giving",
        "Four years on",
        "48 minutes",
        "Diploma films",
        "These are the films.",
    ):
        assert words in page.text
    assert "i•••••@brightwater.example" in page.text
    assert "imani@" not in page.text
    assert "As named for each below" in page.text
    assert list(page.page.iter("img")) == []


def test_one_end_for_all_is_a_term_of_its_own(client, dana):
    guest = an_invited_guest(at=NOW, sponsor=dana, granted=False)
    a_grant(a_video_session(owner=dana), guest, ends_at=datetime.now(UTC) + 12 * DAY)  # NOW may be yesterday
    with transaction():
        invitations.mail(guest, by=dana, note="", at=NOW)

    assert "12 days from today" in follow_link(client, guest).text


def test_everyone_who_shares_is_named(client, imani):
    a_grant(a_video_session(owner=a_sponsor(name="Tomas Berg"), title="Meadow Morning"), imani)

    page = follow_link(client, imani)

    assert "Also from Tomas Berg" in page.text
    assert page.heading == "Dana Lee and Tomas Berg share two recordings with you"


def test_the_token_leaves_the_address_bar_at_once_and_is_told_to_nobody(client, imani):
    token = token_of(imani)

    answer = client.get(links.invitation(token))

    assert (answer.status, answer.location) == (303, "/invitation")
    assert answer.response.headers["Referrer-Policy"] == "no-referrer"
    assert token not in client.get("/invitation").response.text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_scanners_and_previews_change_nothing_however_often_they_come(new_client, imani, write_log, method):
    """The page client fails on any write of a GET or HEAD; here every row is compared on top."""
    before = everything()

    for _ in range(3):
        scanner = new_client()
        scanner.open(method, links.invitation(token_of(imani)), headers={"Sec-Purpose": "prefetch"})
        scanner.open(method, "/invitation")
        scanner.open(method, "/invitation/code")
        scanner.open(method, "/invitation/account")

    assert everything() == before
    assert follow_link(new_client(), imani).status == 200


def everything() -> list[object]:
    kinds = (User, Invitation, OutgoingEmail, SignIn, AuditEvent)
    return [
        (kind.__name__, tuple(getattr(row, column.key) for column in kind.__table__.columns))
        for kind in kinds
        for row in db.session.scalars(db.select(kind).order_by(kind.__mapper__.primary_key[0]))
    ]


def test_opening_signs_nobody_in(client, imani):
    follow_link(client, imani)

    with client.http.session_transaction() as cookie:
        assert "sign_in" not in cookie
    assert db.session.scalar(db.select(db.func.count()).select_from(SignIn)) == 0


# Links that lead no further


def test_an_unknown_link_says_nothing_of_anyone(client, imani):
    page = client.get("/invitations/nobody-was-mailed-this", follow=True)

    assert (page.status, page.heading) == (404, "This link leads nowhere")
    assert "Sign in" in page.links
    assert "brightwater" not in page.text


def test_no_link_at_all_leads_nowhere_too(client, app):
    assert client.get("/invitation").status == 404
    for path in ("/invitation/code", "/invitation/account"):
        assert client.get(path).location == "/invitation"


def test_an_expired_link_fetches_a_fresh_one_to_the_same_address(client, imani):
    change(db.session.scalars(db.select(Invitation)).one(), ends_at=NOW - timedelta(minutes=1))
    page = follow_link(client, imani)
    assert (page.status, page.heading) == (410, "This invitation has run out")

    page = client.press("Email me a fresh link", follow=True)

    assert page.heading == "A newer letter was sent"
    assert [letter.to_address for letter in letters_to(imani)] == ["imani@brightwater.example"] * 2
    assert follow_link(client, imani).heading == "Dana Lee shares a recording with you"


def test_a_replaced_link_points_to_the_newer_letter(client, imani):
    older = token_of(imani)
    with transaction():
        invitations.mail_again_for(imani, at=NOW)

    page = client.get(links.invitation(older), follow=True)

    assert (page.status, page.heading) == (410, "A newer letter was sent")
    assert "Have the letter mailed again" in page.links


def test_a_used_link_says_sign_in(client, new_client, imani):
    link = links.invitation(token_of(imani))
    set_up(client, imani)

    page = new_client().get(link, follow=True)

    assert (page.status, page.heading) == (410, "This account is already set up")
    assert page.links["Sign in"] == "/sign-in"


@pytest.mark.parametrize(
    ("happened", "heading"),
    [
        ("withdrawn", "This invitation was withdrawn"),
        ("disabled", "This account is closed"),
        ("ended", "This account has ended"),
        ("nothing shared", "What was shared with you has ended"),
    ],
)
def test_a_dead_link_says_why_and_whom_to_ask(client, imani, dana, happened, heading):
    link = links.invitation(token_of(imani))
    if happened == "withdrawn":
        with transaction():
            invitations.withdraw(imani, by=dana, at=NOW)
    if happened == "disabled":
        change(imani, state=UserState.DISABLED)
    if happened == "ended":
        change(imani, ends_at=NOW)
    if happened == "nothing shared":
        from portal.storage.models import Grant

        change(db.session.scalars(db.select(Grant)).one(), ends_at=NOW)

    page = client.get(link, follow=True)

    assert (page.status, page.heading) == (410, heading)
    assert page.links["Write to Dana Lee"] == "mailto:dana@aldermere.example"
    assert page.buttons == []


# Terms


def test_the_invitation_says_from_when_until_when_and_how_often(client, dana):
    terms = {"begins_at": NOW + DAY, "ends_at": NOW + 12 * DAY, "views_limit": 2}
    guest = an_invited_guest(at=NOW, sponsor=dana, granted=False)
    a_grant(a_video_session(owner=dana, title="Four years on"), guest, **terms)
    a_grant(a_video_session(owner=dana, title="Meadow Morning"), guest, **terms)
    with transaction():
        invitations.mail(guest, by=dana, note="", at=NOW)

    page = follow_link(client, guest)

    assert dates.long_date(NOW + DAY, BERLIN) in page.text
    assert dates.long_date(NOW + 12 * DAY, BERLIN) in page.text
    assert "2 for each recording" in page.text
    assert "only a new sitting takes a view" in page.text


def test_terms_that_differ_stand_with_each_thing(client, dana, imani):
    a_grant(a_folder(owner=dana, title="Donors"), imani, begins_at=NOW + DAY, ends_at=NOW + 3 * DAY, views_limit=3)

    page = follow_link(client, imani)

    assert page.text.count("As named for each below") == 3
    assert f"Opens {dates.long_date(NOW + DAY, BERLIN)}" in page.text
    assert f"Until {dates.long_date(NOW + 3 * DAY, BERLIN)}" in page.text
    assert "Views: 3 for each recording" in page.text
    assert "Views: As often as you like" in page.text


def test_what_has_not_begun_can_be_set_up_for_already(client, dana):
    guest = an_invited_guest(at=NOW, sponsor=dana, granted=False)
    a_grant(a_video_session(owner=dana), guest, begins_at=NOW + DAY)
    with transaction():
        invitations.mail(guest, by=dana, note="", at=NOW)

    assert set_up(client, guest).location == links.HOME


# Signed in already


def test_someone_else_is_asked_to_sign_out_and_goes_on(client, imani):
    sign_in(client, a_guest(name="Rosalind Achterberg"))

    page = follow_link(client, imani)
    assert page.heading == "You are signed in as Rosalind Achterberg"
    assert "Four years on" not in page.text

    page = client.press("Sign out and go on", follow=True)
    assert page.heading == "Dana Lee shares a recording with you"
    assert db.session.scalars(db.select(SignIn)).one().ended_because == "signed-out"


def test_while_signed_in_as_someone_else_no_step_can_be_taken(client, imani):
    follow_link(client, imani)
    page = client.current
    sign_in(client, a_guest())
    client.current = page

    assert client.press("Email me the code").location == "/invitation"
    assert letters_to(imani, "set_up_code") == []


def test_the_same_person_goes_on_to_what_was_shared(client, imani):
    link = links.invitation(token_of(imani))
    recording = set_up(client, imani).location

    assert client.get(link).location == "/invitation"
    assert client.get("/invitation").location == recording


# The code


def test_a_forwarded_link_is_worthless_to_whoever_got_it(client, new_client, imani):
    """The owner gives the code in their browser; another browser with the same link stays outside."""
    give_code(client, imani)
    stranger = new_client()
    follow_link(stranger, imani)

    assert stranger.get("/invitation/account").location == "/invitation"
    answer = stranger.open(
        "POST",
        "/invitation/account",
        data={
            "name": "A stranger",
            "password": A_PASSWORD,
            "again": A_PASSWORD,
            "accepted": "y",
            "policy_version": "1",
            "csrf_token": csrf_of(stranger),
        },
    )
    assert answer.location == "/invitation"
    assert account_of(imani.address).state is UserState.INVITED
    assert button_of(client) == "Save and see the recording"


def csrf_of(client) -> str:
    client.get("/invitation")
    return client.current.value("csrf_token")


def test_wrong_digits_say_how_many_tries_are_left_and_keep_what_was_typed(client, imani):
    follow_link(client, imani)
    client.press("Email me the code", follow=True)
    wrong = f"{(int(code_of(imani)) + 1) % 1_000_000:06}"

    page = client.press("Continue", code=wrong)
    assert page.status == 422
    assert page.errors == ["Error: These are not the six digits we mailed last. You have 4 tries left."]
    assert page.value("code") == wrong

    for _ in range(3):
        page = client.press("Continue", code=wrong)
    assert page.errors == ["Error: These are not the six digits we mailed last. You have 1 try left."]
    page = client.press("Continue", code=wrong)
    assert "All five tries are used" in page.text
    assert page.buttons == ["Email me a new code"]


def test_what_is_not_six_digits_takes_no_try(client, imani):
    follow_link(client, imani)
    client.press("Email me the code", follow=True)

    page = client.press("Continue", code="my mail is not here")

    assert (page.status, page.errors) == (422, ["Error: Enter the six digits from the mail"])
    assert db.session.scalars(db.select(Invitation)).one().code_tries_left == 5


def test_a_second_press_within_a_minute_says_when(client, imani):
    follow_link(client, imani)
    client.press("Email me the code", follow=True)

    page = client.press("Email me a new code")

    assert page.status == 429
    assert 0 < int(page.response.headers["Retry-After"]) <= 60
    assert "The next code can be mailed at" in page.text
    assert "Continue" in page.buttons
    assert len(letters_to(imani, "set_up_code")) == 1


def test_a_code_that_has_ended_offers_a_new_one(client, imani):
    follow_link(client, imani)
    client.press("Email me the code", follow=True)
    change(db.session.scalars(db.select(Invitation)).one(), code_ends_at=NOW)

    page = client.get("/invitation/code")
    assert "That code has ended" in page.text

    page = client.press("Email me a new code", follow=True)
    assert "Continue" in page.buttons


def test_guessing_over_many_codes_is_slowed_down(client, imani):
    follow_link(client, imani)
    client.press("Email me the code", follow=True)
    row = db.session.scalars(db.select(Invitation)).one()
    wrong = f"{(int(code_of(imani)) + 1) % 1_000_000:06}"
    statuses = []
    for _ in range(12):
        change(row, code_tries_left=5)
        statuses.append(client.press("Continue", code=wrong).status)

    assert statuses[-1] == 429
    assert "Too many tries. Go on at" in client.current.errors[0]
    assert int(client.current.response.headers["Retry-After"]) >= 1


@pytest.mark.settings(invitation_code=False)
def test_where_codes_are_off_the_link_leads_straight_on(client, imani):
    page = follow_link(client, imani)
    assert client.get("/invitation/code").location == "/invitation"
    follow_link(client, imani)

    page = client.click("Set up the account")

    assert page.heading == "Your name and a password"


# Name, password, policy


def test_setting_up_signs_in_and_accepts_the_policy(client, imani, dana):
    answer = set_up(client, imani)

    assert answer.location.startswith("/watch/")
    user = account_of(imani.address)
    assert (user.state, user.name) == (UserState.ACTIVE, NAME)
    assert db.session.scalars(db.select(SignIn)).one().user_id == user.id
    newest = db.session.scalar(db.select(db.func.max(Policy.version)))
    accepted = db.session.scalars(db.select(PolicyAcceptance).where(PolicyAcceptance.user_id == user.id)).one()
    assert db.session.get_one(Policy, accepted.policy_id).version == newest
    assert [letter.letter for letter in letters_to(dana)] == ["guest_set_up"]


def test_the_browser_gets_a_new_cookie_and_forgets_token_and_proof(client, imani):
    set_up(client, imani)

    with client.http.session_transaction() as cookie:
        assert "sign_in" in cookie
        assert "invitation" not in cookie
        assert "invitation_proof" not in cookie


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "  "}, "Enter your name"),
        ({"name": "n" * 201}, "A name has 200 characters at most; this one has 201"),
        ({"password": "too short"}, "Use at least 15 characters. Four or five words do well."),
        ({"again": A_PASSWORD + "!"}, "The two passwords differ. Type the same one twice."),
        ({"accepted": None}, "Accept the policy to set up the account"),
        (
            {"password": "imani okafor dana lee", "again": "imani okafor dana lee"},
            "This is made of your name, your address or the name of this site. Choose other words.",
        ),
    ],
)
def test_an_error_stands_beside_its_field(client, imani, changes, words):
    page = set_up(client, imani, **changes)

    assert page.status == 422
    assert page.title.startswith("Error: ")
    assert f"Error: {words}" in page.errors
    assert account_of(imani.address).state is UserState.INVITED


def test_an_error_keeps_name_and_tick_and_never_a_password(client, imani):
    page = set_up(client, imani, password="too short", again="too short")

    assert page.value("name") == NAME
    assert page.value("accepted") == "y"
    assert page.value("password") == page.value("again") == ""
    assert "too short" not in page.response.text


def test_a_policy_published_meanwhile_is_shown_before_it_is_accepted(client, imani):
    give_code(client, imani)
    newest = db.session.scalar(db.select(db.func.max(Policy.version)))
    with transaction():
        db.session.add(
            Policy(version=newest + 1, summary="A new line.", body="More.", change_note="", published_at=NOW)
        )

    page = client.press("Save and see the recording", name=NAME, password=A_PASSWORD, again=A_PASSWORD, accepted="y")

    assert page.status == 422
    assert page.errors == ["Error: The policy has changed since you opened this page. Read it as it is now."]
    assert "A new line." in page.text
    assert page.value("accepted") is None


def test_hidden_fields_change_nothing(client, imani):
    give_code(client, imani)
    answer = client.open(
        "POST",
        "/invitation/account",
        data={
            "name": NAME,
            "password": A_PASSWORD,
            "again": A_PASSWORD,
            "accepted": "y",
            "policy_version": client.current.value("policy_version"),
            "csrf_token": client.current.value("csrf_token"),
            "address": "somebody@else.example",
            "role": "admin",
            "state": "active",
            "sponsor_id": "1",
        },
    )

    assert answer.status == 303
    user = account_of(imani.address)
    assert (user.role, user.sponsor_id) == (Role.GUEST, imani.sponsor_id)


def test_a_link_that_died_while_the_form_was_open_says_so(client, imani, dana):
    give_code(client, imani)
    with transaction():
        invitations.withdraw(imani, by=dana, at=NOW)

    page = client.press(
        "Save and see the recording", name=NAME, password=A_PASSWORD, again=A_PASSWORD, accepted="y", follow=True
    )

    assert page.heading == "This invitation was withdrawn"


def test_a_proof_that_has_ended_asks_for_a_new_code(client, imani):
    give_code(client, imani)
    change(db.session.scalars(db.select(Invitation)).one(), proof_ends_at=NOW)

    page = client.press(
        "Save and see the recording", name=NAME, password=A_PASSWORD, again=A_PASSWORD, accepted="y", follow=True
    )

    assert "The code has to be checked again" in page.text
    assert "Email me the code" in page.buttons


def test_a_second_press_of_save_leads_to_the_same_place(client, imani):
    give_code(client, imani)
    form = client.current
    values = {"name": NAME, "password": A_PASSWORD, "again": A_PASSWORD, "accepted": "y"}
    first = client.press("Save and see the recording", **values)
    client.current = form
    second = client.open("POST", "/invitation/account", data={**values, "csrf_token": "of before"})

    assert first.location.startswith("/watch/")
    assert second.status in (303, 400)


# Staff


def test_staff_come_in_the_same_way(client, app):
    ada = an_admin(name="Ada Moreau")
    with transaction():
        invitations.invite_staff(
            "dana@aldermere.example", Role.SPONSOR, name="Dana Lee", department="Alumni", by=ada, at=NOW
        )
    dana = account_of("dana@aldermere.example")

    page = follow_link(client, dana)
    assert page.heading == "Ada Moreau invites you as a sponsor"
    page = give_code(client, dana)
    assert page.value("name") == "Dana Lee"
    answer = client.press("Save and go in", password=A_PASSWORD, again=A_PASSWORD, accepted="y")

    assert answer.location == links.TODAY
    assert account_of("dana@aldermere.example").state is UserState.ACTIVE
