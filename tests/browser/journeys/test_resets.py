"""An event is over and a tablet was left behind: an admin stops every password, and follows the letters to the end."""

import pytest
from playwright.sync_api import Page, expect

from portal.basics.roles import Role
from portal.storage.db import db
from portal.storage.models import User
from tests import factories
from tests.browser.pages.way_in import NewPassword, SignIn
from tests.browser.running import LANTERN, RunningPortal, eventually, links_of
from tests.factories import A_PASSWORD
from tests.mail_server import MailServer

pytestmark = pytest.mark.only_on("sqlite")  # letters and pages are looked at, not the database

RUTH = "ruth.ambler@aldermere.example"
IMANI, YUKI, OMAR = "imani.okafor@brightwater.example", "yuki@sakura.example", "omar@quill.example"


@pytest.fixture
def guests(portal: RunningPortal) -> None:
    """Three guests of Dana's, and Ruth, an admin; all with the same password."""
    with portal.stage.app_context():
        dana = factories.a_sponsor(name="Dana Lee", address="dana.lee@aldermere.example")
        factories.a_user(Role.ADMIN, name="Ruth Ambler", address=RUTH)
        for name, address in (("Imani Okafor", IMANI), ("Yuki Tanabe", YUKI), ("Omar Quill", OMAR)):
            factories.a_guest(name=name, address=address, sponsor=dana)
        db.session.remove()


def sign_in(page: Page, portal: RunningPortal, address: str, password: str = A_PASSWORD) -> None:
    form = SignIn(page, portal.site)
    form.open()
    form.sign_in(address, password)


@pytest.mark.usefixtures("guests")
def test_passwords_are_stopped_and_each_letter_is_followed_to_its_end(
    portal: RunningPortal, mail_server: MailServer, desk: Page, phone: Page
):
    mail_server.refuse(YUKI)
    mail_server.delay(OMAR, times=1000)
    sign_in(phone, portal, IMANI)
    expect(phone.get_by_role("heading", level=1)).to_be_visible()
    sign_in(desk, portal, RUTH)

    desk.goto(f"{portal.site}/admin/people?role=guest")
    for name in ("Imani Okafor", "Yuki Tanabe", "Omar Quill"):
        desk.locator("label.pick__box", has=desk.get_by_role("checkbox", name=name)).click()
    desk.get_by_role("button", name="Reset passwords…").click()
    expect(desk.get_by_role("heading", name="Reset the passwords of 3 people?")).to_be_visible()
    desk.get_by_label("Mail each of them a link to choose a password").check()
    desk.get_by_role("textbox", name="Why").fill("Shared tablet left behind")
    desk.get_by_label("Your password", exact=True).fill("not the right one at all")
    desk.get_by_role("button", name="Reset 3 passwords").click()
    expect(desk.get_by_text("This is not your password.").first).to_be_visible()
    expect(desk.get_by_role("textbox", name="Why")).to_have_value("Shared tablet left behind")
    desk.get_by_label("Your password", exact=True).fill(A_PASSWORD)
    desk.get_by_role("button", name="Reset 3 passwords").click()

    # the page follows the letters by itself: one goes out, one is refused, one waits
    expect(desk.get_by_role("heading", name="3 passwords reset, 1 letter failed")).to_be_visible(timeout=30_000)
    desk.get_by_role("link", name="All (3)").click()
    for words in ("Came back", "Delivered", "Waiting"):
        expect(desk.get_by_role("table").get_by_text(words, exact=True)).to_be_visible(timeout=30_000)

    # the old password is as good as a wrong one, here and where they were signed in
    phone.reload()
    expect(phone.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(phone, portal, IMANI)
    expect(phone.get_by_text("do not match").first).to_be_visible()

    # the letter leads to a new one
    letter = portal.mail.next_to(IMANI)
    assert "Shared tablet left behind" in letter.text
    (link,) = {each for each in links_of(letter) if "/password/reset/" in each}
    phone.goto(link)
    NewPassword(phone, portal.site).choose(LANTERN)
    desk.reload()
    expect(desk.get_by_role("table").get_by_text("Has chosen a new one")).to_be_visible()

    # the failure is run again, and alone
    mail_server.delay(YUKI, times=0)
    desk.get_by_role("button", name="Send the letter again").click()
    expect(desk.get_by_text("1 letter leaves now")).to_be_visible()
    assert "/password/reset/" in portal.mail.next_to(YUKI).text
    with portal.stage.app_context():
        has_password = {user.address: user.password_hash is not None for user in db.session.scalars(db.select(User))}
    assert has_password[IMANI]
    assert not has_password[YUKI]
    ways_in = [letter for letter in mail_server.letters_to(IMANI) if "/password/reset/" in letter.text]
    assert len(ways_in) == 1


@pytest.mark.usefixtures("guests")
def test_no_page_waits_for_a_mail_server_that_hangs(portal: RunningPortal, mail_server: MailServer, desk: Page):
    mail_server.hang()
    sign_in(desk, portal, RUTH)

    desk.goto(f"{portal.site}/resets/new?role=guest")
    desk.get_by_label("Mail each of them a link to choose a password").check()
    desk.get_by_label("Your password", exact=True).fill(A_PASSWORD)
    desk.get_by_role("button", name="Reset 3 passwords").click()

    expect(desk.get_by_role("heading", name="3 passwords reset", exact=True)).to_be_visible()
    expect(desk.get_by_role("link", name="Waiting (3)")).to_be_visible()
    eventually(lambda: mail_server.tries, "a letter on its way")
    desk.reload()
    expect(desk.get_by_role("link", name="Waiting (3)")).to_be_visible()
