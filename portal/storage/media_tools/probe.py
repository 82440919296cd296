"""What is in an uploaded file: one look by ffprobe, checked against what we take."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from portal.storage.media_tools import fence
from portal.storage.media_tools.containers import Container, recognise
from portal.storage.media_tools.fence import Limits
from portal.storage.media_tools.reasons import (
    CUT,
    NOT_A_VIDEO,
    NOTHING_TO_PLAY,
    STOPPED,
    TAKES_TOO_LONG,
    UNREACHABLE,
    MediaFailed,
    Refused,
    length_in_words,
)
from portal.storage.media_tools.tools import Tools, find_tools

MAX_SIDE = 8192
MAX_SECONDS = 12 * 60 * 60
MAX_STREAMS = 32
# What a decoder may be asked for, also while ffprobe looks: a frame of more pixels is refused before it is made.
PIXEL_LIMIT = ["-max_pixels", str(MAX_SIDE * MAX_SIDE)]

_LOOK = Limits(seconds=30)
_MEASURE = Limits(seconds=600, still_seconds=60)
_ENTRIES = (
    "format=duration,start_time,nb_streams"
    ":stream=index,codec_type,codec_name,profile,width,height,pix_fmt,field_order,avg_frame_rate,duration,start_time"
    ",sample_aspect_ratio,color_transfer,channels,sample_rate"
    ":stream_disposition=attached_pic,default"
    ":stream_side_data=rotation"
    ":packet=stream_index,flags"
)
_FIRST_PACKETS = "%+#60"


@dataclass(frozen=True)
class Probe:
    """What a video file holds. Lengths in seconds; width and height as stored, before turning by `rotation`."""

    container: Container
    duration: float
    video_index: int | None  # None: sound alone
    video_codec: str
    video_profile: str
    video_duration: float | None  # None: the container keeps only its own length
    width: int
    height: int
    pixel_format: str
    frames_per_second: float  # on average; 0 when unknown
    interlaced: bool
    rotation: float  # degrees clockwise the picture is turned for showing, 0 up to 360
    audio_index: int | None  # None: no sound
    audio_codec: str | None
    audio_channels: int
    audio_profile: str
    audio_rate: int  # samples a second; 0: no sound
    pixel_aspect: float  # width of a pixel over its height; 1 when unknown
    bits_per_second: float  # of the whole file, on average
    video_start: float  # how long after the file's own begin the picture begins, in seconds
    audio_start: float  # the same of the sound
    starts_hidden: bool  # the first frames are there to be decoded, and not to be shown
    light: str = ""  # how values become light (the transfer), as ffprobe calls it; empty when unknown

    @property
    def has_picture(self) -> bool:
        return self.video_index is not None

    @property
    def has_wide_light(self) -> bool:
        """Whether its light reaches further than a usual screen's: HLG, or PQ."""
        return self.light in {"arib-std-b67", "smpte2084"}

    @property
    def pixels_are_square(self) -> bool:
        return abs(self.pixel_aspect - 1) < 0.001

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height as a viewer sees them."""
        return (self.height, self.width) if self.rotation in {90, 270} else (self.width, self.height)


def probe(path: Path, *, tools: Tools | None = None) -> Probe:
    """Look into an uploaded file. Reads only this file, decodes next to nothing.

    Raises `Refused` with a sentence for what is no video by its content, cut off, without picture and sound, or beyond
    8,192 pixels a side, 12 hours or 32 streams (security.md, Uploads). Raises `MediaFailed`, worth retrying, when the
    look itself could not be finished.
    """
    tools = tools or find_tools()
    container = recognise(path)
    found = _look(tools, container, path)
    streams = found.get("streams", [])
    if int(found.get("format", {}).get("nb_streams", len(streams))) > MAX_STREAMS:
        raise Refused(f"This file holds more than {MAX_STREAMS} tracks. Export it with one picture and one sound.")
    for stream in streams:
        _check_size(stream)
    video, audio = _pick(streams, "video"), _pick(streams, "audio")
    if video is None and audio is None:
        raise Refused(NOTHING_TO_PLAY if all(map(_is_known, streams)) else NOT_A_VIDEO)
    duration = _number(found.get("format", {}).get("duration"))
    if duration is None:
        duration = _measure(tools, container, path, (video or audio or {})["index"])
    _check_duration(duration)
    return _describe(container, path.stat().st_size, duration, video, audio, found)


def _look(tools: Tools, container: Container, path: Path) -> dict[str, Any]:
    arguments = [
        *("-v", "error", *container.input_options, *PIXEL_LIMIT, "-max_streams", str(MAX_STREAMS)),
        *("-show_entries", _ENTRIES, "-read_intervals", _FIRST_PACKETS, "-of", "json", "-i", f"file:{path.resolve()}"),
    ]
    with tempfile.TemporaryDirectory(prefix="probe-") as folder:
        try:
            finished = fence.run(tools.fence, tools.ffprobe, arguments, folder=Path(folder), limits=_LOOK)
        except fence.TooMuchOutput:
            raise Refused(NOT_A_VIDEO) from None
        except (fence.OutOfTime, fence.NotStarted):
            raise MediaFailed(TAKES_TOO_LONG, worth_retrying=True) from None
    if finished.code != 0:
        _refuse_unreadable(finished.errors)
    try:
        found = json.loads(finished.output)
    except ValueError:
        raise Refused(NOT_A_VIDEO) from None
    return found if isinstance(found, dict) else {}


def _refuse_unreadable(errors: str) -> NoReturn:
    if "max_streams" in errors:
        raise Refused(f"This file holds more than {MAX_STREAMS} tracks. Export it with one picture and one sound.")
    if any(word in errors for word in UNREACHABLE):
        raise MediaFailed(STOPPED, worth_retrying=True)
    raise Refused(CUT if "End of file" in errors or "partial file" in errors else NOT_A_VIDEO)


def _pick(streams: list[dict[str, Any]], kind: str) -> dict[str, Any] | None:
    """The stream a player would choose: the default one, else the largest picture, else the first. Covers are none."""
    fitting = [
        stream
        for stream in streams
        if stream.get("codec_type") == kind
        and _is_known(stream)
        and not stream.get("disposition", {}).get("attached_pic")
        and (kind != "video" or stream.get("width"))
    ]
    return max(fitting, key=_rank, default=None)


def _is_known(stream: dict[str, Any]) -> bool:
    return stream.get("codec_name", "unknown") not in {"unknown", "none"}


def _rank(stream: dict[str, Any]) -> tuple[int, int]:
    return stream.get("disposition", {}).get("default", 0), stream.get("width", 0) * stream.get("height", 0)


def _check_size(stream: dict[str, Any]) -> None:
    width, height = stream.get("width", 0), stream.get("height", 0)
    if max(width, height) > MAX_SIDE:
        raise Refused(f"The picture is {width:,} by {height:,} pixels. Up to {MAX_SIDE:,} a side work.")


def _check_duration(duration: float) -> None:
    if duration <= 0:
        raise Refused(NOT_A_VIDEO)
    if duration > MAX_SECONDS:
        raise Refused(f"This video is {length_in_words(duration)} long. Up to 12 hours work.")


def _measure(tools: Tools, container: Container, path: Path, stream_index: int) -> float:
    """The length of a file that does not say it, as browsers record them: by reading it through, undecoded."""
    latest = 0.0

    def note(line: str) -> bool:
        nonlocal latest
        moment = out_time(line)
        if moment is None or moment <= latest:
            return False
        latest = moment
        return True

    arguments = [
        *("-nostdin", "-v", "error", *container.input_options, "-i", f"file:{path.resolve()}"),
        *("-map", f"0:{stream_index}", "-c", "copy", "-progress", "pipe:1", "-f", "null", "-"),
    ]
    with tempfile.TemporaryDirectory(prefix="probe-") as folder:
        try:
            measured = fence.run(
                tools.fence, tools.ffmpeg, arguments, folder=Path(folder), limits=_MEASURE, on_line=note
            )
        except (fence.OutOfTime, fence.StoodStill, fence.NotStarted):
            raise MediaFailed(TAKES_TOO_LONG, worth_retrying=True) from None
    if "ended prematurely" in measured.errors:
        raise Refused(CUT)
    return latest


def out_time(line: str) -> float | None:
    """Seconds done so far, from one line of ffmpeg's progress report; None for its other lines."""
    name, _, value = line.partition("=")
    if name != "out_time_us" or not value.lstrip("-").isdigit():
        return None
    return int(value) / 1_000_000


