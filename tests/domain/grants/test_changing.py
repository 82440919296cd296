"""Changing what was given: one grant, with a look at what was used and at who else changed it."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from threading import Barrier

import pytest
from sqlalchemy import func, select

from portal.basics.errors import NotFound
from portal.basics.roles import UserState
from portal.domain import grants
from portal.domain.grants import ChangedMeanwhile, WrongTerms
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, User, WhenItEnds
from tests.domain.grants.ways import A_DAY, an_invited_guest, letters_of, name, on_terms, used
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin

pytestmark = pytest.mark.usefixtures("app")


def change(grant, by, *, version=None, at=NOON, tell=True, **terms):
    with transaction():
        found = grants.find_grant(grant.id, by)
        return grants.change_terms(found, on_terms(**terms), version=version, by=by, at=at, tell=tell)


def test_all_terms_are_changed_and_more_is_told():
    sponsor, guest = a_sponsor(), a_guest()
    grant = a_grant(a_video_session(owner=sponsor), guest, ends_at=NOON + A_DAY)

    assert change(grant, sponsor, begins=NOON - A_DAY, until=NOON + 2 * A_DAY, views=3, when_it_ends=WhenItEnds.STOP)

    assert (grant.begins_at, grant.ends_at, grant.views_limit) == (NOON - A_DAY, NOON + 2 * A_DAY, 3)
    assert (grant.when_it_ends, grant.version, grant.end_set_at) == (WhenItEnds.STOP, 2, NOON)
    assert [letter.letter for letter in letters_of(guest)] == ["shared_with_you"]
    entry = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "grant:changed")).one()
    assert entry.facts == {
        "before": {"begins": None, "until": "2026-11-23T12:00+00:00", "views": None, "when_it_ends": "finish"},
        "after": {
            "begins": "2026-11-21T12:00+00:00",
            "until": "2026-11-24T12:00+00:00",
            "views": 3,
            "when_it_ends": "stop",
        },
    }


def test_less_is_not_told_and_nor_is_what_somebody_tells_otherwise():
    sponsor, guest = a_sponsor(), a_guest()
    grant = a_grant(a_video_session(owner=sponsor), guest, ends_at=NOON + 3 * A_DAY)

    assert change(grant, sponsor, until=NOON + A_DAY)
    assert change(grant, sponsor, until=NOON + 2 * A_DAY, tell=False)

    assert letters_of(guest) == []


def test_who_has_no_password_yet_gets_the_invitation_anew():
    sponsor = a_sponsor()
    guest = an_invited_guest(sponsor)
    on = a_video_session(owner=sponsor)
    name(guest.address, on, sponsor, terms={"until": NOON + A_DAY})
    grant = grants.given_to(guest, sponsor, at=NOON)[0]

    with transaction():
        found = grants.find_grant(grant.grant_id, sponsor)
        grants.change_terms(found, on_terms(until=NOON + 2 * A_DAY), version=None, by=sponsor, at=NOON)

    assert [letter.letter for letter in letters_of(guest)] == ["invitation", "invitation"]


def test_no_letter_goes_to_a_disabled_account():
    sponsor, guest = a_sponsor(), a_guest(state=UserState.DISABLED)
    grant = a_grant(a_video_session(owner=sponsor), guest, ends_at=NOON + A_DAY)

    assert change(grant, sponsor)

    assert letters_of(guest) == []


def test_the_same_terms_change_nothing():
    sponsor = a_sponsor()
    grant = a_grant(a_video_session(owner=sponsor), views_limit=2)

    assert not change(grant, sponsor, views=2)
    assert not change(grant, sponsor, views=2, version=9)  # somebody else saved just that

    assert (grant.version, count_of("grant:changed")) == (1, 0)


@pytest.mark.parametrize(
    ("terms", "field", "sentence"),
    [
        ({"until": NOON}, "until", "“Until” lies in the past: 22 November 2026"),
        ({"begins": NOON + 2 * A_DAY, "until": NOON + A_DAY}, "until", "“Until” must come after “From”"),
        ({"views": 0}, "views", "Views must be a whole number from 1 to 99, or empty"),
        ({"views": 100}, "views", "Views must be a whole number from 1 to 99, or empty"),
        ({"views": 1}, "views", "Imani Okafor has used 2 already; at least 2, or empty"),
    ],
)
def test_terms_that_cannot_be_are_refused_with_what_to_do(terms, field, sentence):
    sponsor = a_sponsor()
    on = a_video_session(owner=sponsor)
    grant = a_grant(on, a_guest(name="Imani Okafor"), views_limit=3)
    used(grant, on, 2)

    with pytest.raises(WrongTerms) as fault:
        change(grant, sponsor, **terms)

    assert (fault.value.field, str(fault.value)) == (field, sentence)
    assert (grant.version, count_of("grant:changed")) == (1, 0)


def test_as_many_views_as_were_used_may_be_all_there_are():
    sponsor = a_sponsor()
    on = a_video_session(owner=sponsor)
    grant = a_grant(on, views_limit=3)
    used(grant, on, 2)

    assert change(grant, sponsor, views=2)


def test_of_a_folder_the_recording_counts_of_which_most_were_used():
    sponsor = a_sponsor()
    folder = a_folder(owner=sponsor)
    grant = a_grant(folder, a_guest(name="Imani Okafor"))
    used(grant, a_video_session(folder=folder), 1)
    used(grant, a_video_session(folder=folder), 3)

    with pytest.raises(WrongTerms, match="has used 3 of one recording already; at least 3"):
        change(grant, sponsor, views=2)


def test_the_second_editor_is_told_what_the_first_has_saved_by_whom_and_when():
    first, second = a_sponsor(name="Dana Lee"), an_admin()
    grant = a_grant(a_video_session(owner=first))
    change(grant, first, version=1, views=3)

    with pytest.raises(ChangedMeanwhile) as fault:
        change(grant, second, version=1, views=5, at=NOON + A_DAY)

    told = fault.value
    assert (told.terms.views, told.version, told.by, told.saved_at) == (3, 2, first, NOON)
    assert grant.views_limit == 3
    assert change(grant, second, version=told.version, views=5, at=NOON + A_DAY)


def test_of_many_who_save_at_once_one_is_first_and_all_others_are_told(app):
    sponsor = a_sponsor()
    grant = a_grant(a_video_session(owner=sponsor))
    gate = Barrier(6)

    def save(number):
        with app.app_context():
            by = db.session.get_one(User, sponsor.id)
            gate.wait(timeout=60)
            try:
                return change(grant, by, version=1, views=number + 1)
            except ChangedMeanwhile:
                return False

    with ThreadPoolExecutor(6) as threads:
        saved = list(threads.map(lambda number: Context().run(save, number), range(6)))

    db.session.rollback()
    db.session.refresh(grant)
    assert saved.count(True) == 1
    assert grant.views_limit == saved.index(True) + 1
    assert (grant.version, count_of("grant:changed")) == (2, 1)


def test_a_revoked_grant_is_gone_and_revoking_twice_is_one_act():
    sponsor = a_sponsor()
    grant = a_grant(a_video_session(owner=sponsor))
    with transaction():
        found = grants.find_grant(grant.id, sponsor)
        assert grants.revoke(found, by=sponsor, at=NOON)
        assert not grants.revoke(found, by=sponsor, at=NOON)

    with pytest.raises(NotFound):
        grants.find_grant(grant.id, sponsor)
    assert count_of("grant:revoked") == 1


def count_of(kind):
    return db.session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.kind == kind))


def test_another_sponsor_s_grant_is_not_found_and_an_admin_finds_it():
    grant = a_grant(a_video_session(owner=a_sponsor()))

    with pytest.raises(NotFound):
        grants.find_grant(grant.id, a_sponsor())
    assert grants.find_grant(grant.id, an_admin()).grant == grant
