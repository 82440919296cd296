"""The page of a recording's video: what it is made of, how far it is, its poster, its cut."""

from io import BytesIO

import pytest

from portal.domain import jobs
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Job, MediaKind, VideoSession, VideoState
from tests.factories import a_sponsor, a_video_session
from tests.page_client import Answer
from tests.processing_stages import as_kept, have, put
from tests.recordings import a_file, another_file
from tests.web.admin.counting import queries_of


@pytest.fixture
def browser(client, sponsor):
    client.sign_in_as(sponsor)
    return client


@pytest.fixture
def video_session(sponsor) -> VideoSession:
    """Sixty seconds that play in two qualities, with a storyboard."""
    made = a_video_session(owner=sponsor, title="Meadow", length_seconds=60.0, original_seconds=60.0)
    a_file(made, MediaKind.ORIGINAL, uploaded_name="meadow-final.mov", size_bytes=940 * 1024 * 1024)
    for name, width, height in (("360p", 640, 360), ("1080p", 1920, 1080)):
        a_file(made, name=name, width=width, height=height, size_bytes=height * 10_000)
    index = {"every": 10, "columns": 10, "tile": [160, 90], "first": 0, "count": 6}
    key = put(b"\xff\xd8\xff sheet")
    a_file(made, MediaKind.STORYBOARD, name="0", width=1600, height=90, index=index, store_key=key, size_bytes=9)
    return made


@pytest.fixture
def address(video_session) -> str:
    return f"/sessions/{video_session.key}/video"


def waiting(kind: str = jobs.PROCESS_SESSION) -> list[int]:
    return list(db.session.scalars(db.select(Job.subject_id).where(Job.kind == kind)))


def kinds_on_the_trail() -> list[str]:
    return list(db.session.scalars(db.select(AuditEvent.kind).order_by(AuditEvent.sequence)))


def test_it_shows_file_and_qualities_the_best_first(browser, address):
    page = browser.get(address)

    assert "meadow-final.mov" in page.text
    assert "940 MB" in page.text
    assert page.text.index("1920 × 1080") < page.text.index("640 × 360")
    assert page.links["Upload another video"].endswith("/upload")


def test_only_what_has_a_poster_shows_one(browser, video_session, address):
    """Sound alone has none, and a picture that is not there would show as a broken one."""
    for page in ("/sessions", f"/sessions/{video_session.key}"):
        assert pictures(browser.get(page)) == []

    a_file(video_session, MediaKind.POSTER)

    for page in ("/sessions", f"/sessions/{video_session.key}"):
        assert pictures(browser.get(page)) == [f"/posters/{video_session.key}"]


def test_what_was_taken_back_shows_neither_the_length_nor_the_poster_it_had(browser, sponsor):
    gone = a_video_session(
        owner=sponsor, state=VideoState.FAILED, failure="The file is damaged near 0:20 of 1:00.", length_seconds=60.0
    )
    a_file(gone, MediaKind.POSTER)

    page = browser.get(f"/sessions/{gone.key}/video")

    assert "damaged near 0:20" in page.text
    assert "1 min" not in page.text
    assert "Chosen by the portal" not in page.text
    assert pictures(page) == []


def pictures(opened: Answer) -> list[str | None]:
    return [node.get("src") for node in opened.page.iter("img")]


def test_it_takes_five_queries_however_much_there_is(browser, video_session, address):
    for number in range(1, 9):
        a_file(video_session, MediaKind.STORYBOARD, name=str(number), index=None)
    browser.get(address)

    assert len(queries_of(lambda: browser.get(address))) <= 5


def test_a_cut_is_prepared_while_the_old_one_plays(browser, video_session, address):
    browser.get(address)
    done = browser.press("Prepare this cut", start="0:10", end="0:50", follow=True)

    assert "The new cut is being prepared" in done.notices[0]
    assert "What plays now goes on playing" in done.text
    assert waiting() == [video_session.id]
    it = as_kept(video_session)
    assert (it.state, it.media_version, it.next_version) == (VideoState.READY, 1, 2)
    assert (it.next_trim_start_seconds, it.next_trim_end_seconds) == (10, 50)
    assert "session:trimmed" in kinds_on_the_trail()
    assert "Prepare this cut" not in done.buttons


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("soon", "", "Write the time like 12:40"),
        ("0:30", "0:20", "The end must lie behind the start"),
        ("1:30", "", "behind the end of the file"),
    ],
)
def test_a_cut_that_cannot_be_says_so_by_its_field_and_keeps_what_was_typed(browser, address, start, end, words):
    browser.get(address)
    answer = browser.press("Prepare this cut", start=start, end=end)

    assert answer.status == 422
    assert any(words in error for error in answer.errors)
    assert answer.value("start") == start
    assert waiting() == []


