"""What recordings are found by is what they are now."""

import pytest

from portal.domain import library, search
from portal.domain.library import Details, Filters
from portal.storage.db import db, transaction
from portal.storage.models import SearchDocument, SearchPassage, SessionTag
from tests.domain.search.said import captions
from tests.factories import NOON, a_folder, a_sponsor, a_video_session, an_admin

pytestmark = pytest.mark.usefixtures("app")


def found(by, words, **more):
    rows = library.list_sessions(by, at=NOON, filters=Filters(words=words, **more)).rows
    return [row.title for row in rows]


@pytest.fixture
def sponsor():
    return a_sponsor()


@pytest.fixture
def film(sponsor):
    return a_video_session(owner=sponsor, title="Crème de la Crème: Gała 2026", description="With Ørsted's choir")


@pytest.mark.parametrize(
    "words",
    ["creme", "CRÈME", "gala 2026", "2026 gal", "choir", "orsteds", "Ørsted’s", "crem choi gala", "“Gała”", "c g"],
)
def test_a_recording_is_found_by_its_words_in_any_case_accent_and_order(sponsor, film, words):
    assert found(sponsor, words) == [film.title]


@pytest.mark.parametrize(
    "words", ["rème", "creme dinner", "***", "gala -2026x", "NOT", "gala OR dinner", "title:dinner", "NEAR(x y)", "''"]
)
def test_it_is_not_found_by_others_nor_by_the_signs_of_a_search_language(sponsor, film, words):
    assert found(sponsor, words) == []


def test_what_is_typed_is_never_read_as_an_operator(sponsor):
    film = a_video_session(owner=sponsor, title="Not and or near")

    for words in ("NOT", "AND OR", 'near"', "not*", "and & or", "'or' | not", "near:*", "not (and)"):
        assert found(sponsor, words) == [film.title], words


def test_a_new_title_counts_from_the_save(sponsor, film):
    with transaction():
        library.change_session(
            film, Details("Harvest", presenter="Ines Calder"), folder=None, version=None, by=sponsor, at=NOON
        )

    assert found(sponsor, "gala") == found(sponsor, "choir") == []
    assert found(sponsor, "harvest ines") == ["Harvest"]


def test_a_recording_is_found_by_what_is_said_and_no_more_once_that_is_gone(sponsor, film):
    track = captions(film, (1, "Welcome &amp; <i>solar</i> panels"), (3, "and wind"))
    assert found(sponsor, "solar wind") == [film.title]
    assert found(sponsor, "amp") == found(sponsor, "i") == []

    with transaction():
        db.session.delete(track)
        search.refresh(film)
    assert found(sponsor, "solar") == []
    assert db.session.scalars(db.select(SearchPassage)).all() == []


def test_what_was_cut_off_is_not_found(sponsor):
    film = a_video_session(owner=sponsor, title="Lecture", length_seconds=60.0)

    captions(film, (-5, "before"), (10, "during"), (61, "after"))

    assert found(sponsor, "before") == found(sponsor, "after") == []
    assert found(sponsor, "during") == ["Lecture"]


def test_neighbouring_lines_are_one_passage(sponsor, film):
    captions(film, *[(second, f"line number {second}") for second in range(0, 60, 2)])

    passages = db.session.scalars(db.select(SearchPassage).order_by(SearchPassage.id)).all()

    assert [passage.begins_at_ms for passage in passages] == sorted({passage.begins_at_ms for passage in passages})
    assert all(len(passage.text) <= 160 for passage in passages)
    assert " ".join(passage.text for passage in passages).count("line") == 30
    assert len(passages) < 10


def test_tags_find_for_those_who_look_after_it(sponsor, film):
    with transaction():
        details = Details(film.title, tags=("Legal hold", "legal hold", " Über "))
        library.change_session(film, details, folder=None, version=None, by=sponsor, at=NOON)

    assert db.session.scalars(db.select(SessionTag.word).order_by(SessionTag.id)).all() == ["legal hold", "über"]
    assert found(sponsor, "legal gala") == found(sponsor, "uber") == [film.title]
    assert found(sponsor, "", tag="legal hold") == [film.title]
    assert found(sponsor, "", tag="legal") == []
    assert library.list_tags(sponsor) == library.list_tags(an_admin()) == ["legal hold", "über"]
    assert library.list_tags(a_sponsor()) == []
    [row] = library.list_sessions(sponsor, at=NOON).rows
    assert row.tags == ("legal hold", "über")


def test_words_narrow_together_with_the_rest_and_only_what_is_ones_own(sponsor, film):
    shelf = a_folder(owner=sponsor)
    there = a_video_session(folder=shelf, title="Gala on the shelf")
    a_video_session(title="Somebody else's gala")

    assert found(sponsor, "gala") == [there.title, film.title]
    assert found(sponsor, "gala", folder=shelf.key) == [there.title]
    assert len(found(an_admin(), "gala")) == 3


def test_what_an_older_release_kept_is_taken_up(sponsor, film):
    with transaction():
        db.session.execute(db.delete(SearchDocument))
    assert found(sponsor, "gala") == []

    with transaction():
        assert search.catch_up() == 1
    assert found(sponsor, "gala") == [film.title]
    with transaction():
        assert search.catch_up() == 0


def test_a_deleted_recording_leaves_nothing_for_the_next_of_its_number(sponsor, film):
    number = film.id
    captions(film, (1, "wind"))
    with transaction():
        library.delete_session(film, by=sponsor, at=NOON)

    next_one = a_video_session(owner=sponsor, title="Another", id=number)

    assert found(sponsor, "gala") == found(sponsor, "wind") == []
    assert found(sponsor, "another") == [next_one.title]


def test_a_day_of_talking_is_kept(sponsor, film):
    captions(film, *[(second / 4, f"word{second}") for second in range(1100)])
    long = a_video_session(owner=sponsor, title="Long", length_seconds=90_000.0)

    captions(long, *[(second * 3, " ".join(f"w{second}x{each}" for each in range(8))) for second in range(4000)])

    assert found(sponsor, "word1099") == [film.title]
    assert found(sponsor, "w12x3") == ["Long"]
    document = db.session.get_one(SearchDocument, long.id)
    assert len(document.words.split()) == 20_000
