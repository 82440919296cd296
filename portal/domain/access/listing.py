"""What names somebody: the query that mirrors `decide`, over all sessions at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    union,
    union_all,
)

from portal.basics.words import MOST_SOUGHT
from portal.domain.access.asking import has_poster
from portal.domain.access.faces import blind_number, has_own_picture, title_or_entry
from portal.domain.access.mirrors import AT, counts, named_live, sitting_open_on
from portal.domain.access.shown import assigned_if_need_be
from portal.domain.looking_after import is_co_owner
from portal.storage.db import UtcDateTime
from portal.storage.full_text import Holds, Sought
from portal.storage.models import (
    Event,
    EventFolder,
    EventSession,
    Folder,
    Grant,
    SearchDocument,
    SearchPassage,
    User,
    VideoSession,
    VideoState,
    ViewBudget,
    WatchRecord,
)
from portal.storage.prepared import Columns

CARDS_A_PAGE = 48
OTHERS_SHOWN = 24


class Standing(IntEnum):
    """How what names somebody stands for them, the best first when there are several."""

    ENDED = 0
    USED_UP = 1
    COMING = 2  # begins later, or the session's own window opens later
    LIVE = 3


@dataclass(frozen=True)
class Shared:
    """One session that names somebody, as a list shows it.

    `until` None: no end; of what is over, when it ended. `since`: when what is coming begins. `views_left` and
    `views_limit` None: no limit. `folder`: the shelf they are named on, `event` what shows it to them; both None when
    they are named on the session itself.
    `position_seconds` is where they stopped, `watched_seconds` how much they have seen, and `parts` which parts, as
    shares of the whole. `presenter` may be empty. Where it is blind for them (`faces`), the title is that of the entry,
    and who made it and where it lies are not told.
    """

    key: str
    title: str
    presenter: str
    recorded_on: date | None
    length_seconds: float | None
    has_poster: bool
    standing: Standing
    since: datetime | None
    until: datetime | None
    views_left: int | None
    views_limit: int | None
    has_sitting: bool
    position_seconds: float
    watched_seconds: float
    watched_at: datetime | None
    folder: str | None
    event: str | None
    event_key: str | None
    owner_key: str
    owner_name: str
    department: str
    parts: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Listing:
    """What is shared with somebody. `live`, `coming` and `over` are one page of it each, the counts are of all.

    `over` holds what has ended or is used up.
    """

    live: list[Shared]
    coming: list[Shared]
    over: list[Shared]
    live_count: int
    over_count: int
    people_count: int
    page: int
    has_more: bool


def listed_for(
    viewer: User, *, at: datetime, page: int = 1, owner: User | None = None, words: Sequence[str] = ()
) -> Listing:
    """What names this viewer, in one query: soonest end first; beside it what is still to come, and what is over.

    `live` holds just the sessions for which `decide` says allowed by a grant. Pages count from 1. With `owner`, only
    what that person shares. With `words` (of `basics.words`), only what holds each of them, or a word that begins so;
    first what does in its title, then in what is told about it.
    """
    if viewer.is_admin or not viewer.is_live(at):
        return Listing([], [], [], 0, 0, 0, page, has_more=False)
    first = (page - 1) * CARDS_A_PAGE + 1
    values: dict[str, Any] = {
        "viewer_id": viewer.id,
        "is_guest": viewer.is_guest,
        "at": at,
        "owner_id": owner.id if owner else None,
        "first": first,
        "last": first + CARDS_A_PAGE - 1,
        "others_shown": OTHERS_SHOWN,
    }
    if words:
        values |= {"words": [[word] for word in words]} | _patterns(words)
    rows = (_listed_by_words if words else _listed).all(values)
    live = [row for row in rows if row.shelf == _ON_LIVE]
    over = [row for row in rows if row.shelf == _ON_OVER]
    live_count = live[0].of_this_kind if live else 0
    return Listing(
        live=[_shared(row) for row in live],
        coming=[_shared(row) for row in rows if row.shelf == _ON_COMING],
        over=[_shared(row) for row in over],
        live_count=live_count,
        over_count=over[0].of_this_kind if over else 0,
        people_count=live[0].people if live else 0,
        page=page,
        has_more=live_count > first + CARDS_A_PAGE - 1,
    )


def listed_at(viewer: User, event: Event, *, at: datetime, most: int) -> list[Shared]:
    """What an event shows to this viewer, as `listed_for` has it: what is over for them, too. In its pages' order."""
    if viewer.is_admin or not viewer.is_live(at):
        return []
    values: dict[str, Any] = {
        "viewer_id": viewer.id,
        "is_guest": viewer.is_guest,
        "at": at,
        "owner_id": None,
        "event_id": event.id,
        "first": 1,
        "last": most,
        "others_shown": most,
    }
    return [_shared(row) for row in _listed_at_event.all(values)]


