"""What guests are named on, and whose it is. What is not this person's is simply not found."""

from typing import TypeAlias

from sqlalchemy import ColumnElement, Select, and_, or_, select, union, union_all

from portal.domain.looking_after import beside_others, in_the_bin, own_sessions
from portal.storage.models import Event, Folder, Grant, User, VideoSession

Thing: TypeAlias = VideoSession | Folder | Event


def column_of(thing: Thing) -> str:
    """The column of a grant that says it is on such a thing."""
    if isinstance(thing, VideoSession):
        return "video_session_id"
    return "event_id" if isinstance(thing, Event) else "folder_id"


def named_on(thing: Thing) -> ColumnElement[bool]:
    """Grants that name somebody on this very thing."""
    column: ColumnElement[int] = getattr(Grant, column_of(thing))
    return column == thing.id


def things_of(by: User) -> ColumnElement[bool]:
    """Grants on what this sponsor looks after; for an admin every grant. What is given on something in the bin stays,
    and is found again when that is taken out of it.
    """
    return or_(Grant.video_session_id.is_(None), out_of_the_bin()) if by.is_admin else owned_things(by)


def out_of_the_bin() -> ColumnElement[bool]:
    """Grants on sessions that are not in the bin."""
    return Grant.video_session_id.not_in(in_the_bin())


def owned_things(by: User) -> ColumnElement[bool]:
    """Grants on what this person looks after, whoever they are: sessions, also beside others; own folders, events."""
    # said of what is not NULL, so that the opposite of this condition holds for a grant on somebody else's folder
    return or_(
        and_(Grant.video_session_id.is_not(None), Grant.video_session_id.in_(own_sessions(by))),
        and_(Grant.folder_id.is_not(None), Grant.folder_id.in_(select(Folder.id).where(Folder.owner_id == by.id))),
        and_(Grant.event_id.is_not(None), Grant.event_id.in_(select(Event.id).where(Event.owner_id == by.id))),
    )


def guests_seen_by(by: User) -> Select[tuple[int]]:
    """Ids of the guests this sponsor answers for, and of those named on what they look after; no others are seen."""
    on_sessions = select(Grant.guest_id).join(VideoSession, VideoSession.id == Grant.video_session_id)
    on_folders = select(Grant.guest_id).join(Folder, Folder.id == Grant.folder_id)
    at_events = select(Grant.guest_id).join(Event, Event.id == Grant.event_id)
    seen = union(
        select(User.id).where(User.sponsor_id == by.id),
        on_sessions.where(VideoSession.owner_id == by.id, VideoSession.binned_at.is_(None), Grant.revoked_at.is_(None)),
        select(Grant.guest_id).where(Grant.video_session_id.in_(beside_others(by)), Grant.revoked_at.is_(None)),
        on_folders.where(Folder.owner_id == by.id, Grant.revoked_at.is_(None)),
        at_events.where(Event.owner_id == by.id, Grant.revoked_at.is_(None)),
    )
    # gathered first: PostgreSQL would else guess that these few are many, and go through everybody's letters
    return select(seen.cte("seen").prefix_with("MATERIALIZED", dialect="postgresql").c[0])


def grants_on_own(by: User) -> Select[tuple[int]]:
    """Ids of the grants on what this person looks after: `owned_things`, for a query that starts from them."""
    on_folders = select(Folder.id).where(Folder.owner_id == by.id)
    at_events = select(Event.id).where(Event.owner_id == by.id)
    found = union_all(
        select(Grant.id).where(Grant.video_session_id.in_(own_sessions(by))),
        select(Grant.id).where(Grant.folder_id.in_(on_folders)),
        select(Grant.id).where(Grant.event_id.in_(at_events)),
    )
    return select(found.cte("own_grants").prefix_with("MATERIALIZED", dialect="postgresql").c[0])
