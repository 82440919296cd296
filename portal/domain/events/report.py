"""The report of an event: who was invited, set up, came, watched how much of what, and scored; what closing it did.

It runs from the first guest on and stays after the closing. Figures are worked out from what was kept, never copied.
Three numbers stand beside each other and never for each other (product.md, Viewings): how often a page was opened, how
many views were taken, and how much was watched.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from portal.basics.errors import NotFound
from portal.basics.roles import Role, UserState
from portal.domain import access, audit
from portal.domain.audit import AuditKind
from portal.domain.judging.arithmetic import Mark, Measure, Results, results, sheet_score, weight_of
from portal.domain.library import WHOLE
from portal.domain.looking_after import organised_by
from portal.domain.paging import NEWEST, Page, Place, page_from
from portal.storage.db import UtcDateTime, db
from portal.storage.models import (
    BlindLabel,
    ClosedAccount,
    Criterion,
    Event,
    EventClosing,
    Grant,
    OnClosing,
    ResetOutcome,
    ResetOutcomeKind,
    Score,
    ScoreSheet,
    SheetState,
    User,
    VideoSession,
    Viewing,
    WatchRecord,
)


class ReportFile(StrEnum):
    """As what a report is taken away."""

    CSV = "csv"
    PDF = "pdf"


class AccountFate(StrEnum):
    """What the closing did to the account of a guest."""

    VOIDED = "voided"  # the password stopped working
    DISABLED = "disabled"
    KEPT = "kept"  # the event says so
    ELSEWHERE = "elsewhere"  # kept: they have something else
    NOT_SET_UP = "not-set-up"  # there was no password to void
    UNTOUCHED = "untouched"  # staff, or disabled before


@dataclass(frozen=True)
class ClosingOfEvent:
    """One closing of the event. `by` empty: the clock; `reopened_at` None: it was not opened again since."""

    closing: EventClosing
    by: str
    reopened_by: str
    voided: int


@dataclass(frozen=True, slots=True)
class Reached:
    """How far one guest came with one session that is theirs.

    `opens`: of its page; `views`: sittings since the event opened, by whatever door; `share`: how much of it they have
    watched, from 0 to 1. `sheet` None: there is none; `score` None: nothing on it counts.
    """

    session_id: int
    opens: int
    views: int
    share: float
    sheet: SheetState | None
    score: Fraction | None

    @property
    def is_whole(self) -> bool:
        return self.share >= WHOLE


@dataclass(frozen=True)
class ReportedGuest:
    """One guest. `came_at` None: they took no view; `account` None: the event is not closed."""

    grant_id: int
    key: str
    name: str
    address: str
    invited_at: datetime
    set_up_at: datetime | None
    came_at: datetime | None
    last_at: datetime | None
    account: AccountFate | None
    reached: Sequence[Reached]

    @property
    def known_as(self) -> str:
        return self.name or self.address

    @property
    def opens(self) -> int:
        return sum(one.opens for one in self.reached)

    @property
    def views(self) -> int:
        return sum(one.views for one in self.reached)

    @property
    def whole(self) -> int:
        """How many of their sessions they have watched whole."""
        return sum(one.is_whole for one in self.reached)

    @property
    def share(self) -> float:
        """How much they have watched of all that is theirs, each session counted alike."""
        return _mean(one.share for one in self.reached)

    @property
    def has_finished(self) -> bool:
        return bool(self.reached) and self.whole == len(self.reached)

    def sheets(self, state: SheetState) -> int:
        return sum(one.sheet is state for one in self.reached)


@dataclass(frozen=True)
class ReportedSession:
    """One session of the event. `given`: to how many guests; `share`: the mean of how much they have watched.

    `number` is that by which judges know it, 0: none. `score` and `rank` None: no final sheet counts for it.
    """

    id: int
    key: str
    title: str
    number: int
    length_seconds: float
    given: int
    opened: int
    viewed: int
    whole: int
    share: float
    finals: int
    score: Fraction | None
    rank: int | None


@dataclass(frozen=True)
class ReportNumbers:
    """Of all guests: how many came how far; of all that was given to them: what was made of it."""

    guests: int
    set_up: int
    came: int
    finished: int
    given: int
    opens: int
    views: int
    whole: int
    finals: int


@dataclass(frozen=True)
class Report:
    """All of it, as of one moment: guests by their names, sessions in the order of the event's pages."""

    event: Event
    organiser: str
    at: datetime
    closings: Sequence[ClosingOfEvent]  # the newest first
    guests: Sequence[ReportedGuest]
    sessions: Sequence[ReportedSession]

    @property
    def is_open(self) -> bool:
        """Whether the numbers may still change: no closing holds."""
        return self.event.closed_at is None

    @cached_property
    def session_of(self) -> Mapping[int, ReportedSession]:
        return {session.id: session for session in self.sessions}

    @cached_property
    def numbers(self) -> ReportNumbers:
        return ReportNumbers(
            guests=len(self.guests),
            set_up=sum(guest.set_up_at is not None for guest in self.guests),
            came=sum(guest.came_at is not None for guest in self.guests),
            finished=sum(guest.has_finished for guest in self.guests),
            given=sum(len(guest.reached) for guest in self.guests),
            opens=sum(guest.opens for guest in self.guests),
            views=sum(guest.views for guest in self.guests),
            whole=sum(guest.whole for guest in self.guests),
            finals=sum(guest.sheets(SheetState.FINAL) for guest in self.guests),
        )

    def page(self, place: Place = NEWEST) -> Page[ReportedGuest]:
        """One page of its guests, who was named last first."""
        ids = sorted(self.guests, key=lambda guest: guest.grant_id, reverse=place.after is None)
        there = [guest for guest in ids if _is_at(guest.grant_id, place)]
        return page_from(there, place, key=lambda guest: guest.grant_id)


