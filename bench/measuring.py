"""How things are measured: processor time, in rounds that take turns, and the median of them."""

import http.client
import io
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any

from werkzeug.test import EnvironBuilder

Environ = dict[str, Any]


def environ_of(path: str, cookie: str = "", host: str = "127.0.0.1:8000") -> Environ:
    """What a server hands an app for a GET of this path."""
    headers = [("Host", host), *([("Cookie", cookie)] if cookie else [])]
    return EnvironBuilder(path=path, headers=headers, base_url=f"http://{host}/").get_environ()


def call(app: Callable[..., Iterable[bytes]], environ: Environ) -> tuple[str, bytes]:
    """One request, as a server makes it; gives status and body."""
    seen: list[str] = []
    environ = environ | {"wsgi.input": io.BytesIO()}
    answer = app(environ, lambda status, _headers, _fault=None: seen.append(status))
    try:
        return seen[0] if seen else "", b"".join(answer)
    finally:
        close = getattr(answer, "close", None)
        if close:
            close()


def cpu_ms(app: Callable[..., Iterable[bytes]], environ: Environ, times: int) -> float:
    """Processor time of one request in milliseconds, in this process: the mean of so many."""
    begun = time.process_time()
    for _ in range(times):
        call(app, environ)
    return (time.process_time() - begun) * 1000 / times


def in_turns(works: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Each work once a round, so that a slow moment of the machine hits all alike; the median of the rounds."""
    found: dict[str, list[float]] = {name: [] for name in works}
    for each in works.values():
        each()  # warm
    for _ in range(rounds):
        for name, work in works.items():
            found[name].append(work())
    return {name: median(values) for name, values in found.items()}


def family(pid: int) -> list[int]:
    """A process and all that it has started, and they in turn."""
    found = [pid]
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in listed.read_text().split():
            found += family(int(child))
    return found


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and its children so far; of threads that live, to the nanosecond (Linux)."""
    ticks = 0
    for each in family(pid):
        for schedstat in Path(f"/proc/{each}/task").glob("*/schedstat"):
            ticks += int(schedstat.read_text().split()[0])
    return ticks / 1e9


def fetch(port: int, path: str, headers: dict[str, str], times: int = 1) -> list[tuple[float, int, bytes]]:
    """Requests one after the other on one connection: how long each took (seconds), its status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    found = []
    try:
        for _ in range(times):
            begun = time.perf_counter()
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            found.append((time.perf_counter() - begun, answer.status, body))
    finally:
        connection.close()
    return found


def percentile(values: list[float], share: float) -> float:
    """The value that this share of all are not above."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def verdict(figure: float, goal: float, *, at_most: bool = True) -> str:
    """“met”, or by how much not."""
    fits = figure <= goal if at_most else figure >= goal
    return "met" if fits else "MISSED"
