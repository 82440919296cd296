"""The bin: what its owner deleted, kept for 30 days (docs/library.md).

What lies in it is for everybody as if it did not exist: not found, not listed, and no byte of it leaves. Only its own
list shows it, to its owner and to admins. What was given on it stays, so taking it out brings the same people back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import aliased

from portal.basics.errors import NotFound
from portal.domain import audit, library
from portal.domain.audit import AuditKind
from portal.domain.library.counting import people_of_each
from portal.domain.library.finding import Owner, owned
from portal.domain.library.listing import name_of
from portal.domain.paging import NEWEST, Page, Place, ids_of_page, newest_first
from portal.storage.db import db
from portal.storage.models import User, VideoSession

KEPT = timedelta(days=30)
_AT_ONCE = 20
_Binner = aliased(User)


@dataclass(frozen=True)
class BinnedRow:
    """Something in the bin. `people`: how many are named on it, and could watch it again. `binned_by` None: it is the
    owner's own act, or that account is gone.
    """

    video_session: VideoSession
    owner_name: str
    binned_by: str | None
    binned_at: datetime
    people: int

    @property
    def goes_at(self) -> datetime:
        """When it goes for good."""
        return self.binned_at + KEPT


def put_in(video_session: VideoSession, *, by: User, at: datetime) -> bool:
    """Put a recording in the bin: from this moment nobody finds it, and what plays stops. False: it is there already.

    Raises `Forbidden` for co-owners.
    """
    library.check_owned(video_session, by)
    if not _set(video_session, VideoSession.binned_at.is_(None), binned_at=at, binned_by_id=by.id):
        return False
    audit.record(AuditKind.SESSION_BINNED, actor=by, subject=video_session, at=at, title=video_session.title)
    return True


def restore(video_session: VideoSession, *, by: User, at: datetime) -> bool:
    """Take a recording out of the bin, as it was put in, with all that was given on it. False: it is out already.

    Raises `Forbidden` for co-owners.
    """
    library.check_owned(video_session, by)
    if not _set(video_session, VideoSession.binned_at.is_not(None), binned_at=None, binned_by_id=None):
        return False
    audit.record(AuditKind.SESSION_RESTORED, actor=by, subject=video_session, at=at, title=video_session.title)
    return True


def find(key: str, by: User, *, at: datetime) -> BinnedRow:
    """What is in the bin by this key, when it is this person's or they are an admin. Raises `NotFound`."""
    row = db.session.execute(_rows(by).where(VideoSession.key == key)).one_or_none()
    if row is None:
        raise NotFound(key)
    return _row(row, people_of_each([row[0].id], at))


def listed(by: User, *, at: datetime, place: Place = NEWEST) -> Page[BinnedRow]:
    """A page of one's own bin, an admin's is everybody's; the recordings uploaded last come first. Two queries."""
    mine = (owned(VideoSession.owner_id, by), VideoSession.binned_at.is_not(None))
    ids = ids_of_page(select(VideoSession.id).where(*mine), VideoSession.id, place)
    page = newest_first(_rows(by).where(VideoSession.id.in_(ids)), VideoSession.id, place, key=lambda row: row[0].id)
    people = people_of_each([row[0].id for row in page.rows], at)
    return page.of(lambda row: _row(row, people))


def size(by: User) -> int:
    """How many recordings lie in one's own bin."""
    query = select(func.count(VideoSession.id)).where(VideoSession.binned_at.is_not(None))
    return db.session.scalar(query.where(owned(VideoSession.owner_id, by))) or 0


def delete_for_good(video_session: VideoSession, *, by: User, at: datetime) -> None:
    """Delete what is in the bin before its time. Raises `Forbidden` for co-owners, `NotFound` where it is out again."""
    db.session.refresh(video_session, with_for_update=True)
    if video_session.binned_at is None:
        raise NotFound(video_session.key)
    library.delete_session(video_session, by=by, at=at)


def empty_old(*, at: datetime) -> int:
    """Delete for good what has been in the bin for 30 days, some at a time; returns how many there were."""
    query = select(VideoSession).where(VideoSession.binned_at <= at - KEPT).order_by(VideoSession.binned_at)
    old = db.session.scalars(query.limit(_AT_ONCE).with_for_update(skip_locked=True)).all()
    for video_session in old:
        library.delete_session(video_session, by=None, at=at)
    return len(old)


def _set(video_session: VideoSession, which: Any, **values: Any) -> bool:
    """Change it if it is as thought; the statement decides, not what was read before."""
    query = update(VideoSession).where(VideoSession.id == video_session.id, which).values(**values)
    return db.session.execute(query.returning(VideoSession.id)).one_or_none() is not None


def _rows(by: User) -> Select[*tuple[Any, ...]]:
    return (
        select(VideoSession, Owner.id, name_of(Owner), _Binner.id, name_of(_Binner))
        .join(Owner, Owner.id == VideoSession.owner_id)
        .outerjoin(_Binner, _Binner.id == VideoSession.binned_by_id)
        .where(owned(VideoSession.owner_id, by), VideoSession.binned_at.is_not(None))
        .execution_options(populate_existing=True)
    )


def _row(found: Any, people: dict[int, int]) -> BinnedRow:
    video_session, owner_id, owner, binner_id, binner = found
    by_another = binner if binner_id not in (None, owner_id) else None
    return BinnedRow(video_session, owner, by_another, video_session.binned_at, people.get(video_session.id, 0))
