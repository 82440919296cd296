"""`flask sessions import`: files of the machine become recordings of a sponsor's."""

import shutil

import pytest

from portal.domain import options
from portal.domain.work import tools
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Job, MediaFile, VideoSession
from tests.factories import NOON, a_folder, a_guest, a_sponsor, an_admin
from tests.media_samples import CLIP, MediaSamples

DANA = "dana.lee@aldermere.example"


@pytest.fixture
def dana(app):
    return a_sponsor(address=DANA, name="Dana Lee")


@pytest.fixture
def films(tmp_path):
    """A folder as people have them: two films, one of them deeper, a paper, a cut film, and what systems leave."""
    folder = tmp_path / "films"
    (folder / "2026").mkdir(parents=True)
    shutil.copy(CLIP, folder / "Opening_lecture.mp4")
    shutil.copy(CLIP, folder / "2026" / "Quartet in C.mov")
    (folder / "programme.pdf").write_bytes(b"%PDF-1.7 a programme" * 50)
    MediaSamples(folder).cut(CLIP, "broken.mp4")
    (folder / ".hidden.mp4").write_bytes(b"no film")
    return folder


def run(app, *words):
    return app.test_cli_runner().invoke(args=["sessions", "import", *(str(word) for word in words)])


def titles():
    return list(db.session.scalars(db.select(VideoSession.title).order_by(VideoSession.id)))


def test_good_files_are_taken_and_each_bad_one_is_named(app, dana, films):
    folder = a_folder(owner=dana, title="Donors 2026")

    result = run(app, films, "--owner", DANA, "--folder", "Donors 2026")

    assert result.exit_code == 1
    assert titles() == ["Quartet in C", "Opening lecture"]
    assert "2 taken, 0 there already, 2 not taken." in result.output
    assert f"{films}/2026/Quartet in C.mov: is “Quartet in C”" in result.output
    assert "broken.mp4: not taken. This file is cut off: its end is missing." in result.stderr
    assert "programme.pdf: not taken. This file is not a video we can read." in result.stderr
    assert ".hidden" not in result.output
    for video_session in db.session.scalars(db.select(VideoSession)):
        assert (video_session.owner_id, video_session.folder_id) == (dana.id, folder.id)
    assert db.session.scalar(db.select(db.func.count(Job.id))) == 2
    assert (films / "Opening_lecture.mp4").read_bytes() == CLIP.read_bytes()
    original = db.session.scalars(db.select(MediaFile)).first()
    assert tools().media.read(original.store_key) == CLIP.read_bytes()
    events = list(db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == "session:imported")))
    assert [(event.actor_id, event.person_id) for event in events] == [(None, dana.id)] * 2


def test_a_link_that_leads_back_into_its_folder_is_not_followed(app, dana, films):
    (films / "2026" / "all").symlink_to(films)

    result = run(app, films, "--owner", DANA, "--dry-run")

    assert "2 would be taken, 0 there already, 2 not taken." in result.output


def test_given_again_it_takes_only_what_is_new(app, dana, films):
    run(app, films, "--owner", DANA)

    result = run(app, films / "Opening_lecture.mp4", films / "2026", "--owner", DANA.upper())

    assert result.exit_code == 0
    assert "Opening_lecture.mp4: there already" in result.output
    assert len(titles()) == 2


def test_a_dry_run_tells_the_same_and_changes_nothing(app, dana, films):
    result = run(app, films, "--owner", DANA, "--dry-run")

    assert "Opening_lecture.mp4: would become “Opening lecture”" in result.output
    assert "2 would be taken, 0 there already, 2 not taken." in result.output
    assert result.exit_code == 1
    assert titles() == []


def test_it_is_held_by_the_owners_space_and_the_largest_size(app, dana, films, monkeypatch):
    monkeypatch.setattr(options, "GIGABYTE", 1000)
    admin = an_admin()
    with transaction():
        options.set_upload_quota(1100, by=admin, at=NOON)

    result = run(app, films, films / "missing.mp4", "--owner", DANA)

    assert titles() == ["Quartet in C"]
    assert "Opening_lecture.mp4: not taken. This file has 1 MB, and" in result.stderr
    assert "missing.mp4: not taken. There is no such file." in result.stderr


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--owner", "nobody@quill.example"], "No sponsor and no admin has the address nobody@quill.example."),
        (["--owner", "guest@quill.example"], "No sponsor and no admin has the address guest@quill.example."),
        (["--owner", DANA, "--folder", "Donors"], "Dana Lee has no folder “Donors”. There are: “Open lectures”."),
    ],
)
def test_an_owner_or_folder_that_is_not_there_is_told_before_anything_is_done(app, dana, films, words, answer):
    a_guest(address="guest@quill.example")
    a_folder(owner=dana, title="Open lectures")
    a_folder(title="Donors")

    result = run(app, films, *words)

    assert result.exit_code == 1
    assert answer in result.output
    assert titles() == []
