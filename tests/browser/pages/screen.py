"""What all pages have. Things are found as a person finds them: by role and by label."""

from playwright.sync_api import Locator, Page, expect


class Screen:
    """A page of the portal at `site`, open in a browser."""

    path = "/"

    def __init__(self, page: Page, site: str) -> None:
        self.page, self.site = page, site

    def open(self) -> "Screen":
        self.page.goto(self.site + self.path)
        return self

    @property
    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    def shows(self, heading: str) -> None:
        """Wait until the page of this heading is here."""
        expect(self.heading).to_have_text(heading)

    def says(self, words: str) -> None:
        """Wait until these words can be seen."""
        expect(self.page.get_by_text(words).first).to_be_visible()

    def field(self, label: str) -> Locator:
        return self.page.get_by_role("textbox", name=label)

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    def follow(self, link: str) -> None:
        self.page.get_by_role("link", name=link, exact=True).first.click()
