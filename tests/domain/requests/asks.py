"""Guests who want more, for tests."""

from datetime import datetime, timedelta
from typing import Any

from portal.domain import requests
from portal.storage.db import db, transaction
from portal.storage.models import (
    AccessRequest,
    AuditEvent,
    Folder,
    Grant,
    OutgoingEmail,
    SignIn,
    User,
    VideoSession,
    ViewBudget,
)
from tests.factories import NOON, a_grant, a_guest, a_sign_in_token, a_sponsor, a_video_session

A_DAY = timedelta(days=1)


def a_sign_in(user: User) -> SignIn:
    a_sign_in_token(user)
    return db.session.scalars(db.select(SignIn).where(SignIn.user_id == user.id)).all()[0]


def use_views(grant: Grant, video_session: VideoSession, taken: int) -> None:
    with transaction():
        db.session.add(ViewBudget(grant_id=grant.id, video_session_id=video_session.id, taken=taken))


def used_up(on: VideoSession | None = None, to: User | None = None, *, limit: int = 2, **given: Any) -> Grant:
    """A grant all of whose views were taken; without `on`, on a session of its own."""
    video_session = on or a_video_session()
    grant = a_grant(video_session, to, views_limit=limit, **given)
    use_views(grant, video_session, limit)
    return grant


def ended(on: VideoSession | Folder | None = None, to: User | None = None, **given: Any) -> Grant:
    """A grant that ended yesterday; without `on`, on a session that was there before."""
    video_session = on or a_video_session(ready_at=NOON - 9 * A_DAY)
    return a_grant(video_session, to, **({"created_at": NOON - 30 * A_DAY, "ends_at": NOON - A_DAY} | given))


def session_of(grant: Grant) -> VideoSession:
    return db.session.get_one(VideoSession, grant.video_session_id)


def guest_of(grant: Grant) -> User:
    return db.session.get_one(User, grant.guest_id)


def owner_of(grant: Grant) -> User:
    return db.session.get_one(User, session_of(grant).owner_id)


def asked_for(grant: Grant, words: str = "", *, at: datetime = NOON, on: VideoSession | None = None) -> AccessRequest:
    """The guest of this grant asks for more of its session (or of `on`, when it is on a folder)."""
    guest, video_session = guest_of(grant), on or session_of(grant)
    sign_in = a_sign_in(guest)
    with transaction():
        return requests.ask(guest, video_session.key, words, sign_in=sign_in, at=at)


def letters_to(user: User) -> list[OutgoingEmail]:
    query = db.select(OutgoingEmail).where(OutgoingEmail.user_id == user.id).order_by(OutgoingEmail.id)
    return list(db.session.scalars(query))


def audit_of(kind: str) -> list[AuditEvent]:
    return list(db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == kind)))


def see_what_others_wrote() -> None:
    """After other threads were at work: what was read before is old news."""
    db.session.rollback()
    db.session.expire_all()


__all__ = [
    "A_DAY",
    "NOON",
    "a_grant",
    "a_guest",
    "a_sign_in",
    "a_sponsor",
    "a_video_session",
    "asked_for",
    "audit_of",
    "ended",
    "guest_of",
    "letters_to",
    "owner_of",
    "see_what_others_wrote",
    "session_of",
    "use_views",
    "used_up",
]
