"""Counts what is asked of the database."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event


def queries_of(act: Callable[[], Any]) -> list[str]:
    """Every statement sent while `act` runs, in order."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return sent
