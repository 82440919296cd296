"""The sponsor's folders in pages."""

import pytest

from portal.storage.db import db
from portal.storage.models import Folder
from tests.factories import a_folder, a_grant, a_video_session, an_admin


@pytest.fixture
def browser(client, sponsor):
    client.sign_in_as(sponsor)
    return client


def folders():
    return [folder.title for folder in db.session.scalars(db.select(Folder).order_by(Folder.id))]


def test_a_folder_is_made(browser):
    browser.get("/sessions")
    browser.click("Make a folder")
    page = browser.press("Make the folder", title="  Donors   2026 ", follow=True)

    assert page.heading == "Donors 2026"
    assert "Nothing in this folder yet" in page.text
    assert "Donors 2026 (0 recordings)" in browser.get("/sessions").links


def test_a_folder_needs_a_name(browser):
    browser.get("/folders/new")

    assert browser.press("Make the folder", title="  ").errors == ["Error: Say what it is called"]
    long = browser.press("Make the folder", title="é" * 201)
    assert long.errors == ["Error: Titles have at most 200 characters; this one has 201."]
    assert long.value("title") == "é" * 201
    assert long.status == 422


def test_the_same_form_sent_twice_makes_one_folder(browser):
    browser.get("/folders/new")
    form = browser.current
    first = browser.press("Make the folder", title="Jury")
    browser.current = form

    second = browser.press("Make the folder", title="Jury")

    assert second.location == first.location
    assert folders() == ["Jury"]


def test_a_folder_shows_its_recordings_and_leads_to_its_people(browser, sponsor):
    folder = a_folder(owner=sponsor, title="Jury")
    a_video_session(folder=folder, title="Quartet")
    a_video_session(owner=sponsor, title="Elsewhere")
    a_grant(folder)

    page = browser.get(f"/folders/{folder.key}")

    assert "Quartet" in page.links
    assert "Elsewhere" not in page.links
    assert "person named on it 1" in page.text
    assert page.links["Upload a recording"] == f"/sessions/new?folder={folder.key}"
    assert page.links["Who can watch"] == f"/folders/{folder.key}/people"


def test_a_folder_is_renamed(browser, sponsor):
    folder = a_folder(owner=sponsor, title="Jury")
    browser.get(f"/folders/{folder.key}/settings")

    assert browser.press("Rename the folder", title="").status == 422
    assert browser.press("Rename the folder", title="Jury 2026", follow=True).heading == "Jury 2026"


def test_deleting_says_what_ends_and_what_stays(browser, sponsor):
    folder = a_folder(owner=sponsor, title="Jury")
    video_session = a_video_session(folder=folder, title="Quartet")
    a_grant(folder)

    browser.get(f"/folders/{folder.key}/settings")
    question = browser.click("Delete this folder…")
    assert question.heading == "Delete the folder “Jury”?"
    assert "Its 1 recording stays in your sessions" in question.text
    assert "1 person is named on the folder and can no longer watch" in question.text
    page = browser.press("Delete the folder", follow=True)

    assert "The folder “Jury” is deleted" in page.notices[0]
    assert page.links["Quartet"] == f"/sessions/{video_session.key}"
    assert "nobody yet" in page.text
    assert folders() == []


@pytest.mark.parametrize("path", ["", "/settings", "/delete"])
def test_what_is_another_sponsors_does_not_exist(browser, path):
    theirs = a_folder()

    there, missing = browser.get(f"/folders/{theirs.key}{path}"), browser.get(f"/folders/nobodyskey234567{path}")

    assert there.status == missing.status == 404
    assert there.text == missing.text


@pytest.mark.parametrize("path", ["/settings", "/delete"])
def test_nothing_of_another_sponsor_can_be_changed(browser, path):
    theirs = a_folder(title="Theirs")
    token = browser.get("/folders/new").value("csrf_token")

    answer = browser.open("POST", f"/folders/{theirs.key}{path}", data={"csrf_token": token, "title": "Mine"})

    assert answer.status == 404
    assert folders() == ["Theirs"]


def test_admins_see_every_folder(client, sponsor):
    folder = a_folder(owner=sponsor, title="Jury")
    client.sign_in_as(an_admin())

    assert client.get(f"/folders/{folder.key}").heading == "Jury"
