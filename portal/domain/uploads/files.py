"""Whole files that have arrived: looked at by their content, and kept in the media store under random names."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from portal.basics import tokens
from portal.basics.errors import PortalError
from portal.basics.sizes import size_words
from portal.basics.texts import one_line
from portal.domain.work import tools
from portal.storage.media_tools import Refused, reasons
from portal.storage.media_tools.containers import MATROSKA, START_BYTES, begins_as, recognise
from portal.storage.models import User

EMPTY_FILE = reasons.EMPTY
LONGEST_NAME = 255
_FORM_KEY = re.compile(r"[a-z2-7]{16}")


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


def new_form_key() -> str:
    """A name for one form: sent twice, it makes one session, and a file that came with faulty words waits under it."""
    return tokens.new_key()


def checked_form_key(text: str | None) -> str:
    """The key a form came back with; a fresh one for anything that is none."""
    return text if text and _FORM_KEY.fullmatch(text) else new_form_key()


def file_name(given: str | None) -> str:
    """What a file is called, without the folders some browsers send; never used as a name on disk."""
    return one_line(re.split(r"[/\\]", given or "")[-1])[:LONGEST_NAME] or "video"


def title_of(name: str) -> str:
    """What a recording may be called after its file: “Final cut, 2nd take” for “Final_cut,_2nd_take.mp4”."""
    stem = name.rpartition(".")[0] or name
    return one_line(stem.replace("_", " "))[:200] or "Recording"


def check_content(arrived: Arrived) -> str:
    """The content type of a video we take, by its own bytes. Raises `WrongFile`; the worker looks closer later."""
    try:
        container = recognise(arrived.path)
    except Refused as refusal:
        raise WrongFile(refusal.sentence) from None
    return "video/x-matroska" if container is MATROSKA else "video/mp4"


def check_beginning(path: Path) -> None:
    """Whether what begins so can become a video we take, before the rest is here. Raises `WrongFile`."""
    with path.open("rb") as file:
        start = file.read(START_BYTES)
    try:
        begins_as(start)
    except Refused as refusal:
        raise WrongFile(refusal.sentence) from None


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
