"""Where recordings, renditions and posters are kept: files under random keys, never under a name from outside."""

import os
import re
import secrets
import shutil
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

GIBIBYTE = 1024**3
FREE_FLOOR = 2 * GIBIBYTE
_CHUNK = 1024 * 1024
_KEY = re.compile(r"[0-9a-f]{32}")


class UnknownKey(LookupError):
    """Nothing is kept under this key, or it is no key of this store's making."""


class NoRoom(OSError):
    """Keeping this would leave less free space than the floor."""


class MediaStore(Protocol):
    """Keeps files whole and unchanged until they are deleted.

    A key is 32 hexadecimal digits drawn at random by the store. Every method that takes a key raises `UnknownKey` for
    anything else, so a path or name that came from outside can never reach the disk.
    """

    @property
    def incoming_folder(self) -> Path:
        """Where uploads and work in progress are written, beside what is kept: `adopt` is then a rename."""
        ...

    def put(self, source: Path | BinaryIO) -> str:
        """Keep a copy of a file, or of what is left to read of a binary stream, and return its key.

        All or nothing: what cannot be written whole leaves nothing behind. Raises `NoRoom` below the floor.
        """
        ...

    def adopt(self, path: Path) -> str:
        """Keep a finished file of the incoming folder, without a copy, and return its key. The path is gone then."""
        ...

    def open(self, key: str) -> BinaryIO: ...

    def path(self, key: str) -> Path:
        """A local file to read from, for tools that want a path. Never write to it."""
        ...

    def size(self, key: str) -> int:
        """Length in bytes."""
        ...

    def exists(self, key: str) -> bool:
        """False for what was never a key as well."""
        ...

    def delete(self, key: str) -> None:
        """Forget a file. Deleting twice is no error: a job that is run again must be able to."""
        ...

    def free_bytes(self) -> int: ...

    def has_room_for(self, size: int) -> bool:
        """Whether `size` more bytes leave the free-disk floor alone (security.md, Uploads). Ask before an upload."""
        ...

    def remove_abandoned(self, before: datetime) -> int:
        """Delete what lies in the incoming folder untouched since `before` (aware), and count it."""
        ...


class LocalMediaStore:
    """A folder on this machine, readable by its owner alone."""

    def __init__(self, root: Path, free_floor: int = FREE_FLOOR) -> None:
        """Make the folders where they are missing. `free_floor` in bytes."""
        self._kept = root / "kept"
        self._incoming = root / "incoming"
        self._free_floor = free_floor
        for folder in (root, self._kept, self._incoming):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def incoming_folder(self) -> Path:
        return self._incoming

    def put(self, source: Path | BinaryIO) -> str:
        if isinstance(source, Path):
            with source.open("rb") as stream:
                return self._put_stream(stream, source.stat().st_size)
        return self._put_stream(source, 0)

    def adopt(self, path: Path) -> str:
        if path.is_symlink() or not path.is_file() or path.resolve().parent != self._incoming.resolve():
            raise ValueError("Only a plain file of the incoming folder can be adopted")
        with path.open("rb+") as file:
            os.fchmod(file.fileno(), 0o600)
            os.fsync(file.fileno())
        return self._rename_into_place(path)

    def open(self, key: str) -> BinaryIO:
        try:
            return self._place(key).open("rb")
        except FileNotFoundError:
            raise UnknownKey(key) from None

    def path(self, key: str) -> Path:
        place = self._place(key)
        if not place.is_file():
            raise UnknownKey(key)
        return place

    def size(self, key: str) -> int:
        try:
            return self._place(key).stat().st_size
        except FileNotFoundError:
            raise UnknownKey(key) from None

    def exists(self, key: str) -> bool:
        try:
            return self._place(key).is_file()
        except UnknownKey:
            return False

    def delete(self, key: str) -> None:
        self._place(key).unlink(missing_ok=True)

    def free_bytes(self) -> int:
        return shutil.disk_usage(self._kept).free

    def has_room_for(self, size: int) -> bool:
        return self.free_bytes() - size >= self._free_floor

    def remove_abandoned(self, before: datetime) -> int:
        removed = 0
        for entry in self._incoming.iterdir():
            if _last_touched(entry) < before.timestamp():
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
                removed += 1
        return removed

    def _put_stream(self, stream: BinaryIO, known_size: int) -> str:
        if not self.has_room_for(known_size):
            raise NoRoom("Less free space than the floor")
        # mkstemp makes the file 0600 from its first moment.
        descriptor, name = tempfile.mkstemp(dir=self._incoming, prefix="put-")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                self._copy(stream, file)
                file.flush()
                os.fsync(file.fileno())
            return self._rename_into_place(temporary)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _copy(self, stream: BinaryIO, file: BinaryIO) -> None:
        while chunk := stream.read(_CHUNK):
            # A stream does not say how long it is, so its room is asked for as it comes.
            if not self.has_room_for(len(chunk)):
                raise NoRoom("Less free space than the floor")
            file.write(chunk)

    def _rename_into_place(self, path: Path) -> str:
        key = secrets.token_hex(16)
        place = self._place(key)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.rename(place)
        # The names must survive a power cut too: the file's own, and the shelf's in the folder above.
        _sync_folder(place.parent)
        _sync_folder(self._kept)
        return key

    def _place(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise UnknownKey(key)
        return self._kept / key[:2] / key


def _last_touched(entry: Path) -> float:
    """When an entry, or the newest thing in it, was last written (seconds since 1970)."""
    moments = [entry.lstat().st_mtime]
    if entry.is_dir() and not entry.is_symlink():
        for inner in entry.rglob("*"):
            with suppress(FileNotFoundError):
                moments.append(inner.lstat().st_mtime)
    return max(moments)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
