"""Lets a letter leave: to a mail server, or as a file into a folder when no server is set.

One message goes to one person, in one connection. A postman answers with an outcome and raises nothing for what the
network or the server does, so that the outbox can keep, try again or give up.
"""

import hashlib
import os
import re
import secrets
import smtplib
import ssl
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import getaddresses, make_msgid
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, cast

from flask_mail import Connection, Mail, _Mail

from portal.mail import calendar
from portal.mail.wording import one_line
from portal.settings import Settings


@dataclass(frozen=True, kw_only=True)
class OutgoingMessage:
    """One letter to one person, ready to go.

    `to` is a bare address; `sender` and `reply_to` may carry a name ("Aldermere <portal@aldermere.example>"; `named`
    writes it). `at` becomes the Date. The same `message_id` on every try lets a mailbox drop a double.
    `calendar` is a file that goes with it (RFC 5545), empty when none does.
    """

    message_id: str
    to: str
    sender: str
    subject: str
    text: str
    html: str
    at: datetime
    reply_to: str | None = None
    calendar: str = ""


@dataclass(frozen=True)
class Sent:
    """The server, or the folder, has taken it. `kept_as` is its file in the letters folder, empty for a server."""

    kept_as: str = ""


@dataclass(frozen=True)
class Refused:
    """The letter will never be taken: another try is of no use. `code` is SMTP's, None when no server was asked."""

    code: int | None
    reason: str


@dataclass(frozen=True)
class Deferred:
    """Not taken this time; try again later."""

    reason: str


Outcome = Sent | Refused | Deferred


class Postman(Protocol):
    """Takes letters away."""

    def deliver(self, message: OutgoingMessage) -> Outcome:
        """Try once, within bounded time."""
        ...


def postman_for(settings: Settings) -> Postman:
    """The mail server when one is set, else the letters folder."""
    return SmtpPostman(settings) if settings.mail_server else FolderPostman(settings.letters_folder)


def named(name: str, address: str) -> str:
    """A name and an address as `sender` and `reply_to` take them, whatever the name holds."""
    words = one_line(name).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{words}" <{address}>' if words else address


def new_message_id(sender: str) -> str:
    """A Message-ID nobody else has, at the sender's domain."""
    return make_msgid(domain=_domain_of(sender))


@lru_cache(maxsize=8)  # thousands of letters have one sender
def _domain_of(sender: str) -> str:
    return _mailbox(sender).domain


def new_message_ids(sender: str, number: int) -> list[str]:
    """As many of them at once."""
    domain, moment, chance = _mailbox(sender).domain, f"{time.time_ns():x}", secrets.token_hex(8)
    return [f"<{moment}.{chance}.{count}@{domain}>" for count in range(number)]


class NeedsUtf8(smtplib.SMTPException):
    """The address has letters beyond ASCII before the @, and the server does not take such addresses."""


class VerifiedConnection(Connection):
    """Flask-Mail's connection with what it lacks.

    A time-out, checked certificates, and a goodbye that cannot undo a success. It needs no application context.
    """

    def __init__(self, mail: _Mail, *, timeout: float, local_hostname: str) -> None:
        super().__init__(cast("Mail", mail))  # annotated as the wrapper, used as the state
        self.timeout = timeout
        self.local_hostname = local_hostname  # else smtplib asks the name service, without a time-out

    def __enter__(self) -> Self:
        self.host = self.configure_host()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.host is not None:
            _leave(self.host)

    def configure_host(self) -> smtplib.SMTP:
        """Connect, encrypt as set, sign in as set. The certificate must be valid and name the server."""
        host = self._connected()
        try:
            if self.mail.use_tls:
                host.starttls(context=ssl.create_default_context())
            if self.mail.username and self.mail.password:
                host.login(self.mail.username, self.mail.password)
        except BaseException:
            host.close()
            raise
        return host

    def post(self, envelope_from: str, to: str, message: EmailMessage) -> None:
        """Hand over one message as it is. Raises what smtplib raises."""
        if self.host is None:
            raise RuntimeError("post() needs an open connection")
        beyond_ascii = not (envelope_from + to).isascii()
        if beyond_ascii:
            self.host.ehlo_or_helo_if_needed()
            if not self.host.has_extn("smtputf8"):
                raise NeedsUtf8
        options = ["SMTPUTF8", "BODY=8BITMIME"] if beyond_ascii else []
        self.host.sendmail(envelope_from, [to], message.as_bytes(), options)

    def _connected(self) -> smtplib.SMTP:
        if not self.mail.use_ssl:
            return smtplib.SMTP(self.mail.server, self.mail.port, self.local_hostname, timeout=self.timeout)
        return smtplib.SMTP_SSL(
            self.mail.server,
            self.mail.port,
            self.local_hostname,
            timeout=self.timeout,
            context=ssl.create_default_context(),
        )


