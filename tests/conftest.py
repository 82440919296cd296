"""The test bench: a portal for each test, on SQLite, on PostgreSQL or on both, and nothing that leaves this machine."""

import gc
import ipaddress
import os
import shutil
import sqlite3
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from tests.kept_database import KeptDatabase
from tests.once import make_once
from tests.services import Postgresql, chromium, new_browser, page, postgresql, redis_server, redis_url, s3

# Fixtures import the portal themselves, so that what needs no portal can be tested while it does not start.
if TYPE_CHECKING:
    from tests.page_client import PageClient, WriteLog

pytest.register_assert_rewrite("tests.page_client", "tests.factories")

__all__ = ["chromium", "make_once", "new_browser", "page", "postgresql", "redis_server", "redis_url", "s3"]

TEMPLATE = "portal_template"
PAGES = Path(__file__).parent / "web"
RULES = Path(__file__).parent / "domain"
IN_MEMORY = next((folder for folder in ("/dev/shm",) if os.access(folder, os.W_OK)), None)
"""Where files need no disk: a portal for each test waits for it otherwise. None: wherever temporary files go."""


class CompiledTemplates(BytecodeCache):
    """What the pages compile to, kept for the process: each test has a portal of its own, all have the same pages."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        kept = self._kept.get((bucket.key, bucket.checksum))
        if kept is not None:
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


COMPILED = CompiledTemplates()


# No deadline: machines are shared, and a slow moment is no fault. In CI the same examples each time, so that a change
# is judged by what it changed; elsewhere new ones, which find more.
hypothesis.settings.register_profile("portal", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("portal")


# What all portals of this process make alike is made once: each test has one of its own

_compile_builder = Rule._compile_builder
_builders: dict[object, Any] = {}
_parse_rule = Rule._parse_rule
_parsed: dict[str, tuple[list[Any], list[Any], dict[str, Any]]] = {}


def _compile_builder_once(rule: Rule, append_unknown: bool = True) -> Any:
    key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


def _parse_rule_once(rule: Rule, text: str) -> Any:
    if text not in _parsed:
        before = len(rule._trace), set(rule._converters)
        parts = list(_parse_rule(rule, text))
        converters = {name: made for name, made in rule._converters.items() if name not in before[1]}
        _parsed[text] = parts, rule._trace[before[0] :], converters
        return parts
    parts, trace, converters = _parsed[text]
    rule._trace.extend(trace)
    rule._converters.update(converters)
    rule.arguments.update(converters)
    return parts


Rule._compile_builder = _compile_builder_once  # type: ignore[assignment, method-assign]
Rule._parse_rule = _parse_rule_once  # type: ignore[assignment, method-assign]


# What can be asked for on the command line


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("portal")
    group.addoption(
        "--database",
        choices=("sqlite", "postgresql", "both"),
        default="sqlite",
        help="what the portal keeps its rows in while it is tested",
    )
    group.addoption("--fail-on-skip", action="store_true", help="a skipped test is a failure (CI)")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run whatever needs a database once for each that was asked for.

    Of both, a test of pages gets one, half of them the one and half the other: pages hold no query (an import contract
    sees to it), and the rules behind them are tried on both.
    """
    if "database" not in metafunc.fixturenames:
        return
    asked = metafunc.config.getoption("--database")
    databases = ["sqlite", "postgresql"] if asked == "both" else [asked]
    if asked == "both" and metafunc.definition.path.is_relative_to(PAGES):
        databases = [databases[zlib.crc32(metafunc.definition.nodeid.encode()) % 2]]
    only = metafunc.definition.get_closest_marker("only_on")
    if only:
        databases = [only.args[0]] if asked in ("both", only.args[0]) else []
    metafunc.parametrize("database", databases, scope="function")


_LONGEST = ("tests/stack/test_demo.py", "tests/browser/journeys/test_the_main_job.py", "tests/browser", "tests/stack")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test about a database that was not asked for is left out, not skipped."""
    left_out = [item for item in items if "NOTSET" in item.name and item.get_closest_marker("only_on")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    # whoever is done takes over what others still have, from the end: what takes long begins first
    items.sort(
        key=lambda item: next((place for place, begins in enumerate(_LONGEST) if item.nodeid.startswith(begins)), 99)
    )


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if exitstatus == pytest.ExitCode.OK and session.config.getoption("--fail-on-skip") and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    reasons: dict[str, int] = {}
    for report in _skipped(config):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reason = reason.removeprefix("Skipped: ")
        reasons[reason] = reasons.get(reason, 0) + 1
    if reasons:
        terminalreporter.section("not tried here")
        for reason, number in sorted(reasons.items()):
            terminalreporter.line(f"{number} {'test' if number == 1 else 'tests'}: {reason}")
        if config.getoption("--fail-on-skip"):
            terminalreporter.line("Every test has to run here, so this run has failed.")


def _skipped(config: pytest.Config) -> list[Any]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return list(reporter.stats.get("skipped", [])) if reporter else []


# Nothing leaves this machine


def _keep_local(happening: str, facts: tuple[Any, ...]) -> None:
    if happening in ("socket.connect", "socket.sendto"):
        address = facts[1]
        if isinstance(address, tuple) and not _is_loopback(str(address[0])):
            raise AssertionError(f"a test reached for the network: {address}")
    elif happening == "socket.getaddrinfo" and facts[0] and not _is_loopback(_as_text(facts[0])):
        raise AssertionError(f"a test looked up a name: {facts[0]!r}")


def _as_text(host: str | bytes) -> str:
    return host.decode() if isinstance(host, bytes) else host


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


sys.addaudithook(_keep_local)


# Databases: migrated once, then new for each test, which may commit as it likes


def _migrate(database_uri: str, folder: Path) -> None:
    from flask_migrate import upgrade

    from portal.app import create_app
    from portal.settings import Settings

    app = create_app(Settings.for_tests(folder, database_uri))
    with app.app_context():
        upgrade()
    _let_go(app)


def _let_go(app: Flask) -> None:
    """Close every connection of an app, so that its database can be copied or dropped."""
    from portal.storage.db import db

    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema that the migrations make."""
    folder = tmp_path_factory.mktemp("sqlite-template")
    file = folder / "portal.sqlite"
    _migrate(f"sqlite:///{file}", folder)
    whole = folder / "whole.sqlite"
    connection = sqlite3.connect(file)
    connection.execute("VACUUM INTO ?", [str(whole)])
    connection.close()
    return whole


