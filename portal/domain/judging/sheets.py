"""Score sheets: one of each judge for each session of an event, saved as typed, final when the judge says so.

A judge is a guest of the event, and meets their sheet where they meet the session: it can be written while `access`
lets them watch by the event, and the event is not over; after that it can be read. Nobody else's is ever found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, and_, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from portal.basics import tokens
from portal.basics.errors import NotFound, PortalError
from portal.basics.texts import many_lines
from portal.domain import access, audit
from portal.domain.access import Found, Right
from portal.domain.access.shown import names_by_event
from portal.domain.audit import AuditKind
from portal.domain.judging import criteria
from portal.domain.judging.checking import EventOver, read_points
from portal.domain.library import ChangedMeanwhile
from portal.storage.db import db
from portal.storage.models import Criterion, Event, Grant, Score, ScoreSheet, SheetState, SignIn, User, VideoSession

LONGEST_REMARK = 5000
LONGEST_REASON = 500
NO_REASON = "Say why you stand aside"


class WrongSheet(PortalError):
    """A sheet that cannot be kept. `faults`: by the key of the criterion, or "remark", the sentence for beside it."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = dict(faults)


class WrongReason(PortalError):
    """No reason to stand aside, or one that is too long; the text says which."""


class SheetClosed(PortalError):
    """The sheet is final, or the judge stands aside: only the organiser opens it again."""


@dataclass(frozen=True)
class Typed:
    """What a judge typed: points by the key of their criterion, a remark, and which version of the sheet they saw."""

    points: Mapping[str, str]
    remark: str = ""
    version: int | None = None  # None: whichever it is


@dataclass(frozen=True)
class Sheet:
    """One judge's sheet for one session at one event. `row` None: nothing was saved yet.

    `points` are by the id of their criterion. `may_write`: this judge may watch by the event now, and it is not over.
    """

    event: Event
    video_session: VideoSession
    criteria: Sequence[Criterion]
    row: ScoreSheet | None
    points: Mapping[int, float]
    may_write: bool

    @property
    def state(self) -> SheetState:
        return self.row.state if self.row else SheetState.DRAFT

    @property
    def version(self) -> int:
        return self.row.version if self.row else 0

    @property
    def is_open(self) -> bool:
        """Whether this judge can change it now."""
        return self.may_write and self.state is SheetState.DRAFT and (self.row is None or self.row.frozen_at is None)

    @property
    def missing(self) -> list[Criterion]:
        """What has no points yet."""
        return [criterion for criterion in self.criteria if criterion.id not in self.points]


def beside(viewer: User, found: Found, *, at: datetime) -> list[Sheet]:
    """The sheets of this viewer that belong beside the picture of a session, the oldest event first. One query.

    None for who looks after the session, and at events that have no criteria.
    """
    if found.decision.right is not Right.GRANT:
        return []
    return [sheet for sheet in _sheets(viewer, found, at) if sheet.criteria and (sheet.may_write or sheet.row)]


def find(viewer: User, key: str, event_key: str, *, sign_in: SignIn | None, at: datetime) -> tuple[Found, Sheet]:
    """A viewer's own sheet for a session at an event, to read, and to write if it says so.

    Raises `NotFound` where there never was one to write or read.
    """
    found = access.find(viewer, key, at=at, sign_in=sign_in)
    sheet = next((one for one in beside(viewer, found, at=at) if one.event.key == event_key), None)
    if sheet is None:
        raise NotFound(event_key)
    return found, sheet


def save(viewer: User, key: str, event_key: str, typed: Typed, *, sign_in: SignIn | None, at: datetime) -> Sheet:
    """Keep what was typed so far. What is there already, saved again, changes nothing, its version neither.

    Raises `NotFound`, `WrongSheet`, `ChangedMeanwhile` when another window saved it since, `SheetClosed`, `EventOver`.
    """
    return _saved(_held(viewer, key, event_key, sign_in, at), viewer, typed, at)


