"""The decision as conditions of queries, for what must be answered in one: media bytes, posters, lists.

Each mirrors a rule of `deciding`; the tests compare both over worlds made at random.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, exists, func, or_, select

from portal.basics.roles import Role
from portal.domain.access.deciding import Right
from portal.storage.db import UtcDateTime, db
from portal.storage.models import (
    CoOwner,
    Grant,
    MediaFile,
    MediaKind,
    PasswordUnlock,
    SignIn,
    User,
    VideoSession,
    VideoState,
    ViewBudget,
    Viewing,
    WhenItEnds,
)

AT: Any = bindparam("at", type_=UtcDateTime())


def named_live(taken: Any) -> ColumnElement[bool]:
    """`Held.is_live`: the grant has begun, has not ended, and has views left of what was `taken`."""
    return and_(Grant.live_at(AT), or_(Grant.views_limit.is_(None), taken < Grant.views_limit))


def may_finish(sitting: Any) -> ColumnElement[bool]:
    """`deciding.may_finish`: whether a sitting that rests on the grant in the query may go on."""
    finishes = and_(Grant.when_it_ends == WhenItEnds.FINISH, sitting.created_at < Grant.ends_at)
    in_time = or_(Grant.ends_at.is_(None), Grant.ends_at > AT, finishes)
    return and_(Grant.revoked_at.is_(None), Grant.begun_at(AT), in_time)


def sitting_open_on(viewer_id: Any) -> ColumnElement[bool]:
    """Whether the newest sitting of the viewer at the session in the query rests on the grant in it, and may go on."""
    newest = (
        select(func.max(Viewing.id))
        .where(
            Viewing.user_id == viewer_id,
            Viewing.video_session_id == VideoSession.id,
            Viewing.ends_at > AT,
            Viewing.given_back_at.is_(None),
        )
        .correlate(VideoSession)
        .scalar_subquery()
    )
    return (
        exists()
        .where(Viewing.id == newest, Viewing.grant_id == Grant.id, Viewing.right == Right.GRANT.value)
        .where(may_finish(Viewing))
        .correlate(Grant, VideoSession)
    )


def sitting_right_holds() -> ColumnElement[bool]:
    """Whether the right that the sitting was begun by still holds, for its person, its session and this browser.

    Wants `Viewing`, `User`, `VideoSession` and `SignIn` in the query, and the sitting's `Grant` joined from outside.
    """
    is_co_owner = exists().where(CoOwner.video_session_id == VideoSession.id, CoOwner.user_id == User.id)
    unlocked = exists().where(
        PasswordUnlock.sign_in_id == SignIn.id,
        PasswordUnlock.video_session_id == VideoSession.id,
        PasswordUnlock.password_version == VideoSession.password_version,
    )
    names = or_(Grant.video_session_id == VideoSession.id, Grant.folder_id == VideoSession.folder_id)
    by_name = and_(Viewing.right == Right.GRANT.value, Grant.id.is_not(None), names, may_finish(Viewing))
    by_password = and_(Viewing.right == Right.PASSWORD.value, VideoSession.password_hash.is_not(None), unlocked)
    return or_(
        and_(VideoSession.open_at(AT), or_(by_name, by_password)),
        and_(Viewing.right == Right.OWNER.value, VideoSession.owner_id == User.id),
        and_(Viewing.right == Right.ADMIN.value, User.role == Role.ADMIN),
        and_(Viewing.right == Right.CO_OWNER.value, User.role != Role.GUEST, is_co_owner),
    )


def poster_of(viewer: User, key: str, *, at: datetime, sign_in: SignIn | None = None) -> MediaFile | None:
    """The poster of a session this viewer may watch now; of any other, none. One query."""
    values = {"key": key, "viewer_id": viewer.id, "at": at, "sign_in_id": sign_in.id if sign_in else None}
    return db.session.scalars(_poster, values).one_or_none()


def _may_watch() -> ColumnElement[bool]:
    """Whether `judge` says allowed, for the viewer and the session in the query."""
    viewer: Any = bindparam("viewer_id", type_=BigInteger())
    sign_in: Any = bindparam("sign_in_id", type_=BigInteger())
    taken = (
        select(ViewBudget.taken)
        .where(ViewBudget.grant_id == Grant.id, ViewBudget.video_session_id == VideoSession.id)
        .correlate(Grant, VideoSession)
        .scalar_subquery()
    )
    mine = (Grant.guest_id == viewer, Grant.revoked_at.is_(None))
    on_it = (Grant.video_session_id == VideoSession.id, Grant.folder_id == VideoSession.folder_id)
    allows = or_(named_live(func.coalesce(taken, 0)), sitting_open_on(viewer))
    by_name = [exists().where(*mine, on, allows).correlate(VideoSession) for on in on_it]
    # one that had ended before the session came under it never named them
    counts = or_(
        Grant.ends_at.is_(None),
        Grant.ends_at > AT,
        and_(
            VideoSession.ready_at < Grant.ends_at,
            or_(Grant.folder_id.is_(None), VideoSession.in_folder_since < Grant.ends_at),
        ),
    )
    named = [exists().where(*mine, on, counts).correlate(VideoSession) for on in on_it]
    unlocked = exists().where(
        PasswordUnlock.sign_in_id == sign_in,
        PasswordUnlock.video_session_id == VideoSession.id,
        PasswordUnlock.password_version == VideoSession.password_version,
    )
    by_password = and_(VideoSession.password_hash.is_not(None), unlocked, ~or_(*named))
    is_co_owner = exists().where(CoOwner.video_session_id == VideoSession.id, CoOwner.user_id == User.id)
    by_office = or_(
        VideoSession.owner_id == User.id, User.role == Role.ADMIN, and_(User.role != Role.GUEST, is_co_owner)
    )
    return or_(
        and_(VideoSession.state == VideoState.READY, by_office),
        and_(VideoSession.open_at(AT), or_(*by_name, by_password)),
    )


_poster = (
    select(MediaFile)
    .join(VideoSession, VideoSession.id == MediaFile.video_session_id)
    .join(User, User.id == bindparam("viewer_id"))
    .where(VideoSession.key == bindparam("key"), MediaFile.kind == MediaKind.POSTER)
    .where(User.live_at(AT), _may_watch())
)
