"""What an admin may change while the portal runs."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from threading import Barrier

import pytest

from portal.domain import options
from portal.domain.options import Ceilings, WrongOption
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Option
from tests.factories import NOON, an_admin


@pytest.fixture
def admin(app):
    return an_admin()


def choose(admin, **ceilings) -> bool:
    with transaction():
        return options.set_ceilings(Ceilings(**ceilings), by=admin, at=NOON)


def changes() -> list[dict[str, object]]:
    query = db.select(AuditEvent).where(AuditEvent.kind == "option:changed").order_by(AuditEvent.sequence)
    return [event.facts or {} for event in db.session.scalars(query)]


def test_what_nobody_has_chosen_stands_at_its_default(admin):
    assert options.ceilings() == Ceilings(days=7, days_ahead=90, views=1, most_views=10)


def test_what_was_chosen_holds_at_once_and_each_change_is_on_the_trail(admin):
    assert choose(admin, days=14, views=2)

    assert options.ceilings() == Ceilings(days=14, days_ahead=90, views=2, most_views=10)
    assert changes() == [
        {"name": "days given by one press", "before": 7, "after": 14},
        {"name": "views given by one press", "before": 1, "after": 2},
    ]


def test_choosing_the_same_again_changes_nothing(admin):
    choose(admin, days=14)

    assert not choose(admin, days=14)
    assert len(changes()) == 1


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"days": 0}, "days"),
        ({"days": 31}, "days"),
        ({"days_ahead": 366}, "days_ahead"),
        ({"views": 0}, "views"),
        ({"views": 6}, "views"),
        ({"most_views": 100}, "most_views"),
        ({"days": 30, "days_ahead": 29}, "days_ahead"),
        ({"views": 3, "most_views": 2}, "most_views"),
    ],
)
def test_what_cannot_be_chosen_is_refused_by_name(admin, wrong, name):
    with pytest.raises(WrongOption) as fault:
        choose(admin, **wrong)

    assert fault.value.name == name
    assert options.ceilings() == Ceilings()


def test_two_admins_who_save_at_once_leave_one_row(app, admin):
    gate = Barrier(6)

    def save(number: int) -> bool:
        with app.app_context():
            gate.wait(timeout=30)
            return choose(admin, days=10 + number)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda number: Context().run(save, number), range(6)))

    assert db.session.query(Option).count() == 1
    assert 10 <= options.ceilings().days <= 15


def test_the_space_of_each_sponsor_holds_from_the_next_upload_on(admin):
    assert options.upload_quota() == 500 * options.GIGABYTE

    with transaction():
        assert options.set_upload_quota(20, by=admin, at=NOON)
    with transaction():
        assert not options.set_upload_quota(20, by=admin, at=NOON)

    assert options.upload_quota() == 20 * options.GIGABYTE
    assert changes() == [{"name": "space for each sponsor, in GB", "before": 500, "after": 20}]


@pytest.mark.parametrize("gigabytes", [0, -1, 100_001])
def test_a_space_that_cannot_be_chosen_is_refused(admin, gigabytes):
    with pytest.raises(WrongOption, match=r"from 1 to 100,000"), transaction():
        options.set_upload_quota(gigabytes, by=admin, at=NOON)