@pytest.fixture(scope="session")
def postgresql_template(postgresql: Postgresql, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a PostgreSQL database with the schema that the migrations make."""
    _migrate(postgresql.create(TEMPLATE), tmp_path_factory.mktemp("postgresql-template"))
    return TEMPLATE


@pytest.fixture(scope="session")
def kept_database(postgresql: Postgresql, postgresql_template: str) -> Iterator[KeptDatabase]:
    """A database for all tests of this process, each of which finds it as if it were new."""
    database = KeptDatabase(postgresql, postgresql_template)
    yield database
    database.drop()


_numbers = count(1)


@pytest.fixture
def empty_database(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URI of a database without any table."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    cluster: Postgresql = request.getfixturevalue("postgresql")
    name = f"empty_{next(_numbers)}"
    yield cluster.create(name)
    cluster.drop(name)


@pytest.fixture
def database_uri(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URI of a migrated database that holds nothing but what the migrations put there."""
    if database == "sqlite":
        with tempfile.TemporaryDirectory(prefix="portal-sqlite-", dir=IN_MEMORY) as folder:
            file = Path(folder) / "portal.sqlite"
            shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
            yield f"sqlite:///{file}"
        return
    kept: KeptDatabase = request.getfixturevalue("kept_database")
    yield kept.uri()
    kept.restore()


# The portal

_statements: dict[str, Any] = {}


def _share_statements(app: Flask) -> None:
    """Have all portals of this process keep what their statements compile to in one place: each asks the same ones."""
    from portal.storage.db import db

    with app.app_context():
        for engine in db.engines.values():
            engine.dialect, engine._compiled_cache = _statements.setdefault(
                engine.dialect.name, (engine.dialect, engine._compiled_cache)
            )


MakeApp = Callable[..., Flask]


@pytest.fixture(scope="session")
def packed_assets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where all portals of this process keep the small copies of their styles and scripts: looked up and made once."""
    from portal.web.assets import Assets

    look_up, known = Assets.update_files_dictionary, dict[tuple[str, str, Path], dict[str, Any]]()

    def look_up_once(assets: Any, root: str, prefix: str) -> None:
        key = (root, prefix, assets._packed.resolve())
        if key not in known:
            look_up(assets, root, prefix)
            known[key] = dict(assets.files)
        assets.files.update(known[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Assets, "update_files_dictionary", look_up_once)
        yield tmp_path_factory.mktemp("packed")


@pytest.fixture(autouse=True)
def now_is_now(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module's NOW is that of the test: the one at import is yesterday's once a long run has crossed midnight."""
    if isinstance(getattr(request.module, "NOW", None), datetime) and request.module.NOW.microsecond != 0:
        monkeypatch.setattr(request.module, "NOW", datetime.now(UTC))


@pytest.fixture
def make_app(
    request: pytest.FixtureRequest, database_uri: str, tmp_path: Path, write_log: "WriteLog", packed_assets: Path
) -> Iterator[MakeApp]:
    """Makes portals on one database: `make_app(site_name="Lindqvist Library")`. Most tests need only `app`.

    Tests of rules get one without pages: putting its routes together takes longer than most of them.
    """
    from portal.app import create_app, create_core
    from portal.settings import Settings

    made: list[Flask] = []
    create = create_core if request.path.is_relative_to(RULES) else create_app

    def make(**overrides: Any) -> Flask:
        folder = tmp_path / "instance"
        folder.mkdir(exist_ok=True)
        if not (folder / "packed").exists():
            (folder / "packed").symlink_to(packed_assets)
        app = create(Settings.for_tests(folder, database_uri, **overrides))
        app.jinja_env.bytecode_cache = COMPILED
        _share_statements(app)
        write_log.watch(app)
        made.append(app)
        return app

    yield make
    for app in made:
        _let_go(app)
    faults = write_log.take_faults()
    assert not faults, "\n".join(faults)
    gc.collect(0)  # a connection left open is to warn in the test that left it


@pytest.fixture
def app(make_app: MakeApp, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """A portal with an app context for the test itself, so that rules and factories can be called at once.

    Its settings are those of `Settings.for_tests`, changed by `@pytest.mark.settings(invitation_code=False)`. Requests
    made with `client` get contexts of their own.
    """
    marker = request.node.get_closest_marker("settings")
    app = make_app(**(marker.kwargs if marker else {}))
    with app.app_context():
        yield app


@pytest.fixture
def write_log() -> Iterator["WriteLog"]:
    """What was written to the database in this test, as it happens."""
    from tests.page_client import WriteLog

    with WriteLog.listening() as log:
        yield log


@pytest.fixture
def client(app: Flask, write_log: "WriteLog") -> "PageClient":
    """A browser that nobody is signed in with; it checks every page it opens."""
    from tests.page_client import PageClient

    return PageClient(app, write_log)


@pytest.fixture
def new_client(app: Flask, write_log: "WriteLog") -> Callable[[], "PageClient"]:
    """Makes browsers that share nothing, for tests about several people."""
    from tests.page_client import PageClient

    return lambda: PageClient(app, write_log)
