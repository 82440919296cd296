"""The page of what goes with a recording: captions, chapters, papers."""

import io

import pytest

from portal.basics.subtitles import read
from portal.domain import captions, chapters
from portal.domain.chapters import Shown
from portal.storage.db import db, transaction
from portal.storage.models import CaptionTrack
from tests.factories import NOON, a_guest, a_video_session

GERMAN = b"1\n00:00:01,000 --> 00:00:03,000\nGuten Abend.\n\n2\n00:00:09,000 --> 00:00:08,000\nNie.\n"


@pytest.fixture
def video_session(sponsor):
    return a_video_session(owner=sponsor, title="Meadow Morning", length_seconds=552.0)


@pytest.fixture
def page(at_home, video_session):
    at_home.get(f"/sessions/{video_session.key}/captions")
    return at_home


def file(data=GERMAN, name="abend.de.srt"):
    return io.BytesIO(data), name


def tracks(video_session):
    db.session.expire_all()
    query = db.select(CaptionTrack).where(CaptionTrack.video_session_id == video_session.id)
    return list(db.session.scalars(query))


def a_track(video_session, by, language="de"):
    with transaction():
        captions.add(video_session, language, read(GERMAN), name="abend.de.srt", by=by, at=NOON)
    return tracks(video_session)[0]


# Captions


def test_captions_are_added_and_what_was_left_out_is_named(page, video_session):
    after = page.press("Add the captions", language="de", file=file(), follow=True)

    assert after.notices == [
        "1 caption in German is kept 1 caption was left out. Line 6: it does not end after it begins."
    ]
    assert "German Deutsch 1 caption from abend.de.srt" in after.text
    assert [track.cues for track in tracks(video_session)] == [[[1000, 3000, "Guten Abend."]]]


def test_the_same_language_once_more_takes_the_place(page, sponsor, video_session):
    a_track(video_session, sponsor)

    after = page.press("Add the captions", language="de", file=file(b"0:01 --> 0:02\nNeu.\n"), follow=True)

    assert after.notices == ["1 caption in German is kept, in the place of the older ones"]
    assert [track.cues for track in tracks(video_session)] == [[[1000, 2000, "Neu."]]]


def test_captions_of_another_recording_are_asked_about(page):
    after = page.press("Add the captions", language="de", file=file(b"9:59 --> 10:00\nSpt.\n"), follow=True)

    assert "1 of them begins after the recording is over. Is it the file of this recording?" in after.notices[0]


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({}, [captions.NO_LANGUAGE, "Choose a file with captions"]),
        ({"language": "de"}, ["Choose a file with captions"]),
        ({"file": file()}, [captions.NO_LANGUAGE]),
        ({"language": "xx", "file": file()}, [captions.NO_LANGUAGE]),
        ({"language": "de", "file": file(b"")}, ["This file is empty."]),
        (
            {"language": "de", "file": file(b"<html><script>1</script>")},
            ["There are no captions in this file. WebVTT (.vtt) and SRT (.srt) work."],
        ),
    ],
    ids=["nothing", "no file", "no language", "no such language", "empty", "a page"],
)
def test_faults_stand_beside_their_fields(page, video_session, fields, errors):
    wrong = page.press("Add the captions", **{name: copy(value) for name, value in fields.items()})

    assert (wrong.status, [error.removeprefix("Error: ") for error in wrong.errors]) == (422, errors)
    assert wrong.title.startswith("Error: ")
    assert wrong.value("language") == ("de" if fields.get("language") == "de" else "")
    assert tracks(video_session) == []


def copy(value):
    """A stream is read once; a parametrised one must serve every run."""
    return (io.BytesIO(value[0].getvalue()), value[1]) if isinstance(value, tuple) else value


def test_the_captions_can_be_had_back_to_correct_them(page, sponsor, video_session):
    track = a_track(video_session, sponsor)

    answer = page.get(f"/sessions/{video_session.key}/captions/{track.key}.vtt")

    assert answer.response.content_type == "text/vtt; charset=utf-8"
    assert answer.response.text == "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\nGuten Abend.\n"
    assert "Meadow Morning.de.vtt" in answer.response.headers["Content-Disposition"]


