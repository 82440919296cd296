"""Stopping an account at once, and letting it go on (product.md, Admins)."""

from datetime import datetime

from sqlalchemy import select, update

from portal.basics.errors import PortalError
from portal.basics.roles import Role, UserState
from portal.domain import audit, mailbox, sign_ins
from portal.domain.audit import AuditKind
from portal.storage.db import db
from portal.storage.models import Invitation, PasswordReset, User

LONGEST_REASON = 300


class CannotDisable(PortalError):
    """This account cannot be disabled; the text says why."""


def why_not(user: User, *, by: User, at: datetime) -> str:
    """Why `by` cannot disable this account, in a sentence; empty when they can.

    Admins cannot shut themselves out, nor the last one who is left.
    """
    if user.id == by.id:
        return "You cannot disable your own account. Another admin can."
    if user.is_admin and user.is_live(at):
        others = select(User.id).where(User.role == Role.ADMIN, User.live_at(at), User.id != user.id)
        if not db.session.scalars(others.limit(1)).first():
            return "This is the last admin. Invite another first."
    return ""


def disable(user: User, *, by: User, reason: str, at: datetime) -> bool:
    """Stop the account: its sign-ins, its media and every mailed link end with this. False: it was disabled before.

    Raises `CannotDisable`. Two admins who disable each other at once: the second is refused.
    """
    hold_admins()
    actor = as_it_is(by)
    if not actor.is_live(at):
        raise CannotDisable("Your own account was disabled meanwhile.")
    as_it_is(user)
    if user.state is UserState.DISABLED:
        return False
    refusal = why_not(user, by=actor, at=at)
    if refusal:
        raise CannotDisable(refusal)
    user.state = UserState.DISABLED
    _kill_links(user, at)
    sign_ins.end_all(user, by=by, because="disabled", at=at)
    audit.record(
        AuditKind.USER_DISABLED, at=at, actor=by, subject=user, person=user, reason=reason.strip()[:LONGEST_REASON]
    )
    return True


def enable(user: User, *, by: User, at: datetime) -> bool:
    """Let the account go on as it was, its password included. False: it was not disabled.

    Links mailed before stay dead; someone who never set a password needs a new invitation.
    """
    as_it_is(user)
    if user.state is not UserState.DISABLED:
        return False
    user.state = UserState.ACTIVE if user.activated_at else UserState.INVITED
    audit.record(AuditKind.USER_ENABLED, at=at, actor=by, subject=user, person=user)
    return True


def hold_admins() -> None:
    """Hold the admins' rows: who is the last one is decided by one transaction at a time.

    Not the keys of the rows: whoever writes to an admin, or names them, would else wait in a circle.
    """
    query = select(User.id).where(User.role == Role.ADMIN).order_by(User.id).with_for_update(key_share=True)
    db.session.execute(query)


def as_it_is(user: User) -> User:
    """The account as it is now, held until the transaction ends."""
    query = select(User).where(User.id == user.id).with_for_update(key_share=True)
    return db.session.execute(query.execution_options(populate_existing=True)).scalar_one()


def _kill_links(user: User, at: datetime) -> None:
    """Tokens die when the account is disabled (security.md, Passwords and the way in)."""
    db.session.execute(
        update(Invitation)
        .where(
            Invitation.user_id == user.id,
            Invitation.used_at.is_(None),
            Invitation.replaced_at.is_(None),
            Invitation.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=at)
    )
    mailbox.keep_back([user.id])
    db.session.execute(
        update(PasswordReset)
        .where(PasswordReset.user_id == user.id, PasswordReset.used_at.is_(None), PasswordReset.replaced_at.is_(None))
        .values(replaced_at=at)
    )
