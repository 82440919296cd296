"""Questions that go past the ORM find what it finds, of the same types, and fail as it fails."""

from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, bindparam, event, literal, select, text
from sqlalchemy.exc import DBAPIError

from portal.storage.db import db, known, transaction
from portal.storage.models import User
from portal.storage.prepared import Columns
from tests.factories import a_guest

OF_USER = [column.key for column in User.__table__.columns]
_users = Columns(select(*User.__table__.columns).where(User.id == bindparam("id")))


@contextmanager
def counted():
    seen = []

    def note(_connection, _cursor, statement, *_):
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_rows_have_the_types_of_their_columns(app):
    person = a_guest(name="Ines Okafor")
    as_the_orm_has_it = {name: getattr(person, name) for name in OF_USER}

    (row,) = _users.all({"id": person.id})

    assert row._asdict() == as_the_orm_has_it
    assert {name: type(value) for name, value in row._asdict().items()} == {
        name: type(value) for name, value in as_the_orm_has_it.items()
    }


def test_nothing_found_is_no_row(app):
    assert _users.all({"id": 0}) == []


def test_what_was_changed_before_is_seen(app):
    person = a_guest(name="Ines Okafor")
    with transaction():
        person.name = "Ines Calder"
        (row,) = _users.all({"id": person.id})

    assert row.name == "Ines Calder"


def test_whoever_counts_queries_counts_them(app):
    with counted() as statements:
        _users.all({"id": 1})

    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 1


def test_a_fault_of_the_driver_is_one_of_sqlalchemy(app):
    wrong = Columns(select(literal(1).label("one")).where(text("nowhere")))

    with pytest.raises(DBAPIError):
        wrong.all({})
    db.session.rollback()


def test_the_object_of_a_row_is_as_if_the_session_had_read_it(app):
    person = a_guest(name="Ines Okafor")
    person_id = person.id
    db.session.remove()
    (row,) = _users.all({"id": person_id})

    with counted() as statements:
        found = known(User, row._asdict())
        assert found.name == "Ines Okafor"
        assert db.session.get(User, person_id) is found
        assert known(User, row._asdict()) is found
    assert statements == []
    with transaction():
        found.name = "Ines Calder"
    db.session.remove()
    assert db.session.get_one(User, person_id).name == "Ines Calder"
