"""How much memory the portal takes: idle, and while films are sent and files come in. Shared pages count once (PSS).

    .venv/bin/python -m bench.memory [the first process's id]

Idle: pages and worker together, of a portal of its own in a throw-away folder, or of the one whose id is given. Then at
work: the pages alone, while twenty viewers play and two files come in, by itself and behind nginx; it has to stay what
it was after the first seconds. Exits with 1 when a limit is missed. Linux only: the figures come from
/proc/*/smaps_rollup.
"""

import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64encode
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from flask import g, session
from flask_wtf.csrf import generate_csrf

from bench import servers
from bench.measuring import family
from bench.portals import Portal, a_portal
from bench.ranges import asking, read_one
from bench.world import cookie_for, viewers
from portal.storage import schema

LIMIT_MEBIBYTES = 250
SETTLE_SECONDS = 15
FILM_BYTES = 256 * 1024**2
VIEWERS, UPLOADS = 20, 2
WARM_SECONDS, WORK_SECONDS = 75, 45  # once a minute each browser is noted as seen, all at once the first time
GROWS_MEBIBYTES = 10
PIECE = 16 * 1024**2
_BEGINS = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"  # as a video does
_NAMED = {"Upload-Metadata": f"filename {b64encode(b'lecture.mp4').decode()},title {b64encode(b'A lecture').decode()}"}


def pss_mebibytes(pid: int) -> float:
    """What one process takes, its share of shared pages included."""
    match = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    assert match is not None
    return int(match[1]) / 1024


def report(pid: int) -> float:
    total = 0.0
    for each in family(pid):
        size = pss_mebibytes(each)
        total += size
        print(f"{each:>8}  {size:7.1f} MiB")
    print(f"   total  {total:7.1f} MiB idle (limit {LIMIT_MEBIBYTES}) {verdict(total <= LIMIT_MEBIBYTES)}")
    return total


def measure_own() -> float:
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")} | {
            "PORTAL_INSTANCE_PATH": folder,
            "PORTAL_BIND": "127.0.0.1:0",
        }
        portal = subprocess.Popen([sys.executable, "-m", "portal.serving"], env=environment, stdout=subprocess.DEVNULL)
        try:
            time.sleep(SETTLE_SECONDS)  # past its first sweep
            return report(portal.pid)
        finally:
            portal.send_signal(signal.SIGINT)
            portal.wait(20)


# At work


def at_work(portal: Portal, first: int, port: int, guests: list[tuple[str, str]]) -> tuple[float, float]:
    """What the pages' processes take after the first seconds, and in the end, in mebibytes: medians of five seconds."""
    over = threading.Event()
    crowd = [threading.Thread(target=_watch, args=(port, *guest, over)) for guest in guests]
    crowd += [threading.Thread(target=_upload, args=(portal, port, over)) for _ in range(UPLOADS)]
    for each in crowd:
        each.start()
    try:
        time.sleep(WARM_SECONDS)
        sizes = []
        for _ in range(WORK_SECONDS):
            time.sleep(1)
            sizes.append(_of_all(first))
    finally:
        over.set()
        for each in crowd:
            each.join()
    return median(sizes[:5]), median(sizes[-5:])


def _of_all(first: int) -> float:
    return sum(pss_mebibytes(pid) for pid in family(first))


def _watch(port: int, path: str, cookie: str, over: threading.Event) -> None:
    """Half a megabyte every half a second, from the beginning to the end."""
    buffer, place, length = bytearray(1024 * 1024), 0, 500_000
    with servers.a_line(port) as line:
        while not over.is_set():
            line.sendall(asking(port, path, cookie, place, length))
            read_one(line, buffer)
            place = (place + length) % (FILM_BYTES - length)
            time.sleep(0.5)


def _upload(portal: Portal, port: int, over: threading.Event) -> None:
    """Pieces of a file that never ends, as fast as they are taken, begun anew before the disk is full."""
    cookie, token = _sponsor(portal)
    about = {"Cookie": cookie, "X-CSRFToken": token, "Tus-Resumable": "1.0.0"}
    piece = _BEGINS + bytes(PIECE - len(_BEGINS))
    while not over.is_set():
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        line.request("POST", "/uploads", headers={**about, "Upload-Length": str(64 * PIECE), **_NAMED})
        answer = line.getresponse()
        answer.read()
        assert answer.status == 201, answer.status
        place = answer.headers["Location"]
        for number in range(8):
            if over.is_set():
                break
            kind = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(number * PIECE)}
            line.request("PATCH", place, body=piece, headers={**about, **kind})
            answer = line.getresponse()
            answer.read()
            assert answer.status == 204, answer.status
        line.request("DELETE", place, headers=about)
        line.getresponse().read()
        line.close()


def _sponsor(portal: Portal) -> tuple[str, str]:
    """The cookie of the sponsor's browser, and the token of its forms."""
    with portal.app.test_request_context():
        session["csrf_token"] = "0" * 40  # as in the cookie
        g.pop("csrf_token", None)
        return portal.cookie("sponsor"), generate_csrf()


def verdict(fits: bool) -> str:
    return "met" if fits else "MISSED"


def main() -> int:
    if len(sys.argv) > 1:
        return int(report(int(sys.argv[1])) > LIMIT_MEBIBYTES)
    missed = measure_own() > LIMIT_MEBIBYTES
    with a_portal(None, 10, film=bytes(FILM_BYTES)) as portal, ExitStack() as stack:
        with portal.app.app_context():
            sittings = viewers(portal.world, VIEWERS)
            schema.forget_connections()
        guests = [(f"/media/{key}/film", cookie_for(portal.app, token)) for token, key in sittings]
        for name, way in {"by itself": servers.embedded, "behind nginx": servers.behind_nginx}.items():
            server, port = stack.enter_context(way(portal))
            begun, ended = at_work(portal, server.pid, port, guests)
            fits = ended - begun <= GROWS_MEBIBYTES
            missed |= not fits
            sizes = f"{begun:.1f} MiB after {WARM_SECONDS} s, {ended:.1f} another {WORK_SECONDS} later"
            print(f"{name:12} {VIEWERS} viewers, {UPLOADS} uploads: {sizes} (+ {GROWS_MEBIBYTES}) {verdict(fits)}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
