"""The portal's own commands: `flask …`. Small groups, listed here."""

import click
from flask import Flask

from portal.basics.clock import now
from portal.domain import first_start, links
from portal.storage.db import transaction


@click.command("first-admin")
def first_admin() -> None:
    """Print a fresh one-time link for the first admin, as long as no admin has a password."""
    with transaction():
        found = first_start.way_in(at=now())
    if found is None:
        raise click.ClickException("An admin is set up already. They invite the others, and reset passwords.")
    admin, path = found
    click.echo(f"{admin.address} chooses a password here, once, within a day:\n{links.absolute(path)}")


COMMANDS: list[click.Command] = [first_admin]


def init_app(app: Flask) -> None:
    """Add the commands to the app."""
    for command in COMMANDS:
        app.cli.add_command(command)
