"""Who looks after a session beside its owner, what they find, and what stays the owner's."""

from datetime import timedelta

import pytest

from portal.basics.errors import Forbidden, NotFound
from portal.basics.roles import UserState
from portal.domain import access, co_owners, grants, library
from portal.domain.access import Right
from portal.domain.co_owners import NotAdded
from portal.domain.grants.things import owned_things
from portal.domain.library import Filters, Shown
from portal.domain.paging import Place
from portal.domain.today import today
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, CoOwner, Grant, VideoState
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def dana(app):
    return a_sponsor(name="Dana Lee")


@pytest.fixture
def omar(app):
    return a_sponsor(name="Omar Haddad-Quill")


@pytest.fixture
def video_session(dana):
    return a_video_session(owner=dana)


def beside(video_session, user, by):
    with transaction():
        return co_owners.add(video_session, user.address, by=by, at=NOON)


def people(kind):
    query = db.select(AuditEvent.person_id).where(AuditEvent.kind == kind)
    return list(db.session.scalars(query))


# Adding and removing


def test_staff_are_added_by_address_in_any_spelling(video_session, dana, omar):
    with transaction():
        added = co_owners.add(video_session, f" {omar.address.upper()} ", by=dana, at=NOON)

    assert added is omar
    assert [one.user for one in co_owners.of_session(video_session)] == [omar]
    assert people("session:co-owner-added") == [omar.id]


def test_guests_and_unknown_addresses_get_the_same_answer(video_session, dana):
    """Which guests others have is nobody's affair."""
    said = set()
    for address in (
        a_guest().address,
        "nobody@quill.example",
        a_sponsor(state=UserState.DISABLED).address,
        a_sponsor(state=UserState.INVITED, activated_at=None).address,
    ):
        with pytest.raises(NotAdded) as fault, transaction():
            co_owners.add(video_session, address, by=dana, at=NOON)
        said.add(str(fault.value))

    assert said == {"No sponsor or admin with a working account has this address"}


def test_the_owner_and_who_is_there_are_not_added_again(video_session, dana, omar):
    beside(video_session, omar, dana)

    for user, words in ((dana, "Dana Lee is its owner"), (omar, "Omar Haddad-Quill looks after it already")):
        with pytest.raises(NotAdded, match=words):
            beside(video_session, user, dana)
    with pytest.raises(NotAdded, match="is not a mail address"), transaction():
        co_owners.add(video_session, "omar", by=dana, at=NOON)
    assert len(people("session:co-owner-added")) == 1


def test_only_the_owner_and_admins_say_who_looks_after_it(video_session, dana, omar):
    beside(video_session, omar, dana)
    third, admin = a_sponsor(), an_admin()

    for act in (
        lambda: co_owners.add(video_session, third.address, by=omar, at=NOON),
        lambda: co_owners.remove(video_session, omar, by=omar, at=NOON),
        lambda: library.delete_session(video_session, by=omar, at=NOON),
    ):
        with pytest.raises(Forbidden), transaction():
            act()
    beside(video_session, third, admin)
    assert len(co_owners.of_session(video_session)) == 2


def test_whoever_is_removed_finds_it_no_more(video_session, dana, omar):
    beside(video_session, omar, dana)

    with transaction():
        assert co_owners.remove(video_session, omar, by=dana, at=NOON)
        assert not co_owners.remove(video_session, omar, by=dana, at=NOON)

    with pytest.raises(NotFound):
        library.find_own(video_session.key, omar)
    assert not access.decide(omar, video_session, at=NOON).allowed
    assert people("session:co-owner-removed") == [omar.id]


# What they find


def test_a_co_owner_watches_and_finds_it_as_the_owner_does(video_session, dana, omar):
    beside(video_session, omar, dana)

    assert access.decide(omar, video_session, at=NOON).right is Right.CO_OWNER
    assert library.find_own(video_session.key, omar) is video_session
    assert not library.session_page(video_session.key, omar, at=NOON).is_own
    assert library.session_page(video_session.key, dana, at=NOON).is_own
    with pytest.raises(Forbidden):
        library.find_owned(video_session.key, omar)
    with pytest.raises(NotFound):
        library.find_owned(video_session.key, a_sponsor())