class SmtpPostman:
    """Hands letters to the mail server of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._mail = Mail().init_mail(
            {
                "MAIL_SERVER": settings.mail_server,
                "MAIL_PORT": settings.mail_port,
                "MAIL_USE_TLS": settings.mail_use_tls,
                "MAIL_USE_SSL": settings.mail_use_ssl,
                "MAIL_USERNAME": settings.mail_username,
                "MAIL_PASSWORD": settings.mail_password,
            }
        )
        self._timeout = settings.mail_timeout

    def deliver(self, message: OutgoingMessage) -> Outcome:
        """Try once.

        A refusal (5xx) of the reader or of the letter is final. All else is for later, faults of our own set-up too.
        """
        try:
            written = compose(message)
            envelope_from, to = _mailbox(message.sender), _bare(message.to)
        except (ValueError, MessageError):
            return _NOT_AN_ADDRESS
        try:
            with self._connection(envelope_from.domain) as connection:
                connection.post(envelope_from.addr_spec, to.addr_spec, written)
        except (OSError, UnicodeError) as error:  # every error of smtplib and ssl is an OSError
            return _outcome_of(error)
        return Sent()

    def _connection(self, local_hostname: str) -> VerifiedConnection:
        return VerifiedConnection(self._mail, timeout=self._timeout, local_hostname=local_hostname)


class FolderPostman:
    """Writes letters as files that mail programs open: `<time>-<number>-<to>.eml`, readable by the owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deliver(self, message: OutgoingMessage) -> Outcome:
        """Write the whole file or none. The same message written twice is one file."""
        try:
            content = compose(message).as_bytes()
        except (ValueError, MessageError):
            return _NOT_AN_ADDRESS
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_at_once(self._folder / _file_name(message), content)
        except OSError as error:
            return Deferred(f"The letters folder cannot be written: {error.strerror or 'unknown fault'}.")
        return Sent(kept_as=_file_name(message))


def compose(message: OutgoingMessage) -> EmailMessage:
    """The message as it is sent: text and HTML, headers that hold one line each, marked as written by a machine.

    ValueError when an address cannot be one.
    """
    sender, to = _mailbox(message.sender), _bare(message.to)
    reply_to = _mailbox(message.reply_to) if message.reply_to else None
    ascii_addresses = all(address.addr_spec.isascii() for address in (sender, to, reply_to) if address)
    written = EmailMessage(policy=SMTP if ascii_addresses else SMTPUTF8)
    written["Message-ID"] = _id(message.message_id)
    written["Date"] = message.at.astimezone(UTC)
    written["From"] = sender
    written["To"] = to
    if reply_to:
        written["Reply-To"] = reply_to
    written["Subject"] = _header_words(message.subject)
    written["Auto-Submitted"] = "auto-generated"
    written.set_content(message.text, cte="quoted-printable")
    written.add_alternative(message.html, subtype="html", cte="quoted-printable")
    if message.calendar:
        # as a file beside the letter: an alternative would be shown by some readers in the letter's place
        written.add_attachment(message.calendar, subtype="calendar", cte="base64", filename=calendar.FILE_NAME)
    return written


def _mailbox(text: str) -> Address:
    """ "Name <address>" or a bare address; its domain as ASCII. ValueError for anything else."""
    name, address = _parsed(text)
    local, _, domain = address.rpartition("@")
    if not (local and domain) or " " in address or "=?" in address:
        raise ValueError("not a mail address")
    domain = domain.encode("idna").decode("ascii")
    if local.isascii():
        return Address(_header_words(name), addr_spec=f"{local}@{domain}")
    return Address(_header_words(name), username=local, domain=domain)


def _bare(text: str) -> Address:
    if _parsed(text) != ("", text):
        raise ValueError("not a bare mail address")
    return _mailbox(text)


def _parsed(text: str) -> tuple[str, str]:
    if any(letter in text for letter in "\r\n\0"):
        raise ValueError("an address has one line")
    mailboxes = getaddresses([text])
    if len(mailboxes) != 1:
        raise ValueError("not one address")
    return mailboxes[0]


