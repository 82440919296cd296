"""Who of an event's guests sees which part of it (product.md, Events)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update

from portal.basics.errors import PortalError
from portal.domain import access, audit
from portal.domain.audit import AuditKind
from portal.domain.events.finding import hold
from portal.domain.events.spreading import spread
from portal.storage.db import db
from portal.storage.models import Assignment, Event, Grant, ScoreSheet, SheetState, User, VideoSession

_CHUNK = 500


class NothingToSpread(PortalError):
    """There are no guests, or no sessions, or more judges a session were asked for than there are: the text says."""


@dataclass(frozen=True)
class Assigned:
    """One guest of an event, and the ids of the sessions assigned to them. `is_assigned` False: they see all of it."""

    grant_id: int
    guest: User
    is_assigned: bool
    sessions: frozenset[int]


def assigned_of(event: Event, *, after: int = 0, most: int | None = None) -> list[Assigned]:
    """The guests of an event with their parts, in the order in which they were named; two queries.

    `after` and `most`: a page of them, from the grant after this id.
    """
    query = (
        select(Grant.id, User, Grant.is_assigned)
        .join(User, User.id == Grant.guest_id)
        .where(Grant.event_id == event.id, Grant.revoked_at.is_(None), Grant.id > after)
        .order_by(Grant.id)
    )
    rows = db.session.execute(query if most is None else query.limit(most)).all()
    parts: dict[int, set[int]] = {}
    if rows:
        within = (Grant.event_id == event.id, Grant.id >= rows[0][0], Grant.id <= rows[-1][0])
        pairs = select(Assignment.grant_id, Assignment.video_session_id).join(Grant, Grant.id == Assignment.grant_id)
        for grant_id, session_id in db.session.execute(pairs.where(*within)):
            parts.setdefault(grant_id, set()).add(session_id)
    return [Assigned(grant_id, user, part, frozenset(parts.get(grant_id, ()))) for grant_id, user, part in rows]


def count_guests(event: Event) -> tuple[int, int]:
    """How many guests an event has, and how many of them see only their part."""
    counted = select(func.count(Grant.id), func.count(Grant.id).filter(Grant.is_assigned))
    row = db.session.execute(counted.where(Grant.event_id == event.id, Grant.revoked_at.is_(None))).one()
    return int(row[0]), int(row[1])


def assign(event: Event, parts: Mapping[int, Collection[int] | None], *, by: User, at: datetime) -> int:
    """Let each of these guests (ids of their grants) see just these sessions (ids) of the event; None: all of it.

    Others stay as they are, and so does what belongs to another event. What somebody may not see any more stops at the
    next byte. Returns for how many guests something has changed.
    """
    held = hold(event)
    known = {one.grant_id: one for one in assigned_of(held)}
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

    Who stood aside from a session never gets it. Returns how many assignments there are. Raises `NothingToSpread`.
    """
    held = hold(event)
    guests = [one.grant_id for one in assigned_of(held)]
    shown = select(VideoSession.id).where(
        VideoSession.id.in_(access.sessions_shown_by(held.id)), VideoSession.binned_at.is_(None)
    )
    sessions = list(db.session.scalars(shown.order_by(VideoSession.id)))
    if not guests or not sessions:
        raise NothingToSpread("Add guests first" if sessions else "Add recordings first")
    if not 1 <= each <= len(guests):
        raise NothingToSpread(f"Choose a number from 1 to {len(guests)}: there are {len(guests)} guests")
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


def _stood_aside(event: Event) -> set[tuple[int, int]]:
    query = (
        select(Grant.id, ScoreSheet.video_session_id)
        .join(ScoreSheet, ScoreSheet.judge_id == Grant.guest_id)
        .where(Grant.event_id == event.id, Grant.revoked_at.is_(None))
        .where(ScoreSheet.event_id == event.id, ScoreSheet.state == SheetState.RECUSED)
    )
    return {(row[0], row[1]) for row in db.session.execute(query)}


def _write(parts: Mapping[int, Collection[int] | None], at: datetime) -> None:
    ids = list(parts)
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
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
