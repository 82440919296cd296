"""What an organiser sees of the judging: the ranking, how judges differ, what is missing (docs/judging.md)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import BigInteger, and_, bindparam, case, func, select

from portal.domain.access.shown import assigned_if_need_be, is_shown_by
from portal.domain.judging import criteria
from portal.domain.judging.arithmetic import EntryResult, JudgeResult, Mark, Measure, Results, results, weight_of
from portal.storage.db import db
from portal.storage.models import (
    BlindLabel,
    Criterion,
    Event,
    Grant,
    Score,
    ScoreSheet,
    SheetState,
    User,
    VideoSession,
    WatchRecord,
)


@dataclass(frozen=True)
class Judge:
    """A guest of the event. `is_named` False: their access to it was taken back; final sheets of theirs count."""

    id: int
    key: str
    name: str
    is_named: bool


@dataclass(frozen=True)
class Entry:
    """A session of the event. `number` 0: it has none. `is_shown` False: it was taken from the event since."""

    id: int
    key: str
    title: str
    number: int
    is_shown: bool


@dataclass(frozen=True)
class Part:
    """One judge and one entry: the state of the sheet, None where there is none yet, and how much was watched.

    `watched` is a share from 0 to 1. `sheet_key` empty: there is no sheet. `points` are by criterion.
    """

    judge: Judge
    entry: Entry
    state: SheetState | None
    sheet_key: str
    watched: float
    reason: str = ""
    remark: str = ""
    finalised_at: datetime | None = None
    changed_at: datetime | None = None
    points: Mapping[int, float] = field(default_factory=dict)

    @property
    def is_missing(self) -> bool:
        """Whether the judge still has to finish it."""
        return self.state in (None, SheetState.DRAFT) and self.judge.is_named and self.entry.is_shown

    @property
    def is_final(self) -> bool:
        return self.state is SheetState.FINAL


@dataclass(frozen=True)
class Outcome:
    """All of it: every judge with every entry that is theirs, or that they have a sheet for."""

    event: Event
    criteria: Sequence[Criterion]  # removed ones last
    parts: Sequence[Part]

    @cached_property
    def in_use(self) -> list[Criterion]:
        return criteria.in_use(self.criteria)

    @cached_property
    def measures(self) -> list[Measure]:
        return [Measure(it.id, it.lowest, it.highest, weight_of(it.weight)) for it in self.in_use]

    @cached_property
    def entries(self) -> dict[int, Entry]:
        """By id, in the order of their numbers, then of their titles."""
        found = {part.entry.id: part.entry for part in self.parts}
        return dict(sorted(found.items(), key=lambda item: (item[1].number, item[1].title.casefold(), item[0])))

    @cached_property
    def judges(self) -> dict[int, Judge]:
        """By id, in the order of their names."""
        found = {part.judge.id: part.judge for part in self.parts}
        return dict(sorted(found.items(), key=lambda item: (item[1].name.casefold(), item[0])))

    @cached_property
    def results(self) -> Results:
        marks = [Mark(part.judge.id, part.entry.id, part.points) for part in self.parts if part.is_final]
        return results(marks, self.measures, self.entries)

    @cached_property
    def ranking(self) -> list[tuple[Entry, EntryResult]]:
        """The best first; those without a score last."""
        found = [(entry, self.results.entries[id_]) for id_, entry in self.entries.items()]
        return sorted(found, key=lambda item: (item[1].rank is None, item[1].rank or 0))

    @cached_property
    def of_entry(self) -> dict[int, list[Part]]:
        """By entry, in the order of the judges' names."""
        found: dict[int, list[Part]] = {id_: [] for id_ in self.entries}
        for part in self.parts:
            found[part.entry.id].append(part)
        return {id_: sorted(parts, key=lambda part: part.judge.name.casefold()) for id_, parts in found.items()}

    @cached_property
    def of_judge(self) -> dict[int, list[Part]]:
        """By judge, in the order of the entries."""
        place = {id_: number for number, id_ in enumerate(self.entries)}
        found: dict[int, list[Part]] = {id_: [] for id_ in self.judges}
        for part in self.parts:
            found[part.judge.id].append(part)
        return {id_: sorted(parts, key=lambda part: place[part.entry.id]) for id_, parts in found.items()}

    @cached_property
    def counts(self) -> Counter[SheetState | None]:
        """How many there are of each state; None: no sheet yet."""
        return Counter(part.state for part in self.parts)

    def judge_result(self, judge: Judge) -> JudgeResult | None:
        return self.results.judges.get(judge.id)


