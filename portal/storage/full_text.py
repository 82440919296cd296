"""Full-text search on both databases: words that are kept, and a condition that says whether they hold those sought.

Words are those of `basics.words`: letters and digits alone, so neither database's own idea of a word, of a language or
of an operator comes into it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, Dialect, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

TAGGED = "\ue000"
"""Stands before a word of a tag, which only those who look after a recording find it by."""
INDEX = "search_index"
"""The table of SQLite's full-text search; its row of a document goes by the document's own key."""
INDEX_OF_POSTGRESQL = "ix_search_documents_words"


def is_of_models(name: str | None, kind: str, _parents: Any = None) -> bool:
    """Whether the models say how this table or index must be. What looks words up is each database's own, made by
    migration 0006: for whoever compares the two.
    """
    is_own = (kind == "table" and (name or "").startswith(INDEX)) or (kind == "index" and name == INDEX_OF_POSTGRESQL)
    return not is_own


class FoundBy(TypeDecorator[str]):
    """Words between spaces, each once; on PostgreSQL a text search vector without places."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else Text())


class Sought(TypeDecorator[Sequence[Sequence[str]]]):
    """What is looked for: of each group one word at least, or one that begins so."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sequence[Sequence[str]] | None, dialect: Dialect) -> str:
        groups = value or ()
        if dialect.name == "postgresql":
            return " & ".join("(" + " | ".join(f"'{word}':*" for word in group) + ")" for group in groups)
        return " AND ".join("(" + " OR ".join(f'"{word}"*' for word in group) + ")" for group in groups)


class Holds(FunctionElement[bool]):
    """`Holds(SearchDocument.video_session_id, SearchDocument.words, sought)`: whether the document in the query does.

    `sought` is a value or bound parameter of the type `Sought`.
    """

    type = Boolean()
    inherit_cache = True


@compiles(Holds, "postgresql")
def _on_postgresql(element: Holds, compiler: SQLCompiler, **how: Any) -> str:
    _, words, sought = element.clauses
    return f"({compiler.process(words, **how)} @@ CAST({compiler.process(sought, **how)} AS tsquery))"


@compiles(Holds, "sqlite")
def _on_sqlite(element: Holds, compiler: SQLCompiler, **how: Any) -> str:
    key, _, sought = element.clauses
    # a question of its own, asked once, whatever stands around it
    found = f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH {compiler.process(sought, **how)}"  # noqa: S608
    return f"({compiler.process(key, **how)} IN ({found}))"
