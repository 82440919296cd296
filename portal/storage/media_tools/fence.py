"""Run one media tool inside limits: no network, no environment, no more time, memory or output than it was given."""

import os
import resource
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

GIBIBYTE = 1024**3
MEMORY = 4 * GIBIBYTE
MAX_OUTPUT = 4 * 1024 * 1024
_ERROR_TAIL = 8192
_TICK = 0.5
_WRAPPERS = ("unshare:", "setpriv:", "prlimit:")
_MAX_PROCESSES = 128
_MAX_OPEN_FILES = 64


class OutOfTime(Exception):
    """The tool ran longer than it was given, and was killed."""


class StoodStill(Exception):
    """The tool lived but nothing moved any more, and was killed."""


class NotStarted(Exception):
    """The fence could not be put up this time, so the tool was not run at all."""


class TooMuchOutput(Exception):
    """The tool said more than any real file gives reason to, and was killed."""


@dataclass(frozen=True)
class Fence:
    """One way of fencing in: what is put before the tool's own command line."""

    name: str
    has_no_network: bool
    wrappers: tuple[tuple[str, ...], ...]
    limits_processes: bool = False

    def command(self, program: Path, arguments: list[str], limits: "Limits") -> list[str]:
        line = [word for wrapper in self.wrappers for word in (*wrapper, "--")]
        if prlimit := shutil.which("prlimit"):
            line += [prlimit, *limits.as_options()]
            if self.limits_processes:
                line.append(f"--nproc={_MAX_PROCESSES}")
            line.append("--")
        return [*line, str(program), *arguments]


@dataclass(frozen=True)
class Limits:
    """Seconds by the wall clock, and bytes of output. CPU time follows from the cores there are."""

    seconds: float
    file_size: int = 64 * 1024 * 1024
    still_seconds: float | None = None
    """Killed after so long without a new file size or progress. None: only `seconds` counts."""

    memory: int = MEMORY

    @property
    def cpu_seconds(self) -> int:
        return int(self.seconds * (os.cpu_count() or 1)) + 5

    def as_options(self) -> list[str]:
        return [
            f"--cpu={self.cpu_seconds}",
            f"--as={self.memory}",
            f"--fsize={self.file_size}",
            f"--nofile={_MAX_OPEN_FILES}",
            "--core=0",
        ]

    def as_pairs(self) -> list[tuple[int, int]]:
        return [
            (resource.RLIMIT_CPU, self.cpu_seconds),
            (resource.RLIMIT_AS, self.memory),
            (resource.RLIMIT_FSIZE, self.file_size),
            (resource.RLIMIT_NOFILE, _MAX_OPEN_FILES),
            (resource.RLIMIT_CORE, 0),
        ]


@dataclass(frozen=True)
class Finished:
    """How a tool ended. A negative code is the signal that ended it; `errors` are its last words."""

    code: int
    output: bytes
    errors: str


def possible_fences() -> Iterator[Fence]:
    """Every way of fencing in that this system has the tools for, tightest first. Whether it works must be tried."""
    unshare, setpriv = shutil.which("unshare"), shutil.which("setpriv")
    # Death of the worker is death of its tool: a killed worker leaves nothing running.
    tied = (setpriv, "--pdeathsig=KILL", "--no-new-privs") if setpriv else ()
    if unshare and setpriv:
        # The name space must come first: entering one clears the death signal.
        own_space = (unshare, "--user", "--net", "--map-root-user")
        bare = (*tied, "--bounding-set=-all", "--inh-caps=-all")
        yield Fence("own name spaces", True, (own_space, bare), limits_processes=True)
        yield Fence("own name spaces, processes unlimited", True, (own_space, bare))
    if unshare and os.geteuid() == 0:
        yield Fence("own network", True, ((unshare, "--net"), tied) if tied else ((unshare, "--net"),))
    if tied:
        yield Fence("limits alone", False, (tied,))
    yield Fence("limits alone, not tied to the worker", False, ())


