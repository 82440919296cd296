"""The audit trail: complete, in one unbroken chain, and any change of it is found."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Folder, User
from tests.factories import NOON, a_folder, a_guest, a_sponsor, a_video_session

THREADS, ACTS = 8, 50


def some_acts(number: int = 5) -> User:
    """Entries of several kinds, each in a transaction of its own."""
    dana = a_sponsor(name="Dana Lee")
    for count in range(number):
        with transaction():
            audit.record(AuditKind.FOLDER_MADE, at=NOON + timedelta(seconds=count), actor=dana, title=f"Donors {count}")
    return dana


def tamper(*statements: str) -> None:
    """What someone could do who owns the database: the triggers are gone first."""
    _drop_triggers()
    for statement in statements:
        db.session.execute(text(statement))
    db.session.commit()


def _drop_triggers() -> None:
    if db.engine.dialect.name == "sqlite":
        db.session.execute(text("DROP TRIGGER audit_events_no_update"))
        db.session.execute(text("DROP TRIGGER audit_events_no_delete"))
    else:
        db.session.execute(text("DROP TRIGGER audit_events_append_only ON audit_events"))
        db.session.execute(text("DROP TRIGGER audit_events_no_truncate ON audit_events"))


# What is recorded


def test_an_act_says_who_did_what_to_what_when_and_from_where(app):
    dana, imani = a_sponsor(), a_guest()
    folder = a_folder(owner=dana)

    audit.acting_from.set("192.0.2.0/24")
    with transaction():
        audit.record(AuditKind.FOLDER_MADE, at=NOON, actor=dana, subject=folder, person=imani, title="Donors 2026")
    audit.acting_from.set("")

    entry = db.session.scalars(db.select(AuditEvent)).one()
    assert (entry.kind, entry.at, entry.actor_id, entry.person_id) == ("folder:made", NOON, dana.id, imani.id)
    assert (entry.subject_kind, entry.subject_id, entry.network) == ("folder", folder.id, "192.0.2.0/24")
    assert entry.facts == {"title": "Donors 2026"}


def test_an_act_carries_just_the_facts_its_kind_names(app):
    with pytest.raises(ValueError, match="carries"), transaction():
        audit.record(AuditKind.FOLDER_MADE, at=NOON, title="Donors 2026", password="violet kettle")
    with pytest.raises(ValueError, match="carries"), transaction():
        audit.record(AuditKind.FOLDER_MADE, at=NOON)

    assert audit.verify().entries == 0


def test_a_row_that_was_just_made_can_be_the_subject(app):
    dana = a_sponsor()

    with transaction():
        folder = Folder(key="folderkey2345678", owner_id=dana.id, title="Donors 2026", created_at=NOON)
        db.session.add(folder)
        audit.record(AuditKind.FOLDER_MADE, at=NOON, actor=dana, subject=folder, title=folder.title)

    assert db.session.scalars(db.select(AuditEvent.subject_id)).one() == folder.id


def test_an_act_and_its_entry_are_kept_together_or_not_at_all(app):
    dana, key = a_sponsor(), "folderkey2345678"

    with pytest.raises(RuntimeError, match="the power went"):
        make_a_folder(dana, key, then=the_power_goes)

    assert db.session.scalar(db.select(Folder).where(Folder.key == key)) is None
    assert audit.verify() == audit.Verification(0, None)


def test_an_act_that_the_database_refuses_leaves_no_entry(app):
    folder = a_folder()

    with pytest.raises(DBAPIError):
        make_a_folder(a_sponsor(), folder.key)

    some_acts(1)
    assert audit.verify() == audit.Verification(1, None, 0, db.session.scalars(db.select(AuditEvent.hash)).one())


def make_a_folder(owner: User, key: str, then: Callable[[], None] = lambda: None) -> None:
    with transaction():
        folder = Folder(key=key, owner_id=owner.id, title="Donors 2026", created_at=NOON)
        audit.record(AuditKind.FOLDER_MADE, at=NOON, actor=owner, title=folder.title)
        db.session.add(folder)
        then()


def the_power_goes() -> None:
    raise RuntimeError("the power went")


# Checking


def test_an_untouched_trail_is_unbroken(app):
    some_acts(5)

    found = audit.verify()

    assert (found.entries, found.fault, found.erased) == (5, None, 0)
    assert found.last_hash == db.session.scalar(db.select(AuditEvent.hash).where(AuditEvent.sequence == 5))


def test_an_empty_trail_is_unbroken(app):
    assert audit.verify() == audit.Verification(0, None)


def test_a_trail_longer_than_one_piece_is_checked_to_its_end(app, monkeypatch):
    monkeypatch.setattr(audit, "_CHUNK", 2)
    some_acts(5)
    assert audit.verify().fault is None

    tamper("UPDATE audit_events SET network = 'elsewhere' WHERE sequence = 5")

    assert audit.verify().fault == "Entry 5 was changed."


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("sequence", "33"),
        ("at", "'2026-11-21 12:00:02.000000'"),
        ("kind", "'folder:deleted'"),
        ("actor_id", "NULL"),
        ("actor_id", "actor_id + 1"),
        ("subject_kind", "'user'"),
        ("subject_id", "7"),
        ("person_id", "7"),
        ("network", "'198.51.100.0/24'"),
        ("facts", """'{"title": "Donors 3"}'"""),
        ("facts_salt", "'00'"),
        ("facts_salt", "NULL"),
        ("facts_digest", "'00'"),
        ("previous_hash", "'00'"),
        ("hash", "'00'"),
    ],
)
def test_a_changed_column_is_found(app, column, value):
    some_acts(5)

    tamper(f"UPDATE audit_events SET {column} = {value} WHERE sequence = 3")

    found = audit.verify()
    assert found.entries == 2
    assert found.fault
    assert "3" in found.fault


def test_every_column_of_an_entry_is_tried_above():
    tried = {mark.args[1][n][0] for mark in test_a_changed_column_is_found.pytestmark for n in range(len(mark.args[1]))}

    assert set(AuditEvent.__table__.columns.keys()) == tried


def test_a_changed_entry_with_a_hash_that_fits_it_is_found_at_the_next(app):
    some_acts(5)
    third = db.session.get_one(AuditEvent, 3)
    db.session.expunge(third)
    third.network = "198.51.100.0/24"

    tamper(f"UPDATE audit_events SET network = '{third.network}', hash = '{audit._hash_of(third)}' WHERE sequence = 3")

    assert audit.verify().fault == "Entry 4 does not follow the one before it."


@pytest.mark.parametrize(
    ("gone", "fault"),
    [
        ("sequence = 1", "Entry 1 is missing."),
        ("sequence = 3", "Entry 3 is missing."),
        ("sequence = 5", "The trail ends at entry 4, and that is not where it ended."),
        ("sequence > 3", "The trail ends at entry 3, and that is not where it ended."),
        ("sequence > 0", "The trail ends at entry 0, and that is not where it ended."),
    ],
)
def test_a_deleted_entry_is_found(app, gone, fault):
    some_acts(5)

    tamper(f"DELETE FROM audit_events WHERE {gone}")

    assert audit.verify().fault == fault


def test_a_missing_head_is_found(app):
    some_acts(2)

    tamper("DELETE FROM audit_heads")

    assert audit.verify().fault == "The trail ends at entry 2, and that is not where it ended."


def test_an_entry_written_past_the_end_is_found(app):
    some_acts(2)
    forged = (
        "INSERT INTO audit_events (sequence, at, kind, subject_kind, network, facts_digest, previous_hash, hash) "
        "SELECT 3, at, kind, subject_kind, network, facts_digest, hash, 'f' FROM audit_events WHERE sequence = 2"
    )

    tamper(forged)

    assert audit.verify().fault == "Entry 3 was changed."


# Append-only


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_events SET network = 'elsewhere' WHERE sequence = 3",
        "UPDATE audit_events SET facts = '{}' WHERE sequence = 3",
        "UPDATE audit_events SET actor_id = NULL WHERE sequence = 3",
        "DELETE FROM audit_events WHERE sequence = 3",
        "DELETE FROM audit_events",
    ],
)
def test_the_database_refuses_to_change_the_trail(app, change):
    some_acts(5)

    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text(change))
    db.session.rollback()

    assert audit.verify().entries == 5


@pytest.mark.only_on("postgresql")
def test_the_database_refuses_to_empty_the_trail(app):
    some_acts(5)

    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text("TRUNCATE audit_events CASCADE"))
    db.session.rollback()

    assert audit.verify().entries == 5


def test_facts_can_be_erased_and_the_chain_still_checks_and_says_so(app):
    some_acts(5)

    db.session.execute(text("UPDATE audit_events SET facts = NULL, facts_salt = NULL WHERE sequence = 3"))
    db.session.commit()

    found = audit.verify()
    assert (found.entries, found.fault, found.erased) == (5, None, 1)


def test_erased_facts_cannot_be_given_back(app):
    some_acts(1)
    db.session.execute(text("UPDATE audit_events SET facts = NULL, facts_salt = NULL"))
    db.session.commit()

    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text("""UPDATE audit_events SET facts = '{"title": "Another"}'"""))
    db.session.rollback()


# At once


def test_many_at_once_leave_one_unbroken_chain(app):
    dana = a_sponsor()
    dana_id = dana.id

    def act(number: int) -> None:
        for count in range(ACTS):
            with app.app_context(), transaction():
                folder = Folder(
                    key=f"folder{number:02}{count:03}aaaaa", owner_id=dana_id, title="Donors", created_at=NOON
                )
                db.session.add(folder)
                audit.record(AuditKind.FOLDER_MADE, at=NOON, subject=folder, title="Donors")

    faults = at_once(app, act)

    assert faults == []
    assert audit.verify().entries == THREADS * ACTS
    assert audit.verify().fault is None
    assert db.session.scalar(db.select(db.func.count()).select_from(Folder)) == THREADS * ACTS


def test_the_trail_can_be_checked_while_it_grows(app):
    a_video_session()
    results: list[audit.Verification] = []

    def act(number: int) -> None:
        for _ in range(ACTS):
            with app.app_context():
                if number == 0:
                    results.append(audit.verify())
                else:
                    with transaction():
                        audit.record(AuditKind.PASSWORD_CHANGED, at=NOON)

    faults = at_once(app, act)

    assert faults == []
    assert [found.fault for found in results if found.fault] == []


def at_once(app: Flask, act: Callable[[int], None]) -> list[BaseException]:
    """Have eight threads do it; returns what went wrong in them."""
    db.session.commit()
    faults: list[BaseException] = []

    def run(number: int) -> None:
        try:
            act(number)
        except BaseException as fault:  # noqa: BLE001 - a thread's error would be lost
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


# One entry about many


def a_list_of(number):
    """An entry that names so many guests."""
    dana, people = a_sponsor(), [a_guest() for _ in range(number)]
    on = a_folder(owner=dana)
    ids = [one.id for one in people]
    named = [{"begins": None, "until": None, "views": None, "when_it_ends": "finish", "people": ids}]
    with transaction():
        facts = {"list": "jury.csv", "named": named, "invited": number, "told": 0}
        audit.record_many(AuditKind.LIST_SENT, at=NOON, actor=dana, subject=on, reach=ids, **facts)
    return people


@pytest.mark.parametrize("act", ["DELETE FROM audit_reaches", "UPDATE audit_reaches SET person_id = 999"])
def test_who_is_reached_cannot_be_changed(app, act):
    a_list_of(2)

    with pytest.raises(DBAPIError, match="append-only"), transaction():
        db.session.execute(text(act))

    db.session.rollback()
    assert audit.verify().fault is None


def test_somebody_who_is_added_to_an_entry_is_found(app):
    a_list_of(2)
    with transaction():
        db.session.execute(text("INSERT INTO audit_reaches (sequence, person_id) VALUES (1, 999)"))

    assert audit.verify().fault == "The people of entry 1 were changed."
