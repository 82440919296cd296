"""Recordings that were uploaded and wait to be prepared, and the files of those that play."""

from datetime import datetime
from pathlib import Path
from typing import Any

from portal.basics import tokens
from portal.domain import jobs, processing
from portal.domain.processing import Original
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import Job, MediaFile, MediaKind, VideoSession, VideoState
from tests import factories
from tests.factories import NOON
from tests.media_samples import CLIP


def an_uploaded_session(file: Path = CLIP, *, at: datetime = NOON, **given: Any) -> tuple[VideoSession, Job]:
    """A session in processing whose original is in the media store, and the job that is to prepare it."""
    unready = {"state": VideoState.PROCESSING, "ready_at": None, "length_seconds": None, "next_version": None}
    video_session = factories.a_video_session(**(unready | given))
    return video_session, another_file(video_session, file, at=at)


def another_file(video_session: VideoSession, file: Path = CLIP, *, at: datetime = NOON) -> Job:
    """Have a file prepared as the next version of a session; the job that is to do it."""
    key = tools().media.put(file)
    with transaction():
        original = Original(key, file.name, "video/mp4", file.stat().st_size)
        processing.take_in(db.session.get_one(VideoSession, video_session.id), original, at=at)
    job = jobs.latest(jobs.PROCESS_SESSION, video_session.id)
    assert job is not None
    return job


def a_file(video_session: VideoSession, kind: MediaKind = MediaKind.RENDITION, **given: Any) -> MediaFile:
    """A row of a file that nobody reads: what plays, unless told otherwise. Its bytes are nowhere."""
    version = 0 if kind in (MediaKind.POSTER, MediaKind.PICTURE) else video_session.media_version or 1
    values: dict[str, Any] = {
        "video_session_id": video_session.id,
        "kind": kind,
        "version": version,
        "name": "360p" if kind is MediaKind.RENDITION else "",
        "store_key": tokens.new_key() * 2,
        "content_type": "video/mp4" if kind in (MediaKind.RENDITION, MediaKind.ORIGINAL) else "image/jpeg",
        "size_bytes": 1000,
        "created_at": NOON,
    }
    file = MediaFile(**(values | given))
    with transaction():
        db.session.add(file)
    return file


def files_of(video_session: VideoSession) -> list[MediaFile]:
    """What a session has in the media store, in the order of kind, version and name."""
    found = db.session.scalars(
        db.select(MediaFile)
        .where(MediaFile.video_session_id == video_session.id)
        .order_by(MediaFile.kind, MediaFile.version, MediaFile.name)
        .execution_options(populate_existing=True)
    )
    return list(found)


def file_of(video_session: VideoSession, kind: MediaKind) -> MediaFile:
    """The one file of this kind."""
    [file] = [file for file in files_of(video_session) if file.kind is kind]
    return file
