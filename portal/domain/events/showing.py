"""What an event shows: sessions and folders, added and taken out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, delete, exists, func, insert, or_, select

from portal.domain import access, audit
from portal.domain.audit import AuditKind
from portal.domain.events.finding import hold, hold_open
from portal.domain.judging import labels
from portal.domain.looking_after import looked_after_by
from portal.storage.db import db
from portal.storage.models import (
    Assignment,
    Event,
    EventFolder,
    EventSession,
    Folder,
    Grant,
    User,
    VideoSession,
)

MOST_SHOWN = 500
"""Sessions that pages of one event list: more than any event we know of has."""
MOST_OFFERED = 50


@dataclass(frozen=True)
class ShownSession:
    """A session of an event. `folder`: the shelf by which it is shown, None when it was added by itself.

    `assigned`: to how many guests who see only their part. `is_ready`, published and inside its own window: it can be
    watched.
    """

    video_session: VideoSession
    folder: str | None
    assigned: int
    is_ready: bool

    @property
    def id(self) -> int:
        return self.video_session.id

    @property
    def key(self) -> str:
        return self.video_session.key

    @property
    def title(self) -> str:
        return self.video_session.title


@dataclass(frozen=True)
class ShownFolder:
    """A folder of an event, with how many sessions are on it now."""

    key: str
    title: str
    sessions: int


def sessions_of(event: Event, *, at: datetime) -> list[ShownSession]:
    """What the event shows now, in the order in which it came; what is in the bin is left out. One query."""
    itself = exists().where(EventSession.event_id == event.id, EventSession.video_session_id == VideoSession.id)
    assigned = (
        select(func.count(Assignment.id))
        .join(Grant, Grant.id == Assignment.grant_id)
        .where(Grant.event_id == event.id, Grant.revoked_at.is_(None), Grant.is_assigned)
        .where(Assignment.video_session_id == VideoSession.id)
        .correlate(VideoSession)
        .scalar_subquery()
    )
    query = (
        select(VideoSession, Folder.title, itself.correlate(VideoSession), assigned)
        .outerjoin(Folder, Folder.id == VideoSession.folder_id)
        .where(VideoSession.id.in_(access.sessions_shown_by(event.id)), VideoSession.binned_at.is_(None))
        .order_by(VideoSession.id)
        .limit(MOST_SHOWN)
    )
    return [
        ShownSession(row[0], None if row[2] else row[1], int(row[3]), row[0].is_open(at))
        for row in db.session.execute(query)
    ]


def folders_of(event: Event) -> list[ShownFolder]:
    """The folders that the event shows, by title."""
    query = (
        select(Folder.key, Folder.title, _sessions_on())
        .join(EventFolder, EventFolder.folder_id == Folder.id)
        .where(EventFolder.event_id == event.id)
        .order_by(func.lower(Folder.title), Folder.id)
    )
    return [ShownFolder(*row) for row in db.session.execute(query)]


def _sessions_on() -> ColumnElement[int]:
    on_it = (VideoSession.folder_id == Folder.id, VideoSession.binned_at.is_(None))
    return select(func.count(VideoSession.id)).where(*on_it).correlate(Folder).scalar_subquery()


def offered_sessions(event: Event, by: User, *, words: str = "") -> list[VideoSession]:
    """Sessions that this person looks after and the event does not show yet, the newest first."""
    query = select(VideoSession).where(
        looked_after_by(by), VideoSession.id.not_in(access.sessions_shown_by(event.id)), *_titled(words)
    )
    return list(db.session.scalars(query.order_by(VideoSession.id.desc()).limit(MOST_OFFERED)))


def folders_for(event: Event, by: User) -> tuple[list[ShownFolder], list[ShownFolder]]:
    """The folders that the event shows, and those of this person's that it does not show yet, by title. One query."""
    is_shown = exists().where(EventFolder.event_id == event.id, EventFolder.folder_id == Folder.id).correlate(Folder)
    shown_first = case((is_shown, 0), else_=1)
    query = (
        select(Folder.key, Folder.title, _sessions_on(), is_shown)
        .where(or_(is_shown, _own_folders(by)))
        .order_by(shown_first, func.lower(Folder.title), Folder.id)
        .limit(MOST_SHOWN + MOST_OFFERED)
    )
    rows = [(ShownFolder(key, title, number), there) for key, title, number, there in db.session.execute(query)]
    offered = [folder for folder, there in rows if not there]
    return [folder for folder, there in rows if there], offered[:MOST_OFFERED]


