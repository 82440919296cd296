"""A real mail server on the loopback, which refuses, delays, hangs and encrypts to order, and keeps what it gets."""

import asyncio
import ssl
from collections.abc import Awaitable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

CERTIFICATE = Path(__file__).parent / "mail" / "certificate.pem"  # for 127.0.0.1, signed by itself
_KEY = Path(__file__).parent / "mail" / "certificate_key.pem"  # protects nothing but these tests


@dataclass(frozen=True)
class Received:
    """One message as the server took it: the envelope, and the message as a mail program reads it."""

    envelope_from: str
    envelope_to: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def text(self) -> str:
        return _part(self.message, "plain")

    @property
    def html(self) -> str:
        return _part(self.message, "html")


class MailServer:
    """Starts with `with MailServer() as server:`; `server.port` is free and its own.

    `encryption` is "" (none), "starttls" or "tls" (from the first byte). `password` asks for signing in as "portal".
    That needs encryption.
    """

    def __init__(self, *, encryption: str = "", password: str = "") -> None:
        self.host = "127.0.0.1"
        self.messages: list[Received] = []
        self.tries = 0  # how often a recipient was named
        self._answers: dict[str, list[str]] = {}
        self._hangs = False
        self._leaves_after_data = False
        self._password = password
        self._controller = _FreePort(self, **self._encryption(encryption), **self._sign_in())

    @property
    def port(self) -> int:
        return self._controller.port

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    def refuse(self, address: str, answer: str = "550 5.1.1 no such mailbox") -> None:
        """Never take a letter to this address."""
        self._answers[address] = [answer] * 1000

    def delay(self, address: str, times: int = 1, answer: str = "451 4.3.0 try later") -> None:
        """Take a letter to this address only after so many tries."""
        self._answers[address] = [answer] * times

    def hang(self) -> None:
        """From now on take a recipient's name and never answer."""
        self._hangs = True

    def leave_after_data(self) -> None:
        """From now on take the message, say so, and never say goodbye."""
        self._leaves_after_data = True

    def letters_to(self, address: str) -> list[Received]:
        """What came for this address, the oldest first."""
        return [letter for letter in self.messages if address in letter.envelope_to]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.tries += 1
        if self._hangs:
            await asyncio.sleep(3600)
        answers = self._answers.get(address)
        if answers:
            return answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
        self.messages.append(Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw))
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self._leaves_after_data:
            await asyncio.sleep(3600)
        return "221 Bye"

    def _encryption(self, kind: str) -> dict[str, Any]:
        if not kind:
            return {}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE, _KEY)
        return {"tls_context": context} if kind == "starttls" else {"ssl_context": context}

    def _sign_in(self) -> dict[str, Any]:
        if not self._password:
            return {}

        def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
            right = (given.login, given.password) == (b"portal", self._password.encode())
            return AuthResult(success=right, handled=False)

        return {"authenticator": check, "auth_required": True}


class _FreePort(Controller):
    """Listens on whatever port the system gives, and knows it."""

    def __init__(self, handler: object, **options: Any) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=0, enable_SMTPUTF8=True, **options)

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self._listening(super()._create_server())

    async def _listening(self, starting: Awaitable[asyncio.AbstractServer]) -> asyncio.AbstractServer:
        server = await starting
        self.port = server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        return server


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
