"""Headers of every answer, errors included, and the checks of where a form came from (security.md, Web)."""

import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response, abort, g, request
from secure import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    CustomHeader,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)
from werkzeug.exceptions import SecurityError
from werkzeug.wsgi import get_host

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_OWN = "'self'"
_POLICY = (
    ContentSecurityPolicy()
    .default_src("'none'")
    .script_src("%s", _OWN)  # this request's nonce
    .style_src(_OWN)
    .img_src(_OWN, "data:")
    .media_src(_OWN, "blob:")
    .font_src(_OWN)
    .connect_src(_OWN)
    .manifest_src(_OWN)
    .form_action(_OWN)
    .base_uri("'none'")
    .frame_ancestors("'none'")
    .header_value
)


OF_BYTES = "default-src 'none'; frame-ancestors 'none'"
"""The content policy of a film: it is no page, and nothing in it may load anything."""


def init_app(app: Flask, *, is_secure: bool, base_url: str) -> None:
    """Add the headers to every answer and check the origin of every form."""
    fixed = Secure(
        referrer=ReferrerPolicy().same_origin(),
        coop=CrossOriginOpenerPolicy().same_origin(),
        corp=CrossOriginResourcePolicy().same_origin(),
        hsts=StrictTransportSecurity().max_age(63072000).include_subdomains() if is_secure else None,
        permissions=PermissionsPolicy().geolocation().camera().microphone().payment(),
        xcto=XContentTypeOptions().nosniff(),
        xfo=XFrameOptions().deny(),
        custom=[CustomHeader("X-Robots-Tag", "noindex, nofollow")],
    ).headers.items()
    app.extensions["headers"] = list(fixed)
    origin = base_url.rstrip("/")

    @app.before_request
    def check_origin() -> None:
        if request.method not in _SAFE_METHODS and not _comes_from_here(origin):
            abort(403)

    @app.after_request
    def add(response: Response) -> Response:
        given = {name.lower() for name, _ in response.headers}  # read once: `setdefault` reads all each time
        for name, value in fixed:
            if name.lower() not in given:
                response.headers.add(name, value)
        if "content-security-policy" not in given:
            response.headers.add("Content-Security-Policy", _policy())
        if "cache-control" not in given and request.endpoint != "static":
            response.headers.add("Cache-Control", "no-store")
        return response


def of_every_answer(app: Flask) -> list[tuple[str, str]]:
    """What every answer has, but for its content policy and how long it may be kept."""
    kept: list[tuple[str, str]] = app.extensions["headers"]
    return kept


def only_for(hosts: list[str], app: "WSGIApplication") -> "WSGIApplication":
    """Answer requests that name one of these hosts, and no other: not even an error page is made for a forged one."""

    def check(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        try:
            get_host(environ, hosts)
        except SecurityError:
            return _no_such_host(environ, start_response)
        return app(environ, start_response)

    return check


_no_such_host = Response(
    "No such host here.\n",
    400,
    {
        "Content-Type": "text/plain; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    },
)


def csp_nonce() -> str:
    """This request's nonce, for the script elements of its page."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def _policy() -> str:
    return _POLICY % ContentSecurityPolicy.nonce(csp_nonce())


def _comes_from_here(origin: str) -> bool:
    """Whether a browser says that one of our own pages sent this. Old ones say neither; the CSRF token still stands."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    given = request.headers.get("Origin")
    return given is None or given in (origin, request.host_url.rstrip("/"))
