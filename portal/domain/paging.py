"""Pages of long lists: by key, so that the last page costs what the first does and nothing is shown twice."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, select

from portal.storage.db import db

Row = TypeVar("Row")
Other = TypeVar("Other")
ROWS_A_PAGE = 25


@dataclass(frozen=True)
class Place:
    """Where in a list: rows older than `before`, or newer than `after` (ids); neither is the newest page."""

    before: int | None = None
    after: int | None = None


NEWEST = Place()


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows, newest first, and from where the neighbouring pages begin (None: there is none)."""

    rows: list[Row]
    newer: int | None
    older: int | None

    def of(self, change: Callable[[Row], Other]) -> "Page[Other]":
        """The same page with other rows."""
        return Page([change(row) for row in self.rows], self.newer, self.older)


def ids_of_page(
    ids: Select[*tuple[Any, ...]], by: ColumnElement[int] | Any, place: Place, *, size: int = ROWS_A_PAGE
) -> Select[*tuple[Any, ...]]:
    """The ids of one page, from a query that selects just these: what follows is then asked for the page's rows alone.

    One more than the page holds, as `newest_first` asks, which is to be given the rows of these ids.
    """
    return select(one_page(ids, by, place, size=size).subquery().c[0])


def newest_first(
    query: Select[*tuple[Any, ...]],
    by: ColumnElement[int] | Any,
    place: Place,
    *,
    key: Callable[[Any], int],
    size: int = ROWS_A_PAGE,
) -> Page[Any]:
    """One page of a query, ordered by an id column; `key` reads that id from a row."""
    return page_from(list(db.session.execute(one_page(query, by, place, size=size)).all()), place, key=key, size=size)


def one_page(
    query: Select[*tuple[Any, ...]], by: ColumnElement[int] | Any, place: Place, *, size: int = ROWS_A_PAGE
) -> Select[*tuple[Any, ...]]:
    """The query of one page and a row more, nearest first: for `page_from`."""
    if place.after is not None:
        query = query.where(by > place.after).order_by(by.asc())
    else:
        query = (query.where(by < place.before) if place.before is not None else query).order_by(by.desc())
    return query.limit(size + 1)


def page_from(found: list[Any], place: Place, *, key: Callable[[Any], int], size: int = ROWS_A_PAGE) -> Page[Any]:
    """The page at `place` from what a query found there, nearest first: a row more than fits, where there is one."""
    backwards = place.after is not None
    more, rows = len(found) > size, found[:size]
    if backwards:
        rows.reverse()
    more_newer = more if backwards else place.before is not None
    more_older = bool(rows) if backwards else more
    return Page(
        rows,
        newer=key(rows[0]) if rows and more_newer else None,
        older=key(rows[-1]) if rows and more_older else None,
    )
