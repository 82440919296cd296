"""What a worker writes down: which work there is, how far it is, what came of it. Each is called in a transaction."""

from datetime import datetime

from sqlalchemy import exists, select, update

from portal.domain import audit, captions, jobs
from portal.domain.audit import AuditKind
from portal.domain.jobs import Lease
from portal.domain.processing import sentences, versions
from portal.domain.processing.leftovers import remove_leftovers
from portal.domain.processing.making import Made, Stage, Work
from portal.storage.db import db
from portal.storage.media_tools import MediaFailed, Trim
from portal.storage.models import Job, JobState, MediaFile, MediaKind, VideoSession, VideoState

_MOST_BEFORE_THE_END = 98  # percent; all that was made must be written down yet


def begin(lease: Lease, *, at: datetime) -> Work | None:
    """What there is to do for this job; None, with the job finished, when there is nothing, or a newer job does it.

    Raises `MediaFailed` when it cannot be tried at all.
    """
    remove_leftovers(lease.job_id)
    video_session = db.session.get(VideoSession, lease.subject_id, populate_existing=True)
    version = None if video_session is None else versions.to_prepare(video_session)
    if video_session is None or version is None or _has_newer(lease):
        jobs.finish(lease, at=at)
        return None
    if lease.worn_out:
        raise MediaFailed(sentences.WORN_OUT, worth_retrying=True)
    return _work_on(video_session, version, lease)


def _has_newer(lease: Lease) -> bool:
    """Whether a job was queued for the same recording after this one; that one knows as much, and is enough."""
    newer = exists().where(
        Job.kind == lease.kind,
        Job.subject_id == lease.subject_id,
        Job.id > lease.job_id,
        Job.state.in_([JobState.WAITING, JobState.RUNNING]),
    )
    return bool(db.session.scalar(select(newer)))


def _work_on(video_session: VideoSession, version: int, lease: Lease) -> Work:
    is_next = version == video_session.next_version
    original = versions.file_of(video_session.id, MediaKind.ORIGINAL, version)
    if original is None:  # another cut of the one that plays
        original = versions.file_of(video_session.id, MediaKind.ORIGINAL, video_session.media_version)
    if original is None:
        raise MediaFailed(sentences.ORIGINAL_GONE, worth_retrying=True)
    have = _renditions(video_session.id, version)
    return Work(
        lease,
        video_session.id,
        version,
        original.store_key,
        Trim(video_session.next_trim_start_seconds, video_session.next_trim_end_seconds)
        if is_next
        else Trim(video_session.trim_start_seconds, video_session.trim_end_seconds),
        have={file.name: file.index for file in have},
        have_key=have[0].store_key if have else "",
        plays_at_once=not video_session.media_version,
        wants_poster=_wants_poster(video_session),
    )


def _renditions(video_session_id: int, version: int) -> list[MediaFile]:
    """The qualities of a version, the smallest file first."""
    query = select(MediaFile).where(
        MediaFile.video_session_id == video_session_id,
        MediaFile.kind == MediaKind.RENDITION,
        MediaFile.version == version,
    )
    return list(db.session.scalars(query.order_by(MediaFile.size_bytes).execution_options(populate_existing=True)))


def _wants_poster(video_session: VideoSession) -> bool:
    """Whether the portal is to choose the poster: not over an own picture, nor over a moment that is still in."""
    if versions.file_of(video_session.id, MediaKind.PICTURE, 0) is not None:
        return False
    if versions.file_of(video_session.id, MediaKind.POSTER, 0) is None:
        return True
    return video_session.next_version is not None and _moment_after(video_session) is None


def _moment_after(video_session: VideoSession) -> float | None:
    """Where the moment of the poster lies in the next version; None: nowhere, or none was chosen."""
    moment, cut = video_session.poster_at_seconds, video_session.next_version
    if moment is None or cut is None or versions.file_of(video_session.id, MediaKind.ORIGINAL, cut) is not None:
        return None
    in_original = moment + (video_session.trim_start_seconds or 0.0)
    begin, end = video_session.next_trim_start_seconds or 0.0, video_session.next_trim_end_seconds
    return in_original - begin if begin <= in_original and (end is None or in_original < end) else None


def note_progress(work: Work, share: float) -> bool:
    """Write down how far the work is. False: the recording is gone, or something else is to be prepared by now."""
    video_session = db.session.get(VideoSession, work.video_session_id, populate_existing=True)
    if video_session is None or versions.to_prepare(video_session) != work.version:
        return False
    percent = int(share * _MOST_BEFORE_THE_END)
    if percent > video_session.progress:
        of_it = update(VideoSession).where(VideoSession.id == work.video_session_id)
        db.session.execute(of_it.values(progress=percent).execution_options(synchronize_session=False))
    return True


