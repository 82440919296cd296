"""A folder of this machine as media store."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from portal.storage.media_store.contract import NoRoom, UnknownKey, checked_key, new_key
from portal.storage.media_store.incoming import FREE_FLOOR, Incoming

_CHUNK = 1024 * 1024


class LocalMediaStore:
    """A folder on this machine, readable by its owner alone, or by the owner's group as well."""

    def __init__(
        self, root: Path, free_floor: int = FREE_FLOOR, *, incoming: Path | None = None, group_reads: bool = False
    ) -> None:
        """Make the folders where they are missing.

        `free_floor` in bytes. `incoming`: another folder than `root`'s own. `group_reads`: of what is kept, not of what
        is on its way in.
        """
        self._folder_mode, self._file_mode = (0o750, 0o640) if group_reads else (0o700, 0o600)
        self._kept = root / "kept"
        root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (root, self._kept):
            self._make(folder)
        # What is being written here is on the disk of what is kept, so that the last step is a rename.
        self._beside = Incoming(root / "incoming", free_floor)
        self._incoming = Incoming(incoming, free_floor) if incoming else self._beside

    @property
    def incoming_folder(self) -> Path:
        return self._incoming.folder

    def put(self, source: Path | BinaryIO) -> str:
        if isinstance(source, Path):
            with source.open("rb") as stream:
                return self._put_stream(stream, source.stat().st_size)
        return self._put_stream(source, 0)

    def adopt(self, path: Path) -> str:
        self._incoming.checked(path)
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        try:
            return self._rename_into_place(path)
        except OSError as fault:
            if fault.errno != errno.EXDEV:
                raise
        key = self.put(path)  # uploads come to a disk of their own
        path.unlink()
        return key

    def open(self, key: str, *, first: int = 0, length: int | None = None) -> BinaryIO:
        del length  # the system reads what is asked for
        try:
            file = self._place(key).open("rb")
        except FileNotFoundError:
            raise UnknownKey(key) from None
        if first:
            file.seek(first)
        return file

    def read(self, key: str, *, first: int = 0, length: int | None = None) -> bytes:
        with self.open(key, first=first) as file:
            return file.read(-1 if length is None else length)

    @contextmanager
    def local_copy(self, key: str, folder: Path | None = None) -> Iterator[Path]:
        del folder  # no copy is needed
        yield self.path(key)

    def path(self, key: str) -> Path:
        """The file itself: a folder has one, other stores do not."""
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

    def address_for_nginx(self, key: str) -> str:
        return f"/_media/{checked_key(key)[:2]}/{key}"

    def free_bytes(self) -> int:
        return min(self._beside.free_bytes(), self._incoming.free_bytes())

    def has_room_for(self, size: int) -> bool:
        return self._beside.has_room_for(size) and self._incoming.has_room_for(size)

    def remove_abandoned(self, before: datetime) -> int:
        places = {place.folder: place for place in (self._beside, self._incoming)}.values()
        return sum(place.remove_abandoned(before) for place in places)

    def _put_stream(self, stream: BinaryIO, known_size: int) -> str:
        if not self.has_room_for(known_size):
            raise NoRoom("Less free space than the floor")
        # mkstemp makes the file 0600 from its first moment.
        descriptor, name = tempfile.mkstemp(dir=self._beside.folder, prefix="put-")
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
        key = new_key()
        place = self._place(key)
        self._make(place.parent)
        path.chmod(self._file_mode)
        path.rename(place)
        # The names must survive a power cut too: the file's own, and the shelf's in the folder above.
        _sync_folder(place.parent)
        _sync_folder(self._kept)
        return key

    def _make(self, folder: Path) -> None:
        with suppress(FileExistsError):
            folder.mkdir()
            folder.chmod(self._folder_mode)  # whatever the process's mask is

    def _place(self, key: str) -> Path:
        return self._kept / checked_key(key)[:2] / key


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
