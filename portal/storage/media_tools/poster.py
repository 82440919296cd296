"""The still picture that stands for a video."""

from collections.abc import Iterator
from pathlib import Path

from portal.storage.media_tools import fence
from portal.storage.media_tools.fence import Limits
from portal.storage.media_tools.light import in_usual_light
from portal.storage.media_tools.making import Progress, clean_options, input_options, make
from portal.storage.media_tools.probe import Probe
from portal.storage.media_tools.reasons import MediaFailed
from portal.storage.media_tools.tools import Tools, find_tools

MAX_WIDTH = 1280
# Scaled before frames are compared, so that fifty of them fit in memory; in square pixels.
SCALE = f"scale=w='max(2,trunc(min({MAX_WIDTH},iw*sar)/2)*2)':h='max(2,trunc(ow/dar/2)*2)',setsar=1"
JPEG_FILTER = "scale=out_range=full:out_color_matrix=bt601,format=yuvj420p"  # whoever shows a JPEG reads its colours so
JPEG_CODING = ["-frames:v", "1", "-c:v", "mjpeg", "-q:v", "4"]
_LIMITS = Limits(seconds=60)
_WINDOW = 8.0  # seconds looked at from each place
_NOT_BLACK = "blackframe=amount=0:threshold=32,metadata=mode=select:key=lavfi.blackframe.pblack:value=90:function=less"
_TYPICAL = "thumbnail=n=50"


def make_poster(path: Path, probe: Probe, out: Path, *, at: float | None = None, tools: Tools | None = None) -> None:
    """Write a JPEG at most 1,280 pixels wide and upright: the frame shown `at` so many seconds, the last one beyond.

    Without `at` it is from about a tenth into the video, or later where that is black; an entirely black video gets a
    black poster. Raises `MediaFailed`; `out` is then not there.
    """
    tools = tools or find_tools()
    with fence.working_folder(out.parent) as folder:
        picture = folder / "poster.jpg"
        for start, window, filters in _at(probe, at) if at is not None else _chances(probe):
            if _draw(tools, path, probe, picture, (start, window), filters):
                picture.rename(out)
                return
    raise MediaFailed("No picture could be taken from this video. Upload it again, or export it anew.")


def _chances(probe: Probe) -> Iterator[tuple[float, float, list[str]]]:
    """Where to look, how long, and what to look for: something typical that is not black, at last anything."""
    for share, skip_black in [(0.1, True), (0.3, True), (0.5, True), (0.0, True), (0.1, False), (0.0, False)]:
        yield probe.duration * share, _WINDOW, [*([_NOT_BLACK] if skip_black else []), _TYPICAL]


def _at(probe: Probe, at: float) -> Iterator[tuple[float, float, list[str]]]:
    """The frame of this moment; where none begins after it, the last one of the seconds before."""
    at = min(max(0.0, at), probe.duration)
    yield at, 1.0, []
    for back in (1.0, _WINDOW, 60.0):
        yield max(0.0, at - back), back, ["reverse"] if back <= 1 else ["fps=4,reverse"]


def _draw(tools: Tools, path: Path, probe: Probe, picture: Path, part: tuple[float, float], filters: list[str]) -> bool:
    start, window = part
    drawn = [SCALE, *in_usual_light(probe, tools), *filters, JPEG_FILTER]
    arguments = [
        *("-ss", f"{start:.3f}", "-t", f"{window:.3f}", *input_options(path, probe)),
        *("-map", f"0:{probe.video_index}", "-vf", ",".join(drawn)),
        *(*JPEG_CODING, *clean_options(), "-f", "mjpeg", f"file:{picture}"),
    ]
    finished = make(tools, arguments, folder=picture.parent, limits=_LIMITS, progress=Progress(1))
    return finished.code == 0 and picture.is_file() and picture.stat().st_size > 0