def finalise(viewer: User, key: str, event_key: str, typed: Typed, *, sign_in: SignIn | None, at: datetime) -> Sheet:
    """Keep what was typed and have it count. Where the answer has `missing` points, it was kept and is not final.

    Raises as `save` does.
    """
    sheet = _saved(_held(viewer, key, event_key, sign_in, at), viewer, typed, at)
    if sheet.missing or sheet.row is None:
        return sheet
    row = sheet.row
    row.state, row.finalised_at, row.changed_at, row.version = SheetState.FINAL, at, at, row.version + 1
    audit.record(AuditKind.SHEET_FINAL, actor=viewer, subject=sheet.video_session, at=at, event=sheet.event.title)
    return sheet


def recuse(
    viewer: User, key: str, event_key: str, reason: str, *, version: int | None, sign_in: SignIn | None, at: datetime
) -> Sheet:
    """Have a judge stand aside from one session. Points they gave are kept, and do not count.

    Raises `WrongReason`, and as `save` does.
    """
    sheet = _held(viewer, key, event_key, sign_in, at)
    tidy = many_lines(reason)
    if not tidy:
        raise WrongReason(NO_REASON)
    if len(tidy) > LONGEST_REASON:
        raise WrongReason(f"At most {LONGEST_REASON} characters; this has {len(tidy):,}")
    row = _row(sheet, viewer, at)
    _check_version(row, version)
    row.state, row.reason, row.changed_at, row.version = SheetState.RECUSED, tidy, at, row.version + 1
    audit.record(
        AuditKind.SHEET_RECUSED,
        actor=viewer,
        subject=sheet.video_session,
        at=at,
        event=sheet.event.title,
        reason=tidy,
    )
    return replace(sheet, row=row)


def reopen(event: Event, key: str, *, by: User, at: datetime) -> bool:
    """Give a final sheet, or one that a judge stood aside from, back to its judge. False: it is open.

    For the organiser of the event alone. Raises `NotFound` for a sheet of another event, `EventOver`.
    """
    criteria.hold_open(event, at=at)
    query = select(ScoreSheet).where(ScoreSheet.key == key, ScoreSheet.event_id == event.id).with_for_update()
    row = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(key)
    if row.frozen_at is not None:
        raise EventOver("This event is over. What was scored stays as it is.")
    if row.state is SheetState.DRAFT:
        return False
    row.state, row.finalised_at, row.reason, row.changed_at = SheetState.DRAFT, None, "", at
    row.version += 1
    audit.record(
        AuditKind.SHEET_REOPENED,
        actor=by,
        subject=db.session.get(VideoSession, row.video_session_id),
        person=db.session.get(User, row.judge_id),
        at=at,
        event=event.title,
    )
    return True


def _sheets(viewer: User, found: Found, at: datetime) -> list[Sheet]:
    """One for each judged event whose grant names this viewer on the session, revoked ones apart."""
    video_session, decision = found.video_session, found.decision
    values = {"viewer_id": viewer.id, "session_id": video_session.id, "folder_id": video_session.folder_id}
    by_event: dict[int, tuple[Event, dict[int, Criterion], ScoreSheet | None, dict[int, float]]] = {}
    for event, criterion, row, points in db.session.execute(_of_session, values):
        _, in_order, _, given = by_event.setdefault(event.id, (event, {}, row, {}))
        if criterion is not None:
            in_order[criterion.id] = criterion
            if points is not None:
                given[criterion.id] = points
    allowing = [*decision.live, *([decision.held] if decision.held else [])] if decision.allowed else []
    open_by = {held.grant.event_id for held in allowing}
    return [
        Sheet(event, video_session, list(in_order.values()), row, given, event.id in open_by and event.is_open(at))
        for event, in_order, row, given in by_event.values()
    ]


def _held(viewer: User, key: str, event_key: str, sign_in: SignIn | None, at: datetime) -> Sheet:
    """A sheet to write on, with its event held: it cannot be closed, nor its criteria changed, before this is kept."""
    _, sheet = find(viewer, key, event_key, sign_in=sign_in, at=at)
    db.session.refresh(sheet.event, with_for_update={"read": True})
    if sheet.event.is_over(at):
        raise EventOver("This event is over. Your sheet stays as it is.")
    if not sheet.may_write:
        raise NotFound(event_key)
    return sheet


