"""When a session is there for those who may watch it, and how: published or taken back, its own window, the name over
it, whether it may be downloaded or watched in a small window.

All of it stands above what was given to guests: nobody but those who look after it watches what is not published, or
outside its window (product.md, Who may watch 2).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from portal.basics.errors import PortalError
from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.domain.library import ChangedMeanwhile
from portal.domain.playback import STREAM_LIVES
from portal.storage.db import db
from portal.storage.models import Stream, User, VideoSession, Viewing


class WrongWindow(PortalError):
    """A window that cannot be; `field` says which end of it, the text why."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Showing:
    """How a session is shown. `opens_at` None: open from now on; `closes_at` None: it stays open."""

    opens_at: datetime | None
    closes_at: datetime | None
    shows_name: bool
    allows_download: bool = False
    allows_small_window: bool = False

    @classmethod
    def of(cls, video_session: VideoSession) -> "Showing":
        it = video_session
        return cls(it.opens_at, it.closes_at, it.shows_name, it.allows_download, it.allows_small_window)

    @property
    def version(self) -> str:
        """Changes with what the form shows; the form carries it, so that a second editor is noticed."""
        shown = (self.opens_at, self.closes_at, self.shows_name, self.allows_download, self.allows_small_window)
        return hashlib.sha256("\n".join(map(str, shown)).encode()).hexdigest()[:16]


def publish(video_session: VideoSession, *, by: User, at: datetime) -> bool:
    """Let those who are named on it watch. False: it is published already."""
    if not _set_published(video_session, published=True):
        return False
    audit.record(AuditKind.SESSION_PUBLISHED, actor=by, subject=video_session, at=at)
    return True


def unpublish(video_session: VideoSession, *, by: User, at: datetime) -> bool:
    """Take it back: what plays stops at the next byte, what was given stays and waits. False: it is not published."""
    if not _set_published(video_session, published=False):
        return False
    audit.record(AuditKind.SESSION_UNPUBLISHED, actor=by, subject=video_session, at=at)
    return True


def check_window(opens_at: datetime | None, closes_at: datetime | None) -> None:
    """Raises `WrongWindow` when it would close before it opens."""
    if opens_at and closes_at and closes_at <= opens_at:
        raise WrongWindow("closes", "“Closes” must come after “Opens”")


def check_close(closes_at: datetime | None, kept: datetime | None, at: datetime) -> None:
    """Raises `WrongWindow` for a close in the past, unless it is the one that is kept: a slip in the year must not
    close a recording for everybody.
    """
    if closes_at and closes_at <= at and closes_at != kept:
        raise WrongWindow("closes", "“Closes” lies in the past. To end it now, take the recording back")


def change(video_session: VideoSession, showing: Showing, *, version: str | None, by: User, at: datetime) -> bool:
    """Save how a session is shown, if it still is as `version` says (None: however it is). False: it is so already.

    A close that lies in the past must be the one that is there: to end it now, one takes it back. Raises `WrongWindow`
    and `ChangedMeanwhile`.
    """
    db.session.refresh(video_session, with_for_update=True)
    before = Showing.of(video_session)
    if version is not None and version != before.version:
        raise ChangedMeanwhile("Somebody saved this recording after you opened it.")
    check_window(showing.opens_at, showing.closes_at)
    check_close(showing.closes_at, before.closes_at, at)
    if before == showing:
        return False
    video_session.opens_at, video_session.closes_at = showing.opens_at, showing.closes_at
    video_session.shows_name = showing.shows_name
    video_session.allows_download = showing.allows_download
    video_session.allows_small_window = showing.allows_small_window
    audit.record(
        AuditKind.SESSION_CHANGED,
        actor=by,
        subject=video_session,
        at=at,
        before=_facts(before, showing),
        after=_facts(showing, before),
    )
    return True


def watching_now(video_session: VideoSession, *, at: datetime) -> int:
    """How many people besides those who look after it have it playing at this moment."""
    query = (
        select(func.count(Viewing.user_id.distinct()))
        .join(Stream, Stream.viewing_id == Viewing.id)
        .where(Viewing.video_session_id == video_session.id, Viewing.right.in_(("grant", "password")))
        .where(Viewing.ends_at > at, Stream.ended_at.is_(None), Stream.seen_at > at - STREAM_LIVES)
    )
    return db.session.scalar(query) or 0


def _set_published(video_session: VideoSession, *, published: bool) -> bool:
    query = update(VideoSession).where(VideoSession.id == video_session.id, VideoSession.is_published != published)
    changed = db.session.execute(query.values(is_published=published).returning(VideoSession.id)).one_or_none()
    return changed is not None


def _facts(of: Showing, other: Showing) -> dict[str, str | None]:
    """What is different from the other, as the audit trail keeps it."""
    facts: dict[str, str | None] = {}
    if of.opens_at != other.opens_at:
        facts["opens"] = _moment(of.opens_at)
    if of.closes_at != other.closes_at:
        facts["closes"] = _moment(of.closes_at)
    switches = {
        "name_over_the_picture": (of.shows_name, other.shows_name),
        "download": (of.allows_download, other.allows_download),
        "small_window": (of.allows_small_window, other.allows_small_window),
    }
    facts |= {name: "on" if here else "off" for name, (here, there) in switches.items() if here != there}
    return facts


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="minutes") if at else None