@contextmanager
def working_folder(beside: Path) -> Iterator[Path]:
    """A folder of one run's own, on the same file system as `beside` so that a result leaves it by a rename."""
    with tempfile.TemporaryDirectory(dir=beside.resolve(), prefix="making-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def run(
    fence: Fence,
    program: Path,
    arguments: list[str],
    *,
    folder: Path,
    limits: Limits,
    on_line: Callable[[str], bool] | None = None,
) -> Finished:
    """Run a tool in `folder` and wait for it; nothing of it is left running, whatever happens here.

    `on_line` gets each line of standard output as it comes and says whether it shows that the work moved; without it
    the output is collected. It is also called with an empty line about twice a second, so that a caller can tell that
    it lives. What it raises ends the tool. Raises `NotStarted`, `OutOfTime`, `StoodStill`, `TooMuchOutput`.
    """
    process = subprocess.Popen(  # noqa: S603 - a list, no shell; the program is ours
        fence.command(program, arguments, limits),
        cwd=folder,
        env={"LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        umask=0o077,
    )
    try:
        _settle(process.pid, limits)
        finished = _watch(process, folder, limits, on_line)
    finally:
        _end(process)
    # A wrapper that fails (no more name spaces, say) speaks under its own name; that says nothing about the file.
    if finished.code != 0 and finished.errors.startswith(_WRAPPERS):
        raise NotStarted(finished.errors.strip())
    return finished


def _settle(pid: int, limits: Limits) -> None:
    """Give way to pages; and where no `prlimit` program set the limits, set them from here, a moment late.

    Not in `preexec_fn`: Python code between fork and exec can deadlock in a process with threads, which a worker is.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, 10)
    if shutil.which("prlimit") is None and hasattr(resource, "prlimit"):
        with suppress(OSError, ValueError):
            for what, most in limits.as_pairs():
                resource.prlimit(pid, what, (most, most))


def _watch(
    process: subprocess.Popen[bytes], folder: Path, limits: Limits, on_line: Callable[[str], bool] | None
) -> Finished:
    assert process.stdout is not None
    assert process.stderr is not None
    started = time.monotonic()
    pace = _Pace(folder, limits, started)
    heard = _Heard(on_line, pace)
    with selectors.DefaultSelector() as streams:
        streams.register(process.stdout, selectors.EVENT_READ, heard.output)
        streams.register(process.stderr, selectors.EVENT_READ, heard.error)
        while streams.get_map():
            for ready, _ in streams.select(_TICK):
                if chunk := os.read(ready.fd, 65536):
                    ready.data(chunk)
                else:
                    streams.unregister(ready.fileobj)
            if on_line is not None and pace.is_tick():
                on_line("")
            pace.check()
    try:
        code = process.wait(max(0.1, limits.seconds - (time.monotonic() - started)))
    except subprocess.TimeoutExpired:
        raise OutOfTime from None
    return Finished(code, bytes(heard.collected), heard.errors.decode("utf-8", "replace"))


class _Heard:
    """What a running tool says: its output told on by line or collected, of its errors the end."""

    def __init__(self, on_line: Callable[[str], bool] | None, pace: "_Pace") -> None:
        self.collected, self.errors = bytearray(), b""
        self._on_line, self._pace = on_line, pace

    def output(self, chunk: bytes) -> None:
        self.collected += chunk
        if self._on_line is not None:
            *lines, self.collected = self.collected.split(b"\n")
            for line in lines:
                if self._on_line(line.decode("utf-8", "replace").strip()):
                    self._pace.moved()
        if len(self.collected) > MAX_OUTPUT:
            raise TooMuchOutput

    def error(self, chunk: bytes) -> None:
        self.errors = (self.errors + chunk)[-_ERROR_TAIL:]


class _Pace:
    """Whether a running tool still moves, and still has time."""

    def __init__(self, folder: Path, limits: Limits, started: float) -> None:
        self._folder, self._limits, self._started = folder, limits, started
        self._last_move = self._last_tick = started
        self._last_write = 0

    def moved(self) -> None:
        self._last_move = time.monotonic()

    def is_tick(self) -> bool:
        if time.monotonic() - self._last_tick < _TICK:
            return False
        self._last_tick = time.monotonic()
        return True

    def check(self) -> None:
        moment = time.monotonic()
        if moment - self._started > self._limits.seconds:
            raise OutOfTime
        still = self._limits.still_seconds
        if still is not None and moment - self._last_move > still / 2:
            # Moving the index to the front of a long file shows no progress, but it writes.
            written = max((entry.stat().st_mtime_ns for entry in self._folder.iterdir()), default=0)
            if written > self._last_write:
                self._last_write, self._last_move = written, moment
            elif moment - self._last_move > still:
                raise StoodStill


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the whole process group, wrappers and all, and reap it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    process.wait()
