"""What a statement is given when it is asked, so that it is built once, at import: building one takes longer than
running it (docs/performance.md).

Conditions that take a moment or a person's `id` and `is_admin` can be given these in their place.
"""

from typing import Any

from sqlalchemy import BigInteger, bindparam

from portal.storage.db import UtcDateTime

AT: Any = bindparam("at", type_=UtcDateTime())


class _By:
    """Whoever asks: their id comes with the question; that they are an admin makes another statement."""

    def __init__(self, *, is_admin: bool) -> None:
        self.id = bindparam("by_id", type_=BigInteger())
        self.is_admin = is_admin


BY: Any = _By(is_admin=False)
BY_ADMIN: Any = _By(is_admin=True)
