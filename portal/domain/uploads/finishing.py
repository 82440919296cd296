"""The last byte is there: the file is looked at and becomes what it was sent for, once."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from portal.basics.errors import NotFound, PortalError
from portal.domain import library
from portal.domain.uploads import coming, files, taking_in
from portal.domain.uploads.files import Arrived, Stored, WrongFile
from portal.domain.work import tools
from portal.storage.db import after_commit, db, let_go
from portal.storage.media_tools.containers import START_BYTES
from portal.storage.models import Folder, Upload, User, VideoSession
from portal.storage.partial_files import PartialFile

WITHDRAWN = "The recording it was sent for is not there any more."


class NotWhole(PortalError):
    """Not all of the file is there yet."""


def finish(upload: Upload, *, within: Callable[[], AbstractContextManager[None]], at: datetime) -> VideoSession | None:
    """Make of a whole file what it was sent for; None: it is refused, and `upload.failure` says why. Once only.

    Not in a transaction: it waits for disks, and opens `within` for the moments in which it writes rows. Whoever is
    killed meanwhile has lost nothing: the file goes away last. Raises `NotWhole`, `BeingWritten` while somebody else
    is at it, and `NoRoom` or `StoreAway` when the store cannot take it just now.
    """
    part = coming.part_of(upload)
    with part.writing():
        db.session.refresh(upload)
        if upload.became_id is not None:
            return db.session.get(VideoSession, upload.became_id)
        if upload.failure:
            return None
        if part.size() != upload.size_bytes:
            raise NotWhole("Not all of the file is there yet.")
        let_go()
        try:
            return _finish(upload, part, within, at)
        except WrongFile as fault:
            with within():
                _refuse(upload, str(fault), at=at)
            return None


def look_at_beginning(upload: Upload, *, within: Callable[[], AbstractContextManager[None]], at: datetime) -> bool:
    """Whether it can still become a video, once its first bytes are here; False: it is refused, and says why.

    Nobody sends gigabytes to learn at their end that they are no film. Not in a transaction.
    """
    part = coming.part_of(upload)
    if part.size() < START_BYTES:
        return True
    try:
        files.check_beginning(part.path)
    except WrongFile as fault:
        with within():
            _refuse(upload, str(fault), at=at)
        return False
    return True


def _finish(
    upload: Upload, part: PartialFile, within: Callable[[], AbstractContextManager[None]], at: datetime
) -> VideoSession:
    content_type = files.check_content(Arrived(part.path, upload.file_name))
    store_key = tools().media.adopt(_second_name(part.path))
    stored = Stored(store_key, upload.file_name, content_type, upload.size_bytes)
    try:
        with within():
            return _settle(upload, stored, at=at)
    except BaseException:
        files.drop(stored)
        raise


def _settle(upload: Upload, stored: Stored, *, at: datetime) -> VideoSession:
    by = db.session.get_one(User, upload.owner_id)
    if upload.video_session_id is None:
        video_session = _start(upload, stored, by, at)
    else:
        video_session = _found(upload, by)
        taking_in.replace(video_session, stored, by=by, at=at, is_counted=True)
    upload.became_id, upload.touched_at = video_session.id, at
    after_commit(coming.part_of(upload).remove)
    return video_session


def _refuse(upload: Upload, sentence: str, *, at: datetime) -> None:
    upload.failure, upload.touched_at = sentence[:300], at
    after_commit(coming.part_of(upload).remove)


def _start(upload: Upload, stored: Stored, by: User, at: datetime) -> VideoSession:
    folder = db.session.get(Folder, upload.folder_id) if upload.folder_id else None
    if folder is not None and folder.owner_id != by.id:
        folder = None  # given away meanwhile
    return taking_in.start(
        stored,
        title=upload.title,
        description=upload.description,
        folder=folder,
        form_key=upload.key,  # whatever happens, one upload becomes one session
        by=by,
        at=at,
        is_counted=True,
    )


def _found(upload: Upload, by: User) -> VideoSession:
    video_session = db.session.get(VideoSession, upload.video_session_id, populate_existing=True)
    if video_session is None:
        raise WrongFile(WITHDRAWN)
    try:
        return library.find_own(video_session.key, by)
    except NotFound:
        raise WrongFile(WITHDRAWN) from None


def _second_name(path: Path) -> Path:
    """The same file under another name of the folder, which the store may take away; the whole file where the disk
    knows no second names.
    """
    second = path.with_name(f"{path.name}.whole")
    second.unlink(missing_ok=True)
    try:
        os.link(path, second)
    except OSError:
        return path
    return second
