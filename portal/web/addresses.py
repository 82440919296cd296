"""Addresses in pages: those of Flask's `url_for`, which takes as long for one as a row of a table does otherwise."""

from typing import Any

from flask import Flask

_WORD, _NUMBER = "stands4a{}word", 90090090
Shape = tuple[str, ...]  # the endpoint, and the names of what is given


class Addresses:
    """What `url_for` makes of each endpoint is asked once, and keys and numbers are put in from then on.

    All else goes on to Flask: values that have to be quoted, relative endpoints, and the words of `url_for` itself.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._made: dict[Shape, str | None] = {}  # None: to be made by Flask each time

    def url_for(self, endpoint: str, **values: Any) -> str:
        """The address of an endpoint within this site, for templates."""
        for value in values.values():
            kind = type(value)
            if not ((kind is str and value.isalnum() and value.isascii()) or (kind is int and value >= 0)):
                return self._app.url_for(endpoint, **values)
        shape = (endpoint, *values)
        if shape not in self._made:
            self._made[shape] = self._make(endpoint, values)
        made = self._made[shape]
        return self._app.url_for(endpoint, **values) if made is None else made % values

    def _make(self, endpoint: str, values: dict[str, Any]) -> str | None:
        if endpoint.startswith(".") or any(name.startswith("_") for name in values):
            return None
        marks: dict[str, Any] = {
            name: _NUMBER + place if type(value) is int else _WORD.format(place)
            for place, (name, value) in enumerate(values.items())
        }
        try:
            made = self._app.url_for(endpoint, **marks).replace("%", "%%")
        except ValueError:  # a number that was given as a word
            return None
        for name, mark in marks.items():
            if made.count(str(mark)) != 1:
                return None
            made = made.replace(str(mark), f"%({name})s")
        return made
