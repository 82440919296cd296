"""A sponsor's library: folders and sessions, what is on them, and their end.

Sponsors see and change only what they look after, admins all; anything else is simply not found (security.md, The
answer to a no). A folder holds sessions of its own owner only: naming a guest on it names them on all in it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from portal.basics import tokens
from portal.basics.errors import Forbidden, NotFound, PortalError
from portal.basics.roles import Role, UserState
from portal.basics.texts import many_lines, one_line
from portal.domain import audit, jobs
from portal.domain.access import Right
from portal.domain.audit import AuditKind
from portal.domain.looking_after import beside_others, looked_after_by
from portal.domain.paging import NEWEST, Page, Place, ids_of_page, newest_first
from portal.domain.work import tools
from portal.storage.db import UtcDateTime, after_commit, db
from portal.storage.models import (
    CoOwner,
    Folder,
    Grant,
    MediaFile,
    User,
    VideoSession,
    VideoState,
    ViewBudget,
    Viewing,
    WatchRecord,
)

LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 5000
MOST_FOLDERS_LISTED = 200
NO_FOLDER = "none"
NO_TITLE = "Say what it is called"
WHOLE = 0.95
"""Who has seen this share of a recording has watched it whole: nobody sits through the last silence."""


class WrongTitle(PortalError):
    """A title that cannot be kept; the text says why."""


class WrongDescription(PortalError):
    """A description that cannot be kept; the text says why."""


class ChangedMeanwhile(PortalError):
    """Somebody else saved this thing after it was opened for editing."""


class MadeAlready(PortalError):
    """The form that asks for this was sent before, at the very same moment; what it made is there."""


class Shown(StrEnum):
    """How a recording stands, for a list that is narrowed."""

    PROCESSING = "processing"
    FAILED = "failed"
    READY = "ready"
    OPEN = "open"  # published, and inside its own window
    UNPUBLISHED = "unpublished"
    COMING = "coming"  # published, and its window lies ahead
    CLOSED = "closed"
    PASSWORD = "password"  # noqa: S105 - it has one


@dataclass(frozen=True)
class SessionRow:
    """One line of a list of sessions. `people` counts who is named on it now and has views left.

    `is_own` is False for who looks after it beside its owner, who is `owner_name`.
    """

    video_session: VideoSession
    folder_key: str | None
    folder_title: str | None
    owner_name: str
    is_own: bool
    people: int

    @property
    def key(self) -> str:
        return self.video_session.key

    @property
    def title(self) -> str:
        return self.video_session.title


@dataclass(frozen=True)
class FolderRow:
    """One shelf of a list. `sessions` counts what is on it."""

    key: str
    title: str
    owner_name: str
    sessions: int


@dataclass(frozen=True)
class SessionPage:
    """All that the head of a session's page tells, to `by`.

    `people` are named on it now and have views left. Of those who do not look after it, `opened` people have opened its
    page, and `watched_whole` have seen all of it; `views` counts their sittings, without those that were given back.
    """

    video_session: VideoSession
    owner: User
    folder: Folder | None
    people: int
    opened: int
    views: int
    watched_whole: int
    by: User

    @property
    def is_own(self) -> bool:
        """Whether it is theirs to delete, and to say who looks after it."""
        return self.by.is_admin or self.video_session.owner_id == self.by.id


@dataclass(frozen=True)
class FolderPage:
    """All that the head of a folder's page tells. `people` are named on it now."""

    folder: Folder
    owner: User
    sessions: int
    people: int


@dataclass(frozen=True)
class Filters:
    """What a list of sessions is narrowed to; empty: not narrowed. `folder` is a key, or `NO_FOLDER`."""

    words: str = ""
    folder: str = ""
    state: Shown | None = None

    @property
    def any(self) -> bool:
        return bool(self.words or self.folder or self.state)


NO_FILTERS = Filters()


# Finding

Thing = TypeVar("Thing")


