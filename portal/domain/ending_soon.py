"""Warnings seven days and one day before access ends, to the guest and to the owner (product.md, Viewings).

Once each for every end, whoever sweeps and however often: what is warned of is marked by the statement that finds it
unmarked, in the transaction that queues the letter. One letter a person and sweep names all that ends for them.
docs/who-may-watch.md, "Asking the sponsor, and warnings", says which ends are passed over in silence.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from portal.basics.roles import UserState
from portal.domain import access, links, mailbox
from portal.domain.library import WHOLE
from portal.domain.work import tools
from portal.mail.letters import EndingGuest, EndingSoonLetter, GuestsEndingSoonLetter, Letter, SharedItem
from portal.storage.db import db
from portal.storage.models import (
    Event,
    Folder,
    Grant,
    User,
    VideoSession,
    VideoState,
    ViewBudget,
    WatchRecord,
)

A_WEEK = timedelta(days=7)
A_DAY = timedelta(days=1)
LINES_A_LETTER = 25
_GUESTS_AT_ONCE = 100  # letters are written while the lock is held: a second at most
_OWNERS_AT_ONCE = 20
_IDS_A_STATEMENT = 5000  # databases take only so many values in one


@dataclass(frozen=True)
class _Ending:
    """A grant that ends soon. `taken`: views of its session that are gone; None: none, or it is on more than one.

    `left`: something on it can be watched and was not, to its end; `has_views`: of that, something with views left.
    `outlived`: the guest can watch the same for longer by another grant. `number`: see `access.blind_number`.
    """

    grant: Grant
    guest: User
    owner: User
    video_session: VideoSession | None
    folder: Folder | None
    event: Event | None
    taken: int | None
    left: bool
    has_views: bool
    outlived: bool
    number: int | None

    def is_worth_a_word(self, at: datetime) -> bool:
        """Whether somebody would miss it, and has not only just been told of this end."""
        ends_at = self.ends_at
        chosen_at = self.grant.end_set_at or self.grant.created_at
        was_far = chosen_at < ends_at - (A_DAY if ends_at - at <= A_DAY else A_WEEK)
        return self.left and not self.outlived and was_far and self.grant.has_begun(at)

    @property
    def ends_at(self) -> datetime:
        assert self.grant.ends_at is not None  # the query saw to it
        return self.grant.ends_at

    @property
    def on(self) -> VideoSession | Folder | Event:
        thing = self.video_session or self.folder or self.event
        assert thing is not None
        return thing


@dataclass(frozen=True)
class _Side:
    """Whom a sweep warns, and where it is marked."""

    week_mark: Any
    day_mark: Any
    person: Any  # column of the id
    may_be_told: Any  # condition at a moment


def warn_guests(*, at: datetime) -> int:
    """Queue letters to some of the guests for whom something ends soon; returns how many ends were looked at.

    Call again, in a transaction of its own, until nothing is left to look at.
    """
    endings = _claimed(_GUESTS, at, _GUESTS_AT_ONCE)
    told = [one for one in endings if one.has_views and one.is_worth_a_word(at)]
    _queue(told, lambda one: one.guest, _guest_letter, at)
    return len(endings)


def warn_owners(*, at: datetime) -> int:
    """The same to owners of what ends for somebody; also where the guest has not come yet, or has no views left."""
    endings = _claimed(_OWNERS, at, _OWNERS_AT_ONCE)
    _queue([one for one in endings if one.is_worth_a_word(at)], lambda one: one.owner, _owner_letter, at)
    return len(endings)


def _queue(endings: Iterable[_Ending], to: Any, write: Any, at: datetime) -> None:
    in_order = sorted(endings, key=lambda one: (to(one).id, one.ends_at, one.grant.id))
    groups = [list(group) for _, group in groupby(in_order, key=lambda one: to(one).id)]
    letters: list[tuple[Letter, User, None]] = [(write(group), to(group[0]), None) for group in groups]
    if letters:
        mailbox.queue_all(letters, at=at)


# Finding and marking


def _claimed(side: _Side, at: datetime, most: int) -> list[_Ending]:
    """All that ends soon for some people and was not marked; it is now."""
    people = _people(side, at, most)
    if not people:
        return []
    found = _facts(side, at).where(side.person.in_(people)).with_for_update(of=Grant)
    endings = [_Ending(*row) for row in db.session.execute(found)]
    marked = _mark(side, [one.grant.id for one in endings], at)
    return [one for one in endings if one.grant.id in marked]


def _people(side: _Side, at: datetime, most: int) -> list[int]:
    query = _joined(select(side.person)).where(_is_due(side, at), side.may_be_told(at))
    return list(db.session.scalars(query.distinct().order_by(side.person).limit(most)))


def _facts(side: _Side, at: datetime) -> Select[Any]:
    taken = (
        select(ViewBudget.taken)
        .where(ViewBudget.grant_id == Grant.id, ViewBudget.video_session_id == Grant.video_session_id)
        .correlate(Grant)
        .scalar_subquery()
    )
    things = (VideoSession, Folder, Event)
    columns = (Grant, User, _Owner, *things, taken, _left(at), _left(at, with_views=True), _outlived())
    number = access.blind_number(User.id, VideoSession.id, VideoSession.folder_id)
    query = _joined(select(*columns, number)).where(_is_due(side, at), side.may_be_told(at))
    return query.order_by(Grant.id).execution_options(populate_existing=True)


def _mark(side: _Side, ids: Sequence[int], at: datetime) -> set[int]:
    """Note the ends that were warned of; the ids of those that nobody else had marked meanwhile."""
    tomorrow = Grant.ends_at <= at + A_DAY
    marks = {
        side.week_mark.key: case((tomorrow, side.week_mark), else_=Grant.ends_at),
        side.day_mark.key: case((tomorrow, Grant.ends_at), else_=side.day_mark),
    }
    marked: set[int] = set()
    for start in range(0, len(ids), _IDS_A_STATEMENT):
        some = Grant.id.in_(ids[start : start + _IDS_A_STATEMENT])
        query = update(Grant).where(some, _is_due(side, at)).values(marks).returning(Grant.id)
        marked |= set(db.session.scalars(query.execution_options(synchronize_session=False)))
    return marked


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.select_from(Grant)
        .join(User, User.id == Grant.guest_id)
        .outerjoin(VideoSession, VideoSession.id == Grant.video_session_id)
        .outerjoin(Folder, Folder.id == Grant.folder_id)
        .outerjoin(Event, Event.id == Grant.event_id)
        .join(_Owner, _Owner.id == func.coalesce(VideoSession.owner_id, Folder.owner_id, Event.owner_id))
    )


def _is_due(side: _Side, at: datetime) -> ColumnElement[bool]:
    """Whether the grant ends within seven days, or within one, and this very end was not warned of."""
    by_day = and_(Grant.ends_at <= at + A_DAY, side.day_mark.is_distinct_from(Grant.ends_at))
    by_week = and_(Grant.ends_at > at + A_DAY, side.week_mark.is_distinct_from(Grant.ends_at))
    soon = and_(Grant.ends_at > at, Grant.ends_at <= at + A_WEEK)
    return and_(Grant.revoked_at.is_(None), soon, or_(by_day, by_week))


def _left(at: datetime, *, with_views: bool = False) -> ColumnElement[bool]:
    """Whether a session of the grant can be watched before it ends and was not watched to its end by the guest."""
    seen = exists().where(
        WatchRecord.user_id == Grant.guest_id,
        WatchRecord.video_session_id == _Of.id,
        WatchRecord.watched_seconds >= WHOLE * _Of.length_seconds,
    )
    conditions = [
        _Of.state == VideoState.READY,
        _Of.is_published,
        _Of.binned_at.is_(None),
        or_(_Of.closes_at.is_(None), _Of.closes_at > at),
        or_(_Of.opens_at.is_(None), _Of.opens_at < Grant.ends_at),
        ~seen.correlate(Grant, _Of),
    ]
    if with_views:
        used_up = exists().where(
            ViewBudget.grant_id == Grant.id,
            ViewBudget.video_session_id == _Of.id,
            ViewBudget.taken >= Grant.views_limit,
        )
        conditions.append(or_(Grant.views_limit.is_(None), ~used_up.correlate(Grant, _Of)))
    on_it = exists().where(_Of.id == Grant.video_session_id, *conditions).correlate(Grant)
    in_it = exists().where(_Of.folder_id == Grant.folder_id, *conditions).correlate(Grant)
    shown = access.names_by_event(_Of.id, _Of.folder_id)
    at_it = exists().where(shown, *conditions).correlate(Grant)
    return or_(on_it, in_it, and_(Grant.event_id.is_not(None), at_it))


def _outlived() -> ColumnElement[bool]:
    """Whether the guest can watch the same for longer by another grant, without a limit of views."""
    names = or_(
        _Other.video_session_id == Grant.video_session_id,
        _Other.folder_id == Grant.folder_id,
        _Other.event_id == Grant.event_id,
        _Other.folder_id == VideoSession.folder_id,
    )
    longer = or_(_Other.ends_at.is_(None), _Other.ends_at > Grant.ends_at)
    begun = or_(_Other.begins_at.is_(None), _Other.begins_at <= Grant.ends_at)
    other = exists().where(_Other.guest_id == Grant.guest_id, _Other.id != Grant.id, _Other.revoked_at.is_(None))
    return other.where(_Other.views_limit.is_(None), names, longer, begun).correlate(Grant, VideoSession)


def _account_goes_on(at: datetime) -> ColumnElement[bool]:
    """Whether the guest's account is neither disabled nor ended; it may wait to be set up."""
    return and_(User.state != UserState.DISABLED, or_(User.ends_at.is_(None), User.ends_at > at))


