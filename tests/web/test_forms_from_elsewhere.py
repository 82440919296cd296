"""Forms that other sites send, and the cookies that would go with them (security.md, Web; Sign-ins)."""

from contextvars import Context
from functools import partial

import pytest
from flask import Flask

from portal.app import create_app
from portal.settings import Settings
from portal.storage.db import db
from portal.storage.models import AuditEvent
from portal.web import identity
from tests.factories import A_PASSWORD, a_guest, a_sign_in_token, an_admin
from tests.web.test_hostile_input import address, routes, things

ELSEWHERE = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
)


@pytest.fixture
def admins_browser(app: Flask):
    browser, token = app.test_client(), a_sign_in_token(an_admin())
    with Context().run(browser.session_transaction) as cookie:
        cookie[identity._TOKEN] = token
    return browser


def posted(app: Flask, browser, **given) -> dict[str, int]:
    """What every form of the portal answers to this."""
    keys = things(app)
    before = db.session.query(AuditEvent).count()
    answers = {}
    for rule in routes(app, "POST"):
        url = address(rule, keys)
        answers[rule.rule] = Context().run(partial(browser.post, url, **given)).status_code
    assert db.session.query(AuditEvent).count() == before
    return answers


def test_no_form_is_taken_without_its_token(app: Flask, admins_browser):
    answers = posted(app, admins_browser, data={"reason": "left", "accepted": "y", "version": "1"})

    assert {route: code for route, code in answers.items() if code != 400} == {}


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
def test_no_form_of_another_site_is_taken_whatever_it_holds(app: Flask, admins_browser, headers):
    app.config["WTF_CSRF_ENABLED"] = False  # as if the token were known

    answers = posted(app, admins_browser, data={"reason": "left"}, headers=headers)

    assert {route: code for route, code in answers.items() if code != 403} == {}


def test_behind_tls_cookies_go_to_this_host_alone_and_to_no_script(app: Flask, database_uri, tmp_path):
    guest = a_guest()
    secure = create_app(Settings.for_tests(tmp_path / "instance", database_uri, base_url="https://portal.example"))
    secure.config["WTF_CSRF_ENABLED"] = False
    browser = secure.test_client()
    sent = {"data": {"address": guest.address, "password": A_PASSWORD}, "base_url": "https://portal.example"}

    answer = Context().run(lambda: browser.post("/sign-in", **sent))
    with secure.app_context():
        db.engine.dispose()

    cookies = answer.headers.getlist("Set-Cookie")
    assert sorted(cookie.partition("=")[0] for cookie in cookies) == ["__Host-portal", "__Host-portal-device"]
    for cookie in cookies:
        marks = {mark.strip() for mark in cookie.split(";")[1:]}
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= marks
        assert not any(mark.startswith("Domain") for mark in marks)
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")
