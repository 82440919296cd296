"""Pages of recordings, narrowed, and the folders they stand in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, false, func, select, union_all

from portal.basics.words import sought
from portal.domain.access.asking import has_poster
from portal.domain.library.counting import people_of_each, sessions_of_folder
from portal.domain.library.finding import MOST_FOLDERS_LISTED, Owner, owned, tags_in, tags_of
from portal.domain.library.rows import NO_FILTERS, NO_FOLDER, Filters, FolderRow, SessionRow, Shown
from portal.domain.looking_after import beside_others, in_the_bin, own_sessions
from portal.domain.paging import NEWEST, Page, Place, ids_of_page, one_page, page_from
from portal.domain.parameters import BY, BY_ADMIN
from portal.storage.db import db
from portal.storage.full_text import TAGGED, Holds, Sought
from portal.storage.models import Folder, SearchDocument, SessionTag, User, VideoSession, VideoState
from portal.storage.prepared import Columns

MOST_TAGS_LISTED = 200


def list_folders(by: User) -> list[FolderRow]:
    """Own folders by title with how many sessions are on each; admins see everyone's."""
    return [FolderRow(*row) for row in _folders[by.is_admin].all({"by_id": by.id})]


def list_tags(by: User) -> list[str]:
    """Every tag of the sessions somebody looks after, in order; of an admin's, of everyone's."""
    return [word for (word,) in _tags[by.is_admin].all({"by_id": by.id})]


def list_sessions(by: User, *, at: datetime, filters: Filters = NO_FILTERS, place: Place = NEWEST) -> Page[SessionRow]:
    """A page of the sessions somebody looks after, newest first; admins see everyone's.

    Two queries, however many there are.
    """
    if filters.any or place != NEWEST:
        query, values = _page(by, _narrowed(filters, at, by), place), {}
    else:
        query, values = _newest_page[by.is_admin], {"by_id": by.id}
    page = page_from(list(db.session.execute(query, values).all()), place, key=lambda row: row[0].id)
    people = people_of_each([row[0].id for row in page.rows], at)
    return page.of(lambda row: _row(row, people.get(row[0].id, 0), by))


def _page(by: User, wanted: Sequence[ColumnElement[bool]], place: Place) -> Select[*tuple[Any, ...]]:
    query = (
        select(VideoSession, Folder.key, Folder.title, name_of(Owner), tags_of(), has_poster)
        .join(Owner, Owner.id == VideoSession.owner_id)
        .outerjoin(Folder, Folder.id == VideoSession.folder_id)
        .where(*wanted if by.is_admin else [VideoSession.id.in_(_ids(by, wanted, place))])
        .execution_options(populate_existing=True)
    )
    return one_page(query, VideoSession.id, place)


def _row(found: Any, people: int, by: User) -> SessionRow:
    video_session, folder_key, folder_title, owner, tags, poster = found
    is_own = by.is_admin or video_session.owner_id == by.id
    return SessionRow(video_session, folder_key, folder_title, owner, is_own, people, tags_in(tags), poster)


def _ids(by: User, wanted: Sequence[ColumnElement[bool]], place: Place) -> Select[*tuple[Any, ...]]:
    """Ids of one page: a page of what is owned and one of what is looked after beside others, each from its own index.

    One condition with an OR would sort all of them, or walk through everybody's.
    """
    doors = (VideoSession.owner_id == by.id, VideoSession.id.in_(beside_others(by)))
    pages = [ids_of_page(select(VideoSession.id).where(whose, *wanted), VideoSession.id, place) for whose in doors]
    both = union_all(*pages).subquery()
    return select(both.c[0])


def _narrowed(filters: Filters, at: datetime, by: User) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [VideoSession.binned_at.is_(None)]
    if filters.words:
        wanted.append(_holds(filters.words, by))
    if filters.tag:
        tagged = select(SessionTag.video_session_id).where(SessionTag.word == filters.tag)
        wanted.append(VideoSession.id.in_(tagged))
    if filters.folder == NO_FOLDER:
        wanted.append(VideoSession.folder_id.is_(None))
    elif filters.folder:
        folder = select(Folder.id).where(Folder.key == filters.folder).scalar_subquery()
        wanted.append(VideoSession.folder_id == folder)
    if filters.state:
        wanted.append(_stands(filters.state, at))
    return wanted


def _holds(typed: str, by: User) -> ColumnElement[bool]:
    """Whether the session in the query holds all these words, or words that begin so; also in its tags."""
    words = [[word, TAGGED + word] for word in sought(typed)]
    if not words:  # signs alone
        return false()
    holds = Holds(SearchDocument.video_session_id, SearchDocument.words, bindparam("words", words, type_=Sought()))
    of_it = SearchDocument.video_session_id == VideoSession.id
    if by.is_admin:
        return exists().where(of_it, holds).correlate(VideoSession)
    # asked of each of one's own: as a join, either database would go through the words of everybody's
    return select(holds).where(of_it).correlate(VideoSession).scalar_subquery()


def _stands(shown: Shown, at: datetime) -> ColumnElement[bool]:
    published = and_(VideoSession.state == VideoState.READY, VideoSession.is_published)
    match shown:
        case Shown.PROCESSING | Shown.FAILED | Shown.READY:
            return VideoSession.state == VideoState(shown.value)
        case Shown.OPEN:
            return VideoSession.open_at(at)
        case Shown.UNPUBLISHED:
            return ~VideoSession.is_published
        case Shown.COMING:
            return and_(published, VideoSession.opens_at > at)
        case Shown.CLOSED:
            return and_(published, VideoSession.closes_at <= at)
        case Shown.PASSWORD:
            return VideoSession.password_hash.is_not(None)


def name_of(user: type[User]) -> ColumnElement[str]:
    """How somebody in the query is called: the name, else the address."""
    return func.coalesce(func.nullif(user.name, ""), user.address)


# What is asked on every look at the list is built once, at import; by whether an admin asks.


def _folders_of(by: User) -> Select[*tuple[Any, ...]]:
    return (
        select(Folder.key, Folder.title, name_of(Owner), sessions_of_folder())
        .join(Owner, Owner.id == Folder.owner_id)
        .where(owned(Folder.owner_id, by))
        .order_by(func.lower(Folder.title), Folder.id)
        .limit(MOST_FOLDERS_LISTED)
    )


def _tags_of(by: User) -> Select[*tuple[Any, ...]]:
    of_them = SessionTag.video_session_id
    theirs = of_them.not_in(in_the_bin()) if by.is_admin else of_them.in_(own_sessions(by))
    return select(SessionTag.word).where(theirs).distinct().order_by(SessionTag.word).limit(MOST_TAGS_LISTED)


_folders = {by.is_admin: Columns(_folders_of(by)) for by in (BY, BY_ADMIN)}
_tags = {by.is_admin: Columns(_tags_of(by)) for by in (BY, BY_ADMIN)}
_newest_page = {by.is_admin: _page(by, [VideoSession.binned_at.is_(None)], NEWEST) for by in (BY, BY_ADMIN)}
