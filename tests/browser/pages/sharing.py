"""A sponsor's pages: folders, recordings, and who can watch them."""

from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.pages.screen import Screen

PREPARED_MILLISECONDS = 90_000


class Library(Screen):
    path = "/sessions"

    def make_folder(self, title: str) -> None:
        self.page.goto(f"{self.site}/folders/new")
        self.field("Name of the folder").fill(title)
        self.press("Make the folder")
        self.shows(title)


class Upload(Screen):
    path = "/sessions/new"

    @property
    def progress(self) -> Locator:
        return self.page.get_by_role("progressbar", name="Upload of")

    def fill(self, title: str, file: Path, *, folder: str = "") -> None:
        self.shows("Upload a recording")
        self.field("Title").fill(title)
        self.page.get_by_label("Video file").set_input_files(file)
        if folder:
            self.page.get_by_label("Folder").select_option(label=folder)

    def send(self) -> None:
        self.press("Upload the recording")


class Recording(Screen):
    """A recording's own page, whose first part is about who can watch."""

    @property
    def address(self) -> str:
        return self.page.url

    def shows(self, heading: str) -> None:
        """Wait until it is here: an upload takes as long as its file is large."""
        expect(self.heading).to_have_text(heading, timeout=PREPARED_MILLISECONDS)

    def is_ready(self) -> None:
        """Wait until it has been prepared; the page notices by itself."""
        ready = self.page.locator(".tags").get_by_text("Published", exact=True)
        expect(ready).to_be_visible(timeout=PREPARED_MILLISECONDS)


class People(Screen):
    """The box to add people, the preview of what happens to each, and the list of those who can watch."""

    def add(self, *addresses: str, until: str = "", note: str = "") -> None:
        """Name people, as far as the preview; nothing has left yet."""
        self.field("Mail addresses").fill("\n".join(addresses))
        self.field("Until").fill(until)
        self.field("A note to them").fill(note)
        self.press("Check the addresses")
        self.says("Nothing has been saved and no letter has left yet.")

    def send(self, button: str) -> None:
        self.press(button)
        expect(self.page.get_by_role("heading", name="Add people")).to_be_visible()

    def row(self, person: str) -> Locator:
        return self.page.get_by_role("table", name="Who can watch").get_by_role("row").filter(has_text=person)

    def end_access(self, person: str) -> None:
        self.row(person).get_by_role("link").last.click()  # what is to be done with it stands at the end
        self.follow("End the access…")
        self.press("End the access")


class GuestList(Screen):
    """A list of guests: brought, looked at row by row, corrected, sent."""

    def bring(self, file: Path, *, note: str = "") -> None:
        self.page.get_by_label("A file").set_input_files(file)
        self.field("A note to them").fill(note)
        self.press("Look at the list")

    def correct(self, row: int, address: str) -> None:
        self.field(f"Address of row {row}").fill(address)
        self.press(f"Correct row {row}")

    def left_out(self, link: str) -> Path:
        """The file of the rows that are left out."""
        with self.page.expect_download() as downloading:
            self.follow(link)
        return downloading.value.path()
