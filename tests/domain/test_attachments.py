"""Papers beside a recording: PDF by their content, and for whoever may watch."""

from datetime import timedelta

import pytest

from portal.basics.errors import NotFound
from portal.domain import attachments, library, options, uploads
from portal.domain.attachments import WrongPaper
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import Attachment, AuditEvent, MediaKind, VideoState
from tests.factories import NOON, a_grant, a_guest, a_sponsor, a_video_session, an_admin
from tests.recordings import a_file

pytestmark = pytest.mark.usefixtures("app")
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"
DAY = timedelta(days=1)


@pytest.fixture
def sponsor(app):
    return a_sponsor(name="Dana Lee")


@pytest.fixture
def video_session(sponsor):
    return a_video_session(owner=sponsor)


def arrived(content=PDF):
    path = tools().media.incoming_folder / "upload-paper"
    path.write_bytes(content)
    return path


def added(video_session, by, *, content=PDF, title="The slides"):
    with attachments.stored(arrived(content), name="slides.pdf") as paper, transaction():
        return attachments.add(video_session, paper, title=title, by=by, at=NOON)


def kept_files():
    kept = tools().media.incoming_folder.parent / "kept"
    return [path.name for path in kept.rglob("*") if path.is_file()]


def test_a_paper_is_kept_under_a_random_name(video_session, sponsor):
    paper = added(video_session, sponsor, title="  The \n slides ")

    assert (paper.title, paper.uploaded_name, paper.content_type) == ("The slides", "slides.pdf", "application/pdf")
    assert (paper.size_bytes, kept_files()) == (len(PDF), [paper.store_key])
    assert attachments.of_session(video_session) == [paper]
    [entry] = db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == "session:attachment-added"))
    assert entry.facts == {"paper": "The slides", "size_bytes": len(PDF)}


def test_papers_take_of_the_same_space_as_recordings_whoever_adds_them(video_session, sponsor):
    gigabyte = 1024**3
    admin = an_admin()
    with transaction():
        options.set_upload_quota(1, by=admin, at=NOON)
    a_file(video_session, MediaKind.ORIGINAL, size_bytes=gigabyte - len(PDF))
    added(video_session, sponsor)
    assert uploads.space_of(sponsor.id).left == 0

    with pytest.raises(WrongPaper, match="are left of 1 GB") as caught:
        added(video_session, admin)

    assert caught.value.field == "file"
    assert len(kept_files()) == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty."),
        (b"<html><script>alert(1)</script>\n%PDF-1.7\n%%EOF", attachments.NO_PDF),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", attachments.NO_PDF),
        (b"PK\x03\x04 a presentation", attachments.NO_PDF),
        (b"\n" + PDF, attachments.NO_PDF),
        (PDF[:-10], attachments.CUT_PDF),
        (PDF + bytes(5000), attachments.CUT_PDF),
    ],
    ids=["empty", "a page with a PDF in it", "SVG", "zip", "not from its first byte", "cut", "something after its end"],
)
def test_what_is_not_a_whole_pdf_is_refused_and_leaves_nothing(video_session, sponsor, content, sentence):
    with pytest.raises(WrongPaper) as caught:
        added(video_session, sponsor, content=content)

    assert (caught.value.field, str(caught.value)) == ("file", sentence)
    assert attachments.of_session(video_session) == []
    assert kept_files() == []


def test_a_paper_larger_than_any_slides_is_refused(video_session, sponsor, monkeypatch):
    monkeypatch.setattr(attachments, "LARGEST", len(PDF) - 1)

    with pytest.raises(WrongPaper, match="work"):
        added(video_session, sponsor)


def test_a_file_whose_row_is_not_kept_is_given_up(video_session, sponsor):
    with pytest.raises(WrongPaper, match="Say what it is called"):
        added(video_session, sponsor, title=" ")

    assert kept_files() == []


def test_there_is_an_end_to_papers(video_session, sponsor, monkeypatch):
    monkeypatch.setattr(attachments, "MOST", 1)
    added(video_session, sponsor)

    with pytest.raises(WrongPaper, match="at most 1 papers"):
        added(video_session, sponsor)

    assert len(kept_files()) == 1


def test_a_removed_paper_is_gone_with_its_file(video_session, sponsor):
    paper = added(video_session, sponsor)

    with transaction():
        attachments.remove(video_session, paper, by=sponsor, at=NOON)

    assert attachments.of_session(video_session) == []
    assert kept_files() == []


def test_the_papers_of_a_deleted_recording_are_deleted(video_session, sponsor):
    added(video_session, sponsor)

    with transaction():
        library.delete_session(video_session, by=sponsor, at=NOON)

    assert db.session.scalars(db.select(Attachment)).all() == []
    assert kept_files() == []


@pytest.mark.parametrize(
    ("name", "title"),
    [("Slides_2026.PDF", "Slides 2026"), ("a.b.pdf", "a.b"), (".pdf", "Paper"), ("no ending", "no ending")],
)
def test_a_paper_without_a_title_is_called_as_its_file(name, title):
    assert attachments.title_of(name) == title


# Who may have it


def may_have(viewer, video_session, paper, at=NOON):
    try:
        return attachments.of_viewer(viewer, video_session.key, paper.key, at=at, sign_in=None)[0] == paper
    except NotFound:
        return False


def test_who_may_watch_may_have_the_paper_and_nobody_else(video_session, sponsor):
    paper = added(video_session, sponsor)
    named, ended, revoked, stranger = (a_guest(sponsor=sponsor) for _ in range(4))
    a_grant(video_session, to=named, ends_at=NOON + DAY)
    a_grant(video_session, to=ended, ends_at=NOON - DAY)
    a_grant(video_session, to=revoked, revoked_at=NOON)

    assert may_have(named, video_session, paper)
    assert not may_have(named, video_session, paper, at=NOON + 2 * DAY)
    assert not may_have(ended, video_session, paper)
    assert not may_have(revoked, video_session, paper)
    assert not may_have(stranger, video_session, paper)
    assert not may_have(a_sponsor(), video_session, paper)
    assert may_have(sponsor, video_session, paper)
    assert may_have(an_admin(), video_session, paper)


def test_the_paper_of_another_recording_is_not_found_by_the_key_of_this_one(video_session, sponsor):
    guest = a_guest(sponsor=sponsor)
    a_grant(video_session, to=guest)
    other = a_video_session(owner=sponsor)

    assert not may_have(guest, video_session, added(other, sponsor))


def test_who_looks_after_it_has_the_paper_before_the_recording_is_ready(sponsor):
    guest = a_guest(sponsor=sponsor)
    coming = a_video_session(owner=sponsor, state=VideoState.PROCESSING, ready_at=None)
    a_grant(coming, to=guest)
    paper = added(coming, sponsor)

    assert may_have(sponsor, coming, paper)
    assert not may_have(guest, coming, paper)
