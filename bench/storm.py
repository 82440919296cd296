"""Forty people sign in within one second: are all let in, and what do the others notice?

    .venv/bin/python -m bench.storm

Against the embedded server with its real hashing. While they sign in, others open a page all the time; the slowest
hundredth of those is compared with the quiet moment before. Exits with 1 when somebody was kept out or pages suffered.
"""

import http.client
import os
import re
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from urllib.parse import urlencode

from bench import servers
from bench.measuring import fetch, percentile
from bench.portals import Portal, a_portal

PEOPLE = 40
PASSWORD = "violet kettle harbour nineteen"
READERS = 2
QUIET_SECONDS = 6.0
PAUSE = 0.02
LONGEST_MS = 25.0
TIMES_QUIET = 2.0


class Readers:
    """A few people who open a page again and again; how long each took (seconds)."""

    def __init__(self, port: int, cookie: str) -> None:
        self.took: list[float] = []
        self._going = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(port, cookie), daemon=True) for _ in range(READERS)]

    def __enter__(self) -> "Readers":
        self._going.set()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._going.clear()
        for thread in self._threads:
            thread.join()

    def _read(self, port: int, cookie: str) -> None:
        while self._going.is_set():
            for took, status, _ in fetch(port, "/", {"Cookie": cookie}, 10):
                assert status == 200
                self.took.append(took)
            time.sleep(PAUSE)


def form_of(port: int) -> tuple[str, str]:
    """The cookie and token that a browser gets with the sign-in page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/sign-in")
    answer = connection.getresponse()
    cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())
    connection.close()
    assert found is not None
    return cookie, found[1]


def sign_in(port: int, address: str, cookie: str, token: str) -> tuple[int, float]:
    """The status of one sign-in, and how long it took."""
    body = urlencode({"csrf_token": token, "address": address, "password": PASSWORD, "next": ""})
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    headers["Origin"] = f"http://127.0.0.1:{port}"
    begun = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/sign-in", body, headers)
    status = connection.getresponse().status
    connection.close()
    return status, time.perf_counter() - begun


def seconds_of_a_hash(portal: Portal) -> float:
    """One password check, alone: the median of five."""

    def one() -> float:
        begun = time.perf_counter()
        portal.app.extensions["portal"].hasher.matches(PASSWORD, None)
        return time.perf_counter() - begun

    one()
    return median(one() for _ in range(5))


def main() -> int:
    with a_portal(None, 1000, password=PASSWORD) as portal, servers.embedded(portal) as (_, port):
        hashing = seconds_of_a_hash(portal)
        people = portal.world.addresses[1:]  # the first reads
        people += [f"person{number}@brightwater.example" for number in range(34, 34 + PEOPLE - len(people))]
        forms = [form_of(port) for _ in people]
        cookie = portal.cookie("guest")
        fetch(port, "/", {"Cookie": cookie}, 50)
        with Readers(port, cookie) as quiet:
            time.sleep(QUIET_SECONDS)
        with Readers(port, cookie) as busy, ThreadPoolExecutor(PEOPLE) as crowd:
            begun, waiting = time.perf_counter(), []
            for address, (one, token) in zip(people, forms, strict=True):
                waiting.append(crowd.submit(sign_in, port, address, one, token))
                time.sleep(1.0 / PEOPLE)
            answers = [each.result() for each in waiting]
            lasted = time.perf_counter() - begun
    statuses = Counter(status for status, _ in answers)
    before, during = (percentile(each.took, 0.99) * 1000 for each in (quiet, busy))
    possible = (os.cpu_count() or 1) / hashing
    fits = statuses == {303: PEOPLE} and during <= min(LONGEST_MS, TIMES_QUIET * before)
    print(f"{PEOPLE} sign-ins: {dict(statuses)}, all answered after {lasted:.1f} s, {PEOPLE / lasted:.1f} a second")
    print(f"a hash takes {hashing:.2f} s: {PEOPLE / lasted / possible:.2f} of what the cores can do ({possible:.1f})")
    print(
        f"slowest sign-in {max(took for _, took in answers):.1f} s; pages read: {len(quiet.took)} and {len(busy.took)}"
    )
    print(f"pages' p99: quiet {before:.1f} ms, meanwhile {during:.1f} ms ({during / before:.1f}×)")
    print(f"goal: all in, p99 ≤ {TIMES_QUIET:g} × quiet and ≤ {LONGEST_MS:g} ms: {'met' if fits else 'MISSED'}")
    return not fits


if __name__ == "__main__":
    sys.exit(main())
