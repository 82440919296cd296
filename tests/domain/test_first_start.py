"""The first admin's way in."""

from datetime import timedelta

import pytest

from portal.basics.roles import Role, UserState
from portal.domain import first_start
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, Policy, User
from tests import factories
from tests.factories import NOON

pytestmark = pytest.mark.usefixtures("app")


def way_in() -> tuple[User, str] | None:
    with transaction():
        return first_start.way_in(at=NOON)


@pytest.mark.settings(first_admin="Imani@Aldermere.example")
def test_an_empty_portal_gets_its_first_admin_who_can_do_nothing_yet():
    found = way_in()

    assert found is not None
    admin, path = found
    assert (admin.role, admin.state, admin.password_hash) == (Role.ADMIN, UserState.INVITED, None)
    assert admin.address == "imani@aldermere.example"
    assert path.startswith("/password/reset/")
    assert [entry.kind for entry in db.session.scalars(db.select(AuditEvent))] == ["portal:first-admin-made"]


def test_the_policy_that_ships_counts_from_the_first_start_and_from_no_later_one():
    way_in()
    with transaction():
        first_start.way_in(at=NOON + timedelta(days=3))

    policy = db.session.scalars(db.select(Policy)).one()
    assert policy.published_at == NOON


def test_the_next_start_gives_the_same_admin_a_fresh_link():
    first, second = way_in(), way_in()

    assert first is not None
    assert second is not None
    assert first[0].id == second[0].id
    assert first[1] != second[1]


def test_once_an_admin_has_a_password_there_is_no_such_way_in():
    factories.an_admin()

    assert way_in() is None


def test_a_second_admin_who_is_invited_ends_it_too():
    way_in()
    factories.an_admin(state=UserState.INVITED, activated_at=None)

    assert way_in() is None


def test_a_portal_with_people_in_it_gets_no_admin_by_itself():
    factories.a_sponsor()

    assert way_in() is None
    assert db.session.scalar(db.select(User).where(User.role == Role.ADMIN)) is None
