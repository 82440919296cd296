"""Closing an event by hand, and opening it again."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain import events
from portal.storage.db import db, transaction
from portal.storage.models import Event, EventClosing, Grant, User
from tests.factories import A_PASSWORD, a_grant, a_guest, a_sponsor, a_video_session, an_event

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
DAY = timedelta(days=1)


@pytest.fixture
def dana(app):
    return a_sponsor(name="Dana Lee")


@pytest.fixture
def finals(dana):
    return an_event(
        a_video_session(owner=dana), owner=dana, title="Finals 2026", opens_at=NOW - DAY, closes_at=NOW + DAY
    )


@pytest.fixture
def judge(dana, finals):
    guest = a_guest(sponsor=dana, name="Rosalind Achterberg")
    a_grant(finals, guest)
    return guest


@pytest.fixture
def organiser(client, dana, judge):
    client.sign_in_as(dana)
    return client


def of(model):
    db.session.expire_all()
    return db.session.scalars(db.select(model)).one()


def page_of(event):
    return f"/events/{event.key}/closing"


def test_the_page_says_what_would_end_and_changes_nothing(organiser, finals):
    page = organiser.get(page_of(finals))

    assert "1 guest loses access" in page.text
    assert "1 password stops working" in page.text
    assert "Rosalind Achterberg" in page.text
    assert of(Event).closed_at is None


def test_it_needs_the_own_password(organiser, finals):
    organiser.get(page_of(finals))

    empty = organiser.press("Close the event now")
    wrong = organiser.press("Close the event now", password="not the right one")

    assert (empty.status, empty.errors) == (422, ["Error: Enter your own password"])
    assert (wrong.status, wrong.errors) == (422, ["Error: This is not your password."])
    assert of(Event).closed_at is None


def test_closing_ends_it_and_the_page_says_so(organiser, finals, judge):
    organiser.get(page_of(finals))

    closed = organiser.press("Close the event now", password=A_PASSWORD, follow=True)

    assert closed.notices[0].startswith("The event is closed")
    assert "1 guest lost access" in closed.text
    assert of(EventClosing).by_id == finals.owner_id
    assert db.session.get_one(User, judge.id).password_hash is None


def test_what_changed_meanwhile_is_shown_once_more(organiser, finals):
    organiser.get(page_of(finals))
    finals.version += 1
    db.session.commit()

    told = organiser.press("Close the event now", password=A_PASSWORD)

    assert told.status == 409
    assert of(Event).closed_at is None


def test_opening_again_asks_until_when(organiser, finals, judge):
    organiser.get(page_of(finals))
    organiser.press("Close the event now", password=A_PASSWORD, follow=True)

    nothing = organiser.press("Open the event again", closes="", password=A_PASSWORD)
    past = organiser.press("Open the event again", closes="1 Jan 2020 18:00", password=A_PASSWORD)
    later = f"{NOW + 9 * DAY:%d.%m.%Y} 18:00"
    unproven = organiser.press("Open the event again", closes=later, password="not the right one")
    assert of(Event).closed_at is not None
    again = organiser.press("Open the event again", closes=later, password=A_PASSWORD, follow=True)

    assert (nothing.status, past.status) == (422, 422)
    assert (unproven.status, unproven.errors) == (422, ["Error: This is not your password."])
    assert unproven.value("closes") == later
    assert again.notices[0].startswith("The event is open again")
    assert of(Event).closed_at is None
    assert of(Grant).ends_at > NOW + 8 * DAY


def test_closed_by_somebody_else_meanwhile_is_no_error(organiser, finals, dana):
    organiser.get(page_of(finals))
    with transaction():
        events.close(finals, by=dana, at=NOW)

    twice = organiser.press("Close the event now", password=A_PASSWORD, follow=True)

    assert twice.notices == ["It is closed already"]
    assert of(EventClosing).at == NOW


def test_moving_the_closing_to_within_a_day_needs_the_own_password(organiser, finals):
    """Else the settings would close an event without it."""
    with transaction():
        finals.closes_at = NOW + 9 * DAY
    soon = f"{NOW + timedelta(hours=3):%d.%m.%Y %H:%M}"
    organiser.get(f"/events/{finals.key}/settings")

    asked = organiser.press("Save", closes=soon, time_zone="UTC")
    wrong = organiser.press("Save", closes=soon, time_zone="UTC", password="not the right one")
    assert (asked.status, asked.errors) == (422, ["Error: Enter your own password"])
    assert (wrong.status, wrong.errors) == (422, ["Error: This is not your password."])
    assert of(Event).closes_at == NOW + 9 * DAY
    saved = organiser.press("Save", closes=soon, time_zone="UTC", password=A_PASSWORD, follow=True)

    assert saved.notices == ["Saved"]
    assert of(Event).closes_at == NOW + timedelta(hours=3)


def test_moving_the_closing_otherwise_needs_no_password(organiser, finals):
    organiser.get(f"/events/{finals.key}/settings")

    saved = organiser.press("Save", closes=f"{NOW + 2 * DAY:%d.%m.%Y %H:%M}", time_zone="UTC", follow=True)

    assert saved.notices == ["Saved"]
