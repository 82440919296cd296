"""The page of an event's letters to its guests."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.storage.db import db, transaction
from portal.storage.models import Event, EventMailing, OutgoingEmail, WatchRecord
from tests.factories import a_grant, a_guest, a_sponsor, a_video_session, an_event

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
DAY = timedelta(days=1)


@pytest.fixture
def dana(app):
    return a_sponsor(name="Dana Lee")


@pytest.fixture
def film(dana):
    return a_video_session(owner=dana, length_seconds=100.0)


@pytest.fixture
def organiser(client, dana):
    client.sign_in_as(dana)
    return client


def an_open_event(film, dana, **given):
    return an_event(film, owner=dana, **({"opens_at": NOW - DAY, "closes_at": NOW + DAY} | given))


def named(event, dana, **given):
    guest = a_guest(sponsor=dana, **given)
    a_grant(event, guest)
    return guest


def page_of(event):
    return f"/events/{event.key}/letters"


def mailed():
    db.session.expire_all()
    return [(email.letter, email.to_address) for email in db.session.scalars(db.select(OutgoingEmail))]


def test_a_reminder_is_offered_with_how_many_it_goes_to(organiser, film, dana):
    event = an_open_event(film, dana)
    guest = named(event, dana)
    page = organiser.get(page_of(event))

    sent = organiser.press("Send it to 1 guest", note="Do not forget.", follow=True)

    assert "1 guest who has not begun or not finished" in page.text
    assert sent.notices == ["A letter to 1 guest is on its way"]
    assert mailed() == [("event_reminder", guest.address)]
    assert "Sent so far" in sent.text
    assert "Do not forget." in sent.text


def test_the_same_form_pressed_twice_sends_once(organiser, film, dana):
    event = an_open_event(film, dana)
    named(event, dana)
    organiser.get(page_of(event))
    organiser.press("Send it to 1 guest")
    organiser.press("Send it to 1 guest")

    assert len(mailed()) == 1
    assert db.session.scalar(db.select(db.func.count()).select_from(EventMailing)) == 1


def test_where_nobody_needs_one_the_page_says_so(organiser, film, dana):
    event = an_open_event(film, dana)
    guest = named(event, dana)
    with transaction():
        about = {"user_id": guest.id, "video_session_id": film.id, "opens": 1}
        db.session.add(WatchRecord(**about, watched_seconds=100.0, watched_at=NOW))

    page = organiser.get(page_of(event))

    assert "Nobody needs a reminder" in page.text
    assert not [button for button in page.buttons if button.startswith("Send")]


def test_before_it_opens_nothing_is_offered_and_nothing_goes(organiser, film, dana):
    event = an_open_event(film, dana, opens_at=NOW + DAY, closes_at=NOW + 2 * DAY)
    named(event, dana)

    page = organiser.get(page_of(event))

    assert "A reminder can go once the event is open" in page.text
    assert not [button for button in page.buttons if button.startswith("Send")]


def test_what_was_offered_before_it_closed_goes_no_more(organiser, film, dana):
    event = an_open_event(film, dana)
    named(event, dana)
    organiser.get(page_of(event))
    with transaction():
        db.session.get_one(Event, event.id).closes_at = NOW - timedelta(minutes=1)

    late = organiser.press("Send it to 1 guest")

    assert late.status == 422
    assert "A reminder goes while the event is open" in late.text
    assert mailed() == []


def test_a_letter_of_another_kind_or_a_note_too_long_is_refused_and_kept(organiser, film, dana):
    event = an_open_event(film, dana)
    named(event, dana)
    organiser.get(page_of(event))

    refused = organiser.press("Send it to 1 guest", note="x" * 2001)
    organiser.get(page_of(event))
    other = organiser.press("Send it to 1 guest", letter="ransom")

    assert refused.status == 422
    assert refused.errors == ["Error: At most 2,000 characters; these are 2,001"]
    assert refused.value("note") == "x" * 2001
    assert other.status == 422
    assert mailed() == []


def test_once_it_is_over_those_who_came_are_thanked(organiser, film, dana):
    event = an_open_event(film, dana, closes_at=NOW - timedelta(minutes=1))
    came, _never = named(event, dana), named(event, dana)
    with transaction():
        about = {"user_id": came.id, "video_session_id": film.id, "opens": 1}
        db.session.add(WatchRecord(**about, watched_seconds=10.0, watched_at=NOW))
    page = organiser.get(page_of(event))

    organiser.press("Send it to 1 guest")

    assert "the 1 guest who came and watched" in page.text
    assert mailed() == [("event_thanks", came.address)]


def test_nobody_else_meets_the_page(client, film, dana):
    event = an_open_event(film, dana)
    named(event, dana)
    client.sign_in_as(a_sponsor())

    assert client.get(page_of(event)).status == 404
