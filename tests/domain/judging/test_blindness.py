"""At a blind event nothing tells its judges whose a session is, by whichever door they come to it."""

import json
from datetime import timedelta

import pytest

from portal.domain import access, attachments, beside, ending_soon, personal_data, playback, requests, search, watching
from portal.domain.judging import labels
from portal.domain.search import indexing
from portal.storage.db import db, transaction
from portal.storage.models import (
    Answer,
    Attachment,
    BlindLabel,
    Chapter,
    EventSession,
    Grant,
    MediaFile,
    MediaKind,
    OutgoingEmail,
    SearchDocument,
    SignIn,
)
from tests.domain.judging.contests import A_DAY, a_contest, keep
from tests.factories import NOON, a_folder, a_grant, a_guest, a_sign_in_token, a_video_session, an_admin

pytestmark = pytest.mark.usefixtures("app")
TELLING = ("Penguins", "Calder", "antarctic", "Team Ice", "slides-calder", "Ines greets")


@pytest.fixture
def contest(app):
    contest = a_contest(is_blind=True)
    contest.a_criterion()
    folder = a_folder(owner=contest.owner, title="Team Ice")
    film = contest.a_session(
        title="Penguins",
        presenter="Ines Calder",
        description="An antarctic year",
        recorded_on=NOON.date(),
        folder_id=folder.id,
        in_folder_since=NOON - A_DAY,
    )
    keep(Chapter(video_session_id=film.id, begins_at_seconds=0.0, title="Ines greets"))
    keep(
        Attachment(
            key="paperpaperpaper1",
            video_session_id=film.id,
            title="slides-calder",
            store_key="nowhere",
            content_type="application/pdf",
            size_bytes=10,
            uploaded_name="slides-calder.pdf",
            created_at=NOON,
        )
    )
    contest.a_judge(name="Ada")
    with transaction():
        labels.give(contest.event)
    return contest


@pytest.fixture
def film(contest):
    return contest.sessions[0]


@pytest.fixture
def judge(contest):
    return contest.judges[0]


def listed(person, at=NOON):
    listing = access.listed_for(person, at=at)
    return [*listing.live, *listing.coming, *listing.over]


def tells(found):
    """Which telling words stand in something."""
    return [word for word in TELLING if word in str(found)]


def test_its_page_says_the_entry_alone(judge, film):
    found = access.find(judge, film.key, at=NOON)

    assert found.face == access.Face("Entry 1", number=1)
    assert found.face.is_blind


def test_lists_say_the_entry_alone(judge, film):
    [shared] = listed(judge)

    assert shared.title == "Entry 1"
    assert tells(shared) == []
    assert shared.recorded_on is None


@pytest.mark.parametrize("door", ["session", "folder"])
def test_another_door_tells_no_more(contest, judge, film, door):
    """Named on the session, or on its folder, as well."""
    a_grant(film if door == "session" else db.session.get(type(a_folder()), film.folder_id), judge)

    assert tells(listed(judge)) == []
    assert access.find(judge, film.key, at=NOON).face.title == "Entry 1"


@pytest.mark.parametrize("at", [NOON - 2 * A_DAY, NOON + 2 * A_DAY], ids=["before", "after"])
def test_neither_before_the_event_nor_after_it_is_more_told(judge, film, at):
    assert [shared.title for shared in listed(judge, at)] == ["Entry 1"]
    assert access.find(judge, film.key, at=at).face.title == "Entry 1"


def test_what_is_assigned_to_others_is_blind_too(contest, film):
    """Met by another grant."""
    judge = contest.a_judge(contest.a_session())
    a_grant(film, judge)

    assert tells(listed(judge)) == []


def test_without_a_number_it_is_an_entry_all_the_same(contest, judge, film):
    with transaction():
        db.session.execute(db.delete(BlindLabel))

    assert access.find(judge, film.key, at=NOON).face.title == "Entry"
    assert [shared.title for shared in listed(judge)] == ["Entry"]


def test_what_left_the_event_stays_an_entry(contest, judge, film):
    with transaction():
        db.session.execute(db.delete(EventSession))
    a_grant(film, judge)

    assert [shared.title for shared in listed(judge)] == ["Entry 1"]


