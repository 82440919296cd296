"""What a mailed link is for, and where it stands. Nothing here changes anything (product.md, The way in 3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from portal.basics import tokens
from portal.basics.roles import UserState
from portal.domain import links
from portal.domain.work import tools
from portal.mail.calendar import CalendarEntry
from portal.mail.wording import SharedKind, shared_words, views_words
from portal.storage.db import db
from portal.storage.models import Event, Folder, Grant, Invitation, User, VideoSession


class Standing(StrEnum):
    """Where a mailed link stands; only an open one leads on."""

    OPEN = "open"
    USED = "used"  # the account has its password
    EXPIRED = "expired"  # a fresh link may be mailed to the same address
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    NOTHING_SHARED = "nothing-shared"  # all that was shared has ended or was taken back
    ENDED = "ended"  # the account's own end has passed
    DISABLED = "disabled"


@dataclass(frozen=True)
class SharedThing:
    """A recording, folder or event that a grant names, which has begun or will. `length_seconds` None: not known.

    `begins_at` None: it can be watched already; `ends_at` None: no end; `views` None: no limit, else how many there
    are, of a folder or an event for each recording in it.
    """

    kind: SharedKind
    title: str
    length_seconds: float | None
    begins_at: datetime | None
    ends_at: datetime | None
    views: int | None
    since: datetime
    from_name: str
    entry: CalendarEntry | None = None

    @property
    def views_words(self) -> str:
        """How many views, as a value."""
        return views_words(self.views, each=self.kind != "recording")


@dataclass(frozen=True)
class FoundInvitation:
    """A link that was really mailed. `sender` is who answers for it; None: an admin who is gone."""

    invitation: Invitation
    user: User
    sender: User | None
    standing: Standing
    newer_sent_at: datetime | None
    things: tuple[SharedThing, ...]

    @property
    def sender_name(self) -> str:
        return self.sender.display_name if self.sender else tools().settings.site_name


def find(token: str, at: datetime) -> FoundInvitation | None:
    """The invitation of a link, whatever became of it, in two queries; None for a token that was never mailed."""
    sender, newer = aliased(User), aliased(Invitation)
    newer_sent_at = (
        select(func.max(newer.created_at)).where(newer.user_id == Invitation.user_id, newer.id > Invitation.id)
    ).scalar_subquery()
    query = (
        select(Invitation, User, sender, newer_sent_at)
        .join(User, User.id == Invitation.user_id)
        .outerjoin(sender, sender.id == func.coalesce(Invitation.sent_by_id, User.sponsor_id))
        .where(Invitation.token_hash == tokens.hash_token(token))
        .execution_options(populate_existing=True)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        return None
    invitation, user, sent_by, newer_at = row
    things = shared_with(user, at=at)
    standing = _standing(invitation, user, is_replaced=newer_at is not None, has_things=bool(things), at=at)
    return FoundInvitation(invitation, user, sent_by, standing, newer_at, things)


def _standing(invitation: Invitation, user: User, *, is_replaced: bool, has_things: bool, at: datetime) -> Standing:
    if user.state is UserState.DISABLED:
        return Standing.DISABLED
    if user.ends_at is not None and user.ends_at <= at:
        return Standing.ENDED
    if user.state is UserState.ACTIVE or invitation.used_at:
        return Standing.USED
    if is_replaced or invitation.replaced_at:
        return Standing.REPLACED
    if invitation.withdrawn_at:
        return Standing.WITHDRAWN
    if user.is_guest and not has_things:
        return Standing.NOTHING_SHARED
    return Standing.EXPIRED if invitation.ends_at <= at else Standing.OPEN


def shared_with(guest: User, *, at: datetime) -> tuple[SharedThing, ...]:
    """What grants that have not ended name this guest on, each thing once, as it was shared; one query.

    What is to come is told, too. Of several grants on the same thing the one with the latest end counts.
    """
    return shared_with_each([guest.id], at=at).get(guest.id, ())


def shared_with_each(guest_ids: Iterable[int], *, at: datetime) -> dict[int, tuple[SharedThing, ...]]:
    """The same of many guests, by id; one query for some hundreds. Whom nothing names is left out."""
    shared: dict[int, dict[tuple[int | None, ...], SharedThing]] = {}
    ids = iter(guest_ids)
    while some := list(islice(ids, _CHUNK)):
        query = _grants.where(Grant.guest_id.in_(some), Grant.standing_at(at))
        for grant, video_session, folder, event, giver in db.session.execute(query):
            things = shared.setdefault(grant.guest_id, {})
            thing = _thing(grant, (video_session, folder, event), giver, at)
            place = (grant.video_session_id, grant.folder_id, grant.event_id)
            if place not in things or _ends_later(thing, things[place]):
                things[place] = thing
    return {guest_id: tuple(things.values()) for guest_id, things in shared.items()}


_CHUNK = 500
_grants = (
    select(Grant, VideoSession, Folder, Event, User)
    .join(User, User.id == Grant.granted_by_id)
    .outerjoin(VideoSession, VideoSession.id == Grant.video_session_id)
    .outerjoin(Folder, Folder.id == Grant.folder_id)
    .outerjoin(Event, Event.id == Grant.event_id)
    .where(VideoSession.binned_at.is_(None))
    .order_by(Grant.id)
    .execution_options(populate_existing=True)
)


def _thing(
    grant: Grant, on: tuple[VideoSession | Folder | Event | None, ...], giver: User, at: datetime
) -> SharedThing:
    thing = next(one for one in on if one is not None)  # the table's check sees to it
    return _shared(grant, thing, giver, at)


def _shared(grant: Grant, thing: VideoSession | Folder | Event, giver: User, at: datetime) -> SharedThing:
    return SharedThing(
        kind=links.kind_of(thing),
        title=thing.title,
        length_seconds=thing.length_seconds if isinstance(thing, VideoSession) else None,
        begins_at=None if grant.has_begun(at) else grant.begins_at,
        ends_at=grant.ends_at,
        views=grant.views_limit,
        since=grant.created_at,
        from_name=giver.display_name,
        entry=links.calendar_entry(thing) if isinstance(thing, Event) else None,
    )


def thing_given(
    on: VideoSession | Folder | Event,
    giver: User,
    *,
    begins_at: datetime | None,
    ends_at: datetime | None,
    views: int | None,
    at: datetime,
) -> SharedThing:
    """What a grant with these terms names, that is given at this moment."""
    given = Grant(begins_at=begins_at, ends_at=ends_at, views_limit=views, created_at=at)
    return _shared(given, on, giver, at)


def _ends_later(one: SharedThing, other: SharedThing) -> bool:
    if one.ends_at is None or other.ends_at is None:
        return one.ends_at is None and other.ends_at is not None
    return one.ends_at > other.ends_at


def words_for(things: Sequence[SharedThing]) -> str:
    """What is shared, counted: "a recording", "two recordings and a folder"."""
    return shared_words(thing.kind for thing in things)