def _shared(row: Any) -> Shared:
    is_blind = row.blind_number is not None
    return Shared(
        key=row.key,
        title=title_or_entry(row.title, row.blind_number),
        presenter="" if is_blind else row.presenter,
        recorded_on=None if is_blind else row.recorded_on,
        length_seconds=row.length_seconds,
        has_poster=bool(row.has_poster) and not (is_blind and row.has_own_picture),
        standing=Standing(row.standing),
        since=row.since,
        until=None if row.is_endless else row.until,
        views_left=None if row.is_unlimited else int(row.views_left or 0),
        views_limit=None if row.is_unlimited else int(row.views_limit or 0),
        has_sitting=bool(row.has_sitting),
        position_seconds=row.position_seconds or 0.0,
        watched_seconds=row.watched_seconds or 0.0,
        watched_at=row.watched_at,
        folder=row.folder if row.nearest == _BY_FOLDER and not is_blind else None,
        event=row.event if row.nearest == _BY_EVENT else None,
        event_key=row.event_key if row.nearest == _BY_EVENT else None,
        owner_key=row.owner_key,
        owner_name=row.owner_name or row.owner_address,
        department=row.department,
        parts=_parts(row.watched, row.length_seconds),
    )


def _parts(tenths: list[list[int]] | None, length: float | None) -> tuple[tuple[float, float], ...]:
    if not tenths or not length:
        return ()
    return tuple((begin / length / 10, min(1.0, end / length / 10)) for begin, end in tenths if begin < length * 10)


# The statement is built once: building it takes longer than running it.

_ON_LIVE, _ON_COMING, _ON_OVER = 2, 1, 0
_VIEWER: Any = bindparam("viewer_id", type_=BigInteger())
_OWNER: Any = bindparam("owner_id", type_=BigInteger())
_EVENT: Any = bindparam("event_id", type_=BigInteger())
_IS_GUEST: Any = bindparam("is_guest", type_=Boolean())
_TAKEN = func.coalesce(ViewBudget.taken, 0)
_BLIND = blind_number(_VIEWER, VideoSession.id, VideoSession.folder_id)
# What names somebody on a session, the nearest first.
_DIRECTLY, _BY_FOLDER, _BY_EVENT = 2, 1, 0
# How a grant stands for a session, the best first: as in `Standing`, but for what lets a sitting finish and no more.
_LIVE, _SITS, _COMING, _USED_UP, _ENDED = 4, 3, 2, 1, 0


def _named() -> Any:
    """Each grant of the viewer with each session it names, and how it stands there."""
    mine = (Grant.guest_id == _VIEWER, Grant.revoked_at.is_(None))
    directly: Any = select(
        Grant.id.label("grant_id"),
        Grant.video_session_id.label("session_id"),
        literal_column(str(_DIRECTLY)).label("near"),
    ).where(*mine, Grant.video_session_id.is_not(None))
    # that the shelf is not NULL follows from the join; said, PostgreSQL starts from the few grants
    by_folder: Any = (
        select(Grant.id, VideoSession.id, literal_column(str(_BY_FOLDER)))
        .join(VideoSession, VideoSession.folder_id == Grant.folder_id)
        .where(*mine, Grant.folder_id.is_not(None), VideoSession.folder_id.is_not(None))
    )
    by_event = _shown_by_events(*mine)
    pair = union_all(directly, by_folder, by_event).subquery("pair")
    sits = case((sitting_open_on(_VIEWER), 1), else_=0).label("sits")
    rank = case(
        (named_live(_TAKEN), _LIVE),
        (sitting_open_on(_VIEWER), _SITS),
        (and_(Grant.begins_at > AT, or_(Grant.ends_at.is_(None), Grant.ends_at > AT)), _COMING),
        (or_(Grant.ends_at.is_(None), Grant.ends_at > AT), _USED_UP),
        else_=_ENDED,
    ).label("rank")
    return (
        select(
            pair.c.session_id,
            pair.c.near,
            Grant.event_id,
            Grant.begins_at,
            Grant.ends_at,
            Grant.views_limit,
            (Grant.views_limit - _TAKEN).label("left"),
            sits,
            rank,
        )
        .select_from(pair)
        .join(Grant, Grant.id == pair.c.grant_id)
        .join(VideoSession, VideoSession.id == pair.c.session_id)
        .outerjoin(
            ViewBudget, and_(ViewBudget.grant_id == pair.c.grant_id, ViewBudget.video_session_id == pair.c.session_id)
        )
        .where(VideoSession.owner_id != _VIEWER, counts(), or_(_IS_GUEST, ~is_co_owner(_VIEWER)))
        .cte("named")
    )


