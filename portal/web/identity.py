"""Who is at this browser: the sign-in its cookie names, looked up once a request."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import Flask, g, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_login import LoginManager, current_user
from itsdangerous import URLSafeTimedSerializer

from portal.basics.clock import now
from portal.basics.networks import network_of
from portal.domain import audit, sign_ins
from portal.domain.sign_ins import Present
from portal.storage.db import transaction
from portal.storage.models import SignIn, User

_TOKEN = "sign_in"  # noqa: S105 - the name of the entry, not a secret


class Cookies(SecureCookieSessionInterface):
    """Flask's cookies, read and signed by one serializer: a new one for each request took half of the time."""

    def __init__(self) -> None:
        self._serializer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if self._serializer is None:
            self._serializer = super().get_signing_serializer(app)
        return self._serializer


def init_app(app: Flask) -> None:
    """Tell Flask-Login how to find the person, and note that the browser is in use once a minute at most."""
    app.session_interface = Cookies()
    manager = LoginManager()
    manager.session_protection = None  # phones change address
    manager.init_app(app, add_context_processor=False)
    manager.request_loader(_load)
    app.before_request(_note_use)


def present() -> Present | None:
    """The sign-in and user of this request, or None when nobody is signed in."""
    if "present" not in g:
        token = session.get(_TOKEN)
        g.present = sign_ins.find(token, at=now()) if isinstance(token, str) else None
    found: Present | None = g.present
    return found


def signed_in_user() -> User:
    """The real row of whoever is signed in. Only for views whose access says someone is."""
    user = current_user._get_current_object()
    assert isinstance(user, User)
    return user


def current_sign_in() -> SignIn:
    """This browser's sign-in. Only for views whose access says someone is signed in."""
    here = present()
    assert here is not None
    return here.sign_in


def sign_in_token() -> str:
    """The token this browser holds, for rules that check it themselves; empty when it holds none."""
    return token_in(session)


def token_in(cookie: Mapping[str, Any]) -> str:
    """The token that a cookie of ours holds, whoever read the cookie; empty when it holds none."""
    token = cookie.get(_TOKEN)
    return token if isinstance(token, str) else ""


def remember(token: str) -> None:
    """Make this browser the one the token belongs to; everything it held before is dropped (ASVS 7.2.4)."""
    session.clear()
    session[_TOKEN] = token
    g.pop("present", None)
    g.pop("_login_user", None)


def forget() -> None:
    """This browser is nobody's any more."""
    session.clear()
    g.pop("present", None)
    g.pop("_login_user", None)


def look_away() -> None:
    """The rest of this answer knows nobody: an error page must not ask for a row that a rollback made stale."""
    g.present = None


def client_network() -> str:
    """The network the request comes from; forwarded addresses count only from trusted proxies (settings)."""
    return network_of(request.remote_addr)


def wanted_path() -> str:
    """Where this request was headed, for the way back after signing in: only pages can be gone back to."""
    return request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else "/"


def safe_next(path: str | None, fallback: str = "/") -> str:
    """A plain path of this site, or the fallback; checked as given and as a browser reads it (security.md, Web)."""
    if not path or not path.startswith("/") or len(path) > 2000:
        return fallback
    for as_read in (path, unquote(path)):
        plain = as_read.isprintable() and "\\" not in as_read and " " not in as_read.split("?")[0]
        if not plain or "//" in as_read.split("?")[0]:
            return fallback
    if urlsplit(path).netloc or urlsplit(path).scheme:
        return fallback
    return path


def _load(_request: object) -> User | None:
    here = present()
    return here.user if here else None


def _note_use() -> None:
    audit.acting_from.set(client_network())
    if request.endpoint in (None, "static"):
        return
    here = present()
    at = now()
    if here and sign_ins.needs_touch(here.sign_in, at=at):
        with transaction():
            sign_ins.touch(here, at=at)
