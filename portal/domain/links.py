"""Paths that letters and rules name. The host comes from the settings, never from a request (security.md)."""

from portal.domain.work import tools
from portal.storage.models import User, VideoSession

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


def guest(user: User) -> str:
    """The sponsor's page about a guest."""
    return f"/guests/{user.key}"


def absolute(path: str) -> str:
    """The whole address of a path, on the base URL of the settings."""
    return tools().settings.base_url.rstrip("/") + path
