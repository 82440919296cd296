"""Reading the audit trail: newest first, by kind, person, session or folder, and day, with everybody's names."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, literal, or_, select, union_all

from portal.basics import addresses
from portal.domain.audit import AuditKind
from portal.domain.paging import NEWEST, Page, Place, newest_first
from portal.storage.db import db
from portal.storage.models import (
    AuditEvent,
    AuditHead,
    AuditReach,
    Event,
    Folder,
    Grant,
    ResetOutcome,
    ResetOutcomeKind,
    User,
    VideoSession,
    Viewing,
)


@dataclass(frozen=True)
class Wanted:
    """What to show. Empty texts and None: everything. Days are given as moments, `until` exclusive."""

    kind: AuditKind | None = None
    person: str = ""  # a mail address: acts by this person, and about them
    on: str = ""  # the title or key of a session or folder, or how its title begins
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Party:
    """Someone who did it, or whom it is about."""

    key: str
    name: str
    address: str

    @property
    def display_name(self) -> str:
        return self.name or self.address


@dataclass(frozen=True)
class Subject:
    """The session, folder or event it happened to, or on which someone was named."""

    kind: Literal["session", "folder", "event"]
    key: str
    title: str


@dataclass(frozen=True)
class Entry:
    """One act. `actor` None: the portal itself, or nobody signed in. `facts` None: erased."""

    sequence: int
    at: datetime
    kind: AuditKind | None  # None: of a release that knew more kinds
    label: str
    network: str
    actor: Party | None
    person: Party | None
    subject: Subject | None
    facts: dict[str, Any] | None = field(repr=False)

    @property
    def about_oneself(self) -> bool:
        return self.person is not None and self.person == self.actor


_KINDS = {kind.label: kind for kind in AuditKind}


def size() -> int:
    """How many entries the trail has."""
    return db.session.scalar(select(AuditHead.sequence)) or 0


def listed(wanted: Wanted, place: Place = NEWEST) -> Page[Entry]:
    """One page, newest first by their order on the trail; three queries, however many rows and names."""
    query = _chosen(wanted)
    page = newest_first(query, AuditEvent.sequence, place, key=lambda row: row[0].sequence)
    events: list[AuditEvent] = [row[0] for row in page.rows]
    parties = _parties(events)
    subjects = _subjects(events)
    return page.of(lambda row: _entry(row[0], parties, subjects))


def _chosen(wanted: Wanted) -> Select[AuditEvent]:
    query = select(AuditEvent)
    if wanted.kind:
        query = query.where(AuditEvent.kind == wanted.kind.label)
    if wanted.person:
        query = query.where(_by_or_about(wanted.person))
    if wanted.on:
        query = query.where(_on(wanted.on))
    if wanted.since:
        query = query.where(AuditEvent.at >= wanted.since)
    if wanted.until:
        query = query.where(AuditEvent.at < wanted.until)
    return query


def _by_or_about(address: str) -> ColumnElement[bool]:
    ids = select(User.id).where(User.address == _as_kept(address)).scalar_subquery()
    # a reset in bulk, or a list that was sent, is one entry for all whom it was about
    runs = select(ResetOutcome.run_id).where(ResetOutcome.user_id == ids, ResetOutcome.kind == ResetOutcomeKind.VOIDED)
    reset = and_(AuditEvent.subject_kind == "reset_run", AuditEvent.subject_id.in_(runs))
    in_lists = select(AuditReach.sequence).where(AuditReach.person_id == ids)
    return or_(AuditEvent.actor_id == ids, AuditEvent.person_id == ids, reset, AuditEvent.sequence.in_(in_lists))


def _as_kept(address: str) -> str:
    try:
        return addresses.normalise(address)
    except addresses.NotAnAddress:
        return ""  # nobody's


def _on(text: str) -> ColumnElement[bool]:
    """Acts on the things of this title or key, and on the grants and viewings that belong to them."""
    sessions = select(VideoSession.id).where(_called(VideoSession, text))
    folders = select(Folder.id).where(_called(Folder, text))
    events = select(Event.id).where(_called(Event, text))
    on = (Grant.video_session_id.in_(sessions), Grant.folder_id.in_(folders), Grant.event_id.in_(events))
    grants = select(Grant.id).where(or_(*on))
    viewings = select(Viewing.id).where(Viewing.video_session_id.in_(sessions))
    kinds = {"video_session": sessions, "folder": folders, "event": events, "grant": grants, "viewing": viewings}
    return or_(*(and_(AuditEvent.subject_kind == kind, AuditEvent.subject_id.in_(ids)) for kind, ids in kinds.items()))


def _called(thing: type[VideoSession | Folder | Event], text: str) -> ColumnElement[bool]:
    return or_(thing.key == text, thing.title.istartswith(text, autoescape=True))


def _entry(event: AuditEvent, parties: dict[int, Party], subjects: dict[tuple[str, int], Subject]) -> Entry:
    actor, person = parties.get(event.actor_id or 0), parties.get(event.person_id or 0)
    if person is None and event.subject_kind == "user":
        person = parties.get(event.subject_id or 0)
    return Entry(
        sequence=event.sequence,
        at=event.at,
        kind=_KINDS.get(event.kind),
        label=event.kind,
        network=event.network,
        actor=actor,
        person=person,
        subject=subjects.get((event.subject_kind, event.subject_id or 0)),
        facts=event.facts,
    )


def _parties(events: Iterable[AuditEvent]) -> dict[int, Party]:
    ids = {id_ for event in events for id_ in (event.actor_id, event.person_id, _user_in(event)) if id_}
    if not ids:
        return {}
    query = select(User.id, User.key, User.name, User.address).where(User.id.in_(ids))
    return {row.id: Party(row.key, row.name, row.address) for row in db.session.execute(query)}


def _user_in(event: AuditEvent) -> int | None:
    return event.subject_id if event.subject_kind == "user" else None


def _subjects(events: Iterable[AuditEvent]) -> dict[tuple[str, int], Subject]:
    """Sessions, folders and events by what the trail calls them; a grant's and a viewing's are those they are on."""
    ids: dict[str, set[int]] = {kind: set() for kind in ("video_session", "folder", "event", "grant", "viewing")}
    for event in events:
        if event.subject_kind in ids and event.subject_id:
            ids[event.subject_kind].add(event.subject_id)
    if not any(ids.values()):
        return {}
    rows = db.session.execute(_named_things(ids))
    return {(row.subject_kind, row.subject_id): Subject(row.kind, row.key, row.title) for row in rows}


def _named_things(ids: dict[str, set[int]]) -> Any:
    def line(subject_kind: str, subject_id: Any, kind: Any, key: Any, title: Any) -> Select[Any]:
        return select(
            cast(literal(subject_kind), String).label("subject_kind"),
            subject_id.label("subject_id"),
            kind.label("kind"),
            key.label("key"),
            title.label("title"),
        )

    session, folder, event = (cast(literal(word), String) for word in ("session", "folder", "event"))
    of_grant = case((Grant.folder_id.is_not(None), folder), (Grant.event_id.is_not(None), event), else_=session)
    key = func.coalesce(VideoSession.key, Folder.key, Event.key)
    title = func.coalesce(VideoSession.title, Folder.title, Event.title)
    return union_all(
        line("video_session", VideoSession.id, session, VideoSession.key, VideoSession.title).where(
            VideoSession.id.in_(ids["video_session"])
        ),
        line("folder", Folder.id, folder, Folder.key, Folder.title).where(Folder.id.in_(ids["folder"])),
        line("event", Event.id, event, Event.key, Event.title).where(Event.id.in_(ids["event"])),
        line("grant", Grant.id, of_grant, key, title)
        .select_from(Grant)
        .outerjoin(VideoSession, VideoSession.id == Grant.video_session_id)
        .outerjoin(Folder, Folder.id == Grant.folder_id)
        .outerjoin(Event, Event.id == Grant.event_id)
        .where(Grant.id.in_(ids["grant"])),
        line("viewing", Viewing.id, session, VideoSession.key, VideoSession.title)
        .select_from(Viewing)
        .join(VideoSession, VideoSession.id == Viewing.video_session_id)
        .where(Viewing.id.in_(ids["viewing"])),
    )
