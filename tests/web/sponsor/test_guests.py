"""The sponsor's guests: the list, one of them, letters and the way in of those who have not come (product.md)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from portal.basics.roles import UserState
from portal.domain import account_ends, grants
from portal.storage.db import db, transaction
from portal.storage.models import Grant, Invitation, User, ViewBudget, WatchRecord
from tests.factories import a_folder, a_grant, a_guest, a_sponsor, a_video_session, an_admin

NAMES = {"Carola", "Imani", "Omar", "Rosalind"}
NEW = "yuki.tanabe@sakura-trust.example"


@pytest.fixture
def sponsor(app):
    return a_sponsor()


@pytest.fixture
def invited(sponsor):
    """Somebody invited to a recording of this sponsor's."""
    on = a_video_session(owner=sponsor, title="What your gift built")
    with transaction():
        grants.name(NEW, on, by=sponsor, at=datetime.now(UTC), note="Do come.")
    return db.session.scalars(select(User).where(User.address == NEW)).one()


def invitations():
    return list(db.session.scalars(select(Invitation).order_by(Invitation.id)))


def test_the_list_is_empty_with_a_next_step(at_home):
    page = at_home.get("/guests")

    assert page.heading == "Guests"
    assert "No guests yet" in page.text
    assert page.links["Go to your sessions"] == "/sessions"


def test_the_list_shows_one_s_own_and_those_named_on_one_s_things(at_home, sponsor):
    other = a_sponsor()
    a_guest(sponsor=sponsor, name="Imani Okafor")
    a_grant(a_folder(owner=sponsor), a_guest(sponsor=other, name="Omar Haddad-Quill"))
    a_guest(sponsor=other, name="Yuki Tanabe")

    page = at_home.get("/guests")

    assert "Imani Okafor" in page.text
    assert "Omar Haddad-Quill" in page.text
    assert "Yuki Tanabe" not in page.text
    assert "1 to 2 of 2" in page.text


def test_the_list_is_searched_and_narrowed_by_its_address(at_home, sponsor, invited):
    a_guest(sponsor=sponsor, name="Imani Okafor")
    at_home.get("/guests")

    assert "Imani Okafor" not in at_home.press("Find", search="yuki").text
    assert "Nobody like that" in at_home.get("/guests?search=nobody").text
    assert NEW not in at_home.get("/guests?state=active").text
    assert NEW in at_home.get("/guests?state=invited").text
    assert at_home.get("/guests?state=nonsense&before=x&after=-1").status == 200


def test_what_has_ended_or_soon_ends_shows_and_is_found(at_home, sponsor):
    at = datetime.now(UTC)
    carola, rosalind = (a_guest(sponsor=sponsor, name=name) for name in ("Carola Lindqvist", "Rosalind Achterberg"))
    imani, omar = (a_guest(sponsor=sponsor, name=name) for name in ("Imani Okafor", "Omar Haddad-Quill"))
    a_grant(a_folder(owner=sponsor), carola, ends_at=at - timedelta(days=3))
    a_grant(a_folder(owner=sponsor), omar, ends_at=at - timedelta(days=3), revoked_at=at)  # as if never given
    a_grant(a_folder(owner=a_sponsor()), carola)  # lives on, but is another's
    for guest in (rosalind, imani):
        a_grant(a_folder(owner=sponsor), guest, ends_at=at + timedelta(days=2))
    a_grant(a_folder(owner=sponsor), imani, ends_at=at + timedelta(days=60))

    def listed(state):
        return [words for words in at_home.get(f"/guests?state={state}").text.split() if words in NAMES]

    assert listed("ended") == ["Carola"]
    assert listed("active") == ["Omar", "Imani", "Rosalind"]
    assert listed("ending") == ["Imani", "Rosalind"]
    assert "Ended nothing now" in at_home.get("/guests?search=carola").text
    assert "Ends in 2 days" in at_home.get("/guests?search=rosalind").text
    assert "The first of 2 ends in 2 days" in at_home.get("/guests?search=imani").text


