"""Files that come in pieces and go on where they were cut off (product.md, Promises; the tus protocol, 1.0).

An `Upload` says whose file it is and what it is for; how many bytes of it are there, the file itself tells. Whoever
began it may go on with it from any browser, and nobody else. `begin`, `give_up`, `note` and `forget_abandoned` are
called in transactions, `write` outside: it waits for lines and disks.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError

from portal.basics import tokens
from portal.basics.errors import NotFound, PortalError
from portal.basics.sizes import size_words
from portal.domain import library
from portal.domain.uploads import files, limits
from portal.domain.uploads.files import WrongFile
from portal.domain.work import tools
from portal.storage.db import after_commit, db
from portal.storage.media_store import NoRoom
from portal.storage.models import Folder, Upload, User, VideoSession
from portal.storage.partial_files import PartialFile

KEPT = timedelta(days=1)  # security.md, Faults: "abandoned parts go after a day"
REFUSED_KEPT = timedelta(days=7)
MOST_AT_ONCE = 50
_LOOK_AGAIN = 16 * 1024 * 1024  # bytes after which the room on the disk is looked at again


class NotHere(PortalError):
    """These bytes do not go on where the file ends."""


class TooManyAtOnce(WrongFile):
    """This person has very many unfinished uploads."""


@dataclass(frozen=True)
class Coming:
    """An upload that is not done, for a list. `arrived`: how many of its bytes are there.

    `for_session`: the recording it is to take the place of; None: it becomes one of its own.
    """

    upload: Upload
    arrived: int
    for_session: VideoSession | None

    @property
    def words(self) -> str:
        """ "1.2 GB of 4 GB"."""
        return f"{size_words(self.arrived)} of {size_words(self.upload.size_bytes)}"

    @property
    def title(self) -> str:
        return self.for_session.title if self.for_session else self.upload.title

    @property
    def is_refused(self) -> bool:
        return bool(self.upload.failure)

    @property
    def kept_until(self) -> datetime:
        return kept_until(self.upload)


def kept_until(upload: Upload) -> datetime:
    """When it is forgotten unless more of it comes."""
    return upload.touched_at + (REFUSED_KEPT if upload.failure or upload.became_id is not None else KEPT)


def begin(
    *,
    name: str,
    size_bytes: int,
    title: str = "",
    description: str = "",
    folder: Folder | None = None,
    video_session: VideoSession | None = None,
    form_key: str | None = None,
    by: User,
    at: datetime,
) -> Upload:
    """Make room for a file that will come. The same form key again finds what it began.

    With `video_session`, which must be one they look after, it is to take the place of what plays there; otherwise it
    becomes a session of its own. Raises `WrongTitle`, `WrongDescription`, `NotFound` for another's folder, and
    `WrongFile`: empty, too large (`OverQuota`, `NoRoomNow`), too many at once.
    """
    begun = _begun_by(form_key, by)
    if begun is not None:
        return begun
    if folder is not None and folder.owner_id != by.id:
        raise NotFound
    if video_session is None:
        title, description = library.check_title(title), library.check_description(description)
    _check_size(size_bytes)
    limits.check_quota(video_session.owner_id if video_session else by.id, size_bytes)
    if len(unfinished_of(by)) >= MOST_AT_ONCE:
        raise TooManyAtOnce(f"{MOST_AT_ONCE} uploads are not finished yet. Go on with those first, or give them up.")
    upload = Upload(
        key=tokens.new_key(),
        owner_id=by.id,
        video_session_id=video_session.id if video_session else None,
        folder_id=folder.id if folder else None,
        title=title if video_session is None else "",
        description=description if video_session is None else "",
        file_name=files.file_name(name),
        size_bytes=size_bytes,
        form_key=form_key,
        created_at=at,
        touched_at=at,
    )
    db.session.add(upload)
    try:
        db.session.flush()
    except IntegrityError as error:
        if "form_key" in str(error.orig):
            raise library.MadeAlready from error
        raise
    return upload


def _begun_by(form_key: str | None, by: User) -> Upload | None:
    if not form_key:
        return None
    return db.session.scalars(select(Upload).where(Upload.owner_id == by.id, Upload.form_key == form_key)).one_or_none()


def _check_size(size_bytes: int) -> None:
    if size_bytes <= 0:
        raise WrongFile(files.EMPTY_FILE)
    limits.check_largest(size_bytes)
    limits.check_room(size_bytes)


def find(key: str, by: User) -> Upload:
    """The upload of this key, fresh, when this person began it. Raises `NotFound`."""
    query = select(Upload).where(Upload.key == key, Upload.owner_id == by.id)
    upload = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if upload is None:
        raise NotFound
    return upload


def part_of(upload: Upload) -> PartialFile:
    """What is there of it, on disk."""
    return PartialFile(tools().media.incoming_folder, upload.key)


def arrived_bytes(upload: Upload) -> int:
    """How many bytes are there: where to go on."""
    return upload.size_bytes if upload.became_id is not None else part_of(upload).size()


def write(upload: Upload, offset: int, pieces: Iterable[bytes]) -> int:
    """Add these bytes, and say how many there are then. What has come stays, whatever happens meanwhile.

    Raises `NotHere` when they do not go on at `offset`, `BeingWritten` and `PutAside` when another browser sends this
    file, `NoRoom` when others have filled the disk to its floor, `WrongFile` for more than was announced.
    """
    with part_of(upload).writing() as writer:
        if writer.size != offset:
            raise NotHere(f"{writer.size} bytes are there")
        writer.append(_within(pieces, upload.size_bytes - writer.size))
        return writer.size


def _within(pieces: Iterable[bytes], left: int) -> Iterator[bytes]:
    until_look = 0
    for piece in pieces:
        left -= len(piece)
        if left < 0:
            raise WrongFile("More has come than was announced.")
        until_look -= len(piece)
        if until_look < 0:
            until_look = _LOOK_AGAIN
            if not tools().media.has_room_for(0):
                raise NoRoom("The disk is at its floor")
        yield piece


def note(upload: Upload, *, at: datetime) -> None:
    """Write down that bytes came just now: its day begins anew."""
    query = update(Upload).where(Upload.id == upload.id, Upload.became_id.is_(None)).values(touched_at=at)
    db.session.execute(query.execution_options(synchronize_session=False))


def give_up(upload: Upload, *, by: User) -> None:
    """Forget an upload and what is there of it. One that has become a session is only taken off the list."""
    if upload.owner_id != by.id:
        raise NotFound
    forget(upload)


def forget(upload: Upload) -> None:
    """Take the row away now, and once that is kept, its file."""
    part = part_of(upload)
    after_commit(part.remove)
    db.session.delete(upload)


def coming_of(upload: Upload) -> Coming:
    """How far this one is."""
    for_session = db.session.get(VideoSession, upload.video_session_id) if upload.video_session_id else None
    return coming_in(upload, for_session)


def coming_in(upload: Upload, for_session: VideoSession | None) -> Coming:
    """The same for a row that was found by another query."""
    return Coming(upload, arrived_bytes(upload), for_session)


def unfinished_of(by: User, *, video_session: VideoSession | None = None) -> list[Coming]:
    """What this person has begun and not finished, and what was refused; the newest first. One query."""
    query = _unfinished().where(Upload.owner_id == by.id)
    if video_session is not None:
        query = query.where(Upload.video_session_id == video_session.id)
    rows = db.session.execute(query.order_by(Upload.id.desc()).limit(MOST_AT_ONCE))
    return [coming_in(upload, for_session) for upload, for_session in rows]


def _unfinished() -> Select[Upload, VideoSession]:
    query = select(Upload, VideoSession).outerjoin(VideoSession, VideoSession.id == Upload.video_session_id)
    return query.where(Upload.became_id.is_(None)).execution_options(populate_existing=True)


def forget_abandoned(*, at: datetime) -> int:
    """Forget what nobody has gone on with for a day, and what was refused or finished a week ago; counts them."""
    old = select(Upload).where(Upload.touched_at < at - KEPT).with_for_update(skip_locked=True)
    gone = [upload for upload in db.session.scalars(old).all() if kept_until(upload) < at]
    for upload in gone:
        forget(upload)
    return len(gone)


def left_whole(*, at: datetime) -> list[Upload]:
    """Files of which all is there and nothing was made for a minute: the server was ended at the very last byte."""
    query = select(Upload).where(Upload.became_id.is_(None), Upload.failure == "")
    query = query.where(Upload.touched_at < at - timedelta(minutes=1))
    return [upload for upload in db.session.scalars(query) if part_of(upload).size() == upload.size_bytes]
