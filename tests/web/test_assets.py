"""Styles, scripts, fonts: kept for ever, and packed for browsers that can unpack them."""

import gzip

import pytest

from portal.settings import ROOT

STYLES = "/static/css/portal.css"


def fetch(client, path: str, encodings: str = ""):
    """One answer, read to its end."""
    with client.http.get(path, headers={"Accept-Encoding": encodings}) as answer:
        assert answer.data
        return answer


def test_a_browser_that_can_unpack_gets_fewer_bytes_and_the_same_words(client):
    packed, plain = fetch(client, STYLES, "gzip, br"), fetch(client, STYLES)

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data == (ROOT / STYLES.lstrip("/")).read_bytes()
    assert len(packed.data) * 3 < len(plain.data)
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("encodings", ["gzip", ""])
def test_they_are_kept_for_ever_and_are_what_they_say(client, encodings):
    answer = fetch(client, STYLES, encodings)

    assert answer.headers["Content-Type"] == 'text/css; charset="utf-8"'
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_page_is_never_packed(client):
    answer = fetch(client, "/sign-in", "gzip")

    assert "Content-Encoding" not in answer.headers
