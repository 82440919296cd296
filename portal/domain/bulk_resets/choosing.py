"""Whom a reset is for: people named by hand, or all that a filter finds; and what it would do, before it is done."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select, true

from portal.basics.roles import Role
from portal.domain.bulk_resets.voiding import why_left
from portal.domain.people_listing import PeopleWanted, conditions, event_is
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
class Found:
    """All whom a choice finds: `concerned` are those whose password would stop, `left` the others by name, and why."""

    ids: Sequence[int]
    concerned: Sequence[int]
    left: Sequence[tuple[str, str]]

    @property
    def stamp(self) -> str:
        """Stands for those whose password would stop: another when somebody came or went."""
        return hashlib.sha256(",".join(map(str, self.concerned)).encode()).hexdigest()


@dataclass(frozen=True)
class Trial:
    """What a reset would do now. `shown`: the first, those who are watching at the head; `left_names`: of the rest."""

    found: Found = field(repr=False)
    people: int
    left: dict[str, int]
    left_names: Sequence[tuple[str, str]]
    sign_ins: int
    signed_in: int
    watching: int
    shown: Sequence[Concerned]


def found(choice: Choice, *, by: User | None, at: datetime) -> Found:
    """Who is found now, in one query. By None: the console, which reaches everybody."""
    left = why_left(by, spares_staff=choice.spares_staff, at=at)
    query = select(User.id, left, User.name, User.address).where(*_reached(choice, by, at)).order_by(User.id)
    rows = db.session.execute(query).all()
    return Found(
        ids=[row[0] for row in rows],
        concerned=[row[0] for row in rows if not row[1]],
        left=[(row[2] or row[3], row[1]) for row in rows if row[1]],
    )


def trial(choice: Choice, *, by: User | None, at: datetime, most: int = MOST_SHOWN) -> Trial:
    """Who would be reset and what would end with it; nothing changes. Three queries, however many people."""
    people = found(choice, by=by, at=at)
    sign_ins, signed_in, watching = _ending(choice, by, at)
    return Trial(
        found=people,
        people=len(people.concerned),
        left=dict(Counter(why for _, why in people.left)),
        left_names=people.left[:most],
        sign_ins=int(sign_ins or 0),
        signed_in=int(signed_in or 0),
        watching=int(watching or 0),
        shown=_shown(choice, by, at, most),
    )


def words_of(choice: Choice, *, by: User | None) -> str:
    """`Choice.words`, with the title of an event that is asked for by its key; one query, where there is one."""
    event = event_of(choice, by=by)
    return Choice(wanted=replace(choice.wanted, event=event.title)).words if event else choice.words


def everybody(choice: Choice, *, at: datetime) -> Iterator[Concerned]:
    """All whom the console would reset, not only the first."""
    yield from _shown(choice, None, at, None)


def event_of(choice: Choice, *, by: User | None) -> Event | None:
    """The event that a filter names, if it names one that `event_called` finds."""
    return event_called(choice.wanted.event, by=by) if choice.wanted.event and not choice.keys else None


def event_called(text: str, *, by: User | None) -> Event | None:
    """The event of this title or key, where there is just one: of this person's, of all for an admin or the console."""
    found = db.session.scalars(select(Event).where(event_is(text, by)).limit(2)).all()
    return found[0] if len(found) == 1 else None


def _reached(choice: Choice, by: User | None, at: datetime) -> list[ColumnElement[bool]]:
    """An admin and the console reach everybody; a sponsor the guests they answer for: nobody else is even found."""
    theirs = true() if by is None or by.is_admin else and_(User.role == Role.GUEST, User.sponsor_id == by.id)
    asked = [User.key.in_(choice.keys)] if choice.keys else conditions(choice.wanted, at, by=by)
    return [theirs, *asked]


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


def _ending(choice: Choice, by: User | None, at: datetime) -> Any:
    people = (
        select(_sign_ins(at).label("sign_ins"), _watches(at).label("watches"))
        .where(*_reached(choice, by, at), why_left(by, spares_staff=choice.spares_staff, at=at) == "")
        .subquery()
    )
    signed_in = func.count().filter(people.c.sign_ins > 0)
    watching = func.count().filter(people.c.watches)
    return db.session.execute(select(func.sum(people.c.sign_ins), signed_in, watching)).one()


def _shown(choice: Choice, by: User | None, at: datetime, most: int | None) -> list[Concerned]:
    watches = _watches(at).label("watches")
    query = (
        select(User.key, User.name, User.address, _sign_ins(at), watches)
        .where(*_reached(choice, by, at), why_left(by, spares_staff=choice.spares_staff, at=at) == "")
        .order_by(watches.desc(), User.id)
        .limit(most)
    )
    return [Concerned(*row) for row in db.session.execute(query)]
