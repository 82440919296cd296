"""What an event shows, and to whom: worked out from its sessions, folders and assignments, never copied."""

from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, and_, exists, or_, select, union

from portal.storage.models import Assignment, EventFolder, EventSession, Grant, VideoSession


def names(session_id: Any = VideoSession.id, folder_id: Any = VideoSession.folder_id) -> ColumnElement[bool]:
    """Whether the grant in the query names this session (columns or values): itself, by its folder, or by an event."""
    return or_(
        Grant.video_session_id == session_id, Grant.folder_id == folder_id, names_by_event(session_id, folder_id)
    )


def names_by_event(session_id: Any, folder_id: Any) -> ColumnElement[bool]:
    """Whether the grant in the query is one on an event that shows this session to its guest."""
    itself = exists().where(EventSession.event_id == Grant.event_id, EventSession.video_session_id == session_id)
    by_folder = exists().where(EventFolder.event_id == Grant.event_id, EventFolder.folder_id == folder_id)
    shown = or_(_of_event(itself), _of_event(by_folder))
    return and_(Grant.event_id.is_not(None), shown, assigned_if_need_be(session_id))


def assigned_if_need_be(session_id: Any) -> ColumnElement[bool]:
    """Whether the grant in the query is for all that is shown, or this session is assigned to its guest."""
    assigned = exists().where(Assignment.grant_id == Grant.id, Assignment.video_session_id == session_id)
    return or_(~Grant.is_assigned, assigned.correlate_except(Assignment))


def sessions_shown_by(event_id: int) -> CompoundSelect[Any]:
    """Ids of the sessions that an event shows, by themselves or by a folder, each once; in the bin or not."""
    itself = select(EventSession.video_session_id).where(EventSession.event_id == event_id)
    by_folder = select(VideoSession.id).join(EventFolder, EventFolder.folder_id == VideoSession.folder_id)
    return union(itself, by_folder.where(EventFolder.event_id == event_id))


def is_shown_by(event_id: Any) -> ColumnElement[bool]:
    """Whether the event (an id or a column) shows the session in the query."""
    itself = exists().where(EventSession.event_id == event_id, EventSession.video_session_id == VideoSession.id)
    by_folder = exists().where(EventFolder.event_id == event_id, EventFolder.folder_id == VideoSession.folder_id)
    return or_(_of_event(itself), _of_event(by_folder))


def shown_before_it_ended() -> ColumnElement[bool]:
    """Whether the event of the grant in the query showed the session in it before the grant ended."""
    itself = exists().where(
        EventSession.event_id == Grant.event_id,
        EventSession.video_session_id == VideoSession.id,
        EventSession.added_at < Grant.ends_at,
    )
    by_folder = exists().where(
        EventFolder.event_id == Grant.event_id,
        EventFolder.folder_id == VideoSession.folder_id,
        EventFolder.added_at < Grant.ends_at,
    )
    return or_(_of_event(itself), and_(VideoSession.in_folder_since < Grant.ends_at, _of_event(by_folder)))


def shown_since_columns(video_session: VideoSession) -> tuple[Any, Any]:
    """What `asking.shown_since` wants of each grant in a query about one session, beside when it came on its folder."""
    return shown_itself_since(video_session.id), shown_by_folder_since(video_session.folder_id)


def shown_itself_since(session_id: Any) -> Any:
    """Since when the event of the grant in the query shows this session by itself."""
    of_it = (EventSession.event_id == Grant.event_id, EventSession.video_session_id == session_id)
    return select(EventSession.added_at).where(*of_it).correlate(Grant).scalar_subquery()


def shown_by_folder_since(folder_id: Any) -> Any:
    """Since when the event of the grant in the query shows what is on this folder."""
    of_it = (EventFolder.event_id == Grant.event_id, EventFolder.folder_id == folder_id)
    return select(EventFolder.added_at).where(*of_it).correlate(Grant).scalar_subquery()


def _of_event(asked: Any) -> Any:
    """Asked of the grant, and of the session if there is one, of the query around it."""
    return asked.correlate_except(EventSession, EventFolder)
