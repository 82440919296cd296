"""Chapters: where the parts of a recording begin, and what they are called.

A chapter keeps its place when the recording is trimmed, also where that place is cut away: widening the cut again
brings it back. Shown are those that begin in what plays, and the one that was going on at its start.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.basics.dates import position
from portal.basics.errors import PortalError
from portal.basics.texts import one_line
from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.domain.library import ChangedMeanwhile
from portal.storage.db import db
from portal.storage.models import Chapter, User, VideoSession

MOST = 200
LONGEST_TITLE = 200
NO_TITLE = "Say what this chapter is called"
NO_TIME = "Say when this chapter begins"


class WrongChapter(PortalError):
    """A chapter that cannot be kept; the text says why. `field` is "begins" or "title", `number` counts from 0."""

    def __init__(self, number: int, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.number, self.field = number, field


class TooManyChapters(PortalError):
    """More chapters than a recording can have."""


@dataclass(frozen=True)
class Shown:
    """A chapter of what plays: its begin in seconds from the start, and its title."""

    seconds: float
    title: str


def shown(video_session: VideoSession) -> list[Shown]:
    """The chapters of what plays, in order. One query."""
    return shown_of([(row.begins_at_seconds, row.title) for row in _rows(video_session)], video_session.length_seconds)


def shown_of(kept: Sequence[tuple[float, str]], length_seconds: float | None) -> list[Shown]:
    """The same of begins and titles in order, as they are kept. `length_seconds` None: not known."""
    before = [title for begin, title in kept if begin < 0]
    inside = [
        Shown(begin, title)
        for begin, title in kept
        if begin >= 0 and (length_seconds is None or begin < length_seconds)
    ]
    goes_on = bool(before) and not (inside and inside[0].seconds == 0)
    return [Shown(0.0, before[-1]), *inside] if goes_on else inside


def version_of(chapters: Sequence[Shown]) -> str:
    """Changes with what the form shows; the form carries it, so that a second editor is noticed."""
    text = "\n".join(f"{chapter.seconds} {chapter.title}" for chapter in chapters)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def check_title(title: str) -> str:
    """Tidied. Raises `PortalError` with the sentence for beside the field."""
    tidy = one_line(title)
    if not tidy:
        raise PortalError(NO_TITLE)
    if len(tidy) > LONGEST_TITLE:
        raise PortalError(f"A chapter's title has at most {LONGEST_TITLE} characters; this has {len(tidy):,}")
    return tidy


def save(video_session: VideoSession, wanted: Sequence[Shown], *, version: str | None, by: User, at: datetime) -> bool:
    """Have a recording show these chapters, in whatever order they come. False: it does already.

    What a cut has taken out of sight stays as it is. Raises `WrongChapter`, `TooManyChapters`, and `ChangedMeanwhile`
    when what is shown is not of that `version` any more (None: whatever it is).
    """
    db.session.refresh(video_session, with_for_update=True)
    before = shown(video_session)
    if version is not None and version != version_of(before):
        raise ChangedMeanwhile("Somebody saved these chapters after you opened them.")
    after = _checked(wanted, video_session.length_seconds)
    if after == before:
        return False
    _replace(video_session, before, after)
    audit.record(AuditKind.CHAPTERS_CHANGED, actor=by, subject=video_session, at=at, chapters=len(after))
    return True


def move(video_session: VideoSession, seconds: float) -> None:
    """Have every chapter begin so much later; earlier where it is negative. Called by `captions.moved_by`."""
    rows = _rows(video_session)
    # away from the end first: two chapters must never share a place, not even for a moment
    for row in sorted(rows, key=lambda one: one.begins_at_seconds, reverse=seconds > 0):
        row.begins_at_seconds = round(row.begins_at_seconds + seconds, 3)
        db.session.flush()


def _checked(wanted: Sequence[Shown], length_seconds: float | None) -> list[Shown]:
    if len(wanted) > MOST:
        raise TooManyChapters(f"A recording has at most {MOST} chapters; these are {len(wanted)}")
    kept: dict[float, Shown] = {}
    for number, chapter in enumerate(wanted):
        try:
            title = check_title(chapter.title)
        except PortalError as fault:
            raise WrongChapter(number, "title", str(fault)) from None
        begin = round(chapter.seconds, 3)
        if not math.isfinite(begin) or begin < 0:
            raise WrongChapter(number, "begins", NO_TIME)
        if length_seconds is not None and begin >= length_seconds:
            raise WrongChapter(number, "begins", f"The recording ends at {position(length_seconds)}")
        if begin in kept:
            raise WrongChapter(number, "begins", f"“{kept[begin].title}” begins there, too")
        kept[begin] = Shown(begin, title)
    return [kept[begin] for begin in sorted(kept)]


def _replace(video_session: VideoSession, before: Sequence[Shown], after: Sequence[Shown]) -> None:
    """Write what is shown anew; what is out of sight stays, and so does the begin of what is shown from 0 on."""
    rows = _rows(video_session)
    cut_off = [row for row in rows if row.begins_at_seconds < 0]
    goes_on = cut_off[-1] if cut_off and before and before[0] == Shown(0.0, cut_off[-1].title) else None
    stays = goes_on is not None and bool(after) and after[0] == Shown(0.0, goes_on.title)
    gone = [row for row in rows if _is_inside(row, video_session)]
    if goes_on is not None and not stays:
        gone += cut_off  # else the one before it would come into sight in its place
    for row in gone:
        db.session.delete(row)
    db.session.flush()
    for chapter in after[1:] if stays else after:
        db.session.add(
            Chapter(video_session_id=video_session.id, begins_at_seconds=chapter.seconds, title=chapter.title)
        )
    db.session.flush()


def _is_inside(row: Chapter, video_session: VideoSession) -> bool:
    length = video_session.length_seconds
    return row.begins_at_seconds >= 0 and (length is None or row.begins_at_seconds < length)


def _rows(video_session: VideoSession) -> list[Chapter]:
    query = select(Chapter).where(Chapter.video_session_id == video_session.id).order_by(Chapter.begins_at_seconds)
    return list(db.session.scalars(query))
