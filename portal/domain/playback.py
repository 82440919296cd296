"""Watching: sittings begun by pressing play, and the right to every byte (product.md, Viewings; Who may watch)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, and_, bindparam, select

from portal.basics import tokens
from portal.basics.errors import NotFound
from portal.domain import access, audit, sign_ins
from portal.domain.access import WhyNot
from portal.domain.audit import AuditKind
from portal.storage.db import UtcDateTime, db
from portal.storage.models import Grant, MediaFile, MediaKind, SignIn, User, VideoSession, VideoState, Viewing

SHORTEST_SITTING = timedelta(hours=4)


@dataclass(frozen=True)
class MediaToSend:
    """A file that may be sent at this moment, to this person."""

    user_id: int
    media_file_id: int
    store_key: str
    content_type: str
    size_bytes: int


@dataclass(frozen=True)
class Refusal:
    """Play was pressed and the answer is no; a value, so that its audit entry is kept."""

    why: WhyNot


class Stop(StrEnum):
    """Why a picture has stopped."""

    SITTING_OVER = "sitting-over"  # pressing play again goes on
    ENDED = "ended"
    REVOKED = "revoked"
    NOT_READY = "not-ready"


@dataclass(frozen=True)
class Standing:
    """How a sitting stands: `stop` None while it may go on. `since` is when it stopped, where that is known."""

    stop: Stop | None
    by: User  # whom the recording is from
    since: datetime | None = None


def sitting_length(video_session: VideoSession) -> timedelta:
    """Twice the length, at least four hours (product.md, Viewings)."""
    return max(timedelta(seconds=2 * (video_session.length_seconds or 0)), SHORTEST_SITTING)


def start(viewer: User, key: str, *, at: datetime) -> Viewing | Refusal:
    """Press play: begin a sitting, or take up again the one that is open. Both a yes and a no leave their audit entry.

    A key of nothing is refused as unknown, with an entry too, so that it takes no other time than what is not yours.
    """
    video_session = db.session.scalars(select(VideoSession).where(VideoSession.key == key)).one_or_none()
    decision = access.decide(viewer, video_session, at=at) if video_session else access.UNKNOWN
    if video_session is None or not decision.allowed or decision.right is None:
        why = decision.why or WhyNot.UNKNOWN
        audit.record(AuditKind.VIEWING_REFUSED, at=at, actor=viewer, subject=video_session, why=why.value)
        return Refusal(why)
    _one_at_a_time(viewer)
    viewing = open_viewing(viewer, video_session, at=at)
    if viewing is None:
        viewing = Viewing(
            key=tokens.new_key(),
            user_id=viewer.id,
            video_session_id=video_session.id,
            grant_id=decision.grant.id if decision.grant else None,
            right=decision.right.value,
            created_at=at,
            ends_at=at + sitting_length(video_session),
        )
        db.session.add(viewing)
        db.session.flush()
        title = video_session.title
        audit.record(
            AuditKind.VIEWING_STARTED, at=at, actor=viewer, subject=video_session, right=viewing.right, title=title
        )
    return viewing


def open_viewing(viewer: User, video_session: VideoSession, *, at: datetime) -> Viewing | None:
    """The sitting this person can go on with at this session, on whatever device it was begun."""
    return db.session.scalars(_newest(viewer, video_session).where(Viewing.ends_at > at)).one_or_none()


def standing(viewer: User, key: str, *, at: datetime) -> Standing:
    """Why the picture stopped, for somebody who was watching. Raises `NotFound` for whoever never was."""
    row = db.session.execute(
        select(VideoSession, User).join(User, User.id == VideoSession.owner_id).where(VideoSession.key == key)
    ).one_or_none()
    viewing = db.session.scalars(_newest(viewer, row[0])).one_or_none() if row else None
    if row is None or viewing is None:
        raise NotFound(key)
    video_session, owner = row
    decision = access.decide(viewer, video_session, at=at)
    if decision.allowed:
        over = viewing.ends_at <= at
        return Standing(Stop.SITTING_OVER if over else None, owner, viewing.ends_at if over else None)
    if decision.why is WhyNot.ENDED and decision.grant:
        return Standing(Stop.ENDED, owner, decision.grant.ends_at)
    if decision.why is WhyNot.NOT_READY:
        return Standing(Stop.NOT_READY, owner)
    grant = db.session.get(Grant, viewing.grant_id) if viewing.grant_id else None
    return Standing(Stop.REVOKED, owner, grant.revoked_at if grant else None)


def may_fetch(viewing_key: str, token: str, *, at: datetime) -> MediaToSend | None:
    """The file behind a viewing, if the browser with this sign-in token may have bytes of it at this very moment.

    Asked for every byte range. One indexed query: the sign-in and the account are live, the policy is accepted, the
    sitting is theirs and open, the session is ready, and the right still holds. Any no is None, without a reason.
    """
    values = {"viewing_key": viewing_key, "token_hash": tokens.hash_token(token), "at": at}
    # on the connection itself: rows are all it needs, and the session's part would take as long as the rest
    row = db.session.connection().execute(_may_fetch, values).one_or_none()
    return MediaToSend(*row) if row else None


def _newest(viewer: User, video_session: VideoSession) -> Select[Viewing]:
    mine = (Viewing.user_id == viewer.id, Viewing.video_session_id == video_session.id)
    return select(Viewing).where(*mine).order_by(Viewing.id.desc()).limit(1)


def _one_at_a_time(viewer: User) -> None:
    """Presses of the same person wait for each other, so that two at once are one sitting."""
    db.session.execute(select(User.id).where(User.id == viewer.id).with_for_update())


_AT = bindparam("at", type_=UtcDateTime())
# Built once, at import: this runs for every byte range of every film.
_may_fetch = (
    select(User.id, MediaFile.id, MediaFile.store_key, MediaFile.content_type, MediaFile.size_bytes)
    .select_from(Viewing)
    .join(User, User.id == Viewing.user_id)
    .join(SignIn, SignIn.user_id == User.id)
    .join(VideoSession, VideoSession.id == Viewing.video_session_id)
    .join(MediaFile, and_(MediaFile.video_session_id == VideoSession.id, MediaFile.kind == MediaKind.RENDITION))
    .where(Viewing.key == bindparam("viewing_key"), Viewing.ends_at > _AT)
    .where(SignIn.token_hash == bindparam("token_hash"), SignIn.live_at(_AT))  # type: ignore[arg-type]
    .where(User.live_at(_AT), sign_ins.policy_accepted)  # type: ignore[arg-type]
    .where(VideoSession.state == VideoState.READY, access.right_holds(_AT))
)