def test_the_list_takes_five_queries_at_most(at_home, sponsor):
    for _ in range(3):
        a_grant(a_folder(owner=sponsor), a_guest(sponsor=sponsor))
    at_home.get("/guests")
    sent = []
    listener = lambda *facts: sent.append(facts[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)
    at_home.get("/guests")
    event.remove(db.engine, "before_cursor_execute", listener)

    assert len([statement for statement in sent if statement.lstrip().startswith("SELECT")]) <= 5


def test_pages_of_guests(at_home, sponsor):
    for _ in range(27):
        a_guest(sponsor=sponsor, state=UserState.INVITED, activated_at=None, accepted=False)

    assert "1 to 25 of 27" in at_home.get("/guests").text
    assert "26 to 27 of 27" in at_home.click("Older").text


def test_a_guest_s_page_shows_what_one_shares_and_the_letters(at_home, sponsor, invited):
    other = a_sponsor()
    a_grant(a_video_session(owner=other, title="Two voices on salt"), invited)

    page = at_home.get(f"/guests/{invited.key}")

    assert "What your gift built" in page.text
    assert "Two voices on salt" not in page.text
    assert "Invitation" in page.text
    assert sponsor.display_name in page.text


def test_a_guest_s_page_says_what_they_used_and_saw(at_home, sponsor):
    guest = a_guest(sponsor=sponsor)
    on = a_video_session(owner=sponsor, length_seconds=100.0)
    grant = a_grant(on, guest, views_limit=2, begins_at=datetime.now(UTC) - timedelta(days=1))
    watched = [[0, 250], [500, 750]]
    with transaction():
        db.session.add(ViewBudget(grant_id=grant.id, video_session_id=on.id, taken=1))
        db.session.add(
            WatchRecord(
                user_id=guest.id,
                video_session_id=on.id,
                opens=2,
                watched=watched,
                watched_seconds=50.0,
                watched_at=datetime.now(UTC),
            )
        )

    page = at_home.get(f"/guests/{guest.key}")

    for words in ("1 of 2 left", "50%", "opened twice", "never signed in", "See the portal as this guest"):
        assert words in page.text + " ".join(page.buttons)


def test_an_admin_sees_all(client, invited):
    client.sign_in_as(an_admin())

    assert NEW in client.get("/guests").text
    assert client.get(f"/guests/{invited.key}").status == 200


def test_another_sponsor_s_guest_is_not_there(client, invited):
    client.sign_in_as(a_sponsor())

    for path in ("", "/invitation/withdraw", "/address"):
        assert client.get(f"/guests/{invited.key}{path}").status == 404


def test_the_invitation_is_sent_again_and_the_older_link_dies(at_home, invited):
    at_home.get(f"/guests/{invited.key}")

    done = at_home.press("Send the invitation again", follow=True)

    older, fresh = invitations()
    assert f"A fresh invitation is on its way to {NEW}" in done.notices[0]
    assert older.replaced_at
    assert fresh.note == "Do come."


def test_the_invitation_is_withdrawn_after_a_question(at_home, invited):
    at_home.get(f"/guests/{invited.key}")
    page = at_home.click("Withdraw the invitation…")
    assert page.heading == f"Withdraw the invitation of {NEW}?"

    at_home.press("Withdraw the invitation", follow=True)

    assert invitations()[0].withdrawn_at
    assert db.session.scalars(select(Grant)).one().revoked_at


def test_who_has_set_up_can_be_neither_resent_nor_withdrawn(at_home, sponsor):
    guest = a_guest(sponsor=sponsor)

    page = at_home.get(f"/guests/{guest.key}")

    assert "Send the invitation again" not in page.buttons
    assert at_home.get(f"/guests/{guest.key}/invitation/withdraw").location == f"/guests/{guest.key}"
    assert at_home.get(f"/guests/{guest.key}/address").location == f"/guests/{guest.key}"


@pytest.mark.parametrize(
    ("typed", "error"), [("nobody", "“nobody” is not a mail address"), ("", "Enter a mail address")]
)
def test_a_correction_that_is_no_address_is_answered_by_the_field(at_home, invited, typed, error):
    at_home.get(f"/guests/{invited.key}/address")

    page = at_home.press("Send a fresh invitation", address=typed)

    assert page.status == 422
    assert page.errors == [f"Error: {error}"]
    assert page.value("address") == typed


def test_a_correction_to_somebody_else_s_address_is_refused(at_home, invited):
    theirs = a_guest().address
    at_home.get(f"/guests/{invited.key}/address")

    page = at_home.press("Send a fresh invitation", address=theirs.upper())

    assert page.status == 422
    assert "has an account or an invitation of its own" in page.errors[0]
    db.session.refresh(invited)
    assert invited.address == NEW


def test_only_who_answers_for_a_guest_corrects_the_address(client, invited):
    second = a_sponsor()
    a_grant(a_folder(owner=second), invited)
    client.sign_in_as(second)

    assert client.get(f"/guests/{invited.key}").status == 200
    assert client.get(f"/guests/{invited.key}/address").status == 404


def test_the_end_of_an_account_is_set_and_a_wrong_one_is_answered_by_the_field(at_home, sponsor):
    guest = a_guest(sponsor=sponsor)
    a_grant(a_folder(owner=sponsor), guest)
    page = at_home.get(f"/guests/{guest.key}/end")
    assert page.heading == "When the account ends"

    wrong = at_home.press("Save the end", until="4 Dec 2020")
    assert wrong.status == 422
    assert wrong.errors == ["Error: “Account until” lies in the past: 4 December 2020"]
    assert wrong.value("until") == "4 Dec 2020"
    assert at_home.press("Save the end", until="someday").status == 422
    done = at_home.press("Save the end", follow=True, until="4 Dec 2099 18:00")

    assert "works until Friday 4 December 2099, 18:00" in done.notices[0]
    assert "Friday 4 December 2099, 18:00" in done.text
    assert "One thing is shared with them for longer" in at_home.get(f"/guests/{guest.key}/end").text
    assert "Nothing has changed" in at_home.press("Save the end", follow=True).notices[0]


def test_the_second_who_sets_an_end_is_told_of_the_first_and_can_save_again(at_home, sponsor):
    guest = a_guest(sponsor=sponsor)
    admin, first = an_admin(), datetime(2099, 1, 1, tzinfo=UTC)
    at_home.get(f"/guests/{guest.key}/end")
    with transaction():
        account_ends.set_end(guest, first, seen=None, by=admin, at=datetime.now(UTC))

    told = at_home.press("Save the end", until="4 Dec 2099")
    assert told.status == 409
    assert "Somebody set it meanwhile: until Thursday 1 January 2099" in told.errors[0]
    at_home.press("Save the end", follow=True)

    db.session.refresh(guest)
    assert guest.ends_at == datetime(2099, 12, 4, 22, 59, tzinfo=UTC)


@pytest.mark.parametrize("shown", ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00", "2026-12-04", "x"])
def test_a_forged_end_that_was_shown_is_none(at_home, sponsor, shown):
    guest = a_guest(sponsor=sponsor)
    at_home.get(f"/guests/{guest.key}/end")

    assert at_home.press("Save the end", shown=shown, until="4 Dec 2099").status == 303


def test_only_who_answers_for_a_guest_sets_the_account_s_end(client, invited):
    second = a_sponsor()
    a_grant(a_folder(owner=second), invited)
    client.sign_in_as(second)

    assert "Change" not in client.get(f"/guests/{invited.key}").links
    assert client.get(f"/guests/{invited.key}/end").status == 404
