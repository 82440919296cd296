"""Why a guest may watch a session or may not: the decision, its trace, and how each grant counted.

For whoever looks after the session and sees the guest, and for admins. What is shown is what decided: `access.judge`
over the same facts that `access.decide` gathers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true

from portal.basics.errors import NotFound
from portal.basics.roles import Role
from portal.domain import access
from portal.domain.access import Decision, Facts, Held, WhyNot
from portal.domain.grants import guests_seen_by
from portal.domain.looking_after import looked_after_by
from portal.storage.db import db
from portal.storage.models import Event, Folder, Grant, PasswordUnlock, SignIn, User, VideoSession, ViewBudget

MOST_FOUND = 20


class Weight(StrEnum):
    """How a grant counted in the decision."""

    USED = "used"  # it lets them in, and a view is taken of it
    SITTING = "sitting"  # the sitting that is open rests on it
    LIVE = "live"  # it lets them in too, and is used after the others
    COMING = "coming"
    USED_UP = "used-up"
    ENDED = "ended"
    TOO_EARLY = "too-early"  # it had ended before the recording was ready, or came onto the shelf
    REVOKED = "revoked"


@dataclass(frozen=True)
class Weighed:
    """A grant and what it did to the answer. `folder` and `event` None: it names the guest on the session itself.

    `is_theirs`: whether the asker may change it; a co-owner may not change what the owner's folder or event gives.
    """

    held: Held
    weight: Weight
    giver: str
    folder: str | None
    event: str | None
    is_theirs: bool

    @property
    def grant(self) -> Grant:
        return self.held.grant


@dataclass(frozen=True)
class Explained:
    """The decision for one guest and one session at this moment.

    `decision` is that of a browser in which the video's password was not given, `with_password` that of one where it
    was; None where it makes no difference. `unlocked_in`: in how many of their browsers it was given.
    `sees_guest`: whether the guest's own page is open to the asker, too.
    """

    guest: User
    sees_guest: bool
    video_session: VideoSession
    decision: Decision
    with_password: Decision | None
    unlocked_in: int
    weighed: list[Weighed]


@dataclass(frozen=True)
class Candidate:
    """A session somebody may ask about."""

    key: str
    title: str
    folder: str | None


def explain(guest_key: str, session_key: str, by: User, *, at: datetime) -> Explained:
    """Why a guest may or may not watch a session that `by` looks after. Three queries.

    Whoever is named on the session may be asked about, and every guest whom `by` sees. Raises `NotFound`.
    """
    row = db.session.execute(_found(guest_key, session_key, by, at)).one_or_none()
    if row is None:
        raise NotFound("There is no such guest, or no such session")
    guest, video_session, sees_guest, unlocked_in = row
    given = _given(guest, video_session)
    facts = Facts(
        viewer=guest,
        video_session=video_session,
        held=[held for held, *_ in given if held.grant.revoked_at is None],
        sittings=access.open_sittings(guest, video_session, at),
    )
    decision = access.judge(facts, at)
    depends = decision.why is WhyNot.PASSWORD
    return Explained(
        guest=guest,
        sees_guest=bool(sees_guest),
        video_session=video_session,
        decision=decision,
        with_password=access.judge(_unlocked(facts), at) if depends else None,
        unlocked_in=unlocked_in if depends else 0,
        weighed=[
            Weighed(
                held=held,
                weight=_weight(held, decision, video_session, at),
                giver=giver,
                folder=folder.title if folder else None,
                event=event.title if event else None,
                is_theirs=by.is_admin or all(thing.owner_id == by.id for thing in (folder, event) if thing),
            )
            for held, giver, folder, event in given
        ],
    )


def candidates(by: User, typed: str) -> list[Candidate]:
    """Sessions this person looks after, newest first: those whose title holds the words, or whose address it is."""
    query = (
        select(VideoSession.key, VideoSession.title, Folder.title)
        .outerjoin(Folder, Folder.id == VideoSession.folder_id)
        .where(looked_after_by(by), *_called(typed))
        .order_by(VideoSession.id.desc())
        .limit(MOST_FOUND)
    )
    return [Candidate(*row) for row in db.session.execute(query)]


def _called(typed: str) -> Sequence[ColumnElement[bool]]:
    words = " ".join(typed.split())
    if not words:
        return ()
    key = words.split("?")[0].rstrip("/").rpartition("/")[2]  # the address of a page of its own, or the key alone
    holds = func.lower(VideoSession.title).contains(words.lower(), autoescape=True)
    # SQLite lowers only the letters of English
    return (or_(holds, VideoSession.title.contains(words, autoescape=True), VideoSession.key == key),)


def _found(guest_key: str, session_key: str, by: User, at: datetime) -> Select[User, VideoSession, bool, int]:
    seen = true() if by.is_admin else User.id.in_(guests_seen_by(by))
    named = exists().where(
        Grant.guest_id == User.id,
        Grant.revoked_at.is_(None),
        access.names(),
    )
    return (
        select(User, VideoSession, seen, _unlocked_in(at))
        .select_from(User)
        .join(VideoSession, VideoSession.key == session_key)
        .where(User.key == guest_key, User.role == Role.GUEST, looked_after_by(by), or_(seen, named))
        .execution_options(populate_existing=True)
    )


def _given(guest: User, video_session: VideoSession) -> list[tuple[Held, str, Folder | None, Event | None]]:
    """All that ever named the guest on this session, its folder or its events, revoked or not, the newest first."""
    taken = and_(ViewBudget.grant_id == Grant.id, ViewBudget.video_session_id == video_session.id)
    query = (
        select(Grant, ViewBudget.taken, User, Folder, Event, *access.shown_since_columns(video_session))
        .join(User, User.id == Grant.granted_by_id)
        .outerjoin(Folder, Folder.id == Grant.folder_id)
        .outerjoin(Event, Event.id == Grant.event_id)
        .outerjoin(ViewBudget, taken)
        .where(Grant.guest_id == guest.id, access.names(video_session.id, video_session.folder_id))
        .order_by(Grant.id.desc())
        .execution_options(populate_existing=True)
    )
    return [
        (
            Held(grant, taken or 0, access.shown_since(grant, itself, by_folder, video_session.in_folder_since)),
            giver.display_name,
            folder,
            event,
        )
        for grant, taken, giver, folder, event, itself, by_folder in db.session.execute(query)
    ]


def _unlocked_in(at: datetime) -> ColumnElement[int]:
    given = (
        PasswordUnlock.video_session_id == VideoSession.id,
        PasswordUnlock.password_version == VideoSession.password_version,
        PasswordUnlock.sign_in_id == SignIn.id,
        SignIn.user_id == User.id,
        SignIn.live_at(at),
    )
    query = select(func.count()).select_from(PasswordUnlock).join(SignIn, SignIn.id == PasswordUnlock.sign_in_id)
    return query.where(*given).correlate(User, VideoSession).scalar_subquery()


def _unlocked(facts: Facts) -> Facts:
    return replace(facts, has_unlocked=True)


def _weight(held: Held, decision: Decision, video_session: VideoSession, at: datetime) -> Weight:
    grant = held.grant
    if grant.revoked_at is not None:
        return Weight.REVOKED
    if grant.has_ended(at) and not access.could_once_watch(held, video_session):
        return Weight.TOO_EARLY
    if decision.allowed and decision.grant is grant:
        return Weight.SITTING if decision.sitting else Weight.USED
    if held.is_live(at):
        return Weight.LIVE
    if grant.has_ended(at):
        return Weight.ENDED
    return Weight.USED_UP if grant.has_begun(at) else Weight.COMING
