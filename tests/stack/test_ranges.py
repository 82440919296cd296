"""Films from a real server: every range is what the file has there, and a right that ends ends the bytes.

All of it holds whichever way the portal is run: by itself or behind nginx, out of a folder or out of a bucket.
"""

import http.client
import os
import random
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.web import sending
from tests.stack.places import ALL, FILM, POSTER, a_place


@pytest.fixture(scope="module", params=ALL)
def place(request, sqlite_template):
    with a_place(request.param, sqlite_template) as place:
        yield place


@pytest.fixture
def viewer(place):
    return place.new_viewer()


def test_any_range_is_what_the_file_has_there(viewer):
    chance = random.Random(os.environ.get("PYTEST_XDIST_WORKER", "one"))
    wanted = [(0, 0), (len(FILM) - 1, len(FILM) - 1), (0, len(FILM) - 1)]
    for _ in range(40):
        first = chance.randrange(len(FILM))
        wanted.append((first, min(len(FILM) - 1, first + chance.choice([0, 1, 999, 70_000, 3_000_000]))))

    def read(part):
        return viewer.fetch(f"bytes={part[0]}-{part[1]}")

    with ThreadPoolExecutor(4) as crowd:
        for (first, last), (status, headers, data) in zip(wanted, crowd.map(read, wanted), strict=True):
            assert status == 206
            assert headers.get_all("Content-Range") == [f"bytes {first}-{last}/{len(FILM)}"]
            assert headers.get_all("Content-Length") == [str(last - first + 1)]
            assert data == FILM[first : last + 1]


def test_a_range_may_say_more_than_there_is_or_count_from_the_end(viewer):
    beyond = viewer.fetch(f"bytes={len(FILM) - 10}-{len(FILM) + 10}")
    suffix = viewer.fetch("bytes=-10")
    behind = viewer.fetch(f"bytes={len(FILM)}-{len(FILM) + 1}")

    for status, headers, data in (beyond, suffix):
        assert (status, data) == (206, FILM[-10:])
        assert headers["Content-Range"] == f"bytes {len(FILM) - 10}-{len(FILM) - 1}/{len(FILM)}"
    assert (behind[0], behind[1]["Content-Range"], behind[2]) == (416, f"bytes */{len(FILM)}", b"")


def test_a_player_that_asks_for_the_rest_gets_it_all_by_stretches(viewer):
    read = bytearray()
    while len(read) < len(FILM):
        status, _headers, data = viewer.fetch(f"bytes={len(read)}-")
        assert status == 206
        assert 0 < len(data) <= sending.STRETCH
        read += data

    assert bytes(read) == FILM


def test_many_ranges_come_over_one_line(viewer):
    line = http.client.HTTPConnection("127.0.0.1", viewer.place.port, timeout=60)
    line.connect()
    kept = line.sock

    for first in (0, 5_000_000, 1_000_000):
        line.request("GET", viewer.film, headers={"Cookie": viewer.cookie, "Range": f"bytes={first}-{first + 99_999}"})
        assert line.getresponse().read() == FILM[first : first + 100_000]
        assert line.sock is kept
    # the server has kept its end open, too
    kept.settimeout(0.2)
    with pytest.raises(TimeoutError):
        kept.recv(1)
    line.close()


def test_the_whole_file_and_its_head(viewer):
    status, headers, data = viewer.fetch()
    head_status, head_headers, nothing = viewer.fetch(method="HEAD")

    assert (status, data) == (200, FILM)
    assert (head_status, nothing) == (200, b"")
    assert head_headers["Content-Length"] == headers["Content-Length"] == str(len(FILM))


def test_the_headers_of_a_range_are_the_same_whoever_sends_it(viewer):
    """And for a part that is asked for on condition: the name of the file is one."""
    viewer.fetch("bytes=0-0")  # the first of a sitting goes another way through the portal
    _status, of_the_portal, _data = viewer.fetch("bytes=0-")
    status, headers, _data = viewer.fetch("bytes=0-99")

    assert status == 206
    assert told_by(headers) == told_by(of_the_portal)
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Content-Type"] == "video/mp4"
    assert headers["Content-Security-Policy"]
    same = viewer.fetch("bytes=0-99", If_Range=headers["ETag"])
    other = viewer.fetch("bytes=0-99", If_Range='"another"')
    assert (same[0], same[2]) == (206, FILM[:100])
    assert (other[0], len(other[2])) == (200, len(FILM))


def told_by(headers):
    """All but what is about this very part, moment and line; a policy without its nonce."""
    leave_out = {"content-length", "content-range", "date", "server", "connection"}
    told = sorted((name.lower(), re.sub(r"nonce-[\w-]+", "nonce", value)) for name, value in headers.items())
    return [line for line in told if line[0] not in leave_out]


def test_a_poster_comes_whole(viewer):
    status, headers, data = viewer.place.fetch(viewer.poster, Cookie=viewer.cookie)

    assert (status, data) == (200, POSTER)
    assert headers.get_all("Content-Type") == ["image/jpeg"]
    assert headers.get_all("Cache-Control") == ["private, no-store"]
    assert "Last-Modified" not in headers


def test_a_right_taken_back_ends_the_next_range(viewer):
    assert viewer.fetch("bytes=0-99")[0] == 206
    viewer.lose_the_right()

    for method, asked in (("GET", "bytes=100-199"), ("GET", "bytes=100-"), ("GET", None), ("HEAD", None)):
        status, headers, data = viewer.fetch(asked, method)
        assert (status, data) == (404, b"")
        assert not {"Content-Range", "ETag", "Accept-Ranges"} & set(headers)


def test_viewers_who_read_nothing_leave_threads_for_pages(viewer):
    """More of them than there are threads: one person holds a few, all of them together never the last ones."""
    lazy = [viewer.read_nothing() for _ in range(12)]
    page = http.client.HTTPConnection("127.0.0.1", viewer.place.port, timeout=20)
    page.request("GET", "/alive")

    assert page.getresponse().status == 200
    for connection in [*lazy, page]:
        connection.close()