def _describe(
    container: Container,
    size_bytes: int,
    duration: float,
    video: dict[str, Any] | None,
    audio: dict[str, Any] | None,
    found: dict[str, Any],
) -> Probe:
    shown, heard = video or {}, audio or {}
    return Probe(
        container=container,
        duration=duration,
        video_index=shown.get("index"),
        video_codec=shown.get("codec_name", ""),
        video_profile=str(shown.get("profile", "")),
        video_duration=_number(shown.get("duration")),
        width=shown.get("width", 0),
        height=shown.get("height", 0),
        pixel_format=shown.get("pix_fmt", ""),
        frames_per_second=_ratio(shown.get("avg_frame_rate", "")),
        interlaced=shown.get("field_order", "progressive") in {"tt", "bb", "tb", "bt"},
        rotation=_rotation(shown),
        audio_index=heard.get("index"),
        audio_codec=heard.get("codec_name"),
        audio_channels=int(heard.get("channels", 0)),
        audio_profile=str(heard.get("profile", "")),
        audio_rate=int(_number(heard.get("sample_rate")) or 0),
        pixel_aspect=_ratio(shown.get("sample_aspect_ratio", "").replace(":", "/")) or 1.0,
        bits_per_second=size_bytes * 8 / duration,
        video_start=_start(shown) - _start(found.get("format", {})) if shown else 0.0,
        audio_start=_start(heard) - _start(found.get("format", {})) if heard else 0.0,
        starts_hidden=_starts_hidden(found.get("packets", []), shown.get("index")),
        light=shown.get("color_transfer", ""),
    )


def _start(described: dict[str, Any]) -> float:
    try:
        return float(described.get("start_time", 0))
    except ValueError:
        return 0.0


def _starts_hidden(packets: list[dict[str, Any]], video_index: int | None) -> bool:
    """Whether an edit list hides the first pictures: a copy would show them, or none until its next key frame."""
    return any("D" in packet.get("flags", "") for packet in packets if packet.get("stream_index") == video_index)


def _rotation(video: dict[str, Any]) -> float:
    """ffprobe counts anticlockwise; people and browsers turn the picture clockwise."""
    for entry in video.get("side_data_list", []):
        if "rotation" in entry:
            return float(-entry["rotation"] % 360)
    return 0.0


def _number(text: object) -> float | None:
    try:
        number = float(str(text))
    except ValueError:
        return None
    return number if 0 < number < float("inf") else None


def _ratio(text: str) -> float:
    above, _, below = text.partition("/")
    over, under = _number(above), _number(below)
    return over / under if over and under else 0.0
