"""The poster of a recording: a moment of it, or an own picture; made by the worker, one for all versions.

`begin`, `keep` and `fail` are called in transactions; `make` in none. An own picture is hostile until the worker has
drawn it anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from portal.basics.errors import PortalError
from portal.domain import audit, jobs, processing
from portal.domain.audit import AuditKind
from portal.domain.jobs import Lease
from portal.domain.processing import Made
from portal.domain.work import tools
from portal.storage import media_tools
from portal.storage.db import db
from portal.storage.media_store import NoRoom, StoreAway, UnknownKey
from portal.storage.media_tools import MediaFailed, Refused, ToolsMissing
from portal.storage.models import JobState, MediaFile, MediaKind, User, VideoSession

LARGEST_PICTURE = 20 * 1024 * 1024
NO_PICTURE_TYPE = "This is no picture we can use. JPEG, PNG and WebP work."
TOO_LARGE = "This picture is too large. Pictures of up to 20 MB work."
NOTHING_TO_SHOW = "There is no picture in this recording to choose from."
NOT_NOW = "The poster can be chosen once the recording can be played."
_STARTS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


class WrongPoster(PortalError):
    """This cannot be the poster; the text is the sentence to show beside the field."""


@dataclass(frozen=True)
class Drawing:
    """A poster in hand: of which file it is to be made, and of which moment of it (None: it is a picture itself)."""

    lease: Lease
    video_session_id: int
    source_key: str
    moment: float | None


@dataclass(frozen=True)
class Making:
    """How the poster that was chosen last comes along. `failure` is a sentence."""

    is_made: bool = False
    failure: str = ""


@dataclass(frozen=True)
class Frame:
    """A moment to choose from, and where its small picture lies: on which sheet, and where on it, in pixels."""

    seconds: float
    sheet: MediaFile
    left: int
    top: int
    wide: int
    high: int


def frames_of(sheets: Sequence[MediaFile], most: int = 8) -> list[Frame]:
    """Moments of what plays to choose from, evenly apart; none without a storyboard."""
    tiles = [(sheet, number) for sheet in sheets if sheet.index for number in range(sheet.index["count"])]
    apart = max(1, len(tiles) / most)
    chosen = [tiles[int((n + 0.5) * apart)] for n in range(min(most, len(tiles)))]
    return [_frame(sheet, number) for sheet, number in chosen]


def _frame(sheet: MediaFile, number: int) -> Frame:
    index = sheet.index or {}
    wide, high = index["tile"]
    row, column = divmod(number, index["columns"])
    return Frame((index["first"] + number) * index["every"], sheet, column * wide, row * high, wide, high)


def choose_moment(video_session: VideoSession, seconds: float, *, by: User, at: datetime) -> None:
    """Have the poster show this moment of what plays. Raises `WrongPoster`."""
    db.session.refresh(video_session, with_for_update=True)
    if not video_session.media_version:
        raise WrongPoster(NOT_NOW)
    if not video_session.has_picture:
        raise WrongPoster(NOTHING_TO_SHOW)
    if not 0 <= seconds <= (video_session.length_seconds or 0.0):
        raise WrongPoster("This moment lies behind the end of the recording.")
    _forget_picture(video_session)
    video_session.poster_at_seconds = seconds
    _queue(video_session, "moment", by, at)


def store(path: Path, name: str) -> Made:
    """Move a picture from the incoming folder into the media store; outside of a transaction. Raises `WrongPoster`."""
    content_type, size = _content_type(path), path.stat().st_size
    return Made(MediaKind.PICTURE, "", tools().media.adopt(path), content_type, size, {"uploaded_name": name})


def _content_type(path: Path) -> str:
    """That of a picture we take, by its own bytes. Raises `WrongPoster`; the worker looks closer."""
    if path.stat().st_size > LARGEST_PICTURE:
        raise WrongPoster(TOO_LARGE)
    with path.open("rb") as file:
        start = file.read(16)
    for begin, content_type in _STARTS.items():
        if start.startswith(begin):
            return content_type
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    raise WrongPoster(NO_PICTURE_TYPE)


def choose_picture(video_session: VideoSession, picture: Made, *, by: User, at: datetime) -> None:
    """Have the poster made of this picture, which lies in the media store already."""
    db.session.refresh(video_session, with_for_update=True)
    processing.name_file(video_session.id, picture, 0, at=at)
    video_session.poster_at_seconds = None
    _queue(video_session, "picture", by, at)


def _queue(video_session: VideoSession, chosen: str, by: User, at: datetime) -> None:
    jobs.queue(jobs.MAKE_POSTER, video_session.id, at=at)
    audit.record(AuditKind.SESSION_POSTER_CHOSEN, actor=by, subject=video_session, at=at, of=chosen)


def _forget_picture(video_session: VideoSession) -> None:
    picture = processing.file_of(video_session.id, MediaKind.PICTURE, 0)
    if picture is not None:
        processing.forget_files([picture.store_key])
        db.session.delete(picture)


def making_of(video_session: VideoSession) -> Making:
    """How the poster that was chosen last comes along."""
    job = jobs.latest(jobs.MAKE_POSTER, video_session.id)
    if job is None:
        return Making()
    return Making(
        is_made=job.state in (JobState.WAITING, JobState.RUNNING),
        failure=job.failure if job.state is JobState.FAILED else "",
    )


# By the worker


def begin(lease: Lease, *, at: datetime) -> Drawing | None:
    """What is to be drawn; None, with the job finished, when nothing is."""
    processing.remove_leftovers(lease.job_id)
    video_session = db.session.get(VideoSession, lease.subject_id, populate_existing=True)
    drawing = None if video_session is None else _drawing_of(video_session, lease)
    if drawing is None:
        jobs.finish(lease, at=at)
    elif lease.worn_out:
        raise MediaFailed(processing.WORN_OUT, worth_retrying=True)
    return drawing


def _drawing_of(video_session: VideoSession, lease: Lease) -> Drawing | None:
    picture = processing.file_of(video_session.id, MediaKind.PICTURE, 0)
    if picture is not None:
        return Drawing(lease, video_session.id, picture.store_key, None)
    moment, playing = video_session.poster_at_seconds, _best_rendition(video_session)
    return Drawing(lease, video_session.id, playing.store_key, moment) if playing and moment is not None else None


def _best_rendition(video_session: VideoSession) -> MediaFile | None:
    query = select(MediaFile).where(
        MediaFile.video_session_id == video_session.id,
        MediaFile.kind == MediaKind.RENDITION,
        MediaFile.version == video_session.media_version,
    )
    return db.session.scalars(query.order_by(MediaFile.size_bytes.desc()).limit(1)).one_or_none()


def make(drawing: Drawing) -> Made:
    """Draw it, into the media store. Raises `MediaFailed`; nothing is left then."""
    store = tools().media
    try:
        programs = processing.find_tools()
        with processing.workshop(drawing.lease) as shop, store.local_copy(drawing.source_key, shop.folder) as source:
            out = shop.folder / "poster.jpg"
            if drawing.moment is None:
                media_tools.make_poster_of_picture(source, out, tools=programs)
            else:
                found = media_tools.probe(source, tools=programs)
                media_tools.make_poster(source, found, out, at=drawing.moment, tools=programs)
            size = out.stat().st_size
            return Made(MediaKind.POSTER, "", shop.keep(out), "image/jpeg", size)
    except Refused as refusal:
        raise MediaFailed(refusal.sentence) from None
    except ToolsMissing:
        raise MediaFailed(processing.NO_TOOLS, worth_retrying=True) from None
    except NoRoom:
        raise MediaFailed(processing.NO_ROOM, worth_retrying=True) from None
    except StoreAway:
        raise MediaFailed(processing.STORE_AWAY, worth_retrying=True) from None
    except UnknownKey:  # another version plays by now, or another picture was chosen
        raise MediaFailed(processing.SOMETHING_WRONG, worth_retrying=True) from None


def keep(drawing: Drawing, poster: Made, *, at: datetime) -> bool:
    """Show it from now on. False: it was taken over, or something else was chosen meanwhile; discard it."""
    video_session = db.session.get(VideoSession, drawing.video_session_id, populate_existing=True)
    if video_session is None or _drawing_of(video_session, drawing.lease) != drawing:
        jobs.give_back(drawing.lease, at=at)  # what was chosen instead may be waiting for this very job
        return False
    if not jobs.finish(drawing.lease, at=at):
        return False
    processing.name_file(video_session.id, poster, 0, at=at)
    return True


def fail(lease: Lease, sentence: str, *, at: datetime) -> bool:
    """It cannot be drawn: the poster stays as it is, and its owner reads why."""
    if not jobs.fail(lease, sentence, at=at):
        return False
    processing.remove_leftovers(lease.job_id)
    video_session = db.session.get(VideoSession, lease.subject_id, populate_existing=True)
    if video_session is not None:
        _forget_picture(video_session)
    return True
