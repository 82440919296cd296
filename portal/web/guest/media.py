"""Bytes: films in each quality, what players read to find them, storyboards, captions, downloads, and posters.

Every address is under a player of one browser, and every answer is asked for anew: nothing is kept by anybody between.
"""

import re
from collections.abc import Callable

from flask import Blueprint, Response, current_app, request

from portal.basics.clock import now
from portal.domain import access as who_may
from portal.domain import media_rights, playlists, shown_captions
from portal.domain.media_rights import Download, MediaToSend, WordsToSend
from portal.storage.db import transaction
from portal.web import headers, sending, served
from portal.web.access import Access, access
from portal.web.identity import current_sign_in, sign_in_token, signed_in_user

bp = Blueprint("media", __name__)
_NOT_IN_FILE_NAMES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
_ENDINGS = {"video/mp4": ".mp4", "audio/mp4": ".m4a"}


@bp.get("/media/<stream_key>/film")
@access(Access.SIGNED_IN, bytes_only=True)
def film(stream_key: str) -> Response:
    """For a plain `<video>`. With the `version` it began with, another film never comes in the middle of one."""
    version = asked_version()
    return _film(stream_key, lambda token: media_rights.may_fetch(stream_key, token, at=now(), version=version))


@bp.get("/media/<stream_key>/<int:version>/<name>.mp4")
@access(Access.SIGNED_IN, bytes_only=True)
def quality(stream_key: str, version: int, name: str) -> Response:
    def right(token: str) -> MediaToSend | None:
        return media_rights.may_fetch(stream_key, token, at=now(), version=version, name=name)

    return _film(stream_key, right)


@bp.get("/media/<stream_key>/<int:version>/master.m3u8")
@access(Access.SIGNED_IN, bytes_only=True)
def master(stream_key: str, version: int) -> Response:
    found = media_rights.qualities(stream_key, sign_in_token(), version, at=now())
    return _text(playlists.master(found) if found else None, playlists.HLS)


@bp.get("/media/<stream_key>/<int:version>/<name>.m3u8")
@access(Access.SIGNED_IN, bytes_only=True)
def playlist(stream_key: str, version: int, name: str) -> Response:
    media = media_rights.may_fetch(stream_key, sign_in_token(), at=now(), version=version, name=name)
    return _text(playlists.of_quality(media, name) if media else None, playlists.HLS)


@bp.get("/media/<stream_key>/<int:version>/storyboard.vtt")
@access(Access.SIGNED_IN, bytes_only=True)
def storyboard(stream_key: str, version: int) -> Response:
    found = media_rights.sheets(stream_key, sign_in_token(), version, at=now())
    return _text(playlists.storyboard(*found) if found else None, playlists.WEBVTT)


@bp.get("/media/<stream_key>/<int:version>/storyboard-<name>.jpg")
@access(Access.SIGNED_IN, bytes_only=True)
def sheet(stream_key: str, version: int, name: str) -> Response:
    found = media_rights.may_fetch_sheet(stream_key, sign_in_token(), version, name, at=now())
    if found is None or not _takes_the_view(found):
        return sending.refused()
    return sending.send_picture(found.store_key, found.content_type)


@bp.get("/media/<stream_key>/captions/<track_key>.vtt")
@access(Access.SIGNED_IN, bytes_only=True)
def captions(stream_key: str, track_key: str) -> Response:
    found = media_rights.may_read_captions(stream_key, sign_in_token(), track_key, at=now())
    if found is None or not _takes_the_view(found):
        return sending.refused()
    return _text(shown_captions.as_webvtt(found.track, found.length_seconds), playlists.WEBVTT)


@bp.get("/media/<stream_key>/download")
@access(Access.SIGNED_IN, bytes_only=True)
def download(stream_key: str) -> Response:
    """The recording as a file. Counted when it begins; the rest of one that was cut off is not counted again."""
    token = sign_in_token()
    found = media_rights.may_download(stream_key, token, at=now())
    if found is None:
        return sending.refused()
    return sending.send(
        found.media,
        begins=lambda: _note_download(found),
        still_allowed=lambda: media_rights.may_download(stream_key, token, at=now()) is not None,
        disposition=sending.attachment(_file_name(found)),
    )


@bp.get("/posters/<key>")
@access(Access.SIGNED_IN, bytes_only=True)
def poster(key: str) -> Response:
    file = who_may.poster_of(signed_in_user(), key, at=now(), sign_in=current_sign_in())
    return sending.send_picture(file.store_key, file.content_type) if file else sending.refused()


def asked_version() -> int | None:
    """The version that a player says it plays; None: it does not say."""
    given = request.args.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def note_delivery(media: MediaToSend) -> bool:
    """Most ranges are not worth a note; the first one is, and one now and then."""
    if not (media.is_first or media.needs_touch):
        return True
    with transaction():
        return media_rights.note_delivery(media, at=now())


def _takes_the_view(found: MediaToSend | WordsToSend) -> bool:
    """Whoever has words or little pictures of it has had something of it: the start is not given back any more."""
    if not found.is_first or request.method == "HEAD":
        return True
    with transaction():
        return media_rights.note_first(found.viewing_id, at=now())


def _film(stream_key: str, right: Callable[[str], MediaToSend | None]) -> Response:
    token = sign_in_token()
    media = right(token)
    if media is None:
        return sending.refused()
    tally = served.tally_of(current_app)
    return sending.send(
        media,
        begins=lambda: note_delivery(media),
        still_allowed=lambda: right(token) is not None,
        sent=lambda part: tally.note(stream_key, media, part),
        headers={"Content-Security-Policy": headers.OF_BYTES},
    )


def _note_download(found: Download) -> bool:
    """One that begins at the first byte is a download; so is the first of this sitting, wherever it begins."""
    begins = re.fullmatch(r"\s*bytes\s*=\s*[1-9].*", request.headers.get("Range", ""), re.IGNORECASE) is None
    if not begins and found.taken and not found.media.is_first:
        return note_delivery(found.media)
    with transaction():
        return media_rights.note_download(found, at=now())


def _file_name(found: Download) -> str:
    title = " ".join(_NOT_IN_FILE_NAMES.sub(" ", found.name).split()).strip(". ")[:120].strip()
    return (title or "Recording") + _ENDINGS.get(found.media.content_type, "")


def _text(words: str | None, content_type: str) -> Response:
    if words is None:
        return sending.refused()
    return Response(words, content_type=content_type, headers={"Cache-Control": "private, no-store"})
