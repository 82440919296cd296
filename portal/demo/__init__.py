"""The content of a demo: made by the product's own rules, as if people had used the portal for six weeks."""

import logging
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, current_app

from portal.basics.clock import now
from portal.demo.calendar import Calendar
from portal.demo.describing import DescribingActs
from portal.demo.films import CannotDraw
from portal.demo.mailboxes import Mailboxes
from portal.demo.people import (
    DANA,
    HENRIK,
    IMANI,
    LE_BICH,
    MAXIMILIANE,
    NGOC,
    NORA,
    OMAR,
    PASSWORD,
    ROSALIND,
    VIDEO_PASSWORD,
    WIERZBICKI,
    YUKI,
)
from portal.demo.story import Reel, Story
from portal.domain.work import tools
from portal.storage.media_tools import find_tools

__all__ = ["CannotDraw", "fill"]

_CORES = 2


def fill() -> str:
    """Fill an empty portal, whose tables are there, and say in a few lines whom to sign in as.

    Needs an app context, and that no worker runs. Raises `CannotDraw`, and `ToolsMissing` where there is no ffmpeg.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # other threads need it
    settings = tools().settings
    programs = find_tools(settings.ffmpeg or None, settings.ffprobe or None)
    calendar = Calendar(now(), ZoneInfo(settings.time_zone))
    with (
        _mailboxes() as mailboxes,
        tempfile.TemporaryDirectory(dir=tools().media.incoming_folder, prefix="demo-") as folder,
        ThreadPoolExecutor(_CORES) as workers,
    ):
        acts = DescribingActs(app, calendar, mailboxes, workers)
        Story(acts, Reel(acts, Path(folder), programs)).tell()
        return _words(acts.open_link_of(HENRIK))


@contextmanager
def _mailboxes() -> Iterator[Mailboxes]:
    """Letters leave in the story's own time: nobody else is told of them meanwhile."""
    ours = tools()
    postman, tell_worker = ours.postman, ours.tell_worker
    mailboxes = Mailboxes(postman, missing=frozenset({WIERZBICKI.address}), busy=frozenset({LE_BICH.address}))
    ours.postman, ours.tell_worker = mailboxes, lambda _kind, _id: None
    log = logging.getLogger("portal.storage.media_tools.making")
    level = log.level
    log.setLevel(logging.ERROR)  # one recording is damaged on purpose
    try:
        yield mailboxes
    finally:
        log.setLevel(level)
        ours.postman, ours.tell_worker = postman, tell_worker


def _words(open_link: str) -> str:
    rule = "─" * 78
    people = (
        ("admin", NORA, ""),
        ("sponsor", DANA, "a request waits"),
        ("sponsor", MAXIMILIANE, "answered one"),
        ("guest", IMANI, "two views left, one left, used up, to come"),
        ("guest", ROSALIND, "used both views, and has asked"),
        ("guest", YUKI, "the last sitting is open"),
        ("guest", NGOC, "was given another view"),
        ("guest", OMAR, "is asked to accept the new policy first"),
    )
    lines = [f"  {role:<9}{person.address:<46}{words}".rstrip() for role, person, words in people]
    return "\n".join(
        [
            rule,
            "A throw-away portal with sample people and recordings; the next start empties it.",
            "",
            "Sign in as",
            *lines,
            "",
            f"  password for everybody: {PASSWORD}",
            f"  and for “Meadow Morning”, where nobody named you: {VIDEO_PASSWORD}",
            "",
            f"Or come in as a new guest, {HENRIK.address}, by his invitation",
            "(the admin reads his letters, and the code, under Mail):",
            "",
            f"  {open_link}",
            rule,
        ]
    )
