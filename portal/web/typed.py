"""What is done to typed text before anybody looks at it."""

import unicodedata
from collections.abc import Iterable
from typing import Any

from werkzeug.datastructures import ImmutableMultiDict, MultiDict, iter_multi_items

_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n\r"}


class Typed(ImmutableMultiDict[str, Any]):
    """What stands in an address after the question mark, or in a form, without control characters.

    No keyboard makes them, no page may hold them, and PostgreSQL refuses the one of number zero.
    """

    def __init__(self, mapping: MultiDict[str, Any] | Iterable[tuple[str, Any]] | None = None) -> None:
        super().__init__([(name, _plain(value)) for name, value in iter_multi_items(mapping or ())])


def visible(text: str | None) -> str:
    """Without control characters: no keyboard makes them, and no page may hold them."""
    return "".join(letter for letter in text or "" if unicodedata.category(letter) not in ("Cc", "Cs"))


def _plain(value: Any) -> Any:
    return value.translate(_CONTROLS) if isinstance(value, str) else value