def _shown_by_events(*mine: ColumnElement[bool]) -> Any:
    """Each grant of the viewer on an event with each session that this shows to them, once."""
    itself: Any = (
        select(Grant.id.label("grant_id"), EventSession.video_session_id.label("session_id"))
        .join(EventSession, EventSession.event_id == Grant.event_id)
        .where(*mine, Grant.event_id.is_not(None))
    )
    by_folder: Any = (
        select(Grant.id, VideoSession.id)
        .join(EventFolder, EventFolder.event_id == Grant.event_id)
        .join(VideoSession, VideoSession.folder_id == EventFolder.folder_id)
        .where(*mine, Grant.event_id.is_not(None))
    )
    shown = union(itself, by_folder).subquery("shown")
    return (
        select(shown.c.grant_id, shown.c.session_id, literal_column(str(_BY_EVENT)))
        .join(Grant, Grant.id == shown.c.grant_id)
        .where(assigned_if_need_be(shown.c.session_id))
    )


def _listing(*, by_words: bool, at_event: bool = False) -> Select[Any]:
    """One row a session, standing as the best of what names the viewer there; then a page of them.

    `at_event`: only what the event shows to them, in its order.
    """
    named, here = _named(), _EVENT if at_event else None
    blind = blind_number(_VIEWER, VideoSession.id, VideoSession.folder_id, at_event=here)
    best = select(
        named,
        func.max(named.c.rank).over(partition_by=named.c.session_id).label("best"),
        func.max(named.c.sits).over(partition_by=named.c.session_id).label("has_sitting"),
    ).cte("best")
    sessions = (
        select(
            best.c.session_id,
            best.c.best,
            func.max(best.c.ends_at, type_=UtcDateTime()).label("until"),
            func.min(best.c.begins_at, type_=UtcDateTime()).label("since"),
            func.max(case((best.c.ends_at.is_(None), 1), else_=0)).label("is_endless"),
            func.max(case((best.c.views_limit.is_(None), 1), else_=0)).label("is_unlimited"),
            func.sum(case((and_(best.c.left > 0, best.c.best != _SITS), best.c.left), else_=0)).label("views_left"),
            func.sum(best.c.views_limit).label("views_limit"),
            func.max(best.c.has_sitting).label("has_sitting"),
            func.max(best.c.near).label("nearest"),
            func.min(best.c.event_id).label("event_id"),  # of several events any one will do, and always the same
        )
        .where(best.c.rank == best.c.best)  # what stands worse says nothing beside what stands better
        .group_by(best.c.session_id, best.c.best)
        .cte("sessions")
    )
    may_watch = sessions.c.best >= _SITS
    standing = case((may_watch, Standing.LIVE.value), else_=sessions.c.best).label("standing")
    opens_later = and_(may_watch, VideoSession.opens_at > AT)
    shelf = case(
        (or_(sessions.c.best == _COMING, opens_later), _ON_COMING),
        (may_watch, _ON_LIVE),
        else_=_ON_OVER,
    )
    # both must have come: its own begin, where it lies ahead, and the session's window
    waits_for_window = and_(
        VideoSession.opens_at > AT, or_(may_watch, sessions.c.since.is_(None), VideoSession.opens_at > sessions.c.since)
    )
    since = case((waits_for_window, VideoSession.opens_at), else_=sessions.c.since).label("begins")
    closed = and_(VideoSession.closes_at.is_not(None), VideoSession.closes_at <= AT)
    shown = and_(
        VideoSession.state == VideoState.READY,
        VideoSession.is_published,
        VideoSession.binned_at.is_(None),
        ~closed,
        or_(_OWNER.is_(None), VideoSession.owner_id == _OWNER),
    )
    query = (
        select(sessions, standing, since, shelf.label("shelf"), VideoSession.owner_id)
        .join(VideoSession, VideoSession.id == sessions.c.session_id)
        .where(shown)
    )
    if at_event:
        query = query.where(sessions.c.session_id.in_(select(named.c.session_id).where(named.c.event_id == _EVENT)))
    found = (_narrowed(query, sessions.c.session_id) if by_words else query).cte("found")
    in_order = (
        *([found.c.words_in] if by_words else []),
        case((found.c.shelf == _ON_COMING, found.c.begins)),
        case((found.c.shelf == _ON_LIVE, found.c.is_endless)),
        case((and_(found.c.shelf == _ON_LIVE, found.c.is_endless == 0), found.c.until)),
        case((found.c.shelf == _ON_OVER, found.c.is_endless)).desc(),
        case((found.c.shelf == _ON_OVER, found.c.until)).desc(),
        found.c.session_id,
    )
    of_shelf: dict[str, Any] = {"partition_by": found.c.shelf}
    numbered = select(
        found,
        func.row_number().over(order_by=in_order, **of_shelf).label("place"),
        func.count().over(**of_shelf).label("of_this_kind"),
        # how many different people: the rank from the one side plus the rank from the other, less one
        (
            func.dense_rank().over(order_by=found.c.owner_id, **of_shelf)
            + func.dense_rank().over(order_by=found.c.owner_id.desc(), **of_shelf)
            - 1
        ).label("people"),
    ).cte("numbered")
    on_this_page = or_(
        and_(numbered.c.shelf == _ON_LIVE, numbered.c.place.between(bindparam("first"), bindparam("last"))),
        and_(numbered.c.shelf != _ON_LIVE, numbered.c.place <= bindparam("others_shown")),
    )
    # only those that are shown are dressed with titles, people and pictures
    return (
        select(
            VideoSession.key,
            VideoSession.title,
            VideoSession.presenter,
            VideoSession.recorded_on,
            VideoSession.length_seconds,
            has_poster.label("has_poster"),
            has_own_picture.label("has_own_picture"),
            blind.label("blind_number"),
            numbered.c.shelf,
            numbered.c.standing,
            numbered.c.begins.label("since"),
            numbered.c.until,
            numbered.c.is_endless,
            numbered.c.is_unlimited,
            numbered.c.views_left,
            numbered.c.views_limit,
            numbered.c.has_sitting,
            numbered.c.nearest,
            numbered.c.of_this_kind,
            numbered.c.people,
            WatchRecord.position_seconds,
            WatchRecord.watched_seconds,
            WatchRecord.watched,
            WatchRecord.watched_at,
            Folder.title.label("folder"),
            Event.title.label("event"),
            Event.key.label("event_key"),
            User.key.label("owner_key"),
            User.name.label("owner_name"),
            User.address.label("owner_address"),
            User.department,
        )
        .join(VideoSession, VideoSession.id == numbered.c.session_id)
        .join(User, User.id == VideoSession.owner_id)
        .outerjoin(Folder, Folder.id == VideoSession.folder_id)
        .outerjoin(Event, Event.id == numbered.c.event_id)
        .outerjoin(WatchRecord, and_(WatchRecord.video_session_id == VideoSession.id, WatchRecord.user_id == _VIEWER))
        .where(on_this_page)
        .order_by(*([numbered.c.session_id] if at_event else [numbered.c.shelf.desc(), numbered.c.place]))
    )


