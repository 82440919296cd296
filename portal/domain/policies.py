"""The acceptable use policy: dated versions, each accepted before anything else (product.md, Words; issue "Policy").

Published versions never change; the highest is in force. Version 1 comes with the schema.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import IntegrityError

from portal.basics.errors import Conflict
from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.storage.db import db
from portal.storage.models import Policy, PolicyAcceptance, User

LONGEST_NOTE = 300
_WORDS_A_MINUTE = 200


@dataclass(frozen=True)
class Block:
    """A piece of the policy's text. A heading or a paragraph is one line; a list has one line an item."""

    kind: Literal["heading", "paragraph", "list"]
    lines: tuple[str, ...]


def current() -> Policy:
    """The version in force."""
    return db.session.execute(_newest_first().limit(1)).scalar_one()


def history() -> list[Policy]:
    """Every version, newest first."""
    return list(db.session.scalars(_newest_first()))


def accepted_by(user: User) -> tuple[Policy, datetime] | None:
    """The newest version the person accepted, and when; None when they never did."""
    query = (
        select(Policy, PolicyAcceptance.at)
        .join(PolicyAcceptance, PolicyAcceptance.policy_id == Policy.id)
        .where(PolicyAcceptance.user_id == user.id)
        .order_by(Policy.version.desc())
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    return (row[0], row[1]) if row else None


def acceptances_of(user: User) -> list[tuple[Policy, datetime]]:
    """Every version the person accepted, and when, newest first."""
    query = (
        select(Policy, PolicyAcceptance.at)
        .join(PolicyAcceptance, PolicyAcceptance.policy_id == Policy.id)
        .where(PolicyAcceptance.user_id == user.id)
        .order_by(Policy.version.desc())
    )
    return [(policy, at) for policy, at in db.session.execute(query)]


def new_for(user: User) -> list[Policy]:
    """The versions the person has not accepted yet, newest first: what they are told is new."""
    accepted = (
        select(func.max(Policy.version))
        .join(PolicyAcceptance, PolicyAcceptance.policy_id == Policy.id)
        .where(PolicyAcceptance.user_id == user.id)
        .scalar_subquery()
    )
    return list(db.session.scalars(_newest_first().where(Policy.version > func.coalesce(accepted, 0))))


def accept(user: User, at: datetime, *, version: int | None = None) -> None:
    """The person accepts the version in force; accepting again changes nothing.

    `version` is the one the page showed: raises `Conflict` when a newer one was published meanwhile.
    """
    policy = current()
    if version is not None and version != policy.version:
        raise Conflict("The policy has changed since you opened this page. Read it as it is now.")
    try:
        with db.session.begin_nested():
            db.session.add(PolicyAcceptance(user_id=user.id, policy_id=policy.id, at=at))
    except IntegrityError:  # accepted already, perhaps at this moment in another window
        return
    audit.record(AuditKind.POLICY_ACCEPTED, at=at, actor=user, subject=policy, version=policy.version)


def publish(summary: str, body: str, change_note: str, *, by: User, at: datetime) -> Policy:
    """Put a new version in force: from their next page on, everybody is asked to accept it.

    Raises `ValueError` with a sentence when the summary or the text is empty, and `Conflict` when somebody else
    published at the same moment.
    """
    lines = "\n".join(line.strip() for line in summary.splitlines() if line.strip())
    text = "\n".join(line.rstrip() for line in body.strip().splitlines())
    if not lines or not text:
        raise ValueError("A policy needs a summary and a text.")
    policy = Policy(
        version=current().version + 1,
        summary=lines,
        body=text,
        change_note=" ".join(change_note.split())[:LONGEST_NOTE],
        published_at=at,
        published_by_id=by.id,
    )
    try:
        with db.session.begin_nested():
            db.session.add(policy)
    except IntegrityError:
        raise Conflict("Somebody else has just published a version. Read it before you publish yours.") from None
    audit.record(AuditKind.POLICY_PUBLISHED, at=at, actor=by, subject=policy, version=policy.version)
    return policy


def begin(at: datetime) -> None:
    """The version that ships is in force from the day the portal is begun: at the first start, seen by nobody yet."""
    db.session.execute(
        update(Policy).where(Policy.version == 1, Policy.published_by_id.is_(None)).values(published_at=at)
    )


def summary_lines(policy: Policy) -> list[str]:
    """The few plain lines shown where it is accepted."""
    return [line.strip() for line in policy.summary.splitlines() if line.strip()]


def blocks(policy: Policy) -> list[Block]:
    """The text, ready to show: paragraphs are parted by empty lines, "# " begins a heading, "- " an item."""
    pieces: list[Block] = []
    goes_on = False  # whether a plain line goes on with the paragraph or item before it
    for line in map(str.strip, policy.body.splitlines()):
        if line.startswith("# "):
            pieces.append(Block("heading", (line[2:].strip(),)))
        elif line.startswith("- ") and pieces and pieces[-1].kind == "list":
            pieces[-1] = Block("list", (*pieces[-1].lines, line[2:].strip()))
        elif line.startswith("- "):
            pieces.append(Block("list", (line[2:].strip(),)))
        elif line and goes_on:
            *whole, last = pieces[-1].lines
            pieces[-1] = Block(pieces[-1].kind, (*whole, f"{last} {line}"))
        elif line:
            pieces.append(Block("paragraph", (line,)))
        goes_on = bool(line) and not line.startswith("# ")
    return pieces


def reading_minutes(policy: Policy) -> int:
    """How long reading it takes, at least a minute."""
    return max(1, round(len(policy.body.split()) / _WORDS_A_MINUTE))


def _newest_first() -> Select[Policy]:
    return select(Policy).order_by(Policy.version.desc())
