"""Bytes: films, each range of them checked as it is asked for, and posters."""

from flask import Blueprint, Response, current_app

from portal.basics.clock import now
from portal.domain import access as who_may
from portal.domain import playback
from portal.domain.playback import MediaToSend
from portal.domain.work import tools
from portal.storage.db import transaction
from portal.web import sending, served
from portal.web.access import Access, access
from portal.web.identity import current_sign_in, sign_in_token, signed_in_user

bp = Blueprint("media", __name__)


@bp.get("/media/<stream_key>/film")
@access(Access.SIGNED_IN, bytes_only=True)
def film(stream_key: str) -> Response:
    token = sign_in_token()
    media = playback.may_fetch(stream_key, token, at=now())
    if media is None:
        return sending.refused()
    tally = served.tally_of(current_app)
    return sending.send(
        media,
        begins=lambda: _note_delivery(media),
        still_allowed=lambda: playback.may_fetch(stream_key, token, at=now()) is not None,
        sent=lambda part: tally.note(stream_key, media, part),
    )


@bp.get("/posters/<key>")
@access(Access.SIGNED_IN, bytes_only=True)
def poster(key: str) -> Response:
    file = who_may.poster_of(signed_in_user(), key, at=now(), sign_in=current_sign_in())
    if file is None:
        return sending.refused()
    with tools().media.open(file.store_key) as picture:
        body = picture.read()
    return Response(body, content_type=file.content_type, headers={"Cache-Control": "private, no-store"})


def _note_delivery(media: MediaToSend) -> bool:
    """Most ranges are not worth a note; the first one is, and one now and then."""
    if not (media.is_first or media.needs_touch):
        return True
    with transaction():
        return playback.note_delivery(media, at=now())