def keep(work: Work, stage: Stage, *, at: datetime) -> bool:
    """Keep what was made. What nothing was there for plays from its first stage on, all else from its last on.

    False: the job was taken over, or it is not wanted any more; discard the files of the stage.
    """
    in_hand = jobs.finish(work.lease, at=at) if stage.is_last else jobs.heartbeat(work.lease, at=at)
    video_session = _locked(work.video_session_id) if in_hand else None
    if video_session is None or versions.to_prepare(video_session) != work.version:
        return False
    wants_poster = _wants_poster(video_session)  # somebody may have chosen one meanwhile
    for made in stage.files:
        if made.kind is MediaKind.POSTER and not wants_poster:
            versions.forget_files([made.store_key])
        else:
            name_file(video_session.id, made, 0 if made.kind is MediaKind.POSTER else work.version, at=at)
    db.session.flush()
    if video_session.media_version != work.version and (stage.is_last or work.plays_at_once):
        _switch(video_session, stage.original_seconds, at)
    if stage.is_last:
        video_session.whole_version, video_session.progress = work.version, 100
    return True


def _switch(video_session: VideoSession, original_seconds: float, at: datetime) -> None:
    moment = _moment_after(video_session)
    cut_off = _cut_off(video_session)
    versions.switch(video_session, at=at)
    renditions = _renditions(video_session.id, video_session.media_version)
    video_session.original_seconds = original_seconds
    video_session.length_seconds = _length(renditions[0])
    video_session.has_picture = any(file.width for file in renditions)
    video_session.poster_at_seconds = moment
    video_session.failure = ""
    if not video_session.has_picture:
        _forget_chosen_poster(video_session)
    captions.moved_by(video_session, -cut_off, at=at)
    length = round(video_session.length_seconds, 3)
    audit.record(AuditKind.SESSION_READY, at=at, subject=video_session, length_seconds=length)


def _cut_off(video_session: VideoSession) -> float:
    """Seconds by which the next version begins later than what plays, when it is another cut of the same original."""
    version = video_session.next_version
    if version is None or not video_session.media_version:
        return 0.0
    if versions.file_of(video_session.id, MediaKind.ORIGINAL, version) is not None:
        return 0.0
    return (video_session.next_trim_start_seconds or 0.0) - (video_session.trim_start_seconds or 0.0)


def _length(rendition: MediaFile) -> float:
    milliseconds: int = sum(part[1] for part in (rendition.index or {"parts": []})["parts"])
    return milliseconds / 1000


def _forget_chosen_poster(video_session: VideoSession) -> None:
    """Sound alone has no moment to show: only an own picture stays."""
    poster = versions.file_of(video_session.id, MediaKind.POSTER, 0)
    if poster is not None and versions.file_of(video_session.id, MediaKind.PICTURE, 0) is None:
        versions.forget_files([poster.store_key])
        db.session.delete(poster)


def fail(lease: Lease, sentence: str, *, is_damaged: bool = True, at: datetime) -> bool:
    """What was to be prepared cannot be; its owner reads why. False: the job was taken over meanwhile.

    What plays goes on playing, unless its own file turns out `is_damaged` (security.md, Uploads: "never published
    short").
    """
    if not jobs.fail(lease, sentence, at=at):
        return False
    remove_leftovers(lease.job_id)
    video_session = _locked(lease.subject_id)
    version = None if video_session is None else versions.to_prepare(video_session)
    if video_session is None or version is None or _has_newer(lease):
        return True
    if version == video_session.media_version and is_damaged:
        versions.unswitch(video_session)
    video_session.failure = sentence[:300]
    if not video_session.media_version:
        video_session.state = VideoState.FAILED
    audit.record(AuditKind.SESSION_FAILED, at=at, subject=video_session, reason=video_session.failure)
    return True


def _locked(video_session_id: int) -> VideoSession | None:
    query = select(VideoSession).where(VideoSession.id == video_session_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def name_file(video_session_id: int, made: Made, version: int, *, at: datetime) -> None:
    """Give a file of the media store its row. One that stood in its place is forgotten."""
    file = versions.file_of(video_session_id, made.kind, version, made.name)
    if file is None:
        file = MediaFile(video_session_id=video_session_id, kind=made.kind, version=version, name=made.name)
        db.session.add(file)
    else:
        versions.forget_files([file.store_key])
    file.store_key, file.content_type, file.size_bytes = made.store_key, made.content_type, made.size_bytes
    file.created_at = at
    for column, value in made.facts.items():
        setattr(file, column, value)
