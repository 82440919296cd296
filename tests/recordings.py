"""Recordings that were uploaded and wait to be prepared."""

from datetime import datetime
from pathlib import Path
from typing import Any

from portal.domain import jobs
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import Job, MediaFile, MediaKind, VideoSession, VideoState
from tests import factories
from tests.factories import NOON
from tests.media_samples import CLIP


def an_uploaded_session(file: Path = CLIP, *, at: datetime = NOON, **given: Any) -> tuple[VideoSession, Job]:
    """A session in processing whose original is in the media store, and the job that is to prepare it."""
    video_session = factories.a_video_session(state=VideoState.PROCESSING, ready_at=None, length_seconds=None, **given)
    key = tools().media.put(file)
    with transaction():
        db.session.add(
            MediaFile(
                video_session_id=video_session.id,
                kind=MediaKind.ORIGINAL,
                store_key=key,
                content_type="video/mp4",
                size_bytes=file.stat().st_size,
                uploaded_name=file.name,
                created_at=at,
            )
        )
        job = jobs.queue(jobs.PROCESS_SESSION, video_session.id, at=at)
    return video_session, job


def files_of(video_session: VideoSession) -> dict[MediaKind, MediaFile]:
    """What a session has in the media store, by kind."""
    found = db.session.scalars(db.select(MediaFile).where(MediaFile.video_session_id == video_session.id))
    return {file.kind: file for file in found}
