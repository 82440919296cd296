"""Bytes: films, each range of them checked as it is asked for, and posters."""

from flask import Blueprint, Response

from portal.basics.clock import now
from portal.domain import access as who_may
from portal.domain import playback
from portal.domain.work import tools
from portal.web import sending
from portal.web.access import Access, access
from portal.web.identity import sign_in_token, signed_in_user

bp = Blueprint("media", __name__)


@bp.get("/media/<viewing_key>/film")
@access(Access.SIGNED_IN, bytes_only=True)
def film(viewing_key: str) -> Response:
    token = sign_in_token()
    media = playback.may_fetch(viewing_key, token, at=now())
    if media is None:
        return sending.refused()
    return sending.send(media, lambda: playback.may_fetch(viewing_key, token, at=now()) is not None)


@bp.get("/posters/<key>")
@access(Access.SIGNED_IN, bytes_only=True)
def poster(key: str) -> Response:
    file = who_may.poster_of(signed_in_user(), key, at=now())
    if file is None:
        return sending.refused()
    with tools().media.open(file.store_key) as picture:
        body = picture.read()
    return Response(body, content_type=file.content_type, headers={"Cache-Control": "private, no-store"})
