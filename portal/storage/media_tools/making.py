"""Run ffmpeg towards one result file: whole under its name, or not there at all."""

import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path

from portal.storage.media_tools import fence, reasons
from portal.storage.media_tools.fence import Finished, Limits
from portal.storage.media_tools.probe import PIXEL_LIMIT, Probe, out_time
from portal.storage.media_tools.reasons import MediaFailed
from portal.storage.media_tools.tools import Tools

_log = logging.getLogger(__name__)

# More threads than this cost memory and gain little; the fence counts both.
THREADS = ["-threads", str(min(8, os.cpu_count() or 1))]
_TOO_BIG = {-signal.SIGXFSZ, 128 + signal.SIGXFSZ, -signal.SIGXCPU, 128 + signal.SIGXCPU}
_KILLED = {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, 128 + signal.SIGKILL, 255}


class Progress:
    """Turns ffmpeg's report into a share from 0 to 1 that never falls, and tells it on at every sign of life."""

    def __init__(self, whole: float, tell: Callable[[float], None] | None = None) -> None:
        self.seconds = 0.0
        self._whole, self._tell = whole, tell

    def note(self, line: str) -> bool:
        moment = out_time(line)
        moved = moment is not None and moment > self.seconds
        if moment is not None and moved:
            self.seconds = moment
        if self._tell is not None and (moved or not line):
            self._tell(min(1.0, self.seconds / self._whole))
        return moved


def input_options(path: Path, probe: Probe) -> list[str]:
    """Everything before the output: errors end the run, the demuxer and protocol are pinned, frames are bounded."""
    return [*("-xerror", *THREADS, *PIXEL_LIMIT, *probe.container.input_options), "-i", f"file:{path.resolve()}"]


def clean_options() -> list[str]:
    """No title, place, device, chapter or date of the source in what we show."""
    return [
        *("-map_metadata", "-1", "-map_metadata:s", "-1", "-map_chapters", "-1"),
        *("-sn", "-dn", *THREADS, "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"),
    ]


def make(tools: Tools, arguments: list[str], *, folder: Path, limits: Limits, progress: Progress) -> Finished:
    """Run ffmpeg. Raises `MediaFailed` where machine, limits or codecs stopped it; a plain failure is returned."""
    line = ["-nostdin", "-y", "-v", "error", "-nostats", "-progress", "pipe:1", *arguments]
    try:
        finished = fence.run(tools.fence, tools.ffmpeg, line, folder=folder, limits=limits, on_line=progress.note)
    except fence.OutOfTime:
        raise MediaFailed(reasons.TAKES_TOO_LONG, worth_retrying=True) from None
    except fence.StoodStill:
        raise MediaFailed(reasons.STOOD_STILL, worth_retrying=True) from None
    except fence.NotStarted:
        raise MediaFailed(reasons.STOPPED, worth_retrying=True) from None
    except fence.TooMuchOutput:
        raise MediaFailed(reasons.TOO_DEMANDING) from None
    _check_machine(finished)
    return finished


def _check_machine(finished: Finished) -> None:
    if finished.code == 0:
        return
    _log.warning("media tool ended with %d: %r", finished.code, finished.errors[-500:])  # %r: one event, one line
    if "No space left on device" in finished.errors:
        raise MediaFailed(reasons.NO_ROOM, worth_retrying=True)
    if finished.code in _TOO_BIG or "File too large" in finished.errors or "Cannot allocate" in finished.errors:
        raise MediaFailed(reasons.TOO_DEMANDING)
    if any(word in finished.errors for word in reasons.NO_DECODER):
        raise MediaFailed(reasons.UNKNOWN_CODING)
    if finished.code in _KILLED or any(word in finished.errors for word in reasons.UNREACHABLE):
        raise MediaFailed(reasons.STOPPED, worth_retrying=True)
