"""The end of a recording, with all that goes with it. Before that it lies in the bin (`domain/the_bin`)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select

from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.domain.library.finding import check_owned
from portal.domain.work import tools
from portal.storage.db import after_commit, db
from portal.storage.models import Attachment, Grant, MediaFile, User, VideoSession


def delete_session(video_session: VideoSession, *, by: User | None, at: datetime) -> None:
    """Take a session away with its viewings, what was given on it, and, once that is kept, its files.

    `by` None: the portal itself. Raises `Forbidden` for co-owners.
    """
    if by is not None:
        check_owned(video_session, by)
    end_grants(Grant.video_session_id == video_session.id, by=by, at=at)
    for of_it in (MediaFile, Attachment):
        files = select(of_it.store_key).where(of_it.video_session_id == video_session.id)
        forget_files(db.session.scalars(files).all())
    audit.record(AuditKind.SESSION_DELETED, actor=by, subject=video_session, at=at, title=video_session.title)
    db.session.delete(video_session)


def forget_files(store_keys: Sequence[str]) -> None:
    """Delete files of the media store once this transaction is kept."""
    media = tools().media
    for store_key in store_keys:
        after_commit(lambda gone=store_key: media.delete(gone))  # type: ignore[misc]


def end_grants(which: ColumnElement[bool], *, by: User | None, at: datetime) -> None:
    """Put on the trail that these grants end, begun or not; the rows go with what they are on."""
    query = select(Grant, User).join(User, User.id == Grant.guest_id).where(which, Grant.standing_at(at))
    for grant, guest in db.session.execute(query.order_by(Grant.id)):
        audit.record(AuditKind.GRANT_REVOKED, actor=by, subject=grant, person=guest, at=at)