def test_those_who_look_after_it_see_what_it_is(contest, film):
    admin = an_admin()
    for person in (contest.owner, admin):
        keep(Grant(guest_id=person.id, event_id=contest.event.id, granted_by_id=contest.owner.id, created_at=NOON))
        assert access.find(person, film.key, at=NOON).face.title == "Penguins"
        assert access.face_for(person, film).title == "Penguins"


def test_guests_who_are_no_judges_see_what_it_is(contest, film):
    guest, former = a_guest(), contest.a_judge()
    with transaction():
        db.session.execute(db.update(Grant).where(Grant.guest_id == former.id).values(revoked_at=NOON))
    for person in (guest, former):
        a_grant(film, person)
        assert [shared.title for shared in listed(person)] == ["Penguins"]


def test_once_the_event_is_blind_no_more_it_is_told(contest, judge, film):
    with transaction():
        contest.event.is_blind = False

    assert access.find(judge, film.key, at=NOON).face.presenter == "Ines Calder"
    assert listed(judge)[0].presenter == "Ines Calder"


def test_chapters_and_papers_are_counted_instead_of_named(judge, film):
    found = access.find(judge, film.key, at=NOON)

    around = beside.of(film, found.face)

    assert [chapter.title for chapter in around.chapters] == ["Chapter 1"]
    assert [paper.title for paper in around.papers] == ["Paper 1"]
    _, name = attachments.of_viewer(judge, film.key, "paperpaperpaper1", at=NOON, sign_in=None)
    assert name == "Entry 1, paper 1"


def test_a_poster_that_somebody_brought_is_not_shown(judge, film):
    for kind, key in ((MediaKind.POSTER, "poster"), (MediaKind.PICTURE, "picture")):
        assert not access.find(judge, film.key, at=NOON).has_poster or kind is MediaKind.PICTURE
        keep(
            MediaFile(
                video_session_id=film.id,
                kind=kind,
                name="",
                store_key=key,
                content_type="image/jpeg",
                size_bytes=1,
                version=0,
                created_at=NOON,
            )
        )

    assert not access.find(judge, film.key, at=NOON).has_poster
    assert not listed(judge)[0].has_poster
    assert access.poster_of(judge, film.key, at=NOON) is None
    assert access.poster_of(an_admin(), film.key, at=NOON) is not None


@pytest.mark.parametrize("words", ["penguins", "calder", "antarctic", "ines"])
def test_looking_for_a_name_finds_no_entry(judge, film, words):
    assert search.look_for(judge, words, at=NOON).hits == []


def test_what_is_said_finds_the_entry(judge, film):
    cues = [[0, 1000, "We follow the krill"]]
    with transaction():
        passages = list(indexing._passages(cues, film.length_seconds))
        indexing._write_document(film, [], passages)
        indexing._write_passages(film, passages)

    [hit] = search.look_for(judge, "krill", at=NOON).hits

    assert hit.shared.title == "Entry 1"
    assert search.look_for(judge, "krill penguins", at=NOON).hits == []
    assert db.session.scalar(db.select(SearchDocument.title)) == " penguins "


def test_moving_and_stopping_name_the_entry(contest, judge, film):
    token = a_sign_in_token(judge)
    here = db.session.scalars(db.select(SignIn)).one()
    with transaction():
        stream = playback.start(judge, film.key, sign_in=here, at=NOON)
    a_sign_in_token(judge)
    other = db.session.scalars(db.select(SignIn).where(SignIn.id != here.id)).one()
    for row in (here, other):
        with transaction():
            row.idle_ends_at = row.ends_at = NOON + 9 * A_DAY

    elsewhere = playback.playing_elsewhere(judge, other, at=NOON + timedelta(seconds=5))

    assert token
    assert elsewhere is not None
    assert elsewhere.title == "Entry 1"
    assert playback.standing(judge, stream.key, sign_in=here, at=NOON).face.title == "Entry 1"


