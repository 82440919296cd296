"""Setting and changing passwords. Hashing is slow, so it is done before the transaction (product.md, Passwords)."""

from datetime import datetime
from typing import Literal

from sqlalchemy import update

from portal.basics.passwords import weakness
from portal.domain import audit, links, mailbox, sign_ins, throttle
from portal.domain.audit import AuditKind
from portal.domain.throttle import Door, Wait
from portal.domain.work import tools
from portal.mail.letters import PasswordChangedLetter
from portal.storage.db import db
from portal.storage.models import SignIn, User


def fault_in(password: str, *, of: User, named: str = "") -> str | None:
    """Why this person cannot have this password, in a sentence for beside the field, or None when it is fine.

    `named`: the name they are about to have.
    """
    settings = tools().settings
    return weakness(password, about=(of.name, named, of.address, of.department, settings.site_name, settings.host))


def begin_change(user: User, *, network: str, at: datetime) -> Wait | None:
    """Count a try at the current password, or say how long to wait: a browser left open is no way to guess it."""
    return throttle.take(Door.CURRENT_PASSWORD, account=user.key, network=network, at=at)


def is_current(user: User, password: str) -> bool:
    """Whether this is the person's password. Outside of any transaction; raises `Busy`."""
    return tools().hasher.matches(password, user.password_hash)


def give_back_try(user: User, *, network: str) -> None:
    """Nothing could be checked, so the try does not count."""
    throttle.give_back(Door.CURRENT_PASSWORD, account=user.key, network=network)


def forgive_tries(user: User, *, network: str) -> None:
    """The password was right: the next who is asked for it starts afresh."""
    throttle.forgive(Door.CURRENT_PASSWORD, account=user.key, network=network)


def change(user: User, new_hash: str, *, network: str, keep: SignIn, at: datetime) -> bool:
    """Replace the password that was checked; every other sign-in ends, and the person is told by mail.

    False when it was changed elsewhere meanwhile: nothing has changed then.
    """
    query = update(User).where(User.id == user.id, User.password_hash == user.password_hash, User.live_at(at))
    values = {"password_hash": new_hash, "password_changed_at": at}
    if not db.session.execute(query.values(**values)).rowcount:  # type: ignore[attr-defined]
        return False
    forgive_tries(user, network=network)
    sign_ins.end_all(user, by=user, because="password-changed", at=at, but=keep)
    audit.record(AuditKind.PASSWORD_CHANGED, at=at, actor=user, subject=user)
    tell_owner(user, "changed", at=at)
    return True


def tell_owner(user: User, how: Literal["changed", "reset"], *, at: datetime) -> None:
    """The letter about any change of a password, with the way to replace it (ASVS 6.3.7)."""
    letter = PasswordChangedLetter(
        to=user.address, zone=tools().settings.time_zone, at=at, how=how, path=links.FORGOTTEN_PASSWORD
    )
    mailbox.queue(letter, to=user, at=at)
