"""Shelves: made, renamed, taken away."""

from datetime import datetime

from sqlalchemy import update

from portal.basics import tokens
from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.domain.library.checking import check_title
from portal.domain.library.deleting import end_grants
from portal.domain.library.making import add_once, made_by
from portal.storage.db import db
from portal.storage.models import Folder, Grant, User, VideoSession


def make_folder(title: str, *, by: User, form_key: str | None, at: datetime) -> Folder:
    """A new shelf. The same form sent twice makes one; the shelf it made is returned.

    Raises `WrongTitle`; `MadeAlready` when both arrive at once: ask again in a new transaction.
    """
    made = made_by(form_key, Folder, by)
    if made is not None:
        return made
    folder = Folder(key=tokens.new_key(), owner_id=by.id, title=check_title(title), form_key=form_key, created_at=at)
    add_once(folder)
    audit.record(AuditKind.FOLDER_MADE, actor=by, subject=folder, at=at, title=folder.title)
    return folder


def rename_folder(folder: Folder, title: str, *, by: User, at: datetime) -> None:
    """Raises `WrongTitle`."""
    tidy = check_title(title)
    if tidy == folder.title:
        return
    audit.record(AuditKind.FOLDER_CHANGED, actor=by, subject=folder, at=at, before=folder.title, after=tidy)
    folder.title = tidy


def delete_folder(folder: Folder, *, by: User, at: datetime) -> None:
    """Take a shelf away: its sessions stay, on no shelf; what was given on it ends, and what it let play stops."""
    end_grants(Grant.folder_id == folder.id, by=by, at=at)
    off_the_shelf = update(VideoSession).where(VideoSession.folder_id == folder.id)
    db.session.execute(off_the_shelf.values(folder_id=None, in_folder_since=None))
    audit.record(AuditKind.FOLDER_DELETED, actor=by, subject=folder, at=at, title=folder.title)
    db.session.delete(folder)
