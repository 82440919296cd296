"""Makes an uploaded recording playable: read, prepared by the media tools, then published whole or failed with words.

`begin`, `note_progress`, `publish` and `fail` are called in transactions; `make`, which takes minutes, in none.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update

from portal.domain import audit, jobs
from portal.domain.audit import AuditKind
from portal.domain.jobs import Lease
from portal.domain.work import tools
from portal.storage import media_tools
from portal.storage.db import after_commit, db
from portal.storage.media_store import MediaStore, UnknownKey
from portal.storage.media_tools import MediaFailed, Refused, ToolsMissing
from portal.storage.models import MediaFile, MediaKind, VideoSession, VideoState

SOMETHING_WRONG = "This video could not be prepared, for a reason that lies with the portal. It can be tried again."
WORN_OUT = "Preparing this video was cut off three times. It can be tried again, or exported anew and uploaded."
NO_ROOM = "There is no room left to prepare this video. It can be tried again when space is free."
NO_TOOLS = "The portal has no video tools at present. It can be tried again when its admins have seen to it."
ORIGINAL_GONE = "The uploaded file is not there any more. Upload it again."
_SHARE_OF_RENDITION = 97  # percent; the poster takes the rest


@dataclass(frozen=True)
class Work:
    """A recording in hand: what to prepare, under which lease."""

    lease: Lease
    video_session_id: int
    original_key: str


@dataclass(frozen=True)
class Made:
    """What was prepared: keys in the media store that no row names yet, sizes in bytes."""

    rendition_key: str
    rendition_bytes: int
    poster_key: str
    poster_bytes: int
    length_seconds: float


def begin(lease: Lease, *, at: datetime) -> Work | None:
    """What there is to do for this job; None, with the job finished, when the recording is gone or done already.

    Raises `MediaFailed` when it cannot be tried at all.
    """
    video_session = db.session.get(VideoSession, lease.subject_id, populate_existing=True)
    if video_session is None or video_session.state is not VideoState.PROCESSING:
        jobs.finish(lease, at=at)
        return None
    if lease.worn_out:
        raise MediaFailed(WORN_OUT)
    original = _file_of(video_session.id, MediaKind.ORIGINAL)
    if original is None:
        raise MediaFailed(ORIGINAL_GONE)
    return Work(lease, video_session.id, original.store_key)


def make(work: Work, tell: Callable[[float], None]) -> Made:
    """Prepare rendition and poster and keep them in the media store. No row is read or written.

    `tell` gets a share from 0 to 1 about twice a second; what it raises ends the work. Raises `MediaFailed`. Whatever
    happens, nothing half-made is left; what a killed worker left of this job is thrown away first.
    """
    store, settings = tools().media, tools().settings
    try:
        programs = media_tools.find_tools(settings.ffmpeg or None, settings.ffprobe or None)
        original = store.path(work.original_key)
    except ToolsMissing:
        raise MediaFailed(NO_TOOLS, worth_retrying=True) from None
    except UnknownKey:
        raise MediaFailed(ORIGINAL_GONE) from None
    if not store.has_room_for(original.stat().st_size):
        raise MediaFailed(NO_ROOM, worth_retrying=True)
    remove_leftovers(work.lease.job_id)
    folder = store.incoming_folder / f"job-{work.lease.job_id}-{work.lease.lease}"
    folder.mkdir(mode=0o700)
    try:
        return _made_in(folder, original, store, programs, tell)
    except Refused as refusal:
        raise MediaFailed(refusal.sentence) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _made_in(
    folder: Path, original: Path, store: MediaStore, programs: media_tools.Tools, tell: Callable[[float], None]
) -> Made:
    rendition, poster = folder / "rendition.mp4", folder / "poster.jpg"
    tell(0.0)
    source = media_tools.probe(original, tools=programs)
    made = media_tools.make_rendition(original, source, rendition, tell, tools=programs)
    media_tools.make_poster(rendition, made, poster, tools=programs)
    tell(1.0)
    sizes = rendition.stat().st_size, poster.stat().st_size
    rendition_key = _keep(store, rendition)
    try:
        poster_key = _keep(store, poster)
    except BaseException:
        store.delete(rendition_key)
        raise
    return Made(rendition_key, sizes[0], poster_key, sizes[1], made.duration)


def _keep(store: MediaStore, file: Path) -> str:
    beside = store.incoming_folder / f"{file.parent.name}-{file.name}"  # the store takes files of this folder alone
    file.rename(beside)
    return store.adopt(beside)


def remove_leftovers(job_id: int) -> None:
    """Throw away what an earlier worker left of this job."""
    for left in tools().media.incoming_folder.glob(f"job-{job_id}-*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def discard(made: Made) -> None:
    """Forget what was made for nothing."""
    for key in (made.rendition_key, made.poster_key):
        tools().media.delete(key)


def note_progress(work: Work, share: float) -> bool:
    """Write down how far the work is. False: the recording is gone, and the work is for nothing."""
    percent = int(share * _SHARE_OF_RENDITION)
    query = update(VideoSession).where(VideoSession.id == work.video_session_id).values(progress=percent)
    return bool(db.session.execute(query.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]


def publish(work: Work, made: Made, *, at: datetime) -> bool:
    """The recording is ready. False: the job was taken over or the recording is gone; discard what was made."""
    if not jobs.finish(work.lease, at=at):
        return False
    video_session = db.session.get(VideoSession, work.video_session_id, populate_existing=True)
    if video_session is None:
        return False
    _name_file(video_session, MediaKind.RENDITION, made.rendition_key, "video/mp4", made.rendition_bytes, at)
    _name_file(video_session, MediaKind.POSTER, made.poster_key, "image/jpeg", made.poster_bytes, at)
    video_session.state = VideoState.READY
    video_session.ready_at = at
    video_session.progress = 100
    video_session.failure = ""
    video_session.length_seconds = made.length_seconds
    length = round(made.length_seconds, 3)
    audit.record(AuditKind.SESSION_READY, at=at, subject=video_session, length_seconds=length)
    return True


def fail(lease: Lease, sentence: str, *, at: datetime) -> bool:
    """The recording cannot be prepared; its owner reads why. False: the job was taken over meanwhile."""
    if not jobs.fail(lease, sentence, at=at):
        return False
    video_session = db.session.get(VideoSession, lease.subject_id, populate_existing=True)
    if video_session is not None and video_session.state is VideoState.PROCESSING:
        video_session.state = VideoState.FAILED
        video_session.failure = sentence[:300]
        audit.record(AuditKind.SESSION_FAILED, at=at, subject=video_session, reason=video_session.failure)
    after_commit(lambda: remove_leftovers(lease.job_id))
    return True


def _name_file(video_session: VideoSession, kind: MediaKind, key: str, content: str, size: int, at: datetime) -> None:
    """One file a kind: an older one is forgotten once this is kept."""
    file = _file_of(video_session.id, kind)
    if file is None:
        file = MediaFile(video_session_id=video_session.id, kind=kind)
        db.session.add(file)
    else:
        older = file.store_key
        after_commit(lambda: tools().media.delete(older))
    file.store_key, file.content_type, file.size_bytes, file.created_at = key, content, size, at


def _file_of(video_session_id: int, kind: MediaKind) -> MediaFile | None:
    query = select(MediaFile).where(MediaFile.video_session_id == video_session_id, MediaFile.kind == kind)
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
