"""Who may watch what: one decision, and the query that mirrors it (product.md, Who may watch).

Pages, media bytes, posters and listings all ask here; nothing else decides. Access is worked out from grants and
folders at the moment it is asked for, never copied.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from portal.basics.errors import NotFound
from portal.basics.roles import Role
from portal.storage.db import UtcDateTime, db
from portal.storage.models import Folder, Grant, MediaFile, MediaKind, User, VideoSession, VideoState

CARDS_A_PAGE = 48
ENDED_SHOWN = 24


class Right(StrEnum):
    """By what somebody may watch."""

    OWNER = "owner"
    ADMIN = "admin"
    GRANT = "grant"

    @property
    def is_counted(self) -> bool:
        """Whether watching by it counts as somebody's view: looking at one's own recording does not."""
        return self is Right.GRANT


class WhyNot(StrEnum):
    """Why somebody may not watch."""

    UNKNOWN = "unknown"  # to this person there is no such session: answered with the 404 of a missing one
    NOT_READY = "not-ready"
    ENDED = "ended"


@dataclass(frozen=True)
class Decision:
    """May this person play this session at this moment, by what, and why not.

    `right` is how the person comes to see its page; while the session is not ready they see it and cannot play. `grant`
    is what allows (of several live ones the one that ends last), or the one that ended last.
    """

    allowed: bool
    right: Right | None = None
    grant: Grant | None = None
    why: WhyNot | None = None


UNKNOWN = Decision(allowed=False, why=WhyNot.UNKNOWN)


@dataclass(frozen=True)
class Found:
    """A session whose page this person may see, with whom it is from and what its page needs."""

    video_session: VideoSession
    owner: User
    folder: Folder | None
    has_poster: bool
    decision: Decision


@dataclass(frozen=True)
class Shared:
    """One session that names somebody, as a list shows it.

    `until` None: no end. `folder`: the shelf they are named on, None when named on the session itself.
    """

    key: str
    title: str
    length_seconds: float | None
    has_poster: bool
    until: datetime | None
    folder: str | None
    owner_key: str
    owner_name: str
    department: str


@dataclass(frozen=True)
class Listing:
    """What is shared with somebody. `live` and `ended` are one page of it each, the counts are of all."""

    live: list[Shared]
    ended: list[Shared]
    live_count: int
    ended_count: int
    people_count: int
    page: int
    has_more: bool


def decide(viewer: User, video_session: VideoSession, *, at: datetime) -> Decision:
    """The decision, in the order of product.md, "Who may watch". One query at most."""
    if not viewer.is_live(at):
        return UNKNOWN
    right = _own_right(viewer, video_session)
    ready = video_session.state is VideoState.READY
    if right:
        return Decision(allowed=ready, right=right, why=None if ready else WhyNot.NOT_READY)
    naming = _grants_naming(viewer, video_session.id, video_session.folder_id)
    live = [grant for grant in naming if grant.is_live(at)]
    if live:
        grant = max(live, key=_lasts)
        return Decision(allowed=ready, right=Right.GRANT, grant=grant, why=None if ready else WhyNot.NOT_READY)
    ended = [grant for grant in naming if could_once_watch(grant, video_session)]
    if ended:
        return Decision(allowed=False, grant=max(ended, key=_lasts), why=WhyNot.ENDED)
    return UNKNOWN


def could_once_watch(grant: Grant, video_session: VideoSession) -> bool:
    """Whether the session was ready, and on the shelf that was shared, before this grant ended.

    One that came onto a shelf afterwards was never shared with those who were named there before, and stays unknown.
    """
    begins = (
        [video_session.ready_at] if grant.folder_id is None else [video_session.ready_at, video_session.in_folder_since]
    )
    return grant.ends_at is not None and all(begin is not None and begin < grant.ends_at for begin in begins)


def find(viewer: User, key: str, *, at: datetime) -> Found:
    """The session of this key with its decision, in two queries.

    Raises `NotFound` for what is missing and for what is unknown to the viewer alike.
    """
    row = db.session.execute(_with_page, {"key": key}).one_or_none()
    if row is None:
        _grants_naming(viewer, 0, None)  # what does not exist takes as long as what is not yours
        raise NotFound(key)
    decision = decide(viewer, row[0], at=at)
    if decision.why is WhyNot.UNKNOWN:
        raise NotFound(key)
    return Found(row[0], row[1], row[2], bool(row[3]), decision)


def listed_for(viewer: User, *, at: datetime, page: int = 1, owner: User | None = None) -> Listing:
    """What names this viewer, in one query: soonest end first, and beside it what has ended, newest end first.

    `live` holds just the sessions for which `decide` says allowed by a grant. Pages count from 1. With `owner`, only
    what that person shares.
    """
    if viewer.is_admin or not viewer.is_live(at):
        return Listing([], [], 0, 0, 0, page, has_more=False)
    first = (page - 1) * CARDS_A_PAGE + 1
    values = {
        "viewer_id": viewer.id,
        "at": at,
        "owner_id": owner.id if owner else None,
        "first": first,
        "last": first + CARDS_A_PAGE - 1,
        "ended_shown": ENDED_SHOWN,
    }
    rows = db.session.execute(_listed, values).all()
    live, ended = [row for row in rows if row.is_live], [row for row in rows if not row.is_live]
    live_count = live[0].of_this_kind if live else 0
    return Listing(
        live=[_shared(row) for row in live],
        ended=[_shared(row) for row in ended],
        live_count=live_count,
        ended_count=ended[0].of_this_kind if ended else 0,
        people_count=live[0].people if live else 0,
        page=page,
        has_more=live_count > first + CARDS_A_PAGE - 1,
    )


def contact_of(viewer: User) -> User | None:
    """Who answers for a guest; None for staff."""
    return db.session.get(User, viewer.sponsor_id) if viewer.sponsor_id else None


def poster_of(viewer: User, key: str, *, at: datetime) -> MediaFile | None:
    """The poster of a session this viewer may watch; of any other, none."""
    return db.session.scalars(_poster, {"key": key, "user_id": viewer.id, "at": at}).one_or_none()


def right_holds(at: ColumnElement[datetime]) -> ColumnElement[bool]:
    """The same rule as `decide`, for queries over `User` and `VideoSession`: whether the one may play the other then.

    That the account is live and the session ready is for the query to ask beside it.
    """
    mine = (Grant.guest_id == User.id, _live(at))
    return or_(
        User.role == Role.ADMIN,
        VideoSession.owner_id == User.id,
        exists().where(*mine, Grant.video_session_id == VideoSession.id).correlate(User, VideoSession),
        exists().where(*mine, Grant.folder_id == VideoSession.folder_id).correlate(User, VideoSession),
    )


def _own_right(viewer: User, video_session: VideoSession) -> Right | None:
    if video_session.owner_id == viewer.id:
        return Right.OWNER
    return Right.ADMIN if viewer.is_admin else None


def _lasts(grant: Grant) -> tuple[bool, float, int]:
    """Sorts by how long grants last, endless ones last; of equals, the one on the session itself after its folder's."""
    return grant.ends_at is None, grant.ends_at.timestamp() if grant.ends_at else 0.0, grant.folder_id is None


