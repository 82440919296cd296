"""The checks that every page goes through find what they are for."""

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from tests.page_checks import check_headers, check_page, parse

SOUND = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sign in – Portal</title>
<link rel="stylesheet" href="/static/css/portal.css">
<script type="module" src="/static/js/portal.js" nonce="once"></script>
</head>
<body>
<a href="#main">To the main part</a>
<main id="main"><h1>Sign in</h1>
<form method="post"><input type="hidden" name="csrf_token" value="x">
<label for="address">Email address</label><input id="address" name="address" aria-describedby="hint">
<p id="hint">As the letter has it.</p><button>Sign in</button></form>
</main>
</body></html>"""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'nonce-once'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def look_at(page: str, **headers: str) -> None:
    response = answer(**headers)
    check_headers("/page", response)
    check_page("/page", parse("/page", page), response)


def answer(**changed: str) -> TestResponse:
    headers = Headers(HEADERS | {name.replace("_", "-"): value for name, value in changed.items()})
    return TestResponse([], "200 OK", headers, request=None, history=())  # type: ignore[arg-type]


def test_a_sound_page_passes():
    look_at(SOUND)


@pytest.mark.parametrize(
    ("sound", "broken", "fault"),
    [
        ("</label>", "", "not strict HTML"),
        (' lang="en"', "", "no language"),
        ("<h1>Sign in</h1>", "<p>Sign in</p>", "0 h1"),
        ("<h1>Sign in</h1>", "<h1>Sign in</h1><h1>Again</h1>", "2 h1"),
        ("<title>Sign in", "<title>Portal", "does not start with the h1"),
        ('id="hint"', 'id="address"', "stands 2 times"),
        ('describedby="hint"', 'describedby="help"', "points nowhere"),
        ('href="#main"', 'href="#content"', "leads nowhere"),
        ('<label for="address">Email address</label>', "", "has no label"),
        ("<button>Sign in</button>", "<button><span aria-hidden='true'>→</span></button>", "has no name"),
        ("<h1>", '<h1 style="color: red">', "style= on <h1>"),
        ("<h1>", '<h1 onclick="go()">', "onclick= on <h1>"),
        ("</head>", "<style>h1 { color: red }</style></head>", "a <style>"),
        (' nonce="once"', ' nonce="other"', "lacks this answer's nonce"),
        (' src="/static/js/portal.js"', "", "a script that stands in the page"),
        ('href="/static/css', 'href="https://cdn.example/css', "from elsewhere"),
        ('<input type="hidden" name="csrf_token" value="x">', "", "no CSRF token"),
        ('<form method="post">', '<form method="post" action="https://elsewhere.example/">', "is not ours"),
        ("<button>", '<label for="f">List</label><input type="file" id="f" name="f"><button>', "cannot send its file"),
        ('<form method="post">', '<form method="post" action="/sign-out">', "without Cache-Control"),
    ],
)
def test_a_fault_in_a_page_is_found(sound, broken, fault):
    assert sound in SOUND

    with pytest.raises(AssertionError, match=fault):
        look_at(SOUND.replace(sound, broken))


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Content_Security_Policy", "default-src 'none'"),
        ("Content_Security_Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
        ("X_Content_Type_Options", ""),
        ("Referrer_Policy", "unsafe-url"),
    ],
)
def test_a_missing_header_is_found(header, value):
    with pytest.raises(AssertionError):
        look_at(SOUND, **{header: value})