def find_own(key: str, by: User) -> VideoSession:
    """The session of this key, when this person looks after it or they are an admin. Raises `NotFound`."""
    query = select(VideoSession).where(VideoSession.key == key, looked_after_by(by))
    return _found(db.session.scalars(query).one_or_none())


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
    query = select(Folder).where(Folder.key == key, _owned(Folder.owner_id, by))
    return _found(db.session.scalars(query).one_or_none())


def session_page(key: str, by: User, *, at: datetime) -> SessionPage:
    """What the head of an own session's pages shows, fresh from the database. Raises `NotFound`."""
    query = (
        select(VideoSession, _Owner, Folder, _people_of_session(at), _opened(), _views(), _watched_whole())
        .join(_Owner, _Owner.id == VideoSession.owner_id)
        .outerjoin(Folder, Folder.id == VideoSession.folder_id)
        .where(VideoSession.key == key, looked_after_by(by))
        .execution_options(populate_existing=True)
    )
    return SessionPage(*_found(db.session.execute(query).one_or_none()), by=by)


def folder_page(key: str, by: User, *, at: datetime) -> FolderPage:
    """What the head of an own folder's pages shows. Raises `NotFound`."""
    query = (
        select(Folder, _Owner, _sessions_of_folder(), _people_of_folder(at))
        .join(_Owner, _Owner.id == Folder.owner_id)
        .where(Folder.key == key, _owned(Folder.owner_id, by))
    )
    return FolderPage(*_found(db.session.execute(query).one_or_none()))


def folders_of(owner_id: int) -> list[Folder]:
    """The shelves of one person by title, for a choice."""
    query = select(Folder).where(Folder.owner_id == owner_id).order_by(func.lower(Folder.title), Folder.id)
    return list(db.session.scalars(query.limit(MOST_FOLDERS_LISTED)))


def list_folders(by: User) -> list[FolderRow]:
    """Own folders by title with how many sessions are on each; admins see everyone's."""
    query = (
        select(Folder.key, Folder.title, _name_of(_Owner), _sessions_of_folder())
        .join(_Owner, _Owner.id == Folder.owner_id)
        .where(_owned(Folder.owner_id, by))
        .order_by(func.lower(Folder.title), Folder.id)
        .limit(MOST_FOLDERS_LISTED)
    )
    return [FolderRow(*row) for row in db.session.execute(query)]


def list_sessions(by: User, *, at: datetime, filters: Filters = NO_FILTERS, place: Place = NEWEST) -> Page[SessionRow]:
    """A page of the sessions somebody looks after, newest first; admins see everyone's.

    Two queries, however many there are.
    """
    wanted = _narrowed(filters, at)
    query = (
        select(VideoSession, Folder.key, Folder.title, _name_of(_Owner))
        .join(_Owner, _Owner.id == VideoSession.owner_id)
        .outerjoin(Folder, Folder.id == VideoSession.folder_id)
        .where(*wanted if by.is_admin else [VideoSession.id.in_(_ids(by, wanted, place))])
        .execution_options(populate_existing=True)
    )
    page = newest_first(query, VideoSession.id, place, key=lambda row: row[0].id)
    people = _people_of_each([row[0].id for row in page.rows], at)
    return page.of(lambda row: _row(row, people.get(row[0].id, 0), by))


def _row(found: Any, people: int, by: User) -> SessionRow:
    video_session, folder_key, folder_title, owner = found
    is_own = by.is_admin or video_session.owner_id == by.id
    return SessionRow(video_session, folder_key, folder_title, owner, is_own, people)


def _ids(by: User, wanted: Sequence[ColumnElement[bool]], place: Place) -> Select[*tuple[Any, ...]]:
    """Ids of one page: a page of what is owned and one of what is looked after beside others, each from its own index.

    One condition with an OR would sort all of them, or walk through everybody's.
    """
    doors = (VideoSession.owner_id == by.id, VideoSession.id.in_(beside_others(by)))
    pages = [ids_of_page(select(VideoSession.id).where(whose, *wanted), VideoSession.id, place) for whose in doors]
    both = union_all(*pages).subquery()
    return select(both.c[0])


