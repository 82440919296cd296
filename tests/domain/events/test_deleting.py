"""Events taken away that were made by mistake."""

import pytest

from portal.basics import tables
from portal.basics.errors import NotFound
from portal.domain import events, grants, guest_lists
from portal.domain.events import NamesSomebody
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Criterion, Event, EventSession, Folder, GuestList, VideoSession
from tests.factories import NOON, a_folder, a_grant, a_sponsor, a_video_session, an_event

pytestmark = pytest.mark.usefixtures("app")


def delete(event, by):
    with transaction():
        events.delete(event, by=by, at=NOON)


def count(model):
    return db.session.scalar(db.select(db.func.count()).select_from(model))


def test_what_it_showed_stays():
    sponsor = a_sponsor()
    event = an_event(
        a_video_session(owner=sponsor), a_folder(owner=sponsor), owner=sponsor, title="Finals", is_judged=True
    )
    event_id = event.id
    with transaction():
        db.session.add(
            Criterion(key="c1", title="Clarity", position=1, lowest=1, highest=5, weight=1.0, event_id=event.id)
        )

    delete(event, sponsor)

    assert [count(model) for model in (Event, EventSession, Criterion)] == [0, 0, 0]
    assert [count(model) for model in (VideoSession, Folder)] == [1, 1]
    written = db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == "event:deleted")).one()
    assert (written.subject_id, written.facts, written.actor_id) == (event_id, {"title": "Finals"}, sponsor.id)


def test_a_list_that_waits_for_it_goes_too():
    sponsor = a_sponsor()
    event = an_event(owner=sponsor)
    table = tables.read_text("a@bw.example\n", most_rows=guest_lists.MOST_ROWS)
    with transaction():
        guest_lists.keep(table, event, terms=grants.Terms(), note="", by=sponsor, at=NOON, file_name="")

    delete(event, sponsor)

    assert count(GuestList) == 0


def test_whom_it_names_or_named_keeps_it():
    event = an_event()
    grant = a_grant(event)
    for taken_back in (False, True):
        if taken_back:
            with transaction():
                grant.revoked_at = NOON

        with pytest.raises(NamesSomebody):
            delete(event, a_sponsor())

        assert not events.can_be_deleted(event)
    assert count(Event) == 1


def test_who_names_somebody_on_one_that_is_gone_is_told():
    event, sponsor = an_event(), a_sponsor()
    delete(event, sponsor)

    with pytest.raises(NotFound), transaction():
        grants.name("a@bw.example", event, by=sponsor, at=NOON, terms=grants.Terms())
