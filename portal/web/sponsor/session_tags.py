"""How a recording stands, as tags: word, shape and colour (design 08)."""

from dataclasses import dataclass
from datetime import datetime

from portal.basics import dates
from portal.basics.clock import now
from portal.domain.library import SessionPage, SessionRow
from portal.domain.work import tools
from portal.storage.models import VideoSession, VideoState
from portal.web.state_tags import StateTag

_NOT_PUBLISHED = StateTag("plain", "Not published", "lock")


@dataclass(frozen=True)
class SessionLine:
    """One row of a list of recordings, with how it stands, and whether those who are named can watch it now."""

    row: SessionRow
    tag: StateTag
    is_open: bool


def session_line(row: SessionRow) -> SessionLine:
    at = now()
    return SessionLine(row, standing_tag(row.video_session, at), row.video_session.is_open(at))


def standing_tag(it: VideoSession, at: datetime) -> StateTag:
    """The one thing to know of it: how far it is, else whether those who are named can watch it now."""
    zone = tools().settings.time_zone
    if it.state is VideoState.FAILED:
        return StateTag("stop", "Failed", "stop")
    if it.state is VideoState.PROCESSING:
        return StateTag("info", f"Being prepared, {it.progress}%", "clock")
    if not it.is_published:
        return _NOT_PUBLISHED
    if it.closes_at and it.closes_at <= at:
        return StateTag("plain", f"Closed {dates.short_date(it.closes_at, zone, at)}", "clock")
    if it.opens_at and it.opens_at > at:
        soon = dates.until_words(it.opens_at, zone, at) or dates.short_date(it.opens_at, zone, at)
        return StateTag("time", f"Opens {soon}", "clock")
    soon = dates.until_words(it.closes_at, zone, at) if it.closes_at else ""
    return StateTag("time", f"Closes {soon}", "clock") if soon else StateTag("done", "Published", "check")


def head_tags(shown: SessionPage) -> list[StateTag]:
    """All that its head says beside the title."""
    it = shown.video_session
    tags = [standing_tag(it, now())]
    if not it.is_published and tags != [_NOT_PUBLISHED]:
        tags.append(_NOT_PUBLISHED)
    if it.state is VideoState.READY and it.failure:
        tags.append(StateTag("stop", "New version failed" if it.next_version else "Not all qualities", "stop"))
    elif it.next_version and it.media_version:
        tags.append(StateTag("info", f"New version, {it.progress}%", "clock"))
    if it.password_hash is not None:
        tags.append(StateTag("plain", "Video password set", "lock"))
    if shown.folder:
        tags.append(StateTag("plain", shown.folder.title, "folder"))
    if it.shows_name:
        tags.append(StateTag("plain", "Name over the picture", "eye"))
    if it.allows_download:
        tags.append(StateTag("plain", "Can be downloaded", "download"))
    return tags
