"""Takes leave of connections without making the others wait."""

import contextlib
import selectors
import socket
import time
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

LEAVE_SECONDS = 2.0
_MOST_LEAVING = 1000
_BLOCK = 64 * 1024


class PatientWorker(ThreadWorker):
    """gunicorn's threads, but for how a connection ends that is not kept.

    Its reader is given a moment to take in the last of it (RFC 9112, 9.6). gunicorn 27 waits for that in the one thread
    through which all connections come, up to two seconds each: a handful of slow readers stop the portal for everybody.
    Here it is waited for beside all the rest.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._leaving: deque[tuple[float, socket.socket]] = deque()

    def finish_request(self, conn: Any, fs: "Future[Any]") -> None:
        conn.close = partial(self._take_leave, conn.sock)
        super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Asked by gunicorn once a second at least."""
        super().murder_pending()
        while self._leaving and self._leaving[0][0] <= time.monotonic():
            self._end(self._leaving.popleft()[1])

    def _take_leave(self, line: socket.socket, graceful: bool = False) -> None:
        if not graceful or len(self._leaving) >= _MOST_LEAVING:
            line.close()
            return
        try:
            line.setblocking(False)
            line.shutdown(socket.SHUT_WR)
            self.poller.register(line, selectors.EVENT_READ, self._hear_out)
        except (OSError, ValueError, KeyError):
            line.close()
            return
        self._leaving.append((time.monotonic() + LEAVE_SECONDS, line))

    def _hear_out(self, line: socket.socket) -> None:
        """The other side says more, which nobody needs, or has gone too."""
        try:
            more = line.recv(_BLOCK)
        except BlockingIOError:
            return
        except OSError:
            more = b""
        if not more:
            self._end(line)

    def _end(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError, KeyError):  # it has ended before
            self.poller.unregister(line)
        line.close()
