"""What left for each player, kept in memory for a moment: a report counts no more as watched than was sent.

Written down when the player reports, and every few seconds by a thread of its own, because the next report may come to
another process. What is lost with a process is only that much.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

import structlog
from flask import Flask

from portal.basics import spans
from portal.basics.byte_ranges import Part
from portal.basics.spans import Span
from portal.domain import watching
from portal.domain.media_rights import MediaToSend
from portal.storage.db import DATABASE_AWAY, transaction
from portal.storage.models import User

log = structlog.get_logger()
FLUSH_EVERY_SECONDS = 5.0


@dataclass
class _Sent:
    media: MediaToSend
    parts: list[Span] = field(default_factory=list)


class Tally:
    """The parts that left and are not written down yet, by player and quality."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._sent: dict[str, dict[int, _Sent]] = {}
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def note(self, stream_key: str, media: MediaToSend, part: Part) -> None:
        """These bytes have left for this player."""
        with self._lock:
            sent = self._sent.setdefault(stream_key, {}).setdefault(media.media_file_id, _Sent(media))
            sent.parts = spans.merged([*sent.parts, (part.first, part.last + 1)])
            if self._timer is None and not self._app.testing:
                self._timer = threading.Timer(FLUSH_EVERY_SECONDS, self._write_all)
                self._timer.daemon = True
                self._timer.start()

    def write(self, stream_key: str, viewer: User) -> None:
        """Write down what left for this player, if it is this person's. Inside a transaction."""
        with self._lock:
            files = self._sent.get(stream_key, {}).values()
            if any(sent.media.user_id != viewer.id for sent in files):
                return
            self._sent.pop(stream_key, None)
        _write(files)

    def _write_all(self) -> None:
        with self._lock:
            self._timer = None
            waiting, self._sent = list(self._sent.values()), {}
        with self._app.app_context():
            for files in waiting:
                try:
                    with transaction():
                        _write(files.values())
                except DATABASE_AWAY as error:
                    log.warning("what was sent is not written down", error=type(error).__name__)


def _write(files: Iterable[_Sent]) -> None:
    for sent in files:
        media = sent.media
        watching.note_served(media.user_id, media.video_session_id, media.media_file_id, sent.parts)


def tally_of(app: Flask) -> Tally:
    """The tally of this process."""
    kept: Tally = app.extensions.setdefault("served", Tally(_real(app)))
    return kept


def _real(app: Flask) -> Flask:
    return getattr(app, "_get_current_object", lambda: app)()
