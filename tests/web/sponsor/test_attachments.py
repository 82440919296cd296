"""Papers beside a recording, as its sponsor adds and removes them."""

import io

import pytest

from portal.domain import attachments
from portal.domain.work import tools
from portal.storage.db import db
from tests.domain.test_attachments import PDF
from tests.factories import a_video_session


@pytest.fixture
def video_session(sponsor):
    return a_video_session(owner=sponsor, title="Meadow Morning")


@pytest.fixture
def page(at_home, video_session):
    at_home.get(f"/sessions/{video_session.key}/captions")
    return at_home


def pdf(content=PDF, name="Slides_2026.pdf"):
    return io.BytesIO(content), name


def papers(video_session):
    db.session.expire_all()
    return [(paper.title, paper.uploaded_name) for paper in attachments.of_session(video_session)]


def test_a_paper_without_a_title_is_called_as_its_file(page, video_session):
    after = page.press("Add the paper", file=pdf(), follow=True)

    assert after.notices == ["“Slides 2026” is there Whoever may watch the recording can have it."]
    assert papers(video_session) == [("Slides 2026", "Slides_2026.pdf")]
    assert list(tools().media.incoming_folder.iterdir()) == []


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "Choose a PDF file"),
        ({"file": b"<svg/>"}, attachments.NO_PDF),
        ({"file": PDF[:-9]}, attachments.CUT_PDF),
        ({"file": PDF, "title": "x" * 201}, "A title has at most 200 characters; this has 201"),
    ],
    ids=["none", "SVG", "cut", "long title"],
)
def test_a_fault_stands_beside_its_field_and_leaves_nothing(page, video_session, fields, error):
    given = {name: pdf(value) if name == "file" else value for name, value in fields.items()}

    wrong = page.press("Add the paper", **given)

    assert (wrong.status, [words.removeprefix("Error: ") for words in wrong.errors]) == (422, [error])
    assert wrong.value("title") == fields.get("title", "")
    assert papers(video_session) == []
    assert list(tools().media.incoming_folder.iterdir()) == []


def test_a_paper_is_removed_after_a_question(page, video_session):
    page.press("Add the paper", file=pdf(), title="The slides", follow=True)
    page.click("Remove… The slides")

    after = page.press("Remove the paper", follow=True)

    assert after.notices == ["“The slides” is removed"]
    assert papers(video_session) == []
