"""How soon after *play* the first frame of a two-hour film is seen, in a real browser on this machine.

    .venv/bin/python -m bench.first_frame

By the portal itself and behind nginx; a fresh browser each time, the median of five. Needs Chromium and ffmpeg. Exits
with 1 when it takes longer than a second.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from bench import servers
from bench.portals import Portal, a_portal
from portal.domain.work import tools
from portal.storage import schema
from portal.storage.db import db, transaction
from portal.storage.media_tools import find_tools, read_index
from portal.storage.models import MediaFile, MediaKind, Stream, VideoSession, Viewing
from tests.services import BROWSER_ARGUMENTS, program

MINUTES = 120
ROUNDS = 5
GOAL_SECONDS = 1.0
# When play was pressed, and when the picture began to move; kept over a page that comes anew.
_WATCH = """
const note = (what) => sessionStorage.getItem(what) || sessionStorage.setItem(what, Date.now());
addEventListener("click", () => note("asked"), true);
addEventListener("playing", () => note("shown"), true);
"""


@contextmanager
def a_long_film() -> Iterator[Path]:
    """Two hours with a key frame every four seconds, as the portal prepares them: one minute, again and again."""
    ffmpeg = str(find_tools().ffmpeg)
    with tempfile.TemporaryDirectory(prefix="portal-film-") as folder:
        minute, film = Path(folder) / "minute.mp4", Path(folder) / "film.mp4"
        quiet = [ffmpeg, "-nostdin", "-v", "error", "-y"]
        drawn = ["-f", "lavfi", "-i", "testsrc=size=640x360:rate=25", "-f", "lavfi", "-i", "sine=frequency=300"]
        coded = [
            "-c:v",
            "libx264",
            "-preset",
            "veryfast",
            "-g",
            "100",
            "-bf",
            "0",
            "-pix_fmt",
            "yuv420p",
            "-c:a",
            "aac",
        ]
        subprocess.run([*quiet, *drawn, "-t", "60", *coded, str(minute)], check=True)
        again = ["-stream_loop", str(MINUTES - 1), "-i", str(minute), "-c", "copy"]
        subprocess.run([*quiet, *again, "-movflags", "+cmaf+global_sidx+frag_keyframe", str(film)], check=True)
        yield film


def put_in_place(portal: Portal, film: Path) -> None:
    """Have it play as Dana's first recording."""
    with portal.app.app_context():
        key, index = tools().media.put(film), read_index(film)
        with transaction():
            file = db.session.scalars(db.select(MediaFile).where(MediaFile.kind == MediaKind.RENDITION)).one()
            file.store_key, file.size_bytes, file.index = key, film.stat().st_size, index
            file.name, file.width, file.height, file.codecs = "360p", 640, 360, "avc1.64001e,mp4a.40.2"
            file.bit_rate = 1_000_000
            db.session.get_one(VideoSession, 1).length_seconds = MINUTES * 60.0
        schema.forget_connections()


def end_sittings(portal: Portal) -> None:
    """Nobody has pressed play yet: the page of an open sitting has its player ready."""
    with portal.app.app_context():
        with transaction():
            db.session.execute(db.update(Viewing).values(ends_at=portal.world.at))
            db.session.execute(db.delete(Stream))
        schema.forget_connections()


def seconds_to_first_frame(browser: Browser, site: str, portal: Portal) -> float:
    end_sittings(portal)
    context = browser.new_context()
    name, _, value = portal.cookie("guest").partition("=")
    context.add_cookies([{"name": name, "value": value, "url": site}])
    context.add_init_script(_WATCH)
    page = context.new_page()
    page.goto(f"{site}/watch/{portal.world.session_key}", wait_until="networkidle")
    page.get_by_role("button", name="Play").first.click()
    page.wait_for_function("() => sessionStorage.getItem('shown')", timeout=30_000)
    asked, shown = (float(page.evaluate(f"sessionStorage.getItem('{what}')")) for what in ("asked", "shown"))
    context.close()
    return (shown - asked) / 1000


def main() -> int:
    missed = 0
    executable = program("chromium", "chromium-browser", "google-chrome")
    with a_long_film() as film, a_portal(None, 10) as portal, sync_playwright() as playwright, ExitStack() as stack:
        put_in_place(portal, film)
        browser = playwright.chromium.launch(executable_path=executable, args=list(BROWSER_ARGUMENTS))
        print(f"a film of {MINUTES} minutes, {film.stat().st_size // 1024**2} MiB")
        for name, way in {"by itself": servers.embedded, "behind nginx": servers.behind_nginx}.items():
            site = f"http://127.0.0.1:{stack.enter_context(way(portal))[1]}"
            taken = median(seconds_to_first_frame(browser, site, portal) for _ in range(ROUNDS))
            missed += taken > GOAL_SECONDS
            verdict = "met" if taken <= GOAL_SECONDS else "MISSED"
            print(f"{name:12} first frame after {taken:.2f} s (goal {GOAL_SECONDS:g} s) {verdict}")
        browser.close()
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
