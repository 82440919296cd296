"""What players read to find bytes: HLS playlists (RFC 8216) over one file a quality, and the storyboard as WebVTT.

All addresses in them are relative, so that the text is the same for everybody and tells nobody's player key.
"""

import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from portal.basics.media_index import MediaIndex
from portal.domain.media_rights import MediaToSend, Quality, Sheet, index_of

HLS = "application/vnd.apple.mpegurl"
WEBVTT = "text/vtt; charset=utf-8"
_PLAIN = re.compile(r"[A-Za-z0-9]{1,20}")
_CODECS = re.compile(r"[A-Za-z0-9.,+-]{1,60}")
_HEAD = ("#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS")
_WITHOUT_RATE = 5_000_000
"""Bits a second of a quality whose highest rate is not known; a player must be told some."""


def is_name(name: str) -> bool:
    """Whether this can be the name of a quality, so that it can stand in an address and in a playlist."""
    return _PLAIN.fullmatch(name) is not None


def master(qualities: Sequence[Quality]) -> str | None:
    """The playlist that lists the qualities, given best first. None when not one of them can be played by parts.

    The lowest comes first: players begin with what they read first, and that one is there soonest.
    """
    listed = [quality for quality in qualities if quality.has_index and is_name(quality.name)]
    if not listed:
        return None
    return _text([*_HEAD, *(line for quality in reversed(listed) for line in _variant(quality))])


def of_quality(media: MediaToSend, name: str) -> str | None:
    """The playlist of one quality: which bytes of its file are which part of the length. None: it has no index.

    A file never changes, so it is written once and kept for a while.
    """
    try:
        return _of_quality(media.media_file_id, media.store_key, name)
    except _NoIndex:
        return None


class _NoIndex(LookupError):
    pass


@lru_cache(maxsize=64)
def _of_quality(media_file_id: int, _store_key: str, name: str) -> str:
    index = index_of(media_file_id)
    if index is None:
        raise _NoIndex
    kept = MediaIndex.of(index)
    longest = max((lasts for _, lasts in kept.parts), default=0)
    lines = [
        *_HEAD,
        f"#EXT-X-TARGETDURATION:{max(1, math.ceil(longest / 1000))}",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        f'#EXT-X-MAP:URI="{name}.mp4",BYTERANGE="{kept.head}@0"',
    ]
    for piece in kept.pieces:
        lines += [
            f"#EXTINF:{piece.lasts / 1000:.3f},",
            f"#EXT-X-BYTERANGE:{piece.size_bytes}@{piece.first_byte}",
            f"{name}.mp4",
        ]
    return _text([*lines, "#EXT-X-ENDLIST"])


def storyboard(length_seconds: float, sheets: Sequence[Sheet]) -> str:
    """WebVTT whose cues name a place on a sheet each, for as long as that picture stands for."""
    return _text(["WEBVTT", "", *(line for sheet in sheets for line in _tiles(sheet, length_seconds))])


def _variant(quality: Quality) -> Iterator[str]:
    facts = [f"BANDWIDTH={quality.bit_rate or _WITHOUT_RATE}"]
    if quality.width and quality.height:
        facts.append(f"RESOLUTION={quality.width}x{quality.height}")
    if _CODECS.fullmatch(quality.codecs):
        facts.append(f'CODECS="{quality.codecs}"')
    yield "#EXT-X-STREAM-INF:" + ",".join(facts)
    yield f"{quality.name}.m3u8"


def _tiles(sheet: Sheet, length: float) -> Iterator[str]:
    index = sheet.index
    every, columns = float(index["every"]), max(1, int(index["columns"]))
    width, height = index["tile"]
    for number in range(int(index["count"])):
        begin = (int(index["first"]) + number) * every
        end = min(begin + every, length)
        if end <= begin:
            break
        row, column = divmod(number, columns)
        yield f"{_moment(begin)} --> {_moment(end)}"
        yield f"storyboard-{sheet.name}.jpg#xywh={column * width},{row * height},{width},{height}"
        yield ""


def _moment(seconds: float) -> str:
    whole = round(seconds * 1000)
    minutes, ms = divmod(whole, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{ms // 1000:02}.{ms % 1000:03}"


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