def _narrowed(filters: Filters, at: datetime) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.words:
        # as typed, too: SQLite knows the two cases of A to Z only
        in_any_case = func.lower(VideoSession.title).contains(filters.words.lower(), autoescape=True)
        wanted.append(or_(in_any_case, VideoSession.title.contains(filters.words, autoescape=True)))
    if filters.folder == NO_FOLDER:
        wanted.append(VideoSession.folder_id.is_(None))
    elif filters.folder:
        folder = select(Folder.id).where(Folder.key == filters.folder).scalar_subquery()
        wanted.append(VideoSession.folder_id == folder)
    if filters.state:
        wanted.append(_stands(filters.state, at))
    return wanted


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


_Owner = aliased(User)


def _owned(owner_id: Any, by: User) -> ColumnElement[bool]:
    return true() if by.is_admin else owner_id == by.id


def _name_of(user: type[User]) -> ColumnElement[str]:
    return func.coalesce(func.nullif(user.name, ""), user.address)


def _found(row: Thing | None) -> Thing:
    if row is None:
        raise NotFound
    return row


# Counting


def counts_at(at: datetime) -> ColumnElement[bool]:
    """Whether a grant, joined with its guest, lets somebody watch: live, and the account not disabled or ended."""
    account_ends = or_(User.ends_at.is_(None), User.ends_at > at)
    return and_(Grant.live_at(at), User.state != UserState.DISABLED, account_ends)


def _people_of_session(at: datetime) -> ScalarSelect[int]:
    here = or_(Grant.video_session_id == VideoSession.id, Grant.folder_id == VideoSession.folder_id)
    people = select(func.count(Grant.guest_id.distinct())).join(User, User.id == Grant.guest_id)
    has_left = ~_is_used_up_on(VideoSession.id)
    return people.where(here, counts_at(at), has_left).correlate(VideoSession).scalar_subquery()


def _is_used_up_on(session_id: Any) -> ColumnElement[bool]:
    """Whether all views of that session were taken of the grant in the query."""
    taken = exists().where(
        ViewBudget.grant_id == Grant.id,
        ViewBudget.video_session_id == session_id,
        ViewBudget.taken >= Grant.views_limit,
    )
    return and_(Grant.views_limit.is_not(None), taken.correlate(Grant, VideoSession))


def _people_of_folder(at: datetime) -> ScalarSelect[int]:
    people = select(func.count(Grant.guest_id.distinct())).join(User, User.id == Grant.guest_id)
    return people.where(Grant.folder_id == Folder.id, counts_at(at)).correlate(Folder).scalar_subquery()


def _views() -> ScalarSelect[int]:
    counted = Viewing.right.in_([right.value for right in Right if right.is_counted])
    query = select(func.count(Viewing.id)).where(Viewing.video_session_id == VideoSession.id, counted)
    return query.where(Viewing.given_back_at.is_(None)).correlate(VideoSession).scalar_subquery()


def _opened() -> ScalarSelect[int]:
    return _watchers(WatchRecord.opens > 0)


def _watched_whole() -> ScalarSelect[int]:
    return _watchers(WatchRecord.watched_seconds >= WHOLE * VideoSession.length_seconds)


