"""A picture of the owner's own, made into a poster: read with a pinned demuxer, written anew."""

import json
import struct
import tempfile
from pathlib import Path

from portal.storage.media_tools import fence
from portal.storage.media_tools.fence import Limits
from portal.storage.media_tools.making import THREADS, Progress, clean_options, make
from portal.storage.media_tools.poster import JPEG_CODING, JPEG_FILTER, SCALE
from portal.storage.media_tools.probe import MAX_SIDE, PIXEL_LIMIT
from portal.storage.media_tools.reasons import NOT_A_PICTURE, NOT_READ_HERE, STOPPED, UNREACHABLE, MediaFailed, Refused
from portal.storage.media_tools.tools import Tools, find_tools

_LIMITS = Limits(seconds=30)
_MOST_BYTES_TO_LOOK_AT = 256 * 1024
# How a camera was held, as its pictures tell (EXIF, Orientation), and what sets them upright.
_UPRIGHT = {
    2: "hflip",
    3: "hflip,vflip",
    4: "vflip",
    5: "transpose=cclock_flip",
    6: "transpose=clock",
    7: "transpose=clock_flip",
    8: "transpose=cclock",
}


def make_poster_of_picture(picture: Path, out: Path, *, tools: Tools | None = None) -> None:
    """Write a JPEG at most 1,280 pixels wide, upright and with nothing personal in it, from a JPEG, PNG or WebP.

    Content decides, never a name. Raises `Refused` with a sentence for what is no such picture or is larger than
    8,192 pixels a side, `MediaFailed` when the tools cannot read it; `out` is then not there.
    """
    tools = tools or find_tools()
    with picture.open("rb") as file:
        start = file.read(_MOST_BYTES_TO_LOOK_AT)
    demuxer = _demuxer(start)
    pinned = [*PIXEL_LIMIT, "-f", demuxer, "-protocol_whitelist", "file", "-i", f"file:{picture.resolve()}"]
    width, height = _size(tools, pinned)
    if not width or not height:
        # A whole PNG has its size there; tools that lack its decoder do not tell.
        raise MediaFailed(NOT_READ_HERE) if start[12:16] == b"IHDR" else Refused(NOT_A_PICTURE)
    if max(width, height) > MAX_SIDE:
        raise Refused(f"The picture is {width:,} by {height:,} pixels. Up to {MAX_SIDE:,} a side work.")
    with fence.working_folder(out.parent) as folder:
        made = folder / "poster.jpg"
        turned = [_UPRIGHT[held] for held in [_orientation(start)] if held in _UPRIGHT]
        filters = [*turned, SCALE, JPEG_FILTER]
        arguments = [
            *("-xerror", *THREADS, "-noautorotate", *pinned, "-map", "0:v:0", "-vf", ",".join(filters)),
            *(*JPEG_CODING, *clean_options(), "-f", "mjpeg", f"file:{made}"),
        ]
        finished = make(tools, arguments, folder=folder, limits=_LIMITS, progress=Progress(1))
        if finished.code != 0 or not made.is_file() or made.stat().st_size == 0:
            raise Refused(NOT_A_PICTURE)
        made.rename(out)


def _demuxer(start: bytes) -> str:
    if start.startswith(b"\xff\xd8\xff"):
        return "jpeg_pipe"
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png_pipe"
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return "webp_pipe"
    raise Refused(NOT_A_PICTURE)


def _size(tools: Tools, pinned: list[str]) -> tuple[int, int]:
    """Width and height in pixels; 0 where they are not known."""
    arguments = ["-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "json", *pinned]
    with tempfile.TemporaryDirectory(prefix="probe-") as folder:
        try:
            finished = fence.run(tools.fence, tools.ffprobe, arguments, folder=Path(folder), limits=_LIMITS)
        except fence.TooMuchOutput:
            raise Refused(NOT_A_PICTURE) from None
        except (fence.OutOfTime, fence.NotStarted):
            raise MediaFailed(STOPPED, worth_retrying=True) from None
    if any(word in finished.errors for word in UNREACHABLE):
        raise MediaFailed(STOPPED, worth_retrying=True)
    try:
        found = json.loads(finished.output)["streams"][0]
        return int(found.get("width", 0)), int(found.get("height", 0))
    except (ValueError, KeyError, IndexError):
        raise Refused(NOT_A_PICTURE) from None


def _orientation(start: bytes) -> int:
    """How a JPEG says its camera was held (EXIF 2.32, 4.6.4, tag 274); 1, upright, where it does not say."""
    place = start.find(b"Exif\0\0", 0, 4096)
    tiff = start[place + 6 :] if place >= 0 and start.startswith(b"\xff\xd8") else b""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, directory)
        for number in range(min(count, 100)):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", tiff, directory + 2 + 12 * number)
            if (tag, kind) == (0x0112, 3):
                return int(value)
    except struct.error:
        pass
    return 1
