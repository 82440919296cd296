"""`next=` leads to a page of this site or to the fallback, never elsewhere (security.md, Web)."""

from urllib.parse import unquote, urljoin, urlsplit

import pytest
from flask import Flask, redirect
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.web.identity import safe_next

SITE = "https://portal.example"
NASTY = [
    "/",
    "\\",
    "%",
    "2",
    "5",
    "f",
    "F",
    "9",
    "0",
    "\t",
    "\n",
    "\r",
    " ",
    ".",
    ":",
    "@",
    "?",
    "#",
    ";",
    "e",
    "\u2028",
]
PIECES = [*NASTY, "%09", "%2f", "%5c", "//evil.example", "http:", "javascript:", "watch", "ä", "／", "%00", "%0d%0a"]
_plain = Flask("plain")


def as_a_browser_goes(location: str) -> str:
    """Where a browser ends up by the URL standard: it drops tabs and newlines, and turns \\ into /."""
    kept = location.strip("".join(map(chr, range(0x21))))
    kept = kept.replace("\t", "").replace("\n", "").replace("\r", "").replace("\\", "/")
    return urljoin(f"{SITE}/sign-in", kept)


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%09/evil.example",
        "/%0a/evil.example",
        "/%2f/evil.example",
        "/%5cevil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\nSet-Cookie: a=b",
        "/%0d%0aSet-Cookie:%20a=b",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        " /watch",
        "watch",
        "/x\x00y",
        "/" + "x" * 2000,
        "/\ud800",
        "",
        None,
    ],
)
def test_what_leads_elsewhere_is_dropped(path):
    assert safe_next(path, "/fallback") == "/fallback"


@pytest.mark.parametrize(
    "path", ["/", "/watch/abcdefgh23456789", "/sessions?folder=3&q=a%20b", "/guests?next=https://x.example//y", "/ä"]
)
def test_pages_of_this_site_are_kept(path):
    assert safe_next(path) == path


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(max_size=30))
@settings(max_examples=500)
def test_no_text_leads_elsewhere(tail):
    for path in (tail, "/" + tail):
        safe = safe_next(path)
        with _plain.test_request_context("/sign-in", base_url=SITE):
            location = redirect(safe, 303).headers["Location"]

        assert urlsplit(as_a_browser_goes(location)).netloc == "portal.example"
        assert urlsplit(as_a_browser_goes(unquote(location))).netloc == "portal.example"
        assert location.isprintable()
