"""What a worker might have made of a recording, without the minutes that it takes."""

from io import BytesIO

from portal.domain import jobs, processing
from portal.domain.jobs import Lease
from portal.domain.processing import Made, Stage, Work
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import Job, MediaKind, User, VideoSession
from tests.factories import NOON
from tests.recordings import files_of


def put(content: bytes) -> str:
    return tools().media.put(BytesIO(content))


def a_stage(name: str = "360p", *, seconds: float = 5.0, original: float | None = None, is_last: bool = False) -> Stage:
    """One quality, `seconds` long, with a poster unless it is the last that was missing."""
    index = {"head": 100, "parts": [[200, round(seconds * 1000)]]}
    facts = {"width": 640, "height": 360, "bit_rate": 1000, "codecs": "avc1.64001e", "index": index}
    files = [Made(MediaKind.RENDITION, name, put(b"film"), "video/mp4", 4, facts)]
    if not is_last:
        files.append(Made(MediaKind.POSTER, "", put(b"poster"), "image/jpeg", 6))
    return Stage(tuple(files), original_seconds=original or seconds, is_last=is_last)


def taken(job: Job, at=NOON) -> Lease:
    with transaction():
        lease = jobs.take(job.id, at=at)
    assert lease is not None
    return lease


def begun(job: Job, at=NOON) -> Work:
    lease = taken(job, at)
    with transaction():
        work = processing.begin(lease, at=at)
    assert work is not None
    return work


def kept(work: Work, stage: Stage, at=NOON) -> bool:
    with transaction():
        return processing.keep(work, stage, at=at)


def all_kept(job: Job, *, seconds: float = 5.0, original: float | None = None) -> None:
    """Do a job as if all of it had gone well."""
    work = begun(job)
    assert kept(work, a_stage(seconds=seconds, original=original))
    assert kept(work, a_stage("720p", seconds=seconds, original=original, is_last=True))


def latest_job(video_session: VideoSession, kind: str = jobs.PROCESS_SESSION) -> Job:
    job = jobs.latest(kind, video_session.id)
    assert job is not None
    return job


def as_kept(video_session: VideoSession) -> VideoSession:
    return db.session.get_one(VideoSession, video_session.id, populate_existing=True)


def owner_of(video_session: VideoSession) -> User:
    return db.session.get_one(User, video_session.owner_id)


def have(video_session: VideoSession) -> set[str]:
    """What a session has, as "rendition 1 360p"."""
    return {f"{file.kind.value} {file.version} {file.name}".strip() for file in files_of(video_session)}


def in_store() -> set[str]:
    """Keys of all that the media store keeps."""
    return {file.name for file in (tools().settings.media_folder / "kept").rglob("*") if file.is_file()}
