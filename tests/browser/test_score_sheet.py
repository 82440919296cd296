"""A judge watches, and types beside the picture: the sheet is saved without a press, and the picture plays on."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from portal.storage.db import db
from portal.storage.models import ScoreSheet, SheetState
from tests.browser import films
from tests.browser.films import SECONDS
from tests.browser.players import Player, guest_browser
from tests.domain.judging.contests import a_contest

pytestmark = pytest.mark.only_on("sqlite")  # the script is looked at, not the database
SAVED = re.compile(r"^Saved .*\d\d:\d\d$")


@pytest.fixture
def contest(app, made_films):
    contest = a_contest(datetime.now(UTC))
    contest.a_criterion("Clarity", 0, 10)
    contest.a_criterion("Depth", 1, 5)
    film = contest.a_session(title="Meadow Morning", length_seconds=float(SECONDS))
    films.add_qualities(film, made_films)
    contest.a_judge(name="Ines Calder")
    return contest


@pytest.fixture
def open_page(app, site, new_browser, contest):
    def opened(**options: object) -> Page:
        page = guest_browser(app, site, new_browser, contest.judges[0].id, **options).new_page()
        page.goto(f"{site}/watch/{contest.sessions[0].key}")
        return page

    return opened


def row() -> ScoreSheet | None:
    db.session.remove()
    return db.session.scalars(db.select(ScoreSheet)).one_or_none()


def test_a_sheet_is_saved_as_it_is_typed_while_the_film_plays(contest, open_page):
    player = Player(open_page())
    player.press("Play")
    page, saved = player.page, player.page.locator("[data-saved]")
    clarity, depth = (page.get_by_role("group", name=name).get_by_role("textbox") for name in ("Clarity", "Depth"))

    clarity.fill("7")
    expect(saved).to_have_text(SAVED)
    depth.fill("9")
    expect(page.get_by_text("Give a number from 1 to 5")).to_be_visible()
    expect(saved).to_have_text("Not saved: something needs correcting.")
    depth.fill("3,5")
    page.get_by_label("Remark").fill("Well told")
    expect(page.get_by_text("Give a number from 1 to 5")).to_be_hidden()
    player.eventually(lambda: (found := row()) is not None and found.remark == "Well told")
    assert contest.given(contest.judges[0], contest.sessions[0]) == [7, 3.5]
    player.plays_past(player.place + 1)

    other = open_page()
    other.get_by_role("group", name="Clarity").get_by_role("textbox").fill("1")
    expect(other.locator("[data-saved]")).to_have_text(SAVED)
    clarity.fill("10")
    expect(saved).to_have_text(re.compile("saved in another window"))
    assert contest.given(contest.judges[0], contest.sessions[0]) == [1, 3.5]

    page.reload()
    player.press("Make it final")
    expect(page.get_by_text("Only the organiser can open it again")).to_be_visible()
    found = row()
    assert found is not None
    assert found.state is SheetState.FINAL


def test_what_cannot_be_sent_is_sent_again(open_page):
    player = Player(open_page())
    saved = player.page.locator("[data-saved]")
    player.page.route("**/score-sheets/*", lambda route: route.abort())
    player.page.get_by_role("group", name="Clarity").get_by_role("textbox").fill("7")
    expect(saved).to_have_text(re.compile("Not saved yet: no connection"))

    player.page.unroute("**/score-sheets/*")

    expect(saved).to_have_text(SAVED, timeout=20_000)


def test_without_scripts_there_is_a_button(contest, open_page):
    page = open_page(java_script_enabled=False)
    page.get_by_role("group", name="Clarity").get_by_role("textbox").fill("7")

    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("Your sheet is saved")).to_be_visible()
    assert contest.given(contest.judges[0], contest.sessions[0]) == [7, None]
