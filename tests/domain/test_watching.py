"""What was opened and what was watched: unique coverage, and no more of it than can be true."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.basics.errors import NotFound
from portal.domain import playback, sign_ins, watching
from portal.storage.db import db, transaction
from portal.storage.models import MediaFile, MediaKind, SignIn, Stream, User, WatchRecord
from tests.factories import NOON, a_grant, a_guest, a_video_session

LENGTH = 300.0
SIZE = 1000
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def film():
    video_session = a_video_session(length_seconds=LENGTH, ready_at=NOON - HOUR)
    with transaction():
        facts = {"store_key": "film", "content_type": "video/mp4", "size_bytes": SIZE, "created_at": NOON}
        db.session.add(MediaFile(video_session_id=video_session.id, kind=MediaKind.RENDITION, **facts))
    return video_session


@pytest.fixture
def guest(film):
    guest = a_guest()
    a_grant(film, guest)
    return guest


@pytest.fixture
def stream(guest, film):
    """A player that was opened at noon."""
    return a_player(guest, film)


def a_player(guest, film, at=NOON) -> Stream:
    with transaction():
        sign_ins.start(guest, network="127.0.0.1", device="a test", at=at)
    sign_in = db.session.scalars(select(SignIn).order_by(SignIn.id.desc()).limit(1)).one()
    with transaction():
        stream = playback.start(guest, film.key, sign_in=sign_in, at=at, move_here=True)
    assert isinstance(stream, Stream)
    return stream


def served(guest, film, share=1.0, begin=0.0):
    file = db.session.scalars(select(MediaFile)).one()
    with transaction():
        parts = [(int(begin * SIZE), int((begin + share) * SIZE))]
        watching.note_served(guest.id, film.id, file.id, parts)


def told(guest, stream, *parts, at=NOON + HOUR, position=0.0):
    with transaction():
        watching.report(guest, stream.key, parts=parts, position=position, at=at)


def watched(guest, film):
    record = watching.record_of(guest, film)
    return [tuple(part) for part in record.watched] if record else []


class TestCoverage:
    def test_parts_seen_twice_count_once(self, guest, film, stream):
        served(guest, film)

        told(guest, stream, (0, 30), (20, 60))
        told(guest, stream, (0, 30), (20, 60), (40, 90))

        record = watching.record_of(guest, film)
        assert watched(guest, film) == [(0, 900)]
        assert record.watched_seconds == 90.0
        assert watching.share(record, LENGTH) == pytest.approx(0.3)
        assert watching.parts_of(record, LENGTH) == [(0.0, 0.3)]

    def test_a_loop_over_the_start_is_not_the_whole(self, guest, film, stream):
        served(guest, film)

        for _ in range(50):
            told(guest, stream, (0, 30))

        assert watching.share(watching.record_of(guest, film), LENGTH) == pytest.approx(0.1)

    def test_a_jumped_over_piece_is_a_hole(self, guest, film, stream):
        served(guest, film)

        told(guest, stream, (0, 30), (270, 300))

        assert watching.parts_of(watching.record_of(guest, film), LENGTH) == [(0, 0.1), (0.9, 1.0)]

    def test_goes_on_over_sittings_and_devices(self, guest, film, stream):
        served(guest, film)
        told(guest, stream, (0, 30))
        other = a_player(guest, film, NOON + 5 * HOUR)

        told(guest, other, (30, 60), at=NOON + 6 * HOUR)

        assert watched(guest, film) == [(0, 600)]

    def test_nothing_is_known_of_who_never_opened_it(self, guest, film):
        assert watching.record_of(guest, film) is None
        assert watching.share(None, LENGTH) == 0.0
        assert watching.parts_of(None, LENGTH) == []
        assert watching.goes_on_from(None, LENGTH) == 0.0

    def test_is_nobody_else_s(self, film, stream):
        with pytest.raises(NotFound):
            told(a_guest(), stream, (0, 30))


class TestWhereItLeft:
    """A film with an index: what left is known by its place, not only by how much it is."""

    @pytest.fixture
    def film(self, film):
        with transaction():
            file = db.session.scalars(select(MediaFile)).one()
            file.index = {"head": 100, "parts": [[9, 3000]] * 100}  # 300 seconds in parts of three
        return film

    def left(self, guest, film, begin, end):
        """The parts from second `begin` to second `end` have left."""
        file = db.session.scalars(select(MediaFile)).one()
        with transaction():
            watching.note_served(guest.id, film.id, file.id, [(100 + begin * 3, 100 + end * 3)])

    def test_a_report_counts_only_where_the_bytes_of_it_left(self, guest, film, stream):
        self.left(guest, film, 60, 90)

        told(guest, stream, (0, LENGTH))

        assert watched(guest, film) == [(570, 930)]  # and three seconds around

    def test_parts_that_left_in_several_qualities_count_together(self, guest, film, stream):
        with transaction():
            low = {"store_key": "low", "content_type": "video/mp4", "size_bytes": 350, "created_at": NOON}
            index = {"head": 50, "parts": [[3, 3000]] * 100}
            file = MediaFile(video_session_id=film.id, kind=MediaKind.RENDITION, name="360p", index=index, **low)
            db.session.add(file)
        with transaction():
            watching.note_served(guest.id, film.id, file.id, [(50, 110)])  # a minute of it

        told(guest, stream, (0, 40))

        assert watched(guest, film) == [(0, 400)]

    def test_the_head_alone_shows_nothing(self, guest, film, stream):
        file = db.session.scalars(select(MediaFile)).one()
        with transaction():
            watching.note_served(guest.id, film.id, file.id, [(0, 100)])

        told(guest, stream, (0, LENGTH))

        assert watched(guest, film) == []

    def test_what_is_told_of_another_version_counts_for_nothing(self, guest, film, stream):
        self.left(guest, film, 0, 300)

        with transaction():
            watching.report(guest, stream.key, parts=[(0, 60)], position=60.0, at=NOON + HOUR, version=7)

        record = watching.record_of(guest, film)
        assert (record.watched, record.position_seconds) == ([], 0.0)

    def test_bytes_of_a_version_that_no_longer_plays_are_forgotten(self, guest, film, stream):
        with transaction():
            film.media_version = 2
        self.left(guest, film, 0, 300)

        assert watching.record_of(guest, film) is None


class TestNoMoreThanCanBeTrue:
    def test_no_more_than_was_sent(self, guest, film, stream):
        served(guest, film, share=0.25)

        told(guest, stream, (0, LENGTH))

        share = watching.share(watching.record_of(guest, film), LENGTH)
        assert 0.25 <= share <= 0.25 + watching.BEYOND_SERVED

    def test_nothing_without_a_byte(self, guest, film, stream):
        told(guest, stream, (0, LENGTH))

        assert watched(guest, film) == []

    def test_the_same_bytes_twice_are_sent_once(self, guest, film, stream):
        for _ in range(4):
            served(guest, film, share=0.25)

        told(guest, stream, (0, LENGTH))

        assert watching.share(watching.record_of(guest, film), LENGTH) <= 0.25 + watching.BEYOND_SERVED

    def test_what_was_not_believed_counts_once_the_bytes_have_left(self, guest, film, stream):
        served(guest, film, share=0.1)
        told(guest, stream, (0, 60))
        served(guest, film)

        told(guest, stream, (0, 60))

        assert watched(guest, film) == [(0, 600)]

    def test_no_faster_than_twice_the_time(self, guest, film, stream):
        served(guest, film)
        most = 2 * (30 + watching.SLACK.total_seconds())

        for place in range(10):  # in many pieces, too
            told(guest, stream, (place * 30, place * 30 + 30), at=NOON + timedelta(seconds=30))

        assert watching.record_of(guest, film).watched_seconds == most

    def test_a_player_that_was_stopped_tells_of_no_more_time(self, guest, film, stream):
        served(guest, film)
        with transaction():
            stream.ended_at = NOON

        told(guest, stream, (0, LENGTH), at=NOON + 9 * HOUR)

        assert watching.record_of(guest, film).watched_seconds == 2 * watching.SLACK.total_seconds()

    def test_bytes_of_an_earlier_version_count_for_nothing(self, guest, film, stream):
        served(guest, film)
        with transaction():
            film.media_version = 2

        told(guest, stream, (0, LENGTH))

        assert watched(guest, film) == []

    @pytest.mark.parametrize(
        "part", [(-9, -1), (LENGTH, 1e8), (20, 10), (float("nan"), 5), (0, float("inf")), (5, 5)], ids=str
    )
    def test_what_is_no_part_is_left_out(self, guest, film, stream, part):
        served(guest, film)

        told(guest, stream, part, (10, 20), position=float("nan"))

        assert watched(guest, film) == [(100, 200)]
        assert watching.record_of(guest, film).position_seconds == 0.0


# each example makes rows of its own
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    claims=st.lists(st.tuples(st.floats(-10, 400), st.floats(-10, 400)), max_size=8),
    sent=st.lists(st.floats(0, 1), max_size=3),
    minutes=st.integers(0, 4),
)
def test_whatever_is_claimed(app, claims, sent, minutes):
    film = a_video_session(length_seconds=LENGTH, ready_at=NOON - HOUR)
    with transaction():
        facts = {"store_key": film.key, "content_type": "video/mp4", "size_bytes": SIZE, "created_at": NOON}
        file = MediaFile(video_session_id=film.id, kind=MediaKind.RENDITION, **facts)
        db.session.add(file)
    guest = a_guest()
    a_grant(film, guest)
    stream = a_player(guest, film)
    left = set()
    for begin in sent:
        first = int(begin * SIZE)
        left |= set(range(first, min(SIZE, first + 200)))
        with transaction():
            watching.note_served(guest.id, film.id, file.id, [(first, min(SIZE, first + 200))])

    for claim in claims:
        told(guest, stream, claim, at=NOON + timedelta(minutes=minutes))

    seconds = watching.record_of(guest, film).watched_seconds if claims else 0.0
    assert seconds <= LENGTH * (len(left) / SIZE + watching.BEYOND_SERVED) + 1e-6
    assert seconds <= 2 * (minutes * 60 + watching.SLACK.total_seconds())


class TestWhereTheyStopped:
    @pytest.mark.parametrize(
        ("position", "goes_on"), [(0, 0), (4.9, 0), (5, 5), (160.4, 160.4), (295, 295), (296, 0), (300, 0), (9e9, 0)]
    )
    def test_is_where_they_go_on_but_for_the_very_start_and_end(self, guest, film, stream, position, goes_on):
        told(guest, stream, (0, 1), position=position)

        assert watching.goes_on_from(watching.record_of(guest, film), LENGTH) == goes_on

    def test_the_player_that_was_left_does_not_say_it_any_more(self, guest, film, stream):
        told(guest, stream, (0, 1), position=30)
        with transaction():
            stream.ended_at = NOON + HOUR

        told(guest, stream, (0, 1), position=200)

        assert watching.record_of(guest, film).position_seconds == 30.0


class TestOpening:
    def test_is_counted_apart_from_views_and_from_what_was_watched(self, guest, film):
        for hours in (1, 2):
            with transaction():
                watching.note_open(guest, film, at=NOON + hours * HOUR)

        record = watching.record_of(guest, film)
        assert (record.opens, record.opened_at, record.watched_seconds) == (2, NOON + 2 * HOUR, 0.0)


def test_many_reports_and_deliveries_at_once_lose_nothing(app, guest, film, stream):
    file_id = db.session.scalars(select(MediaFile.id)).one()
    viewer_id, session_id, key = guest.id, film.id, stream.key
    db.session.remove()

    def tell(number):
        with app.app_context():
            with transaction():
                watching.note_served(viewer_id, session_id, file_id, [(number * 50, number * 50 + 50)])
                viewer = db.session.get_one(User, viewer_id)
                parts = [(number * 15, number * 15 + 15)]
                watching.report(viewer, key, parts=parts, position=1, at=NOON + HOUR)
            with transaction():
                viewer = db.session.get_one(User, viewer_id)
                watching.report(viewer, key, parts=[(0, LENGTH)], position=1, at=NOON + HOUR)
            db.session.remove()

    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(tell, range(20)))

    record = db.session.scalars(select(WatchRecord)).one()
    assert record.served == [[0, int(LENGTH * 10)]]
    assert record.watched == [[0, int(LENGTH * 10)]]
