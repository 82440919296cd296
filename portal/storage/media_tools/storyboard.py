"""Small pictures of a whole recording, so many to a sheet: what is shown above the time line."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.storage.media_tools import fence
from portal.storage.media_tools.fence import Limits
from portal.storage.media_tools.making import Progress, clean_options, input_options, make
from portal.storage.media_tools.poster import JPEG_FILTER
from portal.storage.media_tools.probe import Probe
from portal.storage.media_tools.probe import probe as look_into
from portal.storage.media_tools.reasons import MediaFailed, Refused, damaged_near
from portal.storage.media_tools.tools import Tools, find_tools

SHEET_TYPE = "image/jpeg"
_TILE_LONG, _TILE_MOST_HIGH = 160, 160
_COLUMNS = _ROWS = 10
_MOST_SECONDS = 10  # from one tile to the next, also in a film of hours
_TILES = 120  # about so many for all that is shorter than that makes


@dataclass(frozen=True)
class Sheet:
    """One sheet of a storyboard: a JPEG of rows of tiles, the first of which is tile `index["first"]` of the whole."""

    path: Path
    name: str  # "0", "1", …
    width: int
    height: int
    index: dict[str, Any]  # {"every": seconds, "columns": n, "tile": [width, height], "first": n, "count": n}
    size_bytes: int


def make_storyboard(path: Path, folder: Path, *, tools: Tools | None = None) -> list[Sheet]:
    """Draw the storyboard of one of our renditions as "storyboard-<name>.jpg" in `folder`; none for sound alone.

    Tile n shows the key frame before second n × `every`, or nearly so. Decodes key frames and nothing else. Raises
    `MediaFailed` when one is damaged; nothing of it is in `folder` then.
    """
    tools = tools or find_tools()
    try:
        probe = look_into(path, tools=tools)
    except Refused as refusal:
        raise MediaFailed(refusal.sentence) from None
    return _Layout(probe).draw(tools, path, folder) if probe.has_picture else []


class _Layout:
    """How many tiles of which size, in how many sheets."""

    def __init__(self, probe: Probe) -> None:
        self.probe = probe
        length = probe.video_duration or probe.duration
        self.every = min(_MOST_SECONDS, max(1, math.ceil(length / _TILES)))
        self.count = max(1, math.ceil(length / self.every))
        self.columns, self.rows = min(_COLUMNS, self.count), min(_ROWS, math.ceil(self.count / _COLUMNS))
        wide, high = probe.shown_size
        share = min(_TILE_LONG / wide, _TILE_MOST_HIGH / high)
        self.tile = [max(2, round(side * share / 2) * 2) for side in (wide, high)]

    def draw(self, tools: Tools, path: Path, folder: Path) -> list[Sheet]:
        report = Progress(self.probe.duration)
        limits = Limits(seconds=60 + self.probe.duration, still_seconds=60)
        with fence.working_folder(folder) as workshop:
            arguments = ["-skip_frame", "nokey", *input_options(path, self.probe), *self._output(workshop)]
            finished = make(tools, arguments, folder=workshop, limits=limits, progress=report)
            drawn = [workshop / f"{number}.jpg" for number in range(math.ceil(self.count / self._per_sheet))]
            if finished.code != 0 or not all(sheet.is_file() for sheet in drawn):
                raise MediaFailed(damaged_near(report.seconds, self.probe.duration))
            return [self._kept(sheet, number, folder) for number, sheet in enumerate(drawn)]

    @property
    def _per_sheet(self) -> int:
        return self.columns * self.rows

    def _output(self, workshop: Path) -> list[str]:
        width, height = self.tile
        filters = [
            f"scale={width}:{height},setsar=1",
            # One picture each so many seconds: the newest there is by then, and the last one until the end.
            "tpad=stop=-1:stop_mode=clone",
            f"fps=1/{self.every}:start_time=0:round=up",
            f"trim=end_frame={self.count}",
            f"tile={self.columns}x{self.rows}",
            JPEG_FILTER,
        ]
        return [
            *("-map", f"0:{self.probe.video_index}", "-vf", ",".join(filters), "-fps_mode", "passthrough"),
            *("-c:v", "mjpeg", "-q:v", "5", *clean_options(), "-f", "image2", "-start_number", "0"),
            f"file:{workshop}/%d.jpg",
        ]

    def _kept(self, sheet: Path, number: int, folder: Path) -> Sheet:
        first = number * self._per_sheet
        index = {
            "every": self.every,
            "columns": self.columns,
            "tile": self.tile,
            "first": first,
            "count": min(self._per_sheet, self.count - first),
        }
        size = sheet.stat().st_size
        width, height = self.tile
        kept = sheet.rename(folder / f"storyboard-{number}.jpg")
        return Sheet(kept, str(number), width * self.columns, height * self.rows, index, size)
