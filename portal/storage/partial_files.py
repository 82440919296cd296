"""Files that come in pieces: as many bytes as there are, they are there to stay, whoever was cut off or killed.

A file is written by one at a time. Who writes holds a lock of the system's, which ends with its process; a writer whose
line went dead without a word is put aside by the next one. All of it is on this machine: the incoming folder is.
"""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SILENT_AFTER_SECONDS = 20
END_BYTES = 256 * 1024
BETWEEN, BETWEEN_BYTES = 16, 64 * 1024


class BeingWritten(OSError):
    """Somebody else is writing this file at present; worth another try in a few seconds."""


class PutAside(OSError):
    """Another writer has taken over because this one was silent for long."""


@dataclass(frozen=True)
class Mark:
    """Where some bytes of a file begin and end, and their SHA-256."""

    begins: int
    ends: int
    sha256: str


class PartialFile:
    """One such file of a folder. `key` is a name of our own making, never one from outside."""

    def __init__(self, folder: Path, key: str) -> None:
        self.path = folder / f"upload-{key}"
        self._lock = folder / f"upload-{key}.lock"
        self._guard = folder / "uploads.guard"

    def size(self) -> int:
        """How many bytes are there."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def marks(self) -> list[Mark]:
        """What tells another file apart: the beginning of what is there, its end, and so many places in between.

        The end alone would not: many files end alike, or hold nothing but zeros for long.
        """
        size = self.size()
        places = {(0, min(END_BYTES, size)), (max(0, size - END_BYTES), size)}
        step = size // (BETWEEN + 1)
        places |= {(place, min(place + BETWEEN_BYTES, size)) for place in range(step, size, step)} if step else set()
        with self.path.open("rb") as file:
            return [_mark(file, begins, ends) for begins, ends in sorted(places)]

    @contextmanager
    def writing(self) -> Iterator["Writer"]:
        """Be the one who writes. Raises `BeingWritten` while another does and was not silent for long."""
        lock = self._take_lock()
        try:
            yield Writer(self, lock)
        finally:
            if not self.path.exists() and self.holds(lock):
                self._lock.unlink()  # there is nothing to lock
            os.close(lock)

    def holds(self, lock: int) -> bool:
        """Whether the lock that was taken is still the one that counts."""
        try:
            return self._lock.stat().st_ino == os.fstat(lock).st_ino
        except FileNotFoundError:
            return False

    def remove(self) -> None:
        """Forget the file. Whoever writes it notices."""
        self._lock.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def _take_lock(self) -> int:
        with _alone(self._guard):
            lock = self._open_lock()
            if _locked(lock):
                return lock
            silent_for = abs(time.time() - os.fstat(lock).st_mtime)  # a clock set back makes nobody busy for hours
            os.close(lock)
            if silent_for < SILENT_AFTER_SECONDS:
                raise BeingWritten(f"{self.path.name} is being written")
            self._lock.unlink(missing_ok=True)
            lock = self._open_lock()
            assert _locked(lock)  # new, and nobody else gets here meanwhile
            return lock

    def _open_lock(self) -> int:
        return os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)


class Writer:
    """Adds to the end of a file, piece by piece. `size` is how many bytes are there."""

    def __init__(self, file: PartialFile, lock: int) -> None:
        self._file, self._lock = file, lock
        os.utime(lock)
        self.size = file.size()

    def append(self, pieces: Iterator[bytes]) -> None:
        """Write what comes, each piece as it comes. Raises `PutAside`, and whatever the pieces raise."""
        target = os.open(self._file.path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            for piece in pieces:
                if not self._file.holds(self._lock):
                    raise PutAside(f"{self._file.path.name} is written by another")
                self._write(target, piece)
                os.utime(self._lock)
        finally:
            os.close(target)

    def _write(self, target: int, piece: bytes) -> None:
        left = memoryview(piece)
        while left:
            written = os.pwrite(target, left, self.size)
            self.size += written
            left = left[written:]


def _mark(file: IO[bytes], begins: int, ends: int) -> Mark:
    file.seek(begins)
    return Mark(begins, ends, hashlib.sha256(file.read(ends - begins)).hexdigest())


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _alone(guard: Path) -> Iterator[None]:
    """For the moment in which it is decided who writes."""
    descriptor = os.open(guard, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.utime(descriptor)  # the hourly tidying leaves alone what is in use
        yield
    finally:
        os.close(descriptor)
