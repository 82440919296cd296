"""An organiser's evening: an event is made, filled and spread over its judges, one of whom opens it on a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.browser import scenes
from tests.browser.journeys.test_guests import sign_in
from tests.browser.pages.organising import EventPage, Events
from tests.browser.pages.sharing import People
from tests.browser.running import RunningPortal
from tests.browser.scenes import DANA

pytestmark = pytest.mark.only_on("sqlite")  # the pages and scripts are looked at, not the database

IMANI, YUKI = "imani.okafor@brightwater.example", "yuki.tanabe@sakura.example"
TALKS = ("Cold chain for small pharmacies", "A kite that draws power")


def test_two_judges_get_one_recording_each_and_one_of_them_looks_at_it(portal: RunningPortal, desk: Page, phone: Page):
    with portal.stage.app_context():
        owner = scenes.dana()
        for title in TALKS:
            scenes.a_recording(owner, title)
        for address, name in ((IMANI, "Imani Okafor"), (YUKI, "Yuki Tanabe")):
            factories.a_guest(sponsor=owner, address=address, name=name)
    sign_in(portal, desk, DANA)
    organiser = Events(desk, portal.site)
    organiser.open()
    organiser.make("Pitch final", opens="1.1.2026 9:00", closes="18 Dec 2030 18:00")
    organiser.add_recordings(*TALKS)

    organiser.to("Guests")
    people = People(desk, portal.site)
    people.add(IMANI, YUKI)
    people.send("Share with 2 people")
    organiser.to("Assignments")
    organiser.spread(1)
    for guest in ("Imani Okafor", "Yuki Tanabe"):
        assert sum(box.is_checked() for box in organiser.column_of(guest).all()) == 1

    letter = portal.mail.next_to(IMANI)
    assert "/watch/events/" in letter.text
    address = next(word for word in letter.text.split() if "/watch/events/" in word)
    sign_in(portal, phone, IMANI)
    phone.goto(address)
    EventPage(phone, portal.site).shows_recordings(1)
    assert phone.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

    organiser.to("Board")
    expect(organiser.line_of("Imani Okafor")).to_contain_text("0 of 1")
    expect(organiser.line_of("Imani Okafor")).to_contain_text("Not begun")
