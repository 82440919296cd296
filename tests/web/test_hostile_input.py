"""Whatever somebody sends, the answer is a page with a sentence, never a stack trace (product.md, Promises)."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask, g
from werkzeug.routing import Rule

from portal.storage.models import User, VideoSession
from tests.factories import a_folder, a_grant, a_guest, a_video_session, an_admin
from tests.page_client import PageClient

ARGUMENT = re.compile(r"<(?:(int)[^:>]*(?:\([^)]*\))?:)?(\w+)>")
IN_PATHS = ("%00", "a%00b", "%F0%9F%98%80", "%2e%2e", "x" * 300, "%27%22%3C%3E--", "%E2%80%AE", "%ff%fe", "9" * 30)
WORDS = ("\0", "a\0b@brightwater.example", "\u202e😀", "9" * 5000, "0000000001" + "9" * 30, "-1", "<b>'\"")
ASKED = [
    "address",
    "after",
    "before",
    "folder",
    "kind",
    "next",
    "on",
    "page",
    "person",
    "role",
    "search",
    "since",
    "state",
    "until",
    "version",
    "words",
]
TYPED = [
    "accepted",
    "address",
    "addresses",
    "after",
    "again",
    "body",
    "change",
    "change_note",
    "code",
    "correction",
    "current",
    "department",
    "description",
    "folder",
    "form_key",
    "kept_name",
    "name",
    "next",
    "note",
    "password",
    "policy_version",
    "reason",
    "renew",
    "role",
    "summary",
    "title",
    "until",
    "version",
]


@pytest.fixture
def browser(app: Flask, client: PageClient) -> PageClient:
    """An admin's browser, because admins may open every page."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # what is typed is asked about here; the token has tests of its own
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: setattr(g, "csrf_valid", True))
    client.sign_in_as(an_admin())
    return client


def routes(app: Flask, method: str) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static" and method in (rule.methods or ()):
            yield rule


@pytest.mark.parametrize("word", IN_PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_no_path_is_too_strange(app, browser, method, word):
    for rule in routes(app, method):
        if rule.arguments:
            answer = browser.open(method, ARGUMENT.sub(word, rule.rule))
            assert answer.status < 500, rule.rule


@pytest.mark.parametrize("word", WORDS)
def test_nothing_that_is_asked_for_is_too_strange(app, browser, word):
    keys = things(app)
    for rule in routes(app, "GET"):
        answer = browser.get(address(rule, keys), query_string=dict.fromkeys(ASKED, word))
        assert answer.status < 500, rule.rule


@pytest.mark.parametrize("word", ["a\0\x01\u202e😀", "9" * 5000])
def test_nothing_that_is_typed_is_too_strange(app, browser, word):
    keys = things(app)
    for rule in routes(app, "POST"):
        for name in TYPED if rule.rule not in ENDING else ():
            answer = browser.open("POST", address(rule, keys), data=USUAL | {name: word})
            assert answer.status < 500, f"{rule.rule}: {name}"


ENDING = ("/sign-out", "/invitation/sign-out", "/sessions/<key>/delete", "/folders/<key>/delete")
"""Of these there is nothing to type, and what they end is needed by the others."""
USUAL = {
    "address": "ines@lab.example",
    "addresses": "ines@lab.example",
    "title": "What your gift built",
    "role": "sponsor",
    "reason": "left",
    "summary": "Be kind",
    "body": "Be kind to each other.",
    "change_note": "Kinder",
    "after": "1",
    "password": "violet kettle harbour nineteen",
    "again": "violet kettle harbour nineteen",
    "current": "violet kettle harbour twenty",
}


def things(app: Flask) -> dict[str, str]:
    """One of each, to be put into addresses."""
    folder = a_folder()
    video_session: VideoSession = a_video_session(folder=folder)
    guest: User = a_guest()
    grant = a_grant(video_session, guest)
    return {"folders": folder.key, "guests": guest.key, "grants": str(grant.id), "other": video_session.key}


def address(rule: Rule, keys: dict[str, str]) -> str:
    kind = rule.rule.split("/")[1]
    key = keys["guests"] if rule.rule.startswith("/admin/people/") else keys.get(kind, keys["other"])
    return ARGUMENT.sub(lambda found: "1" if found[1] and kind != "grants" else key, rule.rule)
