"""Files on their way in: looked at by their content, kept under random names, then a session that is being prepared.

`store` is called outside of a transaction, because it moves a file; `start` and `replace` in one. What a rolled back
transaction leaves in the store is given up with `drop`.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update

from portal.basics import tokens
from portal.basics.errors import NotFound, PortalError
from portal.basics.sizes import size_words
from portal.basics.texts import one_line
from portal.domain import audit, jobs, library
from portal.domain.audit import AuditKind
from portal.domain.work import tools
from portal.storage.db import db
from portal.storage.media_tools import Refused, reasons
from portal.storage.media_tools.containers import MATROSKA, recognise
from portal.storage.models import Folder, MediaFile, MediaKind, User, VideoSession, VideoState

NO_ROOM = "There is no room for this file at present. Try again later, or ask the portal's admins to make room."
EMPTY_FILE = reasons.EMPTY
_FORM_KEY = re.compile(r"[a-z2-7]{16}")
_FORM_BYTES = 1024 * 1024
"""What a form may hold beside its file."""


class WrongFile(PortalError):
    """A file that cannot be taken; the text is the sentence to show beside the field."""


@dataclass(frozen=True)
class Arrived:
    """A whole file in the incoming folder of the media store, and what it was called where it came from."""

    path: Path
    name: str

    @property
    def size_bytes(self) -> int:
        return self.path.stat().st_size

    @property
    def words(self) -> str:
        """“final-cut.mp4 (940 MB)”."""
        return f"{self.name} ({size_words(self.size_bytes)})"


@dataclass(frozen=True)
class Stored:
    """A file in the media store that no row names yet."""

    store_key: str
    name: str
    content_type: str
    size_bytes: int


# Before and while it comes


def largest_file() -> int:
    """The most bytes a file may have."""
    return tools().settings.largest_upload_bytes


def largest_body() -> int:
    """The most bytes that a request with a file may have."""
    return largest_file() + _FORM_BYTES


def check_size(announced: int) -> None:
    """Whether a request of so many bytes can be taken in. Raises `WrongFile`, or `NoRoomNow` below the disk's floor."""
    if announced > largest_body():
        raise WrongFile(f"This file has {size_words(announced)}. Files of up to {size_words(largest_file())} work.")
    if not tools().media.has_room_for(announced):
        raise NoRoomNow(NO_ROOM)


class NoRoomNow(WrongFile):
    """Taking this file would leave less free space than the floor (security.md, Uploads)."""


def new_form_key() -> str:
    """A name for one form: sent twice, it makes one session, and a file that came with faulty words waits under it."""
    return tokens.new_key()


def checked_form_key(text: str | None) -> str:
    """The key a form came back with; a fresh one for anything that is none."""
    return text if text and _FORM_KEY.fullmatch(text) else new_form_key()


# Once it is there


def file_name(given: str | None) -> str:
    """What a file is called, without the folders some browsers send; never used as a name on disk."""
    return one_line(re.split(r"[/\\]", given or "")[-1])[:255] or "video"


def check_content(arrived: Arrived) -> str:
    """The content type of a video we take, by its own bytes. Raises `WrongFile`; the worker looks closer later."""
    try:
        container = recognise(arrived.path)
    except Refused as refusal:
        raise WrongFile(refusal.sentence) from None
    return "video/x-matroska" if container is MATROSKA else "video/mp4"


def wait_for_words(arrived: Arrived, form_key: str, by: User) -> Arrived:
    """Keep a good file that came with faulty words until its form comes back, for a day at most."""
    waiting = _waiting_path(form_key, by)
    if arrived.path != waiting:
        arrived.path.replace(waiting)
    os.utime(waiting)
    return Arrived(waiting, arrived.name)


def waiting_file(form_key: str, name: str, by: User) -> Arrived | None:
    """The file that came with an earlier try of this person's form."""
    waiting = _waiting_path(form_key, by)
    return Arrived(waiting, file_name(name)) if waiting.is_file() else None


def _waiting_path(form_key: str, by: User) -> Path:
    # whose it is stands in the name, and nothing that was typed does: nobody can ask for another's file
    name = hashlib.sha256(f"{by.id}:{form_key}".encode()).hexdigest()[:32]
    return tools().media.incoming_folder / f"waiting-{name}"


def store(arrived: Arrived) -> Stored:
    """Move a file into the media store. Raises `WrongFile` for what is no video we take."""
    content_type, size_bytes = check_content(arrived), arrived.size_bytes
    return Stored(tools().media.adopt(arrived.path), arrived.name, content_type, size_bytes)


def drop(stored: Stored) -> None:
    """Give a stored file up that no row came to name."""
    tools().media.delete(stored.store_key)


def start(
    stored: Stored,
    *,
    title: str,
    description: str,
    folder: Folder | None,
    form_key: str | None,
    by: User,
    at: datetime,
) -> VideoSession:
    """Make the session of an uploaded file and have the worker prepare it.

    The same form sent twice makes one session; the later file goes away. Raises `WrongTitle`, `NotFound` for another's
    folder, and `MadeAlready` when both forms arrive at once: drop the file and look with `library.made_by`.
    """
    made = library.made_by(form_key, VideoSession, by)
    if made is not None:
        library.forget_files([stored.store_key])
        return made
    if folder is not None and folder.owner_id != by.id:
        raise NotFound
    video_session = VideoSession(
        key=tokens.new_key(),
        owner_id=by.id,
        folder_id=folder.id if folder else None,
        in_folder_since=at if folder else None,
        title=library.check_title(title),
        description=library.check_description(description),
        state=VideoState.PROCESSING,
        form_key=form_key,
        created_at=at,
    )
    library.add_once(video_session)
    _take_in(stored, video_session, by=by, at=at)
    return video_session


def replace(video_session: VideoSession, stored: Stored, *, by: User, at: datetime) -> bool:
    """Put another file in the place of one that could not be prepared; everyone named on it stays.

    False: the recording is not failed any more, and nothing changed; drop the file.
    """
    failed = update(VideoSession).where(VideoSession.id == video_session.id, VideoSession.state == VideoState.FAILED)
    begun = db.session.execute(
        failed.values(state=VideoState.PROCESSING, progress=0, failure="")
        .returning(VideoSession.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if begun is None:
        return False
    old = db.session.scalars(select(MediaFile).where(MediaFile.video_session_id == video_session.id)).all()
    library.forget_files([media_file.store_key for media_file in old])
    for media_file in old:
        db.session.delete(media_file)
    db.session.flush()
    _take_in(stored, video_session, by=by, at=at)
    return True


def _take_in(stored: Stored, video_session: VideoSession, *, by: User, at: datetime) -> None:
    original = MediaFile(
        video_session_id=video_session.id,
        kind=MediaKind.ORIGINAL,
        store_key=stored.store_key,
        content_type=stored.content_type,
        size_bytes=stored.size_bytes,
        uploaded_name=stored.name,
        created_at=at,
    )
    db.session.add(original)
    jobs.queue(jobs.PROCESS_SESSION, video_session.id, at=at)
    audit.record(
        AuditKind.SESSION_UPLOADED,
        actor=by,
        subject=video_session,
        at=at,
        title=video_session.title,
        file=stored.name,
        size_bytes=stored.size_bytes,
    )