def report(key: str, by: User, *, at: datetime) -> Report:
    """The report of an event of this person's. Raises `NotFound`. Three queries; one more where it is judged."""
    event, organiser, closings = _event(key, by)
    closing = closings[0].closing if closings and event.closed_at is not None else None
    judged = _judged(event) if event.is_judged else _Judged()
    parts = _parts(event, judged)
    guests = [_guest(row, closing, parts.of_guest.get(row.grant_id, [])) for row in _guests(event, closing)]
    return Report(
        event=event,
        organiser=organiser,
        at=at,
        closings=closings,
        guests=sorted(guests, key=lambda guest: (guest.known_as.casefold(), guest.grant_id)),
        sessions=parts.sessions(judged.results),
    )


def take_report(key: str, form: ReportFile, *, by: User, at: datetime) -> Report:
    """The report as it is taken away in a file, which is written down. Raises `NotFound`."""
    found = report(key, by, at=at)
    audit.record(
        AuditKind.REPORT_EXPORTED, actor=by, subject=found.event, at=at, title=found.event.title, format=form.value
    )
    return found


def _is_at(grant_id: int, place: Place) -> bool:
    if place.after is not None:
        return grant_id > place.after
    return place.before is None or grant_id < place.before


def _event(key: str, by: User) -> tuple[Event, str, list[ClosingOfEvent]]:
    owner, closer, opener = aliased(User), aliased(User), aliased(User)
    voided = select(func.count(ResetOutcome.id)).where(
        ResetOutcome.run_id == EventClosing.reset_run_id, ResetOutcome.kind == ResetOutcomeKind.VOIDED
    )
    query = (
        select(Event, owner, EventClosing, closer, opener, voided.correlate(EventClosing).scalar_subquery())
        .join(owner, owner.id == Event.owner_id)
        .outerjoin(EventClosing, EventClosing.event_id == Event.id)
        .outerjoin(closer, closer.id == EventClosing.by_id)
        .outerjoin(opener, opener.id == EventClosing.reopened_by_id)
        .where(Event.key == key, organised_by(by))
        .order_by(EventClosing.id.desc())
    )
    rows = db.session.execute(query).all()
    if not rows:
        raise NotFound("There is no such event")
    closings = [
        ClosingOfEvent(
            closing, closer.display_name if closer else "", opener.display_name if opener else "", int(voided or 0)
        )
        for _, _, closing, closer, opener, voided in rows
        if closing is not None
    ]
    return rows[0][0], rows[0][1].display_name, closings


