"""A list of judges, from the workbook to the letter that brings one of them in."""

from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Page, expect

from tests import factories
from tests.browser import scenes
from tests.browser.pages.sharing import GuestList
from tests.browser.pages.way_in import Invitation, SignIn
from tests.browser.running import RunningPortal, links_of
from tests.browser.scenes import DANA
from tests.factories import A_PASSWORD

pytestmark = pytest.mark.only_on("sqlite")  # the pages and the letters are looked at, not the database

JUDGES = 25  # more than carry their own words


@pytest.fixture
def jury(tmp_path: Path) -> Path:
    """A workbook as a secretary keeps it, with a slip in two of its rows."""
    file = tmp_path / "jury-and-coaches.xlsx"
    with xlsxwriter.Workbook(str(file)) as workbook:
        sheet = workbook.add_worksheet("2026")
        sheet.write_row(0, 0, ["Vorname", "Nachname", "E-Mail-Adresse"])
        for number in range(JUDGES):
            sheet.write_row(number + 1, 0, ["Judge", f"No. {number}", f"judge{number}@northgate.example"])
        sheet.write_row(JUDGES + 1, 0, ["Tomasz", "Wierzbicki", "t.wierzbicki(at)northgate.example"])
        for place, cell in enumerate(["Nobody", "at all", "=1+1"]):
            sheet.write_string(JUDGES + 2, place, cell)
    return file


def test_a_list_of_judges_is_corrected_sent_once_and_brings_them_in(
    portal: RunningPortal, desk: Page, phone: Page, jury: Path
):
    with portal.stage.app_context():
        finals = factories.a_folder(owner=scenes.dana(), title="Finals 2026")
        people = f"{portal.site}/folders/{finals.key}/people"
    form = SignIn(desk, portal.site)
    form.open()
    form.sign_in(DANA, A_PASSWORD)
    expect(desk.get_by_text("Account of")).to_be_attached()
    desk.goto(people)

    guests = GuestList(desk, portal.site)
    guests.follow("Bring a list…")
    guests.bring(jury, note="Thank you for judging with us.")
    guests.shows(f"{JUDGES} of {JUDGES + 2} rows can be invited")
    guests.says("sheet “2026”")
    guests.correct(JUDGES + 2, "t.wierzbicki@northgate.example")
    guests.shows(f"{JUDGES + 1} of {JUDGES + 2} rows can be invited")
    left_out = guests.left_out("Download the row left out").read_text(encoding="utf-8-sig")
    assert "Nobody,at all,'=1+1,“=1+1” is not a mail address." in left_out
    guests.press(f"Invite {JUDGES + 1} people")
    guests.shows(f"{JUDGES + 1} people are named now")

    letter = portal.mail.next_to("judge7@northgate.example")
    assert "Thank you for judging with us." in letter.text
    portal.mail.next_to("t.wierzbicki@northgate.example")
    judge = Invitation(phone, portal.site).open_link(links_of(letter)[0])
    judge.ask_for_code()
    portal.mail.code_to("judge7@northgate.example")

    guests.follow("Bring another list")
    guests.bring(jury)
    guests.shows("Nothing would change")
    guests.says("named here already: nothing changes")
    expect(desk.get_by_role("button", name="Invite")).to_have_count(0)
