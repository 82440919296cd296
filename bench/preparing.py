"""What preparing a recording takes, in shares of its length, and what the pages notice of it.

    .venv/bin/python -m bench.preparing [--rounds N]

A film of twenty minutes that fits is made playable (probe, copy, storyboard, poster): how long until it plays. A minute
of it is coded in 720p and 360p as the worker does it, while somebody reads pages: how long that takes, and how long the
pages take meanwhile and in between. Exits with 1 when a goal is missed.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from bench import servers
from bench.measuring import fetch, percentile, verdict
from bench.portals import a_portal, databases
from portal.storage import media_tools
from tests.media_samples import CLIP

OTHERS = 1000
PACE = 0.05  # seconds from one page to the next
CODED_SECONDS, LONG_SECONDS = 60, 20 * 60
GOAL_OF_LADDER, GOAL_OF_FIRST = 0.45, 0.02
GOAL_OF_PAGES = 2.0


class Reader:
    """Somebody who opens a page again and again, at a steady pace; `took` are the seconds of each."""

    def __init__(self, port: int, cookie: str) -> None:
        self.took: list[float] = []
        self._port, self._cookie = port, cookie
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> "Reader":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _read(self) -> None:
        while not self._stop.is_set():
            begun = time.monotonic()
            ((seconds, status, _),) = fetch(self._port, "/sessions", {"Cookie": self._cookie})
            assert status == 200, f"the page answered {status}"
            self.took.append(seconds)
            self._stop.wait(max(0.0, begun + PACE - time.monotonic()))


def films(folder: Path) -> tuple[Path, Path]:
    """A minute in 1080p, and the same over and over for twenty: H.264 with a key frame every two seconds."""
    minute, long = folder / "minute.mp4", folder / "long.mp4"
    looped = ["-stream_loop", "-1", "-i", str(CLIP), "-t", str(CODED_SECONDS), "-vf", "scale=1920:1080"]
    coded = ["-c:v", "libx264", "-preset", "veryfast", "-g", "50", "-c:a", "aac", "-ac", "2", str(minute)]
    again = ["-stream_loop", str(LONG_SECONDS // CODED_SECONDS - 1), "-i", str(minute), "-c", "copy", str(long)]
    for words in ([*looped, *coded], again):
        ffmpeg = media_tools.find_tools().ffmpeg
        subprocess.run([str(ffmpeg), "-nostdin", "-v", "error", *words], check=True)
    return minute, long


def until_it_plays(film: Path) -> float:
    """Seconds from the whole file to one that plays, with its storyboard and poster."""
    with tempfile.TemporaryDirectory(dir=film.parent) as name:
        folder, begun = Path(name), time.perf_counter()
        plan = media_tools.plan(media_tools.probe(film))
        first = media_tools.make_first(film, plan, folder)
        assert first.copied, "the film of the bench should fit"
        media_tools.make_storyboard(first.path, folder)
        media_tools.make_poster(first.path, media_tools.probe(first.path), folder / "poster.jpg")
        return time.perf_counter() - begun


def ladder(film: Path) -> float:
    """Seconds that the lower qualities take."""
    with tempfile.TemporaryDirectory(dir=film.parent) as name:
        folder, plan = Path(name), media_tools.plan(media_tools.probe(film))
        first = media_tools.make_first(film, plan, folder)
        begun = time.perf_counter()
        made = media_tools.make_ladder(film, plan, {first.name: first.index}, folder)
        took = time.perf_counter() - begun
        assert [one.name for one in made] == ["720p", "360p"]
        return took


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    firsts, ladders, quiet, busy = [], [], list[float](), list[float]()
    with (
        databases("sqlite") as found,
        a_portal(found["sqlite"], OTHERS) as portal,
        servers.embedded(portal) as (_, port),
        tempfile.TemporaryDirectory(prefix="portal-bench-") as name,
    ):
        minute, long = films(Path(name))
        cookie = portal.cookie("sponsor")
        fetch(port, "/sessions", {"Cookie": cookie}, 50)
        for _ in range(rounds):
            with Reader(port, cookie) as reader:
                time.sleep(10)
            quiet += reader.took
            firsts.append(until_it_plays(long) / LONG_SECONDS)
            with Reader(port, cookie) as reader:
                ladders.append(ladder(minute) / CODED_SECONDS)
            busy += reader.took
    slower = percentile(busy, 0.99) / percentile(quiet, 0.99)
    figures = [
        ("until it plays, of 20 minutes", median(firsts), GOAL_OF_FIRST),
        ("720p and 360p, pages served", median(ladders), GOAL_OF_LADDER),
        ("pages' p99, busy over quiet", slower, GOAL_OF_PAGES),
    ]
    for what, figure, goal in figures:
        print(f"{what:32} {figure:7.3f}   goal {goal}  {verdict(figure, goal)}")
    for what, took in (("quiet", quiet), ("busy", busy)):
        print(f"pages, {what}: median {median(took) * 1000:.1f} ms, p99 {percentile(took, 0.99) * 1000:.1f} ms")
    return any(figure > goal for _, figure, goal in figures)


if __name__ == "__main__":
    sys.exit(main())
