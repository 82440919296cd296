"""What happens before the portal serves: settings, the port, tables, the first admin, the demo's content."""

import errno
import fcntl
import importlib
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from flask import Flask

from portal.app import create_app
from portal.basics.addresses import NotAnAddress
from portal.basics.clock import now
from portal.domain import first_start, links
from portal.settings import PREFIX, ROOT, UNIX, BadSettings, Settings
from portal.storage import schema
from portal.storage.db import transaction
from portal.storage.media_tools import ToolsMissing

BACKLOG = 512
DEMO_FOLDER = ROOT / "demo-instance"
# A demo never writes to a real database, mails nobody, and needs no other server.
_DEMO_MAY_BE_TOLD = (
    "BIND",
    "BASE_URL",
    "SITE_NAME",
    "TIME_ZONE",
    "WEB_PROCESSES",
    "WEB_THREADS",
    "FFMPEG",
    "FFPROBE",
)
_OF_A_DEMO = {
    f"{PREFIX}SITE_NAME": "Aldermere University",
    f"{PREFIX}MAIL_DEFAULT_SENDER": "Aldermere University <portal@aldermere.example>",
    f"{PREFIX}FIRST_ADMIN": "nora.quist@aldermere.example",
    f"{PREFIX}BCRYPT_COST": "10",  # the least there is: a dozen passwords are set before it serves
}


class CannotStart(Exception):
    """The portal cannot start; the text has one sentence a fault, and `status` is the program's exit status."""

    def __init__(self, words: str, status: int = 1) -> None:
        super().__init__(words)
        self.status = status


def settings_of(*, demo: bool) -> Settings:
    """The settings of the environment and the `.env` file; those of a demo keep to its own throw-away folder."""
    try:
        return Settings.from_environment(_demo_environment() if demo else None)
    except BadSettings as faults:
        raise CannotStart(str(faults), status=2) from None


def _demo_environment() -> dict[str, str]:
    names = [PREFIX + name for name in _DEMO_MAY_BE_TOLD]
    told = {name: os.environ[name] for name in names if name in os.environ}
    return _OF_A_DEMO | told | {f"{PREFIX}INSTANCE_PATH": str(DEMO_FOLDER)}


def listen(bind: str) -> socket.socket:
    """Take the port, or the socket, before anything else is touched: who has it serves."""
    if bind.startswith(UNIX):
        return _listen_on_socket(Path(bind.removeprefix(UNIX)))
    host, _, port = bind.rpartition(":")
    host = host.strip("[]")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, int(port)), family=family, backlog=BACKLOG)
    except OSError as fault:
        taken = fault.errno == errno.EADDRINUSE
        reason = "another program has this port" if taken else (fault.strerror or str(fault)).lower()
        raise CannotStart(f"The portal cannot listen on {bind}: {reason}. {PREFIX}BIND chooses another.") from None


def _listen_on_socket(path: Path) -> socket.socket:
    """A socket for those who may write to it: the portal's account and its group, in which the proxy's account is."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if _is_left_over(path):
            path.unlink()
        listener.bind(str(path))
        path.chmod(0o660)
        listener.listen(BACKLOG)
    except OSError as fault:
        listener.close()
        taken = fault.errno == errno.EADDRINUSE
        reason = "another program has this socket" if taken else (fault.strerror or str(fault)).lower()
        raise CannotStart(f"The portal cannot listen on {path}: {reason}. {PREFIX}BIND chooses another.") from None
    return listener


def _is_left_over(path: Path) -> bool:
    """Whether a socket is there and nobody listens on it: a portal that was killed leaves its own behind."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return path.is_socket()
        except OSError:
            return False
    return False


def prepare(settings: Settings, *, demo: bool) -> Flask:
    """The app, with its tables up to date and its first admin; no connection is left open."""
    if demo:
        _empty(DEMO_FOLDER)
        settings = settings_of(demo=True)  # its secrets went with the folder
    app = create_app(settings)
    with app.app_context(), _alone(settings.instance_path):
        try:
            schema.bring_up_to_date()
        except schema.TooNew as fault:
            raise CannotStart(str(fault)) from None
        if demo:
            _fill()
        else:
            _print_way_in(settings)
        schema.forget_connections()
    return app


def _empty(folder: Path) -> None:
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)


def _fill() -> None:
    try:
        demo = importlib.import_module("portal.demo")  # read in demo mode alone
    except ModuleNotFoundError as missing:
        raise CannotStart(f"There is no demo content: {missing.name} is missing.") from None
    try:
        print(f"\n{demo.fill()}\n", flush=True)
    except (demo.CannotDraw, ToolsMissing) as fault:
        raise CannotStart(str(fault)) from None


@contextmanager
def _alone(instance: Path) -> Iterator[None]:
    """Two starts at once on one instance: one prepares it, the other waits and finds it done."""
    with (instance / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _print_way_in(settings: Settings) -> None:
    try:
        with transaction():
            found = first_start.way_in(at=now())
    except NotAnAddress as fault:
        raise CannotStart(f"{PREFIX}FIRST_ADMIN cannot be used. {fault}.", status=2) from None
    if found is None:
        return
    admin, path = found
    rule = "─" * 78
    print(
        f"\n{rule}\n"
        f"The first admin has no password yet. Open this link and choose one:\n\n"
        f"  {links.absolute(path)}\n\n"
        f"It works once, and for a day; the next start prints a fresh one.\n"
        f"Sign in as {admin.address} from then on ({PREFIX}FIRST_ADMIN chooses another address).\n"
        f"{rule}\n",
        flush=True,
    )
