"""People for admins: find anyone, invite staff, see one, stop and let go on."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.basics.roles import Role, UserState
from portal.domain import disabling, invitations, people
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Invitation, OutgoingEmail, SignIn, User
from tests.factories import A_PASSWORD, a_grant, a_guest, a_sign_in_token, a_sponsor, a_video_session, an_admin
from tests.web.admin.counting import queries_of

NEW = "kim.osei@aldermere.example"


@pytest.fixture
def admin(app, client):
    admin = an_admin(name="Ada Admin", address="ada@aldermere.example")
    client.sign_in_as(admin)
    return admin


def invited(address: str = NEW, *, by: User, role: Role = Role.SPONSOR) -> User:
    with transaction():
        invitations.invite_staff(address, role, name="Kim Osei", department="", by=by, at=datetime.now(UTC))
    user = people.find_by_address(address)
    assert user is not None
    return user


def kinds() -> list[str]:
    return list(db.session.scalars(db.select(AuditEvent.kind).order_by(AuditEvent.sequence.desc()).limit(3)))


# Finding


def test_everybody_is_listed_with_role_state_and_sponsor(admin, client):
    dana = a_sponsor(name="Dana Lee")
    a_guest(name="Imani Okafor", address="imani@brightwater.example", sponsor=dana)
    invited(by=admin)

    page = client.get("/admin/people")

    assert page.heading == "People"
    assert "Imani Okafor imani@brightwater.example Guest Active Dana Lee never" in page.text
    assert "Kim Osei kim.osei@aldermere.example Sponsor Invited, letter waiting staff never" in page.text


@pytest.mark.parametrize("typed", ["imani", "IMANI@bright", "okaf", "Imani Ok", "Éa", "éa", "50%"])
def test_anyone_is_found_by_the_beginning_of_a_name_or_address(admin, client, typed):
    a_guest(name="Imani Okafor Éa 50%", address="imani@brightwater.example")
    a_guest(name="Yuki Tanabe", address="yuki@sakura-trust.example")

    page = client.get("/admin/people", query_string={"search": typed})

    assert "imani@brightwater.example" in page.text
    assert "Yuki" not in page.text


def test_signs_of_a_pattern_are_ordinary_letters(admin, client):
    a_guest(name="Imani Okafor")

    assert "Nobody like that" in client.get("/admin/people?search=%25").text


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"role": "guest"}, {"active", "ended", "disabled"}),
        ({"role": "guest", "state": "active"}, {"active"}),
        ({"state": "ended"}, {"ended"}),
        ({"state": "disabled"}, {"disabled"}),
        ({"state": "invited"}, {"invited"}),
        ({"state": "no such"}, {"active", "ended", "disabled", "invited"}),
    ],
)
def test_people_are_filtered_by_role_and_state(admin, client, wanted, found):
    dana = a_sponsor(name="Dana Lee")
    a_guest(name="Guest active", sponsor=dana)
    a_guest(name="Guest ended", sponsor=dana, ends_at=datetime.now(UTC) - timedelta(hours=1))
    a_guest(name="Guest disabled", sponsor=dana, state=UserState.DISABLED)
    with transaction():
        invitations.invite_staff(NEW, Role.SPONSOR, name="Staff invited", department="", by=dana, at=datetime.now(UTC))

    page = client.get("/admin/people", query_string=wanted)

    names = {"Guest active", "Guest ended", "Guest disabled", "Staff invited"}
    assert {name.split()[1] for name in names if name in page.text} == found


def test_many_people_come_in_pages_and_the_questions_stay_the_same(admin, client):
    dana = a_sponsor(name="Dana Lee")
    invited(by=admin)
    few = queries_of(lambda: client.get("/admin/people"))
    for number in range(30):
        a_guest(name=f"Person no {number}.", sponsor=dana)

    many = queries_of(lambda: client.get("/admin/people"))
    last = client.click("Older")

    assert len(many) <= len(few) <= 5
    assert "Person no 0." in last.text
    assert "Person no 29." not in last.text


# Inviting staff


def test_an_admin_invites_a_sponsor(admin, client):
    client.get("/admin/people")
    client.click("Invite a sponsor or an admin")

    page = client.press("Send the invitation", address=f" {NEW.upper()} ", name="Kim Osei", follow=True)

    kim = people.find_by_address(NEW)
    assert kim is not None
    assert (kim.role, kim.state, kim.name, kim.password_hash) == (Role.SPONSOR, UserState.INVITED, "Kim Osei", None)
    assert page.notices == [f"{NEW} is invited as a sponsor The letter leaves now."]
    assert db.session.scalar(db.select(OutgoingEmail.letter)) == "staff_invitation"
    assert set(kinds()[:2]) == {"user:invited", "invitation:sent"}


def test_an_admin_can_be_invited_too_and_nothing_else(admin, client):
    client.get("/admin/people/invite")
    client.press("Send the invitation", address=NEW, role="admin")
    kim = people.find_by_address(NEW)
    assert kim is not None
    assert kim.is_admin

    client.get("/admin/people/invite")
    page = client.press("Send the invitation", address="eve@aldermere.example", role="guest")

    assert page.status == 422
    assert page.errors == ["Error: Choose what they will be: a sponsor or an admin"]
    assert people.find_by_address("eve@aldermere.example") is None


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (UserState.ACTIVE, "Dana Lee is here as a guest already"),
        (UserState.DISABLED, "Dana Lee is disabled, and was here as a guest already"),
    ],
)
def test_an_address_in_use_is_said_to_be_and_nothing_typed_is_lost(admin, client, state, words):
    a_guest(address=NEW, name="Dana Lee", state=state)
    client.get("/admin/people/invite")

    page = client.press("Send the invitation", address=NEW, name="Kim", department="Giving", note="Welcome\n\nKim")

    assert page.status == 422
    assert page.errors == [f"Error: {words}"]
    assert (page.value("address"), page.value("name"), page.value("department")) == (NEW, "Kim", "Giving")
    assert page.value("note") == "Welcome\r\n\r\nKim"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"address": ""}, "Enter a mail address"),
        ({"address": "kim at home"}, "“kim at home” is not a mail address"),
        ({"address": NEW, "name": "K" * 300}, "A name has 200 characters at most; this one has 300"),
        ({"address": NEW, "department": "D" * 300}, "A department has 200 characters at most"),
    ],
)
def test_what_cannot_be_invited_is_said_beside_its_field(admin, client, typed, words):
    client.get("/admin/people/invite")

    page = client.press("Send the invitation", **typed)

    assert page.status == 422
    assert page.errors == [f"Error: {words}"]
    assert people.find_by_address(NEW) is None


# One person


def test_a_persons_page_shows_facts_sign_ins_and_letters(admin, client):
    dana = a_sponsor(name="Dana Lee")
    imani = a_guest(name="Imani Okafor", sponsor=dana)
    a_sign_in_token(imani)

    page = client.get(f"/admin/people/{imani.key}")

    assert page.heading == "Imani Okafor"
    assert "Sponsor Dana Lee" in page.text
    assert "a test" in page.text
    assert len(queries_of(lambda: client.get(f"/admin/people/{imani.key}"))) <= 5


def test_nobody_of_that_key_is_not_found(admin, client):
    for path in ("", "/disable", "/withdraw"):
        assert client.get(f"/admin/people/nobodyskey234567{path}").status == 404


def test_an_admin_ends_all_sign_ins_of_a_person(admin, client, new_client):
    imani = a_guest()
    other = new_client()
    other.sign_in_as(imani)
    client.get(f"/admin/people/{imani.key}")

    client.press("End all sign-ins")

    assert other.get("/").location.startswith("/sign-in")
    assert kinds()[0] == "sign-in:ended"


def test_an_invitation_is_sent_again_and_withdrawn(admin, client):
    kim = invited(by=admin)
    assert len(queries_of(lambda: client.get(f"/admin/people/{kim.key}"))) <= 5

    client.get(f"/admin/people/{kim.key}")
    client.press("Send a new invitation", follow=True)
    client.click("Withdraw the invitation…")
    page = client.press("Withdraw the invitation", follow=True)

    standing = [(bool(row.replaced_at), bool(row.withdrawn_at)) for row in db.session.scalars(db.select(Invitation))]
    assert standing == [(True, False), (False, True)]
    assert "Invitation withdrawn" in page.text
    assert "Send a new invitation" in page.buttons


def test_someone_who_is_here_gets_no_invitation(admin, client):
    imani = a_guest()
    client.get(f"/admin/people/{imani.key}")

    page = client.open("POST", f"/admin/people/{imani.key}/invitation", data={"csrf_token": token_of(client)})

    assert page.status == 303
    assert db.session.scalar(db.select(OutgoingEmail)) is None


# Disabling


def test_disabling_asks_why_ends_everything_and_is_recorded(admin, client, new_client):
    imani = a_guest(name="Imani Okafor")
    a_grant(a_video_session(), imani)
    other = new_client()
    other.sign_in_as(imani)
    client.get(f"/admin/people/{imani.key}")
    page = client.click("Disable the account…")
    assert page.heading == "Disable Imani Okafor?"
    assert "1 sign-in ends with this" in page.text

    page = client.press("Disable the account", follow=True, reason="Left the jury")

    assert page.notices[0] == "Imani Okafor is disabled"
    assert other.get("/").location.startswith("/sign-in")
    entry = db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == "user:disabled")).one()
    assert entry.facts == {"reason": "Left the jury"}


def test_a_reason_is_asked_for(admin, client):
    imani = a_guest()
    client.get(f"/admin/people/{imani.key}/disable")

    page = client.press("Disable the account", reason="  ")

    assert page.status == 422
    assert page.errors == ["Error: Say why, in a few words; it goes to the audit trail"]
    db.session.refresh(imani)
    assert imani.state is UserState.ACTIVE


def test_mailed_links_die_with_the_account_and_stay_dead(admin, client):
    kim = invited(by=admin)
    client.get(f"/admin/people/{kim.key}/disable")
    client.press("Disable the account", reason="Wrong person", follow=True)
    client.press("Enable the account", follow=True)

    db.session.refresh(kim)
    assert kim.state is UserState.INVITED
    assert [row.is_open(datetime.now(UTC)) for row in db.session.scalars(db.select(Invitation))] == [False]
    assert "user:enabled" in kinds()


def test_an_enabled_account_goes_on_with_its_password(admin, client):
    imani = a_guest(state=UserState.DISABLED, activated_at=datetime.now(UTC))
    client.get(f"/admin/people/{imani.key}")

    client.press("Enable the account")

    db.session.refresh(imani)
    assert imani.state is UserState.ACTIVE


def test_admins_cannot_disable_themselves(admin, client):
    an_admin()
    page = client.get(f"/admin/people/{admin.key}")
    assert "You cannot disable your own account. Another admin can." in page.text
    page = client.get(f"/admin/people/{admin.key}/disable")
    assert "Disable the account" not in page.buttons

    client.get(f"/admin/people/{a_guest().key}/disable")
    forged = {"csrf_token": token_of(client), "reason": "I am tired"}
    client.open("POST", f"/admin/people/{admin.key}/disable", data=forged)

    db.session.refresh(admin)
    assert admin.state is UserState.ACTIVE


def test_two_admins_who_disable_each_other_leave_one(app):
    ada, bo = an_admin(), an_admin()
    at = datetime.now(UTC)

    with transaction():
        assert disabling.disable(ada, by=bo, reason="tired", at=at)
    with pytest.raises(disabling.CannotDisable, match="Your own account was disabled"), transaction():
        disabling.disable(bo, by=ada, reason="tired too", at=at)

    db.session.refresh(bo)
    assert bo.is_live(at)


def test_the_last_admin_stays(app):
    ada, dana = an_admin(), a_sponsor()

    with pytest.raises(disabling.CannotDisable, match="the last admin"), transaction():
        disabling.disable(ada, by=dana, reason="tired", at=datetime.now(UTC))


def test_disabling_twice_is_one_act(app):
    ada, imani = an_admin(), a_guest()
    at = datetime.now(UTC)

    with transaction():
        assert disabling.disable(imani, by=ada, reason="once", at=at)
    with transaction():
        assert not disabling.disable(imani, by=ada, reason="twice", at=at)

    assert kinds().count("user:disabled") == 1


def test_what_was_signed_in_is_ended_in_the_same_act(app):
    ada, imani = an_admin(), a_guest()
    a_sign_in_token(imani)

    with transaction():
        disabling.disable(imani, by=ada, reason="once", at=datetime.now(UTC))

    assert db.session.scalars(db.select(SignIn.ended_because)).all() == ["disabled"]


def token_of(client) -> str:
    return client.current.value("csrf_token") or ""


# Handing over


def test_what_a_leaver_answers_for_is_handed_over(admin, client):
    dana, maxi = a_sponsor(name="Dana Lee"), a_sponsor(name="Maxi Long")
    guest = a_guest(sponsor=dana)
    on = a_video_session(owner=dana, title="What your gift built")
    client.get(f"/admin/people/{dana.key}")

    page = client.click("Hand over…")
    assert page.heading == "Hand over what Dana Lee answers for?"
    assert "in one step: 1 guest, 1 recording." in page.text
    wrong = client.press("Hand it over", to="nobody")
    assert wrong.status == 422
    assert wrong.errors == ["Error: “nobody” is not a mail address"]
    assert wrong.value("to") == "nobody"
    done = client.press("Hand it over", follow=True, to=maxi.address)

    assert "Maxi Long answers for 1 guest, 1 recording now" in done.notices[0]
    assert "nothing to hand over" in client.get(f"/admin/people/{dana.key}/hand-over").text
    for row in (guest, on):
        db.session.refresh(row)
    assert (guest.sponsor_id, on.owner_id) == (maxi.id, maxi.id)
    trail = client.get("/admin/audit").text
    assert f"handed what Dana Lee answered for over to {maxi.address}: 1 guest, 1 recording" in trail


def test_a_guest_holds_nothing_to_hand_over(admin, client):
    guest = a_guest()

    assert "Hand over…" not in client.get(f"/admin/people/{guest.key}").links
    assert client.get(f"/admin/people/{guest.key}/hand-over").status == 404


# Roles


def test_a_role_is_changed_with_the_admin_s_own_password(admin, client):
    dana = a_sponsor(name="Dana Lee")
    client.get(f"/admin/people/{dana.key}")
    client.click("Change the role")

    assert client.press("Save the role", role="admin").errors == [
        "Error: Enter your own password, as you sign in with it"
    ]
    wrong = client.press("Save the role", role="admin", current="not the password")
    assert wrong.status == 422
    assert wrong.errors == ["Error: This is not your password."]
    db.session.refresh(dana)
    assert dana.role is Role.SPONSOR
    done = client.press("Save the role", follow=True, role="admin", current=A_PASSWORD)

    assert "Dana Lee is an admin now" in done.notices[0]
    db.session.refresh(dana)
    assert dana.is_admin
    assert "role: “sponsor” became “admin”" in client.get("/admin/audit").text


def test_the_password_cannot_be_guessed_at_the_role(admin, client):
    dana = a_sponsor()
    statuses = []
    for number in range(6):
        client.get(f"/admin/people/{dana.key}/role")
        statuses.append(client.press("Save the role", role="admin", current=f"guess {number}").status)

    assert statuses == [422] * 5 + [429]


def test_one_s_own_role_and_that_of_guests_stay(admin, client):
    assert "Another admin can" in client.get(f"/admin/people/{admin.key}/role").text
    assert client.get(f"/admin/people/{a_guest().key}/role").status == 404
