"""Folders and sessions: whose they are, what changes them, and what their end takes along."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.basics import tokens
from portal.basics.errors import NotFound
from portal.basics.roles import UserState
from portal.domain import co_owners, library, sign_ins
from portal.domain.library import ChangedMeanwhile, Details, Filters, Shown, WrongDescription, WrongTitle
from portal.domain.paging import Place
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import (
    AccessRequest,
    AuditEvent,
    CoOwner,
    Folder,
    Grant,
    MediaFile,
    MediaKind,
    PasswordUnlock,
    Stream,
    VideoSession,
    VideoState,
    ViewBudget,
    Viewing,
    WatchRecord,
)
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sign_in_token, a_sponsor, a_video_session, an_admin

pytestmark = pytest.mark.usefixtures("app")


def a_media_file(video_session, content=b"film"):
    path = tools().media.incoming_folder / "film"
    path.write_bytes(content)
    store_key = tools().media.adopt(path)
    with transaction():
        db.session.add(
            MediaFile(
                video_session_id=video_session.id,
                kind=MediaKind.RENDITION,
                store_key=store_key,
                content_type="video/mp4",
                size_bytes=len(content),
                created_at=NOON,
            )
        )
    return store_key


def entries(kind):
    return list(db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == kind).order_by(AuditEvent.sequence)))


# Whose


def test_sponsors_find_their_own_and_admins_all():
    video_session, folder = a_video_session(), a_folder()
    owner = db.session.get_one(type(a_sponsor()), video_session.owner_id)

    assert library.find_own(video_session.key, owner) is video_session
    assert library.find_own(video_session.key, an_admin()) is video_session
    for find, key in ((library.find_own, video_session.key), (library.find_own_folder, folder.key)):
        with pytest.raises(NotFound):
            find(key, a_sponsor())


def test_a_list_holds_what_is_ones_own():
    sponsor = a_sponsor()
    mine, theirs = a_video_session(owner=sponsor), a_video_session()

    assert [row.key for row in library.list_sessions(sponsor, at=NOON).rows] == [mine.key]
    assert [row.key for row in library.list_sessions(an_admin(), at=NOON).rows] == [theirs.key, mine.key]
    assert library.list_sessions(sponsor, at=NOON, filters=Filters(folder="nobodyskey234567")).rows == []


# Counting


def test_only_those_who_can_watch_now_are_counted():
    folder = a_folder()
    video_session = a_video_session(folder=folder)
    twice = a_guest()
    a_grant(video_session, twice)
    a_grant(folder, twice)
    a_grant(folder)
    a_grant(video_session, ends_at=NOON)
    a_grant(video_session, revoked_at=NOON - timedelta(days=1))
    a_grant(video_session, a_guest(state=UserState.DISABLED))
    a_grant(video_session, a_guest(ends_at=NOON))
    a_grant(a_video_session(owner=a_sponsor()))
    by = an_admin()

    assert library.session_page(video_session.key, by, at=NOON).people == 2
    assert library.folder_page(folder.key, by, at=NOON).people == 2
    [row] = [row for row in library.list_sessions(by, at=NOON).rows if row.key == video_session.key]
    assert row.people == 2


def test_a_session_on_no_folder_is_not_counted_with_others_folders():
    video_session = a_video_session()
    a_grant(a_folder())

    assert library.session_page(video_session.key, an_admin(), at=NOON).people == 0


# Pages


def test_pages_hold_every_session_once():
    sponsor = a_sponsor()
    keys = [a_video_session(owner=sponsor).key for _ in range(53)]

    seen, place = [], Place()
    while True:
        page = library.list_sessions(sponsor, at=NOON, place=place)
        seen += [row.key for row in page.rows]
        if page.older is None:
            break
        place = Place(before=page.older)
    first_again = library.list_sessions(sponsor, at=NOON, place=Place(after=page.newer))

    assert seen == keys[::-1]
    assert page.newer is not None
    assert [row.key for row in first_again.rows] == seen[25:50]


# Titles


@pytest.mark.parametrize("title", ["", "   ", "\x00\x07", "\n"])
def test_a_title_is_needed(title):
    with pytest.raises(WrongTitle, match=r"Say what it is called"):
        library.check_title(title)


def test_a_title_has_at_most_200_characters():
    assert library.check_title("𝄞" * 200) == "𝄞" * 200
    with pytest.raises(WrongTitle, match="Titles have at most 200 characters; this one has 300"):
        library.check_title("x" * 300)
    with pytest.raises(WrongDescription, match="at most 5,000 characters; this one has 5,001"):
        library.check_description("x" * 5001)


@pytest.mark.parametrize("title", ["👩‍👩‍👧 family", "שלום עולם", "Ωmega «x»"])
def test_titles_keep_what_people_write(title):
    assert library.check_title(title) == title


# Changing


def test_a_change_is_saved_and_on_the_trail():
    sponsor = a_sponsor()
    folder, video_session = a_folder(owner=sponsor, title="Jury"), a_video_session(owner=sponsor, title="Before")

    with transaction():
        library.change_session(
            video_session, Details("After", " text "), folder=folder, version=None, by=sponsor, at=NOON
        )

    assert (video_session.title, video_session.description, video_session.folder_id) == ("After", "text", folder.id)
    [entry] = entries("session:changed")
    assert entry.facts == {
        "before": {"title": "Before", "description": "", "folder": ""},
        "after": {"title": "After", "description": "text", "folder": "Jury"},
    }


def test_saving_nothing_new_leaves_no_trace():
    sponsor = a_sponsor()
    video_session = a_video_session(owner=sponsor)

    with transaction():
        library.change_session(
            video_session, Details(video_session.title, ""), folder=None, version=None, by=sponsor, at=NOON
        )

    assert entries("session:changed") == []


def test_a_folder_holds_its_owners_sessions_only():
    """Else an admin could show one sponsor's recording to another's guests by mistake."""
    admin = an_admin()
    video_session, theirs = a_video_session(title="Mine"), a_folder()

    with pytest.raises(NotFound), transaction():
        library.change_session(video_session, Details("x", ""), folder=theirs, version=None, by=admin, at=NOON)


def test_what_somebody_else_saved_is_not_overwritten_unseen():
    sponsor = a_sponsor()
    video_session = a_video_session(owner=sponsor, title="First")
    seen = library.version_of(video_session, ())
    with transaction():
        library.change_session(video_session, Details("Second", ""), folder=None, version=seen, by=sponsor, at=NOON)

    with pytest.raises(ChangedMeanwhile), transaction():
        library.change_session(video_session, Details("Third", ""), folder=None, version=seen, by=sponsor, at=NOON)
    assert db.session.get_one(VideoSession, video_session.id, populate_existing=True).title == "Second"


def test_the_same_form_makes_one_folder_but_others_may_use_its_key():
    sponsor, other = a_sponsor(), a_sponsor()
    with transaction():
        first = library.make_folder("Jury", by=sponsor, form_key="a" * 16, at=NOON)
        second = library.make_folder("Jury", by=sponsor, form_key="a" * 16, at=NOON)
        third = library.make_folder("Jury", by=other, form_key="a" * 16, at=NOON)

    assert first is second
    assert third is not first
    assert len(entries("folder:made")) == 2


def test_two_forms_of_one_key_at_once_are_told_apart_by_the_database():
    sponsor = a_sponsor()
    with transaction():
        library.make_folder("Jury", by=sponsor, form_key="a" * 16, at=NOON)

    with pytest.raises(library.MadeAlready), transaction():
        library.add_once(Folder(key="b" * 16, owner_id=sponsor.id, title="Jury", form_key="a" * 16, created_at=NOON))


# The end


def test_a_deleted_session_takes_its_grants_and_files_along():
    sponsor = a_sponsor()
    video_session, other = a_video_session(owner=sponsor, title="Old"), a_video_session(owner=sponsor)
    guest = a_guest()
    a_grant(video_session, guest)
    a_grant(video_session, ends_at=NOON)
    kept = a_grant(other)
    store_key, kept_key = a_media_file(video_session), a_media_file(other)

    with transaction():
        library.delete_session(video_session, by=sponsor, at=NOON)
        assert tools().media.exists(store_key)  # until it is certain

    assert not tools().media.exists(store_key)
    assert tools().media.exists(kept_key)
    assert [grant.id for grant in db.session.scalars(db.select(Grant))] == [kept.id]
    assert [entry.person_id for entry in entries("grant:revoked")] == [guest.id]  # the other had ended by itself
    assert entries("session:deleted")[0].facts == {"title": "Old"}


def test_what_could_not_be_deleted_keeps_its_files():
    admin = an_admin()
    video_session = a_video_session()
    store_key = a_media_file(video_session)

    with pytest.raises(ZeroDivisionError):
        _delete_and_fail(video_session, admin)

    assert tools().media.exists(store_key)
    assert db.session.get(VideoSession, video_session.id, populate_existing=True) is not None


def _delete_and_fail(video_session, by):
    with transaction():
        library.delete_session(video_session, by=by, at=NOON)
        _ = 1 / 0


def test_a_deleted_folder_leaves_its_sessions_and_ends_what_was_given_on_it():
    admin = an_admin()
    folder = a_folder(title="Jury")
    video_session, guest = a_video_session(folder=folder), a_guest()
    a_grant(folder, guest)
    direct = a_grant(video_session)

    with transaction():
        library.delete_folder(folder, by=admin, at=NOON)

    assert db.session.get_one(VideoSession, video_session.id, populate_existing=True).folder_id is None
    assert [grant.id for grant in db.session.scalars(db.select(Grant))] == [direct.id]
    assert [entry.person_id for entry in entries("grant:revoked")] == [guest.id]
    assert entries("folder:deleted")[0].facts == {"title": "Jury"}


# What the head of a page tells


def a_watch_record(video_session, user, *, opens=1, watched_seconds=0.0):
    with transaction():
        db.session.add(
            WatchRecord(
                user_id=user.id, video_session_id=video_session.id, opens=opens, watched_seconds=watched_seconds
            )
        )


def a_viewing(video_session, user, *, right="grant", **given):
    with transaction():
        db.session.add(
            Viewing(
                key=tokens.new_key(),
                user_id=user.id,
                video_session_id=video_session.id,
                right=right,
                created_at=NOON,
                ends_at=NOON + timedelta(hours=4),
                **given,
            )
        )


def test_opened_views_and_watched_whole_are_three_numbers():
    owner = a_sponsor()
    video_session = a_video_session(owner=owner, length_seconds=100.0)
    whole, part, opened_only = a_guest(), a_guest(), a_guest()
    a_watch_record(video_session, whole, opens=5, watched_seconds=95.0)
    a_watch_record(video_session, part, watched_seconds=94.9)
    a_watch_record(video_session, opened_only)
    a_watch_record(a_video_session(owner=owner), whole, watched_seconds=300.0)
    for _ in range(3):
        a_viewing(video_session, whole)
    a_viewing(video_session, part, right="password")
    a_viewing(video_session, opened_only, given_back_at=NOON)

    page = library.session_page(video_session.key, owner, at=NOON)

    assert (page.opened, page.views, page.watched_whole) == (3, 4, 1)


def test_downloads_of_guests_are_counted_together():
    owner = a_sponsor()
    video_session, guest = a_video_session(owner=owner), a_guest()
    a_viewing(video_session, guest, downloads=2)
    a_viewing(video_session, a_guest(), right="password", downloads=1)
    a_viewing(video_session, owner, right="owner", downloads=7)
    a_viewing(a_video_session(owner=owner), guest, downloads=1)

    assert library.session_page(video_session.key, owner, at=NOON).downloads == 3
    assert library.session_page(a_video_session(owner=owner).key, owner, at=NOON).downloads == 0


def test_whoever_looks_after_a_recording_is_in_none_of_the_numbers():
    owner, beside, admin = a_sponsor(), a_sponsor(), an_admin()
    video_session = a_video_session(owner=owner, length_seconds=100.0)
    with transaction():
        co_owners.add(video_session, beside.address, by=owner, at=NOON)
    for user, right in ((owner, "owner"), (beside, "co-owner"), (admin, "admin")):
        a_watch_record(video_session, user, watched_seconds=100.0)
        a_viewing(video_session, user, right=right)

    page = library.session_page(video_session.key, owner, at=NOON)

    assert (page.opened, page.views, page.watched_whole) == (0, 0, 0)


def test_who_has_no_views_left_of_it_cannot_watch_it():
    folder = a_folder()
    seen, other = a_video_session(folder=folder), a_video_session(folder=folder)
    grant = a_grant(folder, views_limit=1)
    a_grant(folder, views_limit=2)
    with transaction():
        db.session.add(ViewBudget(grant_id=grant.id, video_session_id=seen.id, taken=1))
    by = an_admin()

    assert library.session_page(seen.key, by, at=NOON).people == 1
    assert library.session_page(other.key, by, at=NOON).people == 2
    assert {row.key: row.people for row in library.list_sessions(by, at=NOON).rows} == {seen.key: 1, other.key: 2}


@pytest.mark.parametrize(
    ("shown", "given"),
    [
        (Shown.OPEN, {}),
        (Shown.UNPUBLISHED, {"is_published": False}),
        (Shown.COMING, {"opens_at": NOON + timedelta(days=1)}),
        (Shown.CLOSED, {"closes_at": NOON}),
        (Shown.PROCESSING, {"state": VideoState.PROCESSING, "ready_at": None}),
        (Shown.FAILED, {"state": VideoState.FAILED, "ready_at": None}),
    ],
)
def test_a_list_is_narrowed_by_how_recordings_stand(shown, given):
    sponsor = a_sponsor()
    ways: tuple[dict[str, Any], ...] = (
        {},
        {"is_published": False},
        {"opens_at": NOON + timedelta(days=1)},
        {"closes_at": NOON},
    )
    unready: list[dict[str, Any]] = [
        {"state": state, "ready_at": None} for state in (VideoState.PROCESSING, VideoState.FAILED)
    ]
    for way in (*ways, *unready):
        a_video_session(owner=sponsor, title=repr(way), **way)

    rows = library.list_sessions(sponsor, at=NOON, filters=Filters(state=shown)).rows

    assert [row.title for row in rows] == [repr(given)]


# All that hangs on them goes with them


def a_used_recording(owner, folder=None):
    """A recording with everything that can hang on one."""
    video_session = a_video_session(owner=owner, folder=folder, password_hash="v1$x", password_version=1)
    guest = a_guest()
    grant = a_grant(folder or video_session, guest, views_limit=3)
    sign_in = sign_ins.find(a_sign_in_token(guest), at=datetime.now(UTC)).sign_in
    a_viewing(video_session, guest, grant_id=grant.id)
    viewing = db.session.scalars(db.select(Viewing).where(Viewing.user_id == guest.id)).one()
    a_watch_record(video_session, guest)
    beside = a_sponsor()
    with transaction():
        co_owners.add(video_session, beside.address, by=owner, at=NOON)
        db.session.add_all(
            [
                ViewBudget(grant_id=grant.id, video_session_id=video_session.id, taken=1),
                PasswordUnlock(
                    sign_in_id=sign_in.id, video_session_id=video_session.id, password_version=1, created_at=NOON
                ),
                Stream(
                    key=tokens.new_key(),
                    user_id=guest.id,
                    viewing_id=viewing.id,
                    sign_in_id=sign_in.id,
                    trace_code=tokens.new_trace_code(),
                    device="a test",
                    network="192.0.2.1",
                    created_at=NOON,
                    seen_at=NOON,
                ),
                AccessRequest(
                    key=tokens.new_key(),
                    guest_id=guest.id,
                    video_session_id=video_session.id,
                    grant_id=grant.id,
                    grant_version=1,
                    why="used-up",
                    created_at=NOON,
                ),
            ]
        )
    return video_session


HANGS_ON_A_SESSION = (Grant, ViewBudget, Viewing, Stream, WatchRecord, CoOwner, PasswordUnlock, AccessRequest)


def kinds_left():
    return {kind.__name__ for kind in HANGS_ON_A_SESSION if db.session.scalar(db.select(kind.id).limit(1))}


def test_nothing_of_a_deleted_session_is_left():
    owner = a_sponsor()
    video_session = a_used_recording(owner)
    assert kinds_left() == {kind.__name__ for kind in HANGS_ON_A_SESSION}

    with transaction():
        library.delete_session(video_session, by=owner, at=NOON)

    assert kinds_left() == set()


def test_a_deleted_folder_leaves_what_was_watched_and_takes_what_was_given():
    owner = a_sponsor()
    folder = a_folder(owner=owner)
    video_session = a_used_recording(owner, folder)

    with transaction():
        library.delete_folder(folder, by=owner, at=NOON)

    assert kinds_left() == {"Viewing", "Stream", "WatchRecord", "CoOwner", "PasswordUnlock"}
    fresh = db.session.get_one(VideoSession, video_session.id, populate_existing=True)
    assert (fresh.folder_id, fresh.in_folder_since) == (None, None)


def test_a_grant_that_has_not_begun_ends_with_what_it_is_on_too():
    owner = a_sponsor()
    video_session, guest = a_video_session(owner=owner), a_guest()
    a_grant(video_session, guest, begins_at=NOON + timedelta(days=1))

    with transaction():
        library.delete_session(video_session, by=owner, at=NOON)

    assert [entry.person_id for entry in entries("grant:revoked")] == [guest.id]
