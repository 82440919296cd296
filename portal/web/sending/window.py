"""One part of a kept file, as a server sends it."""

import io
from collections.abc import Callable
from typing import BinaryIO

from portal.basics.byte_ranges import Part


class Window(io.RawIOBase):
    """The bytes of one part of a file, and none beyond. Closing it closes the file and tells `on_close`, once.

    The file stands at the first byte of the part. Where it has a number the window has it too, so that a server which
    can hands the copying to the system (gunicorn's `sendfile`). `on_close` is told how many bytes were taken.
    """

    def __init__(self, file: BinaryIO, part: Part, on_close: Callable[[int], None]) -> None:
        super().__init__()
        self._file, self._left, self._on_close = file, part.length, on_close
        self._first, self._taken = part.first, 0

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._file.fileno()  # what comes over a line has none, and says so by an error

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        self._taken += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Told by a server that let the system copy, of where that ended: without it gunicorn cuts the line."""
        place = self._file.seek(offset, whence)
        self._taken = place - self._first
        return place

    def close(self) -> None:
        if not self.closed:
            try:
                self._file.close()
            finally:
                self._on_close(self._taken)
        super().close()
