"""The letter that lets somebody whose password was stopped choose a new one: a link each, good once, for 14 days."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, insert, select, update

from portal.basics import tokens
from portal.domain import links, mailbox
from portal.domain.mailbox import Reader
from portal.domain.work import tools
from portal.mail.letters import NewWayInLetter
from portal.storage.db import db
from portal.storage.models import EmailState, OutgoingEmail, PasswordReset, ResetOutcome, ResetRun, User

LIFE = timedelta(days=14)  # as long as an invitation: whoever is reset has not asked for it, and does not wait for it
_CHUNK = 1000


def mail_all(run: ResetRun, wanted: ColumnElement[bool], *, by: User | None, why: str, at: datetime) -> list[int]:
    """Mail a fresh link to each of the run's outcomes `wanted`, in the same transaction; returns to whom, as ids.

    Only to live accounts without a password. Left out is who has a link that works and whose letter has not come
    back: pressing again mails nothing twice.
    """
    _hold(run, wanted)
    query = select(User).join(ResetOutcome, ResetOutcome.user_id == User.id)
    query = query.where(ResetOutcome.run_id == run.id, wanted)
    users = list(db.session.scalars(query.where(_may_choose(at), ~_has_way_in(at)).order_by(User.id)))
    for begin in range(0, len(users), _CHUNK):
        _mail(run, users[begin : begin + _CHUNK], by, why, at)
    return [user.id for user in users]


def _hold(run: ResetRun, wanted: ColumnElement[bool]) -> None:
    """Two who press at once: the second sees what the first has mailed. In a statement of its own, before asking."""
    people = select(ResetOutcome.user_id).where(ResetOutcome.run_id == run.id, wanted)
    held = select(User.id).where(User.id.in_(people)).order_by(User.id).with_for_update(key_share=True)
    db.session.execute(held).all()


def _may_choose(at: datetime) -> ColumnElement[bool]:
    return and_(User.password_hash.is_(None), User.live_at(at))


def _mail(run: ResetRun, users: list[User], by: User | None, why: str, at: datetime) -> None:
    ids = [user.id for user in users]
    _end_open_links(ids, at)
    made = [(user, tokens.new_token()) for user in users]
    db.session.execute(insert(PasswordReset), [_link(user, token, at) for user, token in made])
    name = by.display_name if by else ""
    letter = NewWayInLetter(
        to="", zone=tools().settings.time_zone, by_name=name, why=why, path="/", at=run.created_at, open_until=at + LIFE
    )
    readers = [Reader(user.id, user.address, links.password_reset(token)) for user, token in made]
    mailbox.queue_alike(letter, readers, at=at)
    newest = (
        select(OutgoingEmail.id)
        .where(OutgoingEmail.user_id == ResetOutcome.user_id, OutgoingEmail.letter == letter.kind)
        .order_by(OutgoingEmail.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    noted = update(ResetOutcome).where(ResetOutcome.run_id == run.id, ResetOutcome.user_id.in_(ids))
    db.session.execute(noted.values(email_id=newest).execution_options(synchronize_session=False))


def _link(user: User, token: str, at: datetime) -> dict[str, object]:
    return {"user_id": user.id, "token_hash": tokens.hash_token(token), "created_at": at, "ends_at": at + LIFE}


def _end_open_links(user_ids: list[int], at: datetime) -> None:
    still_open = update(PasswordReset).where(PasswordReset.user_id.in_(user_ids), _is_open(at))
    if db.session.execute(still_open.values(replaced_at=at).execution_options(synchronize_session=False)).rowcount:  # type: ignore[attr-defined]
        mailbox.keep_back(user_ids)


def _is_open(at: datetime) -> ColumnElement[bool]:
    return and_(PasswordReset.used_at.is_(None), PasswordReset.replaced_at.is_(None), PasswordReset.ends_at > at)


def _has_way_in(at: datetime) -> ColumnElement[bool]:
    """A link that works, and no letter about it that has come back."""
    came_back = exists().where(
        OutgoingEmail.user_id == PasswordReset.user_id,
        OutgoingEmail.created_at == PasswordReset.created_at,
        OutgoingEmail.state.in_((EmailState.FAILED, EmailState.KEPT_BACK)),
    )
    return exists().where(PasswordReset.user_id == User.id, _is_open(at), ~came_back)
