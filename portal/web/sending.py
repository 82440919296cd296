"""Sends media: the bytes that were asked for, to so many people at once and no more (RFC 9110; performance.md)."""

import errno
import hashlib
import io
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import IO, BinaryIO, cast

from flask import Response, current_app, request
from werkzeug.wsgi import wrap_file

from portal.basics.byte_ranges import Part, Unsatisfiable, read_range
from portal.domain.playback import MediaToSend
from portal.domain.work import tools

STRETCH = 1024 * 1024
"""Bytes sent on one check of the right.

Players ask for "all from here on", and one answer to that would go on for as long as the film lasts. They get a stretch
and ask again (RFC 9110, 15.3.7 allows the shorter answer): so a right that ends stops the picture soon, and what is
sent fits mostly into the buffers of the system, so that a slow viewer does not hold a thread.
"""
MOST_FOR_ONE = 6  # a browser has six connections to one place; the seventh is somebody's download tool
_BLOCK = 64 * 1024
_OURS = {"Cache-Control": "private, no-store", "Accept-Ranges": "bytes", "Content-Disposition": "inline"}


class Turnstile:
    """Lets only so many answers be on their way at once, and a few of them to one person.

    A thread that sends to a slow viewer can do nothing else; while some threads are kept from media, pages and sign-in
    go on whatever the viewers' lines are like. Whoever finds it full asks again in a second: players do by themselves.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._inside: Counter[int] = Counter()
        self._lock = threading.Lock()

    def enter(self, person: int) -> bool:
        """Go through, if there is room; whoever went through must `leave`."""
        with self._lock:
            if self._inside.total() >= self._most or self._inside[person] >= MOST_FOR_ONE:
                return False
            self._inside[person] += 1
            return True

    def leave(self, person: int) -> None:
        with self._lock:
            self._inside[person] -= 1
            if not self._inside[person]:
                del self._inside[person]


class Window(io.RawIOBase):
    """The bytes of one part of a file, and none beyond. Closing it closes the file and tells `on_close`, once.

    It has the file's number, so that a server which can hands the copying to the system (gunicorn's `sendfile`).
    `on_close` is told how many bytes were taken.
    """

    def __init__(self, file: BinaryIO, part: Part, on_close: Callable[[int], None]) -> None:
        super().__init__()
        self._file, self._left, self._on_close = file, part.length, on_close
        self._first, self._taken = part.first, 0
        file.seek(part.first)

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._file.fileno()

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
            self._file.close()
            self._on_close(self._taken)
        super().close()


def refused() -> Response:
    """The one answer to every no: nothing of the file, not even its length."""
    return _empty(404)


def send(
    media: MediaToSend,
    *,
    begins: Callable[[], bool],
    still_allowed: Callable[[], bool],
    sent: Callable[[Part], None],
) -> Response:
    """Answer with the whole file or the range the request asks for.

    `begins` is asked when bytes are about to leave, and may still say no. `still_allowed` is asked again, in an app
    context, after each stretch of a longer answer; at a no the line is cut. `sent` is told what has left, at the end.
    """
    headers = _OURS | {"ETag": f'"{_tag(media)}"'}
    try:
        part = read_range(request.headers.get("Range"), media.size_bytes) if _range_counts(headers["ETag"]) else None
    except Unsatisfiable:
        return _empty(416, {"Content-Range": f"bytes */{media.size_bytes}"})
    status = 206 if part else 200
    if part and part.open_ended and part.length > STRETCH:
        part = Part(part.first, part.first + STRETCH - 1)
    if part:
        headers["Content-Range"] = f"bytes {part.first}-{part.last}/{media.size_bytes}"
    part = part or Part(0, media.size_bytes - 1)
    headers["Content-Length"] = str(part.length)
    if request.method == "HEAD":
        return Response(status=status, headers=headers, content_type=media.content_type)
    turnstile = _turnstile()
    if not turnstile.enter(media.user_id):
        return _empty(503, {"Retry-After": "1"})
    try:
        file = tools().media.open(media.store_key) if begins() else None
    except BaseException:
        turnstile.leave(media.user_id)
        raise
    if file is None:
        turnstile.leave(media.user_id)
        return refused()
    window = Window(file, part, _at_the_end(part, lambda: turnstile.leave(media.user_id), sent))
    brief = part.length <= STRETCH
    body = wrap_file(request.environ, cast("IO[bytes]", window), _BLOCK) if brief else _checked(window, still_allowed)
    return Response(body, status=status, headers=headers, content_type=media.content_type, direct_passthrough=True)


def _at_the_end(part: Part, leave: Callable[[], None], sent: Callable[[Part], None]) -> Callable[[int], None]:
    def end(taken: int) -> None:
        leave()
        if taken > 0:
            sent(Part(part.first, part.first + min(taken, part.length) - 1))

    return end


def _empty(status: int, headers: dict[str, str] | None = None) -> Response:
    private = {"Cache-Control": "private, no-store"}
    return Response(status=status, headers=private | (headers or {}), content_type="text/plain; charset=utf-8")


def _checked(window: Window, still_allowed: Callable[[], bool]) -> Iterator[bytes]:
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def stretches() -> Iterator[bytes]:
        try:
            while data := window.read(STRETCH):
                yield data
                with app.app_context():
                    allowed = still_allowed()
                if not allowed:
                    # the only way to say so once the length is out; servers take it for a line that was lost
                    raise ConnectionResetError(errno.ECONNRESET, "the right has ended")
        finally:
            window.close()

    return stretches()


def _range_counts(tag: str) -> bool:
    """Whether If-Range, where given, names the file as it is. Files never change, so a date can only be a guess."""
    condition = request.headers.get("If-Range")
    return condition is None or condition.strip() == tag


def _tag(media: MediaToSend) -> str:
    """Names the file strongly and without its name in the store."""
    return hashlib.sha256(f"{media.media_file_id}:{media.store_key}".encode()).hexdigest()[:24]


def _turnstile() -> Turnstile:
    threads = tools().settings.web_threads
    kept: Turnstile = current_app.extensions.setdefault("turnstile", Turnstile(max(1, threads * 3 // 4)))
    return kept
