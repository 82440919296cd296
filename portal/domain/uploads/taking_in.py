"""What becomes of a file that is whole: a session that is being prepared, or the next video of one.

`files.store` is called outside of a transaction, because it moves a file; `start` and `replace` in one. What a rolled
back transaction leaves in the store is given up with `files.drop`.
"""

from datetime import datetime

from portal.basics import tokens
from portal.basics.errors import NotFound
from portal.domain import audit, library
from portal.domain.audit import AuditKind
from portal.domain.processing import versions
from portal.domain.processing.versions import Original
from portal.domain.uploads.files import Stored
from portal.domain.uploads.limits import check_quota
from portal.storage.models import Folder, User, VideoSession, VideoState


def start(
    stored: Stored,
    *,
    title: str,
    description: str,
    folder: Folder | None,
    form_key: str | None,
    by: User,
    at: datetime,
    is_counted: bool = False,
    is_imported: bool = False,
) -> VideoSession:
    """Make the session of an uploaded file and have the worker prepare it.

    `is_counted`: its space is taken already. `is_imported`: whoever runs the portal brings it in for `by`.

    The same form sent twice makes one session; the later file goes away. Raises `WrongTitle`, `OverQuota`, `NotFound`
    for another's folder, and `MadeAlready` when both forms arrive at once: drop the file and look with
    `library.made_by`.
    """
    made = library.made_by(form_key, VideoSession, by)
    if made is not None:
        library.forget_files([stored.store_key])
        return made
    if folder is not None and folder.owner_id != by.id:
        raise NotFound
    if not is_counted:
        check_quota(by.id, stored.size_bytes)
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
    kind = AuditKind.SESSION_IMPORTED if is_imported else AuditKind.SESSION_UPLOADED
    _take_in(stored, video_session, kind, by=by, at=at)
    return video_session


def replace(video_session: VideoSession, stored: Stored, *, by: User, at: datetime, is_counted: bool = False) -> None:
    """Have another file prepared in the place of what is there, which goes on playing meanwhile.

    Everyone named on it stays. What was to come next is forgotten. Raises `OverQuota`: it counts for the session's
    owner.
    """
    if not is_counted:
        check_quota(video_session.owner_id, stored.size_bytes)
    _take_in(stored, video_session, AuditKind.SESSION_UPLOADED, by=by, at=at)


def _take_in(stored: Stored, video_session: VideoSession, kind: AuditKind, *, by: User, at: datetime) -> None:
    original = Original(stored.store_key, stored.name, stored.content_type, stored.size_bytes)
    versions.take_in(video_session, original, at=at)
    is_imported = kind is AuditKind.SESSION_IMPORTED
    audit.record(
        kind,
        actor=None if is_imported else by,
        person=by if is_imported else None,
        subject=video_session,
        at=at,
        title=video_session.title,
        file=stored.name,
        size_bytes=stored.size_bytes,
    )
