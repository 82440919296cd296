"""Coming in with address and password (product.md, Passwords; security.md, Passwords and the way in; ASVS 6.3).

Three steps, because hashing is slow and never happens inside a transaction: `begin` counts the try, `is_right` hashes,
`finish` writes. Each does the same work, and the page says the same, whether the address is unknown, not set up,
disabled, ended or the password wrong.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.basics import addresses
from portal.basics.roles import UserState
from portal.domain import audit, sign_ins, throttle
from portal.domain.audit import AuditKind
from portal.domain.throttle import Door, Wait
from portal.domain.work import tools
from portal.storage.db import db
from portal.storage.models import User


@dataclass(frozen=True)
class Attempt:
    """A counted try. `user` None: nobody has this address; `network` and `account` as the throttle knows them."""

    user: User | None
    password_hash: str | None  # as it was then
    account: str
    network: str


def account_meant(typed: str) -> str:
    """The account that typed text means: its normalised address, or the text itself when it is no address."""
    try:
        return addresses.normalise(typed)
    except addresses.NotAnAddress:
        plain = "".join(letter for letter in unicodedata.normalize("NFC", typed) if letter.isprintable())
        return plain.strip().casefold()[: addresses.LONGEST]


def begin(account: str, *, network: str, device: str | None, at: datetime) -> Attempt | Wait:
    """Count a try to get into the account (as `account_meant` has it), or say how long to wait.

    `device` names a browser that this account was signed in with before: it has counters of its own, so that a flood of
    wrong tries from elsewhere never keeps its owner out.
    """
    if device is not None:
        account = network = f"{account}\n{device}"
    wait = throttle.take(Door.SIGN_IN, account=account, network=network, at=at)
    if wait is not None:
        return wait
    query = select(User).where(User.address == account.partition("\n")[0]).execution_options(populate_existing=True)
    user = db.session.scalar(query)
    return Attempt(user, user.password_hash if user else None, account, network)


def is_right(attempt: Attempt, password: str) -> bool:
    """Whether the password is the account's. Hashes once in any case; not inside a transaction. Raises `Busy`."""
    return tools().hasher.matches(password, attempt.password_hash)


def give_back(attempt: Attempt) -> None:
    """Nothing could be checked, so the try does not count."""
    throttle.give_back(Door.SIGN_IN, account=attempt.account, network=attempt.network)


def finish(attempt: Attempt, *, right: bool, network: str, browser: str, at: datetime) -> str | None:
    """The token of a new sign-in, or None. Either way it is on the audit trail, and why.

    The account is looked at once more, and held: a password or state changed while this one was hashed counts.
    """
    user = _held(attempt.user)
    still_right = right and user is not None and user.password_hash == attempt.password_hash
    refused = _refusal(user, right=still_right, at=at)
    if refused or user is None:
        audit.record(AuditKind.SIGN_IN_REFUSED, at=at, person=user, why=refused)
        return None
    throttle.forgive(Door.SIGN_IN, account=attempt.account, network=attempt.network)
    return sign_ins.start(user, network=network, device=browser, at=at)


def _held(user: User | None) -> User | None:
    """The row as it is now, locked until the transaction ends; asked for nobody, too, so that the work is the same."""
    query = select(User).where(User.id == (user.id if user else 0)).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def _refusal(user: User | None, *, right: bool, at: datetime) -> str:
    """Why not, for the audit trail alone; empty when nothing speaks against it."""
    if user is None:
        return "unknown-address"
    if user.state is UserState.INVITED:
        return "not-set-up"
    if user.state is UserState.DISABLED:
        return "disabled"
    if not user.is_live(at):
        return "ended"
    return "" if right else "wrong-password"
