"""The worker's process: Huey's threads send letters as they are told of them, and rounds take up all the rest."""

import threading
from collections.abc import Callable
from datetime import timedelta

import structlog
from flask import Flask
from huey.consumer import Consumer

from portal.basics.clock import now
from portal.domain import housekeeping, jobs, mailbox, uploads
from portal.domain.jobs import Lane
from portal.domain.work import tools
from portal.storage.db import transaction
from portal.worker import tasks
from portal.worker.engine import Engine

log = structlog.get_logger()

SWEEP_EVERY = timedelta(seconds=10)
STARTS_EVERY = timedelta(minutes=1)
TIDY_EVERY = timedelta(hours=1)
WARN_EVERY = timedelta(minutes=10)
_LETTER_THREADS = 2
_STOP_SECONDS = 8.0


def run(app: Flask) -> None:
    """Work until SIGINT or SIGTERM; letters in hand are finished, jobs given back. Needs the main thread."""
    with app.app_context():
        settings = tools().settings
    stopping = threading.Event()
    may_wait = {lane: threading.Event() for lane in Lane}

    def told(kind: str, row_id: int) -> None:
        if kind == "job":  # one at a time of each lane, in a thread of its own: a long one takes all cores already
            for lane in Lane:
                may_wait[lane].set()
            return
        with app.app_context():
            tasks.send_letter(row_id)

    rounds = [
        Round(app, "letters", _send_letters, every=SWEEP_EVERY, stopping=stopping),
        *(
            Round(app, f"{lane.name.lower()} jobs", _doing(lane), every=SWEEP_EVERY, stopping=stopping, wake=wake)
            for lane, wake in may_wait.items()
        ),
        Round(app, "failed starts", _give_back_starts, every=STARTS_EVERY, stopping=stopping),
        Round(app, "whole uploads", _finish_uploads, every=STARTS_EVERY, stopping=stopping),
        Round(app, "tidying", _tidy, every=TIDY_EVERY, stopping=stopping),
        Round(app, "events", _close_events, every=SWEEP_EVERY, stopping=stopping),
        Round(app, "warnings", _warn, every=WARN_EVERY, stopping=stopping),
    ]
    for one in rounds:
        one.start()
    _Consumer(Engine(settings, told).huey, rounds).run()
    for one in rounds:
        one.join(_STOP_SECONDS)


class Round(threading.Thread):
    """Does the same thing again and again, with a pause, whatever goes wrong in between, until it is to stop.

    `do` is called in an app context of its own, with a way to ask whether to stop.
    """

    def __init__(
        self,
        app: Flask,
        name: str,
        do: Callable[[Flask, threading.Event], None],
        *,
        every: timedelta,
        stopping: threading.Event,
        wake: threading.Event | None = None,
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._app, self._do, self._every, self._stopping = app, do, every, stopping
        self._wake = wake or threading.Event()

    def run(self) -> None:
        while True:
            self._wake.clear()  # before looking whether to stop: a call to stop in between is not slept through
            if self._stopping.is_set():
                return
            try:
                self._do(self._app, self._stopping)
            except Exception:
                log.exception("a round of the worker failed", round=self.name)
            self._wake.wait(self._every.total_seconds())

    def end(self) -> None:
        self._stopping.set()
        self._wake.set()


class _Consumer(Consumer):
    """Huey's consumer, which tells the rounds to stop first. Its own scheduler has nothing to do here."""

    def __init__(self, huey: object, rounds: list[Round]) -> None:
        self._rounds = rounds
        super().__init__(
            huey,
            workers=_LETTER_THREADS,
            periodic=False,
            initial_delay=0.1,
            max_delay=1.0,
            scheduler_interval=60,
            shutdown_timeout=_STOP_SECONDS,
        )

    def stop(self, graceful: bool = False) -> None:
        for one in self._rounds:
            one.end()
        super().stop(graceful)


def _send_letters(app: Flask, stopping: threading.Event) -> None:
    due = [0]
    while due and not stopping.is_set():  # thousands of letters of a list leave in one round
        with app.app_context():
            due = mailbox.due(now(), after=due[-1])
        _each(app, due, tasks.send_letter, stopping)


def _doing(lane: Lane) -> Callable[[Flask, threading.Event], None]:
    """What the round of one lane does: its jobs, one after the other."""

    def do(app: Flask, stopping: threading.Event) -> None:
        with app.app_context():
            due = jobs.due(now(), lane)
        _each(app, due, lambda job_id: tasks.do_job(job_id, stopping), stopping)

    return do


def _each(app: Flask, ids: list[int], do: Callable[[int], None], stopping: threading.Event) -> None:
    """Do all of them, each in a context of its own; one that fails keeps none of the others waiting."""
    for row_id in ids:
        if stopping.is_set():
            return
        with app.app_context():
            try:
                do(row_id)
            except Exception:
                log.exception("left for a later round", row=row_id)


def _give_back_starts(app: Flask, stopping: threading.Event) -> None:
    with app.app_context():
        tasks.give_back_failed_starts(stopping)
        tasks.number_entries(stopping)


def _finish_uploads(app: Flask, stopping: threading.Event) -> None:
    with app.app_context():
        tasks.finish_uploads(stopping)


def _close_events(app: Flask, stopping: threading.Event) -> None:
    with app.app_context():
        tasks.close_events(stopping)


def _tidy(app: Flask, stopping: threading.Event) -> None:
    with app.app_context():
        tasks.catch_up_with_search(stopping)
        tasks.empty_bin(stopping)
        with transaction():
            housekeeping.forget_old_tries(at=now())
            housekeeping.forget_done_jobs(at=now())
            housekeeping.forget_lists(at=now())
            mailbox.forget_words(at=now())
            uploads.forget_abandoned(at=now())
        housekeeping.remove_abandoned_uploads(at=now())


def _warn(app: Flask, stopping: threading.Event) -> None:
    with app.app_context():
        tasks.warn_of_ends(stopping)
