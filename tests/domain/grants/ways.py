"""Naming people, for tests."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event, func, select

from portal.basics.roles import UserState
from portal.domain import grants
from portal.domain.grants import Named, Terms, Thing
from portal.storage.db import Model, db, transaction
from portal.storage.models import Grant, OutgoingEmail, User, VideoSession, ViewBudget, WatchRecord, WhenItEnds
from tests.factories import NOON, a_guest

A_DAY = timedelta(days=1)
NEW = "yuki.tanabe@sakura-trust.example"


def on_terms(
    begins: datetime | None = None,
    until: datetime | None = None,
    views: int | None = None,
    when_it_ends: WhenItEnds = WhenItEnds.FINISH,
) -> Terms:
    return Terms(begins, until, views, when_it_ends)


def fate_of(text: str, on: Thing, by: User, *, at: datetime = NOON, **terms: Any) -> grants.Fate:
    """The fate of the one address in the text."""
    (fate,) = grants.fates(text, on, by=by, at=at, terms=on_terms(**terms))
    return fate


def name(
    text: str, on: Thing, by: User, *, at: datetime = NOON, terms: dict[str, Any] | None = None, **given: Any
) -> Named:
    with transaction():
        return grants.name(text, on, by=by, at=at, terms=on_terms(**(terms or {})), **given)


def used(grant: Grant, video_session: VideoSession, taken: int) -> None:
    """So many views of this session were taken of the grant."""
    with transaction():
        db.session.add(ViewBudget(grant_id=grant.id, video_session_id=video_session.id, taken=taken))


def watched(guest: User, on: VideoSession, parts: Sequence[tuple[int, int]], *, opens: int = 1) -> None:
    """These parts of the session, in seconds, were watched, and its page was opened so often."""
    with transaction():
        db.session.add(
            WatchRecord(
                user_id=guest.id,
                video_session_id=on.id,
                opens=opens,
                opened_at=NOON,
                watched=[[begin * 10, end * 10] for begin, end in parts],
                watched_seconds=float(sum(end - begin for begin, end in parts)),
                watched_at=NOON if parts else None,
            )
        )


def count(model: type[Model]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def letters_of(user: User) -> list[OutgoingEmail]:
    query = select(OutgoingEmail).where(OutgoingEmail.user_id == user.id).order_by(OutgoingEmail.id)
    return list(db.session.scalars(query))


def the_user(address: str) -> User:
    return db.session.scalars(select(User).where(User.address == address)).one()


def an_invited_guest(sponsor: User, **given: Any) -> User:
    return a_guest(sponsor=sponsor, state=UserState.INVITED, name="", activated_at=None, accepted=False, **given)


def statements(act: Callable[[], object]) -> int:
    """How many questions an act asks the database."""
    sent = []
    db.session.commit()
    listener = lambda *facts: sent.append(facts[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)
    try:
        act()
    finally:
        event.remove(db.engine, "before_cursor_execute", listener)
    return len([statement for statement in sent if statement.lstrip().startswith("SELECT")])
