"""Letters leave through a real mail server or into a folder, and every fault has an outcome and a sentence."""

import socket
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from portal.mail import delivery
from portal.mail.delivery import Deferred, FolderPostman, OutgoingMessage, Refused, Sent, SmtpPostman, named
from portal.settings import Settings
from tests.mail_server import CERTIFICATE, MailServer

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LETTER = OutgoingMessage(
    message_id="<1.2@aldermere.example>",
    to="imani.okafor@brightwater.example",
    sender="Aldermere University <portal@aldermere.example>",
    reply_to="Dana Lee <dana.lee@aldermere.example>",
    subject="Dana Lee shares two recordings with you",
    text="Open the invitation:\nhttps://portal.aldermere.example/invitations/" + "x" * 90 + "\n",
    html="<!DOCTYPE html><html><body><p>Grüße</p></body></html>\n",
    at=AT,
)


def postman_to(server: MailServer, tmp_path: Path, **overrides) -> SmtpPostman:
    settings: dict[str, Any] = {"mail_server": server.host, "mail_port": server.port} | overrides
    return SmtpPostman(Settings.for_tests(tmp_path, **settings))


@pytest.fixture
def server():
    with MailServer() as running:
        yield running


@pytest.fixture
def trusted(monkeypatch):
    """The tests' own certificate counts as one of the system's."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


def test_a_letter_arrives_whole(server, tmp_path):
    assert postman_to(server, tmp_path).deliver(LETTER) == Sent()

    (received,) = server.messages
    assert received.envelope_from == "portal@aldermere.example"
    assert received.envelope_to == ("imani.okafor@brightwater.example",)
    assert (received.text, received.html) == (LETTER.text, LETTER.html)
    assert {name: str(received.message[name]) for name in ("From", "To", "Reply-To", "Subject", "Message-ID")} == {
        "From": "Aldermere University <portal@aldermere.example>",
        "To": "imani.okafor@brightwater.example",
        "Reply-To": "Dana Lee <dana.lee@aldermere.example>",
        "Subject": "Dana Lee shares two recordings with you",
        "Message-ID": "<1.2@aldermere.example>",
    }
    assert received.message["Date"].datetime == AT
    assert received.message["Auto-Submitted"] == "auto-generated"


def test_lines_on_the_wire_are_short(server, tmp_path):
    postman_to(server, tmp_path).deliver(replace(LETTER, html="<p>" + "no break " * 500 + "</p>", subject="é" * 140))

    assert max(len(line) for line in server.messages[0].raw.splitlines()) <= 78 + len("Subject: ")


def test_the_same_letter_keeps_its_message_id_on_every_try(server, tmp_path):
    server.delay(LETTER.to)
    postman = postman_to(server, tmp_path)

    assert postman.deliver(LETTER) == Deferred("The mail server asks us to try again later.")
    assert postman.deliver(LETTER) == Sent()
    assert [letter.message["Message-ID"] for letter in server.letters_to(LETTER.to)] == [LETTER.message_id]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("550 5.1.1 <imani> user unknown", Refused(550, "No such mailbox.")),
        ("550 whatever", Refused(550, "No such mailbox.")),
        ("552 5.2.2 over quota", Refused(552, "The mailbox is full.")),
        ("550 5.7.1 listed", Refused(550, "The mail server refuses our letters.")),
        ("554 5.9.9 strange", Refused(554, "The mail server refuses this letter.")),
        ("452 4.2.2 over quota", Deferred("The mailbox is full at present.")),
        ("450 greylisted", Deferred("The mailbox cannot be reached at present.")),
    ],
)
def test_what_a_server_says_becomes_a_sentence(server, tmp_path, answer, outcome):
    server.refuse(LETTER.to, answer)

    assert postman_to(server, tmp_path).deliver(LETTER) == outcome
    assert server.messages == []


def test_a_server_that_hangs_costs_the_time_out_and_no_more(server, tmp_path):
    server.hang()

    assert postman_to(server, tmp_path, mail_timeout=0.5).deliver(LETTER) == Deferred(
        "The mail server did not answer in time."
    )


def test_a_goodbye_that_fails_does_not_undo_a_letter_taken(server, tmp_path):
    server.leave_after_data()

    assert postman_to(server, tmp_path, mail_timeout=0.5).deliver(LETTER) == Sent()


def test_no_server_at_all_is_for_later(tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    settings = Settings.for_tests(tmp_path, mail_server="127.0.0.1", mail_port=port)

    assert SmtpPostman(settings).deliver(LETTER) == Deferred("The mail server cannot be reached.")


@pytest.mark.parametrize(("kind", "setting"), [("starttls", "mail_use_tls"), ("tls", "mail_use_ssl")])
class TestEncryption:
    def test_a_certificate_that_is_trusted_lets_letters_through(self, kind, setting, trusted, tmp_path):
        with MailServer(encryption=kind) as server:
            assert postman_to(server, tmp_path, **{setting: True}).deliver(LETTER) == Sent()

    def test_an_unknown_certificate_stops_them(self, kind, setting, tmp_path):
        with MailServer(encryption=kind) as server:
            outcome = postman_to(server, tmp_path, **{setting: True}).deliver(LETTER)

        assert outcome == Deferred("The mail server's certificate cannot be trusted.")
        assert server.tries == 0

    def test_a_certificate_for_another_name_stops_them(self, kind, setting, trusted, tmp_path):
        with MailServer(encryption=kind) as server:
            outcome = postman_to(server, tmp_path, mail_server="localhost", **{setting: True}).deliver(LETTER)

        assert outcome == Deferred("The mail server's certificate cannot be trusted.")
        assert server.tries == 0


def test_a_server_without_encryption_gets_no_letter_when_it_is_asked_for(server, tmp_path):
    outcome = postman_to(server, tmp_path, mail_use_tls=True).deliver(LETTER)

    assert outcome == Deferred("The mail server offers no encryption or no sign-in, as our settings ask.")
    assert server.tries == 0


def test_the_portal_signs_in_with_its_name_and_password(tmp_path, trusted):
    with MailServer(encryption="starttls", password="right") as server:
        ours = {"mail_use_tls": True, "mail_username": "portal"}
        wrong = postman_to(server, tmp_path, mail_password="wrong", **ours).deliver(LETTER)
        right = postman_to(server, tmp_path, mail_password="right", **ours).deliver(LETTER)

    assert wrong == Deferred("The mail server does not accept our name and password.")
    assert right == Sent()


def test_names_in_any_script_arrive(server, tmp_path):
    name = "דנה לי, “Dana” 🎬 <x@evil.example>"
    letter = replace(LETTER, reply_to=named(name, "dana.lee@aldermere.example"), subject="דנה לי 🎬 shares a recording")

    postman_to(server, tmp_path).deliver(letter)

    (received,) = server.messages
    # Not read with the newer header classes: they leave a space where one encoded word ends and the next begins.
    reply_to = str(make_header(decode_header(message_from_bytes(received.raw)["Reply-To"])))
    assert reply_to == f"{name} <dana.lee@aldermere.example>"
    assert received.message["Subject"] == letter.subject
    assert received.raw.split(b"\r\n\r\n")[0].isascii()


def test_addresses_beyond_ascii_are_written_as_mail_servers_know_them(server, tmp_path):
    assert postman_to(server, tmp_path).deliver(replace(LETTER, to="imani@bücher.example")) == Sent()
    assert postman_to(server, tmp_path).deliver(replace(LETTER, to="jürgen@bücher.example")) == Sent()

    assert [letter.envelope_to for letter in server.messages] == [
        ("imani@xn--bcher-kva.example",),
        ("jürgen@xn--bcher-kva.example",),
    ]


@pytest.mark.parametrize(
    "to",
    [
        "imani@brightwater.example\r\nBcc: all@brightwater.example",
        "imani@brightwater.example>\r\nRCPT TO:<other@brightwater.example",
        "imani@brightwater.example, other@brightwater.example",
        "Imani <imani@brightwater.example>",
        "=?utf-8?q?imani=0D=0ABcc:x?=@brightwater.example",
        "imani",
        "@brightwater.example",
        "",
    ],
)
def test_what_is_no_address_is_refused_before_a_server_sees_it(server, tmp_path, to):
    letter = replace(LETTER, to=to)

    assert postman_to(server, tmp_path).deliver(letter) == Refused(None, "This is not a mail address.")
    assert FolderPostman(tmp_path / "letters").deliver(letter) == Refused(None, "This is not a mail address.")
    assert server.tries == 0


@given(words=some.text(max_size=200))
@example(words="Films\r\nBcc: all@brightwater.example")
@example(words="(¡")
@example(words="Films\r\n\r\n<script>")
@example(words='", <all@brightwater.example>, "\\')
@example(words="Films\u2028Bcc: all@brightwater.example\x85X: y\x00")
@example(words="=?utf-8?q?Films=0D=0ABcc:_all=40brightwater.example?=")
def test_no_words_can_add_a_header(words):
    encodable = words.encode("utf-8", "ignore").decode()
    name = named(encodable, "dana@aldermere.example")
    plain = message_from_bytes(delivery.compose(LETTER).as_bytes(), policy=policy.default)

    written = delivery.compose(replace(LETTER, subject=encodable, reply_to=name, message_id=f"<1@x>{encodable}"))
    read = message_from_bytes(written.as_bytes(), policy=policy.default)

    assert sorted(read.keys()) == sorted(plain.keys())
    assert [address.addr_spec for address in read["Reply-To"].addresses] == ["dana@aldermere.example"]


def test_without_a_server_letters_become_files_that_only_the_owner_reads(tmp_path):
    folder = tmp_path / "letters"

    outcome = FolderPostman(folder).deliver(LETTER)

    (file,) = folder.iterdir()
    assert outcome == Sent(kept_as=file.name)
    assert file.name.startswith("20261120T093000Z-")
    assert file.name.endswith("-imani.okafor@brightwater.example.eml")
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    read = message_from_bytes(file.read_bytes(), policy=policy.default)
    text = read.get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == LETTER.text


def test_two_letters_at_one_moment_are_two_files_and_one_letter_twice_is_one(tmp_path):
    postman = FolderPostman(tmp_path)

    for message_id in ("<1@x.example>", "<2@x.example>", "<1@x.example>"):
        postman.deliver(replace(LETTER, message_id=message_id))

    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_never_leaves_the_folder(tmp_path):
    folder = tmp_path / "letters"

    FolderPostman(folder).deliver(replace(LETTER, to='"../../x"@brightwater.example'))

    assert [file.parent for file in tmp_path.rglob("*.eml")] == [folder]


def test_a_folder_that_cannot_be_written_is_for_later(tmp_path):
    (tmp_path / "letters").write_text("a file stands here")

    outcome = FolderPostman(tmp_path / "letters").deliver(LETTER)

    assert outcome == Deferred("The letters folder cannot be written: File exists.")


def test_the_settings_choose_the_postman(tmp_path):
    without = delivery.postman_for(Settings.for_tests(tmp_path))
    with_server = delivery.postman_for(Settings.for_tests(tmp_path, mail_server="mail.aldermere.example"))

    assert isinstance(without, FolderPostman)
    assert isinstance(with_server, SmtpPostman)


def test_message_ids_are_new_each_time_and_at_the_senders_domain():
    first, second = (delivery.new_message_id(LETTER.sender) for _ in range(2))

    assert first != second
    assert first.endswith("@aldermere.example>")
