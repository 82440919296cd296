"""Sets a scene in a portal that runs, by factories and rules, where the way there is not what a test is about."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from portal.domain import grants, people
from portal.domain.grants import Terms
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import Folder, MediaFile, MediaKind, User, VideoSession
from tests import factories
from tests.media_samples import CLIP

DANA = "dana.lee@aldermere.example"


def dana() -> User:
    """A sponsor with a password."""
    return factories.a_sponsor(address=DANA, name="Dana Lee")


def a_recording(owner: User, title: str, film: Path = CLIP, **given: Any) -> VideoSession:
    """A ready recording whose film really plays."""
    video_session = factories.a_video_session(owner=owner, title=title, **given)
    arrived = tools().media.incoming_folder / film.name
    shutil.copyfile(film, arrived)
    size = arrived.stat().st_size
    with transaction():
        db.session.add(
            MediaFile(
                video_session_id=video_session.id,
                kind=MediaKind.RENDITION,
                store_key=tools().media.put(arrived),
                content_type="video/mp4",
                size_bytes=size,
                created_at=datetime.now(UTC),
            )
        )
    return video_session


def name(address: str, on: VideoSession | Folder, *, by: User, note: str = "") -> None:
    """Name somebody, whose letter leaves at once."""
    with transaction():
        grants.name(address, on, by=by, terms=Terms(), note=note, at=datetime.now(UTC))


def dana_again() -> User:
    """The same sponsor, in a scene that is set further."""
    found = people.find_by_address(DANA)
    assert found is not None
    return found
