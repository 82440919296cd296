"""A sponsor becomes an admin, an admin a sponsor again; never the last one, and never a guest."""

from contextvars import Context
from threading import Barrier, Thread

import pytest

from portal.basics.errors import NotFound
from portal.basics.roles import Role
from portal.domain import audit, changing_roles, sign_ins
from portal.domain.changing_roles import CannotChangeRole
from portal.storage.db import db, transaction
from portal.storage.models import AuditEvent, User
from tests.factories import NOON, a_guest, a_sponsor, an_admin

pytestmark = pytest.mark.usefixtures("app")


def change_role(user, role, *, by, at=NOON):
    with transaction():
        return changing_roles.change_role(user, role, by=by, at=at)


def test_a_sponsor_becomes_an_admin_and_signs_in_anew():
    admin, sponsor = an_admin(), a_sponsor()
    with transaction():
        browser = sign_ins.start(sponsor, network="192.0.2.7", device="a test", at=NOON)

    assert change_role(sponsor, Role.ADMIN, by=admin)
    assert not change_role(sponsor, Role.ADMIN, by=admin), "they are one already"

    assert sponsor.is_admin
    assert sign_ins.find(browser, at=NOON) is None
    entry = db.session.scalars(db.select(AuditEvent).where(AuditEvent.kind == "user:changed")).one()
    assert entry.facts == {"before": {"role": "sponsor"}, "after": {"role": "admin"}}
    assert audit.verify().fault is None


def test_nobody_changes_their_own_and_guests_stay_guests():
    admin = an_admin()

    with pytest.raises(CannotChangeRole):
        change_role(admin, Role.SPONSOR, by=admin)
    with pytest.raises(NotFound):
        change_role(a_guest(), Role.ADMIN, by=admin)
    with pytest.raises(ValueError, match="guest"):
        change_role(a_sponsor(), Role.GUEST, by=admin)


def test_who_is_no_admin_any_more_changes_nothing():
    admin, sponsor = an_admin(), a_sponsor()
    with transaction():
        admin.role = Role.SPONSOR

    with pytest.raises(CannotChangeRole):
        change_role(sponsor, Role.ADMIN, by=admin)

    assert sponsor.role is Role.SPONSOR


def test_of_two_admins_who_make_each_other_sponsors_at_once_one_stays(app):
    one, other = an_admin().id, an_admin().id
    gate, refused = Barrier(2), []

    def demote(whom: int, by: int) -> None:
        gate.wait(timeout=30)
        with app.app_context():
            try:
                with transaction():
                    user, actor = db.session.get_one(User, whom), db.session.get_one(User, by)
                    changing_roles.change_role(user, Role.SPONSOR, by=actor, at=NOON)
            except CannotChangeRole as refusal:
                refused.append(refusal)

    threads = [Thread(target=Context().run, args=(demote, *pair)) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    db.session.rollback()  # what was read before is old news
    admins = db.session.scalars(db.select(User.id).where(User.role == Role.ADMIN)).all()
    assert len(admins) == 1
    assert len(refused) == 1
