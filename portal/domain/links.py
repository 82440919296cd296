"""Paths that letters and rules name. The host comes from the settings, never from a request (security.md)."""

from portal.domain.work import tools
from portal.mail.calendar import CalendarEntry
from portal.mail.wording import SharedKind
from portal.storage.models import Event, Folder, User, VideoSession

HOME = "/"
TODAY = "/today"
REQUESTS = "/requests"
GUESTS_WHOSE_ACCESS_ENDS = "/guests?state=ending"
SIGN_IN = "/sign-in"
FORGOTTEN_PASSWORD = "/password/forgotten"  # noqa: S105 - a path


def invitation(token: str) -> str:
    return f"/invitations/{token}"


def password_reset(token: str) -> str:
    return f"/password/reset/{token}"


def watch(video_session: VideoSession) -> str:
    return f"/watch/{video_session.key}"


def watch_event(event: Event) -> str:
    """The guest's page of an event."""
    return f"/watch/events/{event.key}"


def event(event: Event) -> str:
    """The organiser's page of an event."""
    return f"/events/{event.key}"


def calendar_entry(event: Event) -> CalendarEntry:
    """The event as its guests' calendars keep it."""
    return CalendarEntry(event.key, event.title, event.opens_at, event.closes_at, watch_event(event), event.version)


def shared(thing: VideoSession | Folder | Event) -> str:
    """Where a guest goes for what was shared: to the recording, to the event, to the list for a folder."""
    if isinstance(thing, VideoSession):
        return watch(thing)
    return watch_event(thing) if isinstance(thing, Event) else HOME


def kind_of(thing: VideoSession | Folder | Event) -> SharedKind:
    """What letters and pages for guests call it."""
    if isinstance(thing, VideoSession):
        return "recording"
    return "event" if isinstance(thing, Event) else "folder"


def guest(user: User) -> str:
    """The sponsor's page about a guest."""
    return f"/guests/{user.key}"


def absolute(path: str) -> str:
    """The whole address of a path, on the base URL of the settings."""
    return tools().settings.base_url.rstrip("/") + path
