"""How much may come in: the largest file, room on the disk, and the space of each sponsor (security.md, Uploads)."""

from dataclasses import dataclass

from sqlalchemy import ScalarSelect, and_, func, or_, select

from portal.basics.sizes import size_words
from portal.domain import options
from portal.domain.uploads.files import WrongFile
from portal.domain.work import tools
from portal.storage.db import db
from portal.storage.models import Attachment, MediaFile, MediaKind, Upload, User, VideoSession

NO_ROOM = "There is no room for this file at present. Try again later, or ask the portal's admins to make room."
_FORM_BYTES = 1024 * 1024
"""What a form may hold beside its file."""


class NoRoomNow(WrongFile):
    """Taking this file would leave less free space than the floor (security.md, Uploads)."""


class OverQuota(WrongFile):
    """This file is more than what is left of its owner's space."""


@dataclass(frozen=True)
class Space:
    """How much of a sponsor's space is taken: originals and papers of their sessions, and what is on its way in.

    In bytes.
    """

    taken: int
    quota: int

    @property
    def left(self) -> int:
        return max(0, self.quota - self.taken)

    @property
    def is_short(self) -> bool:
        """Whether it is worth telling before anything is chosen: less than a tenth is left."""
        return self.left * 10 < self.quota

    @property
    def words(self) -> str:
        """ "12 GB of 500 GB are taken"."""
        return f"{size_words(self.taken)} of {size_words(self.quota)} are taken"


def largest_file() -> int:
    """The most bytes a file may have."""
    return tools().settings.largest_upload_bytes


def largest_body() -> int:
    """The most bytes that a request with a file may have."""
    return largest_file() + _FORM_BYTES


def check_largest(size: int) -> None:
    """Raises `WrongFile` for a file of more bytes than any may have."""
    if size > largest_file():
        raise WrongFile(f"This file has {size_words(size)}. Files of up to {size_words(largest_file())} work.")


def check_size(announced: int) -> None:
    """Whether a request of so many bytes can be taken in. Raises `WrongFile`, or `NoRoomNow` below the disk's floor."""
    if announced > largest_body():
        raise WrongFile(f"This file has {size_words(announced)}. Files of up to {size_words(largest_file())} work.")
    check_room(announced)


def check_room(size: int) -> None:
    """Raises `NoRoomNow` when so many bytes more would leave less free space than the floor."""
    if not tools().media.has_room_for(size):
        raise NoRoomNow(NO_ROOM)


def space_of(owner_id: int) -> Space:
    """How much of this person's space is taken; one query. Recordings in the bin count: they can come back."""
    quota = options.upload_quota_column()
    taken = (_kept(owner_id), _papers(owner_id), _coming(owner_id))
    kept, papers, coming, chosen = db.session.execute(select(*taken, quota)).one()
    return Space(int(kept) + int(papers) + int(coming), options.read_upload_quota(chosen))


def check_quota(owner_id: int, size: int) -> None:
    """Raises `OverQuota` when this person's space has not so much left. Holds their row: of two files that come at
    once the second counts the first.
    """
    db.session.execute(select(User.id).where(User.id == owner_id).with_for_update())
    check_left(owner_id, size)


def check_left(owner_id: int, size: int) -> None:
    """The same for an answer ahead of time, which holds nothing. Raises `OverQuota`."""
    space = space_of(owner_id)
    if size > space.left:
        raise OverQuota(
            f"This file has {size_words(size)}, and {size_words(space.left)} are left of {size_words(space.quota)}. "
            "Delete recordings for good, or ask the portal's admins for more space."
        )


def _kept(owner_id: int) -> ScalarSelect[int]:
    query = select(func.coalesce(func.sum(MediaFile.size_bytes), 0))
    query = query.join(VideoSession, VideoSession.id == MediaFile.video_session_id)
    return query.where(VideoSession.owner_id == owner_id, MediaFile.kind == MediaKind.ORIGINAL).scalar_subquery()


def _papers(owner_id: int) -> ScalarSelect[int]:
    query = select(func.coalesce(func.sum(Attachment.size_bytes), 0))
    query = query.join(VideoSession, VideoSession.id == Attachment.video_session_id)
    return query.where(VideoSession.owner_id == owner_id).scalar_subquery()


def _coming(owner_id: int) -> ScalarSelect[int]:
    """Counted with all the bytes they will have, whoever sends them: what comes for a session is its owner's."""
    of_owner = select(VideoSession.id).where(VideoSession.owner_id == owner_id)
    whose = or_(
        and_(Upload.video_session_id.is_(None), Upload.owner_id == owner_id), Upload.video_session_id.in_(of_owner)
    )
    query = select(func.coalesce(func.sum(Upload.size_bytes), 0))
    return query.where(whose, Upload.became_id.is_(None), Upload.failure == "").scalar_subquery()
