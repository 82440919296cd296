"""No page asks the database more than five times, whatever the tables hold (issue "Limits to meet").

Every signed-in page of the app's own route list is opened in a portal of some thirty grants and in one of two thousand.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context

import pytest
from flask import Flask
from sqlalchemy import Engine, event
from werkzeug.routing import Rule

from bench.world import World, add, cookie_for, fill
from portal.web.access import Access, Declared, declared_access

MOST = 5
FEW, MANY = 30, 2000  # thirty fill a page of any list with rows of one kind
# In this world everybody has accepted the policy, no recording has a password, is in the bin or waits for another
# version, and nobody uploads or watches on two devices.
NOT_HERE = {
    "/policy/accept",
    "/watch/<key>/move",
    "/uploads/<key>",
    "/uploads/<key>/give-up",
    "/sessions/<key>/password/remove",
    "/sessions/<key>/video/give-up",
    "/bin/<key>/delete",
    "/events/<key>/delete",
}


def pages(app: Flask) -> list[Rule]:
    """Every route that is opened by somebody signed in."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and rule.endpoint != "static"]
    return [
        rule for rule in rules if declared(app, rule).who is not Access.PUBLIC and not declared(app, rule).bytes_only
    ]


def declared(app: Flask, rule: Rule) -> Declared:
    found = declared_access(app, rule.endpoint)
    assert found is not None
    return found


def actors_for(app: Flask, rule: Rule) -> list[str]:
    """Whom a route is for, among those who are in the world."""
    who = declared(app, rule).who
    return {Access.SPONSOR: ["sponsor", "admin"], Access.ADMIN: ["admin"]}.get(who, ["guest", "sponsor", "admin"])


def address_of(rule: Rule, world: World) -> str:
    """The route's address with something of Dana's in its variable parts."""
    invited = "withdraw" in rule.rule or "address" in rule.rule
    keys = {
        "/folders/": world.folder_key,
        "/events/": world.event_key,
        "/watch/events/": world.event_key,
        "/admin/trace/": world.film_key,
        "/resets/": world.reset_key,
        "/lists/": world.list_key,
        "/guests/": world.invited_key if invited else world.guest_key,
        "/admin/people/": world.invited_key if invited else world.guest_key,
    }
    if rule.rule.endswith(("/hand-over", "/role")):
        keys["/admin/people/"] = world.beside_key
    key = next((key for begins, key in keys.items() if rule.rule.startswith(begins)), world.session_key)
    asked = "?each=3" if rule.rule.endswith("/spread") else ""
    known: dict[str, object] = {
        "key": key,
        "session_key": world.session_key,
        "event_key": world.event_key,
        "criterion_key": world.criterion_key,
        "guest_key": world.guest_key,
        "stream_key": world.film_key,
        "user_key": world.beside_key,
        "email_id": world.email_id,
        "grant_id": world.grant_id,
        "track_key": world.track_key,
        "attachment_key": world.attachment_key,
        "version": 1,
    }
    built = rule.build({name: known[name] for name in rule.arguments})
    assert built is not None
    return built[1] + asked


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are sent while it is open, but for those that only begin a transaction."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def counts(app: Flask, world: World) -> dict[str, int]:
    """How many queries each page takes for each who may open it."""
    found: dict[str, int] = {}
    for rule in pages(app):
        for actor in actors_for(app, rule):
            address, cookie = address_of(rule, world), cookie_for(app, world.cookies[actor])
            browser = app.test_client(use_cookies=False)
            with counted() as statements:
                answer = Context().run(browser.get, address, headers={"Cookie": cookie})
            # some lead elsewhere: staff from the guests' start page, and whoever has accepted the policy
            assert answer.status_code in (200, 303, 404), f"{address} answered {answer.status_code}"
            if answer.status_code == 200:
                found[f"{rule.rule} as {actor}"] = len(statements)
    return found


@pytest.fixture
def world(app):
    return fill(FEW)


def test_no_page_asks_more_than_five_times(app, world):
    assert {page: number for page, number in counts(app, world).items() if number > MOST} == {}


def test_many_rows_take_no_more_queries_than_a_few(app, world):
    few = counts(app, world)
    add(world, MANY)

    assert counts(app, world) == few


def test_every_page_is_among_them(app, world):
    opened = {page.partition(" as ")[0] for page in counts(app, world)}

    assert {rule.rule for rule in pages(app)} - opened == NOT_HERE


def test_a_range_of_a_film_asks_twice_at_most(app, world):
    """The first byte of a sitting is written down, and one now and then; the others only ask for the right."""
    cookie = cookie_for(app, world.cookies["guest"])
    asked = []
    for begin in range(3):
        browser = app.test_client(use_cookies=False)
        headers = {"Cookie": cookie, "Range": f"bytes={begin}-{begin}"}
        with counted() as statements:
            answer = Context().run(browser.get, f"/media/{world.film_key}/film", headers=headers)
            answer.close()
        assert answer.status_code == 206
        asked.append(statements)

    first, *others = [len(statements) for statements in asked]
    assert first <= 3
    assert max(others) <= 2
