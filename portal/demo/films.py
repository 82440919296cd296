"""The demo's recordings as files: drawn in a second or two each, and an excerpt of a real film."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portal.demo.canvas import Canvas
from portal.settings import ROOT
from portal.storage.media_tools import Tools, fence

EXCERPT = ROOT / "tests" / "samples" / "bigbuckbunny.mp4"
CREDIT = (
    "The picture is an excerpt of Big Buck Bunny, © 2008 Blender Foundation, www.bigbuckbunny.org, shared under "
    "Creative Commons Attribution 3.0."
)
_LIMITS = fence.Limits(seconds=60)
_WIDE, _HIGH = 960, 540
_PICTURES_A_SECOND = 15  # the camera moves slowly, and whoever starts the demo waits for its films
_MARGIN = 1.1  # how much wider than the picture the scene is drawn: the camera moves along it


class CannotDraw(Exception):
    """A recording of the demo could not be made; the text is a sentence for whoever started it."""


@dataclass(frozen=True)
class Film:
    """A recording to make. `scene` draws it; `chord` are the hertz of its sound."""

    name: str
    scene: Callable[[Canvas], None]
    seconds: int
    chord: tuple[int, int]


def draw(film: Film, folder: Path, tools: Tools) -> Path:
    """A slow move of the camera along the scene, with two quiet tones. Raises `CannotDraw`."""
    picture, made = folder / f"{film.name}.ppm", folder / f"{film.name}.mp4"
    canvas = Canvas(round(_WIDE * _MARGIN) * 2)  # twice as large, so that edges come out smooth
    film.scene(canvas)
    canvas.save(picture)
    move = f"(in_w-out_w)*t/{film.seconds}"
    filters = [
        f"scale={canvas.wide // 2}:{canvas.high // 2}:flags=area,format=yuv420p",
        f"loop=loop=-1:size=1,crop={_WIDE}:{_HIGH}:x='{move}':y='(in_h-out_h)/2'",
    ]
    low, high = film.chord
    tones = f"(0.05*sin(2*PI*{low}*t)+0.03*sin(2*PI*{high}*t))*(0.6+0.4*sin(0.6*t))"
    _run(
        tools,
        folder,
        *(
            "-r",
            str(_PICTURES_A_SECOND),
            "-i",
            picture.name,
            "-f",
            "lavfi",
            "-i",
            f"aevalsrc=exprs='{tones}':s=48000",
            "-vf",
            ",".join(filters),
        ),
        *("-t", str(film.seconds), "-c:v", "libx264", "-preset", "ultrafast", "-crf", "26", "-g", "50"),
        *("-threads", "1", "-c:a", "aac", "-b:a", "64k", made.name),
    )
    picture.unlink()
    return made


def excerpt(name: str, folder: Path, tools: Tools, *, rounds: int = 4) -> Path:
    """The excerpt of a real film, shown a few times over: 5.3 seconds a round. Its source is named by `CREDIT`."""
    made = folder / f"{name}.mp4"
    _run(tools, folder, "-stream_loop", str(rounds - 1), "-i", f"file:{EXCERPT}", "-c", "copy", made.name)
    return made


def damaged(name: str, folder: Path) -> Path:
    """The excerpt with zeros where a tenth of its picture was, as a broken copy leaves it."""
    made, data = folder / f"{name}.mp4", bytearray(EXCERPT.read_bytes())
    middle, length = len(data) // 2, len(data) // 10
    data[middle : middle + length] = bytes(length)
    made.write_bytes(data)
    return made


def _run(tools: Tools, folder: Path, *arguments: str) -> None:
    line = ["-nostdin", "-y", "-v", "error", *arguments]
    finished = fence.run(tools.fence, tools.ffmpeg, line, folder=folder, limits=_LIMITS)
    if finished.code != 0:
        raise CannotDraw(f"The recordings of the demo could not be made: {finished.errors.strip()[-300:]}")
