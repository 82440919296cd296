"""The portal's own commands: `flask …`. Small groups, listed here."""

import json
from dataclasses import asdict

import click
from flask import Flask

from portal.basics.clock import now
from portal.cli.passwords import passwords
from portal.cli.sessions import sessions
from portal.domain import audit, first_start, links
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


@click.group("audit")
def audit_trail() -> None:
    """The audit trail."""


@audit_trail.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Answer for programs.")
def verify_audit_trail(as_json: bool) -> None:
    """Check every entry of the trail and the chain between them; leave with 1 when anything is wrong."""
    found = audit.verify()
    if as_json:
        click.echo(json.dumps(asdict(found)))
    elif found.fault:
        click.echo(f"The trail is broken. {found.fault} The {found.entries} before it are unbroken.", err=True)
    else:
        click.echo(f"Checked: {found.entries} entries, unbroken; facts erased: {found.erased}.")
        click.echo(f"The last one's hash: {found.last_hash}")
    if found.fault:
        raise click.exceptions.Exit(1)


COMMANDS: list[click.Command] = [first_admin, passwords, sessions, audit_trail]


def init_app(app: Flask) -> None:
    """Add the commands to the app."""
    for command in COMMANDS:
        app.cli.add_command(command)
