"""A sponsor becomes an admin, or an admin a sponsor again (product.md, Admins). Guests stay guests."""

from datetime import datetime

from portal.basics.errors import NotFound, PortalError
from portal.basics.roles import Role
from portal.domain import audit, sign_ins
from portal.domain.audit import AuditKind
from portal.domain.disabling import as_it_is, hold_admins
from portal.storage.models import User


class CannotChangeRole(PortalError):
    """This role cannot be changed; the text says why."""


def why_not(user: User, *, by: User) -> str:
    """Why `by` cannot change this person's role, in a sentence; empty when they can. Raises `NotFound` for guests."""
    if user.is_guest:
        raise NotFound("Guests stay guests")
    return "You cannot change your own role. Another admin can." if user.id == by.id else ""


def change_role(user: User, role: Role, *, by: User, at: datetime) -> bool:
    """Make somebody of the staff a sponsor or an admin; they sign in anew. False: they were that before.

    What they own stays theirs. There is always an admin left: the one who does this. Raises `CannotChangeRole`, and
    `NotFound` for guests. Two admins who make each other sponsors at once: the second is refused.
    """
    if not role.is_staff:
        raise ValueError("nobody of the staff becomes a guest")
    hold_admins()
    actor, held = as_it_is(by), as_it_is(user)
    if not (actor.is_admin and actor.is_live(at)):
        raise CannotChangeRole("You are no admin any more.")
    refusal = why_not(held, by=actor)
    if refusal:
        raise CannotChangeRole(refusal)
    before = held.role
    if before is role:
        return False
    held.role = role
    sign_ins.end_all(held, by=actor, because="role-changed", at=at)
    facts = {"before": {"role": before.value}, "after": {"role": role.value}}
    audit.record(AuditKind.USER_CHANGED, at=at, actor=actor, subject=held, person=held, **facts)
    return True