def _guests(event: Event, closing: EventClosing | None) -> Iterable[Any]:
    run_id, closing_id = (closing.reset_run_id, closing.id) if closing else (None, None)
    query = (
        select(
            Grant.id.label("grant_id"),
            Grant.created_at.label("invited_at"),
            User.key,
            User.name,
            User.address,
            User.role,
            User.state,
            User.activated_at,
            ResetOutcome.kind.label("outcome"),
            ClosedAccount.id.label("disabled"),
        )
        .join(User, User.id == Grant.guest_id)
        .outerjoin(ResetOutcome, and_(ResetOutcome.user_id == User.id, ResetOutcome.run_id == run_id))
        .outerjoin(ClosedAccount, and_(ClosedAccount.user_id == User.id, ClosedAccount.closing_id == closing_id))
        .where(Grant.event_id == event.id, Grant.revoked_at.is_(None))
    )
    return db.session.execute(query)


def _guest(row: Any, closing: EventClosing | None, parts: Sequence["_Part"]) -> ReportedGuest:
    first = [part.first_at for part in parts if part.first_at]
    last = [at for part in parts for at in (part.last_at, part.watched_at if part.first_at else None) if at]
    return ReportedGuest(
        grant_id=row.grant_id,
        key=row.key,
        name=row.name,
        address=row.address,
        invited_at=row.invited_at,
        set_up_at=row.activated_at,
        came_at=min(first, default=None),
        last_at=max(last, default=None),
        account=_fate(row, closing) if closing else None,
        reached=[part.reached for part in parts],
    )


def _fate(row: Any, closing: EventClosing) -> AccountFate:
    if row.outcome is ResetOutcomeKind.VOIDED:
        return AccountFate.VOIDED
    if row.disabled is not None:
        return AccountFate.DISABLED
    if row.role is not Role.GUEST or row.outcome is not None or row.state is UserState.DISABLED:
        return AccountFate.UNTOUCHED
    if row.activated_at is None or row.activated_at > closing.at:
        return AccountFate.NOT_SET_UP
    return AccountFate.KEPT if closing.on_closing is OnClosing.KEEP else AccountFate.ELSEWHERE


@dataclass(frozen=True)
class _Judged:
    """What the sheets come to, and the score of each by judge and session."""

    results: Results = field(default_factory=lambda: Results({}, {}))
    scores: Mapping[tuple[int, int], Fraction] = field(default_factory=dict)


def _judged(event: Event) -> _Judged:
    """The same sums as `judging.outcome` makes, in one query."""
    query = (
        select(
            Criterion.id,
            Criterion.lowest,
            Criterion.highest,
            Criterion.weight,
            Score.points,
            ScoreSheet.judge_id,
            ScoreSheet.video_session_id,
            ScoreSheet.state,
        )
        .outerjoin(Score, Score.criterion_id == Criterion.id)
        .outerjoin(ScoreSheet, ScoreSheet.id == Score.sheet_id)
        .where(Criterion.event_id == event.id, Criterion.removed_at.is_(None))
        .order_by(Criterion.position, Criterion.id)
    )
    measures: dict[int, Measure] = {}
    points: dict[tuple[int, int], dict[int, float]] = {}
    final: set[tuple[int, int]] = set()
    for id_, lowest, highest, weight, given, judge_id, session_id, state in db.session.execute(query):
        measures.setdefault(id_, Measure(id_, lowest, highest, weight_of(weight)))
        if session_id is not None:
            points.setdefault((judge_id, session_id), {})[id_] = given
            if state is SheetState.FINAL:
                final.add((judge_id, session_id))
    in_use = list(measures.values())
    marks = [Mark(*pair, points[pair]) for pair in sorted(final)]
    scores = {pair: score for pair, given in points.items() if (score := sheet_score(given, in_use)) is not None}
    return _Judged(results(marks, in_use, {session_id for _, session_id in points}), scores)


@dataclass(frozen=True, slots=True)
class _Part:
    reached: Reached
    first_at: datetime | None
    last_at: datetime | None
    watched_at: datetime | None


@dataclass
class _Parts:
    """Every guest with every session that is theirs, and the sessions in order, given to somebody or not."""

    shown: dict[int, Any] = field(default_factory=dict)
    of_guest: dict[int, list[_Part]] = field(default_factory=dict)
    of_session: dict[int, list[Reached]] = field(default_factory=dict)

    def sessions(self, found: Results) -> list[ReportedSession]:
        return [self._session(id_, row, found) for id_, row in self.shown.items()]

    def _session(self, id_: int, row: Any, found: Results) -> ReportedSession:
        reached, result = self.of_session[id_], found.entries.get(id_)
        return ReportedSession(
            id=id_,
            key=row.key,
            title=row.title,
            number=row.number or 0,
            length_seconds=row.length or 0.0,
            given=len(reached),
            opened=sum(one.opens > 0 for one in reached),
            viewed=sum(one.views > 0 for one in reached),
            whole=sum(one.is_whole for one in reached),
            share=_mean(one.share for one in reached),
            finals=sum(one.sheet is SheetState.FINAL for one in reached),
            score=result.score if result else None,
            rank=result.rank if result else None,
        )


