"""Invite by mail, set a first password, watch exactly what was shared: from an empty portal to a film that plays."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.pages.running_it import InviteStaff
from tests.browser.pages.sharing import Library, People, Recording, Upload
from tests.browser.pages.watching import Home, Watching
from tests.browser.pages.way_in import Invitation, SetUp, SignIn
from tests.browser.running import ADMIN, HARBOUR, LANTERN, RunningPortal
from tests.media_samples import CLIP
from tests.services import NewContext

DANA, IMANI, YUKI = "dana.lee@aldermere.example", "imani.okafor@brightwater.example", "yuki.tanabe@sakura.example"
NIGHT, PANEL = "The summer night", "Panel on tidal mud"
UPLOAD_BYTES_A_SECOND = 6_000_000


@pytest.mark.only_on("postgresql")  # the other journeys go by SQLite
def test_from_nothing_to_two_guests_who_watch_exactly_what_was_shared(
    portal: RunningPortal, new_browser: NewContext, long_film: Path
):
    admin, dana = new_browser().new_page(), new_browser().new_page()
    imani, yuki = new_browser(**PHONE).new_page(), new_browser().new_page()

    the_admin_comes_in_by_the_printed_link(portal, admin)
    the_admin_invites_a_sponsor(portal, admin)
    the_sponsor_comes_in_by_letter(portal, dana)
    night = the_sponsor_uploads(portal, dana, NIGHT, long_film)
    panel = the_sponsor_uploads(portal, dana, PANEL, CLIP, folder="Open lectures")
    the_sponsor_sees_it_play(portal, dana, panel)
    the_sponsor_names_a_guest(portal, dana, night, IMANI, note="Here is the night you made possible.")
    the_sponsor_names_a_guest_on_the_folder(portal, dana, YUKI)
    the_guest_comes_in_by_letter_and_lands_on_the_recording(portal, imani)
    the_guest_plays_it(imani, portal)
    the_other_guest_sees_only_what_names_them(portal, yuki, night)
    the_sponsor_sees_who_has_come(portal, dana, night)


def the_admin_comes_in_by_the_printed_link(portal: RunningPortal, page: Page) -> None:
    page.goto(portal.first_link)
    assert urlsplit(page.url).path == "/password/reset", "the token is out of the address bar"
    form = SetUp(page, portal.site)
    form.fill("Nora Quist", HARBOUR, label="New password")
    form.save("Save the password")
    SignIn(page, portal.site).sign_in(ADMIN, HARBOUR)
    expect(page).to_have_url(f"{portal.site}/today")


def the_admin_invites_a_sponsor(portal: RunningPortal, page: Page) -> None:
    people = InviteStaff(page, portal.site)
    people.open()
    people.send(DANA, "Dana Lee", "Alumni and Giving")
    people.says(DANA.partition("@")[0])


def the_sponsor_comes_in_by_letter(portal: RunningPortal, page: Page) -> None:
    invitation = Invitation(page, portal.site).open_link(portal.mail.link_to(DANA, "invites you"))
    invitation.shows("Nora Quist invites you as a sponsor")
    invitation.ask_for_code()
    invitation.give_code(portal.mail.code_to(DANA))
    form = SetUp(page, portal.site)
    form.fill("Dana Lee", HARBOUR)
    form.save("Save and go in")
    expect(page).to_have_url(f"{portal.site}/today")


def the_sponsor_uploads(portal: RunningPortal, page: Page, title: str, file: Path, *, folder: str = "") -> str:
    """Watch the upload's progress, then wait until it is ready; gives the recording's address."""
    if folder:
        Library(page, portal.site).make_folder(folder)
    form = Upload(page, portal.site)
    form.open()
    form.fill(title, file, folder=folder)
    with a_slow_line(page):
        form.send()
        expect(form.progress).to_be_visible()
    recording = Recording(page, portal.site)
    recording.shows(title)
    recording.is_ready()
    return recording.address


class a_slow_line:  # noqa: N801 - reads like a phrase
    """What leaves this page goes no faster than at home, so that progress can be seen."""

    def __init__(self, page: Page) -> None:
        self.line = page.context.new_cdp_session(page)

    def __enter__(self) -> None:
        self._limit(UPLOAD_BYTES_A_SECOND)

    def __exit__(self, *_: object) -> None:
        self._limit(-1)
        self.line.detach()

    def _limit(self, bytes_a_second: int) -> None:
        limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
        self.line.send("Network.emulateNetworkConditions", limits)


def the_sponsor_sees_it_play(portal: RunningPortal, page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Watch", exact=True).click()
    watching = Watching(page, portal.site)
    watching.play()
    watching.plays_past(1)


def the_sponsor_names_a_guest(portal: RunningPortal, page: Page, address: str, guest: str, note: str) -> None:
    page.goto(address)
    people = People(page, portal.site)
    people.add(guest, until="4.12.2030 18:00", note=note)
    people.says("Wednesday 4 December 2030, 18:00")
    people.send("Send 1 invitation")
    expect(people.row(guest)).to_contain_text("4 Dec")


def the_sponsor_names_a_guest_on_the_folder(portal: RunningPortal, page: Page, guest: str) -> None:
    Library(page, portal.site).open()
    page.get_by_role("navigation", name="Folders").get_by_role("link").first.click()
    page.get_by_role("navigation", name="This folder").get_by_role("link", name="Who can watch").click()
    people = People(page, portal.site)
    people.add(guest)
    people.send("Send 1 invitation")


def the_guest_comes_in_by_letter_and_lands_on_the_recording(portal: RunningPortal, page: Page) -> None:
    letter = portal.mail.next_to(IMANI, "Dana Lee")
    assert "Here is the night you made possible." in letter.text
    assert "4 December 2030, 18:00" in letter.text
    invitation = Invitation(page, portal.site).open_link(next(iter(portal_links(portal, letter.text))))
    assert urlsplit(page.url).path == "/invitation", "the token is out of the address bar"
    invitation.shows(f"Dana Lee shares {'a recording'} with you")
    button = page.get_by_role("button", name="Email me the code")
    expect(button).to_be_in_viewport(ratio=1)
    invitation.ask_for_code()
    invitation.give_code(portal.mail.code_to(IMANI))
    form = SetUp(page, portal.site)
    form.fill("Imani Okafor", LANTERN)
    form.save("Save and see the recording")
    Watching(page, portal.site).shows(NIGHT)


def portal_links(portal: RunningPortal, text: str) -> list[str]:
    return [word for word in text.split() if word.startswith(f"{portal.site}/invitations/")]


def the_guest_plays_it(page: Page, portal: RunningPortal) -> None:
    """Play, seek, another speed, full screen, and all of it by keyboard."""
    watching = Watching(page, portal.site)
    watching.play()
    watching.plays_past(2)
    watching.jump_to(0.5)
    watching.plays_past(30)
    page.keyboard.press("Space")
    watching.is_paused(True)
    before = watching.position()
    page.keyboard.press("ArrowRight")
    watching.plays_past(before + 4)
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("at => document.querySelector('video').currentTime < at + 4", arg=before)
    choose_speed(page, "1.5×")
    page.wait_for_function("() => document.querySelector('video').playbackRate === 1.5")
    page.keyboard.press("Escape")
    tab_to(page, "Full screen")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.fullscreenElement !== null")
    page.keyboard.press("Escape")


def choose_speed(page: Page, speed: str) -> None:
    tab_to(page, "Settings")
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="Settings").get_by_label("Speed").select_option(speed)


def tab_to(page: Page, name: str) -> None:
    """Go through the page by Tab until this control has the focus, and see that the focus shows."""
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => { const it = document.activeElement; const seen = getComputedStyle(it);"
            " return [it.textContent + ' ' + (it.getAttribute('aria-label') ?? ''),"
            " seen.outlineStyle !== 'none' && parseFloat(seen.outlineWidth) >= 2 || seen.boxShadow !== 'none'] }"
        )
        assert focused[1], f"the focus on “{focused[0].strip()}” cannot be seen"
        if name in focused[0]:
            return
    pytest.fail(f"Tab never comes to “{name}”")


def the_other_guest_sees_only_what_names_them(portal: RunningPortal, page: Page, night: str) -> None:
    invitation = Invitation(page, portal.site).open_link(portal.mail.link_to(YUKI, "Dana Lee"))
    invitation.ask_for_code()
    invitation.give_code(portal.mail.code_to(YUKI))
    form = SetUp(page, portal.site)
    form.fill("Yuki Tanabe", HARBOUR)
    form.save("Save and see what is shared")
    assert Home(page, portal.site).titles == [PANEL]
    page.goto(night.replace("/sessions/", "/watch/"))
    Home(page, portal.site).shows("There is nothing at this address")


def the_sponsor_sees_who_has_come(portal: RunningPortal, page: Page, night: str) -> None:
    page.goto(night)
    expect(People(page, portal.site).row("Imani Okafor")).to_contain_text("Active")
    assert portal.mail.next_to(DANA, "Imani Okafor").message["Subject"]
