"""Looking for recordings by their words: what they are found by, and what somebody finds of what they may watch.

A hit is never more than a list would show the same person: what is looked for narrows the queries of those lists
(`access.listed_for`, `library.list_sessions`), and has none of its own.
"""

from portal.domain.search.guests import Found, Hit, Piece, Place, look_for, marked
from portal.domain.search.indexing import catch_up, refresh

__all__ = ["Found", "Hit", "Piece", "Place", "catch_up", "look_for", "marked", "refresh"]
