"""`flask passwords reset`: the same reset from the console."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.basics import tokens
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Event, Grant, OutgoingEmail, ResetRun, User
from tests.factories import a_guest, a_sign_in_token, a_sponsor, an_admin

NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=90)


@pytest.fixture
def dana(app):
    return a_sponsor(name="Dana Lee", address="dana.lee@aldermere.example")


@pytest.fixture
def finals(dana):
    event = Event(
        key=tokens.new_key(),
        owner_id=dana.id,
        title="Finals 2025",
        time_zone="Europe/Berlin",
        opens_at=LONG_AGO,
        closes_at=NOW - timedelta(days=40),
        created_at=LONG_AGO,
    )
    with transaction():
        db.session.add(event)
    return event


@pytest.fixture
def guests(dana, finals):
    made = [a_guest(sponsor=dana, name=name, at=LONG_AGO) for name in ("Imani Okafor", "Yuki Tanabe")]
    with transaction():
        for guest in made:
            db.session.add(Grant(guest_id=guest.id, event_id=finals.id, granted_by_id=dana.id, created_at=LONG_AGO))
    return made


def run(app, *words):
    return app.test_cli_runner().invoke(args=["passwords", "reset", *words])


def stopped() -> set[int]:
    db.session.rollback()
    return set(db.session.scalars(select(User.id).where(User.password_hash.is_(None))))


def test_a_dry_run_tells_programs_and_changes_nothing(app, finals, guests):
    a_sign_in_token(guests[0])

    result = run(app, "--event", finals.key, "--dry-run", "--json")

    assert result.exit_code == 0
    assert json.loads(result.output) == {
        "dry_run": True,
        "whom": "Guests of the event “Finals 2025”",
        "passwords": 2,
        "sign_ins": 1,
        "signed_in": 1,
        "watching": 0,
        "left": {},
        "mails_way_in": False,
        "people": [{"address": guest.address, "name": guest.name} for guest in guests],
    }
    assert stopped() == set()
    assert db.session.scalars(select(ResetRun)).all() == []


def test_an_events_guests_not_seen_for_30_days(app, guests):
    a_sign_in_token(guests[0])
    elsewhere = a_guest(at=LONG_AGO)

    result = run(app, "--event", "Finals 2025", "--not-seen-days", "30", "--mail-way-in", "--why", "It is over")

    assert result.exit_code == 0
    assert "stopped 1 password, ended 0 sign-ins" in result.output
    assert "Letters on their way: 1." in result.output
    assert stopped() == {guests[1].id}
    assert elsewhere.id not in stopped()
    letter = db.session.scalars(select(OutgoingEmail)).one()
    assert (letter.letter, letter.user_id) == ("new_way_in", guests[1].id)
    entry = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "password:voided-in-bulk")).one()
    assert entry.facts
    assert (entry.actor_id, entry.facts["reason"]) == (None, "It is over")


def test_given_twice_it_does_nothing_twice(app, dana, guests):
    words = ("--sponsor", dana.address, "--mail-way-in", "--json")

    first, second = (json.loads(run(app, *words).output) for _ in range(2))

    assert (first["passwords"], first["letters"], first["left"]) == (2, 2, {})
    assert (second["passwords"], second["letters"], second["left"]) == (0, 0, {"voided-before": 2})
    assert len(db.session.scalars(select(OutgoingEmail)).all()) == 2


def test_one_person_by_address_also_of_staff(app, guests):
    ruth = an_admin(address="ruth@aldermere.example")

    result = run(app, "--person", "Ruth@Aldermere.example", "--json")

    assert json.loads(result.output)["passwords"] == 1
    assert stopped() == {ruth.id}


def test_a_filter_never_reaches_staff(app, guests):
    an_admin()

    assert json.loads(run(app, "--all-guests", "--json").output)["passwords"] == 2
    assert stopped() == {guest.id for guest in guests}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "Say whose"),
        (("--all-guests", "--event", "x"), "Say whose"),
        (("--person", "imani@okafor.example", "--all-guests"), "Say whose"),
        (("--person", "nobody@brightwater.example"), "Nobody here has the address nobody@brightwater.example."),
        (("--person", "no address"), "no address"),
        (("--event", "Finals"), "There is no one event “Finals”."),
        (("--sponsor", "nobody@brightwater.example"), "Nobody is found"),
        (("--not-seen-days", "0"), "0 is not in the range"),
        (("--not-seen-days", "many"), "not a valid integer"),
    ],
)
def test_what_makes_no_sense_is_refused_with_words(app, guests, words, says):
    result = run(app, *words)

    assert result.exit_code != 0
    assert says in result.output
    assert stopped() == set()
