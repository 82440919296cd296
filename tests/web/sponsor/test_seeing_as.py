"""See as this guest: their very page, to look at."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.basics.roles import UserState
from portal.domain.audit import AuditKind
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, MediaFile, MediaKind, ViewBudget, Viewing, WatchRecord
from tests.factories import a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin
from tests.page_checks import text_of
from tests.web.admin.counting import queries_of

SOON = datetime.now(UTC) + timedelta(days=2)


@pytest.fixture
def dana(app):
    return a_sponsor(name="Dana Lee", department="Alumni and Giving")


@pytest.fixture
def imani(dana):
    return a_guest(name="Imani Okafor", sponsor=dana)


def a_film(**given):
    """A ready session with a picture."""
    film = a_video_session(**given)
    with transaction():
        db.session.add(
            MediaFile(
                video_session_id=film.id,
                kind=MediaKind.POSTER,
                store_key=f"kept-{film.key}",
                content_type="image/jpeg",
                size_bytes=1,
                created_at=film.created_at,
            )
        )
    return film


def opened(client, guest):
    """From the guest's page, by the button."""
    client.get(f"/guests/{guest.key}")
    return client.press("See the portal as this guest", follow=True)


def below_the_banner(page) -> str:
    return page.text.split("Back to the guest")[-1].partition("Privacy")[0]


def content_of(page) -> str:
    """All of the guest's page but its links: the sections of its main part."""
    sections = [node for node in page.page.iter("div") if node.get("class") == "sections"]
    return text_of(sections[0])


def test_the_page_is_word_for_word_the_guests_own(client, dana, imani):
    kim = a_sponsor(name="Kim Osei")
    for film in (
        a_film(owner=dana, title="Meadow Morning"),
        a_film(owner=kim, title="Of another sponsor"),
        a_film(folder=a_folder(owner=dana, title="Donors 2026"), title="On a folder"),
    ):
        a_grant(film, imani, views_limit=2, ends_at=SOON)
    ended = a_film(owner=dana, title="Ended", ready_at=SOON - timedelta(days=9))
    a_grant(ended, imani, ends_at=datetime.now(UTC) - timedelta(hours=1))
    a_grant(a_film(owner=dana, title="Later"), imani, begins_at=SOON)
    client.sign_in_as(imani)
    theirs = client.get("/")
    client.sign_in_as(dana)

    seen = opened(client, imani)

    assert content_of(seen) == content_of(theirs)
    assert (seen.title, seen.heading) == (theirs.title, theirs.heading)
    assert "This is what Imani Okafor sees. Nothing here is counted." in seen.text


def test_going_on_is_seen_too(client, dana, imani):
    film = a_film(owner=dana, title="Meadow Morning")
    a_grant(film, imani)
    _stopped_in(film, imani)
    client.sign_in_as(imani)
    theirs = client.get("/")
    client.sign_in_as(dana)

    seen = opened(client, imani)

    assert "You stopped at 2:00 of 5:00." in theirs.text
    assert content_of(seen) == content_of(theirs)
    assert f"/guests/{imani.key}/why/{film.key}" in seen.links.values()


def _stopped_in(film, guest) -> None:
    with transaction():
        db.session.add(
            WatchRecord(
                user_id=guest.id,
                video_session_id=film.id,
                watched=[[0, 1200]],
                watched_seconds=120.0,
                position_seconds=120.0,
                watched_at=datetime.now(UTC),
            )
        )


def test_links_lead_to_the_reason_and_nothing_can_be_played_or_pressed(client, dana, imani):
    film = a_film(owner=dana, title="Meadow Morning")
    a_grant(film, imani)
    client.sign_in_as(dana)

    page = opened(client, imani)

    assert page.links["Meadow Morning"] == f"/guests/{imani.key}/why/{film.key}"
    assert not [url for url in page.links.values() if url.startswith("/watch/")]
    assert page.buttons == ["Sign out"]


def test_what_others_share_has_no_picture_and_no_link_here(client, dana, imani):
    own, others = a_film(owner=dana, title="Meadow Morning"), a_film(title="Of another sponsor")
    for film in (own, others):
        a_grant(film, imani)
    client.sign_in_as(dana)

    page = opened(client, imani)

    assert [node.get("src") for node in page.page.iter("img")] == [f"/posters/{own.key}"]
    assert "Of another sponsor" in page.text
    assert "Of another sponsor" not in page.links
    assert client.get(f"/posters/{others.key}").status == 404


