"""Uploading in a browser: several at once, pausing, a lost line, another browser, and without scripts."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from portal.domain import uploads
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import MediaFile, User, VideoSession
from tests.browser.players import guest_browser
from tests.factories import a_folder, a_sponsor, a_video_session
from tests.media_samples import CLIP
from tests.services import NewContext

pytestmark = pytest.mark.only_on("sqlite")  # the pages and scripts are looked at, not the database

FILM = CLIP.read_bytes() + bytes(5_000_000)  # zeros at its end are no fault
OpenPage = Callable[..., Page]


@pytest.fixture
def dana(app: Flask) -> User:
    return a_sponsor(name="Dana Lee")


@pytest.fixture
def open_page(app: Flask, site: str, new_browser: NewContext, dana: User) -> OpenPage:
    """Opens a page in a browser of its own, in which Dana is signed in."""
    dana_id = dana.id

    def open_page(path: str = "/sessions/new", **options: object) -> Page:
        page = guest_browser(app, site, new_browser, dana_id, **options).new_page()
        page.goto(f"{site}{path}")
        return page

    return open_page


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return a_file(tmp_path, "final_cut.mp4", FILM)


def a_file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@contextmanager
def a_slow_line(page: Page, bytes_a_second: int = 200_000) -> Iterator[Callable[[], None]]:
    """What leaves this page goes so slowly that for half a minute there is something to be cut off; it is whole and
    fast again when the block is left. Gives a function that cuts it: two who set limits do not see each other's.
    """
    line = page.context.new_cdp_session(page)

    def limit(upload: int, *, offline: bool = False) -> None:
        limits = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload}
        line.send("Network.emulateNetworkConditions", limits)

    limit(bytes_a_second)
    yield lambda: limit(bytes_a_second, offline=True)
    limit(-1)


def choose(page: Page, *files: Path) -> None:
    page.get_by_label("Video file").set_input_files(list(files))


def line(page: Page, title: str) -> Locator:
    lines = page.get_by_role("region", name="Uploads on their way").get_by_role("listitem")
    return lines.filter(has=page.get_by_role("heading", name=title, exact=True))


def is_part_way(upload: Locator) -> None:
    expect(upload.get_by_role("progressbar")).to_have_attribute("value", re.compile(r"^[1-9]\d?(\.\d+)?$"))


def recordings() -> list[tuple[str, bytes]]:
    db.session.rollback()
    query = db.select(VideoSession.title, MediaFile.store_key).join(MediaFile).order_by(VideoSession.title)
    return [(title, tools().media.read(key)) for title, key in db.session.execute(query)]


def test_one_file_takes_its_title_from_its_name_and_leads_to_its_page(open_page, film):
    page = open_page()
    choose(page, film)
    expect(page.get_by_label("Title")).to_have_value("final cut")

    page.get_by_role("button", name="Upload the recording").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("final cut")
    assert recordings() == [("final cut", FILM)]


def test_several_go_at_once_each_under_its_title(open_page, dana, film, tmp_path):
    a_folder(owner=dana, title="Donors 2026")
    paper = a_file(tmp_path, "programme.mp4", b"%PDF-1.7 a programme" * 50)
    third = a_file(tmp_path, "third.mp4", CLIP.read_bytes())
    page = open_page()
    choose(page, film, paper, third)
    titles = page.get_by_role("textbox", name="Title")
    expect(titles).to_have_count(3)
    titles.nth(0).fill("")
    page.get_by_role("button", name="Upload 3 recordings").click()
    expect(page.locator(".field__error")).to_have_text("Error: Say what it is called")
    titles.nth(0).fill("The summer night")
    page.get_by_label("Folder").select_option(label="Donors 2026")
    page.get_by_role("button", name="Leave it out third.mp4").click()

    page.get_by_role("button", name="Upload 2 recordings").click()

    expect(line(page, "The summer night")).to_contain_text("It is here, and being prepared.")
    expect(line(page, "programme")).to_contain_text("This file is not a video we can read.")
    expect(titles).to_have_value("")
    assert recordings() == [("The summer night", FILM)]
    line(page, "The summer night").get_by_role("link", name="Look at it").click()
    expect(page.get_by_text("Donors 2026").first).to_be_visible()


def test_what_was_typed_beside_a_file_that_is_no_video_is_there_for_the_right_one(open_page, film, tmp_path):
    page = open_page()
    page.get_by_label("Title").fill("The summer night")
    page.get_by_label("Description").fill("Two lines\nof it")
    choose(page, a_file(tmp_path, "programme.mp4", b"%PDF-1.7 a programme" * 50))
    page.get_by_role("button", name="Upload the recording").click()
    expect(line(page, "The summer night")).to_contain_text("This file is not a video we can read.")
    expect(page.get_by_label("Title")).to_have_value("The summer night")
    expect(page.get_by_label("Description")).to_have_value("Two lines\nof it")

    choose(page, film)
    page.get_by_role("button", name="Upload the recording").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("The summer night")


def test_what_was_paused_goes_on_in_another_browser_with_the_same_file_only(open_page, film, tmp_path):
    page = open_page()
    choose(page, film)
    with a_slow_line(page):
        page.get_by_role("button", name="Upload the recording").click()
        is_part_way(line(page, "final cut"))
        page.get_by_role("button", name="Pause final cut").click()
    expect(line(page, "final cut")).to_contain_text("paused")
    page.close(run_before_unload=False)

    other = open_page()
    upload = line(other, "final cut")
    expect(upload).to_contain_text(re.compile(r"B of 6 MB is here"))
    again = upload.get_by_label("Choose the file again to go on")
    (tmp_path / "other").mkdir()
    again.set_input_files(a_file(tmp_path / "other", "final_cut.mp4", bytes(reversed(FILM))))
    expect(upload).to_contain_text("This is another file. Choose the one that you began with.")
    with other.expect_request(lambda request: request.method == "PATCH") as sent:
        again.set_input_files(film)

    assert int(sent.value.headers["upload-offset"]) > 0
    expect(other.get_by_role("heading", level=1)).to_have_text("final cut")
    assert recordings() == [("final cut", FILM)]


def test_a_file_that_only_goes_on_alike_is_another(open_page, dana, tmp_path):
    """Two cuts of one concert may share all but their titles; half of each would be a recording of neither."""
    with transaction():
        at = datetime.now(UTC)
        begun = uploads.begin(name="final_cut.mp4", title="final cut", size_bytes=len(FILM), by=dana, at=at)
    uploads.write(begun, 0, iter([FILM[:3_000_000]]))
    page = open_page()
    upload = line(page, "final cut")
    other = a_file(tmp_path, "final_cut.mp4", FILM[:200_000] + bytes(100) + FILM[200_100:])

    upload.get_by_label("Choose the file again to go on").set_input_files(other)

    expect(upload).to_contain_text("This is another file. Choose the one that you began with.")
    assert uploads.arrived_bytes(begun) == 3_000_000


def test_the_same_file_chosen_in_the_form_goes_on_with_what_was_begun(open_page, film):
    page = open_page()
    choose(page, film)
    with a_slow_line(page):
        page.get_by_role("button", name="Upload the recording").click()
        is_part_way(line(page, "final cut"))
        page.reload()

    choose(page, film)

    expect(page.get_by_role("heading", level=1)).to_have_text("final cut")
    assert recordings() == [("final cut", FILM)]


def test_a_lost_line_is_told_and_the_upload_goes_on_by_itself(open_page, film):
    page = open_page()
    choose(page, film)
    with a_slow_line(page) as cut:
        page.get_by_role("button", name="Upload the recording").click()
        upload = line(page, "final cut")
        aloud = upload.get_by_role("status")
        is_part_way(upload)
        expect(aloud).to_have_text(re.compile(r"^[1-5] of 6 MB"))  # at a quarter
        cut()
        expect(upload).to_contain_text("The connection is lost. It goes on by itself when it is back.")
        expect(aloud).to_contain_text("The connection is lost.")

    expect(page.get_by_role("heading", level=1)).to_have_text("final cut")
    assert recordings() == [("final cut", FILM)]


def test_another_video_for_a_recording_that_plays(open_page, dana, film):
    video_session = a_video_session(owner=dana, title="Opening lecture", media_version=1)
    page = open_page(f"/sessions/{video_session.key}/upload")
    choose(page, film)

    page.get_by_role("button", name="Upload the file").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Opening lecture")
    assert db.session.get_one(VideoSession, video_session.id, populate_existing=True).next_version == 2


def test_without_scripts_one_file_goes_in_one_form(open_page, film):
    page = open_page(java_script_enabled=False)
    page.get_by_label("Title").fill("The summer night")
    choose(page, film)

    page.get_by_role("button", name="Upload the recording").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("The summer night")
    assert recordings() == [("The summer night", FILM)]
