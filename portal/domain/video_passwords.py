"""Giving the password of a video (product.md, Who may watch 5).

Three steps, because hashing is slow and never happens inside a transaction: `begin` decides and counts the try,
`is_right` hashes, `finish` writes. What is unlocked is bound to this browser's sign-in and to this version of the
password: signing out, or a new password, ends it. Setting a password is `session_passwords`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from portal.domain import access, audit, throttle
from portal.domain.access import WhyNot
from portal.domain.audit import AuditKind
from portal.domain.throttle import Door, Wait
from portal.domain.work import tools
from portal.storage.db import db
from portal.storage.models import PasswordUnlock, SignIn, User, VideoSession


class NotAsked(Enum):
    """The password is not what keeps this person out, so nothing was looked at: they are named, or look after it."""

    NOT_ASKED = auto()


NOT_ASKED = NotAsked.NOT_ASKED


@dataclass(frozen=True)
class Attempt:
    """A counted try at one session's password, as it was then."""

    video_session_id: int
    password_hash: str | None
    password_version: int
    account: str
    network: str


def begin(viewer: User, key: str, *, sign_in: SignIn, network: str, at: datetime) -> Attempt | Wait | NotAsked:
    """Count a try of this person's at this session, or say how long to wait.

    Raises `NotFound` for what is missing and for what is unknown to them alike, before anything is counted.
    """
    found = access.find(viewer, key, at=at, sign_in=sign_in)
    if found.decision.why is not WhyNot.PASSWORD:
        return NOT_ASKED
    video_session = found.video_session
    account = f"{video_session.key}\n{viewer.key}"
    wait = throttle.take(Door.VIDEO_PASSWORD, account=account, network=network, at=at)
    if wait is not None:
        return wait
    return Attempt(video_session.id, video_session.password_hash, video_session.password_version, account, network)


def is_right(attempt: Attempt, typed: str) -> bool:
    """Whether this is the video's password. Hashes once in any case; not inside a transaction. Raises `Busy`."""
    return tools().hasher.matches(typed, attempt.password_hash)


def give_back(attempt: Attempt) -> None:
    """Nothing could be checked, so the try does not count."""
    throttle.give_back(Door.VIDEO_PASSWORD, account=attempt.account, network=attempt.network)


def finish(attempt: Attempt, *, right: bool, viewer: User, sign_in: SignIn, at: datetime) -> bool:
    """Open the session for this browser, or not; either way it is on the audit trail.

    A password that was changed while this one was hashed counts: what was right before is wrong now.
    """
    query = select(VideoSession).where(VideoSession.id == attempt.video_session_id).with_for_update()
    video_session = db.session.scalar(query.execution_options(populate_existing=True))
    if video_session is None:
        return False  # deleted meanwhile
    is_the_same = video_session.password_version == attempt.password_version
    if not (right and is_the_same and video_session.password_hash == attempt.password_hash):
        audit.record(AuditKind.SESSION_UNLOCK_REFUSED, at=at, actor=viewer, subject=video_session)
        return False
    throttle.forgive(Door.VIDEO_PASSWORD, account=attempt.account, network=attempt.network)
    _unlock(video_session, sign_in, at)
    audit.record(AuditKind.SESSION_UNLOCKED, at=at, actor=viewer, subject=video_session)
    return True


def _unlock(video_session: VideoSession, sign_in: SignIn, at: datetime) -> None:
    """One row a browser and session, for the password as it is now; two presses at once are one."""
    insert: Any = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    now_open = {"password_version": video_session.password_version, "created_at": at}
    row = insert(PasswordUnlock).values(sign_in_id=sign_in.id, video_session_id=video_session.id, **now_open)
    db.session.execute(row.on_conflict_do_update(index_elements=["sign_in_id", "video_session_id"], set_=now_open))
