"""Who can watch a session or folder, and why (design 08)."""

import pytest

from portal.domain import grants, library, sign_ins
from portal.domain.access import Standing
from portal.domain.grants import PeopleFilter, SeenOf
from portal.domain.invitations import LetterStanding
from portal.domain.paging import Place
from portal.storage.db import db, transaction
from portal.storage.models import CoOwner, EmailState, PasswordUnlock, User
from tests.domain.grants.ways import A_DAY, NEW, letters_of, name, statements, the_user, used, watched
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sponsor, a_video_session

pytestmark = pytest.mark.usefixtures("app")


def test_the_list_says_who_why_and_how_far():
    sponsor = a_sponsor()
    folder = a_folder(owner=sponsor, title="Donors 2026")
    on = a_video_session(folder=folder)
    by_folder, ended = a_guest(name="Rosalind Achterberg"), a_guest()
    a_grant(folder, by_folder)
    a_grant(on, ended, ends_at=NOON - A_DAY)
    a_grant(on, a_guest(), revoked_at=NOON - A_DAY)
    a_grant(a_video_session(folder=folder), a_guest())
    name(NEW, on, sponsor)

    found = grants.who_can_watch(on, at=NOON)

    assert [(row.address, row.folder, row.is_live, row.state.standing) for row in found.page.rows] == [
        (NEW, None, True, LetterStanding.WAITING),
        (ended.address, None, False, LetterStanding.SET_UP),
        (by_folder.address, "Donors 2026", True, LetterStanding.SET_UP),
    ]
    assert (found.people, found.first, found.total) == (2, 1, 3)


def test_a_letter_that_came_back_shows():
    sponsor = a_sponsor()
    on = a_video_session(owner=sponsor)
    name(NEW, on, sponsor)
    with transaction():
        letter = letters_of(the_user(NEW))[0]
        letter.state, letter.reason, letter.text, letter.html = EmailState.FAILED, "No such mailbox.", None, None

    (row,) = grants.who_can_watch(on, at=NOON).page.rows

    assert (row.state.standing, row.state.reason) == (LetterStanding.FAILED, "No such mailbox.")


def test_somebody_named_twice_is_one_who_can_watch():
    folder = a_folder()
    on, guest = a_video_session(folder=folder), a_guest()
    a_grant(on, guest)
    a_grant(folder, guest)

    found = grants.who_can_watch(on, at=NOON)

    assert (found.people, found.total) == (1, 2)


def test_pages_of_the_list_follow_each_other_by_both_doors():
    folder = a_folder()
    on, guest = a_video_session(folder=folder), a_guest()
    ids = [a_grant(on if number % 2 else folder, guest).id for number in range(60)][::-1]

    first = grants.who_can_watch(on, at=NOON)
    second = grants.who_can_watch(on, at=NOON, place=Place(before=first.page.older))
    third = grants.who_can_watch(on, at=NOON, place=Place(before=second.page.older))
    back = grants.who_can_watch(on, at=NOON, place=Place(after=third.page.newer))

    assert [row.grant_id for found in (first, second, third) for row in found.page.rows] == ids
    assert (first.page.newer, third.page.older) == (None, None)
    assert back.page.rows == second.page.rows
    assert (second.first, second.total) == (26, 60)


def test_the_list_takes_three_queries_however_long_it_is():
    sponsor = a_sponsor()
    on = a_video_session(owner=sponsor)
    name("\n".join(f"g{number}@brightwater.example" for number in range(40)), on, sponsor)

    assert statements(lambda: grants.who_can_watch(on, at=NOON)) == 3


def test_each_row_says_how_the_grant_stands_and_what_was_used_and_seen():
    on = a_video_session(length_seconds=100.0)
    grant = a_grant(on, a_guest(), views_limit=2, begins_at=NOON - A_DAY, ends_at=NOON + A_DAY)
    used(grant, on, 1)
    watched(db.session.get_one(User, grant.guest_id), on, [(0, 20), (50, 80)], opens=3)

    (row,) = grants.who_can_watch(on, at=NOON).page.rows

    assert (row.begins, row.until, row.views_limit, row.taken, row.views_left) == (
        NOON - A_DAY,
        NOON + A_DAY,
        2,
        1,
        1,
    )
    assert row.standing is Standing.LIVE
    assert row.watched is not None
    assert row.watched.parts == [(0.0, 0.2), (0.5, 0.8)]
    assert (row.watched.share, row.watched.opens) == (0.5, 3)