def test_a_poster_is_chosen_from_the_pictures_or_by_a_typed_moment(browser, video_session, address):
    browser.get(address)
    browser.press("Use this moment", moment="20")
    assert as_kept(video_session).poster_at_seconds == 20

    browser.get(address)
    browser.press("Use this moment", moment="20", other="0:33")
    assert as_kept(video_session).poster_at_seconds == 33
    assert "The poster is being made" in browser.get(address).text
    assert waiting(jobs.MAKE_POSTER) == [video_session.id]


def test_a_poster_of_no_moment_says_so(browser, video_session, address):
    browser.get(address)
    assert browser.press("Use this moment").errors == ["Error: Choose a picture, or type a moment such as 12:40"]
    browser.get(address)
    assert "behind the end" in browser.press("Use this moment", other="2:00").errors[0]
    assert waiting(jobs.MAKE_POSTER) == []


def test_an_own_picture_becomes_the_poster(browser, video_session, address):
    browser.get(address)
    done = browser.press("Use this picture", file=(BytesIO(b"\xff\xd8\xff picture"), "stage.jpg"), follow=True)

    assert "Your own picture" in done.text
    assert "picture 0" in have(video_session)
    assert waiting(jobs.MAKE_POSTER) == [video_session.id]
    assert list(tools().media.incoming_folder.iterdir()) == []


def test_what_is_no_picture_is_refused_by_its_field(browser, video_session, address):
    browser.get(address)
    answer = browser.press("Use this picture", file=(BytesIO(b"<svg onload=alert(1)>"), "poster.jpg"))

    assert answer.status == 422
    assert answer.errors == ["Error: This is no picture we can use. JPEG, PNG and WebP work."]
    browser.get(address)
    assert browser.press("Use this picture").errors == ["Error: Choose a picture"]
    assert "picture 0" not in have(video_session)


def test_the_pictures_to_choose_from_are_for_those_who_look_after_it(browser, video_session, new_client):
    picture = f"/sessions/{video_session.key}/frames/1/0.jpg"

    answer = browser.get(picture)
    assert answer.response.data == b"\xff\xd8\xff sheet"
    assert "no-store" in answer.response.headers["Cache-Control"]
    other = new_client()
    other.sign_in_as(a_sponsor())
    assert other.get(picture).status == 404
    assert browser.get(f"/sessions/{video_session.key}/frames/2/0.jpg").status == 404


def test_a_new_version_that_failed_is_tried_again_or_given_up(browser, video_session, address):
    another_file(video_session)
    _failed(video_session, "The file is damaged near 0:02 of 0:05.")
    page = browser.get(address)
    assert "The new version could not be prepared" in page.text
    assert "The file is damaged near 0:02" in page.text

    browser.press("Try again with the same file", follow=True)
    assert as_kept(video_session).failure == ""

    browser.click("Give the new version up…")
    done = browser.press("Give it up", follow=True)
    assert "The new version is given up" in done.notices[0]
    assert as_kept(video_session).next_version is None
    assert "original 2" not in have(video_session)
    assert "original 1" in have(video_session)


def _failed(video_session: VideoSession, words: str) -> None:
    with transaction():
        as_kept(video_session).failure = words


def test_there_is_nothing_to_give_up_without_a_new_version(browser, address):
    assert browser.get(f"{address}/give-up").location == address


def test_a_recording_that_is_being_prepared_has_a_page_too(browser, sponsor):
    unready = a_video_session(owner=sponsor, state=VideoState.PROCESSING, ready_at=None, length_seconds=None)
    page = browser.get(f"/sessions/{unready.key}/video")

    assert "Once the recording can be played" in page.text
    assert "Use this picture" in page.buttons
    assert "Use this moment" not in page.buttons
