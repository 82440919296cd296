"""What goes wrong, as a page that says what to do; never a stack trace (product.md, Promises)."""

import structlog
from flask import Flask, render_template, request
from flask_wtf.csrf import CSRFError
from jinja2 import TemplateNotFound
from werkzeug.exceptions import HTTPException

from portal.basics import errors
from portal.storage.db import DATABASE_AWAY, DatabaseFault, db
from portal.web.identity import look_away

log = structlog.get_logger()
_BUSY_SECONDS = 5


def init_app(app: Flask) -> None:
    """Turn every kind of error into its page."""
    app.register_error_handler(HTTPException, lambda error: page(error.code or 500, _kept_headers(error)))
    app.register_error_handler(CSRFError, lambda _error: page(400))
    app.register_error_handler(errors.NotFound, lambda _error: page(404))
    app.register_error_handler(errors.Forbidden, lambda _error: page(403))
    app.register_error_handler(errors.Conflict, lambda error: page(409, words=str(error)))
    app.register_error_handler(errors.Busy, _busy)
    for kind in DATABASE_AWAY:
        app.register_error_handler(kind, _database_away)
    app.register_error_handler(Exception, _unforeseen)


def page(code: int, headers: dict[str, str] | None = None, *, words: str = "") -> tuple[str, int, dict[str, str]]:
    """The page of an error. `words` replaces its sentence."""
    try:
        body = render_template(f"errors/{code}.html", words=words)
    except TemplateNotFound:
        body = render_template("errors/500.html" if code >= 500 else "errors/400.html", words=words)
    return body, code, headers or {}


def _kept_headers(error: HTTPException) -> dict[str, str]:
    return {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After", "Content-Range")}


def _busy(error: errors.Busy) -> tuple[str, int, dict[str, str]]:
    return page(429, {"Retry-After": str(error.retry_after)}, words=str(error))


def _database_away(error: DatabaseFault) -> tuple[str, int, dict[str, str]]:
    _roll_back()
    log.error("database-away", route=str(request.url_rule), error=type(error).__name__)
    return page(503, {"Retry-After": str(_BUSY_SECONDS)})


def _unforeseen(_error: Exception) -> tuple[str, int, dict[str, str]]:
    _roll_back()
    log.exception("unforeseen", route=str(request.url_rule))  # noqa: LOG004 - Flask calls this while handling
    return page(500)


def _roll_back() -> None:
    look_away()
    try:
        db.session.rollback()
    except Exception:
        log.exception("rollback-failed")
