"""What lies in the bin is for everybody as if it did not exist; taken out, it is as it was."""

from datetime import timedelta

import pytest

from portal.basics.errors import Forbidden, NotFound
from portal.domain import access, audit, co_owners, grants, invitations, library, playback, requests, the_bin, today
from portal.domain.access import WhyNot
from portal.domain.playback import Refusal
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import (
    AccessRequest,
    AuditEvent,
    Grant,
    SignIn,
    Stream,
    User,
    VideoSession,
    VideoState,
    ViewBudget,
)
from tests.domain.test_library import a_media_file
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sign_in_token, a_sponsor, a_video_session, an_admin

pytestmark = pytest.mark.usefixtures("app")
DAY = timedelta(days=1)


@pytest.fixture
def sponsor():
    return a_sponsor()


@pytest.fixture
def film(sponsor):
    return a_video_session(owner=sponsor, title="Gala")


def bin_it(video_session, by, at=NOON):
    with transaction():
        return the_bin.put_in(video_session, by=by, at=at)


def entries(kind):
    return list(db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == kind)))


def listed(by, at=NOON):
    return [row.video_session.title for row in the_bin.listed(by, at=at).rows]


def co_owner_of(video_session, owner):
    beside = a_sponsor()
    with transaction():
        co_owners.add(video_session, beside.address, by=owner, at=NOON)
    return beside


def test_nobody_finds_it_not_even_who_put_it_there(sponsor, film):
    guest, beside, admin = a_guest(), co_owner_of(film, sponsor), an_admin()
    a_grant(film, guest)

    assert bin_it(film, sponsor)

    for viewer in (guest, sponsor, beside, admin):
        assert access.decide(viewer, film, at=NOON).why is WhyNot.UNKNOWN
        with pytest.raises(NotFound):
            access.find(viewer, film.key, at=NOON)
    for by in (sponsor, beside, admin):
        for find in (library.find_own, library.find_owned):
            with pytest.raises(NotFound):
                find(film.key, by)
        with pytest.raises(NotFound):
            library.session_page(film.key, by, at=NOON)
        assert library.list_sessions(by, at=NOON).rows == []
    assert access.listed_for(guest, at=NOON).live == []
    assert [entry.facts for entry in entries("session:binned")] == [{"title": "Gala"}]


def test_its_own_list_shows_it_to_its_owner_and_to_admins(sponsor, film):
    beside, admin = co_owner_of(film, sponsor), an_admin()
    a_grant(film)
    a_grant(film, ends_at=NOON)
    bin_it(film, admin)

    assert listed(sponsor) == listed(admin) == ["Gala"]
    assert listed(beside) == listed(a_sponsor()) == []
    [row] = the_bin.listed(sponsor, at=NOON).rows
    assert (row.binned_by, row.goes_at, row.people) == (admin.name, NOON + 30 * DAY, 1)
    assert the_bin.find(film.key, sponsor, at=NOON) == row
    for other in (beside, a_sponsor()):
        with pytest.raises(NotFound):
            the_bin.find(film.key, other, at=NOON)


def test_what_plays_stops_with_the_next_byte_for_everybody(sponsor, film):
    a_media_file(film)
    guest, admin = a_guest(), an_admin()
    a_grant(film, guest)
    playing = []
    for viewer in (guest, sponsor, admin):
        token = a_sign_in_token(viewer)
        sign_in = db.session.scalars(db.select(SignIn).where(SignIn.user_id == viewer.id)).one()
        at = sign_in.created_at
        with transaction():
            stream = playback.start(viewer, film.key, sign_in=sign_in, at=at)
        assert isinstance(stream, Stream)
        assert playback.may_fetch(stream.key, token, at=at)
        playing.append((viewer, stream, token, sign_in, at))

    bin_it(film, sponsor)

    for viewer, stream, token, sign_in, at in playing:
        assert playback.may_fetch(stream.key, token, at=at) is None
        assert access.poster_of(viewer, film.key, at=at, sign_in=sign_in) is None
        with transaction():
            assert playback.start(viewer, film.key, sign_in=sign_in, at=at) == Refusal(WhyNot.UNKNOWN)


def test_nobody_is_asked_about_a_player_of_it_elsewhere(sponsor, film):
    guest, other = a_guest(), a_video_session(owner=sponsor)
    a_grant(film, guest)
    a_grant(other, guest)
    for _ in range(2):
        a_sign_in_token(guest)
    there, here = db.session.scalars(db.select(SignIn).where(SignIn.user_id == guest.id).order_by(SignIn.id)).all()
    at = here.created_at
    with transaction():
        playback.start(guest, film.key, sign_in=there, at=at)
    assert playback.playing_elsewhere(guest, here, at=at)

    bin_it(film, sponsor)

    assert playback.playing_elsewhere(guest, here, at=at) is None


