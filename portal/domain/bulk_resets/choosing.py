"""Whom a reset is for: people named by hand, or all that a filter finds; and what it would do, before it is done."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select, true

from portal.basics.roles import Role
from portal.domain.bulk_resets.voiding import why_left
from portal.domain.people_listing import PeopleWanted, conditions
from portal.domain.playback import STREAM_LIVES
from portal.storage.db import db
from portal.storage.models import Event, SignIn, Stream, User

MOST_SHOWN = 200


@dataclass(frozen=True)
class Choice:
    """People by key, or, where none is named, all that `wanted` finds.

    Staff are reset only when they are named by hand: a filter never finds out by surprise who runs the portal.
    """

    keys: tuple[str, ...] = ()
    wanted: PeopleWanted = field(default_factory=PeopleWanted)

    @property
    def spares_staff(self) -> bool:
        return not self.keys

    @property
    def words(self) -> str:
        """The same as a person reads it: "Guests of the event “Finals 2025”, not seen for 30 days"."""
        if self.keys:
            return f"{len(self.keys):,} {'person' if len(self.keys) == 1 else 'people'} named by hand"
        asked = self.wanted
        of_guests = asked.event or asked.sponsor or asked.has_nothing
        who = {Role.GUEST: "Guests", Role.SPONSOR: "Sponsors", Role.ADMIN: "Admins"}
        parts = [who[asked.role] if asked.role else "Guests" if of_guests else "All people"]
        parts[0] += f" of the event “{asked.event}”" if asked.event else ""
        parts[0] += f" of the sponsor “{asked.sponsor}”" if asked.sponsor else ""
        parts += [f"called “{asked.search}”"] if asked.search else []
        parts += [f"state {asked.state.value}"] if asked.state else []
        parts += [f"not seen for {asked.not_seen_days:,} days"] if asked.not_seen_days is not None else []
        parts += ["who never signed in"] if asked.never_signed_in else []
        parts += ["with nothing shared now"] if asked.has_nothing else []
        return ", ".join(parts)

    @property
    def reach(self) -> dict[str, Any]:
        """The same as plain values, for the run and the trail."""
        return {"people": list(self.keys)} if self.keys else {"filter": self.wanted.as_facts()}


@dataclass(frozen=True)
class Concerned:
    """One person whose password would stop."""

    key: str
    name: str
    address: str
    sign_ins: int
    is_watching: bool


@dataclass(frozen=True)
class Trial:
    """What a reset would do now. `shown`: the first of them, those who are watching first; `stamp` stands for all."""

    ids: Sequence[int] = field(repr=False)
    people: int
    stamp: str
    left: dict[str, int]
    left_names: Sequence[tuple[str, str]]  # the first of those who are left as they are, and why
    sign_ins: int
    signed_in: int
    watching: int
    shown: Sequence[Concerned]


def trial(choice: Choice, *, by: User, at: datetime, most: int = MOST_SHOWN) -> Trial:
    """Who would be reset and what would end with it; nothing changes. Three queries, however many people."""
    left = why_left(by, spares_staff=choice.spares_staff, at=at)
    rows = db.session.execute(select(User.id, left).where(*_reached(choice, by, at)).order_by(User.id)).all()
    concerned = [row[0] for row in rows if not row[1]]
    numbers = _ending(choice, by, at)
    return Trial(
        ids=[row[0] for row in rows],
        people=len(concerned),
        stamp=_stamp(concerned),
        left=dict(Counter(row[1] for row in rows if row[1])),
        left_names=_names([(row[0], row[1]) for row in rows if row[1]][:most]),
        sign_ins=int(numbers[0] or 0),
        signed_in=int(numbers[1] or 0),
        watching=int(numbers[2] or 0),
        shown=_shown(choice, by, at, most),
    )


def event_called(text: str) -> Event | None:
    """The event that a filter names by title or key, where there is just one."""
    query = select(Event).where((Event.key == text) | (func.lower(Event.title) == text.lower()) | (Event.title == text))
    found = db.session.scalars(query.limit(2)).all()
    return found[0] if len(found) == 1 else None


def _reached(choice: Choice, by: User, at: datetime) -> list[ColumnElement[bool]]:
    """An admin reaches everybody; a sponsor the guests they answer for, and nobody else is even found."""
    theirs = true() if by.is_admin else and_(User.role == Role.GUEST, User.sponsor_id == by.id)
    asked = [User.key.in_(choice.keys)] if choice.keys else conditions(choice.wanted, at)
    return [theirs, *asked]


def _stamp(ids: Sequence[int]) -> str:
    return hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()


def _sign_ins(at: datetime) -> ColumnElement[int]:
    live = select(func.count()).select_from(SignIn).where(SignIn.user_id == User.id, SignIn.live_at(at))
    return live.correlate(User).scalar_subquery()


def _watches(at: datetime) -> ColumnElement[bool]:
    """Plays at this moment: a player of theirs was heard of within the last minute, by a sign-in that still stands."""
    return exists().where(
        Stream.user_id == User.id,
        Stream.ended_at.is_(None),
        Stream.seen_at > at - STREAM_LIVES,
        SignIn.id == Stream.sign_in_id,
        SignIn.live_at(at),
    )


def _ending(choice: Choice, by: User, at: datetime) -> Any:
    people = (
        select(_sign_ins(at).label("sign_ins"), _watches(at).label("watches"))
        .where(*_reached(choice, by, at), why_left(by, spares_staff=choice.spares_staff, at=at) == "")
        .subquery()
    )
    signed_in = func.count().filter(people.c.sign_ins > 0)
    watching = func.count().filter(people.c.watches)
    return db.session.execute(select(func.sum(people.c.sign_ins), signed_in, watching)).one()


def _shown(choice: Choice, by: User, at: datetime, most: int) -> list[Concerned]:
    watches = _watches(at).label("watches")
    query = (
        select(User.key, User.name, User.address, _sign_ins(at), watches)
        .where(*_reached(choice, by, at), why_left(by, spares_staff=choice.spares_staff, at=at) == "")
        .order_by(watches.desc(), User.id)
        .limit(most)
    )
    return [Concerned(*row) for row in db.session.execute(query)]


def _names(left: list[tuple[int, str]]) -> list[tuple[str, str]]:
    if not left:
        return []
    query = select(User.id, User.name, User.address).where(User.id.in_([id_ for id_, _ in left]))
    names = {row.id: row.name or row.address for row in db.session.execute(query)}
    return [(names[id_], why) for id_, why in left]
