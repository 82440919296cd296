"""Forgotten passwords: a mailed link, good for an hour and for one use (product.md, Passwords; ASVS 6.3.8, 6.4.3).

Asking costs the same work and time whoever has the address, or nobody: the page only keeps what was asked, and the
worker finds out whom it concerns and writes the letter.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from portal.basics import tokens
from portal.basics.roles import Role, UserState
from portal.domain import audit, invitations, jobs, links, mailbox, passwords, policies, sign_ins, throttle
from portal.domain.audit import AuditKind
from portal.domain.throttle import Door, Wait
from portal.domain.work import tools
from portal.mail.letters import PasswordResetLetter
from portal.storage.db import db
from portal.storage.models import PasswordReset, PasswordResetAsk, User

ANSWER_ASK = "answer-reset-ask"  # the kind of job
LIFE = timedelta(hours=1)
LIFE_FOR_FIRST_ADMIN = timedelta(days=1)  # printed on the console, where it is read when somebody comes by


@dataclass(frozen=True)
class OpenReset:
    """A link that works, and whose it is. `is_set_up`: the first admin's way in; it also asks for name and policy."""

    user: User
    ends_at: datetime

    @property
    def is_set_up(self) -> bool:
        return self.user.state is UserState.INVITED


def ask(address: str, *, network: str, at: datetime) -> Wait | None:
    """Somebody wants a new password for this normalised address. The answer is the same whoever has it.

    Limits hold for the address, existing or not, and for the network.
    """
    wait = throttle.take(Door.FORGOTTEN, account=address, network=network, at=at)
    if wait is None:
        asked = PasswordResetAsk(address=address, network=network, at=at)
        db.session.add(asked)
        db.session.flush()
        jobs.queue(ANSWER_ASK, asked.id, at=at)
    return wait


def answer(ask_id: int, *, at: datetime) -> None:
    """Mail what the address calls for: a link, the pending invitation again, or nothing. The ask is forgotten.

    So are those that could not be answered within a day: nobody waits for their letters any more.
    """
    asked = db.session.get(PasswordResetAsk, ask_id)
    if asked is None:
        return
    done = or_(PasswordResetAsk.id == ask_id, PasswordResetAsk.at < at - timedelta(days=1))
    db.session.execute(delete(PasswordResetAsk).where(done).execution_options(synchronize_session=False))
    user = db.session.scalar(select(User).where(User.address == asked.address).with_for_update())
    if user is None:
        return
    before = audit.acting_from.set(asked.network)
    try:
        _answer(user, at)
    finally:
        audit.acting_from.reset(before)


def _answer(user: User, at: datetime) -> None:
    if user.is_live(at):
        path = _new_link(user, LIFE, at)
        audit.record(AuditKind.PASSWORD_RESET_ASKED, at=at, subject=user, person=user)
        letter = PasswordResetLetter(to=user.address, zone=tools().settings.time_zone, path=path, open_until=at + LIFE)
        mailbox.queue(letter, to=user, at=at)
    elif user.state is UserState.INVITED:
        invitations.mail_again_for(user, at=at)


def for_first_admin(user: User, *, at: datetime) -> str:
    """The path of a fresh one-time link for an admin who has no password yet; older ones stop working."""
    return _new_link(user, LIFE_FOR_FIRST_ADMIN, at)


def find(token: str, *, at: datetime) -> OpenReset | None:
    """Whose link this is, while it works. None: unknown, used, replaced, too old, or of a closed account."""
    query = (
        select(PasswordReset, User)
        .join(User, User.id == PasswordReset.user_id)
        .where(PasswordReset.token_hash == tokens.hash_token(token), _open_at(at), _may_set_password(at))
    )
    row = db.session.execute(query).one_or_none()
    return OpenReset(row[1], row[0].ends_at) if row else None


def begin(*, network: str, at: datetime) -> Wait | None:
    """Count a try to use a link, or say how long to wait. Opening one is not counted: reading changes nothing."""
    return throttle.take(Door.TOKEN, account=None, network=network, at=at)


def save(token: str, *, password_hash: str, name: str | None, network: str, at: datetime) -> User | None:
    """Write the new password, whatever the page before had shown: one statement decides (ASVS 6.5, 15.4).

    Ends every sign-in and tells the owner. Of fifty at once one succeeds; the others, and whoever comes with a link
    that does not work, get None and nothing has changed. `name` is the first admin's, who accepts the policy by it.
    """
    user = _held_owner(token, at)
    if user is None or not _use(token, at):
        return None
    is_set_up = user.state is UserState.INVITED
    user.password_hash, user.password_changed_at = password_hash, at
    if is_set_up:
        _set_up(user, name or user.name, at)
    else:
        audit.record(AuditKind.PASSWORD_RESET, at=at, actor=user, subject=user)
        passwords.tell_owner(user, "reset", at=at)
    sign_ins.end_all(user, by=user, because="password-reset", at=at)
    _replace_open(user, at)
    throttle.forgive(Door.TOKEN, account=None, network=network)
    throttle.forgive(Door.SIGN_IN, account=user.address)  # who has the mailbox need not wait for a guesser
    return user


def _set_up(user: User, name: str, at: datetime) -> None:
    user.state, user.activated_at, user.name = UserState.ACTIVE, at, name
    audit.record(AuditKind.USER_SET_UP, at=at, actor=user, subject=user, name=name)
    audit.record(AuditKind.PASSWORD_SET, at=at, actor=user, subject=user)
    policies.accept(user, at)


def _new_link(user: User, life: timedelta, at: datetime) -> str:
    db.session.execute(
        select(User.id).where(User.id == user.id).with_for_update()
    )  # two at once: one replaces the other
    _replace_open(user, at)
    token = tokens.new_token()
    db.session.add(
        PasswordReset(user_id=user.id, token_hash=tokens.hash_token(token), created_at=at, ends_at=at + life)
    )
    return links.password_reset(token)


def _replace_open(user: User, at: datetime) -> None:
    still_open = update(PasswordReset).where(PasswordReset.user_id == user.id, _open_at(at))
    db.session.execute(still_open.values(replaced_at=at).execution_options(synchronize_session=False))


def _held_owner(token: str, at: datetime) -> User | None:
    """The account behind the link, locked: whoever else changes it waits."""
    query = (
        select(User)
        .join(PasswordReset, PasswordReset.user_id == User.id)
        .where(PasswordReset.token_hash == tokens.hash_token(token), _may_set_password(at))
        .with_for_update(of=User)
        .execution_options(populate_existing=True)
    )
    user: User | None = db.session.scalar(query)
    return user


def _use(token: str, at: datetime) -> bool:
    query = update(PasswordReset).where(PasswordReset.token_hash == tokens.hash_token(token), _open_at(at))
    used = db.session.execute(query.values(used_at=at).execution_options(synchronize_session=False))
    return bool(used.rowcount)  # type: ignore[attr-defined]


def _open_at(at: datetime) -> ColumnElement[bool]:
    """The same rule as `PasswordReset.is_open`, for queries."""
    return and_(PasswordReset.used_at.is_(None), PasswordReset.replaced_at.is_(None), PasswordReset.ends_at > at)


def _may_set_password(at: datetime) -> ColumnElement[bool]:
    """Live accounts, and the admin who is not set up yet."""
    return or_(User.live_at(at), and_(User.state == UserState.INVITED, User.role == Role.ADMIN))
