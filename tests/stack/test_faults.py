"""What holds while the database is locked or away, or when a process dies in the middle (security.md, Faults)."""

import http.client
import os
import re
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import Context
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import Engine, ExceptionContext, event, func, select, text

from portal.app import create_app
from portal.basics.errors import Conflict
from portal.domain import grants, policies
from portal.settings import Settings
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Grant, Invitation, OutgoingEmail, Policy, User, VideoSession
from tests.factories import A_PASSWORD, a_guest, a_sign_in_token, a_sponsor, a_video_session, an_admin
from tests.stack.test_parallel_claims import all_at_once
from tests.stack.test_serving import a_portal, environment, family

MANY = 800


@pytest.fixture
def browser(app: Flask):
    """A browser whose address is its own, so that the throttle counts for nobody else."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


def get(browser, path: str):
    return Context().run(lambda: browser.get(path))  # a context of its own, as a real request has


def sign_in(browser, guest: User):
    data = {"address": guest.address, "password": A_PASSWORD}
    return Context().run(lambda: browser.post("/sign-in", data=data))


@contextmanager
def waits_in_vain() -> Iterator[list[str]]:
    """What the database gave up waiting for meanwhile: a request that waits once waits no longer than one limit."""
    given_up: list[str] = []

    def note(context: ExceptionContext) -> None:
        given_up.append(str(context.original_exception))

    event.listen(Engine, "handle_error", note)
    try:
        yield given_up
    finally:
        event.remove(Engine, "handle_error", note)


@pytest.mark.only_on("sqlite")
def test_a_locked_sqlite_is_a_503_and_pages_go_on(app: Flask, browser, tmp_path):
    guest = a_guest()
    holder = sqlite3.connect(urlsplit(app.config["SQLALCHEMY_DATABASE_URI"]).path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        with waits_in_vain() as waits:
            refused = sign_in(browser, guest)
        page = get(browser, "/sign-in")
    finally:
        holder.execute("ROLLBACK")
        holder.close()

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert len(waits) == 1
    assert db.session.scalar(text("PRAGMA busy_timeout")) <= 5000
    assert page.status_code == 200
    assert get(browser, "/account").status_code == 303, "nobody came in by the fault"
    assert sign_in(browser, guest).status_code == 303


@pytest.mark.only_on("postgresql")
def test_a_lock_that_is_held_is_a_503_within_five_seconds(app: Flask, browser, database_uri):
    guest = a_guest()
    with psycopg.connect(database_uri.replace("postgresql+psycopg", "postgresql")) as holder:
        holder.execute("SELECT 1 FROM users WHERE id = %s FOR UPDATE", [guest.id])
        with waits_in_vain() as waits:
            refused = sign_in(browser, guest)
        holder.rollback()

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert len(waits) == 1
    assert db.session.scalar(text("SHOW lock_timeout")) == "4s"
    assert get(browser, "/account").status_code == 303
    assert sign_in(browser, guest).status_code == 303


@pytest.mark.only_on("postgresql")
def test_while_the_database_is_away_all_is_503_and_then_it_goes_on(app: Flask, browser, database_uri, postgresql):
    guest = a_guest()
    sign_in(browser, guest)
    assert get(browser, "/").status_code == 200
    name = urlsplit(database_uri).path[1:]

    with away(postgresql, name):
        answers = [get(browser, path) for path in ("/", "/media/abcdefghijklmnop/film", "/watch/abcdefghijklmnop")]
    back = get(browser, "/")

    assert [(answer.status_code, answer.headers.get("Retry-After")) for answer in answers] == [(503, "5")] * 3
    assert "Traceback" not in answers[0].text
    assert back.status_code == 200, "the pool connects anew by itself"


@contextmanager
def away(cluster, name: str) -> Iterator[None]:
    """Nobody can connect to this database, and whoever was connected is not any more."""
    cluster.run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    cluster.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    try:
        yield
    finally:
        cluster.run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def test_a_list_sent_ten_times_at_once_is_sent_once(app: Flask):
    on = a_video_session()
    sponsor_id, thing_id = on.owner_id, on.id
    addresses = "\n".join(f"guest{number}@lab.example" for number in range(20))

    def send() -> int:
        with app.app_context(), transaction():
            by, thing = db.session.get_one(User, sponsor_id), db.session.get_one(VideoSession, thing_id)
            return len(grants.name(addresses, thing, by=by, at=datetime.now(UTC)).invited)

    invited = all_at_once([send] * 10)

    assert sorted(invited) == [0] * 9 + [20]
    assert numbers_in(db.session) == {20}


def test_two_policies_at_once_are_one_version(app: Flask):
    admin_id = an_admin().id

    def publish() -> str:
        try:
            with app.app_context(), transaction():
                by = db.session.get_one(User, admin_id)
                policies.publish("Be kind", "Be kind to each other.", "", by=by, at=datetime.now(UTC))
        except Conflict:
            return "conflict"
        return "published"

    outcomes = all_at_once([publish] * 5)

    versions = list(db.session.scalars(select(Policy.version).order_by(Policy.version)))
    assert versions == list(range(1, 2 + outcomes.count("published")))


def numbers_in(session) -> set[int]:
    """How many grants, invitations, letters and entries of the trail there are: one number when all is well."""
    counted = [session.scalar(select(func.count()).select_from(kind)) for kind in (Grant, Invitation, OutgoingEmail)]
    entries = select(func.count()).select_from(AuditEvent)
    kinds = [entries.where(AuditEvent.kind == kind) for kind in ("grant:given", "invitation:sent")]
    return {*counted, *(session.scalar(query) for query in kinds)}


@pytest.mark.parametrize("seconds", [0.15, 0.35, 0.6])
def test_a_process_killed_in_a_request_leaves_all_or_nothing(tmp_path, seconds):
    instance = tmp_path / "instance"
    with a_portal(instance, WEB_PROCESSES="1") as portal:
        app = create_app(Settings.from_environment(environment(instance, portal.port)))
        with app.app_context():
            on = a_video_session(owner=a_sponsor())
            token, key = a_sign_in_token(db.session.get_one(User, on.owner_id)), on.key
        cookie = f"portal={_signer(app).dumps({'sign_in': token})}"
        cookie, form = opened(portal.port, f"/sessions/{key}/people", cookie)
        form["addresses"] = "\n".join(f"guest{number}@lab.example" for number in range(MANY))
        sending = threading.Thread(target=send, args=(portal.port, f"/sessions/{key}/people/send", cookie, form))
        sending.start()
        time.sleep(seconds)  # somewhere in the middle; each moment must do
        for pid in family(portal.process.pid)[:2]:
            os.kill(pid, signal.SIGKILL)
        sending.join()
    with app.app_context():
        (number,) = numbers_in(db.session)
        db.engine.dispose()

    assert number in (0, MANY)


def _signer(app: Flask):
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    return signer


def opened(port: int, path: str, cookie: str) -> tuple[str, dict[str, str]]:
    """A page's cookie and the token its forms carry."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with closing(connection):
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
        page = answer.read().decode()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None, page[:500]
    given = answer.headers.get("Set-Cookie", cookie)
    return given.partition(";")[0], {"csrf_token": found[1]}


def send(port: int, path: str, cookie: str, form: dict[str, str]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    try:
        connection.request("POST", path, urlencode(form), headers)
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        pass  # it was cut off, as is wanted
    finally:
        connection.close()
