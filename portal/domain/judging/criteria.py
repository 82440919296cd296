"""What judges of an event give points for: added, changed, put in order, removed and put back.

A criterion that was removed keeps its points, and counts no more; put back, it counts again.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, distinct, func, or_, select

from portal.basics import tokens
from portal.basics.errors import NotFound, PortalError
from portal.basics.texts import many_lines, one_line
from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.domain.judging.checking import EventOver, points_words, weight_words
from portal.domain.library import ChangedMeanwhile
from portal.storage.db import db
from portal.storage.models import Criterion, Event, Score, ScoreSheet, SheetState, User

MOST = 30
LONGEST_TITLE = 100
LONGEST_HELP = 500
FARTHEST = 1000
"""A range lies between this and the same below zero."""
HEAVIEST = 100
LIGHTEST = 0.01


class WrongCriterion(PortalError):
    """A criterion that cannot be kept; `field` says beside which field the sentence belongs."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class TooManyCriteria(PortalError):
    """More criteria than an event can have."""


@dataclass(frozen=True)
class Wanted:
    """A criterion as somebody wants it."""

    title: str
    lowest: int
    highest: int
    weight: float = 1.0
    help: str = ""

    @classmethod
    def of(cls, criterion: Criterion) -> "Wanted":
        return cls(criterion.title, criterion.lowest, criterion.highest, criterion.weight, criterion.help)

    def checked(self) -> "Wanted":
        """The same as it is kept. Raises `WrongCriterion`."""
        title, words = one_line(self.title), many_lines(self.help)
        if not title:
            raise WrongCriterion("title", "Say what points are given for")
        if len(title) > LONGEST_TITLE:
            raise WrongCriterion("title", f"At most {LONGEST_TITLE} characters; this has {len(title):,}")
        if len(words) > LONGEST_HELP:
            raise WrongCriterion("help", f"At most {LONGEST_HELP} characters; this has {len(words):,}")
        if abs(self.lowest) > FARTHEST:
            raise WrongCriterion("lowest", f"Points lie between −{FARTHEST:,} and {FARTHEST:,}")
        if abs(self.highest) > FARTHEST:
            raise WrongCriterion("highest", f"Points lie between −{FARTHEST:,} and {FARTHEST:,}")
        if self.lowest >= self.highest:
            raise WrongCriterion("highest", f"This must be more than the lowest, {self.lowest}")
        weight = round(self.weight, 2) if math.isfinite(self.weight) else 0.0
        if not LIGHTEST <= weight <= HEAVIEST:
            raise WrongCriterion("weight", f"A weight lies between {LIGHTEST} and {HEAVIEST}")
        return Wanted(title, self.lowest, self.highest, weight, words)


@dataclass(frozen=True)
class Scored:
    """On how many sheets a criterion has points, and how many of those are final."""

    sheets: int = 0
    final: int = 0


def of(event: Event) -> list[Criterion]:
    """All of an event: those in use in their order, then the removed ones, the last first. One query."""
    query = select(Criterion).where(Criterion.event_id == event.id)
    in_use = Criterion.removed_at.is_(None)
    order = (case((in_use, 0), else_=1), case((in_use, Criterion.position)), Criterion.removed_at.desc(), Criterion.id)
    return list(db.session.scalars(query.order_by(*order)))


def in_use(criteria: Sequence[Criterion]) -> list[Criterion]:
    """Those of them that count."""
    return [criterion for criterion in criteria if criterion.removed_at is None]


def find(event: Event, key: str) -> Criterion:
    """The criterion of this event with this key, also a removed one. Raises `NotFound`."""
    query = select(Criterion).where(Criterion.event_id == event.id, Criterion.key == key)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(key)
    return found


def scored(event: Event) -> dict[int, Scored]:
    """By criterion: on how many sheets it has points. Those without any are left out. One query."""
    final = func.count(case((ScoreSheet.state == SheetState.FINAL, ScoreSheet.id)))
    query = (
        select(Score.criterion_id, func.count(distinct(Score.sheet_id)), final)
        .join(ScoreSheet, ScoreSheet.id == Score.sheet_id)
        .where(ScoreSheet.event_id == event.id)
        .group_by(Score.criterion_id)
    )
    return {criterion: Scored(sheets, finals) for criterion, sheets, finals in db.session.execute(query)}


