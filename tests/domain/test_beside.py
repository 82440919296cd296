"""What stands beside the picture, in one query."""

import pytest

from portal.basics.subtitles import read
from portal.domain import attachments, beside, captions, chapters
from portal.domain.chapters import Shown
from portal.domain.work import tools
from portal.storage.db import transaction
from tests.domain.test_attachments import PDF
from tests.factories import NOON, a_sponsor, a_video_session

pytestmark = pytest.mark.usefixtures("app")


def test_tracks_chapters_and_papers_come_in_their_order():
    sponsor = a_sponsor()
    it, other = (a_video_session(owner=sponsor, length_seconds=300.0) for _ in range(2))
    for video_session in (it, other):
        with transaction():
            for language in ("de", "en", "ar"):
                captions.add(video_session, language, read(b"0:1 --> 0:2\nYes"), name="c.vtt", by=sponsor, at=NOON)
            wanted = [Shown(100.5, "Second"), Shown(0, "First")]
            chapters.save(video_session, wanted, version=None, by=sponsor, at=NOON)
        for title in ("Slides", "Handout"):
            path = tools().media.incoming_folder / "upload-paper"
            path.write_bytes(PDF)
            with attachments.stored(path, name="s.pdf") as paper, transaction():
                attachments.add(video_session, paper, title=title, by=sponsor, at=NOON)

    found = beside.of(it)

    assert [(track.language.name, track.language.direction) for track in found.tracks] == [
        ("Arabic", "rtl"),
        ("English", "ltr"),
        ("German", "ltr"),
    ]
    assert found.chapters == [Shown(0.0, "First"), Shown(100.5, "Second")]
    assert [(paper.title, paper.size_bytes) for paper in found.papers] == [("Slides", len(PDF)), ("Handout", len(PDF))]
    assert {paper.key for paper in found.papers} == {paper.key for paper in attachments.of_session(it)}


def test_a_recording_with_nothing_beside_it_has_nothing():
    assert beside.of(a_video_session()) == beside.Beside([], [], [])