def of(event: Event) -> Outcome:
    """The outcome as it stands. Three queries."""
    values = {"event_id": event.id}
    given: dict[int, dict[int, float]] = {}
    for sheet_id, criterion_id, points in db.session.execute(_points, values):
        given.setdefault(sheet_id, {})[criterion_id] = points
    judges: dict[int, Judge] = {}
    entries: dict[int, Entry] = {}
    parts = [_part(row, judges, entries, given) for row in db.session.execute(_parts, values)]
    return Outcome(event, criteria.of(event), parts)


def _part(
    row: Any, judges: dict[int, Judge], entries: dict[int, Entry], given: Mapping[int, Mapping[int, float]]
) -> Part:
    judge = judges.setdefault(
        row.judge_id, Judge(row.judge_id, row.judge_key, row.name or row.address, bool(row.is_named))
    )
    entry = entries.setdefault(
        row.session_id, Entry(row.session_id, row.session_key, row.title, row.number or 0, bool(row.is_shown))
    )
    watched = min(1.0, row.watched_seconds / row.length_seconds) if row.watched_seconds and row.length_seconds else 0.0
    return Part(
        judge,
        entry,
        row.state,
        row.sheet_key or "",
        watched,
        row.reason or "",
        row.remark or "",
        row.finalised_at,
        row.changed_at,
        given.get(row.sheet_id, {}),
    )


_EVENT: Any = bindparam("event_id", type_=BigInteger())
_SHOWN = and_(is_shown_by(_EVENT), VideoSession.binned_at.is_(None))


def _pairs() -> Any:
    """Each judge of the event with each session that is theirs, and with each that they have a sheet for."""
    of_it = (Grant.event_id == _EVENT, Grant.revoked_at.is_(None))
    named = (
        select(Grant.guest_id.label("judge_id"), VideoSession.id.label("session_id"))
        .join(VideoSession, _SHOWN)
        .where(*of_it, assigned_if_need_be(VideoSession.id))
    )
    written = select(ScoreSheet.judge_id, ScoreSheet.video_session_id).where(ScoreSheet.event_id == _EVENT)
    return named.union(written).subquery("pairs")


def _parts_query() -> Any:
    pairs = _pairs()
    names_them = select(Grant.id).where(
        Grant.event_id == _EVENT, Grant.guest_id == pairs.c.judge_id, Grant.revoked_at.is_(None)
    )
    return (
        select(
            User.id.label("judge_id"),
            User.key.label("judge_key"),
            User.name,
            User.address,
            case((names_them.correlate(pairs).exists(), 1), else_=0).label("is_named"),
            VideoSession.id.label("session_id"),
            VideoSession.key.label("session_key"),
            VideoSession.title,
            VideoSession.length_seconds,
            case((_SHOWN, 1), else_=0).label("is_shown"),
            func.coalesce(BlindLabel.number, 0).label("number"),
            ScoreSheet.id.label("sheet_id"),
            ScoreSheet.key.label("sheet_key"),
            ScoreSheet.state,
            ScoreSheet.reason,
            ScoreSheet.remark,
            ScoreSheet.finalised_at,
            ScoreSheet.changed_at,
            WatchRecord.watched_seconds,
        )
        .select_from(pairs)
        .join(User, User.id == pairs.c.judge_id)
        .join(VideoSession, VideoSession.id == pairs.c.session_id)
        .outerjoin(BlindLabel, and_(BlindLabel.event_id == _EVENT, BlindLabel.video_session_id == VideoSession.id))
        .outerjoin(
            ScoreSheet,
            and_(
                ScoreSheet.event_id == _EVENT,
                ScoreSheet.judge_id == User.id,
                ScoreSheet.video_session_id == VideoSession.id,
            ),
        )
        .outerjoin(WatchRecord, and_(WatchRecord.user_id == User.id, WatchRecord.video_session_id == VideoSession.id))
    )


_parts = _parts_query()
_points = (
    select(Score.sheet_id, Score.criterion_id, Score.points)
    .join(ScoreSheet, ScoreSheet.id == Score.sheet_id)
    .where(ScoreSheet.event_id == _EVENT)
)
