"""What a media store promises, whichever it is."""

import re
import secrets
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

_KEY = re.compile(r"[0-9a-f]{32}")


class UnknownKey(LookupError):
    """Nothing is kept under this key, or it is no key of this store's making."""


class NoRoom(OSError):
    """Keeping this would leave less free space than the floor."""


class StoreAway(OSError):
    """The store does not answer at present, or not in time. Nothing was changed; it is worth trying again."""


class MediaStore(Protocol):
    """Keeps files whole and unchanged until they are deleted.

    A key is 32 hexadecimal digits drawn at random by the store. Every method that takes a key raises `UnknownKey` for
    anything else, so a path or name that came from outside can never reach what is kept. A store on another machine
    raises `StoreAway` from any method while it cannot be reached.
    """

    @property
    def incoming_folder(self) -> Path:
        """Where uploads and work in progress are written; on this machine, wherever the rest is kept."""
        ...

    def put(self, source: Path | BinaryIO) -> str:
        """Keep a copy of a file, or of what is left to read of a binary stream, and return its key.

        All or nothing: what cannot be written whole leaves nothing behind. Raises `NoRoom` below the floor.
        """
        ...

    def adopt(self, path: Path) -> str:
        """Keep a finished file of the incoming folder and return its key. The path is gone then; at an error it stays.

        Beside the incoming folder that is a rename; elsewhere it takes as long as the file is large, so no transaction
        should wait for it.
        """
        ...

    def open(self, key: str, *, first: int = 0, length: int | None = None) -> BinaryIO:
        """A stream that stands at byte `first`, which the file has, to be read forward and closed.

        `length` says how much of it will be read: a store elsewhere then sends no more than that. What lies behind may
        still be readable.
        """
        ...

    def read(self, key: str, *, first: int = 0, length: int | None = None) -> bytes:
        """So many bytes from `first` on, or all that follow. For what fits well into memory."""
        ...

    def local_copy(self, key: str, folder: Path | None = None) -> AbstractContextManager[Path]:
        """A file of this machine, for tools that want a path: only to be read, and only inside the block.

        A store elsewhere puts a copy into `folder`, the incoming folder unless told, and takes it away at the end.
        Raises `NoRoom` where that would leave less free space than the floor.
        """
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

    def address_for_nginx(self, key: str) -> str:
        """Where the nginx in front finds the file now, by deploy/nginx. A secret between the two of them."""
        ...

    def free_bytes(self) -> int:
        """On the disks of this machine that are written to; of several, the fuller one."""
        ...

    def has_room_for(self, size: int) -> bool:
        """Whether `size` more bytes leave the free-disk floor alone (security.md, Uploads). Ask before an upload."""
        ...

    def remove_abandoned(self, before: datetime) -> int:
        """Delete what came in and was not touched since `before` (aware), and count it."""
        ...


def new_key() -> str:
    return secrets.token_hex(16)


def checked_key(key: str) -> str:
    """The key, if it is one; else `UnknownKey`."""
    if not _KEY.fullmatch(key):
        raise UnknownKey(key)
    return key
