"""The page of a recording's rules: published, its window, its password, who looks after it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.basics import dates, typed_dates
from portal.domain import co_owners, publishing, session_passwords, sign_ins
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, PasswordUnlock
from tests.factories import a_folder, a_grant, a_guest, a_sign_in_token, a_sponsor, a_video_session, an_admin
from tests.web.admin.counting import queries_of

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture
def browser(client, sponsor):
    client.sign_in_as(sponsor)
    return client


@pytest.fixture
def video_session(sponsor):
    return a_video_session(owner=sponsor, title="What your gift built")


@pytest.fixture
def address(video_session):
    return f"/sessions/{video_session.key}/watching"


def fresh(video_session):
    db.session.expire_all()
    return video_session


def typed(at):
    return typed_dates.typed(at, tools().settings.time_zone)


def given_password(video_session, by, password="maple-otter"):
    hashed = session_passwords.hashed(password)
    with transaction():
        session_passwords.set_password(video_session, hashed, version=None, by=by, at=NOW)


def unlocked_by(video_session, guest):
    sign_in = sign_ins.find(a_sign_in_token(guest), at=datetime.now(UTC)).sign_in
    with transaction():
        db.session.add(
            PasswordUnlock(
                sign_in_id=sign_in.id,
                video_session_id=video_session.id,
                password_version=video_session.password_version,
                created_at=NOW,
            )
        )


# The head


def test_the_head_says_how_it_stands(browser, sponsor):
    folder = a_folder(owner=sponsor, title="Donors 2026")
    it = a_video_session(folder=folder, password_hash="v1$x", password_version=1)

    text = browser.get(f"/sessions/{it.key}/watching").text

    assert "Published Video password set Donors 2026 Name over the picture" in text
    assert "people opened it 0 views taken 0 watched it whole 0" in text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"is_published": False}, "Not published"),
        ({"opens_at": 30 * DAY}, "Opens "),
        ({"opens_at": 3 * DAY}, "Opens in 3 days"),
        ({"closes_at": 3 * DAY}, "Closes in 3 days"),
        ({"closes_at": -DAY}, "Closed "),
    ],
)
def test_the_first_tag_says_whether_it_can_be_watched_now(browser, sponsor, given, said):
    from_now = {name: NOW + value if isinstance(value, timedelta) else value for name, value in given.items()}
    it = a_video_session(owner=sponsor, title="Recording", shows_name=False, **from_now)
    a_grant(it)

    assert said in browser.get(f"/sessions/{it.key}/watching").text
    text = browser.get("/sessions").text
    assert said in text
    assert ("1 person" if it.is_open(NOW) else "1 named, not now") in text


def test_the_page_takes_few_queries(browser, video_session, sponsor):
    given_password(video_session, sponsor)
    for other in (a_sponsor(), a_sponsor()):
        with transaction():
            co_owners.add(video_session, other.address, by=sponsor, at=NOW)

    assert len(queries_of(lambda: browser.get(f"/sessions/{video_session.key}/watching"))) <= 5


# Publishing


def test_taking_back_says_who_loses_it_and_publishing_brings_it_back(browser, video_session, address):
    a_grant(video_session)
    a_grant(video_session)

    browser.get(address)
    question = browser.click("Take it back…")
    assert question.heading == "Take “What your gift built” back?"
    assert "2 people named on it can no longer watch, and read that it is not published at the moment." in question.text
    back = browser.press("Take it back", follow=True)

    assert "“What your gift built” is taken back" in back.notices[0]
    assert "2 people wait for it." in back.text
    assert not fresh(video_session).is_published
    assert "is published" in browser.press("Publish it", follow=True).notices[0]
    assert fresh(video_session).is_published


def test_a_guest_named_on_what_was_taken_back_reads_that_it_is_not_published(browser, new_client, sponsor):
    video_session = a_video_session(owner=sponsor)
    guest = a_guest()
    a_grant(video_session, guest)
    with transaction():
        publishing.unpublish(video_session, by=sponsor, at=NOW)
    theirs = new_client()
    theirs.sign_in_as(guest)

    page = theirs.get(f"/watch/{video_session.key}")

    assert page.status == 403
    assert "not published" in page.heading


# The window


def test_a_window_is_saved_in_the_portals_zone_and_shown_in_full(browser, video_session, address):
    opens, closes = (NOW + 10 * DAY).replace(second=0, microsecond=0), (NOW + 20 * DAY).replace(second=0, microsecond=0)

    browser.get(address)
    page = browser.press("Save these rules", opens=typed(opens), closes=typed(closes), follow=True)

    assert page.notices == ["The rules are saved"]
    assert (fresh(video_session).opens_at, video_session.closes_at) == (opens, closes)
    assert dates.long_date(opens, tools().settings.time_zone) in page.text
    assert page.value("opens") == typed(opens)
    assert browser.press("Save these rules", follow=True).notices == ["Nothing has changed"]


def test_a_day_alone_opens_at_its_start_and_closes_at_its_end(browser, video_session, address):
    browser.get(address)
    browser.press("Save these rules", opens="4 Dec 2030", closes="4 Dec 2030", follow=True)

    zone = ZoneInfo(tools().settings.time_zone)
    opens, closes = fresh(video_session).opens_at, video_session.closes_at
    assert (f"{opens.astimezone(zone):%H:%M}", f"{closes.astimezone(zone):%H:%M}") == ("00:00", "23:59")


@pytest.mark.parametrize(
    ("opens", "closes", "fault"),
    [
        ("5.12.2030 18:00", "4.12.2030 18:00", "Error: “Closes” must come after “Opens”"),
        ("4.12.2030 18:00", "4.12.2030 18:00", "Error: “Closes” must come after “Opens”"),
        ("", "4.12.2020", "Error: “Closes” lies in the past. To end it now, take the recording back"),
        ("soon", "", "Error: Write the day like 4 Dec 2026 or 4.12.2026, and the time like 18:00"),
        ("", "31.2.2030", "Error: There is no 31 February 2030"),
    ],
)
def test_faults_stand_beside_their_field_and_nothing_typed_is_lost(
    browser, video_session, address, opens, closes, fault
):
    browser.get(address)

    page = browser.press("Save these rules", opens=opens, closes=closes, shows_name=None)

    assert page.status == 422
    assert page.errors == [fault]
    assert (page.value("opens"), page.value("closes"), page.value("shows_name")) == (opens, closes, None)
    assert (fresh(video_session).opens_at, video_session.shows_name) == (None, True)


def test_two_faults_are_told_at_once(browser, address):
    browser.get(address)

    page = browser.press("Save these rules", opens="soon", closes="4.12.2020")

    assert len(page.errors) == 2


@pytest.mark.settings(time_zone="Europe/Berlin")
def test_a_time_that_the_clocks_skip_is_refused(browser, address):
    browser.get(address)

    page = browser.press("Save these rules", opens="31.3.2030 02:30")

    assert page.status == 422
    assert page.errors == ["Error: The clocks go forward that day: there is no 02:30"]


@pytest.mark.settings(time_zone="Europe/Berlin")
def test_a_time_that_comes_twice_stays_the_one_that_was_saved(browser, sponsor):
    """02:30 comes at 00:30 and at 01:30 UTC when the clocks go back; saving something else must not move it."""
    second = datetime(2030, 10, 27, 1, 30, tzinfo=UTC)
    it = a_video_session(owner=sponsor, opens_at=second)

    browser.get(f"/sessions/{it.key}/watching")
    browser.press("Save these rules", shows_name=None, follow=True)

    assert fresh(it).opens_at == second
    assert not it.shows_name


def test_download_and_small_window_are_allowed_here(browser, video_session, address):
    page = browser.get(address)
    assert (page.value("allows_download"), page.value("allows_small_window")) == (None, None)

    browser.press("Save these rules", allows_download="y", allows_small_window="y", follow=True)

    it = fresh(video_session)
    assert (it.allows_download, it.allows_small_window, it.shows_name) == (True, True, True)
    assert "Can be downloaded" in browser.get(address).text


def test_the_second_editor_reads_what_the_first_saved(browser, new_client, video_session, address):
    other = new_client()
    other.sign_in_as(an_admin())
    browser.get(address)
    other.get(address)
    other.press("Save these rules", closes="4.12.2030 18:00", shows_name=None)

    page = browser.press("Save these rules", closes="11.12.2030 18:00")

    assert page.status == 409
    assert "Somebody saved these rules after you opened them." in page.text
    assert "closes Wednesday 4 December 2030, 18:00" in page.text
    assert "name over the picture off" in page.text
    assert page.value("closes") == "11.12.2030 18:00"
    assert browser.press("Save these rules", follow=True).notices == ["The rules are saved"]


# The password


def test_a_password_is_set_and_never_shown_again(browser, video_session, address):
    assert "None. Only people who are named can watch." in browser.get(address).text

    page = browser.press("Set the password", password="maple-otter", follow=True)

    assert "The password is set" in page.notices[0]
    assert "maple-otter" not in page.response.text
    assert "It is open like this in no browser now." in page.text
    assert tools().hasher.matches("maple-otter", fresh(video_session).password_hash)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", "Error: Enter a password"),
        ("short", "Error: Use at least 8 characters. Two or three words do well."),
        ("password1", "Error: This password is on lists of stolen ones. Choose another."),
    ],
)
def test_a_weak_one_is_refused_beside_the_field_and_not_sent_back(browser, video_session, address, password, fault):
    browser.get(address)

    page = browser.press("Set the password", password=password)

    assert page.status == 422
    assert page.errors == [fault]
    assert page.value("password") in ("", None)
    assert fresh(video_session).password_hash is None


def test_changing_it_says_how_many_browsers_it_is_open_in(browser, sponsor, video_session, address):
    given_password(video_session, sponsor)
    unlocked_by(video_session, a_guest())
    unlocked_by(video_session, a_guest())

    page = browser.get(address)
    assert "It is open like this in 2 browsers now." in page.text
    assert "Changing it ends at once what the present one opened in 2 browsers." in page.text
    done = browser.press("Change the password", password="copper lantern", follow=True)

    assert "What the older one opened is closed." in done.notices[0]
    assert "It is open like this in no browser now." in done.text


def test_removing_it_is_asked_first(browser, sponsor, video_session, address):
    given_password(video_session, sponsor)
    unlocked_by(video_session, a_guest())

    browser.get(address)
    question = browser.click("Remove the password…")
    assert "It is open by the password in 1 browser now; what plays there stops at once." in question.text
    done = browser.press("Remove the password", follow=True)

    assert "The password is removed" in done.notices[0]
    assert fresh(video_session).password_hash is None
    assert browser.get(f"/sessions/{video_session.key}/password/remove").status == 303


def test_two_who_change_it_at_once(browser, sponsor, video_session, address):
    browser.get(address)
    given_password(video_session, sponsor, "copper lantern")

    page = browser.press("Set the password", password="maple-otter")

    assert page.status == 409
    assert "Somebody changed the password after you opened this page." in page.errors[0]
    assert tools().hasher.matches("copper lantern", fresh(video_session).password_hash)
    assert browser.press("Change the password", password="maple-otter", follow=True).status == 200
    assert tools().hasher.matches("maple-otter", fresh(video_session).password_hash)


# Who looks after it


@pytest.fixture
def omar(app):
    return a_sponsor(name="Omar Haddad-Quill", address="omar@quill.example")


@pytest.fixture
def looked_after(video_session, sponsor, omar):
    with transaction():
        co_owners.add(video_session, omar.address, by=sponsor, at=NOW)
    return video_session


def test_a_co_owner_is_added_and_finds_it(browser, new_client, video_session, omar, address):
    browser.get(address)
    page = browser.press("Add a co-owner", address="Omar@Quill.example", follow=True)
    theirs = new_client()
    theirs.sign_in_as(omar)

    assert "Omar Haddad-Quill looks after it with you" in page.notices[0]
    assert "looked after with Dana Lee" in theirs.get("/sessions").text
    assert "Looked after with Dana Lee" in theirs.get(f"/sessions/{video_session.key}").text
    assert theirs.get(f"/watch/{video_session.key}").status == 200


@pytest.mark.parametrize("typed", ["", "omar", "nobody@quill.example"])
def test_whoever_cannot_be_added_is_named_beside_the_field(browser, address, typed):
    browser.get(address)

    page = browser.press("Add a co-owner", address=typed)

    assert page.status == 422
    assert len(page.errors) == 1
    assert page.value("address") == typed


def test_a_co_owner_is_removed_after_a_question(browser, new_client, looked_after, omar, address):
    browser.get(address)
    question = browser.click("Remove… Omar Haddad-Quill")
    assert "Omar Haddad-Quill no longer finds this recording" in question.text
    browser.press("Remove Omar Haddad-Quill", follow=True)
    theirs = new_client()
    theirs.sign_in_as(omar)

    assert theirs.get(f"/sessions/{looked_after.key}").status == 404


def test_a_co_owner_can_do_all_but_what_is_the_owners(client, looked_after, omar, address):
    client.sign_in_as(omar)
    key = looked_after.key

    page = client.get(address)
    assert "Add a co-owner" not in page.buttons
    assert "Only Dana Lee or an admin can change this." in page.text
    assert client.press("Save these rules", shows_name=None, follow=True).notices == ["The rules are saved"]
    assert "Delete this recording…" not in client.get(f"/sessions/{key}/settings").links
    assert client.get(f"/sessions/{key}/delete").status == 403
    token = client.get(address).value("csrf_token")
    for path, data in (
        ("delete", {}),
        ("co-owners", {"address": "x@quill.example"}),
        (f"co-owners/{omar.key}/remove", {}),
    ):
        answer = client.open("POST", f"/sessions/{key}/{path}", data={"csrf_token": token, **data})
        assert answer.status == 403, path


def test_a_co_owner_is_not_led_to_the_owners_folder(client, sponsor, omar):
    folder = a_folder(owner=sponsor, title="Donors 2026")
    it = a_video_session(folder=folder)
    with transaction():
        co_owners.add(it, omar.address, by=sponsor, at=NOW)
    client.sign_in_as(omar)

    page = client.get("/sessions")

    assert "Donors 2026" in page.text
    assert "Donors 2026" not in page.links


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "watching"),
        ("POST", "watching"),
        ("POST", "publish"),
        ("GET", "unpublish"),
        ("POST", "unpublish"),
        ("POST", "password"),
        ("GET", "password/remove"),
        ("POST", "password/remove"),
        ("POST", "co-owners"),
    ],
)
def test_the_rules_of_others_do_not_exist(browser, method, path):
    theirs = a_video_session()
    token = browser.get("/sessions/new").value("csrf_token")
    data = {"csrf_token": token, "password": "maple-otter", "address": "x@quill.example"} if method == "POST" else None

    answer = browser.open(method, f"/sessions/{theirs.key}/{path}", data=data)

    assert answer.status == 404
    assert fresh(theirs).password_hash is None
    assert theirs.is_published
    kinds = set(db.session.scalars(db.select(AuditEvent.kind)))
    assert not any(kind.startswith("session:") for kind in kinds)
