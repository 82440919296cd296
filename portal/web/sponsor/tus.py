"""Files in pieces: the tus protocol, 1.0, with creation, termination and expiration (tus.io).

Whoever began an upload may go on with it, from any browser; to all others there is none. The script of the upload page
speaks it, and reads beside it what became of a file that is whole.
"""

import base64
import binascii
from email.utils import format_datetime
from typing import Any

import structlog
from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_wtf.csrf import generate_csrf

from portal.basics.clock import now
from portal.basics.errors import NotFound
from portal.domain import library, uploads
from portal.domain.library import MadeAlready, WrongDescription, WrongTitle
from portal.domain.uploads import NoRoomNow, NotHere, NotWhole, OverQuota, WrongFile
from portal.storage.db import DATABASE_AWAY, let_go, transaction
from portal.storage.media_store import NoRoom, StoreAway
from portal.storage.models import Folder, Upload, User, VideoSession
from portal.storage.partial_files import BeingWritten, Mark, PutAside
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor.library_forms import FOLDER_GONE
from portal.web.sponsor.uploads import pieces, takes_piece
from portal.web.typed import visible

bp = Blueprint("tus", __name__)
log = structlog.get_logger()

VERSION = "1.0.0"
_BUSY = {"Retry-After": "3"}


@bp.after_request
def _add_headers(response: Response) -> Response:
    response.headers["Tus-Resumable"] = VERSION
    if not response.get_data():
        response.mimetype = "text/plain"  # no page: it has no words
    if request.method == "OPTIONS":
        response.headers["Tus-Version"] = VERSION
        response.headers["Tus-Extension"] = "creation,termination,expiration"
        response.headers["Tus-Max-Size"] = str(uploads.largest_file())
    return response


@bp.post("/uploads")
@access(Access.SPONSOR)
def begin() -> Any:
    _speak_the_same()
    by, told = signed_in_user(), _told()
    size = _number("Upload-Length")
    video_session = library.find_own(told["session"], by) if told.get("session") else None
    try:
        upload = _begin(told, size, video_session, by)
    except MadeAlready:
        upload = _begin(told, size, video_session, by)  # the same form at the same moment: it is there by now
    except WrongTitle as fault:
        return jsonify(errors={"title": str(fault)}), 422
    except WrongDescription as fault:
        return jsonify(errors={"description": str(fault)}), 422
    except WrongFile as fault:
        return jsonify(errors={"file": str(fault)}), _status_of(fault)
    except FolderGone:
        return jsonify(errors={"folder": FOLDER_GONE}), 422
    place = {"Location": url_for(".show", key=upload.key), **_expires(upload)}
    return jsonify(key=upload.key), 201, place


class FolderGone(Exception):
    """The folder that was chosen is not this person's, or not any more."""


def _begin(told: dict[str, str], size: int, video_session: VideoSession | None, by: User) -> Upload:
    with transaction():
        return uploads.begin(
            name=told.get("filename", ""),
            size_bytes=size,
            title=told.get("title", ""),
            description=told.get("description", ""),
            folder=_folder(told.get("folder", ""), by),
            video_session=video_session,
            form_key=uploads.checked_form_key(told.get("form_key")),
            by=by,
            at=now(),
        )


def _folder(key: str, by: User) -> Folder | None:
    if not key:
        return None
    try:
        folder = library.find_own_folder(key, by)
    except NotFound:
        raise FolderGone from None
    if folder.owner_id != by.id:
        raise FolderGone
    return folder


def _status_of(fault: WrongFile) -> int:
    match fault:
        case NoRoomNow():
            return 507
        case OverQuota():
            return 413
        case _:
            return 422


@bp.get("/uploads/<key>")
@access(Access.SPONSOR)
def show(key: str) -> Response:
    """How far it is. `marks` tell our script whether a file that was chosen again is the same one."""
    upload = uploads.find(key, signed_in_user())
    arrived = uploads.arrived_bytes(upload)
    if upload.failure:
        abort(410)
    answer = jsonify(
        offset=arrived,
        size=upload.size_bytes,
        name=upload.file_name,
        marks=_marks(upload),
        csrf_token=generate_csrf(),  # after signing in again the one of the page is worth nothing
    )
    answer.headers["Upload-Offset"] = str(arrived)
    answer.headers["Upload-Length"] = str(upload.size_bytes)
    answer.headers.update(_expires(upload))
    return answer


def _marks(upload: Upload) -> list[Mark]:
    part = uploads.part_of(upload)
    return [] if upload.became_id is not None or not part.size() else part.marks()


