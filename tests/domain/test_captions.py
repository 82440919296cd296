"""Captions of a recording: taken from files, one track a language, and moved with the picture."""

import pytest

from portal.basics.errors import NotFound
from portal.basics.subtitles import Cue, read
from portal.domain import captions, chapters, search
from portal.domain.captions import WrongCaptions
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, CaptionTrack
from tests.factories import NOON, a_grant, a_guest, a_sponsor, a_video_session

pytestmark = pytest.mark.usefixtures("app")
GERMAN = "00:01.000 --> 00:03.500\nGuten Abend.\n\n01:05.000 --> 01:07.000\nWas für ein <i>Morgen</i>!\n".encode()


@pytest.fixture
def sponsor(app):
    return a_sponsor(name="Dana Lee")


@pytest.fixture
def video_session(sponsor):
    return a_video_session(owner=sponsor, title="Meadow Morning", length_seconds=120.0)


def added(video_session, by, language="de", data=GERMAN, name="captions.de.vtt"):
    with transaction():
        return captions.add(video_session, language, read(data), name=name, by=by, at=NOON)


def track_of(video_session):
    return db.session.scalars(db.select(CaptionTrack).where(CaptionTrack.video_session_id == video_session.id)).one()


def acts():
    ours = db.select(AuditEvent).where(AuditEvent.kind.startswith("session:")).order_by(AuditEvent.sequence)
    return [(entry.kind, entry.facts) for entry in db.session.scalars(ours)]


def test_captions_are_kept_as_cleaned_words_and_times(video_session, sponsor):
    it = added(video_session, sponsor)

    assert (it.captions, it.replaced, it.left_out, it.after_the_end) == (2, False, [], 0)
    track = track_of(video_session)
    assert track.cues == [[1000, 3500, "Guten Abend."], [65000, 67000, "Was für ein <i>Morgen</i>!"]]
    assert captions.as_webvtt(track) == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:03.500\nGuten Abend.\n\n"
        "00:01:05.000 --> 00:01:07.000\nWas für ein <i>Morgen</i>!\n"
    )
    assert acts() == [("session:captions-added", {"language": "German", "file": "captions.de.vtt", "captions": 2})]


def test_a_recording_has_one_track_a_language_and_the_newer_takes_the_place(video_session, sponsor):
    added(video_session, sponsor)
    key = track_of(video_session).key
    added(video_session, sponsor, language="en", data=b"0:01 --> 0:02\nGood evening.\n")

    again = added(video_session, sponsor, data=b"0:01 --> 0:02\nGuten Morgen.\n", name="newer.srt")

    assert again.replaced
    lines = captions.tracks_of(video_session)
    assert [(line.language.name, line.captions, line.uploaded_name) for line in lines] == [
        ("English", 1, "captions.de.vtt"),
        ("German", 1, "newer.srt"),
    ]
    assert lines[1].key == key
    assert acts()[-1][0] == "session:captions-replaced"


def test_captions_after_the_end_are_counted(video_session, sponsor):
    it = added(
        video_session, sponsor, data=b"1:59 --> 2:01\nNearly\n\n2:00 --> 2:01\nOver\n\n9:00 --> 9:01\nLong over\n"
    )

    assert it.after_the_end == 2


@pytest.mark.parametrize("language", ["klingon", ""])
def test_a_language_that_is_none_changes_nothing(video_session, sponsor, language):
    with pytest.raises(WrongCaptions, match=captions.NO_LANGUAGE) as caught:
        added(video_session, sponsor, language=language)

    assert caught.value.field == "language"
    assert captions.tracks_of(video_session) == []
    assert acts() == []


def test_a_file_without_captions_is_refused_with_words(tmp_path):
    file = tmp_path / "page.vtt"
    file.write_bytes(b"<html>")

    with pytest.raises(WrongCaptions, match="There are no captions in this file") as caught:
        captions.read_file(file)

    assert caught.value.field == "file"


def test_a_file_too_large_for_captions_is_not_read(tmp_path):
    file = tmp_path / "long.vtt"
    with file.open("wb") as whole:
        whole.truncate(captions.LARGEST_FILE + 1)

    with pytest.raises(WrongCaptions, match="too large"):
        captions.read_file(file)


def test_removed_captions_are_gone(video_session, sponsor):
    added(video_session, sponsor)

    with transaction():
        captions.remove(video_session, track_of(video_session), by=sponsor, at=NOON)

    assert captions.tracks_of(video_session) == []
    assert acts()[-1] == ("session:captions-removed", {"language": "German"})


def test_a_track_of_another_recording_is_not_found(video_session, sponsor):
    added(video_session, sponsor)

    with pytest.raises(NotFound):
        captions.find(a_video_session(owner=sponsor), track_of(video_session).key)


def test_what_is_said_can_be_searched_for_until_it_is_removed(video_session, sponsor):
    guest = a_guest(sponsor=sponsor)
    a_grant(video_session, to=guest)
    added(video_session, sponsor)

    def hits():
        return [hit.shared.key for hit in search.look_for(guest, "morgen", at=NOON).hits]

    assert hits() == [video_session.key]
    with transaction():
        captions.remove(video_session, track_of(video_session), by=sponsor, at=NOON)
    assert hits() == []


# Trimming


def test_captions_and_chapters_move_with_the_start_of_the_picture(video_session, sponsor):
    added(video_session, sponsor)
    with transaction():
        chapters.save(
            video_session,
            [chapters.Shown(0, "Titles"), chapters.Shown(2, "Burrow"), chapters.Shown(60, "Meadow")],
            version=None,
            by=sponsor,
            at=NOON,
        )

    with transaction():
        captions.moved_by(video_session, -2.5, at=NOON)
        video_session.length_seconds = 64.0

    track = track_of(video_session)
    assert captions.shown_cues(track, 64.0) == [
        Cue(0, 1000, "Guten Abend."),
        Cue(62500, 64000, "Was für ein <i>Morgen</i>!"),
    ]
    assert chapters.shown(video_session) == [chapters.Shown(0, "Burrow"), chapters.Shown(57.5, "Meadow")]


def test_what_a_cut_takes_off_the_end_is_found_no_more(video_session, sponsor):
    guest = a_guest(sponsor=sponsor)
    a_grant(video_session, to=guest)
    added(video_session, sponsor)

    with transaction():
        video_session.length_seconds = 60.0
        captions.moved_by(video_session, 0, at=NOON)

    assert [len(search.look_for(guest, words, at=NOON).hits) for words in ("abend", "morgen")] == [1, 0]


def test_giving_back_what_was_cut_off_brings_captions_and_chapters_back(video_session, sponsor):
    added(video_session, sponsor)
    kept = [chapters.Shown(0, "Titles"), chapters.Shown(2, "Burrow"), chapters.Shown(3, "Meadow")]
    with transaction():
        chapters.save(video_session, kept, version=None, by=sponsor, at=NOON)

    for seconds in (-70.0, -1.5, 71.5):
        with transaction():
            captions.moved_by(video_session, seconds, at=NOON)

    assert track_of(video_session).cues == [[1000, 3500, "Guten Abend."], [65000, 67000, "Was für ein <i>Morgen</i>!"]]
    assert chapters.shown(video_session) == kept
