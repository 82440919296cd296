"""The folder of a job, and what a killed worker leaves of it: files half made, and whole ones that no row names."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from portal.domain.jobs import Lease
from portal.domain.work import tools
from portal.storage.db import after_commit, db
from portal.storage.models import MediaFile

_NOTE = "kept"


class Workshop:
    """Where one job works. What it keeps in the media store is noted here, until a row names it or it is given up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, file: Path) -> str:
        """Move a finished file of this folder into the media store; its key."""
        store = tools().media
        beside = store.incoming_folder / f"{self.folder.name}-{file.name}"  # the store takes files of there alone
        file.rename(beside)
        key = store.adopt(beside)
        with (self.folder / _NOTE).open("a") as note:
            note.write(f"{key}\n")
        return key


@contextmanager
def workshop(lease: Lease) -> Iterator[Workshop]:
    """A folder for one job, gone afterwards whatever happens."""
    folder = tools().media.incoming_folder / f"job-{lease.job_id}-{lease.lease}"
    folder.mkdir(mode=0o700)
    try:
        yield Workshop(folder)
    finally:
        _remove(folder)
        for beside in folder.parent.glob(f"{folder.name}-*"):
            beside.unlink(missing_ok=True)


def remove_leftovers(job_id: int) -> None:
    """Throw away, once this transaction is kept, what earlier workers left of this job."""
    left = list(tools().media.incoming_folder.glob(f"job-{job_id}-*"))
    noted = {key for entry in left for key in _noted_in(entry)}
    named = set(db.session.scalars(select(MediaFile.store_key).where(MediaFile.store_key.in_(noted)))) if noted else ()
    media = tools().media

    def throw_away() -> None:
        for key in noted.difference(named):
            media.delete(key)
        for entry in left:
            _remove(entry)

    if left:
        after_commit(throw_away)


def _noted_in(entry: Path) -> list[str]:
    note = entry / _NOTE
    # the last line may be half written: the key is a whole one, or it is not asked for
    return [line for line in note.read_text().splitlines() if len(line) == 32] if note.is_file() else []


def _remove(entry: Path) -> None:
    if entry.is_dir():
        shutil.rmtree(entry, ignore_errors=True)
    else:
        entry.unlink(missing_ok=True)