def the_four_kinds(on):
    """A grant that lets somebody watch, one that begins later, one used up, one ended."""
    can, coming = a_grant(on, a_guest()), a_grant(on, a_guest(), begins_at=NOON + A_DAY)
    used_up, ended = a_grant(on, a_guest(), views_limit=1), a_grant(on, a_guest(), ends_at=NOON)
    used(used_up, on, 1)
    return can, coming, used_up, ended


def test_the_list_is_narrowed_to_those_that_stand_alike():
    on = a_video_session()
    can, coming, used_up, ended = the_four_kinds(on)

    shown = {
        kind: [row.grant_id for row in grants.who_can_watch(on, at=NOON, show=kind).page.rows] for kind in PeopleFilter
    }

    assert shown == {
        PeopleFilter.ALL: [ended.id, used_up.id, coming.id, can.id],
        PeopleFilter.CAN_WATCH: [can.id],
        PeopleFilter.COMING: [coming.id],
        PeopleFilter.USED_UP: [used_up.id],
        PeopleFilter.ENDED: [ended.id],
    }
    found = grants.who_can_watch(on, at=NOON, show=PeopleFilter.ENDED)
    assert (found.first, found.total) == (1, 1)
    assert found.numbers == {kind: len(ids) for kind, ids in shown.items()}


def test_only_those_count_who_can_watch_now_and_have_views_left():
    """Begun, not ended, views left: the heading of the list and the number in the library say the same."""
    on = a_video_session()
    the_four_kinds(on)
    owner = db.session.get_one(User, on.owner_id)

    assert grants.who_can_watch(on, at=NOON).people == 1
    assert library.session_page(on.key, owner, at=NOON).people == 1
    assert library.list_sessions(owner, at=NOON).rows[0].people == 1


def test_who_has_used_a_grant_up_still_counts_by_another():
    folder = a_folder()
    on, guest = a_video_session(folder=folder), a_guest()
    used(a_grant(on, guest, views_limit=1), on, 1)
    a_grant(folder, guest)

    assert grants.who_can_watch(on, at=NOON).people == 1


def test_views_of_another_recording_on_the_shelf_use_up_nothing_here():
    folder = a_folder()
    on, other = a_video_session(folder=folder), a_video_session(folder=folder)
    used(a_grant(folder, a_guest(), views_limit=1), other, 1)

    (row,) = grants.who_can_watch(on, at=NOON).page.rows

    assert (row.standing, row.taken) == (Standing.LIVE, 0)


def test_a_folder_s_list_says_how_much_of_it_was_seen():
    folder = a_folder()
    sessions = [a_video_session(folder=folder) for _ in range(3)]
    guest = a_guest()
    grant = a_grant(folder, guest, views_limit=2)
    used(grant, sessions[0], 2)
    used(grant, sessions[1], 1)
    watched(guest, sessions[0], [(0, 10)])
    watched(guest, sessions[1], [], opens=1)
    watched(guest, a_video_session(), [(0, 10)])

    (row,) = grants.who_can_watch(folder, at=NOON).page.rows

    assert (row.taken, row.seen, row.watched) == (3, SeenOf(1, 3), None)
    assert row.standing is Standing.LIVE  # of each recording there are views of its own


def test_those_who_look_after_it_can_watch_without_being_named():
    owner, beside = a_sponsor(name="Dana Lee"), a_sponsor(name="Tomas Berg")
    on = a_video_session(owner=owner)
    with transaction():
        db.session.add(CoOwner(video_session_id=on.id, user_id=beside.id, created_at=NOON))

    keepers = grants.who_can_watch(on, at=NOON).keepers

    assert [(keeper.name, keeper.is_owner) for keeper in keepers] == [("Dana Lee", True), ("Tomas Berg", False)]


def test_it_counts_the_people_who_gave_the_password_as_it_is_now():
    on = a_video_session(password_hash="x", password_version=2)
    guest, older = a_guest(), a_guest()
    with transaction():
        for user, version in ((guest, 2), (guest, 2), (older, 1)):
            sign_ins.start(user, network="127.0.0.1", device="a test", at=NOON)
            newest = max(sign_ins.listed_for(user, at=NOON), key=lambda sign_in: sign_in.id)
            db.session.add(
                PasswordUnlock(sign_in_id=newest.id, video_session_id=on.id, password_version=version, created_at=NOON)
            )

    assert grants.who_can_watch(on, at=NOON).unlocked == 1
    assert grants.who_can_watch(on, at=NOON + 400 * A_DAY).unlocked == 0  # signed out by then
    assert grants.who_can_watch(a_video_session(), at=NOON).unlocked is None
