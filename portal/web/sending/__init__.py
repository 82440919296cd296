"""Sends kept files: the bytes that were asked for, to so many people at once and no more.

By the portal itself, or by the nginx in front, which is told where the file is and tells nobody (deploy/nginx).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Flask, Response, current_app, request

from portal.basics.byte_ranges import Part
from portal.domain.work import Tools
from portal.web.sending.answers import (
    MOST_HANDED_OVER,
    REFUSED,
    STRETCH,
    Answer,
    Outlet,
    Sendable,
    Wish,
    answer,
    attachment,
    whole,
)
from portal.web.sending.turnstile import MOST_FOR_ONE, Turnstile
from portal.web.sending.window import Window

__all__ = [
    "MOST_FOR_ONE",
    "MOST_HANDED_OVER",
    "STRETCH",
    "Answer",
    "FileToSend",
    "Outlet",
    "Sendable",
    "Turnstile",
    "Window",
    "Wish",
    "answer",
    "attachment",
    "outlet_of",
    "refused",
    "send",
    "send_picture",
    "whole",
]


@dataclass(frozen=True)
class FileToSend:
    """A kept file that may be sent to this person at this moment."""

    user_id: int
    store_key: str
    content_type: str
    size_bytes: int


def refused() -> Response:
    """The one answer to every no: nothing of the file, not even its length."""
    return _response(REFUSED)


def send(
    file: Sendable,
    *,
    begins: Callable[[], bool] = lambda: True,
    still_allowed: Callable[[], bool] = lambda: True,
    sent: Callable[[Part], None] = lambda _part: None,
    disposition: str = "inline",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with the whole file or the range the request asks for.

    `begins` is asked when bytes are about to leave, and may still say no. `still_allowed` is asked again, in an app
    context, after each stretch of a longer answer; at a no the line is cut. `sent` is told what has left, at the end.
    """
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def asked_again() -> bool:
        with app.app_context():
            return still_allowed()

    wish = Wish(request.method, request.headers.get("Range"), _stripped(request.headers.get("If-Range")))
    found = answer(
        wish,
        file,
        outlet_of(app),
        begins=begins,
        still_allowed=asked_again,
        sent=sent,
        disposition=disposition,
        headers=headers,
    )
    return _response(found)


def send_picture(store_key: str, content_type: str) -> Response:
    """Answer with a small file, whole."""
    return _response(whole(store_key, content_type, outlet_of(current_app)))


def outlet_of(app: Flask) -> Outlet:
    """What the bytes of this process leave by."""
    kept: Outlet | None = app.extensions.get("outlet")
    if kept is None:
        made = _outlet(app.extensions["portal"])
        kept = app.extensions.setdefault("outlet", made)  # of two threads at once, the first one's
    return kept


def _outlet(told: Tools) -> Outlet:
    threads = told.settings.web_threads
    return Outlet(told.media, told.settings.send_files == "nginx", Turnstile(max(1, threads * 3 // 4)))


def _response(found: Answer) -> Response:
    body = found.wsgi_body(request.environ)
    return Response(body, status=found.status, headers=found.headers, direct_passthrough=True)


def _stripped(header: str | None) -> str | None:
    return None if header is None else header.strip()