def _id(text: str) -> str:
    return "".join(letter for letter in _header_words(text) if "!" <= letter <= "~")


def _header_words(text: str) -> str:
    """Words fit for a header.

    Python decodes what looks like an encoded word ("=?utf-8?q?=0D=0ABcc:…?=") before it folds a header, and writes the
    line break in it as one: so nothing of ours may look like one.
    """
    return one_line(text).replace("=?", "= ?")


def _leave(host: smtplib.SMTP) -> None:
    try:
        host.quit()
    except OSError:
        host.close()  # the letter's fate is known; the goodbye changes nothing


# What a server says, for people. The enhanced code (RFC 3463) is more exact than the plain one: it is looked up first.
_REASONS = {
    "5.1.1": "No such mailbox.",
    "5.1.2": "No mail server answers for this address.",
    "5.1.3": "The mail server does not take this for an address.",
    "5.1.6": "The mailbox has moved.",
    "5.1.10": "This address takes no mail.",
    "5.2.1": "The mailbox takes no mail.",
    "5.2.2": "The mailbox is full.",
    "5.2.3": "The letter is too long for this mailbox.",
    "5.4.1": "The mail server does not know this address.",
    "5.7.1": "The mail server refuses our letters.",
    "4.2.2": "The mailbox is full at present.",
    "421": "The mail server is busy.",
    "450": "The mailbox cannot be reached at present.",
    "451": "The mail server asks us to try again later.",
    "452": "The mail server has no room at present.",
    "550": "No such mailbox.",
    "551": "The mailbox is elsewhere.",
    "552": "The mailbox is full.",
    "553": "The mail server does not take this for an address.",
    "554": "The mail server refuses this letter.",
    "556": "This address takes no mail.",
}
_UNREACHABLE = "The mail server cannot be reached."
_NOT_AN_ADDRESS = Refused(None, "This is not a mail address.")


# Faults on the way, the narrower kinds first: each is for a later try.
_FAULTS: tuple[tuple[type[Exception], str], ...] = (
    (smtplib.SMTPSenderRefused, "The mail server does not accept our own address as a sender."),
    (smtplib.SMTPAuthenticationError, "The mail server does not accept our name and password."),
    (smtplib.SMTPNotSupportedError, "The mail server offers no encryption or no sign-in, as our settings ask."),
    (smtplib.SMTPServerDisconnected, "The mail server ended the connection."),
    (smtplib.SMTPResponseException, "The mail server does not want to talk to us at present."),
    (ssl.SSLCertVerificationError, "The mail server's certificate cannot be trusted."),
    (ssl.SSLError, "No encrypted connection to the mail server came about."),
    (TimeoutError, "The mail server did not answer in time."),
)


def _outcome_of(error: OSError | UnicodeError) -> Outcome:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _answer(*next(iter(error.recipients.values())))
    if isinstance(error, smtplib.SMTPDataError):
        return _answer(error.smtp_code, error.smtp_error)
    if isinstance(error, NeedsUtf8):
        return Refused(None, "The mail server cannot write to an address with letters like these.")
    if isinstance(error.__context__, TimeoutError):  # smtplib tells of it as a lost connection
        error = error.__context__
    return Deferred(next((reason for kind, reason in _FAULTS if isinstance(error, kind)), _UNREACHABLE))


def _answer(code: int, said: bytes | str) -> Outcome:
    reason = _reason(code, said.decode("utf-8", "replace") if isinstance(said, bytes) else said)
    return Refused(code, reason) if 500 <= code <= 599 else Deferred(reason)


def _reason(code: int, said: str) -> str:
    enhanced = re.match(r"[245]\.\d{1,3}\.\d{1,3}\b", said)
    known = _REASONS.get(enhanced[0]) if enhanced else None
    otherwise = "The mail server refuses this letter." if code >= 500 else "The mail server asks us to try again later."
    return known or _REASONS.get(str(code), otherwise)


def _file_name(message: OutgoingMessage) -> str:
    number = hashlib.sha256(message.message_id.encode()).hexdigest()[:6]  # two letters to one person at one moment
    to = re.sub(r"[^A-Za-z0-9@._+-]", "_", message.to)[:120]
    return f"{message.at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{number}-{to}.eml"


def _write_at_once(path: Path, content: bytes) -> None:
    """The file has its name only when all of it is written; the owner alone can read it."""
    handle, hidden = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)  # mkstemp makes it 0600
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(hidden).replace(path)
    except BaseException:
        Path(hidden).unlink(missing_ok=True)
        raise
