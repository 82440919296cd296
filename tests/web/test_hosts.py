"""Which names the portal answers to, and what its logs keep to themselves (security.md, The way in; Web)."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.app import create_app
from portal.settings import Settings
from portal.storage.db import db


@pytest.mark.parametrize("path", ["/sign-in", "/nothing", "/static/js/player.js", "/invitations/abc", "/alive"])
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:80", "localhost@evil"])
def test_a_forged_host_gets_a_plain_no(app: Flask, path, host):
    answer = app.test_client().get(path, headers={"Host": host})

    assert answer.status_code == 400
    assert "evil" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Location" not in answer.headers


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Forwarded-Server", "X-Host", "Forwarded"])
def test_no_other_header_names_the_host(app: Flask, name):
    answer = app.test_client().get("/", headers={name: "host=evil.example"})

    assert answer.headers["Location"] == "/sign-in?next=/"


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8000", "https://portal.example:8443"])
def test_the_portal_answers_to_the_host_of_its_settings(tmp_path, base_url):
    app = create_app(Settings.for_tests(tmp_path, base_url=base_url))

    assert app.test_client().get("/alive", base_url=base_url).status_code == 200


def test_what_the_database_says_of_an_error_holds_no_value(app: Flask):
    with pytest.raises(SQLAlchemyError) as caught:
        db.session.execute(text("SELECT nothing FROM nowhere WHERE address = :a"), {"a": "ines@lab.example"})
    db.session.rollback()

    assert "ines@lab.example" not in str(caught.value)
