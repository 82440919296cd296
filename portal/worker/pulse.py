"""Keeps a job in hand while it is done, and ends the work when it may not go on."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog
from flask import Flask

from portal.basics.clock import now
from portal.domain import jobs
from portal.domain.jobs import Lease
from portal.storage.db import transaction

log = structlog.get_logger()

BEAT_SECONDS = 10.0
NOTE_SECONDS = 1.0


class GivenUp(Exception):
    """The work ends here. `may_give_back`: the job is still ours, and somebody else may take it up."""

    def __init__(self, why: str, *, may_give_back: bool) -> None:
        super().__init__(why)
        self.may_give_back = may_give_back


class NotWanted(GivenUp):
    """The work ends here, and nobody needs to take it up."""


class Pulse:
    """A heartbeat in a thread of its own, as long as the block lasts; the work itself calls `beat` as it goes on."""

    def __init__(self, app: Flask, lease: Lease, stopping: threading.Event) -> None:
        self._app, self._lease, self._stopping = app, lease, stopping
        self._lost, self._over = threading.Event(), threading.Event()
        self._noted = 0.0
        self._thread = threading.Thread(target=self._keep_alive, name=f"pulse of job {lease.job_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def beat(self, note: Callable[[], bool]) -> None:
        """A sign of life from the work. `note` writes down how far it is, once a second at most; False: what it was
        for is gone. Raises `GivenUp` when the job was taken over, or the worker is asked to stop.
        """
        if self._lost.is_set():
            raise GivenUp("taken over by another worker", may_give_back=False)
        if self._stopping.is_set():
            raise GivenUp("the worker stops", may_give_back=True)
        if time.monotonic() - self._noted < NOTE_SECONDS:
            return
        self._noted = time.monotonic()
        try:
            with transaction():
                wanted = note()
        except Exception:
            log.warning("progress could not be written", job=self._lease.job_id, exc_info=True)
            return
        if not wanted:
            raise NotWanted("what it was for is gone", may_give_back=False)

    def _keep_alive(self) -> None:
        while not self._over.wait(BEAT_SECONDS):
            try:
                with self._app.app_context(), transaction():
                    still_ours = jobs.heartbeat(self._lease, at=now())
            except Exception:
                log.warning("heartbeat could not be written", job=self._lease.job_id, exc_info=True)
                continue
            if not still_ours:
                self._lost.set()
                return