def _watchers(which: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many have such a record of the session in the query, without those who look after it."""
    beside = exists().where(CoOwner.video_session_id == VideoSession.id, CoOwner.user_id == User.id)
    looks_after = or_(User.role == Role.ADMIN, User.id == VideoSession.owner_id, beside.correlate(User, VideoSession))
    query = select(func.count(WatchRecord.id)).join(User, User.id == WatchRecord.user_id)
    query = query.where(WatchRecord.video_session_id == VideoSession.id, which, ~looks_after)
    return query.correlate(VideoSession).scalar_subquery()


def _sessions_of_folder() -> ScalarSelect[int]:
    count = select(func.count(VideoSession.id)).where(VideoSession.folder_id == Folder.id)
    return count.correlate(Folder).scalar_subquery()


def _people_of_each(ids: Sequence[int], at: datetime) -> dict[int, int]:
    """How many can watch each of these sessions now, named on it or on its folder; one query."""
    if not ids:
        return {}
    return {row[0]: row[1] for row in db.session.execute(_people_by_session, {"ids": ids, "at": at})}


def _counting_people() -> Select[*tuple[Any, ...]]:
    at: BindParameter[datetime] = bindparam("at", type_=UtcDateTime())
    ids: BindParameter[Sequence[int]] = bindparam("ids", expanding=True)
    joined = select(Grant.guest_id).join(User, User.id == Grant.guest_id).where(counts_at(at))  # type: ignore[arg-type]
    on_session = (
        joined.add_columns(Grant.video_session_id.label("on"))
        .where(Grant.video_session_id.in_(ids))
        .where(~_is_used_up_on(Grant.video_session_id))
    )
    on_folder = (
        joined.add_columns(VideoSession.id.label("on"))
        .join(VideoSession, VideoSession.folder_id == Grant.folder_id)
        .where(VideoSession.id.in_(ids), ~_is_used_up_on(VideoSession.id))
    )
    named = union_all(on_session, on_folder).subquery()
    return select(named.c.on, func.count(named.c.guest_id.distinct())).group_by(named.c.on)


_people_by_session = _counting_people()  # built once, at import: building it takes longer than running it


# Changing


def check_title(title: str) -> str:
    """The title as it is kept: single-spaced, 1 to 200 characters. Raises `WrongTitle` with the sentence to show."""
    tidy = one_line(title)
    if not tidy:
        raise WrongTitle(NO_TITLE)
    if len(tidy) > LONGEST_TITLE:
        raise WrongTitle(f"Titles have at most {LONGEST_TITLE} characters; this one has {len(tidy):,}.")
    return tidy


def check_description(description: str) -> str:
    """The description as it is kept. Raises `WrongDescription` with the sentence to show."""
    tidy = many_lines(description)
    if len(tidy) > LONGEST_DESCRIPTION:
        raise WrongDescription(
            f"Descriptions have at most {LONGEST_DESCRIPTION:,} characters; this one has {len(tidy):,}."
        )
    return tidy


def make_folder(title: str, *, by: User, form_key: str | None, at: datetime) -> Folder:
    """A new shelf. The same form sent twice makes one; the shelf it made is returned.

    Raises `WrongTitle`; `MadeAlready` when both arrive at once: ask again in a new transaction.
    """
    made = made_by(form_key, Folder, by)
    if made is not None:
        return made
    folder = Folder(key=tokens.new_key(), owner_id=by.id, title=check_title(title), form_key=form_key, created_at=at)
    add_once(folder)
    audit.record(AuditKind.FOLDER_MADE, actor=by, subject=folder, at=at, title=folder.title)
    return folder


def made_by(form_key: str | None, kind: type[Thing], by: User) -> Thing | None:
    """What this person's form of this key has made already."""
    if not form_key:
        return None
    query = select(kind).where(kind.owner_id == by.id, kind.form_key == form_key)  # type: ignore[attr-defined]
    return db.session.scalars(query).one_or_none()


def session_made_by(form_key: str, by: User) -> VideoSession | None:
    """The session that this person's upload form has made already."""
    return made_by(form_key, VideoSession, by)


def folder_made_by(form_key: str, by: User) -> Folder | None:
    """The folder that this person's form has made already."""
    return made_by(form_key, Folder, by)


def add_once(thing: Folder | VideoSession) -> None:
    """Write a new row. Raises `MadeAlready` when its form was sent twice at once: a constraint decides."""
    db.session.add(thing)
    try:
        db.session.flush()
    except IntegrityError as error:
        if "form_key" in str(error.orig):
            raise MadeAlready from error
        raise


def rename_folder(folder: Folder, title: str, *, by: User, at: datetime) -> None:
    """Raises `WrongTitle`."""
    tidy = check_title(title)
    if tidy == folder.title:
        return
    audit.record(AuditKind.FOLDER_CHANGED, actor=by, subject=folder, at=at, before=folder.title, after=tidy)
    folder.title = tidy


def delete_folder(folder: Folder, *, by: User, at: datetime) -> None:
    """Take a shelf away: its sessions stay, on no shelf; what was given on it ends, and what it let play stops."""
    _end_grants(Grant.folder_id == folder.id, by=by, at=at)
    off_the_shelf = update(VideoSession).where(VideoSession.folder_id == folder.id)
    db.session.execute(off_the_shelf.values(folder_id=None, in_folder_since=None))
    audit.record(AuditKind.FOLDER_DELETED, actor=by, subject=folder, at=at, title=folder.title)
    db.session.delete(folder)


def version_of(video_session: VideoSession) -> str:
    """Changes with what the settings form shows; the form carries it, so that a second editor is noticed."""
    shown = "\n".join((video_session.title, str(video_session.folder_id or ""), video_session.description))
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


def change_session(
    video_session: VideoSession,
    *,
    title: str,
    description: str,
    folder: Folder | None,
    version: str | None,
    by: User,
    at: datetime,
) -> None:
    """Save a session's title, description and shelf, if they still are what `version` says (None: whatever they are).

    The folder must be its owner's. Raises `WrongTitle`, `ChangedMeanwhile`, `NotFound`.
    """
    db.session.refresh(video_session, with_for_update=True)
    if version is not None and version != version_of(video_session):
        raise ChangedMeanwhile("Somebody saved this recording after you opened it.")
    if folder is not None and folder.owner_id != video_session.owner_id:
        raise NotFound
    tidy = check_title(title)
    before, after = {}, {}
    old_folder = db.session.get(Folder, video_session.folder_id) if video_session.folder_id else None
    for name, was, now_is in (
        ("title", video_session.title, tidy),
        ("description", video_session.description, check_description(description)),
        ("folder", old_folder.title if old_folder else "", folder.title if folder else ""),
    ):
        if was != now_is:
            before[name], after[name] = was, now_is
    moved = video_session.folder_id != (folder.id if folder else None)
    if not (before or moved):
        return
    video_session.title, video_session.description = tidy, check_description(description)
    if moved:
        video_session.folder_id = folder.id if folder else None
        video_session.in_folder_since = at if folder else None
    audit.record(AuditKind.SESSION_CHANGED, actor=by, subject=video_session, at=at, before=before, after=after)


def retry(video_session: VideoSession, *, by: User, at: datetime) -> bool:
    """Have a failed recording prepared once more. False: it is not failed any more; nothing changed."""
    again = db.session.execute(
        update(VideoSession)
        .where(VideoSession.id == video_session.id, VideoSession.state == VideoState.FAILED)
        .values(state=VideoState.PROCESSING, progress=0, failure="")
        .returning(VideoSession.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if again is None:
        return False
    jobs.queue(jobs.PROCESS_SESSION, video_session.id, at=at)
    audit.record(AuditKind.SESSION_RETRIED, actor=by, subject=video_session, at=at)
    return True


def delete_session(video_session: VideoSession, *, by: User, at: datetime) -> None:
    """Take a session away with its viewings, what was given on it, and, once that is kept, its files.

    Raises `Forbidden` for co-owners.
    """
    check_owned(video_session, by)
    _end_grants(Grant.video_session_id == video_session.id, by=by, at=at)
    files = select(MediaFile.store_key).where(MediaFile.video_session_id == video_session.id)
    forget_files(db.session.scalars(files).all())
    audit.record(AuditKind.SESSION_DELETED, actor=by, subject=video_session, at=at, title=video_session.title)
    db.session.delete(video_session)


def forget_files(store_keys: Sequence[str]) -> None:
    """Delete files of the media store once this transaction is kept."""
    media = tools().media
    for store_key in store_keys:
        after_commit(lambda gone=store_key: media.delete(gone))  # type: ignore[misc]


def _end_grants(which: ColumnElement[bool], *, by: User, at: datetime) -> None:
    """Put on the trail that these grants end, begun or not; the rows go with what they are on."""
    query = select(Grant, User).join(User, User.id == Grant.guest_id).where(which, Grant.standing_at(at))
    for grant, guest in db.session.execute(query.order_by(Grant.id)):
        audit.record(AuditKind.GRANT_REVOKED, actor=by, subject=grant, person=guest, at=at)
