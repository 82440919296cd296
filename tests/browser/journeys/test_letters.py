"""Letters on their way: machines that open every link first, mail servers in trouble, and a sponsor without scripts."""

import time
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.browser import scenes
from tests.browser.pages.sharing import People, Recording, Upload
from tests.browser.pages.way_in import Invitation, SetUp, SignIn
from tests.browser.running import LANTERN, RunningPortal, links_of
from tests.browser.scenes import DANA
from tests.factories import A_PASSWORD
from tests.mail_server import MailServer
from tests.media_samples import CLIP
from tests.services import NewContext

pytestmark = pytest.mark.only_on("sqlite")  # letters and pages are looked at, not the database

IMANI, YUKI = "imani.okafor@brightwater.example", "yuki.tanabe@sakura.example"
NIGHT = "The summer night"
SETTLES: Literal["networkidle"] = (
    "networkidle"  # half a second without a request: whatever a script would do by itself is done
)


@pytest.fixture
def night(portal: RunningPortal) -> str:
    """The key of Dana's recording."""
    with portal.stage.app_context():
        return scenes.a_recording(scenes.dana(), NIGHT).key


@pytest.fixture
def dana(portal: RunningPortal, desk: Page, night: str) -> Page:
    """Dana's browser, on the page of her recording."""
    form = SignIn(desk, portal.site)
    form.open()
    form.sign_in(DANA, A_PASSWORD)
    expect(desk.get_by_text("Account of")).to_be_attached()
    desk.goto(f"{portal.site}/sessions/{night}")
    return desk


def names(portal: RunningPortal, page: Page, address: str) -> None:
    """Name somebody on the recording that is open. A page that waited for the mail server would be given up on."""
    people = People(page, portal.site)
    people.add(address)
    people.send("Send 1 invitation")


def test_machines_that_open_every_link_of_a_letter_change_nothing(
    portal: RunningPortal, dana: Page, new_browser: NewContext, phone: Page
):
    names(portal, dana, IMANI)
    letter = portal.mail.next_to(IMANI)
    links = [link for link in links_of(letter) if link.startswith(portal.site)]
    assert links

    scanner = new_browser()
    page = scanner.new_page()
    for link in links:
        assert scanner.request.head(link).ok
        assert scanner.request.get(link).ok
        page.goto(link, wait_until=SETTLES)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(f"{portal.site}/invitation/account", wait_until=SETTLES)
    expect(page.get_by_role("button", name="Email me the code")).to_be_visible()
    assert portal.mail.none_to(IMANI)

    invitation = Invitation(phone, portal.site).open_link(links[0])
    invitation.ask_for_code()
    invitation.give_code(portal.mail.code_to(IMANI))
    form = SetUp(phone, portal.site)
    form.fill("Imani Okafor", LANTERN)
    form.save("Save and see the recording")
    form.shows(NIGHT)


def test_a_mail_server_that_hangs_keeps_no_page_waiting(portal: RunningPortal, dana: Page, mail_server: MailServer):
    mail_server.hang()

    names(portal, dana, IMANI)

    expect(People(dana, portal.site).row(IMANI)).to_contain_text("Invited")


def test_a_letter_leaves_once_the_mail_server_is_well_again(
    portal: RunningPortal, dana: Page, mail_server: MailServer, night: str, phone: Page
):
    mail_server.delay(IMANI, times=1)

    names(portal, dana, IMANI)
    assert tried(mail_server, 1)
    with portal.stage.app_context():
        factories.an_admin(address="rosa.admin@aldermere.example")
    form = SignIn(phone, portal.site)
    form.open()
    form.sign_in("rosa.admin@aldermere.example", A_PASSWORD)
    expect(phone.get_by_text("Account of")).to_be_attached()
    phone.goto(f"{portal.site}/admin/mail?address={IMANI}")
    phone.get_by_role("table").get_by_role("link").first.click()
    form.says("The mail server asks us to try again later.")
    form.press("Try now")

    assert portal.mail.link_to(IMANI, "Dana Lee")


def tried(server: MailServer, times: int) -> bool:
    give_up = time.monotonic() + 180
    while server.tries < times and time.monotonic() < give_up:
        time.sleep(0.02)
    return server.tries >= times


def test_a_refused_letter_shows_at_the_sponsors(portal: RunningPortal, dana: Page, mail_server: MailServer, night: str):
    mail_server.refuse(IMANI)

    names(portal, dana, IMANI)

    portal.mail.next_to(DANA, "came back")
    dana.goto(f"{portal.site}/sessions/{night}")
    expect(People(dana, portal.site).row(IMANI)).to_contain_text("Letter came back")
    expect(People(dana, portal.site).row(IMANI)).to_contain_text("No such mailbox.")
    dana.goto(f"{portal.site}/today")
    expect(dana.get_by_role("heading", name=f"A letter to {IMANI} came back")).to_be_visible()


def test_a_sponsor_without_scripts_uploads_and_invites(portal: RunningPortal, night: str, new_browser: NewContext):
    page = new_browser(java_script_enabled=False).new_page()
    form = SignIn(page, portal.site)
    form.open()
    form.sign_in(DANA, A_PASSWORD)
    upload = Upload(page, portal.site)
    upload.open()
    upload.fill("Panel on tidal mud", CLIP)
    upload.send()

    recording = Recording(page, portal.site)
    recording.shows("Panel on tidal mud")
    look_again_until_ready(page)
    names(portal, page, YUKI)
    assert portal.mail.link_to(YUKI, "Dana Lee")


def look_again_until_ready(page: Page) -> None:
    ready = page.locator(".tags").get_by_text("Published", exact=True)
    give_up = time.monotonic() + 180
    while not ready.count():
        assert time.monotonic() < give_up, "the recording is never ready"
        page.get_by_role("link", name="Look again").or_(page.get_by_role("heading", level=1)).first.wait_for()
        page.reload()
