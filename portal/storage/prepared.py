"""SELECTs that are asked many times a second: compiled once, and sent past what SQLAlchemy does for each.

`Columns` is for pages, on the session's own connection and in its transaction. `Prepared` is for the one small answer
that a byte range needs, on connections that begin no transaction: one takes longer than the database does.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from sqlalchemy import CompoundSelect, Connection, Dialect, Engine, Select, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.compiler import SQLCompiler

from portal.storage.db import db

Reader = Callable[[Any], Any]
Statement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
CANNOT_ASK = (sqlite3.Error, psycopg.Error, SQLAlchemyError)
"""What a question here may fail with: the drivers' own errors, and those of the pool."""


class QuickConnections:
    """Connections in autocommit, beside those of an engine: what is read is what is committed at that moment.

    Nothing is asked of a connection before it is used; one that is broken fails whoever uses it next. Closed when the
    engine is disposed of.
    """

    def __init__(self, engine: Engine, options: dict[str, Any]) -> None:
        """`options` are those that the engine was made with."""
        taken = {name: options[name] for name in ("pool_size", "max_overflow", "pool_timeout", "connect_args")}
        self.engine = create_engine(
            engine.url, isolation_level="AUTOCOMMIT", pool_reset_on_return=None, hide_parameters=True, **taken
        )
        event.listen(engine, "engine_disposed", lambda _: self.engine.dispose())

    def first(self, sql: str, parameters: Any) -> tuple[Any, ...] | None:
        """The first row, with the driver's own types. What fails is raised as the driver has it."""
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(sql, parameters)
            row: tuple[Any, ...] | None = cursor.fetchone()
            cursor.close()
        except BaseException:
            connection.invalidate()
            raise
        connection.close()
        return row


class _Compiled:
    """A statement as a dialect has it, and how its parameters are made."""

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self.sql, self._positions = str(compiled), compiled.positiontup
        self._fixed: dict[str, Any] = {}
        self._asked: list[tuple[str, Callable[[Any], Any]]] = []
        for bind, name in compiled.bind_names.items():
            if bind.expanding:
                raise TypeError("a list has another statement for each length")
            make = bind.type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is
            if bind.required:
                self._asked.append((name, make))
            else:
                self._fixed[name] = make(bind.effective_value)

    def parameters(self, values: dict[str, Any]) -> Any:
        """The values as the driver takes them."""
        given = self._fixed.copy()
        for name, make in self._asked:
            given[name] = make(values[name])
        return tuple([given[name] for name in self._positions]) if self._positions else given


class Prepared:
    """A statement whose columns are numbers and texts, asked for its first row."""

    def __init__(self, connections: QuickConnections, statement: Select[Any]) -> None:
        self._connections = connections
        self._compiled = _Compiled(statement, connections.engine.dialect)

    def first(self, values: dict[str, Any]) -> tuple[Any, ...] | None:
        """The first row with these values for the parameters of the statement; None: there is none."""
        return self._connections.first(self._compiled.sql, self._compiled.parameters(values))


class Columns:
    """A statement of columns, made once at import and asked in the transaction of the request.

    What the session has changed so far is sent first, as with any query. Rows have their columns by name, of the types
    that the columns have. What fails is raised as SQLAlchemy has it.
    """

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self._columns = list(statement.selected_columns)
        self._row = _row_of([str(column.key) for column in self._columns])
        self._compiled: dict[str, _Compiled] = {}
        self._readers: dict[str, list[tuple[int, Reader]]] = {}

    def all(self, values: dict[str, Any]) -> Sequence[Any]:
        """Every row with these values for the parameters of the statement."""
        db_session = db.session()
        db_session.flush()
        connection = db_session.connection()
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self.statement, dialect)
        found, description = _fetched(connection, compiled.sql, compiled.parameters(values))
        readers = self._readers.get(dialect.name)
        if readers is None:
            readers = self._readers[dialect.name] = self._made_for(dialect, description)
        return [self._row._make(row) for row in (_read(row, readers) for row in found)]

    def _made_for(self, dialect: Dialect, description: Sequence[Any]) -> list[tuple[int, Reader]]:
        """What makes of the driver's values those of the columns' types; where nothing is to be made, none."""
        readers: list[tuple[int, Reader]] = []
        for place, (column, told) in enumerate(zip(self._columns, description, strict=True)):
            reader = column.type.dialect_impl(dialect).result_processor(dialect, told[1])
            if reader is not None:
                readers.append((place, reader))
        return readers


def _row_of(names: list[str]) -> Any:
    return namedtuple("Row", names, rename=True)


def _read(row: Sequence[Any], readers: list[tuple[int, Reader]]) -> Sequence[Any]:
    values = list(row)
    for place, reader in readers:
        values[place] = reader(values[place])
    return values


def _fetched(connection: Connection, sql: str, parameters: Any) -> tuple[Sequence[Any], Sequence[Any]]:
    """The rows, and what the driver says of their columns."""
    cursor: Any = connection.connection.cursor()
    try:
        if connection.engine.dispatch.before_cursor_execute:  # whoever counts queries counts these
            connection.engine.dispatch.before_cursor_execute(connection, cursor, sql, parameters, None, False)
        cursor.execute(sql, parameters)
        return cursor.fetchall(), cursor.description
    except (sqlite3.Error, psycopg.Error) as fault:
        # tells a line that was lost from a wrong question, and gives up the connection then
        connection._handle_dbapi_exception(fault, sql, parameters, cursor, None)
    finally:
        cursor.close()


def _as_it_is(value: Any) -> Any:
    return value