def _narrowed(query: Select[Any], session_id: ColumnElement[int]) -> Select[Any]:
    """Of these sessions the ones that hold the words, with where they do.

    What is blind for the viewer is found by what is said in it alone: else a name would find its entry.
    """
    holds = Holds(SearchDocument.video_session_id, SearchDocument.words, bindparam("words", type_=Sought()))
    narrowed = query.join(SearchDocument, SearchDocument.video_session_id == session_id).where(holds)
    narrowed = narrowed.where(or_(_BLIND.is_(None), _is_said()))
    return narrowed.add_columns(case((_BLIND.is_(None), _words_in()), else_=2).label("words_in"))


def _is_said() -> ColumnElement[bool]:
    """Whether each of the words is said in the session in the query."""
    return and_(
        *(
            exists()
            .where(SearchPassage.video_session_id == VideoSession.id, SearchPassage.words.like(pattern))
            .correlate(VideoSession)
            for pattern in _word_patterns()
        )
    )


def _words_in() -> ColumnElement[int]:
    """Where all the words stand: 0 in the title, 1 in what is told about it, 2 elsewhere or apart."""
    patterns = _word_patterns()
    in_title = and_(*(SearchDocument.title.like(pattern) for pattern in patterns))
    in_about = and_(*(SearchDocument.about.like(pattern) for pattern in patterns))
    return case((in_title, 0), (in_about, 1), else_=2)


def _word_patterns() -> list[Any]:
    return [bindparam(name, type_=String()) for name in _patterns(())]


def _patterns(words: Sequence[str]) -> dict[str, str]:
    """One for each word there may be: what is not needed fits everything."""
    return {f"word_{number}": f"% {words[number]}%" if number < len(words) else "%" for number in range(MOST_SOUGHT)}


_listed, _listed_by_words = Columns(_listing(by_words=False)), Columns(_listing(by_words=True))
_listed_at_event = Columns(_listing(by_words=False, at_event=True))