def _saved(sheet: Sheet, viewer: User, typed: Typed, at: datetime) -> Sheet:
    points, remark = _read(sheet, typed)
    if sheet.row is None and not points and not remark and not typed.version:
        return sheet  # nothing was said yet
    row = _row(sheet, viewer, at)
    if row.version and (points, remark) == (_points_of(row, sheet.criteria), row.remark):
        return replace(sheet, row=row, points=points)
    _check_version(row, typed.version)
    _write(row, sheet.criteria, points)
    row.remark, row.changed_at, row.version = remark, at, row.version + 1
    return replace(sheet, row=row, points=points)


def _read(sheet: Sheet, typed: Typed) -> tuple[dict[int, float], str]:
    points, faults, remark = {}, {}, many_lines(typed.remark)
    for criterion in sheet.criteria:
        try:
            given = read_points(typed.points.get(criterion.key, ""), criterion.lowest, criterion.highest)
        except PortalError as fault:
            faults[criterion.key] = str(fault)
            continue
        if given is not None:
            points[criterion.id] = given
    if len(remark) > LONGEST_REMARK:
        faults["remark"] = f"At most {LONGEST_REMARK:,} characters; this has {len(remark):,}"
    if faults:
        raise WrongSheet(faults)
    return points, remark


def _row(sheet: Sheet, viewer: User, at: datetime) -> ScoreSheet:
    """The row to write on, held until the transaction ends; made where there is none, as version 0."""
    insert: Any = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
    whose = {"event_id": sheet.event.id, "judge_id": viewer.id, "video_session_id": sheet.video_session.id}
    new = insert(ScoreSheet).values(
        **whose,
        key=tokens.new_key(),
        state=SheetState.DRAFT,
        remark="",
        reason="",
        created_at=at,
        changed_at=at,
        version=0,
    )
    db.session.execute(new.on_conflict_do_nothing(index_elements=list(whose)))
    query = select(ScoreSheet).filter_by(**whose).with_for_update().execution_options(populate_existing=True)
    row = db.session.scalars(query).one()
    if row.frozen_at is not None:
        raise EventOver("This event is over. Your sheet stays as it is.")
    if row.state is not SheetState.DRAFT:
        raise SheetClosed("This sheet is closed. Only the organiser can open it again.")
    return row


def _check_version(row: ScoreSheet, version: int | None) -> None:
    if version is not None and version != row.version:
        raise ChangedMeanwhile("This sheet was saved in another window after you opened it here.")


def _points_of(row: ScoreSheet, among: Sequence[Criterion]) -> dict[int, float]:
    query = select(Score.criterion_id, Score.points).where(Score.sheet_id == row.id)
    given = db.session.execute(query.where(Score.criterion_id.in_([one.id for one in among])))
    return {row.criterion_id: row.points for row in given}


def _write(row: ScoreSheet, among: Sequence[Criterion], points: Mapping[int, float]) -> None:
    """Have the sheet hold these points of these criteria; what removed ones have stays."""
    there = Score.criterion_id.in_([criterion.id for criterion in among])
    db.session.execute(delete(Score).where(Score.sheet_id == row.id, there))
    db.session.add_all(
        [Score(sheet_id=row.id, criterion_id=criterion_id, points=given) for criterion_id, given in points.items()]
    )
    db.session.flush()


_VIEWER: Any = bindparam("viewer_id", type_=BigInteger())
_SESSION: Any = bindparam("session_id", type_=BigInteger())
_FOLDER: Any = bindparam("folder_id", type_=BigInteger())

_of_session = (
    select(Event, Criterion, ScoreSheet, Score.points)
    .select_from(Grant)
    .join(Event, Event.id == Grant.event_id)
    .outerjoin(Criterion, and_(Criterion.event_id == Event.id, Criterion.removed_at.is_(None)))
    .outerjoin(
        ScoreSheet,
        and_(ScoreSheet.event_id == Event.id, ScoreSheet.judge_id == _VIEWER, ScoreSheet.video_session_id == _SESSION),
    )
    .outerjoin(Score, and_(Score.sheet_id == ScoreSheet.id, Score.criterion_id == Criterion.id))
    .where(Grant.guest_id == _VIEWER, Grant.revoked_at.is_(None), names_by_event(_SESSION, _FOLDER))
    .where(Event.is_judged)
    .order_by(Event.id, Criterion.position, Criterion.id)
    .execution_options(populate_existing=True)
)
