"""Every page of the portal, in a real browser: no fault that axe finds, no sideways scrolling, light and dark.

With PORTAL_SHOTS set to a folder, each page is photographed there as `<width>/<name>.png`.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.tour import NO_PAGES, STOPS, Stop
from tests.browser.world import World, empty_world, fill, full_world
from tests.once import MakeOnce
from tests.services import Faults, NewContext

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
WIDTHS = (320, 390, 768, 1280, 1600)
LOOKED_AT = (1280, 390)
HEIGHT = 900
LOOKS: Any = {"viewport": {"width": 1280, "height": HEIGHT}, "reduced_motion": "reduce"}
FIND = """only => axe.run(document, {runOnly: only, resultTypes: ['violations']}).then(found => found.violations.map(
  fault => `${fault.id}: ${fault.help}` + fault.nodes.slice(0, 4).map(
    node => `\\n      ${node.html.slice(0, 160)}  ${node.any.map(check => check.message).join('; ')}`).join('')))"""
ALL = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"type": "rule", "values": ["color-contrast"]}
TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  const culprits = [...document.querySelectorAll('main *')].filter(it => it.getBoundingClientRect().right > room + 1);
  return [document.documentElement.scrollWidth - room, culprits.slice(0, 3).map(it => it.outerHTML.slice(0, 120))];
}"""


@pytest.fixture(scope="module")
def full(make_once: MakeOnce, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with full_world(make_once("filled", fill), tmp_path_factory.mktemp("full")) as world:
        yield world


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with empty_world(tmp_path_factory.mktemp("empty")) as world:
        yield world


def test_every_page_is_on_the_tour(empty: World):
    pages = {
        rule.endpoint
        for rule in empty.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGES
    }

    assert {stop.endpoint for stop in STOPS} - {""} == pages


def test_no_two_stops_have_one_name():
    assert len({stop.name for stop in STOPS}) == len(STOPS)


@pytest.fixture(scope="module")
def window(chromium: Browser) -> Iterator[tuple[Page, Faults]]:
    """One window for all the pages, as somebody has it who walks through them: a new one for each takes longer."""
    faults = Faults()
    context = chromium.new_context(locale="en-GB", service_workers="block", **LOOKS)
    context.set_default_timeout(60_000)  # only ever used up by what fails: machines are shared
    faults.watch(context)
    yield context.new_page(), faults
    context.close()


@pytest.fixture
def look(window: tuple[Page, Faults], new_browser: NewContext) -> Iterator[Callable[[Stop], Page]]:
    """The window for a stop, with nobody signed in, as wide as a desk and in the light.

    A player goes on telling where it stands while its page is left, so pages with one get a window of their own.
    """
    page, faults = window

    def choose(stop: Stop) -> Page:
        if stop.endpoint == "guest.watch.show":
            return new_browser(**LOOKS).new_page()
        page.goto("about:blank")  # what a page still asks for must not be answered with somebody else's cookie
        page.context.clear_cookies()
        page.set_viewport_size(LOOKS["viewport"])
        faults.seen.clear()
        return page

    yield choose
    assert not faults.seen, "\n".join(faults.seen)


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.name)
def test_a_page_has_no_fault(stop: Stop, request: pytest.FixtureRequest, look: Callable[[Stop], Page]):
    world: World = request.getfixturevalue("empty" if stop.empty else "full")
    page = look(stop)
    with world.app.app_context():
        if stop.who:
            world.signed_in(page, world.user(stop.who))
        page.goto(world.site + stop.where(world))
        if stop.act:
            stop.act(page, world)

    faults = [*faults_found(page, stop.name), *widths_that_scroll(page)]

    assert not faults, f"{page.url}\n" + "\n".join(faults)


def faults_found(page: Page, name: str) -> Iterator[str]:
    """What axe finds at each width and, of colours, in the dark as well."""
    page.evaluate(AXE)
    for width in LOOKED_AT:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for scheme, rules in (("light", ALL), ("dark", COLOURS)):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            photograph(page, f"{width}{'-dark' if scheme == 'dark' else ''}", name)
            yield from (f"  {width} {scheme}  {fault}" for fault in page.evaluate(FIND, rules))
    page.emulate_media(color_scheme="light")


def widths_that_scroll(page: Page) -> Iterator[str]:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        excess, culprits = page.evaluate(TOO_WIDE)
        if excess > 0:
            yield f"  {width}: {excess} px too wide: {culprits}"


def photograph(page: Page, folder: str, name: str) -> None:
    shots = os.environ.get("PORTAL_SHOTS")
    if shots:
        page.screenshot(path=Path(shots) / folder / f"{name}.png", full_page=True)
