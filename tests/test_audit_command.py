"""`flask audit verify`: says whether the trail is unbroken, for people and for programs."""

import json

import pytest
from sqlalchemy import text

from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.storage.db import db, transaction
from tests.factories import NOON


@pytest.fixture
def verify(app):
    return lambda *options: app.test_cli_runner().invoke(args=["audit", "verify", *options])


def some_acts() -> None:
    for _ in range(3):
        with transaction():
            audit.record(AuditKind.PASSWORD_CHANGED, at=NOON)


def break_the_trail() -> None:
    if db.engine.dialect.name == "sqlite":
        db.session.execute(text("DROP TRIGGER audit_events_no_update"))
    else:
        db.session.execute(text("DROP TRIGGER audit_events_append_only ON audit_events"))
    db.session.execute(text("UPDATE audit_events SET network = 'elsewhere' WHERE sequence = 2"))
    db.session.commit()


def test_an_unbroken_trail_leaves_with_0(app, verify):
    some_acts()

    result = verify()

    assert result.exit_code == 0
    assert "Checked: 3 entries, unbroken; facts erased: 0." in result.output
    assert audit.verify().last_hash in result.output


def test_a_broken_trail_leaves_with_1_and_says_where(app, verify):
    some_acts()
    break_the_trail()

    result = verify()

    assert result.exit_code == 1
    assert "Entry 2 was changed." in result.stderr


def test_programs_get_json(app, verify):
    some_acts()
    assert json.loads(verify("--json").output) == {
        "entries": 3,
        "fault": None,
        "erased": 0,
        "last_hash": audit.verify().last_hash,
    }
    break_the_trail()

    result = verify("--json")

    assert result.exit_code == 1
    assert json.loads(result.output)["fault"] == "Entry 2 was changed."
