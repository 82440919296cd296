"""The database: base of the models, column types, and the one way to write."""

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from sqlite3 import Connection as SqliteConnection
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

import psycopg
from flask_sqlalchemy import SQLAlchemy
from psycopg import Connection as PostgresqlConnection
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    Select,
    String,
    Text,
    bindparam,
    cast,
    event,
    func,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import InterfaceError, InvalidatePoolError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, make_transient_to_detached, mapped_column, registry
from sqlalchemy.orm.attributes import manager_of_class
from sqlalchemy.orm.util import identity_key
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
SQLITE_PATIENCE_MS = 5000
RESTS_SECONDS = 1.0
Row = TypeVar("Row", bound="Base")
DatabaseFault = SQLAlchemyError
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)
"""What is raised while the database restarts, fails over or stays locked: worth another try in a few seconds."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware and in UTC on the Python side, whatever the database keeps. Naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a time zone: {value!r}")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _in_utc(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """In one step: a page of rows holds hundreds of moments."""
        if dialect.name == "sqlite":  # which keeps them as text, without a zone
            return lambda value: None if value is None else datetime.fromisoformat(value + "+00:00")
        return lambda value: None if value is None else _in_utc(value)


def _in_utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


PrimaryKey = Annotated[int, mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)]
Id = Annotated[int, mapped_column(BigInteger().with_variant(Integer, "sqlite"))]
Key = Annotated[str, mapped_column(String(16), unique=True)]
LongText = Annotated[str, mapped_column(Text)]


def enum_column(kind: type[StrEnum]) -> Enum:
    """An enum stored by value as text, with a named check."""
    return Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        length=40,
        name=kind.__name__.lower(),
    )


class Base(DeclarativeBase):
    """What every model stands on."""

    # given to the registry, not to the class: Flask-SQLAlchemy 3.1 loses it otherwise (its issue 1361)
    registry: ClassVar[registry] = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: UtcDateTime(), dict[str, Any]: JSON(none_as_null=True)},
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False, "autoflush": True})

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: object, _record: object) -> None:
    if isinstance(connection, SqliteConnection):
        connection.isolation_level = None  # transactions are begun below, not by the driver's guess
        for pragma in (
            "foreign_keys=ON",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            f"busy_timeout={SQLITE_PATIENCE_MS}",
        ):
            connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "connect")
def _prepare_postgresql(connection: object, _record: object) -> None:
    """A lock that is held for long is a 503 within five seconds and no endless wait (security.md, Faults)."""
    if isinstance(connection, PostgresqlConnection):
        connection.execute("SET lock_timeout = '4s'")
        connection.commit()


def note_rest(_connection: object, record: ConnectionPoolEntry) -> None:
    """A connection comes back to its pool."""
    record.info["rests_since"] = time.monotonic()


def look_after_rest(connection: PostgresqlConnection[Any], record: ConnectionPoolEntry, _taken: object) -> None:
    """A connection that has rested for a while is asked whether it is alive before it is used, and all are made anew
    when it is not. One that was in use just now is taken as it is: to ask takes as long as a query of a page, and a
    database that goes away in that second is a 503, as it is in the middle of a request.
    """
    if time.monotonic() - record.info.get("rests_since", math.inf) < RESTS_SECONDS:
        return
    try:
        connection.autocommit = True
        connection.execute(";")
        connection.autocommit = False
    except psycopg.Error as fault:
        raise InvalidatePoolError from fault


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        if connection.get_execution_options().get("sqlite_begin") == "IMMEDIATE":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:  # takes no lock, so nothing can go wrong that would have to be said in SQLAlchemy's words
            connection.connection.dbapi_connection.execute("BEGIN DEFERRED")  # type: ignore[union-attr]


def columns_of(statement: Select[Any], values: dict[str, Any] | None = None) -> Sequence[Any]:
    """The rows of a query that asks for columns alone, on the connection itself: the session, which looks for objects
    to make, takes as long as the rest. `prepared.Columns` is quicker still, for a statement that is always the same.

    What the transaction has changed so far is sent first, as with any query.
    """
    db_session = db.session()
    db_session.flush()
    return db_session.connection().execute(statement, values).all()


def known(model: type[Row], columns: dict[str, Any]) -> Row:
    """The object of a row that was read by all its columns: what the session has, else one as if it had read it."""
    db_session = db.session()
    there: Row | None = db_session.identity_map.get(identity_key(model, columns["id"]))
    if there is not None:
        return there
    made: Row = manager_of_class(model).new_instance()
    made.__dict__.update(columns)
    make_transient_to_detached(made)
    db_session.add(made)
    return made


def new_ids(model: type[Model], number: int) -> list[int]:
    """As many ids for new rows of this table, which nobody else gets while the transaction lasts.

    So that thousands of rows that point to each other are inserted by a statement a table (`insert_all`).
    """
    if db.engine.dialect.name == "sqlite":  # the write lock is held
        last = db.session.scalar(text(f"SELECT coalesce(max(id), 0) FROM {model.__tablename__}"))  # noqa: S608 - no input
        return list(range(last + 1, last + 1 + number))
    sequence = func.nextval(func.pg_get_serial_sequence(model.__tablename__, "id"))
    return list(db.session.scalars(select(sequence).select_from(func.generate_series(1, number).table_valued())))


def insert_all(
    model: type[Model], values: Mapping[str, Sequence[Any]], same: Mapping[str, Any], *, unless_there: str = ""
) -> int:
    """Insert thousands of rows by one statement, and say how many.

    `values`: by column a whole number or a text for each row; `same`: what all have in common. What is in neither has
    the default of the model.

    A row whose column `unless_there`, which must be unique, has its value already is left out.
    """
    if not any(values.values()):
        return 0
    db.session.flush()
    table: Any = model.__table__
    is_sqlite = db.engine.dialect.name == "sqlite"
    columns, source = (_from_json if is_sqlite else _from_arrays)(table, values)
    constants = [bindparam(name, value, type_=table.c[name].type) for name, value in same.items()]
    rows = select(*columns, *constants).select_from(source).where(true())
    into: Any = sqlite_insert(table) if is_sqlite else postgresql_insert(table)
    statement = into.from_select([*values, *same], rows)
    if unless_there:
        statement = statement.on_conflict_do_nothing(index_elements=[unless_there])
    return int(db.session.connection().execute(statement).rowcount)


def _from_json(_table: Any, values: Mapping[str, Sequence[Any]]) -> tuple[list[Any], Any]:
    """Rows as SQLite takes them in at once."""
    text_of_rows = json.dumps(list(zip(*values.values(), strict=True)), ensure_ascii=False)
    each = func.json_each(text_of_rows).table_valued("value")
    return [func.json_extract(each.c.value, f"$[{place}]") for place in range(len(values))], each


def _from_arrays(table: Any, values: Mapping[str, Sequence[Any]]) -> tuple[list[Any], Any]:
    """The same for PostgreSQL: an array a column."""
    arrays = []
    for name, column in values.items():
        kind = ARRAY(_plain(table.c[name].type))
        arrays.append(cast(bindparam(f"all_{name}", list(column), type_=kind), kind))
    each = func.unnest(*arrays).table_valued(*values, name="given").render_derived()
    return [cast(each.c[name], table.c[name].type) for name in values], each


def _plain(kind: Any) -> Any:
    return BigInteger() if isinstance(kind, Integer) else Text()


_before_commit: list[Callable[[], None]] = []


def before_commit(hook: Callable[[], None]) -> Callable[[], None]:
    """Have `hook` run at the end of every transaction, inside it."""
    _before_commit.append(hook)
    return hook


def after_commit(act: Callable[[], None]) -> None:
    """Have `act` run once this transaction is kept; never when it is rolled back."""
    db.session().info.setdefault("after_commit", []).append(act)


def let_go() -> None:
    """End the reading of this request early: rows stay as they were read, and the connection is free for others."""
    db.session().commit()


@contextmanager
def transaction() -> Iterator[None]:
    """The one way to write: all inside is kept together, with its letters and audit entries, or not at all.

    Opened by views and commands, never by rules; not nested. What was read before it stays loaded but may be out of
    date: what must not be decided on old news is decided by a conditional UPDATE. On SQLite the write lock is taken at
    once, waiting up to five seconds, because a reader that turns writer would fail instead of waiting.
    """
    db_session = db.session()
    if db_session.info.get("writing"):
        raise RuntimeError("a transaction inside a transaction")
    if db_session.new or db_session.dirty or db_session.deleted:
        raise RuntimeError("something was changed outside of a transaction")
    db_session.commit()  # ends the reading; nothing is pending
    db_session.info["writing"] = True
    db_session.info["after_commit"] = []
    try:
        db_session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
        yield
        for hook in _before_commit:
            hook()
        db_session.commit()
    except BaseException:
        db_session.rollback()
        raise
    finally:
        db_session.info["writing"] = False
        acts = db_session.info.pop("after_commit", [])
        for name in [name for name in db_session.info if name.startswith("pending_")]:
            del db_session.info[name]
    for act in acts:
        act()
