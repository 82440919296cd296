"""What a guest finds: of what they may watch now, what holds all the words, and where they are said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select

from portal.basics.words import places_in, sought
from portal.domain import access
from portal.domain.access import Shared
from portal.storage.db import db
from portal.storage.models import SearchPassage, User, VideoSession


@dataclass(frozen=True)
class Piece:
    """A part of a text; `fits` when it is one of the words that were looked for."""

    text: str
    fits: bool


@dataclass(frozen=True)
class Place:
    """Where it is said: seconds from the start, and the words there."""

    seconds: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Hit:
    """A recording that holds all the words. `place`: where most of them are said; None: they are not said in it."""

    shared: Shared
    place: Place | None


@dataclass(frozen=True)
class Found:
    """What was found for `words` (as they are compared). `count` may be more than there are `hits`."""

    words: tuple[str, ...]
    hits: list[Hit]
    count: int


def look_for(viewer: User, typed: str, *, at: datetime) -> Found:
    """Of what names this viewer and may be watched now, what holds all these words, or words that begin so.

    In title, description, presenter or what is said. Those whose title holds them come first, then those whose
    description does. Two queries; none for nothing.
    """
    words = sought(typed)
    if not words:
        return Found(words, [], 0)
    listing = access.listed_for(viewer, at=at, words=words)
    places = _places([shared.key for shared in listing.live], words)
    return Found(words, [Hit(shared, places.get(shared.key)) for shared in listing.live], listing.live_count)


def marked(text: str, words: tuple[str, ...]) -> tuple[Piece, ...]:
    """A text in pieces, the words that were looked for apart."""
    pieces, end = [], 0
    for begin, until in places_in(words, text):
        pieces += [Piece(text[end:begin], fits=False), Piece(text[begin:until], fits=True)]
        end = until
    return tuple(piece for piece in [*pieces, Piece(text[end:], fits=False)] if piece.text)


def _places(keys: list[str], words: tuple[str, ...]) -> dict[str, Place]:
    """Of each of these recordings the passage that holds most of the words, the first of several."""
    if not keys:
        return {}
    fitting: ColumnElement[int] = literal(0)
    for word in words:
        fitting = fitting + case((SearchPassage.words.contains(f" {word}", autoescape=True), 1), else_=0)
    numbered = (
        select(
            VideoSession.key.label("key"),
            SearchPassage.begins_at_ms.label("begins_at_ms"),
            SearchPassage.text.label("text"),
            fitting.label("fitting"),
            func.row_number()
            .over(partition_by=VideoSession.id, order_by=(fitting.desc(), SearchPassage.begins_at_ms, SearchPassage.id))
            .label("place"),
        )
        .join(VideoSession, VideoSession.id == SearchPassage.video_session_id)
        .where(VideoSession.key.in_(keys), VideoSession.binned_at.is_(None))
        .subquery()
    )
    query = select(numbered).where(numbered.c.place == 1, numbered.c.fitting > 0)
    return {row.key: _place(row, words) for row in db.session.execute(query)}


def _place(row: Any, words: tuple[str, ...]) -> Place:
    return Place(row.begins_at_ms // 1000, marked(row.text, words))
