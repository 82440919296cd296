"""One line a request, for operators: plain values; no address, token, password or code."""

import logging
import sys
import time

import structlog
from flask import Flask, Response, g, request

from portal.basics.clock import now

log = structlog.get_logger()
_quiet = False


def init_app(app: Flask) -> None:
    """Log every request but those for assets, by the route's pattern: the paths of letters hold tokens."""

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        if request.endpoint != "static":
            took = round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1)
            route = request.url_rule.rule if request.url_rule else "none"
            log.info("request", method=request.method, route=route, status=response.status_code, ms=took)
        return response


def note(route: str, status: int, ms: float) -> None:
    """The line of a GET that was answered before Flask, as `init_app` writes it. There are hundreds a second, and to go
    through structlog took a tenth of each.
    """
    if not _quiet:
        at = now().replace(tzinfo=None).isoformat()
        sys.stderr.write(
            f'{{"method": "GET", "route": "{route}", "status": {status}, "ms": {ms}, "event": "request", '
            f'"level": "info", "timestamp": "{at}Z"}}\n'
        )
        sys.stderr.flush()


def configure(*, quiet: bool = False) -> None:
    """Plain JSON lines on standard error; `quiet` keeps only warnings and worse."""
    global _quiet  # noqa: PLW0603 - as structlog's own configuration is, for the process
    _quiet = quiet
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
