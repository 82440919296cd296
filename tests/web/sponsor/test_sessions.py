"""The sponsor's recordings in pages: the list, one of them, its settings, its end."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.storage.db import db
from portal.storage.models import VideoState
from tests.factories import a_folder, a_grant, a_guest, a_video_session, an_admin
from tests.web.admin.counting import queries_of

NOW = datetime.now(UTC)


@pytest.fixture
def browser(client, sponsor):
    client.sign_in_as(sponsor)
    return client


def test_a_new_sponsor_is_told_what_to_do_first(browser):
    page = browser.get("/sessions")

    assert "No recordings yet" in page.text
    assert page.links["Upload a recording"] == "/sessions/new"


def test_the_list_says_state_folder_and_how_many_can_watch(browser, sponsor):
    folder = a_folder(owner=sponsor, title="Donors 2026")
    video_session = a_video_session(folder=folder, title="What your gift built")
    a_video_session(owner=sponsor, title="Rehearsal", state=VideoState.PROCESSING, progress=40, ready_at=None)
    a_video_session(owner=sponsor, title="Cut off", state=VideoState.FAILED, ready_at=None, failure="It is cut off.")
    guest = a_guest()
    a_grant(video_session, guest)
    a_grant(folder, guest)
    a_grant(folder)

    text = browser.get("/sessions").text

    assert "What your gift built Donors 2026 Published" in text
    assert "2 people" in text  # the one who is named twice counts once
    assert "Being prepared, 40%" in text
    assert "Failed" in text


def test_the_list_is_found_by_words_folder_and_state(browser, sponsor):
    folder = a_folder(owner=sponsor, title="Jury")
    a_video_session(folder=folder, title="Quartet in C")
    a_video_session(owner=sponsor, title="100% Wool")
    failed = a_video_session(owner=sponsor, title="Broken", state=VideoState.FAILED, ready_at=None, failure="Cut.")

    assert "100% Wool" in browser.get("/sessions?words=100%25 w").text
    assert "Quartet" not in browser.get("/sessions?words=%25").text
    assert "Quartet in C" in browser.get(f"/sessions?folder={folder.key}").text
    assert "Wool" not in browser.get(f"/sessions?folder={folder.key}").text
    assert "Quartet" not in browser.get("/sessions?folder=none").text
    assert browser.get("/sessions?state=failed").links[failed.title] == f"/sessions/{failed.key}"
    assert "Wool" not in browser.get("/sessions?state=failed").text
    assert "No recording fits" in browser.get("/sessions?words=nowhere").text
    assert browser.get("/sessions?state=strange&before=x&after=%00&words=%00").status == 200


def test_a_longer_list_offers_to_find(browser, sponsor):
    for title in ("Quartet in C", "Quintet", "Open day", "Rehearsal", "Evening lecture", "Phone film"):
        a_video_session(owner=sponsor, title=title)

    browser.get("/sessions")
    page = browser.press("Find", words="quartet")

    assert "Quartet in C" in page.links
    assert "Quintet" not in page.links
    assert page.value("words") == "quartet"


def test_pages_of_the_list_lead_to_one_another(browser, sponsor):
    titles = [a_video_session(owner=sponsor, title=f"Evening {number}").title for number in range(30)]

    first = browser.get("/sessions")
    second = browser.click("Older")
    back = browser.click("Newer")

    assert titles[29] in first.links
    assert titles[5] in first.links
    assert titles[4] not in first.links
    assert titles[4] in second.links
    assert set(back.links) == set(first.links)


def test_the_list_takes_few_queries_however_long_it_is(browser, sponsor):
    folders = [a_folder(owner=sponsor) for _ in range(3)]
    for number in range(25):
        a_grant(a_video_session(folder=folders[number % 3]))

    assert len(queries_of(lambda: browser.get("/sessions"))) <= 5


@pytest.mark.parametrize("path", ["", "/progress", "/settings", "/delete", "/upload"])
def test_what_is_another_sponsors_does_not_exist(browser, path):
    theirs = a_video_session(state=VideoState.FAILED, ready_at=None, failure="Cut.")

    there, missing = browser.get(f"/sessions/{theirs.key}{path}"), browser.get(f"/sessions/nobodyskey234567{path}")

    assert there.status == missing.status == 404
    assert there.text == missing.text


@pytest.mark.parametrize("path", ["/settings", "/delete", "/retry"])
def test_nothing_of_another_sponsor_can_be_changed(browser, sponsor, path):
    theirs = a_video_session(title="Theirs", state=VideoState.FAILED, ready_at=None, failure="Cut.")
    token = browser.get("/sessions/new").value("csrf_token")

    answer = browser.open("POST", f"/sessions/{theirs.key}{path}", data={"csrf_token": token, "title": "Mine"})

    assert answer.status == 404
    db.session.expire_all()
    assert (theirs.title, theirs.state) == ("Theirs", VideoState.FAILED)


def test_guests_have_no_library(client, app):
    client.sign_in_as(a_guest())

    assert client.get("/sessions").status == 403
    assert client.get("/sessions/new").status == 403
    assert client.get("/folders/new").status == 403


def test_admins_see_everyones_with_the_owner(client, sponsor):
    video_session = a_video_session(owner=sponsor, title="Open day")
    client.sign_in_as(an_admin())

    assert "Dana Lee" in client.get("/sessions").text
    assert client.get(f"/sessions/{video_session.key}").heading == "Open day"


def test_the_page_of_one_says_what_is_true_now(browser, sponsor):
    video_session = a_video_session(owner=sponsor, title="عرض المانحين 🎓")
    a_grant(video_session)
    a_grant(video_session, ends_at=NOW - timedelta(days=1))
    a_grant(video_session, revoked_at=NOW)

    page = browser.get(f"/sessions/{video_session.key}")

    assert page.heading == "عرض المانحين 🎓"
    assert "1 person can watch" in page.text
    assert page.links["Watch"] == f"/watch/{video_session.key}"


def test_while_it_is_prepared_the_page_says_how_far(browser, sponsor):
    video_session = a_video_session(owner=sponsor, state=VideoState.PROCESSING, progress=40, ready_at=None)

    page = browser.get(f"/sessions/{video_session.key}")
    answer = browser.get(f"/sessions/{video_session.key}/progress")

    assert "You can invite people meanwhile" in page.text
    assert "Being prepared, 40%" in page.text
    assert page.links["Look again"] == f"/sessions/{video_session.key}"
    assert "Watch" not in page.links
    assert answer.response.json == {"is_prepared": True, "percent": 40, "version": 0}


def test_a_failed_one_says_why_and_can_be_tried_again(browser, sponsor):
    video_session = a_video_session(
        owner=sponsor,
        state=VideoState.FAILED,
        ready_at=None,
        failure="There is neither picture nor sound in this file.",
    )
    page = browser.get(f"/sessions/{video_session.key}")
    assert "There is neither picture nor sound in this file." in page.text
    again = browser.press("Try again with the same file", follow=True)

    assert "Being prepared, 0%" in again.text


def test_settings_are_saved(browser, sponsor):
    folder = a_folder(owner=sponsor, title="Jury")
    video_session = a_video_session(owner=sponsor, title="Quartet")

    browser.get(f"/sessions/{video_session.key}/settings")
    page = browser.press(
        "Save the settings", title="Quartet in C", description="Two\r\nlines", folder=folder.key, follow=True
    )

    assert page.notices == ["The settings are saved"]
    assert page.heading == "Quartet in C"
    db.session.expire_all()
    assert (video_session.description, video_session.folder_id) == ("Two\nlines", folder.id)


def test_who_speaks_when_it_was_and_tags_are_settings_too(browser, sponsor):
    video_session = a_video_session(owner=sponsor, title="Quartet")

    browser.get(f"/sessions/{video_session.key}/settings")
    told = {"presenter": "Ines Calder", "recorded_on": "4.12.2019", "tags": "Strings, legal hold, strings"}
    page = browser.press("Save the settings", **told, follow=True)

    assert page.value("recorded_on") == "4 Dec 2019"
    assert page.value("tags") == "legal hold, strings"
    listed = browser.get("/sessions?tag=Strings").text
    assert "Ines Calder" in listed
    assert "Tags: legal hold, strings" in listed
    for search in ("words=ines quar", "words=legal", "tag=legal hold"):
        assert "Quartet" in browser.get(f"/sessions?{search}").text
    assert "No recording fits" in browser.get("/sessions?tag=legal").text


@pytest.mark.parametrize(
    ("field", "typed", "answer"),
    [
        ("recorded_on", "1 Jan 2099", "The day of the recording lies ahead."),
        ("recorded_on", "last spring", "Write the day like 4 Dec 2026"),
        ("presenter", "x" * 201, "Names of presenters have at most 200 characters; these have 201."),
        ("tags", "x" * 41, "A tag has at most 40 characters."),
        ("tags", ",".join(str(number) for number in range(30)), "A recording has at most 20 tags; these are 30."),
    ],
)
def test_what_cannot_be_told_of_a_recording_is_said_beside_the_field(browser, sponsor, field, typed, answer):
    video_session = a_video_session(owner=sponsor, title="Quartet")

    browser.get(f"/sessions/{video_session.key}/settings")
    page = browser.press("Save the settings", title="Kept", **{field: typed})

    assert page.status == 422
    assert answer in page.errors[0]
    assert (page.value(field), page.value("title")) == (typed, "Kept")


def test_faulty_settings_keep_what_was_typed(browser, sponsor):
    video_session = a_video_session(owner=sponsor)

    browser.get(f"/sessions/{video_session.key}/settings")
    page = browser.press("Save the settings", title="x" * 300, description="Kept")

    assert page.status == 422
    assert page.errors == ["Error: Titles have at most 200 characters; this one has 300."]
    assert page.value("title") == "x" * 300
    assert page.value("description") == "Kept"


def test_anothers_folder_cannot_be_chosen(browser, sponsor):
    theirs, video_session = a_folder(), a_video_session(owner=sponsor)

    browser.get(f"/sessions/{video_session.key}/settings")
    page = browser.press("Save the settings", folder=theirs.key)

    assert page.status == 422
    assert page.errors == ["Error: This folder is not there any more. Choose another."]


def test_the_second_editor_is_told(browser, new_client, sponsor):
    video_session = a_video_session(owner=sponsor, title="First")
    other = new_client()
    other.sign_in_as(an_admin())
    browser.get(f"/sessions/{video_session.key}/settings")
    other.get(f"/sessions/{video_session.key}/settings")
    other.press("Save the settings", title="Second")

    page = browser.press("Save the settings", title="Third")

    assert page.status == 409
    assert "Somebody saved this recording after you opened it." in page.text
    assert page.value("title") == "Third"
    assert browser.press("Save the settings", follow=True).heading == "Third"


def test_deleting_says_who_loses_it_first(browser, sponsor):
    video_session = a_video_session(owner=sponsor, title="Old lecture")
    address = f"/sessions/{video_session.key}"
    a_grant(video_session)
    a_grant(video_session)

    browser.get(f"{address}/settings")
    question = browser.click("Delete this recording…")
    assert question.heading == "Delete “Old lecture”?"
    assert "2 people can watch it now and lose it at once." in question.text
    assert "It lies in the bin until" in question.text
    done = browser.press("Put it in the bin", follow=True)

    assert done.notices == ["“Old lecture” is in the bin for 30 days"]
    assert browser.get(address).status == 404
    assert "Old lecture" not in browser.get("/sessions").text
    assert "Old lecture" in browser.click("Bin").text


def test_titles_are_text_and_not_markup(browser, sponsor):
    video_session = a_video_session(owner=sponsor, title="<b>Bold</b> & “more”")

    for path in ("", "/settings", "/delete"):
        assert "<b>Bold</b> & “more”" in browser.get(f"/sessions/{video_session.key}{path}").heading
