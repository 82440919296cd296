"""The still picture that stands for a video."""

from pathlib import Path

from portal.storage.media_tools import fence
from portal.storage.media_tools.fence import Limits
from portal.storage.media_tools.making import Progress, clean_options, input_options, make
from portal.storage.media_tools.probe import Probe
from portal.storage.media_tools.reasons import MediaFailed
from portal.storage.media_tools.tools import Tools, find_tools

MAX_WIDTH = 1280
_LIMITS = Limits(seconds=60)
_WINDOW = 8  # seconds looked at from each place
# Scaled before frames are compared, so that fifty of them fit in memory; in square pixels.
_SCALE = f"scale=w='max(2,trunc(min({MAX_WIDTH},iw*sar)/2)*2)':h='max(2,trunc(ow/dar/2)*2)',setsar=1"
_NOT_BLACK = "blackframe=amount=0:threshold=32,metadata=mode=select:key=lavfi.blackframe.pblack:value=90:function=less"
_TYPICAL = "thumbnail=n=50"
_JPEG = "scale=out_range=full,format=yuvj420p"


def make_poster(path: Path, probe: Probe, out: Path, *, tools: Tools | None = None) -> None:
    """Write a JPEG at most 1,280 pixels wide, upright, from about a tenth into the video, or later where that is black.

    An entirely black video gets a black poster. Raises `MediaFailed`; `out` is then not there.
    """
    tools = tools or find_tools()
    chances = [(0.1, True), (0.3, True), (0.5, True), (0.0, True), (0.1, False), (0.0, False)]
    with fence.working_folder(out.parent) as folder:
        picture = folder / "poster.jpg"
        for share, skip_black in chances:
            if _draw(tools, path, probe, picture, at=probe.duration * share, skip_black=skip_black):
                picture.rename(out)
                return
    raise MediaFailed("No picture could be taken from this video. Upload it again, or export it anew.")


def _draw(tools: Tools, path: Path, probe: Probe, picture: Path, *, at: float, skip_black: bool) -> bool:
    filters = [_SCALE, *([_NOT_BLACK] if skip_black else []), _TYPICAL, _JPEG]
    arguments = [
        *("-ss", f"{at:.3f}", "-t", str(_WINDOW), *input_options(path, probe)),
        *("-map", f"0:{probe.video_index}", "-vf", ",".join(filters), "-frames:v", "1"),
        *("-c:v", "mjpeg", "-q:v", "4", *clean_options(), "-f", "mjpeg", f"file:{picture}"),
    ]
    finished = make(tools, arguments, folder=picture.parent, limits=_LIMITS, progress=Progress(1))
    return finished.code == 0 and picture.is_file() and picture.stat().st_size > 0