def test_lists_hold_both_newest_first_and_say_with_whom(dana, omar):
    mine, theirs = a_video_session(owner=omar), a_video_session(owner=dana)
    newest, others = a_video_session(owner=omar), a_video_session(owner=dana)
    beside(theirs, omar, dana)

    rows = library.list_sessions(omar, at=NOON).rows

    assert [row.key for row in rows] == [newest.key, theirs.key, mine.key]
    assert [(row.is_own, row.owner_name) for row in rows][1] == (False, "Dana Lee")
    assert others.key not in [row.key for row in rows]


def test_pages_hold_what_is_looked_after_once(dana, omar):
    keys = []
    for number in range(60):
        one = a_video_session(owner=omar if number % 3 else dana)
        keys.append(one.key)
        if not number % 3:
            beside(one, omar, dana)

    seen, place = [], Place()
    while True:
        page = library.list_sessions(omar, at=NOON, place=place)
        seen += [row.key for row in page.rows]
        if page.older is None:
            break
        place = Place(before=page.older)
    back = library.list_sessions(omar, at=NOON, place=Place(after=page.newer))

    assert seen == keys[::-1]
    assert [row.key for row in back.rows] == seen[25:50]


def test_a_list_is_narrowed_for_both(dana, omar):
    folder = a_folder(owner=dana)
    closed = a_video_session(folder=folder, closes_at=NOON - timedelta(days=1))
    beside(closed, omar, dana)
    a_video_session(owner=omar)

    for filters in (Filters(folder=folder.key), Filters(state=Shown.CLOSED), Filters(words=closed.title)):
        assert [row.key for row in library.list_sessions(omar, at=NOON, filters=filters).rows] == [closed.key]


def test_guests_named_on_it_are_seen_and_their_grants_can_be_changed(video_session, dana, omar):
    guest = a_guest(sponsor=dana)
    grant, on_other = a_grant(video_session, guest), a_grant(a_video_session(owner=dana), guest)
    with pytest.raises(NotFound):
        grants.find_guest(guest.key, omar, at=NOON)

    beside(video_session, omar, dana)

    assert grants.find_guest(guest.key, omar, at=NOON).user is guest
    assert grants.find_grant(grant.id, omar).guest is guest
    assert [given.grant_id for given in grants.given_to(guest, omar, at=NOON)] == [grant.id]
    with pytest.raises(NotFound):
        grants.find_grant(on_other.id, omar)


def test_the_folder_it_stands_in_stays_its_owners(dana, omar):
    folder = a_folder(owner=dana)
    video_session = a_video_session(folder=folder)
    on_folder = a_grant(folder)
    beside(video_session, omar, dana)

    with pytest.raises(NotFound):
        library.find_own_folder(folder.key, omar)
    with pytest.raises(NotFound):
        grants.find_grant(on_folder.id, omar)


def test_their_day_tells_of_it_too(dana, omar):
    failed = a_video_session(owner=dana, state=VideoState.FAILED, ready_at=None, failure="It is cut off.")
    ending = a_video_session(owner=dana)
    guest = a_guest(sponsor=dana)
    a_grant(ending, guest, ends_at=NOON + timedelta(days=2))
    assert not today(omar, at=NOON).failed

    beside(failed, omar, dana)
    beside(ending, omar, dana)

    day = today(omar, at=NOON)
    assert [one.key for one in day.failed] == [failed.key]
    assert [one.guest for one in day.ending] == [guest]


def test_what_is_given_on_anothers_folder_is_told_from_ones_own(dana, omar):
    """The opposite of what is one's own must hold for folders, too: NULL is neither."""
    guest = a_guest(sponsor=omar)
    a_grant(a_video_session(owner=omar), guest)
    on_folder = a_grant(a_folder(owner=dana), guest)
    others = db.select(Grant.id).where(~owned_things(omar))

    assert list(db.session.scalars(others)) == [on_folder.id]


def test_they_go_with_the_session(video_session, dana, omar):
    beside(video_session, omar, dana)

    with transaction():
        library.delete_session(video_session, by=dana, at=NOON)

    assert db.session.scalar(db.select(CoOwner)) is None
