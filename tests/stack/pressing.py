"""A process of its own that does things to a portal's database at an agreed moment: `python -m tests.stack.pressing`.

It is told by lines of JSON and answers each by one: its own app, its own connections, threads that start together.
What the database says to come back for is done again, as a browser would.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from portal.app import create_app
from portal.basics import tokens
from portal.domain import bulk_resets, grants, playback, signing_in
from portal.domain.throttle import Wait
from portal.domain.viewing_budget import take_view
from portal.settings import ROOT, Settings
from portal.storage import schema
from portal.storage.db import DATABASE_AWAY, db, transaction
from portal.storage.models import Grant, ResetRun, SignIn, Stream, User, VideoSession

Told = dict[str, Any]
THREADS = 5


class Presser:
    """The process, from the test's side."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.stack.pressing"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1
        )

    def tell(self, what: str, moment: float = 0.0, **told: Any) -> None:
        """Have it do this at that moment of the machine's clock that only goes forward."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"what": what, "moment": moment} | told) + "\n")

    def answer(self) -> list[Any]:
        assert self._process.stdout
        return list(json.loads(self._process.stdout.readline()))

    def end(self) -> None:
        self._process.communicate(timeout=120)


@contextmanager
def pressers(number: int) -> Iterator[list[Presser]]:
    """So many processes; they end with the block."""
    made = [Presser() for _ in range(number)]
    try:
        yield made
    finally:
        for each in made:
            each.end()


@contextmanager
def at_work(made: list[Presser], instance: Path, database_uri: str) -> Iterator[None]:
    """Have all of them work on this portal until the block is left."""
    for each in made:
        each.tell("open", instance=str(instance), database_uri=database_uri)
    assert [each.answer() for each in made] == [["ready"]] * len(made)
    try:
        yield
    finally:
        for each in made:
            each.tell("close")
        assert [each.answer() for each in made] == [["closed"]] * len(made)


def at_once(told: list[tuple[Presser, str, Told]]) -> list[list[Any]]:
    """Have each of these processes do its part at the same moment; what each found."""
    moment = time.monotonic() + 0.1
    for process, what, facts in told:
        process.tell(what, moment, **facts)
    return [process.answer() for process, _, _ in told]


# In the process itself


def start(told: Told, number: int) -> list[Any]:
    """Press play: how that ended, and when it had begun, on the clock that only goes forward."""
    begun = time.monotonic()
    with transaction():
        answer = playback.start(
            db.session.get_one(User, told["user"]),
            told["key"],
            sign_in=db.session.get_one(SignIn, told["browsers"][number % len(told["browsers"])]),
            at=datetime.fromisoformat(told["moments"][number]),
            move_here=True,
        )
    return ["stream" if isinstance(answer, Stream) else "refused", begun]


def take(told: Told, _number: int) -> bool:
    """Take a view, as a press that was let in does."""
    with transaction():
        return take_view(db.session.get_one(Grant, told["grant"]), db.session.get_one(VideoSession, told["session"]))


def first_byte(told: Told, _number: int) -> bool:
    """Ask for the first byte, as the media view does: may it, and is that written down before it leaves?"""
    at = datetime.fromisoformat(told["at"])
    media = playback.may_fetch(told["stream"], told["token"], at=at)
    if media is None:
        return False
    with transaction():
        return playback.note_delivery(media, at=at)


def give_back(told: Told, _number: int) -> int:
    """Give back what failed to start, as the worker does."""
    with transaction():
        return playback.give_back_failed_starts(at=datetime.fromisoformat(told["at"]))


def revoke(told: Told, _number: int) -> float:
    """Revoke a grant, as its sponsor does; when that was kept."""
    time.sleep(told["after"])
    with transaction():
        by = db.session.get_one(User, told["by"])
        grants.revoke(grants.find_grant(told["grant"], by), by=by, at=datetime.fromisoformat(told["at"]))
    return time.monotonic()


def reset(told: Told, number: int) -> str:
    """Press “Reset passwords” on one form, or each on a form of its own; the run that was made of it."""
    with transaction():
        run = bulk_resets.void(
            told["people"],
            by=db.session.get_one(User, told["by"]),
            words="All of them",
            reach={},
            mails_way_in=told["mails"],
            form_key=told.get("form_key") or tokens.new_key(),
            at=datetime.fromisoformat(told["at"]),
        )
        return run.key


def mail_again(told: Told, _number: int) -> int:
    """Have the failures of a run mailed again."""
    with transaction():
        run = db.session.scalars(db.select(ResetRun).where(ResetRun.key == told["run"])).one()
        by = db.session.get_one(User, told["by"])
        return bulk_resets.mail_again(run, by=by, at=datetime.fromisoformat(told["at"]))


def sign_in(told: Told, _number: int) -> str:
    """Come in with a password that was right a moment ago, as the sign-in page does."""
    at = datetime.fromisoformat(told["at"])
    with transaction():
        attempt = signing_in.begin(told["address"], network="203.0.113.9", device=tokens.new_key(), at=at)
    if isinstance(attempt, Wait):
        return "wait"
    right = attempt.password_hash == told["hash"]
    with transaction():
        token = signing_in.finish(attempt, right=right, network="203.0.113.9", browser="Firefox", at=at)
    return token or "refused"


DOES: dict[str, Callable[[Told, int], Any]] = {
    each.__name__: each for each in (start, take, first_byte, give_back, revoke, reset, mail_again, sign_in)
}


def do(app: Any, told: Told) -> list[Any]:
    """What was told, as often as told, by threads that begin together."""
    playback.SHORTEST_SITTING = timedelta(hours=told.get("sitting_hours", 4))
    numbers = iter(range(told.get("times", 1)))
    found: list[Any] = []
    lock = threading.Lock()

    def work() -> None:
        time.sleep(max(0.0, told["moment"] - time.monotonic()))
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            found.append(again_while_away(app, partial(DOES[told["what"]], told, number)))

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def again_while_away(app: Any, act: Callable[[], Any]) -> Any:
    while True:
        with app.app_context():
            try:
                return act()
            except DATABASE_AWAY:
                time.sleep(0.05)


def main() -> None:
    app: Any = None
    for line in sys.stdin:
        told = json.loads(line)
        match told["what"]:
            case "open":
                app = create_app(Settings.for_tests(Path(told["instance"]), told["database_uri"]))
                found = ["ready"]
            case "close":
                with app.app_context():
                    schema.forget_connections()
                found = ["closed"]
            case _:
                found = do(app, told)
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
