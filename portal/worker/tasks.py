"""What the worker does with one row, in transactions of its own; mail servers and ffmpeg are waited for outside."""

import threading
from collections.abc import Callable, Sequence
from contextlib import closing

import structlog
from flask import Flask, current_app

from portal.basics.clock import now
from portal.domain import (
    ending_soon,
    events,
    jobs,
    mailbox,
    password_resets,
    playback,
    posters,
    processing,
    search,
    the_bin,
    uploads,
)
from portal.domain.jobs import Lease
from portal.domain.judging import labels
from portal.domain.processing import Made, Work
from portal.domain.work import tools
from portal.storage.db import transaction
from portal.storage.media_store import NoRoom, StoreAway
from portal.storage.media_tools import MediaFailed
from portal.storage.partial_files import BeingWritten
from portal.worker.pulse import GivenUp, NotWanted, Pulse

log = structlog.get_logger()


def send_letter(email_id: int) -> None:
    """Try to let one letter leave, if it waits and nobody else has it in hand."""
    with transaction():
        in_hand = mailbox.take(email_id, at=now())
    if in_hand is None:
        return
    outcome = tools().postman.deliver(in_hand.message)
    with transaction():
        mailbox.settle(in_hand, outcome, at=now())
    log.info("letter tried", email=email_id, outcome=type(outcome).__name__)


def warn_of_ends(stopping: threading.Event) -> None:
    """Queue the warnings that are due: a few people at a time, so that nobody waits long for the database."""
    for warn in (ending_soon.warn_guests, ending_soon.warn_owners):
        looked_at, at = 1, now()
        while looked_at and not stopping.is_set():
            with transaction():
                looked_at = warn(at=at)


def give_back_failed_starts(stopping: threading.Event) -> None:
    """Give back the views of starts that delivered nothing, some at a time."""
    given_back = 1
    while given_back and not stopping.is_set():
        with transaction():
            given_back = playback.give_back_failed_starts(at=now())


def close_events(stopping: threading.Event) -> None:
    """Close the events whose closing has come, each in a transaction of its own: wholly or not at all."""
    failed: set[int] = set()
    while not stopping.is_set():
        ids = [event_id for event_id in events.due(now()) if event_id not in failed]
        if not ids:
            return
        for event_id in ids:
            try:
                with transaction():
                    closing = events.close_due(event_id, at=now())
            except Exception:
                log.exception("an event was not closed", id=event_id)
                failed.add(event_id)
                continue
            if closing is not None:
                log.info("an event was closed", id=event_id, guests=closing.grants_ended)


def empty_bin(stopping: threading.Event) -> None:
    """Delete for good what has been in the bin for 30 days, some at a time."""
    deleted = 1
    while deleted and not stopping.is_set():
        with transaction():
            deleted = the_bin.empty_old(at=now())


def catch_up_with_search(stopping: threading.Event) -> None:
    """Have those recordings found by their words that an older release kept, some at a time."""
    found = 1
    while found and not stopping.is_set():
        with transaction():
            found = search.catch_up()


def number_entries(stopping: threading.Event) -> None:
    """Give what came onto folders of blind events its number, some events at a time."""
    numbered = 1
    while numbered and not stopping.is_set():
        with transaction():
            numbered = labels.catch_up(at=now())


def finish_uploads(stopping: threading.Event) -> None:
    """Make recordings of files that are whole and were left so when the server was ended at their last byte."""
    for upload in uploads.left_whole(at=now()):
        if stopping.is_set():
            return
        try:
            uploads.finish(upload, within=transaction, at=now())
        except BeingWritten:
            continue  # whoever sent it is at it
        except (NoRoom, StoreAway) as fault:
            log.warning("a whole upload waits", upload=upload.id, why=str(fault))


def do_job(job_id: int, stopping: threading.Event) -> None:
    """Do one job, if it waits or its worker died. Ends early, without a trace, once the job is taken over by another.

    When `stopping` is set meanwhile, the job is given back as it was.
    """
    with transaction():
        lease = jobs.take(job_id, at=now())
    if lease is None:
        return
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # another thread needs it
    with Pulse(app, lease, stopping) as pulse:
        _DOERS.get(lease.kind, _unknown)(lease, pulse)


