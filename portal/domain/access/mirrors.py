"""The decision as conditions of queries, for what must be answered in one: media bytes, posters, lists.

Each mirrors a rule of `deciding`; the tests compare both over worlds made at random.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, exists, func, or_, select

from portal.basics.roles import Role
from portal.domain.access.deciding import Right
from portal.domain.access.faces import blind_number, has_own_picture
from portal.domain.access.shown import names, names_by_event, shown_before_it_ended
from portal.domain.looking_after import is_co_owner
from portal.storage.db import UtcDateTime, db
from portal.storage.models import (
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


def shared_in_time() -> ColumnElement[bool]:
    """`deciding.could_once_watch`: the session was ready, and where it was shared, before the grant here ended."""
    on_the_shelf = or_(Grant.folder_id.is_(None), VideoSession.in_folder_since < Grant.ends_at)
    at_the_event = or_(Grant.event_id.is_(None), shown_before_it_ended())
    return and_(VideoSession.ready_at < Grant.ends_at, on_the_shelf, at_the_event)


def counts() -> ColumnElement[bool]:
    """Whether the grant in the query, not revoked, counts for the session in it: it names now, will, or once did."""
    return or_(Grant.ends_at.is_(None), Grant.ends_at > AT, shared_in_time())


def may_finish() -> ColumnElement[bool]:
    """`deciding.may_finish`: whether the sitting in the query, that rests on the grant in it, may go on."""
    finishes = and_(Grant.when_it_ends == WhenItEnds.FINISH, Viewing.created_at < Grant.ends_at, shared_in_time())
    in_time = or_(Grant.ends_at.is_(None), Grant.ends_at > AT, finishes)
    return and_(Grant.revoked_at.is_(None), Grant.begun_at(AT), in_time)


def unlocked_in(sign_in_id: Any) -> ColumnElement[bool]:
    """Whether the password in force of the session in the query was given in this sign-in (an id or a column)."""
    return exists().where(
        PasswordUnlock.sign_in_id == sign_in_id,
        PasswordUnlock.video_session_id == VideoSession.id,
        PasswordUnlock.password_version == VideoSession.password_version,
    )


def sitting_open_on(viewer_id: Any) -> ColumnElement[bool]:
    """Whether a sitting of the viewer at the session in the query rests on the grant in it, and may go on."""
    return (
        exists()
        .where(
            Viewing.user_id == viewer_id,
            Viewing.video_session_id == VideoSession.id,
            Viewing.grant_id == Grant.id,
            Viewing.right == Right.GRANT.value,
            Viewing.ends_at > AT,
            Viewing.given_back_at.is_(None),
            may_finish(),
        )
        .correlate(Grant, VideoSession)
    )


def sitting_right_holds() -> ColumnElement[bool]:
    """Whether the right that the sitting was begun by still holds, for its person, its session and this browser.

    Wants `Viewing`, `User`, `VideoSession` and `SignIn` in the query, and the sitting's `Grant` joined from outside.
    """
    by_name = and_(Viewing.right == Right.GRANT.value, Grant.guest_id == User.id, names(), may_finish())
    # a limit set for this person since is not got round; where it allows, what was begun by password goes on
    refused_by_name = and_(_named(User.id, counts()), ~_named(User.id, named_live(_taken())))
    has_password = VideoSession.password_hash.is_not(None)
    by_password = and_(Viewing.right == Right.PASSWORD.value, has_password, unlocked_in(SignIn.id), ~refused_by_name)
    by_office = or_(
        and_(Viewing.right == Right.OWNER.value, VideoSession.owner_id == User.id),
        and_(Viewing.right == Right.ADMIN.value, User.role == Role.ADMIN),
        and_(Viewing.right == Right.CO_OWNER.value, User.role != Role.GUEST, is_co_owner(User.id)),
    )
    in_bin = VideoSession.binned_at.is_not(None)
    return or_(and_(VideoSession.open_at(AT), or_(by_name, by_password)), and_(~in_bin, by_office))


def poster_of(viewer: User, key: str, *, at: datetime, sign_in: SignIn | None = None) -> MediaFile | None:
    """The poster of a session this viewer may watch now; of any other, none. One query."""
    values = {"key": key, "viewer_id": viewer.id, "at": at, "sign_in_id": sign_in.id if sign_in else None}
    return db.session.scalars(_poster, values).one_or_none()


def _may_watch() -> ColumnElement[bool]:
    """Whether `judge` says allowed, for the viewer and the session in the query."""
    viewer: Any = bindparam("viewer_id", type_=BigInteger())
    sign_in: Any = bindparam("sign_in_id", type_=BigInteger())
    by_name = _named(viewer, or_(named_live(_taken()), sitting_open_on(viewer)))
    by_password = and_(VideoSession.password_hash.is_not(None), unlocked_in(sign_in), ~_named(viewer, counts()))
    return or_(
        and_(VideoSession.state == VideoState.READY, VideoSession.binned_at.is_(None), _by_office()),
        and_(VideoSession.open_at(AT), or_(by_name, by_password)),
    )


def _by_office() -> ColumnElement[bool]:
    """Whether the user in the query looks after the session in it, or after all."""
    return or_(
        VideoSession.owner_id == User.id, User.role == Role.ADMIN, and_(User.role != Role.GUEST, is_co_owner(User.id))
    )


def _named(viewer_id: Any, such: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a grant, not revoked and `such`, names the viewer on the session in the query, its shelf or its event."""
    mine = (Grant.guest_id == viewer_id, Grant.revoked_at.is_(None), such)
    on_it = (
        Grant.video_session_id == VideoSession.id,
        Grant.folder_id == VideoSession.folder_id,
        names_by_event(VideoSession.id, VideoSession.folder_id),
    )
    # each by an index of its own, which one condition with an "or" inside would not get
    return or_(*[exists().where(*mine, on).correlate(VideoSession, User) for on in on_it])


def _taken() -> ColumnElement[int]:
    """Views taken of the session in the query, of the grant in it."""
    taken = (
        select(ViewBudget.taken)
        .where(ViewBudget.grant_id == Grant.id, ViewBudget.video_session_id == VideoSession.id)
        .correlate(Grant, VideoSession)
        .scalar_subquery()
    )
    return func.coalesce(taken, 0)


_poster = (
    select(MediaFile)
    .join(VideoSession, VideoSession.id == MediaFile.video_session_id)
    .join(User, User.id == bindparam("viewer_id"))
    .where(VideoSession.key == bindparam("key"), MediaFile.kind == MediaKind.POSTER)
    .where(User.live_at(AT), _may_watch())
    .where(
        or_(~has_own_picture, _by_office(), blind_number(User.id, VideoSession.id, VideoSession.folder_id).is_(None))
    )
)