def test_restored_it_is_back_with_everyone_named_on_it(sponsor, film):
    guest = a_guest()
    a_grant(film, guest, views_limit=2)
    bin_it(film, sponsor)

    with transaction():
        assert the_bin.restore(film, by=sponsor, at=NOON + DAY)
        assert not the_bin.restore(film, by=sponsor, at=NOON + DAY)

    decision = access.decide(guest, film, at=NOON + DAY)
    assert (decision.allowed, decision.views_left) == (True, 2)
    assert listed(sponsor) == []
    assert library.find_own(film.key, sponsor) is film
    assert len(entries("session:restored")) == 1


def test_put_in_twice_it_is_put_in_once(sponsor, film):
    assert bin_it(film, sponsor)
    assert not bin_it(film, sponsor, NOON + DAY)

    assert the_bin.find(film.key, sponsor, at=NOON).binned_at == NOON
    assert len(entries("session:binned")) == 1


def test_co_owners_cannot_touch_it(sponsor, film):
    beside = co_owner_of(film, sponsor)
    for act in (the_bin.put_in, the_bin.restore, library.delete_session):
        with pytest.raises(Forbidden), transaction():
            act(film, by=beside, at=NOON)


def test_after_thirty_days_it_goes_with_all_that_belongs_to_it(sponsor, film):
    other = a_video_session(owner=sponsor)
    a_grant(film)
    kept_grant = a_grant(other)
    store_key = a_media_file(film)
    bin_it(film, sponsor)
    bin_it(other, sponsor, NOON + DAY)

    for early in (NOON + DAY, NOON + 30 * DAY - timedelta(seconds=1)):
        with transaction():
            assert the_bin.empty_old(at=early) == 0
    with transaction():
        assert the_bin.empty_old(at=NOON + 30 * DAY) == 1

    assert not tools().media.exists(store_key)
    assert db.session.scalars(db.select(VideoSession.id)).all() == [other.id]
    assert db.session.scalars(db.select(Grant.id)).all() == [kept_grant.id]
    [entry] = entries("session:deleted")
    assert (entry.actor_id, entry.facts) == (None, {"title": "Gala"})
    assert audit.verify().fault is None


def test_deleted_for_good_before_that_only_out_of_the_bin(sponsor, film):
    with pytest.raises(NotFound), transaction():
        the_bin.delete_for_good(film, by=sponsor, at=NOON)
    bin_it(film, sponsor)

    with transaction():
        the_bin.delete_for_good(film, by=sponsor, at=NOON)

    assert db.session.scalars(db.select(VideoSession)).all() == []
    assert listed(sponsor) == []


def test_no_page_of_the_sponsor_speaks_of_it(sponsor):
    shelf = a_folder(owner=sponsor)
    film = a_video_session(folder=shelf, title="Gala")
    failed = a_video_session(owner=sponsor, state=VideoState.FAILED, ready_at=None, failure="It is cut off.")
    guest = a_guest()
    on_film, on_shelf = a_grant(film, guest, views_limit=1), a_grant(shelf, guest)
    with transaction():
        request = AccessRequest(key="a" * 16, guest_id=guest.id, video_session_id=film.id, grant_id=on_film.id)
        request.grant_version, request.why, request.created_at = 1, "used-up", NOON
        db.session.add(request)
        db.session.add(ViewBudget(grant_id=on_film.id, video_session_id=film.id, taken=1))
    assert len(requests.waiting_for(sponsor, at=NOON)) == len(today.today(sponsor, at=NOON).failed) == 1
    bin_it(film, sponsor)
    bin_it(failed, sponsor)

    for by in (sponsor, an_admin()):
        assert [given.key for given in grants.given_to(guest, by, at=NOON)] == [shelf.key]
        assert requests.waiting_for(by, at=NOON) == []
        with pytest.raises(NotFound):
            grants.find_grant(on_film.id, by)
        with pytest.raises(NotFound):
            requests.find(request.key, by, at=NOON)
        assert library.folder_page(shelf.key, by, at=NOON).sessions == 0
    day = today.today(sponsor, at=NOON)
    assert (day.asking, day.failed) == ([], [])
    assert [thing.title for thing in invitations.shared_with(guest, at=NOON)] == [shelf.title]
    assert db.session.get_one(Grant, on_shelf.id).revoked_at is None


def test_a_guest_of_it_alone_is_not_seen_by_who_does_not_answer_for_them(sponsor, film):
    guest = a_guest()
    a_grant(film, guest)
    bin_it(film, sponsor)

    with pytest.raises(NotFound):
        grants.find_guest(guest.key, sponsor, at=NOON)
    answering = db.session.get_one(User, guest.sponsor_id)
    assert grants.find_guest(guest.key, answering, at=NOON).user is guest
