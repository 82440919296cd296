"""The folder of this machine where uploads and work in progress are written, whatever store they end up in."""

import shutil
from contextlib import suppress
from datetime import datetime
from pathlib import Path

GIBIBYTE = 1024**3
FREE_FLOOR = 2 * GIBIBYTE


class Incoming:
    """A folder, readable by its owner alone, on a disk that is never filled below its floor (in bytes)."""

    def __init__(self, folder: Path, free_floor: int = FREE_FLOOR) -> None:
        self.folder = folder
        self.free_floor = free_floor
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.folder).free

    def has_room_for(self, size: int) -> bool:
        return self.free_bytes() - size >= self.free_floor

    def checked(self, path: Path) -> Path:
        """A plain file of this very folder; anything else is a `ValueError`: what is given away must be ours."""
        if path.is_symlink() or not path.is_file() or path.resolve().parent != self.folder.resolve():
            raise ValueError("Only a plain file of the incoming folder can be adopted")
        return path

    def remove_abandoned(self, before: datetime) -> int:
        """Delete what was not touched since `before` (aware), and count it."""
        removed = 0
        for entry in self.folder.iterdir():
            with suppress(FileNotFoundError):  # whoever was writing it has just taken it away
                if _last_touched(entry) < before.timestamp():
                    shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
                    removed += 1
        return removed


def _last_touched(entry: Path) -> float:
    """When an entry, or the newest thing in it, was last written (seconds since 1970)."""
    moments = [entry.lstat().st_mtime]
    if entry.is_dir() and not entry.is_symlink():
        for inner in entry.rglob("*"):
            with suppress(FileNotFoundError):
                moments.append(inner.lstat().st_mtime)
    return max(moments)
