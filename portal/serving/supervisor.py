"""The first process: starts the others, starts them again when they die, and ends them together."""

import contextlib
import ctypes
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from flask import Flask

from portal import worker
from portal.serving.web import Web
from portal.settings import UNIX, Settings

_LONGEST_PAUSE = 30.0
_LASTING_SECONDS = 60.0
_STOP_SECONDS = 12.0
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_M_ARENA_MAX = -8  # malloc.h of glibc


@dataclass
class Part:
    """One process to keep alive. `stop_with` is the signal that ends it in good order."""

    name: str
    run: Callable[[], None]
    stop_with: signal.Signals
    pid: int = 0  # 0: not running
    started: float = 0.0
    pause: float = 0.0
    start_again_at: float = field(default=0.0)


class Supervisor:
    """Keeps the parts running until SIGINT, SIGTERM or SIGHUP, then leaves no process behind."""

    def __init__(self, app: Flask, settings: Settings, parts: list[str], listener: socket.socket | None) -> None:
        self._app, self._settings, self._listener = app, settings, listener
        self._ready, self._ready_to_write = os.pipe()
        self._woken, wake = os.pipe()
        for end in (self._woken, wake):
            os.set_blocking(end, False)
        self._wake = wake
        self._stop: signal.Signals | None = None
        known = {
            "web": Part("web", self._serve, signal.SIGTERM),
            "worker": Part("worker", lambda: worker.run(app), signal.SIGINT),  # huey finishes what it has in hand
        }
        self._parts = [known[name] for name in parts]

    def run(self) -> int:
        """Serve until told to stop; gives the exit status."""
        signal.set_wakeup_fd(self._wake)
        for number in (*_STOP_SIGNALS, signal.SIGCHLD):
            if signal.getsignal(number) is not signal.SIG_IGN or number != signal.SIGHUP:  # nohup means it
                signal.signal(number, self._note)
        waits_for_first_answer = self._listener is not None
        while self._stop is None:
            self._start_what_is_due()
            readable, _, _ = select.select([self._ready, self._woken], [], [], 1.0)
            if self._ready in readable and os.read(self._ready, 64) and waits_for_first_answer:
                waits_for_first_answer = False
                self._say_where()
            if self._woken in readable:
                os.read(self._woken, 4096)
            self._reap()
        self._end_all()
        return 0

    def _note(self, number: int, _frame: object) -> None:
        if number in _STOP_SIGNALS:
            self._stop = signal.Signals(number)

    def _start_what_is_due(self) -> None:
        for part in self._parts:
            if not part.pid and time.monotonic() >= part.start_again_at:
                self._start(part)

    def _start(self, part: Part) -> None:
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            self._become(part, parent)
        part.pid, part.started = pid, time.monotonic()

    def _become(self, part: Part, parent: int) -> None:
        """In the new process: be this part and nothing else. Does not return."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (*_STOP_SIGNALS, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            os.setpgid(0, 0)  # Ctrl-C goes to the whole group of the terminal; the first process tells us in order
            _end_with_parent(parent, part.stop_with)
            if self._listener is not None and part.name != "web":
                self._listener.close()  # else the port stays taken for as long as the worker lives
            part.run()
            status = 0
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        except BaseException:  # noqa: BLE001 - told here; it must never reach the first process's own code
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _serve(self) -> None:
        assert self._listener is not None
        _share_memory()
        Web(self._app, self._settings, self._listener, self._ready_to_write).run()

    def _reap(self) -> None:
        while (ended := _next_ended()) is not None:
            for part in self._parts:
                if part.pid == ended:
                    self._note_end(part)

    def _note_end(self, part: Part) -> None:
        lasted = time.monotonic() - part.started
        _kill_group(part.pid)  # whatever it had started goes with it
        part.pid = 0
        part.pause = 0.5 if lasted > _LASTING_SECONDS else min(max(part.pause * 2, 0.5), _LONGEST_PAUSE)
        part.start_again_at = time.monotonic() + part.pause
        if self._stop is None:
            print(f"The {part.name} process ended; it starts again in {part.pause:g} s.", file=sys.stderr, flush=True)

    def _end_all(self) -> None:
        if self._listener is not None:
            self._listener.close()
        hurried = self._stop is signal.SIGINT  # Ctrl-C waits for nobody who is watching
        for part in self._parts:
            if part.pid:
                number = signal.SIGINT if hurried else part.stop_with
                with contextlib.suppress(ProcessLookupError):
                    os.kill(part.pid, number)
        give_up = time.monotonic() + _STOP_SECONDS
        while any(part.pid for part in self._parts) and time.monotonic() < give_up:
            select.select([self._woken], [], [], 0.1)
            self._reap()
        for part in self._parts:
            if part.pid:
                _kill_group(part.pid)
                os.waitpid(part.pid, 0)

    def _say_where(self) -> None:
        assert self._listener is not None
        here = _address_of(self._listener)
        told = self._settings.base_url.rstrip("/")
        known_as = "" if told == here else f", known as {told}"
        print(f"Serving {here}{known_as} — stop with Ctrl-C", flush=True)


def _address_of(listener: socket.socket) -> str:
    name = listener.getsockname()
    if isinstance(name, str):
        return f"{UNIX}{name}"
    host, port = name[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _share_memory() -> None:
    """Have the threads of this process, and of those it starts, take memory from two places. glibc keeps up to eight a
    core, and what one thread gave back stays in its own: a tenth of what a process of many viewers took.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library, which has no such thing
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def _next_ended() -> int | None:
    """The id of a child that has ended, or None when all that are left live."""
    try:
        pid, _ = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None
    return pid or None


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _end_with_parent(parent: int, number: signal.Signals) -> None:
    """Have the system end this process when the first one is killed; where it cannot (not Linux), nothing is lost."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:  # killed before we asked
        raise SystemExit(0)
