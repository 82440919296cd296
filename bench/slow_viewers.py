"""What twenty viewers on slow lines do to the pages of the others.

    .venv/bin/python -m bench.slow_viewers

A guest's start page is read again and again, in turns without viewers and beside twenty who take a film in at 100 kB a
second each; by the portal itself and behind nginx. Exits with 1 when the page's 95th percentile grows to twice as much.
"""

import http.client
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median

from bench import servers
from bench.portals import Portal, a_portal
from bench.world import cookie_for, viewers
from portal.storage import schema

FILM_BYTES = 64 * 1024**2
SLOW = 20
BYTES_A_SECOND = 100_000
PAGES = 150
ROUNDS = 5
GOAL = 2.0
_SIP = 10_000


def p95_ms(port: int, cookie: str) -> float:
    """How long the page takes at most, nineteen times of twenty, in milliseconds."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    taken = []
    for _ in range(PAGES):
        begun = time.perf_counter()
        line.request("GET", "/", headers={"Cookie": cookie})
        answer = line.getresponse()
        answer.read()
        taken.append((time.perf_counter() - begun) * 1000)
        assert answer.status == 200
        time.sleep(0.005)  # pages are read by people, and not one at the heels of the other
    line.close()
    return sorted(taken)[PAGES * 95 // 100]


@contextmanager
def slow_viewers(port: int, guests: list[tuple[str, str]]) -> Iterator[None]:
    """Watching, until the block is left; `guests`: path and cookie of each."""
    over = threading.Event()
    crowd = [threading.Thread(target=_watch, args=(port, path, cookie, over)) for path, cookie in guests]
    for viewer in crowd:
        viewer.start()
    time.sleep(1.0)
    try:
        yield
    finally:
        over.set()
        for viewer in crowd:
            viewer.join()


def _watch(port: int, path: str, cookie: str, over: threading.Event) -> None:
    """As a plain `<video>` does: all from here on, and what comes is taken in as slowly as it is played."""
    place = 0
    while not over.is_set():
        with socket.socket() as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
            line.connect(("127.0.0.1", port))
            wish = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nRange: bytes={place}-\r\n"
            line.sendall(f"{wish}Connection: close\r\n\r\n".encode())
            while not over.is_set() and (data := line.recv(_SIP)):
                place = (place + len(data)) % (FILM_BYTES // 2)
                time.sleep(len(data) / BYTES_A_SECOND)


def measure(portal: Portal, port: int, guests: list[tuple[str, str]]) -> tuple[float, float]:
    """The page's 95th percentile in milliseconds, without them and beside them: medians of the rounds."""
    cookie, quiet, beside = portal.cookie("guest"), [], []
    p95_ms(port, cookie)  # warm
    for _ in range(ROUNDS):
        quiet.append(p95_ms(port, cookie))
        with slow_viewers(port, guests):
            beside.append(p95_ms(port, cookie))
    return median(quiet), median(beside)


def main() -> int:
    missed = 0
    with a_portal(None, 10, film=bytes(FILM_BYTES)) as portal, ExitStack() as stack:
        with portal.app.app_context():
            sittings = viewers(portal.world, SLOW)
            schema.forget_connections()
        guests = [(f"/media/{key}/film", cookie_for(portal.app, token)) for token, key in sittings]
        ways = {"by itself": servers.embedded, "behind nginx": servers.behind_nginx}
        ports = {name: stack.enter_context(way(portal))[1] for name, way in ways.items()}
        for name, port in ports.items():
            quiet, beside = measure(portal, port, guests)
            missed += beside > GOAL * quiet
            verdict = "MISSED" if beside > GOAL * quiet else "met"
            print(f"{name:12} page's p95: alone {quiet:5.1f} ms, beside {SLOW} slow viewers {beside:5.1f} ms, ", end="")
            print(f"{beside / quiet:.2f} × (goal under {GOAL:g} ×) {verdict}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
