"""Who may look at the portal as a guest sees it."""

import pytest

from portal.basics.errors import NotFound
from portal.domain import seeing_as
from portal.domain.audit import AuditKind
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, CoOwner
from tests.factories import NOON, a_guest, a_sponsor, a_video_session, an_admin


@pytest.mark.usefixtures("app")
def test_whoever_answers_for_a_guest_may_look_and_any_admin():
    dana = a_sponsor()
    imani = a_guest(sponsor=dana)

    assert seeing_as.find_guest(imani.key, dana).user is imani
    assert seeing_as.find_guest(imani.key, an_admin()).user is imani


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("whose", ["another sponsor's", "a sponsor", "nobody"])
def test_nobody_else_is_found(whose):
    dana = a_sponsor()
    key = {"another sponsor's": a_guest().key, "a sponsor": dana.key, "nobody": "nobodyskey234567"}[whose]

    with pytest.raises(NotFound):
        seeing_as.find_guest(key, dana)


@pytest.mark.usefixtures("app")
def test_it_is_known_whether_they_are_asked_for_the_policy_first():
    dana = a_sponsor()

    asked = seeing_as.find_guest(a_guest(sponsor=dana, accepted=False).key, dana)

    assert not asked.policy_accepted
    assert seeing_as.find_guest(a_guest(sponsor=dana).key, dana).policy_accepted


@pytest.mark.usefixtures("app")
def test_looking_is_on_the_trail():
    dana = a_sponsor()
    imani = a_guest(sponsor=dana)

    with transaction():
        seeing_as.note_looking(imani, by=dana, at=NOON)

    entry = db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == AuditKind.SEEN_AS_GUEST.label)).one()
    assert (entry.actor_id, entry.person_id) == (dana.id, imani.id)


@pytest.mark.usefixtures("app")
def test_what_somebody_looks_after_is_theirs_and_what_they_are_co_owner_of():
    dana, ada = a_sponsor(), an_admin()
    own, shared, others = a_video_session(owner=dana), a_video_session(), a_video_session()
    with transaction():
        db.session.add(CoOwner(video_session_id=shared.id, user_id=dana.id, created_at=NOON))
    keys = {own.key, shared.key, others.key}

    assert seeing_as.looked_after(keys, dana) == {own.key, shared.key}
    assert seeing_as.looked_after(keys, ada) == keys
    assert seeing_as.looked_after([], dana) == set()
