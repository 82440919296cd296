"""An organiser's pages of an event, and the guest's."""

from playwright.sync_api import Locator, expect

from tests.browser.pages.screen import Screen


class Events(Screen):
    """Making an event, and its pages by the tabs they have."""

    path = "/events"

    def make(self, name: str, *, opens: str, closes: str) -> None:
        self.follow("Make an event")
        self.field("Name of the event").fill(name)
        self.field("Opens").fill(opens)
        self.field("Closes").fill(closes)
        self.press("Make the event")
        self.says("The event is made")

    def to(self, tab: str) -> None:
        self.page.get_by_role("navigation", name="This event").get_by_role("link", name=tab).click()

    def add_recordings(self, *titles: str) -> None:
        for title in titles:
            self.page.get_by_label(title).check()
        self.press("Add what is ticked")
        self.says(f"{len(titles)} added")

    def spread(self, each: int) -> None:
        self.field("Guests for each recording").fill(str(each))
        self.press("See what that does…")
        self.press("Spread them")
        self.says("Spread:")

    def column_of(self, guest: str) -> Locator:
        """The boxes of one guest in the grid, the whole first."""
        return self.page.get_by_role("checkbox", name=guest)

    def line_of(self, guest: str) -> Locator:
        return self.page.get_by_role("table", name="Guests of the event").get_by_role("row").filter(has_text=guest)


class EventPage(Screen):
    """What an event is for one of its guests."""

    def shows_recordings(self, number: int) -> None:
        here = "One recording is" if number == 1 else f"{number} recordings are"
        expect(self.page.get_by_text(f"{here} here for you to watch.")).to_be_visible()
        expect(self.page.get_by_role("main").get_by_role("listitem")).to_have_count(number)
