"""What a form makes, once."""

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.basics.errors import PortalError
from portal.domain import search
from portal.storage.db import db
from portal.storage.models import Folder, User, VideoSession

Thing = TypeVar("Thing")


class MadeAlready(PortalError):
    """The form that asks for this was sent before, at the very same moment; what it made is there."""


def made_by(form_key: str | None, kind: type[Thing], by: User) -> Thing | None:
    """What this person's form of this key has made already."""
    if not form_key:
        return None
    query = select(kind).where(kind.owner_id == by.id, kind.form_key == form_key)  # type: ignore[attr-defined]
    return db.session.scalars(query).one_or_none()


def session_made_by(form_key: str, by: User) -> VideoSession | None:
    """The session that this person's upload form has made already."""
    return made_by(form_key, VideoSession, by)


def folder_made_by(form_key: str, by: User) -> Folder | None:
    """The folder that this person's form has made already."""
    return made_by(form_key, Folder, by)


def add_once(thing: Folder | VideoSession) -> None:
    """Write a new row, and have a recording found by its words.

    Raises `MadeAlready` when its form was sent twice at once: a constraint decides.
    """
    db.session.add(thing)
    try:
        db.session.flush()
    except IntegrityError as error:
        if "form_key" in str(error.orig):
            raise MadeAlready from error
        raise
    if isinstance(thing, VideoSession):
        search.refresh(thing)
