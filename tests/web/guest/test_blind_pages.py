"""At a blind event no page, answer or file tells its judges whose a recording is."""

import re
from datetime import UTC, datetime

import pytest

from portal.domain.judging import labels
from portal.domain.work import tools
from portal.settings import ROOT
from portal.storage.db import db, transaction
from portal.storage.models import Attachment, CaptionTrack, Chapter, Grant, Stream
from tests.domain.judging.contests import A_DAY, a_contest, keep
from tests.factories import a_folder

TELLING = ("Penguins", "Calder", "antarctic", "Team Ice", "slides-calder", "Ines greets")
PDF = b"%PDF-1.7\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def contest(app):
    contest = a_contest(datetime.now(UTC), is_blind=True)
    contest.a_criterion()
    folder = a_folder(owner=contest.owner, title="Team Ice")
    film = contest.a_session(
        title="Penguins",
        presenter="Ines Calder",
        description="An antarctic year",
        recorded_on=contest.at.date(),
        folder_id=folder.id,
        in_folder_since=contest.at - A_DAY,
        allows_download=True,
    )
    paper = tools().media.incoming_folder / "upload-paper"
    paper.write_bytes(PDF)
    keep(Chapter(video_session_id=film.id, begins_at_seconds=0.0, title="Ines greets"))
    keep(
        Attachment(
            key="paperpaperpaper1",
            video_session_id=film.id,
            title="slides-calder",
            store_key=tools().media.adopt(paper),
            content_type="application/pdf",
            size_bytes=len(PDF),
            uploaded_name="slides-calder.pdf",
            created_at=contest.at,
        )
    )
    keep(
        CaptionTrack(
            key="tracktracktrack1",
            video_session_id=film.id,
            language="en",
            cues=[[0, 1000, "Welcome to the ice"]],
            created_at=contest.at,
            changed_at=contest.at,
        )
    )
    contest.a_judge(name="Ada")
    with transaction():
        labels.give(contest.event)
    return contest


@pytest.fixture
def judge(contest, client):
    client.sign_in_as(contest.judges[0])
    return contest.judges[0]


def tells(answer):
    return [word for word in TELLING if word in answer.response.text]


def test_no_page_names_it(contest, client, judge):
    film = contest.sessions[0]
    page = client.get(f"/watch/{film.key}")
    assert page.heading == "Entry 1"
    assert tells(page) == []
    client.press("Play")
    stream = db.session.scalars(db.select(Stream)).one()
    for address in (
        "/",
        "/account",
        f"/watch/{film.key}",
        f"/watch/{film.key}/transcript",
        f"/watch/{film.key}/score-sheets/{contest.event.key}",
        "/search?words=welcome",
        "/search?words=krill",
        f"/players/{stream.key}/state",
    ):
        answer = client.get(address)
        assert answer.status == 200, address
        assert tells(answer) == [], address
    for words in ("Penguins", "Calder", "antarctic"):
        assert "Entry 1" not in client.get(f"/search?words={words}").text
    assert judge


def test_papers_are_saved_under_the_number(contest, client, judge):
    answer = client.get(f"/watch/{contest.sessions[0].key}/attachments/paperpaperpaper1")

    assert answer.status == 200
    assert "Entry 1, paper 1.pdf" in answer.response.headers["Content-Disposition"]
    assert judge


def test_the_own_data_name_the_entry(contest, client, judge):
    client.get(f"/watch/{contest.sessions[0].key}")
    client.press("Play")
    client.get("/account")

    data = client.press("Download my data")

    assert data.status == 200
    assert tells(data) == []
    assert judge


def test_pages_that_say_no_name_the_entry(contest, client, judge):
    with transaction():
        for grant in db.session.scalars(db.select(Grant)):
            grant.ends_at = contest.at - A_DAY / 2

    page = client.get(f"/watch/{contest.sessions[0].key}")

    assert page.status == 403
    assert "Entry 1" in page.text
    assert tells(page) == []
    assert judge


def test_templates_for_guests_say_what_may_be_told_and_not_what_the_recording_says():
    """`found.face` is what may be told; `video_session.title` would tell it to judges of a blind event, too."""
    named = re.compile(r"video_session\.(title|presenter|description|recorded_on)")
    files = (ROOT / "templates" / "guest").rglob("*.html")

    assert [str(file.relative_to(ROOT)) for file in files if named.search(file.read_text())] == []