def version_of(criterion: Criterion) -> str:
    """Changes with what its form shows; the form carries it, so that a second editor is noticed."""
    it = Wanted.of(criterion)
    text = "\n".join([it.title, it.help, str(it.lowest), str(it.highest), str(it.weight)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def add(event: Event, wanted: Wanted, *, by: User, at: datetime) -> Criterion:
    """One more criterion, the last in the order. The very same twice is added once.

    Raises `WrongCriterion`, `TooManyCriteria`, `EventOver`.
    """
    hold_open(event, at=at)
    given, there = wanted.checked(), in_use(of(event))
    same = next((one for one in there if Wanted.of(one) == given), None)
    if same is not None:
        return same
    _check_title_is_new(given.title, there)
    if len(there) >= MOST:
        raise TooManyCriteria(f"An event has at most {MOST} criteria")
    criterion = Criterion(key=tokens.new_key(), event_id=event.id, position=_last_place(there))
    _keep(criterion, given)
    db.session.add(criterion)
    _record(event, criterion, {}, _told(given), by, at)
    return criterion


def change(event: Event, criterion: Criterion, wanted: Wanted, *, version: str | None, by: User, at: datetime) -> bool:
    """Have it so. False: it is so already.

    Raises `WrongCriterion`, also where points that were given would lie outside; `ChangedMeanwhile` when it is not of
    that `version` any more (None: whatever it is); `EventOver`; `NotFound` for a removed one.
    """
    hold_open(event, at=at)
    db.session.refresh(criterion, with_for_update=True)
    if criterion.removed_at is not None:
        raise NotFound(criterion.key)
    if version is not None and version != version_of(criterion):
        raise ChangedMeanwhile("Somebody saved this criterion after you opened it.")
    before, after = Wanted.of(criterion), wanted.checked()
    if before == after:
        return False
    _check_title_is_new(after.title, [one for one in in_use(of(event)) if one.id != criterion.id])
    _check_points_fit(criterion, after)
    _keep(criterion, after)
    _record(event, criterion, _told(before), _told(after), by, at)
    return True


def move(event: Event, criterion: Criterion, places: int, *, by: User, at: datetime) -> bool:
    """Have it so many places further down, or up where that is negative; no further than to the end.

    False: it is there already. Raises `EventOver`; `NotFound` for a removed one.
    """
    hold_open(event, at=at)
    there = in_use(of(event))
    if criterion not in there:
        raise NotFound(criterion.key)
    before = there.index(criterion)
    after = min(max(0, before + places), len(there) - 1)
    if before == after:
        return False
    there.insert(after, there.pop(before))
    for position, one in enumerate(there):
        one.position = position
    _record(event, criterion, {"place": before + 1}, {"place": after + 1}, by, at)
    return True


def remove(event: Event, criterion: Criterion, *, by: User, at: datetime) -> bool:
    """Have it count no more; its points are kept. False: it is removed already. Raises `EventOver`."""
    hold_open(event, at=at)
    db.session.refresh(criterion, with_for_update=True)
    if criterion.removed_at is not None:
        return False
    criterion.removed_at = at
    _record(event, criterion, {"counts": "yes"}, {"counts": "no"}, by, at)
    return True


def put_back(event: Event, criterion: Criterion, *, by: User, at: datetime) -> bool:
    """Have a removed one count again, with the points it has, the last in the order. False: it does.

    Raises `EventOver`, `TooManyCriteria`, and `WrongCriterion` where another has its title by now.
    """
    hold_open(event, at=at)
    db.session.refresh(criterion, with_for_update=True)
    if criterion.removed_at is None:
        return False
    there = in_use(of(event))
    _check_title_is_new(criterion.title, there)
    if len(there) >= MOST:
        raise TooManyCriteria(f"An event has at most {MOST} criteria")
    criterion.removed_at, criterion.position = None, _last_place(there)
    _record(event, criterion, {"counts": "no"}, {"counts": "yes"}, by, at)
    return True


def hold_open(event: Event, *, at: datetime) -> None:
    """Hold the event until the transaction ends, so that it cannot be closed meanwhile. Raises `EventOver`."""
    db.session.refresh(event, with_for_update=True)
    if event.is_over(at):
        raise EventOver("This event is over. What was scored stays as it is.")


def _last_place(there: Sequence[Criterion]) -> int:
    return max((one.position for one in there), default=-1) + 1


def _check_title_is_new(title: str, there: Sequence[Criterion]) -> None:
    if any(one.title.casefold() == title.casefold() for one in there):
        raise WrongCriterion("title", f"There is a criterion called “{title}”")


def _check_points_fit(criterion: Criterion, wanted: Wanted) -> None:
    """Points that were given stay what they are, so the range must hold them."""
    outside = or_(Score.points < wanted.lowest, Score.points > wanted.highest)
    query = select(func.count(Score.id), func.min(Score.points), func.max(Score.points))
    number, least, most = db.session.execute(query.where(Score.criterion_id == criterion.id, outside)).one()
    if not number:
        return
    field, worst = ("lowest", least) if least < wanted.lowest else ("highest", most)
    raise WrongCriterion(field, f"{points_words(worst)} was given already; the range must hold it")


def _keep(criterion: Criterion, wanted: Wanted) -> None:
    criterion.title, criterion.help, criterion.weight = wanted.title, wanted.help, wanted.weight
    criterion.lowest, criterion.highest = wanted.lowest, wanted.highest


def _told(wanted: Wanted) -> dict[str, Any]:
    """As the audit trail keeps it."""
    return {
        "title": wanted.title,
        "range": f"{wanted.lowest} to {wanted.highest}",
        "weight": weight_words(wanted.weight),
        "help": wanted.help,
    }


def _record(
    event: Event, criterion: Criterion, before: dict[str, Any], after: dict[str, Any], by: User, at: datetime
) -> None:
    changed = [name for name in after if before.get(name) != after[name]]
    audit.record(
        AuditKind.CRITERIA_CHANGED,
        actor=by,
        subject=event,
        at=at,
        title=event.title,
        criterion=criterion.title,
        before={name: before[name] for name in changed if name in before},
        after={name: after[name] for name in changed},
    )
