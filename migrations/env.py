"""Runs migrations, for `flask db …` and for the portal's own start."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text

from portal.storage.db import UtcDateTime
from portal.storage.full_text import is_of_models

database = current_app.extensions["migrate"].db


def render_item(kind: str, thing: Any, _autogen: Any) -> str | bool:
    """Keep our column types out of the files: migrations never import the portal."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def set_foreign_keys(connection: Connection, state: str) -> None:
    """Past SQLAlchemy: inside a transaction SQLite ignores this, and SQLAlchemy begins one with the first statement."""
    driver: Any = connection.connection.dbapi_connection
    driver.execute(f"PRAGMA foreign_keys={state}")


def run() -> None:
    with database.engine.connect() as connection:
        on_sqlite = connection.dialect.name == "sqlite"
        if on_sqlite:  # a batch rebuild drops the table: with foreign keys on, the rows that point to it would go too
            set_foreign_keys(connection, "OFF")
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_item=render_item,
            render_as_batch=True,
            include_name=is_of_models,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            if not on_sqlite:  # two processes that start together: one migrates, the other waits and finds it done
                connection.execute(text("SELECT pg_advisory_xact_lock(4711)"))
            context.run_migrations()
        if on_sqlite:
            connection.commit()
            lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            connection.commit()
            set_foreign_keys(connection, "ON")
            if lost:
                raise RuntimeError(f"rows point to rows that are gone: {lost[:5]}")


run()
