"""The worker empties the bin, and takes up what an older release left without words to find it by."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain import search, the_bin
from portal.storage.db import db, transaction
from portal.storage.models import SearchDocument, VideoSession
from portal.worker import tasks
from tests.factories import a_sponsor, a_video_session

pytestmark = pytest.mark.usefixtures("app")


def binned_days_ago(owner, days):
    video_session = a_video_session(owner=owner)
    with transaction():
        the_bin.put_in(video_session, by=owner, at=datetime.now(UTC) - timedelta(days=days))
    return video_session


def test_what_has_been_in_the_bin_for_thirty_days_goes(monkeypatch):
    monkeypatch.setattr(the_bin, "_AT_ONCE", 2)
    owner = a_sponsor()
    for days in (30, 31, 300):
        binned_days_ago(owner, days)
    young = binned_days_ago(owner, 29)

    tasks.empty_bin(threading.Event())

    assert db.session.scalars(db.select(VideoSession.id)).all() == [young.id]


def test_every_recording_is_found_by_its_words_in_the_end():
    film = a_video_session()
    with transaction():
        db.session.execute(db.delete(SearchDocument))

    tasks.catch_up_with_search(threading.Event())

    assert db.session.scalars(db.select(SearchDocument.video_session_id)).all() == [film.id]
    with transaction():
        assert search.catch_up() == 0


def test_nothing_is_begun_once_it_is_to_stop():
    owner = a_sponsor()
    binned = binned_days_ago(owner, 40)
    stopping = threading.Event()
    stopping.set()

    tasks.empty_bin(stopping)

    assert db.session.scalars(db.select(VideoSession.id)).all() == [binned.id]
