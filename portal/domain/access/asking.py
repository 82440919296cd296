"""Gathers the facts for one viewer and one session, and decides. Three queries at most, each by an index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, and_, bindparam, exists, func, or_, select

from portal.basics.errors import NotFound
from portal.domain.access.deciding import UNKNOWN, Decision, Facts, Held, WhyNot, judge, own_right
from portal.domain.access.faces import Face, blind_number, has_own_picture
from portal.domain.access.mirrors import unlocked_in
from portal.domain.access.shown import names_by_event, shown_by_folder_since, shown_itself_since
from portal.domain.looking_after import is_co_owner
from portal.storage.db import UtcDateTime, db
from portal.storage.models import (
    Event,
    Folder,
    Grant,
    MediaFile,
    MediaKind,
    SignIn,
    Stream,
    User,
    VideoSession,
    ViewBudget,
    Viewing,
    WatchRecord,
)
from portal.storage.prepared import Objects


@dataclass(frozen=True)
class Found:
    """A session whose page this person may see, with whom it is from and what its page needs.

    `face` is what may be told of it to them: pages for guests say that, never what the session itself says. `record` is
    what they have seen of it; `stream` the newest player of this browser that was not ended.
    """

    video_session: VideoSession
    owner: User
    folder: Folder | None
    has_poster: bool
    decision: Decision
    face: Face
    record: WatchRecord | None = None
    stream: Stream | None = None

    @property
    def event(self) -> Event | None:
        """The event whose grant decided, if it was one."""
        return self.decision.held.event if self.decision.held else None


def decide(viewer: User, video_session: VideoSession, *, at: datetime, sign_in: SignIn | None = None) -> Decision:
    """The decision for a session that is at hand. Three queries at most, none where nobody may: accounts that are not
    live, and what is in the bin.

    `sign_in` is the browser that asks: the video's password counts for that one alone; without, it was not given.
    """
    if not viewer.is_live(at) or video_session.binned_at is not None:
        return judge(Facts(viewer, video_session), at)
    values = {"session_id": video_session.id, "viewer_id": viewer.id, "sign_in_id": sign_in.id if sign_in else None}
    beside = db.session.execute(_beside, values).one_or_none()
    if beside is None:  # deleted, or put in the bin, since it was read
        return UNKNOWN
    return _judged(viewer, video_session, bool(beside[0]), bool(beside[1]), at)


def find(viewer: User, key: str, *, at: datetime, sign_in: SignIn | None = None) -> Found:
    """The session of this key with its decision, in two queries at most.

    Raises `NotFound` for what is missing and for what is unknown to the viewer alike, after the same queries. Where the
    answer is `WhyNot.PASSWORD`, the page must tell nothing of what is found here.
    """
    values = {"key": key, "viewer_id": viewer.id, "sign_in_id": sign_in.id if sign_in else None, "at": at}
    rows = _with_page.all(values)
    if not rows:
        _held_by(viewer, 0, None)  # what does not exist takes as long as what is not yours
        raise NotFound(key)
    with_poster, own_picture, looks_after, has_unlocked, number, video_session, owner, folder, record, stream, _ = rows[
        0
    ]
    if not viewer.is_live(at):
        raise NotFound(key)
    sittings = [row[-1] for row in rows if row[-1] is not None]
    decision = _judged(viewer, video_session, bool(looks_after), bool(has_unlocked), at, sittings)
    if decision.why is WhyNot.UNKNOWN:
        raise NotFound(key)
    face = Face.of(video_session, None if decision.is_by_office else number)
    shows_poster = bool(with_poster) and not (face.is_blind and own_picture)
    return Found(video_session, owner, folder, shows_poster, decision, face, record, stream)


def _judged(
    viewer: User,
    video_session: VideoSession,
    looks_after: bool,
    has_unlocked: bool,
    at: datetime,
    sittings: Sequence[Viewing] | None = None,
) -> Decision:
    """The decision. `sittings` are the open ones of this viewer, None: not looked for yet."""
    by_office = own_right(viewer, video_session, is_co_owner=looks_after)
    held = [] if by_office else _held_by(viewer, video_session.id, video_session.folder_id)
    may_have_sat = by_office or held or has_unlocked
    if sittings is None:
        sittings = open_sittings(viewer, video_session, at) if may_have_sat else ()
    facts = Facts(
        viewer=viewer,
        video_session=video_session,
        is_co_owner=looks_after,
        has_unlocked=has_unlocked,
        held=held,
        sittings=sittings if may_have_sat else (),
    )
    return judge(facts, at)


def _held_by(viewer: User, video_session_id: int, folder_id: int | None) -> list[Held]:
    values = {"viewer_id": viewer.id, "session_id": video_session_id, "folder_id": folder_id}
    return [
        Held(grant, taken or 0, shown_since(grant, at_event, on_its_folder, in_folder), event)
        for grant, event, taken, at_event, on_its_folder, in_folder in db.session.execute(_held, values)
    ]


def shown_since(
    grant: Grant, at_event: datetime | None, on_its_folder: datetime | None, in_folder: datetime | None
) -> datetime | None:
    """Since when the event of this grant shows a session: by itself, or by a folder that it lies on."""
    if grant.event_id is None:
        return None
    by_folder = max(on_its_folder, in_folder) if on_its_folder and in_folder else None
    return min((since for since in (at_event, by_folder) if since), default=None)


def open_sittings(viewer: User, video_session: VideoSession, at: datetime) -> Sequence[Viewing]:
    """Their sittings at this session, open and not given back, the newest first, whatever right they rest on."""
    values = {"viewer_id": viewer.id, "session_id": video_session.id, "at": at}
    return db.session.scalars(_sittings, values).all()


# Statements are built once: building them takes longer than running them.

_VIEWER: Any = bindparam("viewer_id", type_=BigInteger())
_SIGN_IN: Any = bindparam("sign_in_id", type_=BigInteger())
_SESSION: Any = bindparam("session_id", type_=BigInteger())
_FOLDER: Any = bindparam("folder_id", type_=BigInteger())

has_poster = exists().where(MediaFile.video_session_id == VideoSession.id, MediaFile.kind == MediaKind.POSTER)
_is_co_owner, _has_unlocked = is_co_owner(_VIEWER), unlocked_in(_SIGN_IN)

_there = and_(VideoSession.id == _SESSION, VideoSession.binned_at.is_(None))
_beside = select(_is_co_owner, _has_unlocked).select_from(VideoSession).where(_there)

_here = (
    select(func.max(Stream.id))
    .join(Viewing, Viewing.id == Stream.viewing_id)
    .where(Viewing.user_id == _VIEWER, Viewing.video_session_id == VideoSession.id)
    .where(Stream.sign_in_id == _SIGN_IN, Stream.ended_at.is_(None))
    .correlate(VideoSession)
    .scalar_subquery()
)

_open = and_(Viewing.ends_at > bindparam("at", type_=UtcDateTime()), Viewing.given_back_at.is_(None))

# a row for each open sitting, the newest first
_with_page = Objects(
    select(has_poster, has_own_picture, _is_co_owner, _has_unlocked)
    .add_columns(blind_number(_VIEWER, VideoSession.id, VideoSession.folder_id))
    .select_from(VideoSession)
    .join(User, User.id == VideoSession.owner_id)
    .outerjoin(Folder, Folder.id == VideoSession.folder_id)
    .outerjoin(WatchRecord, and_(WatchRecord.video_session_id == VideoSession.id, WatchRecord.user_id == _VIEWER))
    .outerjoin(Stream, Stream.id == _here)
    .outerjoin(Viewing, and_(Viewing.user_id == _VIEWER, Viewing.video_session_id == VideoSession.id, _open))
    .where(VideoSession.key == bindparam("key"), VideoSession.binned_at.is_(None))
    .order_by(Viewing.id.desc()),
    VideoSession,
    User,
    Folder,
    WatchRecord,
    Stream,
    Viewing,
)

_held = (
    select(
        Grant,
        Event,
        ViewBudget.taken,
        shown_itself_since(_SESSION),
        shown_by_folder_since(_FOLDER),
        select(VideoSession.in_folder_since).where(VideoSession.id == _SESSION).scalar_subquery(),
    )
    .select_from(Grant)
    .outerjoin(Event, Event.id == Grant.event_id)
    .outerjoin(ViewBudget, and_(ViewBudget.grant_id == Grant.id, ViewBudget.video_session_id == _SESSION))
    # the guest is said each time, so that each way goes by its own index and never through all whom a folder names
    .where(
        or_(
            and_(Grant.guest_id == _VIEWER, Grant.video_session_id == _SESSION),
            and_(Grant.guest_id == _VIEWER, Grant.folder_id == _FOLDER),
            and_(Grant.guest_id == _VIEWER, names_by_event(_SESSION, _FOLDER)),
        ),
        Grant.revoked_at.is_(None),
    )
    .order_by(Grant.id)
    .execution_options(populate_existing=True)
)

_sittings = (
    select(Viewing)
    .where(Viewing.user_id == _VIEWER, Viewing.video_session_id == _SESSION, _open)
    .order_by(Viewing.id.desc())
    .execution_options(populate_existing=True)
)
