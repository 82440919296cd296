"""Papers that go with a recording, such as its slides: PDF by their content, under the same rights as the picture.

`stored` holds a file while the transaction inside it names it by `add`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from portal.basics import tokens
from portal.basics.errors import NotFound, PortalError
from portal.basics.sizes import size_words
from portal.basics.texts import one_line
from portal.domain import access, audit, library
from portal.domain.access import Right
from portal.domain.audit import AuditKind
from portal.domain.uploads.limits import OverQuota, check_quota
from portal.domain.work import tools
from portal.storage.db import db
from portal.storage.models import Attachment, SignIn, User, VideoSession

LARGEST = 100 * 1024 * 1024
MOST = 20
LONGEST_TITLE = 200
PDF = "application/pdf"
NO_PDF = "This is not a PDF. Save the slides or the paper as PDF, and choose that file."
CUT_PDF = "The end of this PDF is missing. Save it once more, and choose that file."
LOOKS_AFTER = (Right.OWNER, Right.CO_OWNER, Right.ADMIN)
_TAIL = 2048


class WrongPaper(PortalError):
    """A paper that cannot be taken; `field` says beside which field ("file" or "title") the sentence belongs."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class StoredPaper:
    """A paper in the media store that no row names yet. `name` is what its file was called."""

    store_key: str
    name: str
    size_bytes: int


def check_title(title: str) -> str:
    """Tidied. Raises `PortalError` with the sentence for beside the field."""
    tidy = one_line(title)
    if not tidy:
        raise PortalError("Say what it is called")
    if len(tidy) > LONGEST_TITLE:
        raise PortalError(f"A title has at most {LONGEST_TITLE} characters; this has {len(tidy):,}")
    return tidy


def check_file(path: Path) -> None:
    """Whether this file is a PDF, whole and not too large, whatever it is called. Raises `WrongPaper`.

    It must begin as one: a file that is a web page first and a PDF after it is none.
    """
    size = path.stat().st_size
    if size == 0:
        raise WrongPaper("file", "This file is empty.")
    if size > LARGEST:
        raise WrongPaper("file", f"This file has {size_words(size)}. Papers of up to {size_words(LARGEST)} work.")
    with path.open("rb") as file:
        beginning = file.read(8)
        file.seek(max(0, size - _TAIL))
        end = file.read()
    if not (beginning.startswith((b"%PDF-1.", b"%PDF-2."))):
        raise WrongPaper("file", NO_PDF)
    if b"%%EOF" not in end:
        raise WrongPaper("file", CUT_PDF)


@contextmanager
def stored(path: Path, *, name: str) -> Iterator[StoredPaper]:
    """Keep a file of the incoming folder under a random name; it is given up when the block does not end well.

    Outside of any transaction, because it moves a file: the transaction is inside. Raises `WrongPaper`.
    """
    check_file(path)
    size = path.stat().st_size
    paper = StoredPaper(tools().media.adopt(path), name, size)
    try:
        yield paper
    except BaseException:
        tools().media.delete(paper.store_key)
        raise


def title_of(file_name: str) -> str:
    """What a paper is called by the name of its file."""
    return one_line(re.sub(r"\.pdf$", "", file_name, flags=re.IGNORECASE).replace("_", " "))[:LONGEST_TITLE] or "Paper"


def of_session(video_session: VideoSession) -> list[Attachment]:
    """The papers of a recording, in the order they came."""
    query = select(Attachment).where(Attachment.video_session_id == video_session.id).order_by(Attachment.id)
    return list(db.session.scalars(query))


def find(video_session: VideoSession, key: str) -> Attachment:
    """A paper of this recording. Raises `NotFound`."""
    query = select(Attachment).where(Attachment.video_session_id == video_session.id, Attachment.key == key)
    return _found(db.session.scalars(query).one_or_none(), key)


def of_viewer(
    viewer: User, session_key: str, key: str, *, at: datetime, sign_in: SignIn | None
) -> tuple[Attachment, str]:
    """A paper of a recording that this viewer may watch now, or looks after, and what it is called for them.

    Raises `NotFound` for any other.
    """
    found = access.find(viewer, session_key, at=at, sign_in=sign_in)
    attachment = find(found.video_session, key)
    if not (found.decision.allowed or found.decision.right in LOOKS_AFTER):
        raise NotFound(key)
    if not found.face.is_blind:
        return attachment, attachment.title
    keys = [paper.key for paper in of_session(found.video_session)]
    return attachment, f"{found.face.title}, paper {keys.index(key) + 1}"


def add(video_session: VideoSession, stored: StoredPaper, *, title: str, by: User, at: datetime) -> Attachment:
    """Put a paper beside a recording; it takes of the space of its owner. Raises `WrongPaper`."""
    try:
        tidy = check_title(title)
    except PortalError as fault:
        raise WrongPaper("title", str(fault)) from None
    try:
        check_quota(video_session.owner_id, stored.size_bytes)
    except OverQuota as fault:
        raise WrongPaper("file", str(fault)) from None
    db.session.refresh(video_session, with_for_update=True)
    count = select(func.count(Attachment.id)).where(Attachment.video_session_id == video_session.id)
    if (db.session.scalar(count) or 0) >= MOST:
        raise WrongPaper("file", f"A recording has at most {MOST} papers. Remove one first.")
    attachment = Attachment(
        key=tokens.new_key(),
        video_session_id=video_session.id,
        title=tidy,
        store_key=stored.store_key,
        content_type=PDF,
        size_bytes=stored.size_bytes,
        uploaded_name=stored.name,
        added_by_id=by.id,
        created_at=at,
    )
    db.session.add(attachment)
    audit.record(
        AuditKind.ATTACHMENT_ADDED, actor=by, subject=video_session, at=at, paper=tidy, size_bytes=stored.size_bytes
    )
    return attachment


def remove(video_session: VideoSession, attachment: Attachment, *, by: User, at: datetime) -> None:
    """Take a paper away, and its file once that is kept."""
    audit.record(AuditKind.ATTACHMENT_REMOVED, actor=by, subject=video_session, at=at, paper=attachment.title)
    library.forget_files([attachment.store_key])
    db.session.delete(attachment)


def _found(attachment: Attachment | None, key: str) -> Attachment:
    if attachment is None:
        raise NotFound(key)
    return attachment
