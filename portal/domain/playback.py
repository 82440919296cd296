"""Watching: sittings begun by pressing play, and the right to every byte (product.md, Viewings; Who may watch)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import Select, and_, bindparam, select, update

from portal.basics import tokens
from portal.basics.errors import NotFound
from portal.domain import access, audit
from portal.domain.access import Decision, Face, Right, WhyNot, blind_number, title_or_entry
from portal.domain.audit import AuditKind
from portal.domain.media_rights import MediaToSend, may_fetch, note_delivery
from portal.domain.viewing_budget import give_back_view, take_view
from portal.storage.db import UtcDateTime, db
from portal.storage.models import (
    Event,
    Folder,
    Grant,
    SignIn,
    Stream,
    User,
    VideoSession,
    Viewing,
    WatchRecord,
)

__all__ = [
    "Elsewhere",
    "MediaToSend",
    "Refusal",
    "Standing",
    "Stop",
    "give_back_failed_starts",
    "may_fetch",
    "note_delivery",
    "playing_elsewhere",
    "playing_here",
    "sitting_length",
    "standing",
    "start",
]

SHORTEST_SITTING = timedelta(hours=4)
STREAM_LIVES = timedelta(seconds=60)
"""How long a player that says nothing counts as playing still."""
START_MAY_TAKE = timedelta(minutes=10)
"""After this long without a byte a start is taken for one that failed, and its view is given back."""
_MOST_GIVEN_BACK = 200


@dataclass(frozen=True)
class Refusal:
    """Play was pressed and the answer is no; a value, so that its audit entry is kept."""

    why: WhyNot


@dataclass(frozen=True)
class Elsewhere:
    """Play was pressed while the same guest watches on another device: they are asked whether to move here.

    `key` and `title` (or the entry's number) are of what they watch there, `position_seconds` where it stood when that
    was last said.
    """

    device: str
    title: str
    key: str
    position_seconds: float
    seen_at: datetime


class Stop(StrEnum):
    """Why a picture has stopped."""

    SITTING_OVER = "sitting-over"  # pressing play again goes on, and takes a view where there is a limit
    MOVED = "moved"  # they go on on another device
    ENDED = "ended"
    REVOKED = "revoked"
    NOT_OPEN = "not-open"  # being prepared anew, unpublished, or outside its own window
    USED_UP = "used-up"
    PASSWORD = "password"  # noqa: S105 - its password was changed
    REPLACED = "replaced"  # another version plays now; loading the page again goes on
    SIGNED_OUT = "signed-out"  # the browser is signed in anew since; pressing play again goes on


@dataclass(frozen=True)
class Standing:
    """How a player stands: `stop` None while it may go on. `since` is when it stopped, where that is known.

    `face` is what may be told of the session; `why` is what the decision says of it now. `moved_to` says where the
    guest went on: None: in this very browser.
    """

    stop: Stop | None
    by: User  # whom the recording is from
    video_session: VideoSession
    face: Face
    since: datetime | None = None
    why: WhyNot | None = None
    moved_to: str | None = None


def sitting_length(video_session: VideoSession) -> timedelta:
    """Twice the length, at least four hours (product.md, Viewings)."""
    return max(timedelta(seconds=2 * (video_session.length_seconds or 0)), SHORTEST_SITTING)


def start(
    viewer: User, key: str, *, sign_in: SignIn, at: datetime, move_here: bool = False
) -> Stream | Refusal | Elsewhere:
    """Press play: take a view, or go on with the sitting that is open; either way the picture plays here from now on.

    A guest who watches on another device is asked first (`Elsewhere`) unless `move_here`; then nothing is taken yet.
    Both a yes and a no leave their audit entry. A key of nothing is refused as unknown, with an entry too, so that it
    takes no other time than what is not yours.
    """
    video_session = db.session.scalars(select(VideoSession).where(VideoSession.key == key)).one_or_none()
    _one_at_a_time(viewer)
    if video_session is None:
        return _refused(viewer, None, WhyNot.UNKNOWN, at)
    db.session.refresh(video_session)
    decision = access.decide(viewer, video_session, at=at, sign_in=sign_in)
    if decision.allowed:
        elsewhere = playing_elsewhere(viewer, sign_in, at=at)
        if elsewhere and not move_here:
            return elsewhere
        viewing = decision.sitting or _take(viewer, video_session, decision, at)
        if viewing is not None:
            if elsewhere:
                _note_moving(viewer, video_session, elsewhere, sign_in, at)
            return _stream(viewer, viewing, sign_in, at)
    return _refused(viewer, video_session, decision.why or WhyNot.USED_UP, at)


def playing_here(viewing: Viewing, sign_in: SignIn) -> Stream | None:
    """The player that this browser may go on with, in this sitting; None where play must be pressed here first."""
    query = (
        select(Stream)
        .where(Stream.viewing_id == viewing.id, Stream.sign_in_id == sign_in.id, Stream.ended_at.is_(None))
        .order_by(Stream.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


def standing(viewer: User, stream_key: str, *, sign_in: SignIn, at: datetime, version: int | None = None) -> Standing:
    """Why the picture stopped in a player of this person's, that plays this version (None: it does not say).

    Raises `NotFound` for whoever never had it.
    """
    row = db.session.execute(
        select(Stream, Viewing, VideoSession, User)
        .add_columns(blind_number(viewer.id, VideoSession.id, VideoSession.folder_id))
        .add_columns(blind_number(viewer.id, VideoSession.id, VideoSession.folder_id, ever=True))
        .join(Viewing, Viewing.id == Stream.viewing_id)
        .join(VideoSession, VideoSession.id == Viewing.video_session_id)
        .join(User, User.id == VideoSession.owner_id)
        .where(Stream.key == stream_key, Stream.user_id == viewer.id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound(stream_key)
    stream, viewing, video_session, owner, number, number_ever = row
    decision = access.decide(viewer, video_session, at=at, sign_in=sign_in)
    if number is None and not decision.allowed:
        number = number_ever  # being taken off a blind event is no way to learn what its entries are
    face = Face.of(video_session, None if decision.is_by_office else number)
    told = partial(Standing, by=owner, video_session=video_session, face=face, why=decision.why)
    goes_on = decision.sitting is not None and decision.sitting.id == viewing.id and stream.ended_at is None
    if goes_on and stream.sign_in_id != sign_in.id:
        return told(Stop.SIGNED_OUT)
    if goes_on:
        return told(None if version in (None, video_session.media_version) else Stop.REPLACED)
    if stream.ended_at is not None and decision.allowed:
        return told(Stop.MOVED, since=stream.ended_at, moved_to=_moved_to(stream, sign_in))
    stop, since = _stopped(viewing, decision, at)
    return told(stop, since=since)


def give_back_failed_starts(*, at: datetime) -> int:
    """Give back the views of sittings in which no byte was delivered for ten minutes; returns how many.

    The sitting is over then: a byte and the giving back exclude each other, whichever comes first.
    """
    query = (
        select(Viewing)
        .where(Viewing.delivered_at.is_(None), Viewing.given_back_at.is_(None))
        .where(Viewing.created_at < at - START_MAY_TAKE)
        .order_by(Viewing.created_at)
        .limit(_MOST_GIVEN_BACK)
    )
    return sum(_give_back(viewing, at) for viewing in db.session.scalars(query).all())


def _take(viewer: User, video_session: VideoSession, decision: Decision, at: datetime) -> Viewing | None:
    """A new sitting, for a view of the first live grant that has one left; None when none has, after all."""
    assert decision.right is not None
    grant = None
    if decision.right is Right.GRANT:
        grant = next((held.grant for held in decision.live if take_view(held.grant, video_session)), None)
        if grant is None:
            return None
    viewing = Viewing(
        key=tokens.new_key(),
        user_id=viewer.id,
        video_session_id=video_session.id,
        grant_id=grant.id if grant else None,
        right=decision.right.value,
        created_at=at,
        ends_at=at + sitting_length(video_session),
    )
    db.session.add(viewing)
    db.session.flush()
    audit.record(
        AuditKind.VIEWING_STARTED,
        at=at,
        actor=viewer,
        subject=video_session,
        right=viewing.right,
        title=video_session.title,
        **_by_what(grant, video_session),
    )
    return viewing


def _by_what(grant: Grant | None, video_session: VideoSession) -> dict[str, Any]:
    """Who named them and on what, and whether a video password was passed by: for the trail."""
    if grant is None:
        return {"by": None, "folder": None, "event": None, "password_passed_by": False}
    giver = db.session.get(User, grant.granted_by_id)
    folder = db.session.get(Folder, grant.folder_id) if grant.folder_id else None
    event = db.session.get(Event, grant.event_id) if grant.event_id else None
    return {
        "by": giver.display_name if giver else None,
        "folder": folder.title if folder else None,
        "event": event.title if event else None,
        "password_passed_by": video_session.password_hash is not None,
    }


def _stream(viewer: User, viewing: Viewing, sign_in: SignIn, at: datetime) -> Stream:
    """The player here; those of a guest in other places end, and of everyone the older ones in this browser."""
    here = playing_here(viewing, sign_in)
    others = update(Stream).where(Stream.user_id == viewer.id, Stream.ended_at.is_(None))
    if not viewer.is_guest:
        others = others.where(Stream.sign_in_id == sign_in.id, Stream.viewing_id == viewing.id)
    if here is not None:
        others = others.where(Stream.id != here.id)
    db.session.execute(others.values(ended_at=at).execution_options(synchronize_session=False))
    if here is not None:
        here.seen_at = at
        return here
    stream = Stream(
        key=tokens.new_key(),
        user_id=viewer.id,
        viewing_id=viewing.id,
        sign_in_id=sign_in.id,
        trace_code=tokens.new_trace_code(),
        device=sign_in.device,
        network=sign_in.network,
        created_at=at,
        seen_at=at,
    )
    db.session.add(stream)
    db.session.flush()
    return stream


def playing_elsewhere(viewer: User, sign_in: SignIn, *, at: datetime) -> Elsewhere | None:
    """Where a guest is watching just now, when that is not this browser. Staff may watch in several places."""
    if not viewer.is_guest:
        return None
    row = db.session.execute(_other_streams, {"user_id": viewer.id, "sign_in_id": sign_in.id, "at": at}).first()
    if row is None or at - row.seen_at >= STREAM_LIVES:
        return None
    return Elsewhere(
        row.device, title_or_entry(row.title, row.number), row.key, row.position_seconds or 0.0, row.seen_at
    )


def _note_moving(
    viewer: User, video_session: VideoSession, elsewhere: Elsewhere, sign_in: SignIn, at: datetime
) -> None:
    audit.record(
        AuditKind.STREAM_MOVED,
        at=at,
        actor=viewer,
        subject=video_session,
        from_device=elsewhere.device,
        to_device=sign_in.device,
    )


def _moved_to(stream: Stream, sign_in: SignIn) -> str | None:
    """The device of the newest player of the same person, unless that is this browser."""
    newest = select(Stream).where(Stream.user_id == stream.user_id).order_by(Stream.id.desc()).limit(1)
    there = db.session.scalars(newest).one()
    return None if there.sign_in_id == sign_in.id else there.device


def _stopped(viewing: Viewing, decision: Decision, at: datetime) -> tuple[Stop, datetime | None]:
    """Why a sitting does not go on, and since when, where that is known."""
    if decision.allowed:  # by a sitting of another right, or by one that is still to be begun
        over = viewing.ends_at <= at or viewing.given_back_at is not None
        return Stop.SITTING_OVER, (viewing.given_back_at or viewing.ends_at) if over else None
    match decision.why:
        case WhyNot.ENDED if decision.grant:
            return Stop.ENDED, decision.grant.ends_at
        case WhyNot.USED_UP if viewing.ends_at <= at:
            return Stop.USED_UP, viewing.ends_at
        case WhyNot.NOT_READY | WhyNot.UNPUBLISHED | WhyNot.NOT_OPEN | WhyNot.CLOSED | WhyNot.NOT_BEGUN:
            return Stop.NOT_OPEN, None
        case WhyNot.PASSWORD:
            return Stop.PASSWORD, None
    grant = db.session.get(Grant, viewing.grant_id, populate_existing=True) if viewing.grant_id else None
    return Stop.REVOKED, grant.revoked_at if grant else None


def _refused(viewer: User, video_session: VideoSession | None, why: WhyNot, at: datetime) -> Refusal:
    audit.record(AuditKind.VIEWING_REFUSED, at=at, actor=viewer, subject=video_session, why=why.value)
    return Refusal(why)


def _give_back(viewing: Viewing, at: datetime) -> bool:
    query = update(Viewing).where(
        Viewing.id == viewing.id, Viewing.delivered_at.is_(None), Viewing.given_back_at.is_(None)
    )
    if not _rowcount(query.values(given_back_at=at, ends_at=at)):
        return False
    if viewing.grant_id is not None:
        give_back_view(viewing.grant_id, viewing.video_session_id)
    person, video_session = (
        db.session.get(User, viewing.user_id),
        db.session.get(VideoSession, viewing.video_session_id),
    )
    audit.record(AuditKind.VIEWING_GIVEN_BACK, at=at, subject=video_session, person=person)
    return True


def _rowcount(statement: Any) -> int:
    return int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]


def _one_at_a_time(viewer: User) -> None:
    """Presses of the same person wait for each other, so that two at once are one sitting.

    The account is read anew: whoever was disabled since the request began starts nothing.
    """
    query = select(User).where(User.id == viewer.id).with_for_update(key_share=True)
    db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


_AT: Any = bindparam("at", type_=UtcDateTime())

_columns: tuple[Any, ...] = (
    Stream.device,
    Stream.seen_at,
    VideoSession.title,
    VideoSession.key,
    WatchRecord.position_seconds,
    blind_number(bindparam("user_id"), VideoSession.id, VideoSession.folder_id).label("number"),
)
_other_streams: Select[Any] = (
    select(*_columns)
    .join(Viewing, Viewing.id == Stream.viewing_id)
    .join(VideoSession, VideoSession.id == Viewing.video_session_id)
    .join(SignIn, SignIn.id == Stream.sign_in_id)
    .outerjoin(
        WatchRecord, and_(WatchRecord.user_id == Stream.user_id, WatchRecord.video_session_id == VideoSession.id)
    )
    .where(Stream.user_id == bindparam("user_id"), Stream.ended_at.is_(None), VideoSession.binned_at.is_(None))
    .where(Stream.sign_in_id != bindparam("sign_in_id"), SignIn.live_at(_AT), Viewing.ends_at > _AT)
    .order_by(Stream.seen_at.desc())
    .limit(1)
)