_Owner, _Of, _Other = aliased(User), aliased(VideoSession), aliased(Grant)
_GUESTS = _Side(Grant.week_warned_for, Grant.day_warned_for, Grant.guest_id, User.live_at)
_OWNERS = _Side(
    Grant.owner_week_warned_for,
    Grant.owner_day_warned_for,
    _Owner.id,
    lambda at: and_(_account_goes_on(at), _Owner.live_at(at)),
)


# Writing


def _guest_letter(endings: Sequence[_Ending]) -> EndingSoonLetter:
    first, shown = endings[0], endings[:LINES_A_LETTER]
    is_one = len(endings) == 1
    return EndingSoonLetter(
        to=first.guest.address,
        zone=tools().settings.time_zone,
        reply_to=first.owner.address,
        sponsor_name=first.owner.display_name,
        items=tuple(_item(one) for one in shown),
        more=len(endings) - len(shown),
        path=links.shared(first.on) if is_one else links.HOME,
    )


def _item(one: _Ending) -> SharedItem:
    return SharedItem(
        title=access.title_or_entry(one.on.title, one.number),
        kind=links.kind_of(one.on),
        length_seconds=one.video_session.length_seconds if one.video_session else None,
        ends_at=one.ends_at,
        views=one.grant.views_limit,
        views_used=one.taken or 0,
        from_name=one.owner.display_name,
    )


def _owner_letter(endings: Sequence[_Ending]) -> GuestsEndingSoonLetter:
    first, shown = endings[0], endings[:LINES_A_LETTER]
    guests = {one.guest.id for one in endings}
    return GuestsEndingSoonLetter(
        to=first.owner.address,
        zone=tools().settings.time_zone,
        guests=len(guests),
        lines=tuple(_line(one) for one in shown),
        more=len(endings) - len(shown),
        path=links.guest(first.guest) if len(guests) == 1 else links.GUESTS_WHOSE_ACCESS_ENDS,
    )


def _line(one: _Ending) -> EndingGuest:
    return EndingGuest(
        name=one.guest.name,
        address=one.guest.address,
        title=one.on.title,
        ends_at=one.ends_at,
        has_come=one.guest.state is UserState.ACTIVE,
        is_used_up=not one.has_views,
    )
