"""The smallest valid thing of each kind. A test names only what it is about."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from portal.basics import tokens
from portal.basics.roles import Role, UserState
from portal.domain import search, sign_ins
from portal.domain.grants.things import column_of
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import (
    Assignment,
    Event,
    EventFolder,
    EventSession,
    Folder,
    Grant,
    Policy,
    PolicyAcceptance,
    User,
    VideoSession,
    VideoState,
    WhenItEnds,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""A fixed moment for tests of rules; tests through HTTP use the present one."""
A_PASSWORD = "violet kettle harbour nineteen"

_numbers = count(1)
Row = TypeVar("Row")


def a_user(role: Role = Role.GUEST, **given: Any) -> User:
    """An active user who has accepted the policy, with `A_PASSWORD`; a guest gets a sponsor of their own."""
    number = next(_numbers)
    accepted = given.pop("accepted", True)
    if role is Role.GUEST and "sponsor_id" not in given:
        given["sponsor_id"] = given.pop("sponsor", None) or a_sponsor()
        given["sponsor_id"] = given["sponsor_id"].id
    at = given.pop("at", datetime.now(UTC) - timedelta(days=1))
    values: dict[str, Any] = {
        "key": tokens.new_key(),
        "role": role,
        "state": UserState.ACTIVE,
        "address": f"{role.value}{number}@brightwater.example",
        "name": f"{role.value.title()} {number}",
        "created_at": at,
        "activated_at": at,
    }
    values |= given
    if values["state"] is UserState.ACTIVE and "password_hash" not in values:
        values["password_hash"] = tools().hasher.hash(values.pop("password", A_PASSWORD))
    values.pop("password", None)
    user = _kept(User(**values))
    if accepted:
        _accept_policy(user, at)
    return user


def a_guest(**given: Any) -> User:
    return a_user(Role.GUEST, **given)


def a_sponsor(**given: Any) -> User:
    return a_user(Role.SPONSOR, **({"department": "Alumni and Giving"} | given))


def an_admin(**given: Any) -> User:
    return a_user(Role.ADMIN, **given)


def a_folder(**given: Any) -> Folder:
    owner = given.pop("owner", None) or a_sponsor()
    values = {"key": tokens.new_key(), "owner_id": owner.id, "title": f"Folder {next(_numbers)}", "created_at": NOON}
    return _kept(Folder(**(values | given)))


def a_video_session(**given: Any) -> VideoSession:
    """A ready session, found by its words. `owner` and `folder` may be given as rows.

    What is not ready has a first version to prepare.
    """
    is_ready = given.get("state", VideoState.READY) is VideoState.READY
    folder = given.pop("folder", None)
    owner = given.pop("owner", None)
    owner_id = owner.id if owner else folder.owner_id if folder else a_sponsor().id
    values: dict[str, Any] = {
        "key": tokens.new_key(),
        "owner_id": owner_id,
        "folder_id": folder.id if folder else None,
        "in_folder_since": NOON if folder else None,
        "title": f"Session {next(_numbers)}",
        "state": VideoState.READY,
        "length_seconds": 300.0,
        "created_at": NOON,
        "ready_at": NOON,
        "progress": 100 if is_ready else 0,
        "media_version": 1 if is_ready else 0,
        "whole_version": 1 if is_ready else 0,
        "next_version": None if is_ready else 1,
    }
    video_session = VideoSession(**(values | given))
    with transaction():
        db.session.add(video_session)
        search.refresh(video_session)
    return video_session


def an_event(*shows: VideoSession | Folder, **given: Any) -> Event:
    """An event of a sponsor's that is open at noon, a day behind and a week ahead, and shows these from before."""
    owner = given.pop("owner", None) or a_sponsor()
    values: dict[str, Any] = {
        "key": tokens.new_key(),
        "owner_id": owner.id,
        "title": f"Event {next(_numbers)}",
        "time_zone": "Europe/Berlin",
        "opens_at": NOON - timedelta(days=1),
        "closes_at": NOON + timedelta(days=7),
        "created_at": NOON - timedelta(days=2),
    }
    event = _kept(Event(**(values | given)))
    for thing in shows:
        since = {"event_id": event.id, "added_at": NOON - timedelta(days=2)}
        if isinstance(thing, VideoSession):
            _kept(EventSession(video_session_id=thing.id, **since))
        else:
            _kept(EventFolder(folder_id=thing.id, **since))
    return event


def a_grant(on: VideoSession | Folder | Event | None = None, to: User | None = None, **given: Any) -> Grant:
    """A guest named on a session or folder, by its owner, without an end; on an event, for its window.

    `assigned`: of an event, the sessions that are assigned to them.
    """
    thing = on or a_video_session()
    guest = to or a_guest()
    assigned = given.pop("assigned", None)
    target: dict[str, Any] = {column_of(thing): thing.id}
    if isinstance(thing, Event):
        target |= {"begins_at": thing.opens_at, "ends_at": thing.closes_at, "when_it_ends": WhenItEnds.STOP}
        target["is_assigned"] = assigned is not None
    values: dict[str, Any] = {"guest_id": guest.id, "granted_by_id": thing.owner_id, "created_at": NOON, **target}
    grant = _kept(Grant(**(values | given)))
    for video_session in assigned or ():
        _kept(Assignment(grant_id=grant.id, video_session_id=video_session.id, created_at=NOON))
    return grant


def a_sign_in_token(user: User) -> str:
    """The token of a new sign-in of this user, now."""
    with transaction():
        return sign_ins.start(user, network="127.0.0.1", device="a test", at=datetime.now(UTC))


def _accept_policy(user: User, at: datetime) -> None:
    policy = db.session.scalar(db.select(Policy).order_by(Policy.version.desc()).limit(1))
    if policy is not None:
        _kept(PolicyAcceptance(user_id=user.id, policy_id=policy.id, at=at))


def _kept(row: Row) -> Row:
    with transaction():
        db.session.add(row)
    return row
