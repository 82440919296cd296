"""What is true of every address of the portal, whoever added it (style.md, "A thin view"; security.md)."""

import re

import pytest
from flask import Flask
from werkzeug.routing import IntegerConverter, Rule

from portal.app import create_app
from portal.settings import Settings
from portal.web import BLUEPRINTS
from portal.web.access import declared_access
from tests.factories import a_guest, a_sponsor, an_admin

READING = {"GET", "HEAD", "OPTIONS"}
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)?")
NOBODYS_KEY = "nobodyskey234567"


@pytest.fixture(scope="module")
def routes(tmp_path_factory) -> list[Rule]:
    return [rule for rule in _bare_app(tmp_path_factory).url_map.iter_rules() if rule.endpoint != "static"]


@pytest.fixture(scope="module")
def bare_app(tmp_path_factory) -> Flask:
    return _bare_app(tmp_path_factory)


def _bare_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(Settings.for_tests(tmp_path_factory.mktemp("bare")))


def test_every_route_declares_who_may_use_it(bare_app, routes):
    assert [rule.rule for rule in routes if declared_access(bare_app, rule.endpoint) is None] == []


def test_the_app_does_not_start_while_a_route_is_silent(monkeypatch, tmp_path):
    from flask import Blueprint

    silent = Blueprint("silent", __name__)
    silent.get("/silent")(lambda: "anyone may read this")
    monkeypatch.setattr("portal.app.BLUEPRINTS", [*BLUEPRINTS, silent])

    with pytest.raises(RuntimeError, match="no access declared"):
        create_app(Settings.for_tests(tmp_path))


def test_addresses_are_kebab_case(routes):
    parts = [(rule.rule, part) for rule in routes for part in rule.rule.split("/") if part and "<" not in part]

    assert [rule for rule, part in parts if not KEBAB.fullmatch(part)] == []


def test_showing_and_doing_are_two_views(routes):
    """One function for both would do under a reader's permission."""
    both = [
        rule.rule
        for rule in routes
        if (rule.methods or set()) & READING - {"OPTIONS"} and (rule.methods or set()) - READING
    ]
    reading = {rule.endpoint for rule in routes if "GET" in (rule.methods or set())}
    doing = {rule.endpoint for rule in routes if (rule.methods or set()) - READING}

    assert both == []
    assert reading & doing == set()


def test_every_blueprint_belongs_to_an_audience(bare_app):
    audiences = {"account", "guest", "shared", "sponsor", "admin"}

    assert [name for name in bare_app.blueprints if name.split(".")[0] not in audiences] == []


@pytest.mark.parametrize(
    "a_person", [None, a_guest, a_sponsor, an_admin], ids=["stranger", "guest", "sponsor", "admin"]
)
def test_reading_changes_nothing(app, client, a_person):
    """Every address, opened with keys of nothing; the page client sees what is written and looks at each page."""
    if a_person:
        client.sign_in_as(a_person())
    read = [address_of(rule) for rule in app.url_map.iter_rules() if rule.endpoint != "static" and _is_read(rule)]

    answers = {address: client.get(address).status for address in read}

    assert answers
    assert {address: status for address, status in answers.items() if status >= 500} == {}


def _is_read(rule: Rule) -> bool:
    return "GET" in (rule.methods or set())


def address_of(rule: Rule) -> str:
    """An address this route answers, about something that does not exist."""
    values = {
        name: 999_999 if isinstance(rule._converters[name], IntegerConverter) else NOBODYS_KEY
        for name in rule.arguments
    }
    built = rule.build(values)
    assert built is not None, rule.rule
    return built[1]
