"""One recording or folder, and what the head of its pages tells."""

from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, bindparam, func, select, true
from sqlalchemy.orm import aliased

from portal.basics.errors import Forbidden, NotFound
from portal.domain.access.asking import has_poster
from portal.domain.library.counting import (
    downloads,
    opened,
    people_of_folder,
    people_of_session,
    sessions_of_folder,
    views,
    watched_whole,
)
from portal.domain.library.rows import FolderPage, SessionPage
from portal.domain.looking_after import looked_after_by
from portal.domain.parameters import AT, BY, BY_ADMIN
from portal.storage.db import db
from portal.storage.models import Folder, SessionTag, User, VideoSession
from portal.storage.prepared import Objects

MOST_FOLDERS_LISTED = 200

Thing = TypeVar("Thing")
Owner = aliased(User)
_BETWEEN = ","  # no tag has one


def find_own(key: str, by: User) -> VideoSession:
    """The session of this key, when this person looks after it or they are an admin. Raises `NotFound`."""
    found = _own[by.is_admin].all({"key": key, "by_id": by.id})
    video_session: VideoSession = _found(found[0][0] if found else None)
    return video_session


def find_owned(key: str, by: User) -> VideoSession:
    """The same, when it is theirs to delete and to hand over. Raises `NotFound`, and `Forbidden` for co-owners."""
    video_session = find_own(key, by)
    check_owned(video_session, by)
    return video_session


def check_owned(video_session: VideoSession, by: User) -> None:
    """Raises `Forbidden` for who only looks after it beside its owner."""
    if not (by.is_admin or video_session.owner_id == by.id):
        raise Forbidden("Only its owner or an admin can do this")


def find_own_folder(key: str, by: User) -> Folder:
    """The folder of this key, when it is this person's or they are an admin. Raises `NotFound`."""
    query = select(Folder).where(Folder.key == key, owned(Folder.owner_id, by))
    return _found(db.session.scalars(query).one_or_none())


def session_page(key: str, by: User, *, at: datetime) -> SessionPage:
    """What the head of an own session's pages shows, fresh from the database. Raises `NotFound`."""
    values = {"key": key, "by_id": by.id, "at": at}
    facts: Any = _found(db.session.execute(_head[by.is_admin], values).one_or_none())
    video_session, owner, folder, people, opened_it, taken, whole, downloaded, tags, poster = facts
    told = (people, opened_it, taken, whole, downloaded, tags_in(tags), poster)
    return SessionPage(video_session, owner, folder, *told, by)


def folder_page(key: str, by: User, *, at: datetime) -> FolderPage:
    """What the head of an own folder's pages shows. Raises `NotFound`."""
    query = (
        select(Folder, Owner, sessions_of_folder(), people_of_folder(at))
        .join(Owner, Owner.id == Folder.owner_id)
        .where(Folder.key == key, owned(Folder.owner_id, by))
    )
    return FolderPage(*_found(db.session.execute(query).one_or_none()))


def folders_of(owner_id: int) -> list[Folder]:
    """The shelves of one person by title, for a choice."""
    query = select(Folder).where(Folder.owner_id == owner_id).order_by(func.lower(Folder.title), Folder.id)
    return list(db.session.scalars(query.limit(MOST_FOLDERS_LISTED)))


def owned(owner_id: Any, by: User) -> ColumnElement[bool]:
    """Whether a thing of this owner's is this person's to change; an admin's is everything."""
    return true() if by.is_admin else owner_id == by.id


def tags_of() -> ScalarSelect[str]:
    """The tags of the session in the query, in one column: for `tags_in`."""
    joined = select(func.aggregate_strings(SessionTag.word, _BETWEEN))
    return joined.where(SessionTag.video_session_id == VideoSession.id).correlate(VideoSession).scalar_subquery()


def tags_in(column: str | None) -> tuple[str, ...]:
    """Tags in order, from a column `tags_of`."""
    return tuple(sorted(column.split(_BETWEEN))) if column else ()


def _found(row: Thing | None) -> Thing:
    if row is None:
        raise NotFound
    return row


# What every page of a recording asks is built once, at import; by whether an admin asks.


def _of_key(by: User) -> ColumnElement[bool]:
    return and_(VideoSession.key == bindparam("key"), looked_after_by(by))


def _head_of(by: User) -> Select[*tuple[Any, ...]]:
    counted = (people_of_session(bindparam("key"), AT), opened(), views(), watched_whole(), downloads())
    return (
        select(VideoSession, Owner, Folder, *counted, tags_of(), has_poster)
        .join(Owner, Owner.id == VideoSession.owner_id)
        .outerjoin(Folder, Folder.id == VideoSession.folder_id)
        .where(_of_key(by))
        .execution_options(populate_existing=True)
    )


_own = {by.is_admin: Objects(select().where(_of_key(by)), VideoSession) for by in (BY, BY_ADMIN)}
_head = {by.is_admin: _head_of(by) for by in (BY, BY_ADMIN)}
