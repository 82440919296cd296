"""How a film is made up: a head of so many bytes, then parts of so many bytes and milliseconds each, in order.

Kept beside each quality (`MediaFile.index`), so that bytes can be told as time: for playlists, and for what left.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from portal.basics import spans
from portal.basics.spans import Span

_MS_OF_TENTH = 100


@dataclass(frozen=True)
class Piece:
    """A stretch of the file that can be played by itself, after the head. Bytes, and milliseconds."""

    first_byte: int
    size_bytes: int
    begins_at: int
    lasts: int


@dataclass(frozen=True)
class MediaIndex:
    """The index of one file. `head` in bytes, `parts` as (bytes, milliseconds)."""

    head: int
    parts: Sequence[tuple[int, int]]

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "MediaIndex":
        return cls(int(kept["head"]), [(int(size), int(lasts)) for size, lasts in kept["parts"]])

    @property
    def pieces(self) -> Iterator[Piece]:
        at_byte, at = self.head, 0
        for size, lasts in self.parts:
            yield Piece(at_byte, size, at, lasts)
            at_byte, at = at_byte + size, at + lasts

    @property
    def highest_bit_rate(self) -> int:
        """Of its parts, in bits a second."""
        return max((round(size * 8000 / lasts) for size, lasts in self.parts if lasts > 0), default=0)

    def times_of(self, sent: Iterable[Span]) -> list[Span]:
        """What of the length lies in these bytes (first, last + 1), in tenths of a second.

        Of a part that was sent in half it is half the time: bytes lie evenly enough over a few seconds.
        """
        ranges, found = spans.merged(sent), []
        at = 0
        for piece in self.pieces:
            end = piece.first_byte + piece.size_bytes
            while at < len(ranges) and ranges[at][1] <= piece.first_byte:
                at += 1
            for begin, stop in ranges[at:]:
                if begin >= end:
                    break
                found.append((_tenth(piece, max(begin, piece.first_byte)), _tenth(piece, min(stop, end))))
        return spans.merged(found)


def times_in_proportion(sent: Iterable[Span], size_bytes: int, length_seconds: float) -> list[Span]:
    """The same for a file without an index: as if its bytes lay evenly over the length."""
    if size_bytes <= 0:
        return []
    tenths = length_seconds * 10 / size_bytes
    return spans.merged((round(begin * tenths), round(end * tenths)) for begin, end in spans.merged(sent))


def _tenth(piece: Piece, byte: int) -> int:
    share = (byte - piece.first_byte) / piece.size_bytes if piece.size_bytes else 0.0
    return round((piece.begins_at + share * piece.lasts) / _MS_OF_TENTH)
