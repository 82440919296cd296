"""A portal as people run it — its own processes, its worker, a real mail server — for browsers to use."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from flask import Flask

from portal.app import create_app
from portal.settings import ROOT, Settings
from portal.storage import schema
from tests.mail_server import MailServer, Received
from tests.services import answers, free_port, program

PATIENCE_SECONDS = 180  # only ever used up by what fails: machines are shared
ADMIN = "nora.quist@aldermere.example"
HARBOUR = "violet kettle harbour nineteen"
LANTERN = "copper lantern meadow forty"
Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], what: str, seconds: float = PATIENCE_SECONDS) -> Found:
    """What `look` finds as soon as it finds something; a test waits for states, never for time."""
    give_up = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < give_up, f"waited in vain for {what}"
        time.sleep(0.02)
    return found


class Mailboxes:
    """What the mail server holds, read as its owners read it: one letter after the other."""

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self._read: dict[str, int] = {}

    def next_to(self, address: str, subject: str = "") -> Received:
        """The next letter to this address whose subject has these words; it may still be on its way."""

        def look() -> Received | None:
            unread = self.server.letters_to(address)[self._read.get(address, 0) :]
            for number, letter in enumerate(unread, start=1):
                if subject in letter.message["Subject"]:
                    self._read[address] = self._read.get(address, 0) + number
                    return letter
            return None

        return eventually(look, f"a letter “{subject}” to {address}")

    def link_to(self, address: str, subject: str = "") -> str:
        """The main link of the next such letter: the first address that stands in its text."""
        return links_of(self.next_to(address, subject))[0]

    def code_to(self, address: str) -> str:
        """The six digits mailed next."""
        letter = self.next_to(address, "Your code")
        return next(iter(re.findall(r"^\s+(\d{3} \d{3})$", letter.text, re.MULTILINE)))

    def none_to(self, address: str) -> bool:
        """Whether nothing is unread."""
        return len(self.server.letters_to(address)) == self._read.get(address, 0)


def links_of(letter: Received) -> list[str]:
    """All web addresses of a letter, of both its forms."""
    found = re.findall(r"http://[^\s\"'<>]+", f"{letter.text}\n{letter.html}")
    return list(dict.fromkeys(address.rstrip(".") for address in found))


@dataclass
class RunningPortal:
    """A portal that was started as people start it. `stage` is an app on the same rows, to set a scene by rules."""

    site: str
    log: Path
    stage: Flask
    mail: Mailboxes

    @property
    def first_link(self) -> str:
        """The link that the first start prints for the first admin."""
        found = re.search(r"http://\S+/password/reset/\S+", self.log.read_text())
        assert found, self.log.read_text()
        return found[0]


@contextmanager
def running_portal(folder: Path, database_uri: str, server: MailServer, **told: str) -> Iterator[RunningPortal]:
    """Start `python -m portal.serving` in this folder, letters leaving through this mail server; end it afterwards."""
    port = free_port()
    environment = {
        "PORTAL_INSTANCE_PATH": str(folder / "instance"),
        "PORTAL_SQLALCHEMY_DATABASE_URI": database_uri,
        "PORTAL_BIND": f"127.0.0.1:{port}",
        "PORTAL_SITE_NAME": "Aldermere University",
        "PORTAL_FIRST_ADMIN": ADMIN,
        "PORTAL_MAIL_TIMEOUT": "600",  # longer than any page is waited for: no page may wait for the mail server
        "PORTAL_MAIL_SERVER": server.host,
        "PORTAL_MAIL_PORT": str(server.port),
        "PORTAL_MAIL_DEFAULT_SENDER": "Aldermere University <portal@aldermere.example>",
        "PORTAL_BCRYPT_COST": "10",
        "PORTAL_WEB_PROCESSES": "1",
        "PORTAL_FREE_DISK_FLOOR_BYTES": "0",
        **told,
    }
    stage = create_app(Settings.from_environment(environment))
    log = folder / "portal.log"
    with _process(environment, log, port):
        try:
            yield RunningPortal(f"http://127.0.0.1:{port}", log, stage, Mailboxes(server))
        finally:
            with stage.app_context():
                schema.forget_connections()


@contextmanager
def _process(told: dict[str, str], log: Path, port: int) -> Iterator[None]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    fence = program("setpriv")  # where the system can, the portal ends with us even if we are killed
    command = [*([fence, "--pdeathsig", "TERM"] if fence else []), sys.executable, "-m", "portal.serving"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=clean | told, stdout=output, stderr=output)
    try:
        eventually(lambda: "Serving http" in log.read_text() or process.poll() is not None, "the portal to serve")
        assert answers(port), log.read_text()
        yield
    finally:
        process.terminate()
        process.wait(60)
