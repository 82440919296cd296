"""The files that are played: one fragmented MP4 a quality, H.264 in 8-bit 4:2:0 and AAC, nothing personal in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from portal.storage.media_tools import fence, fragments
from portal.storage.media_tools.fence import Finished, Limits
from portal.storage.media_tools.fragments import PART_SECONDS, Index
from portal.storage.media_tools.light import in_usual_light
from portal.storage.media_tools.making import THREADS, Progress, clean_options, input_options, make
from portal.storage.media_tools.plans import LATE, SOUND, USUAL_RATES, Plan, Rung, copies_sound
from portal.storage.media_tools.probe import probe as look_into
from portal.storage.media_tools.reasons import MediaFailed, Refused, damaged_near, stops_early
from portal.storage.media_tools.tools import Tools, find_tools

RENDITION_TYPE = "video/mp4"
SOUND_TYPE = "audio/mp4"

_STILL_SECONDS = 60.0
_MEBIBYTE = 1024 * 1024
_MOST_FRAMES = "60"  # a second
# A tenth of a second of sound or a few frames more or less are no cut, however short the video.
_SLACK_SECONDS = 0.25
# A copy whose key frames are rarer than this is none: whoever jumps would wait, and no quality could be changed.
_LONGEST_PART = 12.0
_SHORTEST_PART = 3.9
# Frame times are rounded to the ticks of each file: a key frame asked for this much early lands on the right frame.
_EARLY = 0.005
Made = TypeVar("Made")
# Edit lists, which need the index written late, keep picture and sound together. Without them, as CMAF has it, a
# picture with B-frames comes some frames late.
_FRAGMENTED = [
    "-movflags",
    "+global_sidx+frag_keyframe+delay_moov+default_base_moof",
    "-max_muxing_queue_size",
    "4096",
    "-f",
    "mp4",
]


@dataclass(frozen=True)
class Rendition:
    """One quality that was made: where it lies, and all that is kept about it."""

    path: Path
    name: str
    width: int  # pixels; 0 for sound alone, as is the height
    height: int
    bit_rate: int  # the highest of any part, bits a second
    codecs: str  # as RFC 6381 names them
    index: Index
    length: float  # seconds
    size_bytes: int
    copied: bool  # the picture (of sound alone: the sound) is the original's own coding

    @property
    def content_type(self) -> str:
        return SOUND_TYPE if self.name == SOUND else RENDITION_TYPE


def make_first(
    path: Path, plan: Plan, folder: Path, progress: Callable[[float], None] | None = None, *, tools: Tools | None = None
) -> Rendition:
    """Make the quality that can be had soonest as "<name>.mp4" in `folder`: the best one copied, else the lowest coded.

    `progress` gets a share from 0 to 1 about twice a second while the work lives, from the calling thread; what it
    raises ends the work. Raises `MediaFailed` as `make_ladder`; nothing of it is in `folder` then. A copy is not looked
    at for damage: that is what `make_ladder` does.
    """
    tools = tools or find_tools()
    report = Progress(plan.length, progress)
    if plan.fits:
        copy = _copy(tools, path, plan, folder, report)
        if copy is not None:
            return _told(copy, progress)
    return _told(_code(tools, path, plan, [plan.lowest], _every_part(), folder, report)[0], progress)


def make_ladder(
    path: Path,
    plan: Plan,
    have: Mapping[str, Index],
    folder: Path,
    progress: Callable[[float], None] | None = None,
    *,
    tools: Tools | None = None,
) -> list[Rendition]:
    """Make every quality of the plan that is not there yet, in one decode, each as "<name>.mp4" in `folder`.

    `have` names the qualities that are there with their indexes: the others are cut at the same times. The whole
    original is decoded even when none is missing, so that damage is found here and not by a guest. `progress` as with
    `make_first`. Raises `MediaFailed` when the file is damaged, stops before its length (1 % at most may be missing),
    or limits of time, memory or room are reached; nothing of it is in `folder` then.
    """
    tools = tools or find_tools()
    report = Progress(plan.length, progress)
    missing = [rung for rung in plan.rungs if rung.name not in have]
    key_frames = _as_in(have[plan.best.name], plan) if plan.best.name in have else _every_part()
    return _told(_code(tools, path, plan, missing, key_frames, folder, report), progress)


def _told(made: Made, progress: Callable[[float], None] | None) -> Made:
    if progress is not None:
        progress(1.0)
    return made


# A copy


def _copy(tools: Tools, path: Path, plan: Plan, folder: Path, report: Progress) -> Rendition | None:
    """The best quality without coding the picture anew; None where that makes nothing fit to be played."""
    with fence.working_folder(folder) as workshop:
        made = workshop / "copy.mp4"
        arguments = [*_input(path, plan), *_copy_options(plan), *clean_options(), *_FRAGMENTED, f"file:{made}"]
        finished = make(tools, arguments, folder=workshop, limits=_limits(path, plan), progress=report)
        if finished.code != 0 or not _is_fit(tools, made, plan):
            return None
        return _kept(made, plan.best, folder, copied=True)


def _copy_options(plan: Plan) -> list[str]:
    sound = _sound(plan, "copy" if copies_sound(plan.probe) else "128k")
    if not plan.probe.has_picture:
        return [*sound, "-frag_duration", f"{PART_SECONDS}000000"]
    # Cut at the key frames there are, but no finer than what we code. Where there is none for long it is cut all the
    # same, lest hours of it were held in memory; the result is then found unfit.
    between = ["-min_frag_duration", f"{_SHORTEST_PART:.1f}e6", "-frag_duration", f"{_LONGEST_PART + 0.5:.1f}e6"]
    return ["-map", f"0:{plan.probe.video_index}", "-c:v", "copy", *sound, *between]


def _is_fit(tools: Tools, made: Path, plan: Plan) -> bool:
    try:
        _check(tools, made, plan)
        index = fragments.read_index(made)
    except MediaFailed:
        return False
    whole = fragments.length_of(index)
    expected = plan.picture_length or plan.length
    return fragments.longest_part(index) <= _LONGEST_PART and abs(whole - expected) <= _slack(plan)


# Coding


def _code(
    tools: Tools, path: Path, plan: Plan, rungs: Sequence[Rung], key_frames: str, folder: Path, report: Progress
) -> list[Rendition]:
    """Code these rungs in one decode; with none of them the original is only decoded."""
    with fence.working_folder(folder) as workshop:
        arguments = [*_input(path, plan), *_graph(tools, plan, rungs)]
        for rung in rungs:
            arguments += [*_coding(plan, rung, key_frames), f"file:{workshop / rung.name}"]
        if not rungs:
            arguments += _decode_only(plan)
        finished = make(tools, arguments, folder=workshop, limits=_limits(path, plan), progress=report)
        _check_end(finished, plan, report.seconds, decoded_only=not rungs)
        for rung in rungs:
            _check(tools, workshop / rung.name, plan)
        return [_kept(workshop / rung.name, rung, folder, copied=False) for rung in rungs]


def _input(path: Path, plan: Plan) -> list[str]:
    part = ["-ss", f"{plan.start:.3f}"] if plan.start else []
    return [*part, *(["-t", f"{plan.length:.3f}"] if plan.is_trimmed else []), *input_options(path, plan.probe)]


def _graph(tools: Tools, plan: Plan, rungs: Sequence[Rung]) -> list[str]:
    """One decoded picture, made smaller step by step: each quality is drawn from the one above it."""
    if not plan.probe.has_picture or not rungs:
        return []
    steps, last = [], f"0:{plan.probe.video_index}"
    for number, rung in enumerate(rungs):
        before = _before(plan) if number == 0 else ""
        light = "".join(f"{step}," for step in in_usual_light(plan.probe, tools)) if number == 0 else ""
        scale = f"scale={rung.width}:{rung.height}:flags=bilinear:out_range=tv"
        scaled = f"[{last}]{before}{scale},{light}setsar=1,format=yuv420p"
        is_last = number == len(rungs) - 1
        steps.append(f"{scaled}[{rung.name}]" if is_last else f"{scaled},split[{rung.name}][below-{rung.name}]")
        last = f"below-{rung.name}"
    return ["-filter_complex", ";".join(steps)]


def _before(plan: Plan) -> str:
    """What the picture needs before it is scaled. One that begins after its sound stands still until it moves."""
    late = _late(plan)
    still = f"setpts=PTS-STARTPTS,tpad=start_duration={late:.3f}:start_mode=clone," if late > LATE else ""
    return still + ("bwdif=deint=interlaced," if plan.probe.interlaced else "")


def _late(plan: Plan) -> float:
    """How long after its begin the result would have no picture yet, in seconds."""
    return max(0.0, plan.probe.video_start - plan.start)


def _coding(plan: Plan, rung: Rung, key_frames: str) -> list[str]:
    if rung.name == SOUND:
        sound = _sound(plan, "128k")
        return [*sound, "-frag_duration", f"{PART_SECONDS}000000", *clean_options(), *_FRAGMENTED]
    pixels = rung.width * rung.height
    most = max(800_000, 3 * pixels)  # bits a second: 6.2 million at 1080p, 2.8 million at 720p
    return [
        *("-map", f"[{rung.name}]", "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-profile:v", "high"),
        *("-x264-params", "subme=1"),  # a fifth less work for a twentieth more bytes
        *("-maxrate", str(most), "-bufsize", str(2 * most), "-fpsmax", _MOST_FRAMES),
        # Key frames where they are asked for and nowhere else, so that all qualities are cut at the same times.
        *("-g", "100000", "-sc_threshold", "0", "-force_key_frames", key_frames),
        *_sound(plan, "128k" if pixels > 640 * 360 else "96k"),
        *clean_options(),
        *_FRAGMENTED,
    ]


def _sound(plan: Plan, rate: str) -> list[str]:
    """Sound in one way for all qualities: AAC-LC, in stereo at most. `rate` "copy" leaves it as it is."""
    if plan.probe.audio_index is None:
        return []
    chosen = ["-map", f"0:{plan.probe.audio_index}"]
    if rate == "copy":
        return [*chosen, "-c:a", "copy"]
    channels = "1" if plan.probe.audio_channels == 1 else "2"
    sampled = plan.probe.audio_rate if plan.probe.audio_rate in USUAL_RATES else USUAL_RATES[-1]
    silence_first = "aresample=async=1:first_pts=0"  # sound that begins late, after the picture
    coder = ("-aac_coder", "fast")  # at these rates nearer to the original than the usual one, for 0.6 of the work
    coded = ("-c:a", "aac", *coder, "-b:a", rate, "-ar", str(sampled), "-ac", channels)
    return [*chosen, "-af", silence_first, *coded]


def _decode_only(plan: Plan) -> list[str]:
    """An output that goes nowhere: `-xerror` sees the damage."""
    used = [index for index in (plan.probe.video_index, plan.probe.audio_index) if index is not None]
    chosen = [word for index in used for word in ("-map", f"0:{index}")]
    return [*chosen, *THREADS, "-fps_mode", "passthrough", "-f", "null", "-"]


def _every_part() -> str:
    return f"expr:gte(t,n_forced*{PART_SECONDS})"


def _as_in(index: Index, plan: Plan) -> str:
    """The key frames of a quality that is there, as times of the original."""
    start = max(0.0, plan.probe.video_start)
    return ",".join(f"{max(0.0, start + begin - _EARLY):.3f}" for begin in fragments.begins(index))


# What was made


def _limits(path: Path, plan: Plan) -> Limits:
    """Twelve times the length is more than the slowest coding takes, two megabytes a second more than it writes."""
    return Limits(
        seconds=120 + 12 * plan.length,
        still_seconds=_STILL_SECONDS,
        file_size=int(path.stat().st_size * 1.1 + plan.length * 2 * _MEBIBYTE) + 64 * _MEBIBYTE,
    )


def _check_end(finished: Finished, plan: Plan, reached: float, *, decoded_only: bool) -> None:
    if finished.code != 0:
        cut = "partial file" in finished.errors or "Truncat" in finished.errors
        raise MediaFailed((stops_early if cut else damaged_near)(plan.start + reached, plan.probe.duration))
    if decoded_only and reached < min(plan.length, plan.picture_length or plan.length) - _slack(plan):
        raise MediaFailed(stops_early(plan.start + reached, plan.probe.duration))


def _check(tools: Tools, made: Path, plan: Plan) -> None:
    """Whether the result is whole (security.md, Uploads: within 1 % of the source's length, never published short)."""
    try:
        result = look_into(made, tools=tools)
    except Refused:
        raise MediaFailed(stops_early(0, plan.probe.duration)) from None
    if abs(result.duration - plan.length) > _slack(plan):
        raise MediaFailed(stops_early(plan.start + result.duration, plan.probe.duration))
    present, whole = result.video_duration, plan.picture_length
    if present is None or whole is None:
        return
    # Not all files count the time before a late picture to its length; here it stands still meanwhile, and it counts.
    if min(abs(present - whole), abs(present - whole - _late(plan))) > _slack(plan):
        raise MediaFailed(stops_early(plan.start + present, plan.probe.duration))


def _slack(plan: Plan) -> float:
    """How much may be missing: a hundredth, and of a slow show of slides how long the last one stands."""
    frames = plan.probe.frames_per_second
    return max(plan.length / 100, _SLACK_SECONDS, min(_LONGEST_PART, 1.1 / frames) if frames else 0)


def _kept(made: Path, rung: Rung, folder: Path, *, copied: bool) -> Rendition:
    index = fragments.read_index(made)
    kept = made.rename(folder / f"{rung.name}.mp4")
    return Rendition(
        path=kept,
        name=rung.name,
        width=rung.width,
        height=rung.height,
        bit_rate=fragments.highest_bit_rate(index),
        codecs=fragments.read_codecs(kept),
        index=index,
        length=fragments.length_of(index),
        size_bytes=kept.stat().st_size,
        copied=copied,
    )