def test_letters_name_the_entry(contest, judge, film):
    """Of a grant on the session itself, which ends soon."""
    a_grant(film, judge, ends_at=NOON + 6 * A_DAY, end_set_at=NOON - 9 * A_DAY, created_at=NOON - 9 * A_DAY)
    with transaction():
        ending_soon.warn_guests(at=NOON)

    letters = [letter for letter in db.session.scalars(db.select(OutgoingEmail)) if letter.user_id == judge.id]

    assert letters
    for letter in letters:
        assert tells(vars(letter)) == []


def test_the_own_data_tell_the_entry(contest, judge, film):
    a_sign_in_token(judge)
    here = db.session.scalars(db.select(SignIn)).one()
    with transaction():
        playback.start(judge, film.key, sign_in=here, at=NOON)
    contest.finalise(judge, film, 7, remark="Bold")
    for revoked_at in (None, NOON):
        with transaction():
            db.session.execute(db.update(Grant).values(revoked_at=revoked_at))

        collected = personal_data.collect(judge)

        assert tells(json.dumps(collected)) == []
        assert collected["sittings"][0]["recording"] == "Entry 1"
        [sheet] = collected["score_sheets"]
        assert (sheet["recording"], sheet["points"], sheet["remark"]) == ("Entry 1", {"Clarity": 7.0}, "Bold")


def test_being_taken_off_while_it_plays_tells_no_title(judge, film):
    a_sign_in_token(judge)
    here = db.session.scalars(db.select(SignIn)).one()
    with transaction():
        stream = playback.start(judge, film.key, sign_in=here, at=NOON)
    taken_back(NOON)

    standing = playback.standing(judge, stream.key, sign_in=here, at=NOON)

    assert standing.stop is not None
    assert standing.face.title == "Entry 1"


def test_a_no_after_access_was_taken_back_names_the_entry(contest, judge, film):
    with transaction():
        db.session.execute(db.update(Grant).values(begins_at=NOON - A_DAY, ends_at=NOON - timedelta(hours=1)))
    db.session.expire_all()
    a_sign_in_token(judge)
    here = db.session.scalars(db.select(SignIn)).one()
    with transaction():
        request = requests.ask(judge, film.key, "more", sign_in=here, at=NOON)
    taken_back(NOON)

    with transaction():
        requests.answer(request.key, Answer.DECLINED, by=contest.owner, at=NOON)

    [letter] = [letter for letter in db.session.scalars(db.select(OutgoingEmail)) if letter.user_id == judge.id]
    assert tells(vars(letter)) == []


@pytest.mark.parametrize("is_taken_back", [False, True])
@pytest.mark.parametrize("has_played", [False, True])
def test_the_own_data_tell_no_title_of_what_has_no_number_yet(judge, film, has_played, is_taken_back):
    a_sign_in_token(judge)
    here = db.session.scalars(db.select(SignIn)).one()
    with transaction():
        db.session.execute(db.delete(BlindLabel))
        watching.note_open(judge, film, at=NOON)
        if has_played:
            playback.start(judge, film.key, sign_in=here, at=NOON)
    if is_taken_back:
        taken_back(NOON)

    assert tells(json.dumps(personal_data.collect(judge))) == []


def taken_back(at):
    with transaction():
        db.session.execute(db.update(Grant).values(revoked_at=at))
    db.session.expire_all()


def test_a_session_at_two_blind_events_has_the_number_of_the_older(contest, judge, film):
    other = a_contest(is_blind=True, owner=contest.owner)
    other.a_judge(judge=judge)
    for video_session in (a_video_session(owner=contest.owner), film):
        keep(EventSession(event_id=other.event.id, video_session_id=video_session.id, added_at=NOON))
        with transaction():
            labels.give(other.event)

    assert access.find(judge, film.key, at=NOON).face.title == "Entry 1"
    assert [shared.title for shared in listed(judge)] == ["Entry 1", "Entry 1"]
    of_other = access.listed_at(judge, other.event, at=NOON, most=9)
    assert sorted(shared.title for shared in of_other) == ["Entry 1", "Entry 2"], "on its page its own numbers"
    numbers = {shared.event_key for shared in listed(judge)}
    assert numbers == {contest.event.key, other.event.key}
