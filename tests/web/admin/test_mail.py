"""Outgoing mail for admins: found, explained, tried again, and read only where no mail server is set."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain import mailbox, outbox
from portal.domain.work import tools
from portal.mail.delivery import Deferred, Refused, Sent
from portal.mail.letters import SetUpCodeLetter
from portal.settings import ROOT
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, EmailState, OutgoingEmail, User
from portal.web.admin.mail import KINDS
from tests.factories import a_guest, an_admin
from tests.web.admin.counting import queries_of

TEMPLATES = ROOT / "templates"
WITH_SERVER = pytest.mark.settings(mail_server="mail.aldermere.example")


@pytest.fixture
def admin(app, client):
    admin = an_admin(name="Ada Admin")
    client.sign_in_as(admin)
    return admin


def a_letter(to: User, *, code: str = "482913", at: datetime | None = None) -> OutgoingEmail:
    with transaction():
        return mailbox.queue(SetUpCodeLetter(to=to.address, code=code), to=to, at=at or datetime.now(UTC))


def settled(email: OutgoingEmail, outcome: Sent | Refused | Deferred) -> OutgoingEmail:
    at = datetime.now(UTC)
    with transaction():
        in_hand = mailbox.take(email.id, at=at)
        assert in_hand is not None
        mailbox.settle(in_hand, outcome, at=at)
    return email


def kept_in_folder(email: OutgoingEmail) -> OutgoingEmail:
    at = datetime.now(UTC)
    with transaction():
        in_hand = mailbox.take(email.id, at=at)
        assert in_hand is not None
        outcome = tools().postman.deliver(in_hand.message)
        mailbox.settle(in_hand, outcome, at=at)
    return email


def test_letters_are_listed_with_state_tries_and_reason(admin, client):
    imani = a_guest(address="imani@brightwater.example")
    settled(a_letter(imani), Refused(550, "No such mailbox."))
    a_letter(imani)

    page = client.get("/admin/mail")

    assert page.heading == "Mail"
    assert "Code for setting up imani@brightwater.example Waiting 0" in page.text
    assert "Code for setting up imani@brightwater.example Came back No such mailbox. 1" in page.text


def test_letters_are_filtered_by_state_and_address(admin, client):
    imani, yuki = a_guest(address="imani@brightwater.example"), a_guest(address="yuki@sakura-trust.example")
    settled(a_letter(imani), Sent())
    a_letter(yuki)

    assert "yuki" not in client.get("/admin/mail?state=sent").text
    assert "yuki" in client.get("/admin/mail?state=waiting").text
    assert "imani" not in client.get("/admin/mail?address=YUKI@").text
    assert "No such letter" in client.get("/admin/mail?state=failed").text
    assert "imani" in client.get("/admin/mail?state=no-such").text


def test_many_letters_come_in_pages(admin, client):
    imani = a_guest()
    for number in range(27):
        a_letter(imani, code=f"{number:06}")

    first = client.get("/admin/mail?state=waiting")
    second = client.click("Older")

    assert first.text.count("Code for setting up") == 25
    assert second.text.count("Code for setting up") == 2
    assert len(queries_of(lambda: client.get("/admin/mail"))) <= 5


def test_letters_that_wait_long_are_pointed_out(admin, client):
    a_letter(a_guest(), at=datetime.now(UTC) - timedelta(minutes=9))
    assert not any("since" in notice for notice in client.get("/admin/mail").notices)

    late = a_letter(a_guest(), at=datetime.now(UTC) - timedelta(minutes=11))
    (notice,) = [notice for notice in client.get("/admin/mail").notices if "since" in notice]
    assert "1 letter waits since" in notice
    assert "the worker does not run" in notice

    settled(late, Deferred("The mail server is busy."))
    a_letter(a_guest(), at=datetime.now(UTC) - timedelta(minutes=11))
    (notice,) = [notice for notice in client.get("/admin/mail").notices if "since" in notice]
    assert "2 letters wait since" in notice
    assert "The mail server did not take them yet" in notice


def test_every_kind_of_letter_has_words_in_the_list():
    assert set(KINDS) == {kind.name for kind in (TEMPLATES / "email").iterdir() if not kind.name.startswith("_")}


# Reading


def test_without_a_mail_server_a_letter_can_be_read_here(admin, client):
    email = kept_in_folder(a_letter(a_guest(address="imani@brightwater.example")))

    assert "No mail server is set: letters are kept here" in client.get("/admin/mail").notices[0]
    page = client.get(f"/admin/mail/{email.id}")

    assert "482 913" in page.text
    assert "To imani@brightwater.example" in page.text


def test_the_links_of_a_kept_letter_lead_into_the_portal(admin, client):
    client.get("/admin/people/invite")
    client.press("Send the invitation", address="kim.osei@aldermere.example")
    email = kept_in_folder(db.session.scalars(db.select(OutgoingEmail)).one())

    page = client.get(f"/admin/mail/{email.id}")

    assert any(path.startswith("/invitations/") for path in page.links.values())


@pytest.mark.parametrize("typed", ["//evil.example/x", "/\\\\evil.example", "/ /evil.example", "/%09/evil.example"])
def test_what_only_looks_like_a_link_of_ours_cannot_be_pressed(admin, client, typed):
    client.get("/admin/people/invite")
    client.press("Send the invitation", address="kim.osei@aldermere.example", note=f"http://localhost{typed}")
    email = kept_in_folder(db.session.scalars(db.select(OutgoingEmail)).one())

    page = client.get(f"/admin/mail/{email.id}")

    assert [url for url in page.links.values() if "evil" in url] == []


def test_the_html_part_is_served_in_a_box_of_its_own(admin, client):
    email = kept_in_folder(a_letter(a_guest()))

    answer = client.http.get(f"/admin/mail/{email.id}/html")

    assert answer.status_code == 200
    assert "482" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


@WITH_SERVER
def test_with_a_mail_server_nobody_reads_a_letter(admin, client):
    waiting, sent = a_letter(a_guest()), settled(a_letter(a_guest()), Sent())
    came_before = settled(a_letter(a_guest()), Sent(kept_as="20261122T120000Z-abcdef-x@y.example.eml"))

    for email in (waiting, sent, came_before):
        page = client.get(f"/admin/mail/{email.id}")
        assert "482" not in page.text
        assert client.get(f"/admin/mail/{email.id}/html").status == 404
    assert "Its words are forgotten" in client.get(f"/admin/mail/{sent.id}").text


@pytest.mark.parametrize("name", ["../secret_key.txt", "secret.eml", "/etc/passwd", "letter.eml", "", "big.eml"])
def test_only_letters_of_the_folder_are_read(app, tmp_path, name):
    folder = tools().settings.letters_folder
    folder.mkdir(exist_ok=True)
    (folder.parent / "secret_key.txt").write_text("Subject: secret\n\nthe key")
    (folder / "letter.eml").symlink_to(folder.parent / "secret_key.txt")
    (folder / "big.eml").write_bytes(b"Subject: big\n\n" + b"x" * 3_000_000)
    email = settled(a_letter(a_guest()), Sent(kept_as=name))

    assert outbox.read(email) is None


def test_a_letter_that_is_no_letter_is_no_stack_trace(admin, client):
    folder = tools().settings.letters_folder
    folder.mkdir(exist_ok=True)
    (folder / "odd.eml").write_bytes(b"\xff\xfe\x00Content-Type: text/plain; charset=no-such\n\n\x80\x81")
    email = settled(a_letter(a_guest()), Sent(kept_as="odd.eml"))

    assert client.get(f"/admin/mail/{email.id}").status == 200


# Trying again


def test_a_waiting_letter_is_tried_at_once(admin, client):
    email = settled(a_letter(a_guest()), Deferred("The mail server is busy."))
    page = client.get(f"/admin/mail/{email.id}")
    assert "The mail server is busy." in page.text

    client.press("Try now", follow=True)

    db.session.refresh(email)
    assert email.next_try_at <= datetime.now(UTC)
    assert mailbox.due(datetime.now(UTC)) == [email.id]
    last = db.session.scalars(db.select(AuditEvent).order_by(AuditEvent.sequence.desc())).first()
    assert last is not None
    assert (last.kind, last.facts) == ("letter:sent-again", {"letter": "set_up_code"})


def test_a_letter_that_came_back_cannot_be_sent_again_but_its_reader_invited_anew(admin, client):
    imani = a_guest()
    email = settled(a_letter(imani), Refused(550, "No such mailbox."))

    page = client.get(f"/admin/mail/{email.id}")

    assert "Try now" not in page.buttons
    assert page.links["Go to the person for a new invitation"] == f"/admin/people/{imani.key}"
    forged = {"csrf_token": page.value("csrf_token")}
    assert client.open("POST", f"/admin/mail/{email.id}/try", data=forged).status == 303
    db.session.refresh(email)
    assert email.state is EmailState.FAILED


def test_no_such_letter_is_not_found(admin, client):
    assert client.get("/admin/mail/999999").status == 404


def test_an_id_beyond_all_numbers_is_not_found(admin, client):
    assert client.get(f"/admin/mail/{10**30}").status == 404
    assert client.get(f"/admin/policy/{10**15}").status == 404
