"""What is told of a recording, changed; and one that could not be prepared, tried again."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select

from portal.basics import dates
from portal.basics.errors import NotFound
from portal.domain import audit, search
from portal.domain.audit import AuditKind
from portal.domain.library.checking import ChangedMeanwhile, Details
from portal.domain.work import tools
from portal.storage.db import db
from portal.storage.models import Folder, SessionTag, User, VideoSession


def details_of(video_session: VideoSession, tags: Sequence[str]) -> Details:
    """What is told of a recording with these tags."""
    it = video_session
    return Details(it.title, it.description, it.presenter, it.recorded_on, tuple(tags))


def version_of(video_session: VideoSession, tags: Sequence[str]) -> str:
    """Changes with what the settings form shows; the form carries it, so that a second editor is noticed."""
    it = video_session
    shown = (it.title, str(it.folder_id or ""), it.description, it.presenter, str(it.recorded_on), ",".join(tags))
    return hashlib.sha256("\n".join(shown).encode()).hexdigest()[:16]


def change_session(
    video_session: VideoSession, details: Details, *, folder: Folder | None, version: str | None, by: User, at: datetime
) -> None:
    """Save what is told of a session, and its shelf, if they still are what `version` says (None: whatever they are).

    The folder must be its owner's. Raises `WrongTitle`, `WrongDescription`, `WrongDetail`, `ChangedMeanwhile`,
    `NotFound`.
    """
    db.session.refresh(video_session, with_for_update={"key_share": True})
    tags = _tags(video_session)
    if version is not None and version != version_of(video_session, tags):
        raise ChangedMeanwhile("Somebody saved this recording after you opened it.")
    if folder is not None and folder.owner_id != video_session.owner_id:
        raise NotFound
    today = dates.in_zone(at, tools().settings.time_zone).date()
    old, new = details_of(video_session, tags), details.checked(today)
    before, after = _told(old, _shelf(video_session)), _told(new, folder)
    changed = [name for name in before if before[name] != after[name]]
    moved = video_session.folder_id != (folder.id if folder else None)
    if not (changed or moved):
        return
    _keep(video_session, new)
    if moved:
        video_session.folder_id = folder.id if folder else None
        video_session.in_folder_since = at if folder else None
    audit.record(
        AuditKind.SESSION_CHANGED,
        actor=by,
        subject=video_session,
        at=at,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    if old != new:
        search.refresh(video_session)


def _keep(video_session: VideoSession, details: Details) -> None:
    video_session.title, video_session.description = details.title, details.description
    video_session.presenter, video_session.recorded_on = details.presenter, details.recorded_on
    db.session.execute(delete(SessionTag).where(SessionTag.video_session_id == video_session.id))
    if details.tags:
        rows = [{"video_session_id": video_session.id, "word": tag} for tag in details.tags]
        db.session.execute(insert(SessionTag), rows)


def _tags(video_session: VideoSession) -> list[str]:
    query = select(SessionTag.word).where(SessionTag.video_session_id == video_session.id)
    return sorted(db.session.scalars(query))


def _shelf(video_session: VideoSession) -> Folder | None:
    return db.session.get(Folder, video_session.folder_id) if video_session.folder_id else None


def _told(details: Details, folder: Folder | None) -> dict[str, str]:
    """As the audit trail keeps it."""
    return {
        "title": details.title,
        "description": details.description,
        "presenter": details.presenter,
        "recorded_on": details.recorded_on.isoformat() if details.recorded_on else "",
        "tags": ", ".join(details.tags),
        "folder": folder.title if folder else "",
    }