def _grants_naming(viewer: User, video_session_id: int, folder_id: int | None) -> list[Grant]:
    on = Grant.video_session_id == video_session_id
    if folder_id is not None:
        on = or_(on, Grant.folder_id == folder_id)
    query = select(Grant).where(Grant.guest_id == viewer.id, Grant.revoked_at.is_(None), on).order_by(Grant.id)
    return list(db.session.scalars(query))


def _shared(row: Any) -> Shared:
    return Shared(
        key=row.key,
        title=row.title,
        length_seconds=row.length_seconds,
        has_poster=bool(row.has_poster),
        until=None if row.is_endless else row.until,
        folder=None if row.is_direct else row.folder,
        owner_key=row.owner_key,
        owner_name=row.owner_name or row.owner_address,
        department=row.department,
    )


# Statements are built once: building them takes longer than running them.

_AT = bindparam("at", type_=UtcDateTime())
_OWNER_ID = bindparam("owner_id", type_=BigInteger())


def _live(at: ColumnElement[datetime]) -> ColumnElement[bool]:
    return Grant.live_at(at)  # type: ignore[arg-type]


_has_poster = exists().where(MediaFile.video_session_id == VideoSession.id, MediaFile.kind == MediaKind.POSTER)

_with_page = (
    select(VideoSession, User, Folder, _has_poster)
    .join(User, User.id == VideoSession.owner_id)
    .outerjoin(Folder, Folder.id == VideoSession.folder_id)
    .where(VideoSession.key == bindparam("key"))
)

