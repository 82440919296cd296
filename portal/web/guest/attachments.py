"""Papers of a recording, for whoever may watch it: saved to disk, never shown inside of the portal."""

from flask import Blueprint, Response

from portal.basics.clock import now
from portal.basics.errors import NotFound
from portal.domain import attachments, sign_ins
from portal.web import sending
from portal.web.access import Access, access
from portal.web.identity import current_sign_in, sign_in_token, signed_in_user
from portal.web.sending import FileToSend

bp = Blueprint("attachments", __name__)
_HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'"}
"""Should something show it all the same, nothing in it runs, and nothing of it reaches the portal."""


@bp.get("/watch/<key>/attachments/<attachment_key>")
@access(Access.SIGNED_IN, bytes_only=True)
def file(key: str, attachment_key: str) -> Response:
    viewer, sign_in, token = signed_in_user(), current_sign_in(), sign_in_token()
    try:
        paper, name = attachments.of_viewer(viewer, key, attachment_key, at=now(), sign_in=sign_in)
    except NotFound:
        return sending.refused()
    return sending.send(
        FileToSend(viewer.id, paper.store_key, paper.content_type, paper.size_bytes),
        still_allowed=lambda: _still_allowed(token, key, attachment_key),
        disposition=sending.attachment(_file_name(name)),
        headers=_HEADERS,
    )


def _still_allowed(token: str, key: str, attachment_key: str) -> bool:
    at = now()
    here = sign_ins.find(token, at=at)
    if here is None:
        return False
    try:
        attachments.of_viewer(here.user, key, attachment_key, at=at, sign_in=here.sign_in)
    except NotFound:
        return False
    return True


def _file_name(name: str) -> str:
    return name if name.lower().endswith(".pdf") else f"{name}.pdf"
