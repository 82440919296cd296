"""Chapters of a recording."""

import pytest

from portal.domain import captions, chapters
from portal.domain.chapters import Shown, TooManyChapters, WrongChapter
from portal.domain.library import ChangedMeanwhile
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent
from tests.factories import NOON, a_sponsor, a_video_session

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def sponsor(app):
    return a_sponsor(name="Dana Lee")


@pytest.fixture
def video_session(sponsor):
    return a_video_session(owner=sponsor, length_seconds=300.0)


@pytest.fixture
def save(video_session, sponsor):
    def saved(*wanted, version=None):
        with transaction():
            given = [Shown(seconds, title) for seconds, title in wanted]
            return chapters.save(video_session, given, version=version, by=sponsor, at=NOON)

    return saved


def of(video_session):
    return [(chapter.seconds, chapter.title) for chapter in chapters.shown(video_session)]


def test_chapters_are_kept_in_the_order_of_their_times(video_session, save):
    assert save((125, "The first yawn"), (0, "  Opening \n titles "), (48.25, "Out of the burrow"))

    assert of(video_session) == [(0, "Opening titles"), (48.25, "Out of the burrow"), (125, "The first yawn")]
    [entry] = db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == "session:chapters-changed"))
    assert entry.facts == {"chapters": 3}


def test_saving_replaces_them_all(video_session, save):
    save((0, "Opening"), (60, "Middle"))

    assert save((0, "Opening"), (60, "Centre"), (90, "End"))
    assert of(video_session) == [(0, "Opening"), (60, "Centre"), (90, "End")]
    assert save()
    assert of(video_session) == []


def test_saving_what_is_there_changes_nothing(save):
    save((0, "Opening"))

    assert not save((0, "Opening"))


@pytest.mark.parametrize(
    ("wanted", "number", "field", "sentence"),
    [
        ([(0, "A"), (5, " ")], 1, "title", chapters.NO_TITLE),
        ([(0, "x" * 201)], 0, "title", "A chapter's title has at most 200 characters; this has 201"),
        ([(0, "A"), (300, "B")], 1, "begins", "The recording ends at 5:00"),
        ([(5, "A"), (0, "B"), (5.0001, "C")], 2, "begins", "“A” begins there, too"),
        ([(-1, "A")], 0, "begins", chapters.NO_TIME),
        ([(float("nan"), "A")], 0, "begins", chapters.NO_TIME),
    ],
)
def test_a_chapter_that_cannot_be_is_named(video_session, save, wanted, number, field, sentence):
    save((1, "Kept"))

    with pytest.raises(WrongChapter) as caught:
        save(*wanted)

    assert (caught.value.number, caught.value.field, str(caught.value)) == (number, field, sentence)
    assert of(video_session) == [(1, "Kept")]


def test_there_is_an_end_to_chapters(save):
    with pytest.raises(TooManyChapters):
        save(*[(number, "One more") for number in range(chapters.MOST + 1)])


def test_a_second_editor_is_told(video_session, save):
    opened = chapters.version_of(chapters.shown(video_session))
    save((0, "Theirs"))

    with pytest.raises(ChangedMeanwhile):
        save((0, "Ours"), version=opened)

    assert of(video_session) == [(0, "Theirs")]


class TestAfterATrim:
    """Ten seconds are cut off the start, and all after 200 off the end."""

    @pytest.fixture(autouse=True)
    def trimmed(self, video_session, save):
        save((0, "Titles"), (8, "Burrow"), (60, "Meadow"), (250, "Evening"))
        with transaction():
            captions.moved_by(video_session, -10.0, at=NOON)
            video_session.length_seconds = 190.0

    def given_back(self, video_session):
        with transaction():
            captions.moved_by(video_session, 10.0, at=NOON)
            video_session.length_seconds = 300.0
        return of(video_session)

    def test_the_chapter_that_goes_on_at_the_start_is_shown_there(self, video_session):
        assert of(video_session) == [(0, "Burrow"), (50, "Meadow")]

    def test_what_is_out_of_sight_comes_back(self, video_session, save):
        save((0, "Burrow"), (50, "The meadow"))

        assert self.given_back(video_session) == [(0, "Titles"), (8, "Burrow"), (60, "The meadow"), (250, "Evening")]

    def test_taking_away_the_one_at_the_start_brings_none_before_it_into_sight(self, video_session, save):
        save((50, "Meadow"))

        assert of(video_session) == [(50, "Meadow")]
        assert self.given_back(video_session) == [(60, "Meadow"), (250, "Evening")]