_poster = (
    select(MediaFile)
    .join(VideoSession, VideoSession.id == MediaFile.video_session_id)
    .join(User, User.id == bindparam("user_id"))
    .where(VideoSession.key == bindparam("key"), MediaFile.kind == MediaKind.POSTER)
    .where(or_(VideoSession.state == VideoState.READY, VideoSession.owner_id == User.id, User.role == Role.ADMIN))
    .where(User.live_at(_AT), right_holds(_AT))  # type: ignore[arg-type]
)


def _listing() -> Select[Any]:
    """Grants of the viewer, each with the session it names; one row a session; then a page of them."""
    mine = (Grant.guest_id == bindparam("viewer_id"), Grant.revoked_at.is_(None))
    facts = (Grant.ends_at, case((_live(_AT), 1), else_=0).label("is_live"))
    directly = select(Grant.video_session_id.label("session_id"), *facts, literal_column("1").label("is_direct"))
    by_folder = select(VideoSession.id, *facts, literal_column("0").label("is_direct")).join(
        VideoSession, VideoSession.folder_id == Grant.folder_id
    )
    named = union_all(
        directly.where(*mine, Grant.video_session_id.is_not(None)),
        # said although the join implies it: PostgreSQL then starts from the few grants, not from all sessions
        by_folder.where(*mine, Grant.folder_id.is_not(None), VideoSession.folder_id.is_not(None)).where(
            # what came onto the shelf after a grant had ended was never shared by it
            or_(_live(_AT), VideoSession.in_folder_since < Grant.ends_at)
        ),
    ).cte("named")
    live_ones = case((named.c.is_live == 1, named.c.is_direct), else_=0)
    sessions = (
        select(
            named.c.session_id,
            func.max(named.c.is_live).label("is_live"),
            func.max(named.c.ends_at, type_=UtcDateTime()).label("until"),
            func.max(case((named.c.ends_at.is_(None), 1), else_=0)).label("is_endless"),
            # that one is named on the session itself is said only while that grant is live, or when all have ended
            case((func.max(named.c.is_live) == 1, func.max(live_ones)), else_=func.max(named.c.is_direct)).label(
                "is_direct"
            ),
        )
        .group_by(named.c.session_id)
        .cte("sessions")
    )
    kind = sessions.c.is_live
    in_order = (
        sessions.c.is_endless,
        case((and_(sessions.c.is_live == 1, sessions.c.is_endless == 0), sessions.c.until)),
        case((sessions.c.is_live == 0, sessions.c.until)).desc(),
        VideoSession.id,
    )
    watchable = and_(
        VideoSession.state == VideoState.READY,
        VideoSession.owner_id != bindparam("viewer_id"),
        or_(_OWNER_ID.is_(None), VideoSession.owner_id == _OWNER_ID),
        or_(sessions.c.is_live == 1, VideoSession.ready_at < sessions.c.until),
    )
    numbered = (
        select(
            VideoSession.key,
            VideoSession.title,
            VideoSession.length_seconds,
            _has_poster.label("has_poster"),
            sessions.c.is_live,
            sessions.c.is_direct,
            sessions.c.is_endless,
            sessions.c.until,
            Folder.title.label("folder"),
            User.key.label("owner_key"),
            User.name.label("owner_name"),
            User.address.label("owner_address"),
            User.department,
            func.row_number().over(partition_by=kind, order_by=in_order).label("place"),
            func.count().over(partition_by=kind).label("of_this_kind"),
            # how many different people: the rank from the one side plus the rank from the other, less one
            (
                func.dense_rank().over(partition_by=kind, order_by=User.id)
                + func.dense_rank().over(partition_by=kind, order_by=User.id.desc())
                - 1
            ).label("people"),
        )
        .join(VideoSession, VideoSession.id == sessions.c.session_id)
        .join(User, User.id == VideoSession.owner_id)
        .outerjoin(Folder, Folder.id == VideoSession.folder_id)
        .where(watchable)
        .subquery("numbered")
    )
    on_this_page = or_(
        and_(numbered.c.is_live == 1, numbered.c.place.between(bindparam("first"), bindparam("last"))),
        and_(numbered.c.is_live == 0, numbered.c.place <= bindparam("ended_shown")),
    )
    return select(numbered).where(on_this_page).order_by(numbered.c.is_live.desc(), numbered.c.place)


_listed = _listing()
