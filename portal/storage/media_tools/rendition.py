"""The file that is played: MP4 with H.264 in 8-bit 4:2:0 and AAC, its index in front, nothing personal in it."""

from collections.abc import Callable
from pathlib import Path

from portal.storage.media_tools import fence
from portal.storage.media_tools.fence import Finished, Limits
from portal.storage.media_tools.making import Progress, clean_options, input_options, make
from portal.storage.media_tools.probe import Probe
from portal.storage.media_tools.probe import probe as look_into
from portal.storage.media_tools.reasons import MediaFailed, Refused, damaged_near, stops_early
from portal.storage.media_tools.tools import Tools, find_tools

LONG_SIDE, SHORT_SIDE = 1920, 1080
_PLAYABLE_PROFILES = frozenset({"Baseline", "Constrained Baseline", "Main", "High"})
_STILL_SECONDS = 60.0
_MEBIBYTE = 1024 * 1024
# A tenth of a second of sound or a few frames more or less are no cut, however short the video.
_SLACK_SECONDS = 0.25


def make_rendition(
    path: Path,
    probe: Probe,
    out: Path,
    progress: Callable[[float], None] | None = None,
    *,
    tools: Tools | None = None,
) -> Probe:
    """Write the playable file to `out` and return what is in it.

    What browsers play already is copied, not coded again; every frame is decoded all the same, so that damage is found
    here and not by a guest. `progress` gets a share from 0 to 1 about twice a second while the work lives, from the
    calling thread; what it raises ends the work. Raises `MediaFailed` when the file is damaged, stops before its
    length (1 % at most may be missing), or limits of time, memory or room are reached; `out` is then not there.
    """
    tools = tools or find_tools()
    report = Progress(probe.duration, progress)
    with fence.working_folder(out.parent) as folder:
        made = folder / "rendition.mp4"
        arguments = [*input_options(path, probe), *_output_options(probe), f"file:{made}", *_decode_only(probe)]
        finished = make(tools, arguments, folder=folder, limits=_limits(path, probe), progress=report)
        result = _checked(tools, finished, made, probe, report.seconds)
        made.rename(out)
    if progress is not None:
        progress(1.0)
    return result


def copies_picture(probe: Probe) -> bool:
    """Whether the picture is one that browsers play as it is, in a size worth sending."""
    long, short = max(probe.width, probe.height), min(probe.width, probe.height)
    return (
        probe.video_codec == "h264"
        and probe.pixel_format == "yuv420p"
        and probe.video_profile in _PLAYABLE_PROFILES
        and not probe.interlaced
        and probe.rotation in {0, 90, 180, 270}
        and long <= LONG_SIDE
        and short <= SHORT_SIDE + 8  # 1088: some cameras keep whole blocks of 16
    )


def copies_sound(probe: Probe) -> bool:
    return probe.audio_codec == "aac"


def _output_options(probe: Probe) -> list[str]:
    picture = ["-c:v", "copy"] if copies_picture(probe) else _picture_coding(probe)
    sound = []
    if probe.audio_index is not None:
        sound = ["-map", f"0:{probe.audio_index}"]
        sound += ["-c:a", "copy"] if copies_sound(probe) else _sound_coding(probe)
    return [
        *("-map", f"0:{probe.video_index}", *sound, *picture, *clean_options()),
        *("-max_muxing_queue_size", "4096", "-movflags", "+faststart", "-f", "mp4"),
    ]


def _picture_coding(probe: Probe) -> list[str]:
    # The box is turned with the picture: a standing phone video may be 1080 by 1920.
    wide, high = (LONG_SIDE, SHORT_SIDE) if probe.shown_size[0] >= probe.shown_size[1] else (SHORT_SIDE, LONG_SIDE)
    filters = [
        *(["bwdif=deint=interlaced"] if probe.interlaced else []),
        "scale=w='max(2,trunc(iw*sar/2)*2)':h='max(2,trunc(ih/2)*2)',setsar=1",
        f"scale=w='min({wide},iw)':h='min({high},ih)':force_original_aspect_ratio=decrease:force_divisible_by=2",
        "format=yuv420p",
    ]
    return [
        *("-vf", ",".join(filters), "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-profile:v", "high"),
        *("-maxrate", "8M", "-bufsize", "16M", "-fpsmax", "60"),
        *("-force_key_frames", "expr:gte(t,n_forced*2)"),  # a seek never has to decode more than two seconds
    ]


def _sound_coding(probe: Probe) -> list[str]:
    return ["-c:a", "aac", "-b:a", "160k", "-ar", "48000", "-ac", "1" if probe.audio_channels == 1 else "2"]


def _decode_only(probe: Probe) -> list[str]:
    """A second output that goes nowhere: what is copied gets decoded once, and `-xerror` sees the damage."""
    streams = [probe.video_index] if copies_picture(probe) else []
    if probe.audio_index is not None and copies_sound(probe):
        streams.append(probe.audio_index)
    if not streams:
        return []
    chosen = [word for index in streams for word in ("-map", f"0:{index}")]
    return [*chosen, "-fps_mode", "passthrough", "-f", "null", "-"]


def _limits(path: Path, probe: Probe) -> Limits:
    """Ten times the length is more than the slowest coding takes, two megabytes a second more than it writes."""
    return Limits(
        seconds=120 + 10 * probe.duration,
        still_seconds=_STILL_SECONDS,
        file_size=int(path.stat().st_size * 1.1 + probe.duration * 2 * _MEBIBYTE) + 64 * _MEBIBYTE,
    )


def _checked(tools: Tools, finished: Finished, made: Path, source: Probe, reached: float) -> Probe:
    """The result, if it is whole (security.md, Uploads: within 1 % of the source's length, never published short)."""
    if finished.code != 0:
        cut = "partial file" in finished.errors or "Truncat" in finished.errors
        raise MediaFailed((stops_early if cut else damaged_near)(reached, source.duration))
    try:
        result = look_into(made, tools=tools)
    except Refused:
        raise MediaFailed(stops_early(0, source.duration)) from None
    lengths = [(result.duration, source.duration), (result.video_duration, source.video_duration)]
    for present, whole in lengths:
        if present is not None and whole is not None and abs(present - whole) > max(whole / 100, _SLACK_SECONDS):
            raise MediaFailed(stops_early(present, whole))
    return result
