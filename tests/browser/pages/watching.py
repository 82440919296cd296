"""What is shared with a guest, and the page on which it plays."""

from playwright.sync_api import Locator, expect

from tests.browser.pages.screen import Screen


class Home(Screen):
    @property
    def titles(self) -> list[str]:
        """Every recording that is listed."""
        expect(self.heading).to_have_text("Shared with you")
        return self.page.get_by_role("listitem").get_by_role("heading", level=3).all_inner_texts()


class Watching(Screen):
    @property
    def player(self) -> Locator:
        return self.page.locator("[data-player]")

    @property
    def stopped(self) -> Locator:
        """What stands over the picture when it stopped."""
        return self.page.get_by_role("alertdialog")

    def play(self) -> None:
        """Press the button that the page offers."""
        self.press("Play")
        expect(self.page.locator("video")).to_have_count(1)

    def plays_past(self, seconds: float) -> None:
        self.page.wait_for_function("at => document.querySelector('video').currentTime > at", arg=seconds)

    def plays_on_from(self, seconds: float) -> None:
        """It stands there, and waits to be played."""
        self.page.wait_for_function("at => document.querySelector('video').currentTime >= at", arg=seconds)

    def position(self) -> float:
        return float(self.page.evaluate("document.querySelector('video').currentTime"))

    def is_paused(self, paused: bool) -> None:
        self.page.wait_for_function("paused => document.querySelector('video').paused === paused", arg=paused)

    def jump_to(self, share: float) -> None:
        """Press on the time bar, this share of the way along it."""
        self.player.hover()  # the controls hide while it plays
        bar = self.page.get_by_role("slider", name="Place in the recording")
        box = bar.bounding_box()
        assert box is not None
        bar.click(position={"x": box["width"] * share, "y": box["height"] / 2})