def test_captions_are_removed_after_a_question(page, sponsor, video_session):
    track = a_track(video_session, sponsor)
    page.get(f"/sessions/{video_session.key}/captions/{track.key}/remove")

    after = page.press("Remove the captions", follow=True)

    assert after.notices == ["The captions in German are removed"]
    assert tracks(video_session) == []


# Chapters


def titles(video_session):
    db.session.expire_all()
    return [(chapter.seconds, chapter.title) for chapter in chapters.shown(video_session)]


def rows(*given):
    return {
        f"rows-{n}-{name}": value
        for n, row in enumerate(given)
        for name, value in zip(("begins", "title"), row, strict=True)
    }


def test_chapters_are_saved_from_plain_rows(page, video_session):
    after = page.press(
        "Save the chapters", **rows(("2:05", "The first yawn"), ("", ""), ("0:00", "Opening titles")), follow=True
    )

    assert after.notices == ["2 chapters are saved"]
    assert titles(video_session) == [(0, "Opening titles"), (125, "The first yawn")]
    assert [after.value(f"rows-{n}-begins") for n in range(5)] == ["0:00", "2:05", "", "", ""]


def test_an_emptied_row_is_a_chapter_less(page, sponsor, video_session):
    with transaction():
        chapters.save(video_session, [Shown(0, "A"), Shown(60, "B")], version=None, by=sponsor, at=NOON)
    page.get(f"/sessions/{video_session.key}/captions")

    page.press("Save the chapters", **rows(("", ""), ("1:00", "B")), follow=True)

    assert titles(video_session) == [(60, "B")]


def test_more_rows_keep_what_is_typed_and_save_nothing(page, video_session):
    more = page.press("More rows", **rows(("0:00", "Opening")))

    assert more.status == 200
    assert (more.value("rows-0-title"), more.value("rows-9-title"), titles(video_session)) == ("Opening", "", [])

    page.press("Save the chapters", **{"rows-9-begins": "1:00", "rows-9-title": "Last"}, follow=True)
    assert titles(video_session) == [(0, "Opening"), (60, "Last")]


def test_each_row_with_a_fault_says_it_and_nothing_is_lost(page, video_session):
    wrong = page.press("Save the chapters", **rows(("soon", "A"), ("", "B"), ("0:05", ""), ("0:07", "D")))

    assert (wrong.status, [error.removeprefix("Error: ") for error in wrong.errors]) == (
        422,
        ["Write the time like 12:40, or 1:02:05 with hours", chapters.NO_TIME, chapters.NO_TITLE],
    )
    assert [wrong.value(f"rows-{n}-begins") for n in range(4)] == ["soon", "", "0:05", "0:07"]
    assert titles(video_session) == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ((("0:00", "A"), ("", ""), ("9:12", "After the end")), "The recording ends at 9:12"),
        ((("0:00", "A"), ("", ""), ("0", "B")), "“A” begins there, too"),
    ],
)
def test_what_the_recording_does_not_allow_stands_beside_its_row(page, given, sentence):
    wrong = page.press("Save the chapters", **rows(*given))

    assert [error.removeprefix("Error: ") for error in wrong.errors] == [sentence]
    assert "rows-2-begins-error" in {node.get("id") for node in wrong.page.iter()}


def test_a_second_editor_is_told_and_may_replace(page, sponsor, video_session):
    with transaction():
        chapters.save(video_session, [Shown(0, "Theirs")], version=None, by=sponsor, at=NOON)

    told = page.press("Save the chapters", **rows(("0:00", "Ours")))

    assert told.status == 409
    assert "Somebody saved these chapters after you opened them" in told.text
    page.press("Save the chapters", follow=True)
    assert titles(video_session) == [(0, "Ours")]


def test_a_guest_reaches_none_of_it(client, video_session):
    client.sign_in_as(a_guest())

    assert client.get(f"/sessions/{video_session.key}/captions").status == 403