def test_an_admin_sees_every_picture_and_may_ask_about_all(client, imani):
    film = a_film(title="Of another sponsor")
    a_grant(film, imani)
    client.sign_in_as(an_admin())
    client.get(f"/admin/people/{imani.key}")

    page = client.press("See the portal as this guest", follow=True)

    assert page.links["Of another sponsor"] == f"/guests/{imani.key}/why/{film.key}"
    assert [node.get("src") for node in page.page.iter("img")] == [f"/posters/{film.key}"]


def test_looking_is_pressed_and_stands_on_the_trail_each_time(client, dana, imani):
    client.sign_in_as(dana)

    address_alone = client.get(f"/guests/{imani.key}/seen")
    page = client.press("See what they see", follow=True)
    client.get(f"/guests/{imani.key}/seen")

    assert address_alone.heading == "See the portal as Imani Okafor"
    assert page.heading == "Shared with you"
    entries = db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == AuditKind.SEEN_AS_GUEST.label)).all()
    assert [(entry.actor_id, entry.person_id) for entry in entries] == [(dana.id, imani.id)]


def test_a_press_for_one_guest_opens_no_other_and_lasts_an_hour(client, dana, imani, monkeypatch):
    other = a_guest(sponsor=dana, name="Omar Haddad")
    client.sign_in_as(dana)
    opened(client, imani)

    assert client.get(f"/guests/{other.key}/seen").heading == "See the portal as Omar Haddad"
    assert client.get(f"/guests/{imani.key}/seen").heading == "Shared with you"
    later = datetime.now(UTC) + timedelta(minutes=61)
    monkeypatch.setattr("portal.web.sponsor.seeing_as.now", lambda: later)
    assert client.get(f"/guests/{imani.key}/seen").heading == "See the portal as Imani Okafor"


def test_nothing_is_counted_or_taken(client, dana, imani):
    a_grant(a_film(owner=dana), imani, views_limit=1)
    client.sign_in_as(dana)

    opened(client, imani)

    for table in (Viewing, ViewBudget, WatchRecord):
        assert db.session.scalar(db.select(db.func.count()).select_from(table)) == 0


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({"state": UserState.INVITED, "activated_at": None}, "The account is not set up yet"),
        ({"state": UserState.DISABLED}, "The account is disabled"),
        ({"ends_at": datetime(2026, 1, 1, tzinfo=UTC)}, "The account has ended"),
    ],
)
def test_whoever_cannot_sign_in_sees_nothing(client, dana, state, words):
    guest = a_guest(name="Imani Okafor", sponsor=dana, **state)
    a_grant(a_film(owner=dana, title="Meadow Morning"), guest)
    client.sign_in_as(dana)

    page = opened(client, guest)

    assert page.heading == "Imani Okafor sees nothing"
    assert words in page.text
    assert "Meadow Morning" not in page.text


def test_the_policy_that_comes_first_is_said_to(client, dana):
    guest = a_guest(sponsor=dana, accepted=False)
    client.sign_in_as(dana)

    assert "asked to accept the policy in force" in opened(client, guest).text


def test_whoever_only_shares_something_with_a_guest_does_not_see_their_page(client, dana):
    guest = a_guest()
    a_grant(a_film(owner=dana), guest)
    client.sign_in_as(dana)

    assert "See the portal as this guest" not in client.get(f"/guests/{guest.key}").buttons
    assert client.get(f"/guests/{guest.key}/seen").status == 404


@pytest.mark.parametrize("who", ["sponsor", "admin"])
@pytest.mark.parametrize("has_begun", [True, False])
def test_the_page_asks_five_times_at_most_however_much_is_shared(client, dana, imani, who, has_begun):
    folder = a_folder(owner=dana)
    films = [a_film(folder=folder) for _ in range(12)]
    a_grant(folder, imani, **({} if has_begun else {"ends_at": SOON - timedelta(days=9)}))
    if has_begun:
        _stopped_in(films[0], imani)
    client.sign_in_as(dana if who == "sponsor" else an_admin())
    opened(client, imani)

    assert len(queries_of(lambda: client.get(f"/guests/{imani.key}/seen"))) <= 5


def test_more_than_a_page_can_be_turned(client, dana, imani):
    folder = a_folder(owner=dana)
    for _ in range(50):
        a_video_session(folder=folder)
    a_grant(folder, imani)
    client.sign_in_as(dana)
    opened(client, imani)

    page = client.click("Later ones")

    assert "49 to 50 of 50" in page.text
    assert page.links["Earlier ones"] == f"/guests/{imani.key}/seen?page=1"
