"""What a session is called for somebody: its title, or at a blind event the number that stands for it.

Judges of a blind event meet what it shows as “Entry 7”, by whichever door: nothing that names it or who made it is
told to them, until the organiser says that the event is blind no more. Those who look after a session see its title.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, true

from portal.domain.looking_after import is_co_owner
from portal.storage.db import db
from portal.storage.models import (
    BlindLabel,
    Event,
    EventFolder,
    EventSession,
    Grant,
    MediaFile,
    MediaKind,
    User,
    VideoSession,
)

_ENTRY = "Entry"
has_own_picture = (
    exists()
    .where(MediaFile.video_session_id == VideoSession.id, MediaFile.kind == MediaKind.PICTURE)
    .correlate(VideoSession)
)
"""Whether the poster of the session in the query is a picture that somebody brought: it may show more than the
recording does, so it is not for those the session is blind for.
"""


@dataclass(frozen=True)
class Face:
    """What is told of a session. `number` None: all of it; else it is blind for this person, and only this is."""

    title: str
    presenter: str = ""
    description: str = ""
    recorded_on: date | None = None
    number: int | None = None

    @property
    def is_blind(self) -> bool:
        return self.number is not None

    @classmethod
    def of(cls, video_session: VideoSession, number: int | None) -> "Face":
        """`number`: what `blind_number` found."""
        if number is not None:
            return cls(entry_words(number), number=number)
        it = video_session
        return cls(it.title, it.presenter, it.description, it.recorded_on)


def entry_words(number: int) -> str:
    """ "Entry 7"; 0: it has no number yet."""
    return f"{_ENTRY} {number}" if number else _ENTRY


def title_or_entry(title: str, number: int | None) -> str:
    """`number`: what `blind_number` found; None: its title may be told."""
    return title if number is None else entry_words(number)


def blind_number(viewer_id: Any, session_id: Any, folder_id: Any, *, at_event: Any = None, ever: bool = False) -> Any:
    """The number by which the viewer knows the session in the query (ids or columns); 0: it has none yet.

    NULL: they are no judge of it at a blind event. Of several, that of the event `at_event` (an id), else of the
    oldest. `ever`: of a judge who has been taken off it, too; for what is told of what is theirs no more. What somebody
    looks after is for the caller to see to.
    """
    first = [] if at_event is None else [case((Event.id == at_event, 0), else_=1)]
    return (
        select(func.coalesce(BlindLabel.number, 0))
        .select_from(Grant)
        .join(Event, and_(Event.id == Grant.event_id, Event.is_blind))
        .outerjoin(BlindLabel, and_(BlindLabel.event_id == Event.id, BlindLabel.video_session_id == session_id))
        .where(Grant.guest_id == viewer_id, true() if ever else Grant.revoked_at.is_(None))
        .where(or_(BlindLabel.id.is_not(None), _shows(session_id, folder_id)))
        .order_by(*first, Event.id)
        .limit(1)
        .correlate(VideoSession, User)
        .scalar_subquery()
    )


def faces_of(viewer: User, session_ids: Iterable[int], *, ever: bool = False) -> dict[int, int]:
    """Of these sessions, the numbers of those that are blind for the viewer, by id. One query; none for nothing.

    `ever`: see `blind_number`.
    """
    ids = list(session_ids)
    if not ids or viewer.is_admin:
        return {}
    number = blind_number(viewer.id, VideoSession.id, VideoSession.folder_id, ever=ever)
    query = select(VideoSession.id, number.label("number")).where(VideoSession.id.in_(ids))
    if not viewer.is_guest:
        query = query.where(VideoSession.owner_id != viewer.id, ~is_co_owner(viewer.id))
    return {row.id: row.number for row in db.session.execute(query) if row.number is not None}


def face_for(viewer: User, video_session: VideoSession, *, ever: bool = False) -> Face:
    """What is told of a session to somebody, in a letter or on a page. One query at most.

    `ever`: see `blind_number`.
    """
    return Face.of(video_session, faces_of(viewer, [video_session.id], ever=ever).get(video_session.id))


def _shows(session_id: Any, folder_id: Any) -> ColumnElement[bool]:
    """Whether the event in the query shows this session, to whomever."""
    itself = exists().where(EventSession.event_id == Event.id, EventSession.video_session_id == session_id)
    by_folder = exists().where(EventFolder.event_id == Event.id, EventFolder.folder_id == folder_id)
    return or_(itself.correlate_except(EventSession), by_folder.correlate_except(EventFolder))
