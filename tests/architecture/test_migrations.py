"""Migrations and models tell the same story, on every database, up and down (style.md, "Migrations")."""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Enum,
    Float,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    func,
    insert,
    select,
)
from sqlalchemy.types import Integer, TypeDecorator

from portal.app import create_app
from portal.settings import Settings
from portal.storage.db import db
from portal.storage.full_text import is_of_models

MIGRATIONS = Path(__file__).parents[2] / "migrations"
VERSIONS = sorted((MIGRATIONS / "versions").glob("*.py"))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
# What a plain row needs beside its required columns, because the table itself insists.
INSISTED_ON: dict[str, dict[str, Any]] = {
    "users": {"role": "admin"},
    "grants": {"video_session_id": 1},
    "guest_lists": {"video_session_id": 1},
    "events": {"closes_at": NOON + timedelta(days=1)},
    "criteria": {"highest": 10},
}


@pytest.fixture
def unmigrated(empty_database, tmp_path):
    """A portal whose database has no table yet, with a context for the test."""
    app = create_app(Settings.for_tests(tmp_path / "instance", empty_database))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_there_is_one_line_of_migrations():
    script = ScriptDirectory(str(MIGRATIONS))

    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


@pytest.mark.parametrize("file", VERSIONS, ids=lambda file: file.stem)
def test_a_migration_goes_up_and_down_and_knows_no_model(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    steps = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    imported = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None), *(alias.name for alias in node.names)]
        if name
    }

    assert [name for name in imported if name.split(".")[0] == "portal"] == []
    for step in ("upgrade", "downgrade"):
        assert [node for node in steps[step].body if not isinstance(node, ast.Pass)], f"{step} does nothing"


def test_the_newest_migration_equals_the_models(unmigrated):
    upgrade()

    assert differences() == []


def test_rows_survive_the_newest_migration_down_and_up(unmigrated):
    upgrade()
    fill()
    before = counts()
    assert all(before.values())

    downgrade(revision="-1")
    older = set(reflected().tables)
    upgrade()

    assert {name: number for name, number in counts().items() if name in older} == {
        name: number for name, number in before.items() if name in older
    }
    assert differences() == []


def test_migrations_go_all_the_way_down_with_rows_in_the_tables(unmigrated):
    upgrade()
    fill()

    downgrade(revision="base")
    assert set(reflected().tables) <= {"alembic_version"}

    upgrade()
    assert differences() == []


def differences() -> list[Any]:
    """What Alembic would still have to change for the tables to be as the models say."""
    opts = {"include_name": is_of_models}
    with db.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=opts), db.metadata))


def reflected() -> MetaData:
    metadata = MetaData()
    metadata.reflect(db.engine)
    return metadata


def counts() -> dict[str, int]:
    with db.engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in db.metadata.sorted_tables
        }


def fill() -> None:
    """One row in each table that the migrations leave empty, made of the plainest values that the columns take."""
    with db.engine.begin() as connection:
        ids: dict[str, Any] = {}
        for table in db.metadata.sorted_tables:
            if connection.scalar(select(func.count()).select_from(table)):
                ids[table.name] = connection.execute(select(*table.primary_key.columns)).first()
            else:
                ids[table.name] = connection.execute(insert(table).values(plain_row(table, ids))).inserted_primary_key


def plain_row(table: Table, ids: dict[str, Any]) -> dict[str, Any]:
    plain = {column.name: plain_value(column, ids) for column in table.columns if not _is_left_out(column)}
    return plain | INSISTED_ON.get(table.name, {})


def _is_left_out(column: Column[Any]) -> bool:
    made_by_database = column.primary_key and not column.foreign_keys and column.autoincrement is not False
    return bool(made_by_database and isinstance(column.type, Integer)) or bool(column.nullable)


def plain_value(column: Column[Any], ids: dict[str, Any]) -> Any:
    for key in column.foreign_keys:
        return ids[key.column.table.name][0]
    kind = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    match kind:
        case Enum():
            return kind.enums[0] if kind.enum_class is None else next(iter(kind.enum_class))
        case Boolean():
            return False
        case Integer() | Float() | Numeric():
            return 1
        case DateTime():
            return NOON
        case Date():
            return NOON.date()
        case JSON():
            return {}
        case LargeBinary():
            return b"x"
        case _:
            return f"{column.name}"[: getattr(kind, "length", None) or 40]
