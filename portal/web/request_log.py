"""One line a request, for operators: plain values; no address, token, password or code."""

import logging
import sys
import time

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger()


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


def configure(*, quiet: bool = False) -> None:
    """Plain JSON lines on standard error; `quiet` keeps only warnings and worse."""
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