def add(event: Event, *, sessions: Collection[str], folders: Collection[str], by: User, at: datetime) -> int:
    """Show these sessions and folders (keys) from now on; how many are new. What is not this person's is left out.

    Guests of the whole event may watch them at once; those who see their part only once it is assigned. Raises
    `EventIsOver`.
    """
    held = hold_open(event, at)
    new_sessions = _new_ids(
        select(VideoSession.id, VideoSession.title).where(VideoSession.key.in_(sessions), looked_after_by(by)),
        select(EventSession.video_session_id).where(EventSession.event_id == held.id),
    )
    new_folders = _new_ids(
        select(Folder.id, Folder.title).where(Folder.key.in_(folders), _own_folders(by)),
        select(EventFolder.folder_id).where(EventFolder.event_id == held.id),
    )
    if new_sessions:
        rows = [{"event_id": held.id, "video_session_id": one, "added_at": at} for one in new_sessions]
        db.session.execute(insert(EventSession), rows)
    if new_folders:
        rows = [{"event_id": held.id, "folder_id": one, "added_at": at} for one in new_folders]
        db.session.execute(insert(EventFolder), rows)
    labels.give(held)
    titles = [*new_sessions.values(), *new_folders.values()]
    if titles:
        audit.record(AuditKind.EVENT_SHOWS, at=at, actor=by, subject=held, titles=titles)
    return len(titles)


def take_out_session(event: Event, key: str, *, by: User, at: datetime) -> bool:
    """Show a session no more: what plays stops at the next byte, its assignments go. False: it was not shown.

    One that is shown by its folder stays: take that out, or move the session off it.
    """
    held = hold(event)
    video_session = db.session.scalars(select(VideoSession).where(VideoSession.key == key)).one_or_none()
    if video_session is None:
        return False
    there = delete(EventSession).where(
        EventSession.event_id == held.id, EventSession.video_session_id == video_session.id
    )
    if not db.session.execute(there).rowcount:  # type: ignore[attr-defined]
        return False
    _forget_assignments(held)
    audit.record(AuditKind.EVENT_SHOWS_NO_MORE, at=at, actor=by, subject=held, titles=[video_session.title])
    return True


def take_out_folder(event: Event, key: str, *, by: User, at: datetime) -> bool:
    """The same for a folder and all that is shown by it alone."""
    held = hold(event)
    folder = db.session.scalars(select(Folder).where(Folder.key == key)).one_or_none()
    if folder is None:
        return False
    there = delete(EventFolder).where(EventFolder.event_id == held.id, EventFolder.folder_id == folder.id)
    if not db.session.execute(there).rowcount:  # type: ignore[attr-defined]
        return False
    _forget_assignments(held)
    audit.record(AuditKind.EVENT_SHOWS_NO_MORE, at=at, actor=by, subject=held, titles=[folder.title])
    return True


def _forget_assignments(event: Event) -> None:
    """Of what the event does not show any more."""
    grants = select(Grant.id).where(Grant.event_id == event.id)
    gone = delete(Assignment).where(
        Assignment.grant_id.in_(grants), Assignment.video_session_id.not_in(access.sessions_shown_by(event.id))
    )
    db.session.execute(gone.execution_options(synchronize_session=False))


def _new_ids(wanted: object, there: object) -> dict[int, str]:
    known = set(db.session.scalars(there))  # type: ignore[call-overload]
    return {row[0]: row[1] for row in db.session.execute(wanted) if row[0] not in known}  # type: ignore[call-overload]


def _own_folders(by: User) -> ColumnElement[bool]:
    return Folder.id.is_not(None) if by.is_admin else Folder.owner_id == by.id


def _titled(words: str) -> list[ColumnElement[bool]]:
    sought = " ".join(words.split())
    if not sought:
        return []
    holds = func.lower(VideoSession.title).contains(sought.lower(), autoescape=True)
    # SQLite lowers only the letters of English
    return [or_(holds, VideoSession.title.contains(sought, autoescape=True))]
