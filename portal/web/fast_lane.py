"""The many byte ranges of films, answered before Flask: same question, same answer, a fraction of the work.

It answers only what is allowed and leaves nothing to write down. A no, a first byte, a browser to be noted as seen,
whatever is odd or fails: all of that goes on to the view (guest/media.py), which asks again and has the last word.
"""

import re
import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature
from werkzeug.http import parse_cookie

from portal.basics.clock import now
from portal.domain import media_rights
from portal.domain.media_rights import MediaToSend, Settled
from portal.storage.db import db
from portal.storage.prepared import CANNOT_ASK, QuickConnections
from portal.web import headers, identity, request_log, sending, served
from portal.web.sending import Answer, Wish

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger()
_FILM = re.compile(r"/media/([a-z0-9]{16})/film")
_QUALITY = re.compile(r"/media/([a-z0-9]{16})/(\d{1,9})/([A-Za-z0-9]{1,20})\.mp4", re.ASCII)
_VERSION = re.compile(r"version=(\d{1,9})", re.ASCII)
_COOKIES_KEPT = 2000
_COOKIE_KEPT_SECONDS = 60.0
_TOO_LONG_SECONDS = 1.0
Asked = tuple[str, int | None, str | None]  # the player's key, the version and the quality; None: not said


class FastLane:
    """Answers ranges of films by itself, and everything else by `application`."""

    def __init__(self, app: Flask, application: "WSGIApplication") -> None:
        self._app, self._next = app, application
        self._cookies = Cookies(app)
        self._rights: Settled | None = None
        policy = ("Content-Security-Policy", headers.OF_BYTES)
        self._headers = [*headers.of_every_answer(app), policy, ("Vary", "Cookie")]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        asked = asked_for(environ)
        answer = self._answer(environ, asked) if asked else None
        if answer is None:
            return self._next(environ, start_response)
        status = HTTPStatus(answer.status)
        length = [("Content-Length", "0")] if answer.body == () else []
        start_response(f"{status.value} {status.phrase}", [*answer.headers, *length, *self._headers])
        return answer.wsgi_body(environ)

    def _answer(self, environ: "WSGIEnvironment", asked: Asked) -> Answer | None:
        begun = time.perf_counter()
        token = self._cookies.token_in(environ.get("HTTP_COOKIE", ""))
        if not token:
            return None
        try:
            media = self._may_fetch(asked, token)
        except CANNOT_ASK as fault:  # the view asks again, and answers for it
            log.warning("the fast lane could not ask", error=type(fault).__name__)
            return AWAY if time.perf_counter() - begun > _TOO_LONG_SECONDS else None
        if media is None:
            return None
        answer = self._sent(environ, asked, token, media)
        took = round((time.perf_counter() - begun) * 1000, 1)
        request_log.note(_ROUTES[asked[2] is None], answer.status, took)
        return answer

    def _may_fetch(self, asked: Asked, token: str) -> MediaToSend | None:
        if self._rights is None:
            self._rights = self._first_time()
        stream_key, version, name = asked
        return self._rights.may_fetch(stream_key, token, at=now(), version=version, name=name)

    def _first_time(self) -> Settled:
        with self._app.app_context():
            options = self._app.config["SQLALCHEMY_ENGINE_OPTIONS"]
            return Settled(QuickConnections(db.engine, options))

    def _sent(self, environ: "WSGIEnvironment", asked: Asked, token: str, media: MediaToSend) -> Answer:
        stream_key, version, name = asked
        tally = served.tally_of(self._app)

        def still_allowed() -> bool:
            with self._app.app_context():
                right = media_rights.may_fetch(stream_key, token, at=now(), version=version, name=name)
                return right is not None

        condition = environ.get("HTTP_IF_RANGE")
        return sending.answer(
            Wish("GET", environ.get("HTTP_RANGE"), condition.strip() if condition else condition),
            media,
            sending.outlet_of(self._app),
            begins=_yes,
            still_allowed=still_allowed,
            sent=lambda part: tally.note(stream_key, media, part),
        )


class Cookies:
    """The sign-in tokens in cookies that this portal has signed. What a cookie says never changes, so it is kept for a
    while; whether the token is good for anything is asked each time.
    """

    def __init__(self, app: Flask) -> None:
        interface = app.session_interface
        assert isinstance(interface, SecureCookieSessionInterface)
        self._name = interface.get_cookie_name(app)
        self._signer = interface.get_signing_serializer(app)
        self._longest = int(app.permanent_session_lifetime.total_seconds())
        self._kept: dict[str, tuple[str, float]] = {}

    def token_in(self, header: str) -> str:
        """The token in a Cookie header; empty where there is none, or it is not of our making."""
        kept = self._kept.get(header)
        moment = time.monotonic()
        if kept is not None and kept[1] > moment:
            return kept[0]
        token = self._read(header)
        if token:
            if len(self._kept) >= _COOKIES_KEPT:
                self._kept = {}
            self._kept[header] = token, moment + _COOKIE_KEPT_SECONDS
        return token

    def _read(self, header: str) -> str:
        value = parse_cookie(header).get(self._name)
        if not value or self._signer is None:
            return ""
        try:
            return identity.token_in(self._signer.loads(value, max_age=self._longest))
        except BadSignature:
            return ""


def asked_for(environ: "WSGIEnvironment") -> Asked | None:
    """What a request wants of a film; None: nothing that is for the fast lane."""
    path: str = environ["PATH_INFO"]
    if environ["REQUEST_METHOD"] != "GET" or not path.startswith("/media/"):
        return None
    query = environ.get("QUERY_STRING", "")
    quality = _QUALITY.fullmatch(path)
    if quality:
        return None if query else (quality[1], int(quality[2]), quality[3])
    film, version = _FILM.fullmatch(path), _VERSION.fullmatch(query)
    if film is None or (query and version is None):
        return None
    return film[1], int(version[1]) if version else None, None


def _yes() -> bool:
    return True


_ROUTES = {True: "/media/<stream_key>/film", False: "/media/<stream_key>/<int:version>/<name>.mp4"}
AWAY = Answer(
    503,
    [
        ("Cache-Control", "private, no-store"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Retry-After", "2"),
    ],
)
"""The database does not answer, and was waited for already: it is not waited for twice (security.md, Faults)."""
