"""The worker gives back what a start took that delivered nothing."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain import playback, sign_ins
from portal.storage.db import db, transaction
from portal.storage.models import SignIn, ViewBudget
from portal.worker import tasks
from tests.factories import a_grant, a_guest, a_video_session

pytestmark = pytest.mark.usefixtures("app")
AGO = timedelta(minutes=11)


def start(minutes_later: int) -> None:
    """A guest with one view has pressed play, and no byte came."""
    ago = datetime.now(UTC) - AGO
    film, guest = a_video_session(ready_at=ago - timedelta(days=1)), a_guest()
    a_grant(film, guest, views_limit=1, created_at=ago)
    at = ago + timedelta(minutes=minutes_later)
    with transaction():
        sign_ins.start(guest, network="127.0.0.1", device="a test", at=at)
    sign_in = db.session.query(SignIn).filter_by(user_id=guest.id).one()
    with transaction():
        playback.start(guest, film.key, sign_in=sign_in, at=at)


def taken() -> list[int]:
    db.session.expire_all()
    return [budget.taken for budget in db.session.query(ViewBudget).order_by(ViewBudget.id)]


def test_those_of_ten_minutes_ago_and_no_younger_ones(monkeypatch):
    monkeypatch.setattr(playback, "_MOST_GIVEN_BACK", 2)
    for minutes_later in (0, 0, 0, 9):
        start(minutes_later)
    assert taken() == [1, 1, 1, 1]

    tasks.give_back_failed_starts(threading.Event())

    assert taken() == [0, 0, 0, 1]


def test_nothing_once_it_is_to_stop():
    start(0)
    stopping = threading.Event()
    stopping.set()

    tasks.give_back_failed_starts(stopping)

    assert taken() == [1]