@bp.patch("/uploads/<key>")
@access(Access.SPONSOR)
@takes_piece
def go_on(key: str) -> Any:
    _speak_the_same()
    upload, offset = uploads.find(key, signed_in_user()), _number("Upload-Offset")
    if upload.failure:
        abort(410)
    if upload.became_id is not None:
        return _stands_at(upload, upload.size_bytes) if offset == upload.size_bytes else ("", 409)
    _note(upload)  # and lets the connection go: it may take an hour to come
    try:
        size = uploads.write(upload, offset, pieces())
    except (NotHere, PutAside):
        return "", 409
    except BeingWritten:
        return "", 423, _BUSY
    except NoRoom:
        return jsonify(errors={"file": uploads.NO_ROOM}), 507
    except WrongFile:
        return "", 413
    finally:
        _note(upload)
    if size == upload.size_bytes:
        _finish_quietly(upload)
    elif offset == 0 and not uploads.look_at_beginning(upload, within=transaction, at=now()):
        return jsonify(errors={"file": upload.failure}), 422
    return _stands_at(upload, size)


def _note(upload: Upload) -> None:
    with transaction():
        uploads.note(upload, at=now())


def _stands_at(upload: Upload, size: int) -> Any:
    return "", 204, {"Upload-Offset": str(size), **_expires(upload)}


def _finish_quietly(upload: Upload) -> None:
    """All of it is here: make of it what it is for. What stands in the way is told to whoever asks `finish`."""
    try:
        uploads.finish(upload, within=transaction, at=now())
    except (NotWhole, BeingWritten, NoRoom, StoreAway, *DATABASE_AWAY) as fault:
        let_go()
        log.warning("upload whole and not taken yet", upload=upload.id, why=type(fault).__name__)


@bp.post("/uploads/<key>/finish")
@access(Access.SPONSOR)
def finish(key: str) -> Any:
    """What became of it, for our script; asked as often as one likes."""
    upload = uploads.find(key, signed_in_user())
    try:
        video_session = uploads.finish(upload, within=transaction, at=now())
    except NotWhole:
        return jsonify(offset=uploads.arrived_bytes(upload)), 409
    except BeingWritten:
        return jsonify(), 423, _BUSY
    except NoRoom:
        return jsonify(errors={"file": uploads.NO_ROOM}), 507
    except StoreAway:
        return jsonify(), 503, _BUSY
    if video_session is None:
        return jsonify(errors={"file": upload.failure}), 422
    return jsonify(url=url_for("sponsor.sessions.show", key=video_session.key), title=video_session.title), 201


@bp.delete("/uploads/<key>")
@access(Access.SPONSOR)
def terminate(key: str) -> Any:
    _speak_the_same()
    _give_up(key)
    return "", 204


@bp.get("/uploads/<key>/give-up")
@access(Access.SPONSOR)
def ask_give_up(key: str) -> Any:
    upload = uploads.find(key, signed_in_user())
    if upload.became_id is not None:
        return redirect(url_for("sponsor.sessions.new"), 303)
    return render_template("sponsor/sessions/give_up_upload.html", key=key, coming=uploads.coming_of(upload))


@bp.post("/uploads/<key>/give-up")
@access(Access.SPONSOR)
def give_up(key: str) -> Any:
    upload = _give_up(key)
    if upload.failure:
        flash(f"{upload.file_name} is off the list", "done")
    else:
        flash(f"{upload.file_name} is given up\nWhat was here of it is deleted.", "done")
    return redirect(url_for("sponsor.sessions.new"), 303)


def _give_up(key: str) -> Upload:
    by = signed_in_user()
    with transaction():
        upload = uploads.find(key, by)
        uploads.give_up(upload, by=by)
    return upload


def _speak_the_same() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        answer = Response(status=412)
        answer.headers["Tus-Version"] = VERSION
        abort(answer)


def _number(header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        abort(400)
    return int(text)


_WORDS = ("filename", "title", "description", "folder", "session", "form_key")


def _told() -> dict[str, str]:
    """What stands beside the file: as the protocol has it, in a header, or in a form, which may be longer."""
    in_form = {name: str(request.form[name]) for name in _WORDS if name in request.form}
    return _metadata() | in_form


def _metadata() -> dict[str, str]:
    """Names to words, each in Base64."""
    given, told = request.headers.get("Upload-Metadata", ""), {}
    for pair in given.split(",") if given else []:
        name, _, value = pair.strip().partition(" ")
        try:
            words = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            abort(400)
        told[name] = "\n".join(visible(line) for line in words.splitlines())
    return told


def _expires(upload: Upload) -> dict[str, str]:
    return {"Upload-Expires": format_datetime(uploads.kept_until(upload), usegmt=True)}
