"""The first admin's way in: made on an empty portal, open until it is used (security.md, Passwords)."""

from datetime import datetime

from sqlalchemy import exists, select

from portal.basics import addresses, tokens
from portal.basics.roles import Role, UserState
from portal.domain import audit, password_resets, policies
from portal.domain.audit import AuditKind
from portal.domain.work import tools
from portal.storage.db import db
from portal.storage.models import User


def way_in(*, at: datetime) -> tuple[User, str] | None:
    """The first admin and the path of a fresh one-time link, as long as no admin has ever set a password; else None.

    Makes the admin of the settings when there is nobody at all. An older link stops working. Raises `NotAnAddress`
    when the settings name none.
    """
    admins = db.session.scalars(select(User).where(User.role == Role.ADMIN).order_by(User.id).limit(2)).all()
    if any(admin.activated_at is not None for admin in admins) or len(admins) > 1:
        return None
    if not admins and db.session.scalar(select(exists(select(User.id)))):
        return None
    admin = admins[0] if admins else _made(at)
    return admin, password_resets.for_first_admin(admin, at=at)


def _made(at: datetime) -> User:
    address = addresses.normalise(tools().settings.first_admin)
    admin = User(key=tokens.new_key(), role=Role.ADMIN, state=UserState.INVITED, address=address, created_at=at)
    db.session.add(admin)
    db.session.flush()
    policies.begin(at)
    audit.record(AuditKind.FIRST_ADMIN_MADE, at=at, subject=admin, person=admin, address=address)
    return admin
