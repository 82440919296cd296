"""What kind of file this is, by its own bytes alone, and whether its end is there."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from portal.storage.media_tools.reasons import CUT, EMPTY, NOT_A_VIDEO, Refused

START_BYTES = 12
"""So many bytes of its beginning tell a file's container."""
_MATROSKA_START = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"
_FIRST_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_IMAGE_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis", b"crx "})
# 12 hours in pieces of one second are 86,400 boxes; more than this says nothing about the end any more.
_MAX_BOXES = 200_000


@dataclass(frozen=True)
class Container:
    """A kind of file we take, and the one demuxer that may read it."""

    name: str
    demuxer: str
    kept_in: tuple[str, ...] = ()
    """What keeps this demuxer within its one file."""

    @property
    def input_options(self) -> list[str]:
        """Options before every `-i`: this demuxer, plain files and this one alone, whatever the bytes ask for."""
        return ["-f", self.demuxer, "-protocol_whitelist", "file", *self.kept_in]


MP4 = Container("mp4", "mov", kept_in=("-enable_drefs", "0"))
MATROSKA = Container("matroska", "matroska")


def recognise(path: Path) -> Container:
    """The container of a file, by content. Raises `Refused` for anything else, and for a file whose end is missing."""
    size = path.stat().st_size
    if size == 0:
        raise Refused(EMPTY)
    with path.open("rb") as file:
        container = begins_as(file.read(START_BYTES))
        file.seek(0)
        if container is MATROSKA:
            _check_segment_is_whole(file, size)
        else:
            _check_boxes_are_whole(file, size)
    return container


def begins_as(start: bytes) -> Container:
    """The container of a file that begins with these bytes. Raises `Refused` for what can become no video we take."""
    if start.startswith(_MATROSKA_START):
        return MATROSKA
    if start[4:8] in _FIRST_BOXES and start[8:12] not in _IMAGE_BRANDS:
        return MP4
    raise Refused(NOT_A_VIDEO)


def _check_boxes_are_whole(file: BinaryIO, size: int) -> None:
    """Walk the top-level boxes (ISO/IEC 14496-12, 4.2): index and media must be there, to their last byte."""
    seen: set[bytes] = set()
    place, kind = 0, b""
    for _ in range(_MAX_BOXES):
        if place + 8 > size:
            if place < size and kind in {b"moov", b"mdat"} and b"moof" in seen:
                raise Refused(CUT)  # within the few bytes that begin a piece
            break
        kind, length = _box_at(file, place, size)
        if length < 8 or not kind.isascii():
            break  # padding or rubbish behind the last box; what matters is whether the index came before
        seen.add(kind)
        if place + length > size and kind in {b"moov", b"mdat", b"moof"}:
            raise Refused(CUT)
        place += length
    if not seen & {b"moov", b"mdat"}:
        raise Refused(NOT_A_VIDEO)
    if kind == b"moof" or not seen >= {b"moov", b"mdat"}:
        raise Refused(CUT)  # a piece without the media it describes, or a file without its index or its media


def _box_at(file: BinaryIO, place: int, size: int) -> tuple[bytes, int]:
    file.seek(place)
    head = file.read(16)
    length, kind = int.from_bytes(head[:4]), head[4:8]
    if length == 1:
        length = int.from_bytes(head[8:16])
    elif length == 0:
        length = size - place  # "to the end of the file"
    return kind, length


def _check_segment_is_whole(file: BinaryIO, size: int) -> None:
    """A Matroska segment that says how long it is must be there to its last byte; live recordings do not say."""
    file.seek(4)
    header_length, width = _ebml_number(file.read(8))
    place = 4 + width + (header_length or 0)
    file.seek(min(place, size))
    if file.read(4) != _SEGMENT:
        raise Refused(CUT if place >= size else NOT_A_VIDEO)
    length, width = _ebml_number(file.read(8))
    if length is not None and place + 4 + width + length > size:
        raise Refused(CUT)


def _ebml_number(data: bytes) -> tuple[int | None, int]:
    """A variable-length number (RFC 8794, 4) and its width in bytes; None where it says "unknown"."""
    if not data or data[0] == 0:
        raise Refused(NOT_A_VIDEO)
    width = 9 - data[0].bit_length()
    if len(data) < width:
        raise Refused(CUT)
    bits = 7 * width
    value = int.from_bytes(data[:width]) & ((1 << bits) - 1)
    return (None if value == (1 << bits) - 1 else value), width
