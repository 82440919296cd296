"""The test bench keeps its promises: tests do not meet each other, and the page client notices what it should."""

import socket

import pytest
from flask import Blueprint
from sqlalchemy import Connection, create_engine, text

from portal.settings import Settings
from portal.storage.db import db, transaction
from portal.web.access import Access, access
from tests.kept_database import KeptDatabase
from tests.page_client import PageClient

CHANGE = text("UPDATE audit_heads SET hash = 'changed' WHERE id = 1")
trial = Blueprint("trial", __name__)


@trial.get("/writes-while-reading")
@access(Access.PUBLIC, before_policy=True)
def writes_while_reading():
    with transaction():
        db.session.execute(CHANGE)
    return "done", {"Content-Type": "text/plain"}


@trial.post("/forgets-to-commit")
@access(Access.PUBLIC, before_policy=True)
def forgets_to_commit():
    db.session.execute(CHANGE)
    return "done", {"Content-Type": "text/plain"}


@trial.get("/rolls-back")
@access(Access.PUBLIC, before_policy=True)
def rolls_back():
    db.session.execute(CHANGE)
    db.session.rollback()
    return "done", {"Content-Type": "text/plain"}


@pytest.fixture
def trial_client(make_app, write_log, monkeypatch):
    monkeypatch.setattr("portal.app.BLUEPRINTS", [trial])
    app = make_app()
    app.config["WTF_CSRF_ENABLED"] = False
    return PageClient(app, write_log)


def head_of_the_trail() -> str:
    return str(db.session.scalar(text("SELECT hash FROM audit_heads")))


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_finds_the_portal_as_migrations_leave_it(app, turn):
    assert head_of_the_trail() == "0" * 64

    with transaction():
        db.session.execute(CHANGE)

    assert head_of_the_trail() == "changed"


def test_a_write_while_reading_is_noticed(trial_client):
    with pytest.raises(AssertionError, match="GET /writes-while-reading wrote to audit_heads"):
        trial_client.get("/writes-while-reading")


def test_a_write_left_uncommitted_is_noticed(trial_client):
    with pytest.raises(AssertionError, match="POST /forgets-to-commit left uncommitted"):
        trial_client.open("POST", "/forgets-to-commit")


def test_what_was_rolled_back_is_no_write(trial_client):
    assert trial_client.get("/rolls-back").status == 200


def test_no_test_reaches_the_network():
    with pytest.raises(AssertionError, match="reached for the network"), socket.socket() as outside:
        outside.connect(("192.0.2.1", 80))
    with pytest.raises(AssertionError, match="looked up a name"):
        socket.getaddrinfo("mail.example", 25)


def test_nothing_is_kept_outside_the_test_s_own_folder(tmp_path):
    settings = Settings.for_tests(tmp_path)

    assert str(tmp_path) in settings.database_uri
    assert settings.mail_server == ""


@pytest.mark.only_on("postgresql")
def test_a_database_is_new_for_each_test_whatever_the_one_before_did(database, postgresql, postgresql_template):
    kept = KeptDatabase(postgresql, postgresql_template)
    uri = kept.uri()
    engine = create_engine(uri)
    with engine.begin() as writing:
        before = _all_of(writing)
        writing.execute(CHANGE)
        columns = "summary, body, change_note, published_at"
        writing.execute(text(f"INSERT INTO policies (version, {columns}) SELECT version + 1, {columns} FROM policies"))
        writing.execute(text("SELECT nextval('users_id_seq')"))
    holding = engine.connect()
    holding.execute(text("SELECT 1 FROM policies FOR UPDATE"))

    kept.restore()

    assert kept.uri() == uri
    holding.invalidate()
    engine.dispose()
    with engine.begin() as changing:
        assert _all_of(changing) == before
        changing.execute(text("DROP TRIGGER audit_events_append_only ON audit_events"))
    engine.dispose()
    kept.restore()
    assert kept.uri() != uri, "what a test did to tables cannot be taken back"
    kept.drop()


def _all_of(connection: Connection) -> dict[str, list[object]]:
    """All rows of all tables, and how far each count of numbers is."""
    names = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    found: dict[str, list[object]] = {name: list(connection.execute(text(f'SELECT * FROM "{name}"'))) for name in names}
    found["numbers"] = list(connection.execute(text("SELECT sequencename, last_value FROM pg_sequences")))
    return found
