"""The audit trail: every change of access, account or content, every sign-in and viewing (product.md, Admins)."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from sqlalchemy import Row, select

from portal.storage.db import Model, before_commit, db, insert_all
from portal.storage.models import AuditEvent, AuditHead, AuditReach, User

FIRST_HASH = "0" * 64
_CHUNK = 1000

acting_from: ContextVar[str] = ContextVar("acting_from", default="")
"""The network the present act comes from; the web sets it for each request."""


NO_FACTS: frozenset[str] = frozenset()


class AuditKind(Enum):
    """Every kind of act there is, as `subject:action`, with the facts it carries. No secret is ever a fact."""

    FIRST_ADMIN_MADE = ("portal:first-admin-made", {"address"})
    USER_INVITED = ("user:invited", {"address", "role"})
    USER_SET_UP = ("user:set-up", {"name"})
    USER_RENEWED = ("user:renewed", {"until"})
    USER_CHANGED = ("user:changed", {"before", "after"})
    USER_DISABLED = ("user:disabled", {"reason"})
    USER_ENABLED = ("user:enabled", NO_FACTS)
    USER_HANDED_OVER = ("user:handed-over", {"to", "guests", "sessions", "folders"})
    INVITATION_SENT = ("invitation:sent", {"address", "again"})
    INVITATION_WITHDRAWN = ("invitation:withdrawn", {"address"})
    INVITATION_CODE_MAILED = ("invitation:code-mailed", NO_FACTS)
    INVITATION_CODE_REFUSED = ("invitation:code-refused", {"tries_left"})
    SIGN_IN_STARTED = ("sign-in:started", {"device"})
    SIGN_IN_REFUSED = ("sign-in:refused", {"why"})
    SIGN_IN_ENDED = ("sign-in:ended", {"because"})
    PASSWORD_SET = ("password:set", NO_FACTS)
    PASSWORD_CHANGED = ("password:changed", NO_FACTS)
    PASSWORD_RESET_ASKED = ("password:reset-asked", NO_FACTS)
    PASSWORD_RESET = ("password:reset", NO_FACTS)
    PASSWORDS_VOIDED = (
        "password:voided-in-bulk",
        {"whom", "reason", "voided", "skipped", "sign_ins_ended", "mails_way_in", "people"},
    )
    WAYS_IN_MAILED = ("password:ways-in-mailed", {"whom", "letters", "people"})
    POLICY_PUBLISHED = ("policy:published", {"version"})
    POLICY_ACCEPTED = ("policy:accepted", {"version"})
    FOLDER_MADE = ("folder:made", {"title"})
    FOLDER_CHANGED = ("folder:changed", {"before", "after"})
    FOLDER_DELETED = ("folder:deleted", {"title"})
    SESSION_UPLOADED = ("session:uploaded", {"title", "file", "size_bytes"})
    SESSION_IMPORTED = ("session:imported", {"title", "file", "size_bytes"})
    SESSION_READY = ("session:ready", {"length_seconds"})
    SESSION_FAILED = ("session:failed", {"reason"})
    SESSION_RETRIED = ("session:retried", NO_FACTS)
    SESSION_TRIMMED = ("session:trimmed", {"begins", "ends"})
    SESSION_NEXT_GIVEN_UP = ("session:next-given-up", NO_FACTS)
    SESSION_POSTER_CHOSEN = ("session:poster-chosen", {"of"})
    SESSION_CHANGED = ("session:changed", {"before", "after"})
    SESSION_BINNED = ("session:binned", {"title"})
    SESSION_RESTORED = ("session:restored", {"title"})
    SESSION_DELETED = ("session:deleted", {"title"})
    SESSION_PUBLISHED = ("session:published", NO_FACTS)
    SESSION_UNPUBLISHED = ("session:unpublished", NO_FACTS)
    CAPTIONS_ADDED = ("session:captions-added", {"language", "file", "captions"})
    CAPTIONS_REPLACED = ("session:captions-replaced", {"language", "file", "captions"})
    CAPTIONS_REMOVED = ("session:captions-removed", {"language"})
    CHAPTERS_CHANGED = ("session:chapters-changed", {"chapters"})
    ATTACHMENT_ADDED = ("session:attachment-added", {"paper", "size_bytes"})
    ATTACHMENT_REMOVED = ("session:attachment-removed", {"paper"})
    SESSION_PASSWORD_SET = ("session:password-set", {"changed"})
    SESSION_PASSWORD_REMOVED = ("session:password-removed", NO_FACTS)
    SESSION_UNLOCKED = ("session:unlocked", NO_FACTS)
    SESSION_UNLOCK_REFUSED = ("session:unlock-refused", NO_FACTS)
    CO_OWNER_ADDED = ("session:co-owner-added", NO_FACTS)
    CO_OWNER_REMOVED = ("session:co-owner-removed", NO_FACTS)
    GRANT_GIVEN = ("grant:given", {"begins", "until", "views", "when_it_ends"})
    GRANT_CHANGED = ("grant:changed", {"before", "after"})
    LIST_SENT = ("list:sent", {"list", "named", "invited", "told"})
    GRANT_REVOKED = ("grant:revoked", NO_FACTS)
    EVENT_MADE = (
        "event:made",
        {"title", "description", "opens", "closes", "time_zone", "on_closing", "copy_of"},
    )
    EVENT_CHANGED = ("event:changed", {"before", "after"})
    EVENT_DELETED = ("event:deleted", {"title"})
    EVENT_SHOWS = ("event:shows", {"titles"})
    EVENT_SHOWS_NO_MORE = ("event:shows-no-more", {"titles"})
    EVENT_ASSIGNED = ("event:assigned", {"guests", "assignments", "how"})
    EVENT_CLOSED = (
        "event:closed",
        {"how", "grants", "sign_ins", "passwords", "disabled", "sheets", "on_closing"},
    )
    EVENT_REOPENED = ("event:reopened", {"until", "grants", "enabled", "sheets"})
    EVENT_MAILED = ("event:mailed", {"letter", "sent_to"})
    REPORT_EXPORTED = ("event:report-exported", {"title", "format"})
    CRITERIA_CHANGED = ("event:criteria-changed", {"title", "criterion", "before", "after"})
    JUDGING_CHANGED = ("event:judging-changed", {"title", "before", "after"})
    SCORES_EXPORTED = ("event:scores-exported", {"title", "format"})
    SHEET_FINAL = ("score-sheet:final", {"event"})
    SHEET_RECUSED = ("score-sheet:recused", {"event", "reason"})
    SHEET_REOPENED = ("score-sheet:reopened", {"event"})
    ACCESS_ASKED = ("access:asked", {"why"})
    ACCESS_ANSWERED = ("access:answered", {"answer", "until", "views"})
    VIEWING_STARTED = ("viewing:started", {"right", "title", "by", "folder", "event", "password_passed_by"})
    VIEWING_REFUSED = ("viewing:refused", {"why"})
    VIEWING_GIVEN_BACK = ("viewing:given-back", NO_FACTS)
    VIEWING_DOWNLOADED = ("viewing:downloaded", {"title", "size_bytes"})
    STREAM_MOVED = ("viewing:moved", {"from_device", "to_device"})
    TRACE_LOOKED_UP = ("trace:looked-up", {"code"})
    SEEN_AS_GUEST = ("user:seen-as", NO_FACTS)
    DATA_DOWNLOADED = ("user:data-downloaded", NO_FACTS)
    OPTION_CHANGED = ("option:changed", {"name", "before", "after"})
    LETTER_REFUSED = ("letter:refused", {"letter", "reason"})
    LETTER_SENT_AGAIN = ("letter:sent-again", {"letter"})

    def __init__(self, label: str, facts: set[str] | frozenset[str]) -> None:
        self.label = label
        self.fact_names = frozenset(facts)


@dataclass(frozen=True)
class Ref:
    """A row by its kind, such as “user”, and its id, where thousands are written and none is loaded."""

    kind: str
    id: int


@dataclass(frozen=True)
class Verification:
    """What checking the chain found.

    `entries` follow each other unbroken; `fault` is the first thing that is wrong, in a sentence (None: nothing).
    `erased` counts entries without facts: erasing a person's facts is allowed, and shown. `last_hash` stands for the
    whole trail so far: kept elsewhere, it shows later that nobody wrote the trail anew.
    """

    entries: int
    fault: str | None
    erased: int = 0
    last_hash: str = FIRST_HASH


def record(
    kind: AuditKind,
    *,
    at: datetime,
    actor: User | None = None,
    subject: Model | Ref | None = None,
    person: User | Ref | None = None,
    **facts: Any,
) -> None:
    """Put one act on the trail, kept with the transaction it happens in.

    `subject` is the row it happened to, `person` whom it is about when that is not the actor. The facts must be just
    those its kind names, and plain values (a `ValueError` says which are not).
    """
    _note(kind, at, actor, subject, person, facts, ())


def record_many(
    kind: AuditKind, *, at: datetime, actor: User, subject: Model, reach: Sequence[int], **facts: Any
) -> None:
    """The same for one act on many people: `reach` are their ids, which stand in the facts, too, as `named`
    (`reached`). The entry is found by each of them."""
    _note(kind, at, actor, subject, None, facts, reach)


def _note(
    kind: AuditKind,
    at: datetime,
    actor: User | None,
    subject: Model | Ref | None,
    person: User | Ref | None,
    facts: dict[str, Any],
    reach: Sequence[int],
) -> None:
    if set(facts) != kind.fact_names:
        raise ValueError(f"{kind.label} carries {sorted(kind.fact_names)}, not {sorted(facts)}")
    json.dumps(facts)
    rows: tuple[Any, ...] = (actor, subject, person)
    if any(row is not None and row.id is None for row in rows):
        db.session.flush()
    entry = {
        "at": at.astimezone(UTC),
        "kind": kind.label,
        "actor_id": actor.id if actor else None,
        "subject_kind": _kind_of(subject),
        "subject_id": getattr(subject, "id", None),
        "person_id": person.id if person else None,
        "network": acting_from.get(),
        "facts": facts,
    }
    db.session().info.setdefault("pending_audit", []).append((entry, reach))


def reached(facts: Mapping[str, Any]) -> set[int]:
    """The ids of the people whom an entry names in its facts: each of `named` has terms, and the
    `people` they hold for.
    """
    return {person_id for group in facts.get("named", ()) for person_id in group["people"]}


def _kind_of(subject: Model | Ref | None) -> str:
    if subject is None:
        return ""
    return subject.kind if isinstance(subject, Ref) else subject.__tablename__.removesuffix("s")


@before_commit
def _append_pending() -> None:
    """Link what this transaction recorded to the chain; last of all, so that the head is locked only briefly."""
    pending = db.session().info.pop("pending_audit", [])
    if not pending:
        return
    db.session.flush()
    head = db.session.execute(
        select(AuditHead).with_for_update().execution_options(populate_existing=True)
    ).scalar_one()
    for entry, reach in pending:
        salt = secrets.token_hex(16)
        event = AuditEvent(
            **entry,
            sequence=head.sequence + 1,
            facts_salt=salt,
            facts_digest=_digest_of_facts(entry["facts"], salt),
            previous_hash=head.hash,
        )
        event.hash = _hash_of(event)
        db.session.add(event)
        head.sequence, head.hash = event.sequence, event.hash
        if reach:
            insert_all(AuditReach, {"person_id": reach}, {"sequence": event.sequence})
    db.session.flush()


def verify() -> Verification:
    """Check every link of the chain, its count, the facts that are still there, and that its end was not cut off.

    Entries may be added meanwhile. Reads the trail in pieces, so its length does not matter to the memory.
    """
    sequence, previous, erased = 0, FIRST_HASH, 0
    while True:
        head = db.session.execute(select(AuditHead.sequence, AuditHead.hash)).one_or_none()
        entries = _entries_after(sequence)  # read after the head: what the head counts is there to be read
        many = _reaches_of(entries)
        for entry in entries:
            if entry.facts is not None and reached(entry.facts) != many.get(entry.sequence, set()):
                return Verification(sequence, f"The people of entry {entry.sequence} were changed.", erased, previous)
            fault = _fault_of(entry, sequence + 1, previous)
            if fault:
                return Verification(sequence, fault, erased, previous)
            sequence, previous = entry.sequence, entry.hash
            erased += entry.facts is None
        if not entries:
            break
    cut = head is None or (head.sequence, head.hash) != (sequence, previous)
    fault = f"The trail ends at entry {sequence}, and that is not where it ended." if cut else None
    return Verification(sequence, fault, erased, previous)


def _entries_after(sequence: int) -> Sequence[Row[Any]]:
    query = select(*AuditEvent.__table__.columns).where(AuditEvent.sequence > sequence)
    return db.session.execute(query.order_by(AuditEvent.sequence).limit(_CHUNK)).all()


def _reaches_of(entries: Sequence[Row[Any]]) -> dict[int, set[int]]:
    if not entries:
        return {}
    first, last = entries[0].sequence, entries[-1].sequence
    query = select(AuditReach.sequence, AuditReach.person_id).where(AuditReach.sequence.between(first, last))
    found: dict[int, set[int]] = {}
    for sequence, person_id in db.session.execute(query):
        found.setdefault(sequence, set()).add(person_id)
    return found


def _fault_of(entry: Row[Any], expected: int, previous: str) -> str | None:
    if entry.sequence != expected:
        return f"Entry {expected} is missing."
    if entry.previous_hash != previous:
        return f"Entry {expected} does not follow the one before it."
    if entry.hash != _hash_of(entry):
        return f"Entry {expected} was changed."
    if entry.facts is not None and entry.facts_digest != _digest_of_facts(entry.facts, entry.facts_salt or ""):
        return f"The facts of entry {expected} were changed."
    return None


def _hash_of(entry: AuditEvent | Row[Any]) -> str:
    parts = [
        entry.sequence,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.kind,
        entry.actor_id,
        entry.subject_kind,
        entry.subject_id,
        entry.person_id,
        entry.network,
        entry.facts_digest,
        entry.previous_hash,
    ]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


def _digest_of_facts(facts: dict[str, Any], salt: str) -> str:
    text = json.dumps(facts, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{salt}{text}".encode()).hexdigest()
