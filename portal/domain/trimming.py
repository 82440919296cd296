"""Where a recording begins and ends in the file that was uploaded. The file stays whole: a cut can be undone."""

from dataclasses import dataclass
from datetime import datetime

from portal.basics.errors import PortalError
from portal.domain import audit, processing
from portal.domain.audit import AuditKind
from portal.storage.db import db
from portal.storage.models import MediaKind, User, VideoSession

SHORTEST_SECONDS = 1.0
NOT_NOW = "The recording is being prepared. It can be trimmed when that is done."
NO_ORIGINAL = "The file that was uploaded is not there any more, so nothing can be cut from it."
BEYOND = "This lies behind the end of the file."
BACKWARDS = "The end must lie behind the start"
TOO_SHORT = "At least one second must be left"
_SAME = 0.05  # seconds; nobody sees a difference of one frame


class WrongTrim(PortalError):
    """This part cannot be shown. `field` is what is wrong with it: "start", "end", or "" for all of it."""

    def __init__(self, words: str, field: str = "") -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True)
class Part:
    """What plays of a file, in seconds of it. `whole`: how long the file is."""

    start: float
    end: float
    whole: float

    @property
    def is_all(self) -> bool:
        return self.start < _SAME and self.end > self.whole - _SAME


def part_of(video_session: VideoSession) -> Part:
    """What plays now."""
    whole = video_session.original_seconds or video_session.length_seconds or 0.0
    end = video_session.trim_end_seconds
    return Part(video_session.trim_start_seconds or 0.0, whole if end is None else end, whole)


def may_trim(video_session: VideoSession) -> bool:
    """Whether something plays whole, and nothing is to take its place."""
    return bool(video_session.media_version) and video_session.is_whole and video_session.next_version is None


def trim(video_session: VideoSession, start: float, end: float | None, *, by: User, at: datetime) -> bool:
    """Show only what lies between these seconds of the uploaded file (None: its end). False: that is what plays.

    It is prepared while the present cut goes on playing. Raises `WrongTrim`.
    """
    db.session.refresh(video_session, with_for_update=True)
    if not may_trim(video_session):
        raise WrongTrim(NOT_NOW)
    if processing.file_of(video_session.id, MediaKind.ORIGINAL, video_session.media_version) is None:
        raise WrongTrim(NO_ORIGINAL)
    now_plays = part_of(video_session)
    wanted = _checked(Part(start, now_plays.whole if end is None else end, now_plays.whole))
    if abs(wanted.start - now_plays.start) < _SAME and abs(wanted.end - now_plays.end) < _SAME:
        return False
    begins = wanted.start if wanted.start >= _SAME else None
    ends = wanted.end if wanted.end <= wanted.whole - _SAME else None
    processing.cut(video_session, begins, ends, at=at)
    audit.record(AuditKind.SESSION_TRIMMED, actor=by, subject=video_session, at=at, begins=begins, ends=ends)
    return True


def _checked(part: Part) -> Part:
    if part.start >= part.whole:
        raise WrongTrim(BEYOND, "start")
    if part.end > part.whole + 1:  # lengths are shown in whole seconds, rounded
        raise WrongTrim(BEYOND, "end")
    if part.end <= part.start:
        raise WrongTrim(BACKWARDS, "end")
    if part.end - part.start < SHORTEST_SECONDS:
        raise WrongTrim(TOO_SHORT, "end")
    return Part(part.start, min(part.end, part.whole), part.whole)