def _unknown(lease: Lease, _pulse: Pulse) -> None:
    """A kind of a later release: this one leaves a note rather than taking it up for ever."""
    with transaction():
        jobs.fail(lease, "This release of the portal does not know this kind of work.", at=now())


def _answer_reset_ask(lease: Lease, _pulse: Pulse) -> None:
    _at_once(lease, lambda: password_resets.answer(lease.subject_id, at=now()))


def _at_once(lease: Lease, do: Callable[[], None]) -> None:
    """A job that is one transaction: its effect and its end are kept together, so it happens once."""
    try:
        with transaction():
            if jobs.finish(lease, at=now()):
                do()
    except Exception:
        log.exception("job failed", job=lease.job_id)
        with transaction():
            if lease.last_try:
                jobs.fail(lease, "It went wrong three times; the log says why.", at=now())
            else:
                jobs.put_back(lease, at=now())


def _process_session(lease: Lease, pulse: Pulse) -> None:
    def do() -> None:
        with transaction():
            work = processing.begin(lease, at=now())
        if work is not None:
            _make_and_keep(work, pulse)

    def fail(sentence: str, is_damaged: bool) -> None:
        processing.fail(lease, sentence, is_damaged=is_damaged, at=now())

    _with_media_tools(lease, do, fail)


def _make_and_keep(work: Work, pulse: Pulse) -> None:
    stages = processing.make(work, lambda share: pulse.beat(lambda: processing.note_progress(work, share)))
    with closing(stages):
        for stage in stages:
            _keep_or_discard(stage.files, lambda made=stage: processing.keep(work, made, at=now()))  # type: ignore[misc]


def _make_poster(lease: Lease, _pulse: Pulse) -> None:
    def do() -> None:
        with transaction():
            drawing = posters.begin(lease, at=now())
        if drawing is not None:
            poster = posters.make(drawing)
            _keep_or_discard([poster], lambda: posters.keep(drawing, poster, at=now()))

    def fail(sentence: str, _is_damaged: bool) -> None:
        posters.fail(lease, sentence, at=now())

    _with_media_tools(lease, do, fail)


def _keep_or_discard(files: Sequence[Made], keep: Callable[[], bool]) -> None:
    """Write down what was made, or leave nothing of it."""
    try:
        with transaction():
            kept = keep()
    except BaseException:
        processing.discard(files)
        raise
    if not kept:
        processing.discard(files)
        raise NotWanted("it was taken over, or is not wanted any more", may_give_back=False)


def _with_media_tools(lease: Lease, do: Callable[[], None], fail: Callable[[str, bool], None]) -> None:
    """Work that may take minutes: left when it is to be, tried again where that may help, else failed with words."""
    try:
        do()
    except NotWanted as stop:
        log.info("job left", job=lease.job_id, why=str(stop))
        with transaction():
            jobs.finish(lease, at=now())
    except GivenUp as stop:
        log.info("job left", job=lease.job_id, why=str(stop))
        if stop.may_give_back:
            with transaction():
                jobs.give_back(lease, at=now())
    except MediaFailed as failure:
        _fail(lease, failure.sentence, fail, may_try_again=failure.worth_retrying)
    except Exception:
        log.exception("job failed", job=lease.job_id)
        _fail(lease, processing.SOMETHING_WRONG, fail, may_try_again=True)


def _fail(lease: Lease, sentence: str, fail: Callable[[str, bool], None], *, may_try_again: bool) -> None:
    tried_again = may_try_again and not lease.last_try
    log.warning("job not done", job=lease.job_id, why=sentence, tried_again=tried_again)
    with transaction():
        if tried_again:
            jobs.put_back(lease, at=now())
        else:
            fail(sentence, not may_try_again)


_DOERS = {
    jobs.PROCESS_SESSION: _process_session,
    jobs.MAKE_POSTER: _make_poster,
    password_resets.ANSWER_ASK: _answer_reset_ask,
}