def _parts(event: Event, judged: _Judged) -> _Parts:
    found = _Parts()
    untouched: dict[int, _Part] = {}  # most of a large event: one for all who did nothing with a session
    for row in db.session.execute(_pairs(event)):
        session_id, grant_id = row.session_id, row.grant_id
        if session_id not in found.shown:
            found.shown[session_id], found.of_session[session_id] = row, []
            untouched[session_id] = _Part(Reached(session_id, 0, 0, 0.0, None, None), None, None, None)
        if grant_id is None:
            continue
        part = _part(row, judged) if row.opens or row.views or row.seconds or row.state else untouched[session_id]
        found.of_session[session_id].append(part.reached)
        found.of_guest.setdefault(grant_id, []).append(part)
    return found


def _part(row: Any, judged: _Judged) -> _Part:
    reached = Reached(
        session_id=row.session_id,
        opens=row.opens or 0,
        views=row.views or 0,
        share=min(1.0, row.seconds / row.length) if row.seconds and row.length else 0.0,
        sheet=row.state,
        score=judged.scores.get((row.guest_id, row.session_id)),
    )
    return _Part(reached, row.first_at, row.last_at, row.watched_at)


def _pairs(event: Event) -> Any:
    """Each session that is shown, with each guest whose it is; one row without a guest where nobody has it."""
    guests = select(Grant.guest_id).where(Grant.event_id == event.id, Grant.revoked_at.is_(None))
    sittings = (
        select(
            Viewing.user_id,
            Viewing.video_session_id,
            func.count(Viewing.id).label("views"),
            func.min(Viewing.created_at, type_=UtcDateTime()).label("first_at"),
            func.max(Viewing.created_at, type_=UtcDateTime()).label("last_at"),
        )
        .where(Viewing.given_back_at.is_(None), Viewing.created_at >= event.opens_at, Viewing.user_id.in_(guests))
        .group_by(Viewing.user_id, Viewing.video_session_id)
        .subquery("sittings")
    )
    theirs = and_(Grant.event_id == event.id, Grant.revoked_at.is_(None), access.assigned_if_need_be(VideoSession.id))
    sheet = (
        ScoreSheet.event_id == event.id,
        ScoreSheet.judge_id == Grant.guest_id,
        ScoreSheet.video_session_id == VideoSession.id,
    )
    label = and_(BlindLabel.event_id == event.id, BlindLabel.video_session_id == VideoSession.id)
    record = and_(WatchRecord.user_id == Grant.guest_id, WatchRecord.video_session_id == VideoSession.id)
    sat = and_(sittings.c.user_id == Grant.guest_id, sittings.c.video_session_id == VideoSession.id)
    return (
        select(
            VideoSession.id.label("session_id"),
            VideoSession.key,
            VideoSession.title,
            VideoSession.length_seconds.label("length"),
            BlindLabel.number,
            Grant.id.label("grant_id"),
            Grant.guest_id,
            WatchRecord.opens,
            WatchRecord.watched_seconds.label("seconds"),
            WatchRecord.watched_at,
            sittings.c.views,
            sittings.c.first_at,
            sittings.c.last_at,
            ScoreSheet.state,
        )
        .select_from(VideoSession)
        .outerjoin(BlindLabel, label)
        .outerjoin(Grant, theirs)
        .outerjoin(WatchRecord, record)
        .outerjoin(sittings, sat)
        .outerjoin(ScoreSheet, and_(*sheet))
        .where(VideoSession.id.in_(access.sessions_shown_by(event.id)), VideoSession.binned_at.is_(None))
        .order_by(VideoSession.id, Grant.id)
    )


def _mean(values: Iterable[float]) -> float:
    """Of none: 0."""
    numbers = list(values)
    return sum(numbers) / len(numbers) if numbers else 0.0
