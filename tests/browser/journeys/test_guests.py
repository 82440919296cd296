"""What guests meet later on: letters passed on, passwords, the policy, and access that ends."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.browser import scenes
from tests.browser.pages.running_it import NewPolicy
from tests.browser.pages.sharing import People
from tests.browser.pages.watching import Home, Watching
from tests.browser.pages.way_in import Forgotten, Invitation, NewPassword, SetUp, SignIn
from tests.browser.running import LANTERN, RunningPortal
from tests.browser.scenes import DANA
from tests.factories import A_PASSWORD

pytestmark = pytest.mark.only_on("sqlite")  # the pages and scripts are looked at, not the database

IMANI = "imani.okafor@brightwater.example"
NIGHT = "The summer night"


@pytest.fixture
def imani_watches(portal: RunningPortal, long_film):
    """Imani, with a password, is named on Dana's recording; gives the recording's key."""
    with portal.stage.app_context():
        owner = scenes.dana()
        night = scenes.a_recording(owner, NIGHT, long_film, length_seconds=79.0)
        guest = factories.a_guest(sponsor=owner, address=IMANI, name="Imani Okafor")
        scenes.name(IMANI, night, by=owner)
        assert guest.is_guest
        key = night.key
    portal.mail.next_to(IMANI)
    return key


def sign_in(portal: RunningPortal, page: Page, address: str, password: str = A_PASSWORD) -> None:
    form = SignIn(page, portal.site)
    form.open()
    form.sign_in(address, password)
    expect(page.get_by_text("Account of")).to_be_attached()


def test_a_letter_that_was_passed_on_lets_nobody_else_in(portal: RunningPortal, desk: Page, phone: Page):
    with portal.stage.app_context():
        owner = scenes.dana()
        scenes.name(IMANI, scenes.a_recording(owner, NIGHT), by=owner)
    link = portal.mail.link_to(IMANI)

    somebody = Invitation(desk, portal.site).open_link(link)
    somebody.ask_for_code()
    for tries_left in (4, 3, 2, 1):
        somebody.give_code("000 000")
        somebody.says(f"You have {tries_left} {'try' if tries_left == 1 else 'tries'} left.")
    somebody.give_code("000 000")
    somebody.says("All five tries are used")
    desk.goto(f"{portal.site}/invitation/account")
    expect(desk.get_by_label("Password", exact=True)).to_have_count(0)

    portal.mail.code_to(IMANI)  # the one that somebody else had mailed to her
    imani = Invitation(phone, portal.site).open_link(link)
    expect(phone.get_by_role("button", name="Email me the code")).to_be_visible()
    assert imani.page.url == f"{portal.site}/invitation"


def test_signing_out_and_in_and_a_forgotten_password(portal: RunningPortal, desk: Page, imani_watches):
    sign_in(portal, desk, IMANI)
    SignIn(desk, portal.site).sign_out()

    form = SignIn(desk, portal.site)
    form.sign_in(IMANI, "not the password at all")
    form.says("Address or password do not match.")
    expect(desk.get_by_label("Mail address")).to_have_value(IMANI)
    form.follow("Forgot it?")
    Forgotten(desk, portal.site).ask(IMANI)
    desk.goto(portal.mail.link_to(IMANI, "password"))
    assert desk.url == f"{portal.site}/password/reset"
    NewPassword(desk, portal.site).choose(LANTERN)
    form.sign_in(IMANI, LANTERN)
    assert Home(desk, portal.site).titles == [NIGHT]


def test_a_changed_password_ends_the_other_browser(portal: RunningPortal, desk: Page, phone: Page, imani_watches):
    sign_in(portal, desk, IMANI)
    sign_in(portal, phone, IMANI)

    page = NewPassword(desk, portal.site)
    page.open()
    page.change(A_PASSWORD, LANTERN)

    phone.goto(portal.site)
    SignIn(phone, portal.site).shows("Sign in")
    desk.goto(portal.site)
    assert Home(desk, portal.site).titles == [NIGHT]
    portal.mail.next_to(IMANI, "password")


def test_a_new_policy_is_asked_of_a_guest_who_is_signed_in(
    portal: RunningPortal, desk: Page, phone: Page, imani_watches
):
    with portal.stage.app_context():
        factories.an_admin(address="rosa.admin@aldermere.example")
    sign_in(portal, phone, IMANI)
    sign_in(portal, desk, "rosa.admin@aldermere.example")

    policy = NewPolicy(desk, portal.site)
    policy.open()
    policy.publish("It now says what happens to recordings of people who took part.")

    phone.goto(f"{portal.site}/watch/{imani_watches}")
    asked = Watching(phone, portal.site)
    asked.shows("The policy has changed")
    asked.says("It now says what happens to recordings of people who took part.")
    phone.get_by_label("I have read the policy and accept it").check()
    asked.press("Accept and go on")
    asked.shows(NIGHT)


def test_the_picture_stops_with_a_sentence_when_the_access_is_ended(
    portal: RunningPortal, desk: Page, phone: Page, imani_watches
):
    sign_in(portal, phone, IMANI)
    phone.goto(f"{portal.site}/watch/{imani_watches}")
    watching = Watching(phone, portal.site)
    watching.play()
    watching.plays_past(1)

    sign_in(portal, desk, DANA)
    desk.goto(f"{portal.site}/sessions/{imani_watches}")
    People(desk, portal.site).end_access("Imani Okafor")
    expect(People(desk, portal.site).row("Imani Okafor")).to_have_count(0)

    phone.keyboard.press("9")  # further on than was fetched; unless a report has told the player already
    expect(watching.stopped).to_be_visible()
    expect(watching.stopped).to_contain_text("Dana Lee has ended this")
    expect(watching.stopped).to_contain_text("It is no longer shared with you.")
    watching.stopped.get_by_role("link", name="Back to what is shared").click()
    watching.shows("Shared with you")
    assert watching.page.get_by_text(NIGHT).count() == 0


def test_what_was_watched_is_kept_by_whichever_process_hears_of_it(portal: RunningPortal, desk: Page, imani_watches):
    sign_in(portal, desk, IMANI)
    desk.goto(f"{portal.site}/watch/{imani_watches}")
    watching = Watching(desk, portal.site)
    watching.play()
    watching.plays_past(8)
    with desk.expect_response(lambda answer: "/report" in answer.url):
        desk.keyboard.press("k")
    watching.is_paused(True)

    desk.goto(f"{portal.site}/watch/{imani_watches}")
    watching.plays_on_from(8)
    why = desk.get_by_role("complementary", name="Why you may watch")
    percent = why.locator(".coverage__percent")
    expect(percent).to_have_text(re.compile(r"^(9|1\d)%$"))


def test_an_invitation_opened_while_signed_in_as_somebody_else_says_what_to_do(
    portal: RunningPortal, desk: Page, imani_watches
):
    with portal.stage.app_context():
        owner = scenes.dana_again()
        scenes.name("yuki.tanabe@sakura.example", scenes.a_recording(owner, "Panel on tidal mud"), by=owner)
    sign_in(portal, desk, IMANI)

    invitation = Invitation(desk, portal.site).open_link(portal.mail.link_to("yuki.tanabe@sakura.example"))
    invitation.shows("You are signed in as Imani Okafor")
    invitation.press("Sign out and go on")
    invitation.ask_for_code()


def test_the_whole_way_works_without_scripts(portal: RunningPortal, new_browser, long_film):
    with portal.stage.app_context():
        owner = scenes.dana()
        scenes.name(IMANI, scenes.a_recording(owner, NIGHT), by=owner)
    page = new_browser(java_script_enabled=False).new_page()

    invitation = Invitation(page, portal.site).open_link(portal.mail.link_to(IMANI))
    invitation.ask_for_code()
    invitation.give_code(portal.mail.code_to(IMANI))
    form = SetUp(page, portal.site)
    form.fill("Imani Okafor", LANTERN)
    form.save("Save and see the recording")
    watching = Watching(page, portal.site)
    watching.shows(NIGHT)
    watching.play()
    video = page.locator("video[controls]")
    answer = page.request.get(portal.site + str(video.get_attribute("src")), headers={"Range": "bytes=0-99"})
    assert (answer.status, len(answer.body())) == (206, 100)
    form_of_sign_in = SignIn(page, portal.site)
    form_of_sign_in.sign_out()
    form_of_sign_in.sign_in(IMANI, LANTERN)
    assert page.get_by_role("heading", level=3).all_inner_texts() == [NIGHT]
