"""How many people a sponsor may invite who have no account yet (product.md, Admins: invitation quotas)."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from portal.basics.roles import Role
from portal.domain import options
from portal.storage.db import db
from portal.storage.models import User

A_DAY = timedelta(hours=24)


def new_guests_left(by: User, at: datetime) -> int | None:
    """How many more this sponsor may invite now, of so many in 24 hours; None: admins, who may invite any number.

    One query. Whoever decides by it holds the sponsor first (`hold_sponsor`): of two lists at once the second counts
    the first.
    """
    if by.is_admin:
        return None
    made = select(func.count(User.id)).where(User.sponsor_id == by.id, User.role == Role.GUEST)
    made = made.where(User.created_at > at - A_DAY)
    number, chosen = db.session.execute(select(made.scalar_subquery(), options.new_guests_column())).one()
    return max(0, options.read_new_guests(chosen) - int(number))


def hold_sponsor(by: User) -> None:
    """Hold the sponsor until the transaction ends, so that their lists come one after the other."""
    db.session.execute(select(User.id).where(User.id == by.id).with_for_update(key_share=True))
