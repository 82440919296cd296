"""Bodies that hold a video: streamed to disk beside the media store, and only for those who may send one.

A view marked with `takes_upload` or `takes_piece` gets a larger body than all others. Who asks, how much they announce
and whether there is room is checked before a byte of it is read; what a form leaves behind is gone when it ends.
"""

import tempfile
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import IO, Any, TypeVar

from flask import Flask, Request, abort, current_app, g, request

from portal.basics.tables import LARGEST_FILE
from portal.domain import uploads
from portal.domain.uploads import Arrived, NoRoomNow, WrongFile
from portal.domain.work import tools
from portal.storage.db import let_go
from portal.storage.media_store import NoRoom
from portal.web import errors
from portal.web.typed import Typed

PIECE_TYPE = "application/offset+octet-stream"
_LARGEST_PASTE = 2 * 1024 * 1024
_PIECE = 128 * 1024  # small enough that a slow line is not taken for a dead one
_LOOK_AGAIN = 16 * 1024 * 1024  # bytes after which the room on the disk is looked at again
View = TypeVar("View", bound=Callable[..., Any])


def takes_upload(view: View) -> View:
    """Mark a view whose form brings a video."""
    view.takes_upload = True  # type: ignore[attr-defined]
    return view


def takes_list(view: View) -> View:
    """Mark a view whose form brings a list of guests: small enough to be read at once."""
    view.takes_list = True  # type: ignore[attr-defined]
    return view


def takes_piece(view: View) -> View:
    """Mark a view that reads a piece of a file from the body itself; nothing else may be in it."""
    view.takes_piece = True  # type: ignore[attr-defined]
    return view


class IncomingFile(FileIO):
    """A file being received. Stops with `NoRoom` when others have filled the disk to its floor meanwhile."""

    def __init__(self, descriptor: int, path: Path) -> None:
        super().__init__(descriptor, "r+b")
        self.path = path
        self._until_look = _LOOK_AGAIN

    def write(self, data: Any) -> int:
        self._until_look -= len(data)
        if self._until_look < 0:
            self._until_look = _LOOK_AGAIN
            if not tools().media.has_room_for(0):
                raise NoRoom("The disk is at its floor")
        left = memoryview(data)
        while left:
            left = left[super().write(left) or 0 :]
        return len(data)


class UploadRequest(Request):
    """A request whose video goes straight to the incoming folder, so that keeping it is a rename."""

    parameter_storage_class = Typed

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        incoming: list[IncomingFile] | None = g.get("incoming_files")
        if incoming is None:
            return super()._get_file_stream(total_content_length, content_type, filename, content_length)
        if incoming:
            abort(400)  # one form, one file
        descriptor, name = tempfile.mkstemp(dir=tools().media.incoming_folder, prefix="upload-")
        incoming.append(IncomingFile(descriptor, Path(name)))
        return incoming[0]


def init_app(app: Flask) -> None:
    """Call after access is checked and before forms are, which reads the body."""
    app.request_class = UploadRequest
    app.before_request(_prepare)
    app.teardown_request(_clear)
    app.register_error_handler(NoRoom, lambda _error: errors.page(507, words=uploads.NO_ROOM))


def pieces() -> Iterator[bytes]:
    """The body of this request as it comes; it ends early when the line does."""
    while piece := request.stream.read(_PIECE):
        yield piece


def arrived_file() -> Arrived | None:
    """The file that came with this request; None when the field was left empty."""
    for part in request.files.values():
        if part.filename and g.incoming_files:
            part.close()
            return Arrived(g.incoming_files[0].path, uploads.file_name(part.filename))
    return None


def _prepare() -> Any | None:
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "takes_piece", False):
        _prepare_piece()
        return None
    if getattr(view, "takes_list", False):
        return _prepare_list()
    return _prepare_form() if getattr(view, "takes_upload", False) else None


def _prepare_piece() -> None:
    if request.mimetype != PIECE_TYPE:
        abort(415)  # a form would be read before anybody has looked at it
    if request.content_length is None:
        abort(411)
    request.max_content_length = uploads.largest_file()


def _prepare_list() -> Any | None:
    most = LARGEST_FILE + _LARGEST_PASTE
    if (request.content_length or 0) > most:
        return errors.page(413, words=f"This list is too large. Lists have {LARGEST_FILE // 1024**2} MB at most.")
    request.max_content_length = most
    request.max_form_memory_size = _LARGEST_PASTE
    return None


def _prepare_form() -> Any | None:
    if request.content_length is None:
        abort(411)
    try:
        uploads.check_size(request.content_length)
    except NoRoomNow as fault:
        return errors.page(507, words=str(fault))
    except WrongFile as fault:
        return errors.page(413, words=str(fault))
    request.max_content_length = uploads.largest_body()
    g.incoming_files = []
    let_go()  # it may take an hour to come; no connection is held meanwhile
    return None


def _clear(_error: BaseException | None) -> None:
    for file in g.pop("incoming_files", []):
        file.close()  # one that was cut off has nobody else to close it
        file.path.unlink(missing_ok=True)
