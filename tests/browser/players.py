"""A player on a page, as a person uses it, and the browser of a guest who is signed in."""

import time
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Error, Locator, Page

from portal.storage.db import db
from portal.storage.models import User
from tests.factories import a_sign_in_token
from tests.services import NewContext

PATIENCE_SECONDS = 60  # only ever used up by what fails: machines are shared
PLACE = "document.querySelector('video').currentTime"


def guest_browser(app: Flask, site: str, new_browser: NewContext, guest_id: int, **options: object) -> BrowserContext:
    guest = db.session.get_one(User, guest_id)
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    browser = new_browser(**options)
    cookie = serializer.dumps({"sign_in": a_sign_in_token(guest)})
    browser.add_cookies([{"name": "portal", "value": cookie, "url": site}])
    return browser


class Player:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.screen = page.locator("[data-player]")
        self.stopped = page.get_by_role("alertdialog")

    def press(self, button: str) -> None:
        """Press a button that leads to another page."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=button, exact=True).click()

    def wait_until(self, expression: str) -> None:
        """Playwright's own waiting for a script compiles it in the page, which the portal's policy refuses."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(50)
        pytest.fail(f"never became true: {expression}; it stands at {self.page.evaluate(PLACE)}")

    def plays_past(self, seconds: float) -> None:
        self.wait_until(f"{PLACE} > {seconds}")

    def jump_to(self, seconds: float) -> None:
        self.page.evaluate(f"{PLACE} = {seconds}")

    @property
    def place(self) -> float:
        return float(self.page.evaluate(PLACE))

    def open(self, name: str) -> Locator:
        """Open what a button of the bar opens over the picture."""
        button, dialog = (
            self.page.get_by_role("button", name=name, exact=True),
            self.page.get_by_role("dialog", name=name),
        )
        self._on_the_bar(lambda: button.click(timeout=3_000))
        return dialog

    def point_at(self, share: float) -> None:
        """Move the pointer to this share of the length, on the bar."""
        bar = self.page.get_by_role("slider", name="Place in the recording")

        def point() -> None:
            box = bar.bounding_box()
            assert box is not None
            bar.hover(position={"x": box["width"] * share, "y": box["height"] / 2}, timeout=3_000)

        self._on_the_bar(point)

    def _on_the_bar(self, act: Callable[[], None]) -> None:
        """The bar hides while it plays, and may hide again before a slow machine has done anything there."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            self.screen.hover()
            try:
                return act()
            except Error:
                if time.monotonic() > give_up:
                    raise
                self.page.mouse.move(1, 1)  # so that the next hover is a movement

    def eventually(self, true: Callable[[], object]) -> None:
        """Waits for what a request of the page does to the tables."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            if true():
                return
            db.session.remove()
            self.page.wait_for_timeout(50)
        pytest.fail("it never came to be")
