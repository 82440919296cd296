"""Files that whoever runs the portal brings in for a sponsor, from a folder of the machine itself."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import exists, select

from portal.basics.errors import PortalError
from portal.basics.roles import Role, UserState
from portal.domain import people
from portal.domain.uploads import files, limits, taking_in
from portal.domain.uploads.files import Arrived, Stored, WrongFile
from portal.domain.work import tools
from portal.storage.db import db
from portal.storage.media_store import NoRoom, StoreAway
from portal.storage.models import Folder, MediaFile, MediaKind, User, VideoSession


class NoSuchOwner(PortalError):
    """Nobody of this address can own recordings, or they have no such folder; the text is a sentence."""


@dataclass(frozen=True)
class Fate:
    """What becomes of one file: `title` is what it is called then; `fault` why it is not taken, "" when it is."""

    path: Path
    title: str
    fault: str = ""
    is_there: bool = False  # their library has a recording of this file's name and size


def owner_at(address: str, folder_title: str = "") -> tuple[User, Folder | None]:
    """Whose the recordings will be, and the shelf of theirs by its title. Raises `NoSuchOwner`."""
    owner = people.find_by_address(address)
    if owner is None or owner.role is Role.GUEST or owner.state is UserState.DISABLED:
        raise NoSuchOwner(f"No sponsor and no admin has the address {address}.")
    if not folder_title:
        return owner, None
    shelves = list(db.session.scalars(select(Folder).where(Folder.owner_id == owner.id).order_by(Folder.title)))
    for shelf in shelves:
        if folder_title in (shelf.title, shelf.key):
            return owner, shelf
    there = ", ".join(f"“{shelf.title}”" for shelf in shelves) or "none"
    raise NoSuchOwner(f"{owner.display_name} has no folder “{folder_title}”. There are: {there}.")


def files_under(paths: Iterable[Path]) -> Iterator[Path]:
    """The files themselves, and those in folders and in what is in them, by name; hidden ones are left out.

    So are links to folders that stand in one: they may lead back to it.
    """
    for path in paths:
        if path.is_dir():
            yield from files_under(sorted(filter(_is_meant, path.iterdir())))
        else:
            yield path


def _is_meant(found: Path) -> bool:
    return not found.name.startswith(".") and not (found.is_symlink() and found.is_dir())


def import_file(
    path: Path,
    *,
    owner: User,
    folder: Folder | None,
    at: datetime,
    within: Callable[[], AbstractContextManager[None]] | None,
) -> Fate:
    """Make a recording of a copy of this file; with `within` None, only say what would become of it.

    One that is in their library already is left alone, so that a command that was cut off can be given again. A file
    that cannot be taken is told by its fate and changes nothing.
    """
    name = files.file_name(path.name)
    title = files.title_of(name)
    try:
        arrived = _looked_at(path, name)
        if _is_there(arrived, owner):
            return Fate(path, title, is_there=True)
        limits.check_room(arrived.size_bytes)
        limits.check_left(owner.id, arrived.size_bytes)
        if within is not None:
            _import(arrived, title, owner, folder, at, within)
    except (WrongFile, StoreAway, NoRoom) as fault:
        return Fate(path, title, fault=str(fault))
    except OSError as fault:
        return Fate(path, title, fault=f"It cannot be read: {fault.strerror}.")
    return Fate(path, title)


def _looked_at(path: Path, name: str) -> Arrived:
    if not path.is_file():
        raise WrongFile("There is no such file." if not path.exists() else "It is no file.")
    arrived = Arrived(path, name)
    limits.check_largest(arrived.size_bytes)
    files.check_content(arrived)
    return arrived


def _is_there(arrived: Arrived, owner: User) -> bool:
    same = exists().where(
        MediaFile.video_session_id == VideoSession.id,
        MediaFile.kind == MediaKind.ORIGINAL,
        MediaFile.uploaded_name == arrived.name,
        MediaFile.size_bytes == arrived.size_bytes,
    )
    return bool(db.session.scalar(select(exists().where(VideoSession.owner_id == owner.id, same))))


def _import(
    arrived: Arrived,
    title: str,
    owner: User,
    folder: Folder | None,
    at: datetime,
    within: Callable[[], AbstractContextManager[None]],
) -> None:
    content_type = files.check_content(arrived)
    stored = Stored(tools().media.put(arrived.path), arrived.name, content_type, arrived.size_bytes)
    try:
        with within():
            taking_in.start(
                stored,
                title=title,
                description="",
                folder=folder,
                form_key=None,
                by=owner,
                at=at,
                is_imported=True,
            )
    except BaseException:
        files.drop(stored)
        raise
