"""Brings the database's tables to what this release needs, at start."""

from alembic import command
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app

from portal.storage.db import db


class TooNew(RuntimeError):
    """The database was written by a newer release; the message is a sentence for whoever runs the portal."""


def bring_up_to_date() -> bool:
    """Run the migrations that are missing, and say whether there were any. Raises `TooNew`.

    Needs an app context. Where nothing is missing this is one short query.
    """
    config = current_app.extensions["migrate"].migrate.get_config()
    scripts = ScriptDirectory.from_config(config)
    with db.engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    if present == scripts.get_current_head():
        return False
    try:
        scripts.get_revision(present or "base")
    except CommandError:
        raise TooNew(
            "The database was written by a newer release of the portal. Start that one, or restore a backup."
        ) from None
    command.upgrade(config, "head")
    return True


def forget_connections() -> None:
    """Let go of every connection, after the work of a start and again after a fork: no two processes may share one."""
    db.session.remove()
    for engine in db.engines.values():
        engine.dispose()
