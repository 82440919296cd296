"""One SELECT that is asked many times a second: compiled once, and sent on connections that begin no transaction.

A page's query goes through the session, which opens a transaction and makes objects of what is found; for one small
answer that takes longer than the database does.
"""

import sqlite3
from typing import Any

import psycopg
from sqlalchemy import Engine, Select, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.compiler import SQLCompiler

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


class Prepared:
    """A statement whose columns are numbers and texts, asked for its first row."""

    def __init__(self, connections: QuickConnections, statement: Select[Any]) -> None:
        self._connections = connections
        dialect = connections.engine.dialect
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self._sql, self._positions = str(compiled), compiled.positiontup
        self._fixed: dict[str, Any] = {}
        self._asked: dict[str, Any] = {}
        for bind, name in compiled.bind_names.items():
            make = bind.type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is
            if bind.required:
                self._asked[name] = make
            else:
                self._fixed[name] = make(bind.effective_value)

    def first(self, values: dict[str, Any]) -> tuple[Any, ...] | None:
        """The first row with these values for the parameters of the statement; None: there is none."""
        return self._connections.first(self._sql, self._parameters(values))

    def _parameters(self, values: dict[str, Any]) -> Any:
        given = self._fixed | {name: make(values[name]) for name, make in self._asked.items()}
        return tuple([given[name] for name in self._positions]) if self._positions else given


def _as_it_is(value: Any) -> Any:
    return value
