"""Who of an event's guests sees which part of it (product.md, Events)."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update

from portal.basics.errors import Conflict, NotFound, PortalError
from portal.domain import access, audit
from portal.domain.audit import AuditKind
from portal.domain.events.finding import hold_open
from portal.domain.events.spreading import spread
from portal.domain.paging import NEWEST, ROWS_A_PAGE, Page, Place, newest_first
from portal.storage.db import db
from portal.storage.models import Assignment, Event, Grant, ScoreSheet, SheetState, User, VideoSession

_CHUNK = 500


class NothingToSpread(PortalError):
    """There are no guests, or no sessions, or more judges a session were asked for than there are: the text says."""


class AssignedMeanwhile(Conflict):
    """Somebody assigned anew what this page was about to change."""


@dataclass(frozen=True)
class SpreadPlan:
    """What spreading evenly would do: so many sessions to `each` of so many guests, from `least` to `most` a guest.

    `now_whole`: guests who see all of it now and would see their part only. `replaced`: assignments that go.
    `aside`: pairs that are left out, as the judge stood aside.
    """

    each: int
    guests: int
    sessions: int
    least: int
    most: int
    now_whole: int
    replaced: int
    aside: int


@dataclass(frozen=True)
class Assigned:
    """One guest of an event, and the ids of the sessions assigned to them. `is_assigned` False: they see all of it."""

    grant_id: int
    guest: User
    is_assigned: bool
    sessions: frozenset[int]


def stamp_of(guests: Iterable[Assigned]) -> str:
    """Changes with what any of these guests sees; a page carries it, so that a second organiser is noticed."""
    said = sorted((one.grant_id, one.is_assigned, sorted(one.sessions)) for one in guests)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def assigned_of(event: Event, place: Place = NEWEST, *, size: int = ROWS_A_PAGE) -> Page[Assigned]:
    """A page of the guests of an event with their parts, the newest first; two queries."""
    page = newest_first(_guests(event), Grant.id, place, key=lambda row: row[0], size=size)
    return Page(_with_parts(page.rows), page.newer, page.older)


def assigned_to(event: Event, guest_key: str) -> Assigned:
    """One guest of an event with their part. Raises `NotFound`."""
    rows = db.session.execute(_guests(event).where(User.key == guest_key)).all()
    if not rows:
        raise NotFound("There is no such guest")
    return _with_parts(rows)[0]


def _guests(event: Event) -> Select[*tuple[Any, ...]]:
    of_event = (Grant.event_id == event.id, Grant.revoked_at.is_(None))
    return select(Grant.id, User, Grant.is_assigned).join(User, User.id == Grant.guest_id).where(*of_event)


def _with_parts(rows: Sequence[Any]) -> list[Assigned]:
    parts: dict[int, set[int]] = {row[0]: set() for row in rows}
    pairs = select(Assignment.grant_id, Assignment.video_session_id)
    for some in _chunks(list(parts)):
        for grant_id, session_id in db.session.execute(pairs.where(Assignment.grant_id.in_(some))):
            parts[grant_id].add(session_id)
    return [Assigned(grant_id, user, part, frozenset(parts[grant_id])) for grant_id, user, part in rows]


def count_guests(event: Event) -> tuple[int, int]:
    """How many guests an event has, and how many of them see only their part."""
    counted = select(func.count(Grant.id), func.count(Grant.id).filter(Grant.is_assigned))
    row = db.session.execute(counted.where(Grant.event_id == event.id, Grant.revoked_at.is_(None))).one()
    return int(row[0]), int(row[1])


def assign(
    event: Event, parts: Mapping[int, Collection[int] | None], *, by: User, at: datetime, seen: str | None = None
) -> int:
    """Let each of these guests (ids of their grants) see just these sessions (ids) of the event; None: all of it.

    `seen`: the `stamp_of` the guests as the page showed them; None: whatever they see now. Raises `AssignedMeanwhile`,
    `EventIsOver`.

    Others stay as they are, and so does what belongs to another event. What somebody may not see any more stops at the
    next byte. Returns for how many guests something has changed.
    """
    held = hold_open(event, at)
    known: dict[int, Assigned] = {}
    for some in _chunks(sorted(parts)):
        rows = db.session.execute(_guests(held).where(Grant.id.in_(some))).all()
        known |= {one.grant_id: one for one in _with_parts(rows)}
    if seen is not None and seen != stamp_of(known.values()):
        raise AssignedMeanwhile("Somebody has changed these assignments since the page was opened")
    shown = set(db.session.scalars(access.sessions_shown_by(held.id)))
    wanted = {
        grant_id: None if part is None else frozenset(part) & shown
        for grant_id, part in parts.items()
        if grant_id in known
    }
    changed = {
        grant_id: part
        for grant_id, part in wanted.items()
        if (known[grant_id].is_assigned, known[grant_id].sessions if part is not None else frozenset())
        != (part is not None, part or frozenset())
    }
    _write(changed, at)
    if changed:
        pairs = sum(len(part) for part in changed.values() if part)
        audit.record(
            AuditKind.EVENT_ASSIGNED,
            at=at,
            actor=by,
            subject=held,
            guests=len(changed),
            assignments=pairs,
            how="by hand",
        )
    return len(changed)


def spread_evenly(event: Event, each: int, *, by: User, at: datetime) -> int:
    """Give every session of the event to `each` of its guests, evenly; what was assigned before is assigned anew.

    Who stood aside from a session never gets it. Returns how many assignments there are. Raises `NothingToSpread`,
    `EventIsOver`.
    """
    held = hold_open(event, at)
    rows, sessions = _to_spread(held, each)
    guests = [row.id for row in rows]
    pairs = spread(sessions, guests, each, seed=f"{held.key} {held.version}", never=_stood_aside(held))
    parts: dict[int, set[int]] = {grant_id: set() for grant_id in guests}
    for grant_id, session_id in pairs:
        parts[grant_id].add(session_id)
    held.version += 1  # the next press draws anew
    _write(parts, at)
    audit.record(
        AuditKind.EVENT_ASSIGNED,
        at=at,
        actor=by,
        subject=held,
        guests=len(guests),
        assignments=len(pairs),
        how="evenly",
    )
    return len(pairs)


def plan_spread(event: Event, each: int) -> SpreadPlan:
    """What `spread_evenly` would do now. Raises `NothingToSpread`."""
    guests, sessions = _to_spread(event, each)
    now_whole, replaced = sum(not row.is_assigned for row in guests), sum(row.number for row in guests)
    aside = {pair for pair in _stood_aside(event) if pair[1] in set(sessions)}
    least, left = divmod(len(sessions) * each, len(guests))
    return SpreadPlan(each, len(guests), len(sessions), least, least + bool(left), now_whole, replaced, len(aside))


def _to_spread(event: Event, each: int) -> tuple[Sequence[Any], list[int]]:
    """The grants, with how many sessions are assigned to each, and the sessions that are spread over them.

    Raises `NothingToSpread`.
    """
    number = select(func.count(Assignment.id)).where(Assignment.grant_id == Grant.id).correlate(Grant).scalar_subquery()
    grants = select(Grant.id, Grant.is_assigned, number.label("number")).where(
        Grant.event_id == event.id, Grant.revoked_at.is_(None)
    )
    shown = select(VideoSession.id).where(
        VideoSession.id.in_(access.sessions_shown_by(event.id)), VideoSession.binned_at.is_(None)
    )
    guests = db.session.execute(grants.order_by(Grant.id)).all()
    sessions = list(db.session.scalars(shown.order_by(VideoSession.id)))
    if not guests or not sessions:
        raise NothingToSpread("Add guests first" if sessions else "Add recordings first")
    if not 1 <= each <= len(guests):
        only = "there is one guest" if len(guests) == 1 else f"there are {len(guests):,} guests"
        numbers = "1" if len(guests) == 1 else f"a number from 1 to {len(guests):,}"
        raise NothingToSpread(f"Choose {numbers}: {only}")
    return guests, sessions


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]


def _stood_aside(event: Event) -> set[tuple[int, int]]:
    query = (
        select(Grant.id, ScoreSheet.video_session_id)
        .join(ScoreSheet, ScoreSheet.judge_id == Grant.guest_id)
        .where(Grant.event_id == event.id, Grant.revoked_at.is_(None))
        .where(ScoreSheet.event_id == event.id, ScoreSheet.state == SheetState.RECUSED)
    )
    return {(row[0], row[1]) for row in db.session.execute(query)}


def _write(parts: Mapping[int, Collection[int] | None], at: datetime) -> None:
    for some in _chunks(list(parts)):
        whole = [grant_id for grant_id in some if parts[grant_id] is None]
        flags = ((whole, False), ([grant_id for grant_id in some if parts[grant_id] is not None], True))
        gone = delete(Assignment).where(Assignment.grant_id.in_(some))
        db.session.execute(gone.execution_options(synchronize_session=False))
        for grant_ids, is_assigned in flags:
            of_these = update(Grant).where(Grant.id.in_(grant_ids)).values(is_assigned=is_assigned)
            db.session.execute(of_these.execution_options(synchronize_session=False))
    rows = [
        {"grant_id": grant_id, "video_session_id": session_id, "created_at": at}
        for grant_id, part in parts.items()
        for session_id in sorted(part or ())
    ]
    if rows:
        db.session.execute(insert(Assignment), rows)
