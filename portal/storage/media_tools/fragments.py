"""What a fragmented MP4 of ours says about itself: where its parts lie, how long they are, how it is coded."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from portal.storage.media_tools.reasons import NOT_PREPARED, MediaFailed

Index: TypeAlias = dict[str, Any]
"""{"head": bytes before the first part, "parts": [[bytes, milliseconds], …]}, in order and without a gap."""

PART_SECONDS = 4
"""From one key frame to the next where we code them. Parts of a copy are as long or longer: it has what it has."""

_MOST_HEAD = 16 * 1024 * 1024
_SOUND_CODEC = "mp4a.40.2"  # AAC-LC: the only sound we keep


def read_index(path: Path) -> Index:
    """The index of one of our renditions, from its first `sidx` (ISO/IEC 14496-12, 8.16.3).

    Each part begins with a key frame. Raises `MediaFailed` when the file has no index.
    """
    with path.open("rb") as file:
        for kind, length in _boxes(file, path.stat().st_size):
            if kind == b"sidx" and length <= _MOST_HEAD:
                return _read_sidx(file.read(length), file.tell())
    raise MediaFailed(NOT_PREPARED)


def length_of(index: Index) -> float:
    """Seconds from the first part's begin to the last one's end."""
    return sum(milliseconds for _, milliseconds in _parts(index)) / 1000


def longest_part(index: Index) -> float:
    """Seconds from one place where playing can begin to the next, at most."""
    return max(milliseconds for _, milliseconds in _parts(index)) / 1000


def highest_bit_rate(index: Index) -> int:
    """Bits a second of the part that has most. The last counts only alone: it may be a moment of next to nothing."""
    parts = _parts(index)[:-1] or _parts(index)
    return max(size * 8000 // max(1, milliseconds) for size, milliseconds in parts)


def begins(index: Index) -> list[float]:
    """Where each part begins, in seconds after the first."""
    found, place = [], 0
    for _, milliseconds in _parts(index):
        found.append(place / 1000)
        place += milliseconds
    return found


def read_codecs(path: Path) -> str:
    """How a file of ours is coded, as RFC 6381 names it: "avc1.64001f,mp4a.40.2"."""
    with path.open("rb") as file:
        moov = next((file.read(length) for kind, length in _boxes(file, path.stat().st_size) if kind == b"moov"), b"")
    return ",".join(name for track in _children(moov, b"trak") if (name := _codec(track)))


def _parts(index: Index) -> list[list[int]]:
    parts: list[list[int]] = index["parts"]
    return parts


def _read_sidx(body: bytes, anchor: int) -> Index:
    """`anchor` is the place of the first byte behind the box, from which it counts."""
    timescale, is_long = int.from_bytes(body[8:12]), body[0] == 1
    first_offset, count = struct.unpack_from(">QxxH" if is_long else ">IxxH", body, 20 if is_long else 16)
    entries = struct.iter_unpack(">III", body[32 if is_long else 24 :][: 12 * count])
    parts: list[list[int]] = []
    place = 0
    for size, duration, _ in entries:
        # Each ends where rounding puts its end, so that many of them never drift.
        parts.append([size & 0x7FFFFFFF, _milliseconds(place + duration, timescale) - _milliseconds(place, timescale)])
        place += duration
    if not parts:
        raise MediaFailed(NOT_PREPARED)
    return {"head": anchor + first_offset, "parts": parts}


def _milliseconds(ticks: int, timescale: int) -> int:
    return round(ticks * 1000 / max(1, timescale))


def _codec(track: bytes) -> str:
    described = track
    for kind in (b"mdia", b"minf", b"stbl", b"stsd"):
        described = next(_children(described, kind), b"")
    entry = described[12:16]  # behind version, flags, count and the length of the first entry
    if entry == b"avc1" and (place := described.find(b"avcC")) >= 0:
        return "avc1." + described[place + 5 : place + 8].hex()
    return _SOUND_CODEC if entry == b"mp4a" else ""


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int]]:
    """Kind of each top-level box and length of its contents, at which the file then stands."""
    place = 0
    while place + 8 <= size:
        file.seek(place)
        head = file.read(16)
        length, kind, start = int.from_bytes(head[:4]), head[4:8], 8
        if length == 1:
            length, start = int.from_bytes(head[8:16]), 16
        if length < start:
            return
        file.seek(place + start)
        yield kind, length - start
        place += length


def _children(data: bytes, kind: bytes) -> Iterator[bytes]:
    """The contents of each box of this kind directly inside."""
    place = 0
    while place + 8 <= len(data):
        length = int.from_bytes(data[place : place + 4])
        if length < 8:
            return
        if data[place + 4 : place + 8] == kind:
            yield data[place + 8 : place + length]
        place += length
