"""`flask sessions …`: recordings, from the console."""

from pathlib import Path

import click

from portal.basics.clock import now
from portal.domain import uploads
from portal.domain.uploads import Fate, NoSuchOwner
from portal.storage.db import let_go, transaction


@click.group("sessions")
def sessions() -> None:
    """Recordings."""


@sessions.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--owner", required=True, metavar="ADDRESS", help="The sponsor or admin whose they will be.")
@click.option("--folder", default="", metavar="TITLE", help="A folder of theirs to put them in.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of each file.")
def import_files(paths: tuple[Path, ...], owner: str, folder: str, dry_run: bool) -> None:
    """Make recordings of files and of folders of files.

    They are copied. What cannot be taken is named, and the others are taken all the same; what is in the library
    already is left alone, so that the same command can be given again. Leaves with 1 when one was not taken.
    """
    try:
        theirs, shelf = uploads.owner_at(owner, folder)
    except NoSuchOwner as fault:
        raise click.ClickException(str(fault)) from None
    within, fates = None if dry_run else transaction, list[Fate]()
    for path in uploads.files_under(paths):
        let_go()
        fate = uploads.import_file(path, owner=theirs, folder=shelf, at=now(), within=within)
        fates.append(fate)
        click.echo(_line(fate, dry_run=dry_run), err=bool(fate.fault))
    click.echo(_sum(fates, dry_run=dry_run))
    if any(fate.fault for fate in fates):
        raise click.exceptions.Exit(1)


def _line(fate: Fate, *, dry_run: bool) -> str:
    if fate.fault:
        return f"{fate.path}: not taken. {fate.fault}"
    if fate.is_there:
        return f"{fate.path}: there already"
    return f"{fate.path}: {'would become' if dry_run else 'is'} “{fate.title}”"


def _sum(fates: list[Fate], *, dry_run: bool) -> str:
    faulty, there = sum(bool(fate.fault) for fate in fates), sum(fate.is_there for fate in fates)
    taken = len(fates) - faulty - there
    words = f"{taken} would be taken" if dry_run else f"{taken} taken"
    return f"{words}, {there} there already, {faulty} not taken."
