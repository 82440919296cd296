"""Byte ranges by the embedded server, each checked, against nginx that checks nothing, in the same run.

    .venv/bin/python -m bench.ranges

1 MB ranges over 16 connections, at the beginning, the middle and the end of a film of 512 MB, in turns. Exits with 1
when the embedded server sends less than a quarter of what nginx does, or less at the end than at the beginning.
"""

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
RANGE_BYTES = 1_000_000
CONNECTIONS = 16
SECONDS = 2.0
ROUNDS = 5
GOAL = 0.25
FLAT = 0.85
OFFSETS = {"begin": 0, "middle": FILM_BYTES // 2, "end": FILM_BYTES - RANGE_BYTES}


def saturated(port: int, viewers: list[tuple[str, str]], offset: int) -> float:
    """Ranges a second, over so many connections at once; `viewers`: each one's path and cookie."""
    until = time.perf_counter() + SECONDS

    def watch(viewer: tuple[str, str]) -> int:
        path, cookie = viewer
        sent = 0
        wish = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
            f"Range: bytes={offset}-{offset + RANGE_BYTES - 1}\r\n\r\n"
        ).encode()
        buffer = bytearray(1024 * 1024)
        with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
            while time.perf_counter() < until:
                line.sendall(wish)
                sent += _read_one(line, buffer)
        return sent

    begun = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as crowd:
        total = sum(crowd.map(watch, viewers))
    return total / (time.perf_counter() - begun)


def _read_one(line: socket.socket, buffer: bytearray) -> int:
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
    with a_portal(None, 10, film=bytes(FILM_BYTES)) as portal:
        with portal.app.app_context():
            # as many guests as connections: one person may have six lines open
            sittings = viewers(portal.world, CONNECTIONS)
            schema.forget_connections()
        largest = max((file for file in portal.settings.media_folder.rglob("*") if file.is_file()), key=size)
        nginx = (
            f"sendfile on; keepalive_requests 1000000; server {{ listen 127.0.0.1:{{port}}; root {largest.parent}; }}"
        )
        with running_nginx(nginx) as nginx_port, servers.embedded(portal) as (_, port):
            strangers = [(f"/{largest.name}", "")] * CONNECTIONS
            guests = [(f"/media/{film}/film", cookie_for(portal.app, token)) for token, film in sittings]
            works: dict[str, Callable[[], float]] = {}
            for place, offset in OFFSETS.items():
                works[f"nginx {place}"] = partial(saturated, nginx_port, strangers, offset)
                works[f"portal {place}"] = partial(saturated, port, guests, offset)
            found = in_turns(works, ROUNDS)
    ratios = {place: found[f"portal {place}"] / found[f"nginx {place}"] for place in OFFSETS}
    flat = found["portal end"] / found["portal begin"]
    for place, ratio in ratios.items():
        print(
            f"{place:7} nginx {found[f'nginx {place}']:7.0f}/s  portal {found[f'portal {place}']:6.0f}/s  {ratio:.2f}"
        )
    fits = min(ratios.values()) >= GOAL and flat >= FLAT
    print(f"goal ≥ {GOAL} of nginx, flat over the offset (end/begin {flat:.2f}): {'met' if fits else 'MISSED'}")
    return not fits


def size(file: object) -> int:
    return file.stat().st_size  # type: ignore[attr-defined, no-any-return]


if __name__ == "__main__":
    sys.exit(main())
