"""Paths that letters and rules name. The host comes from the settings, never from a request (security.md)."""

from portal.domain.work import tools
from portal.storage.models import VideoSession

HOME = "/"
SIGN_IN = "/sign-in"
HOW_TO_TELL = "/how-to-tell"


def invitation(token: str) -> str:
    return f"/invitations/{token}"


def password_reset(token: str) -> str:
    return f"/password/reset/{token}"


def watch(video_session: VideoSession) -> str:
    return f"/watch/{video_session.key}"


def absolute(path: str) -> str:
    """The whole address of a path, on the base URL of the settings."""
    return tools().settings.base_url.rstrip("/") + path
