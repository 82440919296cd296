"""Versions of a recording: another video in its place, or another cut of it, prepared while the old goes on playing.

Files of one version belong together. What plays is `VideoSession.media_version`; what is being prepared, or could not
be, is `next_version`. Everyone named on the recording stays, whatever plays.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from portal.domain import audit, jobs
from portal.domain.audit import AuditKind
from portal.domain.work import tools
from portal.storage.db import after_commit, db
from portal.storage.models import MediaFile, MediaKind, User, VideoSession, VideoState


@dataclass(frozen=True)
class Original:
    """An uploaded file in the media store that no row names yet. `name`: what the owner's file was called."""

    store_key: str
    name: str
    content_type: str
    size_bytes: int


def take_in(video_session: VideoSession, original: Original, *, at: datetime) -> None:
    """Have this file prepared as the next version. What plays goes on playing; what was to come next is forgotten."""
    db.session.flush()
    db.session.refresh(video_session, with_for_update=True)
    version = _begin_next(video_session, at=at)
    db.session.add(
        MediaFile(
            video_session_id=video_session.id,
            kind=MediaKind.ORIGINAL,
            version=version,
            store_key=original.store_key,
            content_type=original.content_type,
            size_bytes=original.size_bytes,
            uploaded_name=original.name,
            created_at=at,
        )
    )


def cut(video_session: VideoSession, start: float | None, end: float | None, *, at: datetime) -> None:
    """Have the video that plays prepared anew from its original, between these seconds of it (None: to its ends)."""
    _begin_next(video_session, at=at)
    video_session.next_trim_start_seconds, video_session.next_trim_end_seconds = start, end


def _begin_next(video_session: VideoSession, *, at: datetime) -> int:
    _forget(video_session, MediaFile.version > video_session.media_version)
    version = max(video_session.media_version, video_session.next_version or 0) + 1
    video_session.next_version = version
    video_session.next_trim_start_seconds = video_session.next_trim_end_seconds = None
    video_session.progress, video_session.failure = 0, ""
    if not video_session.media_version:
        video_session.state = VideoState.PROCESSING
    db.session.flush()
    jobs.queue(jobs.PROCESS_SESSION, video_session.id, at=at)
    return version


def retry(video_session: VideoSession, *, by: User, at: datetime) -> bool:
    """Have what could not be prepared tried once more. False: nothing failed any more; nothing changed."""
    db.session.refresh(video_session, with_for_update=True)
    if not video_session.failure or video_session.binned_at is not None:
        return False
    video_session.progress, video_session.failure = 0, ""
    if video_session.state is VideoState.FAILED:
        video_session.state = VideoState.PROCESSING
    jobs.queue(jobs.PROCESS_SESSION, video_session.id, at=at)
    audit.record(AuditKind.SESSION_RETRIED, actor=by, subject=video_session, at=at)
    return True


def give_up_next(video_session: VideoSession, *, by: User, at: datetime) -> bool:
    """Leave it at what plays, and forget what was to come next. False: nothing plays, or nothing was to come."""
    db.session.refresh(video_session, with_for_update=True)
    if not video_session.media_version or video_session.next_version is None:
        return False
    _forget(video_session, MediaFile.version > video_session.media_version)
    video_session.next_version = None
    video_session.next_trim_start_seconds = video_session.next_trim_end_seconds = None
    video_session.progress, video_session.failure = 100, ""
    if not video_session.is_whole:  # it was overtaken before it was whole
        video_session.progress = 0
        jobs.queue(jobs.PROCESS_SESSION, video_session.id, at=at)
    audit.record(AuditKind.SESSION_NEXT_GIVEN_UP, actor=by, subject=video_session, at=at)
    return True


def to_prepare(video_session: VideoSession) -> int | None:
    """The version that is to be worked on; None when nothing is, or it failed and nobody wanted it tried again."""
    if video_session.failure:
        return None
    if video_session.next_version is not None:
        return video_session.next_version
    return None if video_session.is_whole else video_session.media_version or None


def is_prepared(video_session: VideoSession) -> bool:
    """Whether the worker is on it, or will be."""
    return to_prepare(video_session) is not None


def switch(video_session: VideoSession, *, at: datetime) -> None:
    """The next version plays from now on. What it takes the place of is forgotten, but no original it is cut of."""
    version = video_session.next_version
    if version is None:
        raise ValueError("there is no next version")
    if file_of(video_session.id, MediaKind.ORIGINAL, version) is None:
        kept = file_of(video_session.id, MediaKind.ORIGINAL, video_session.media_version)
        if kept is not None:
            kept.version = version
            db.session.flush()
    video_session.media_version, video_session.next_version = version, None
    video_session.trim_start_seconds = video_session.next_trim_start_seconds
    video_session.trim_end_seconds = video_session.next_trim_end_seconds
    video_session.next_trim_start_seconds = video_session.next_trim_end_seconds = None
    _forget(video_session, MediaFile.version < version)
    if video_session.ready_at is None:
        video_session.ready_at = at
    video_session.state = VideoState.READY


def unswitch(video_session: VideoSession) -> None:
    """What plays turned out to be damaged: nothing plays any more, but its original stays to be tried again."""
    version = video_session.media_version
    _forget(video_session, MediaFile.version == version, but=MediaKind.ORIGINAL)
    video_session.media_version, video_session.next_version, video_session.ready_at = 0, version, None
    video_session.next_trim_start_seconds = video_session.trim_start_seconds
    video_session.next_trim_end_seconds = video_session.trim_end_seconds


def file_of(video_session_id: int, kind: MediaKind, version: int, name: str = "") -> MediaFile | None:
    """One file, fresh from the database."""
    query = select(MediaFile).where(
        MediaFile.video_session_id == video_session_id,
        MediaFile.kind == kind,
        MediaFile.version == version,
        MediaFile.name == name,
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def forget_files(store_keys: Iterable[str]) -> None:
    """Delete files of the media store once this transaction is kept."""
    media = tools().media
    for store_key in store_keys:
        after_commit(lambda gone=store_key: media.delete(gone))  # type: ignore[misc]


def _forget(video_session: VideoSession, such: ColumnElement[bool], *, but: MediaKind | None = None) -> None:
    """Forget files of versions, but those of one kind; posters are of no version."""
    of_versions = [kind for kind in (MediaKind.ORIGINAL, MediaKind.RENDITION, MediaKind.STORYBOARD) if kind is not but]
    files = select(MediaFile).where(
        MediaFile.video_session_id == video_session.id, MediaFile.kind.in_(of_versions), such
    )
    for file in db.session.scalars(files).all():
        forget_files([file.store_key])
        db.session.delete(file)
    db.session.flush()
