"""Byte ranges of a film, each checked, against nginx that checks nothing, in the same run.

    .venv/bin/python -m bench.ranges [--rounds N]

Behind nginx (X-Accel-Redirect, a socket between the two) ranges of 1 MB and of 600 kB; by the portal itself 1 MB at the
beginning, the middle and the end of a film of 512 MB. Sixteen connections that ask as fast as they can, in turns. Exits
with 1 when a share of what nginx alone sends is missed, or the embedded server sends less at the end than at the begin.
"""

import argparse
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from bench import servers
from bench.measuring import in_turns
from bench.portals import a_portal
from bench.world import cookie_for, viewers
from portal.storage import schema
from tests.services import running_nginx

FILM_BYTES = 512 * 1024**2
MEGABYTE, SMALLER = 1_000_000, 600_000
CONNECTIONS = 16
SECONDS = 2.0
ROUNDS = 5
BEHIND = {MEGABYTE: 0.65, SMALLER: 0.45}
EMBEDDED = 0.25
FLAT = 0.85
OFFSETS = {"begin": 0, "middle": FILM_BYTES // 2, "end": FILM_BYTES - MEGABYTE}


def saturated(port: int, viewers: list[tuple[str, str]], offset: int, length: int = MEGABYTE) -> float:
    """Ranges a second, over so many connections at once; `viewers`: each one's path and cookie."""
    until = time.perf_counter() + SECONDS

    def watch(viewer: tuple[str, str]) -> int:
        path, cookie = viewer
        sent = 0
        wish = asking(port, path, cookie, offset, length)
        buffer = bytearray(1024 * 1024)
        with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
            while time.perf_counter() < until:
                line.sendall(wish)
                sent += read_one(line, buffer)
        return sent

    begun = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as crowd:
        total = sum(crowd.map(watch, viewers))
    return total / (time.perf_counter() - begun)


def asking(port: int, path: str, cookie: str, offset: int, length: int) -> bytes:
    """The request for one range, as a browser makes it."""
    asked = f"Range: bytes={offset}-{offset + length - 1}"
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n{asked}\r\n\r\n".encode()


def read_one(line: socket.socket, buffer: bytearray) -> int:
    """Read one answer; 1 when it was the range, 0 when there was no room just then."""
    head = b""
    while b"\r\n\r\n" not in head:
        more = line.recv(4096)
        assert more, f"port {line.getpeername()[1]} cut the line after {head!r}"
        head += more
    head, _, body = head.partition(b"\r\n\r\n")
    left = next(int(row.split(b":")[1]) for row in head.split(b"\r\n") if row.lower().startswith(b"content-length"))
    left -= len(body)
    while left:
        left -= line.recv_into(buffer, min(left, len(buffer)))
    status = head.split(b" ", 2)[1]
    assert status in (b"206", b"503"), head
    return int(status == b"206")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    with a_portal(None, 10, film=bytes(FILM_BYTES)) as portal:
        with portal.app.app_context():
            # as many guests as connections: one person may have six lines open
            sittings = viewers(portal.world, CONNECTIONS)
            schema.forget_connections()
        film = servers.largest_file(portal)
        alone = f"sendfile on; keepalive_requests 1000000; server {{ listen 127.0.0.1:{{port}}; root {film.parent}; }}"
        strangers = [(f"/{film.name}", "")] * CONNECTIONS
        guests = [(f"/media/{key}/film", cookie_for(portal.app, token)) for token, key in sittings]
        with (
            running_nginx(alone) as nginx,
            servers.embedded(portal) as (_, embedded),
            servers.behind_nginx(portal) as (_, behind),
        ):
            works: dict[str, Callable[[], float]] = {}
            for length in BEHIND:
                works[f"nginx {length}"] = partial(saturated, nginx, strangers, 0, length)
                works[f"behind {length}"] = partial(saturated, behind, guests, 0, length)
            for place, offset in OFFSETS.items():
                works[f"nginx {place}"] = partial(saturated, nginx, strangers, offset)
                works[f"portal {place}"] = partial(saturated, embedded, guests, offset)
            found = in_turns(works, rounds)
    return report(found)


def report(found: dict[str, float]) -> int:
    """Say how each did; 1 when one missed its goal."""
    shares = [(f"behind nginx, {length // 1000} kB", f"behind {length}", f"nginx {length}") for length in BEHIND]
    shares += [(f"by itself, {place}", f"portal {place}", f"nginx {place}") for place in OFFSETS]
    goals = [*BEHIND.values(), *[EMBEDDED] * len(OFFSETS)]
    missed = 0
    for (words, ours, alone), goal in zip(shares, goals, strict=True):
        share = found[ours] / found[alone]
        missed += share < goal
        rates = f"nginx alone {found[alone]:6.0f}/s  portal {found[ours]:6.0f}/s"
        print(f"{words:22} {rates}  {share:.2f} (goal {goal}) {verdict(share >= goal)}")
    flat = found["portal end"] / found["portal begin"]
    print(f"flat over the offset: end/begin {flat:.2f} (goal {FLAT}) {verdict(flat >= FLAT)}")
    return int(missed > 0 or flat < FLAT)


def verdict(fits: bool) -> str:
    return "met" if fits else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
