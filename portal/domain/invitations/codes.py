"""The set-up code: six digits to the invited address make a forwarded link worthless (product.md, The way in 3)."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Update, and_, case, or_, update

from portal.basics import tokens
from portal.domain import audit, mailbox
from portal.domain.audit import AuditKind
from portal.domain.invitations.finding import FoundInvitation
from portal.domain.work import tools
from portal.mail.letters import SetUpCodeLetter
from portal.storage.db import db
from portal.storage.models import Invitation

CODE_LIFE = timedelta(minutes=10)
TRIES = 5
SHORTEST_GAP = timedelta(minutes=1)
MOST_AN_HOUR = 5
PROOF_LIFE = timedelta(minutes=30)

_HOUR = timedelta(hours=1)
_BETWEEN_DIGITS = re.compile(r"[\s\-‐-―.]+")


@dataclass(frozen=True)
class MailedCode:
    """A code is on its way; it works until `ends_at`. Older ones no longer do."""

    ends_at: datetime


@dataclass(frozen=True)
class NotYet:
    """Too many codes already; another can be mailed at `next_at`. The last one still works for its time."""

    next_at: datetime


@dataclass(frozen=True)
class RightCode:
    """`proof` is for this browser alone, for half an hour; it is checked again where the password is written."""

    proof: str


@dataclass(frozen=True)
class WrongCode:
    """Not the digits that were mailed last. With no tries left that code is worthless."""

    tries_left: int


@dataclass(frozen=True)
class NoCode:
    """There is no code to compare with: it has ended, was tried too often or used."""


def open_at(at: datetime) -> ColumnElement[bool]:
    """`Invitation.is_open`, for queries."""
    return and_(
        Invitation.used_at.is_(None),
        Invitation.replaced_at.is_(None),
        Invitation.withdrawn_at.is_(None),
        Invitation.ends_at > at,
    )


def mail_code(found: FoundInvitation, *, at: datetime) -> MailedCode | NotYet | None:
    """Mail six fresh digits to the invited address: one mail a minute, five an hour. None: the link is not open now."""
    invitation, code = found.invitation, tokens.new_code()
    new_hour = or_(Invitation.codes_since.is_(None), Invitation.codes_since <= at - _HOUR)
    query = (
        update(Invitation)
        .where(
            Invitation.id == invitation.id,
            open_at(at),
            or_(Invitation.code_ends_at.is_(None), Invitation.code_ends_at <= at + CODE_LIFE - SHORTEST_GAP),
            or_(new_hour, Invitation.codes_mailed < MOST_AN_HOUR),
        )
        .values(
            code_hash=tokens.hash_code(code, invitation.token_hash),
            code_ends_at=at + CODE_LIFE,
            code_tries_left=TRIES,
            codes_mailed=case((new_hour, 1), else_=Invitation.codes_mailed + 1),
            codes_since=case((new_hour, at), else_=Invitation.codes_since),
        )
    )
    if not _take(query):
        return _why_not(invitation, at)
    letter = SetUpCodeLetter(
        to=found.user.address,
        zone=tools().settings.time_zone,
        code=code,
        minutes=int(CODE_LIFE.total_seconds() // 60),
    )
    mailbox.queue(letter, to=found.user, at=at, invitation=invitation)
    audit.record(AuditKind.INVITATION_CODE_MAILED, at=at, subject=invitation, person=found.user)
    return MailedCode(at + CODE_LIFE)


def next_code_at(invitation: Invitation, *, at: datetime) -> datetime:
    """When the next code can be mailed: `at` itself when that is now."""
    moments = [at]
    if invitation.code_ends_at is not None:
        moments.append(invitation.code_ends_at - CODE_LIFE + SHORTEST_GAP)
    if invitation.codes_since is not None and invitation.codes_mailed >= MOST_AN_HOUR:
        moments.append(invitation.codes_since + _HOUR)
    return max(moments)


def _why_not(invitation: Invitation, at: datetime) -> NotYet | None:
    db.session.refresh(invitation)
    return NotYet(next_code_at(invitation, at=at)) if invitation.is_open(at) else None


def read_code(typed: str) -> str | None:
    """The six digits in what was typed, spaces and dashes allowed, from any keyboard; None: they are not six digits."""
    plain = _BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", typed))
    if len(plain) != tokens.CODE_DIGITS or not plain.isdecimal():
        return None
    return "".join(str(unicodedata.decimal(digit)) for digit in plain)


def check_code(found: FoundInvitation, code: str, *, at: datetime) -> RightCode | WrongCode | NoCode:
    """Compare, taking a try first: however many ask at once, five tries are five. A right code works once."""
    invitation = found.invitation
    counted = (
        update(Invitation)
        .where(
            Invitation.id == invitation.id,
            open_at(at),
            Invitation.code_hash.is_not(None),
            Invitation.code_ends_at > at,
            Invitation.code_tries_left > 0,
        )
        .values(code_tries_left=Invitation.code_tries_left - 1)
    )
    if not _take(counted):
        return NoCode()
    db.session.refresh(invitation)  # the row is ours until the transaction ends
    if not tokens.same(tokens.hash_code(code, invitation.token_hash), invitation.code_hash or ""):
        left = invitation.code_tries_left
        audit.record(AuditKind.INVITATION_CODE_REFUSED, at=at, subject=invitation, person=found.user, tries_left=left)
        return WrongCode(left)
    proof = tokens.new_token()
    invitation.code_hash = None
    invitation.code_tries_left = 0
    invitation.proof_hash = tokens.hash_token(proof)
    invitation.proof_ends_at = at + PROOF_LIFE
    db.session.flush()
    return RightCode(proof)


def holds_proof(invitation: Invitation, proof: str | None, *, at: datetime) -> bool:
    """Whether this browser gave the code. Where codes are turned off (settings) the link itself is enough."""
    if not tools().settings.invitation_code:
        return True
    if not proof or invitation.proof_hash is None or invitation.proof_ends_at is None:
        return False
    return invitation.proof_ends_at > at and tokens.same(tokens.hash_token(proof), invitation.proof_hash)


def proven(proof: str | None, at: datetime) -> list[ColumnElement[bool]]:
    """The same rule as `holds_proof`, for the statement that writes."""
    if not tools().settings.invitation_code:
        return []
    return [Invitation.proof_hash == tokens.hash_token(proof or ""), Invitation.proof_ends_at > at]


def _take(query: Update) -> bool:
    result = db.session.execute(query.execution_options(synchronize_session=False))
    return bool(result.rowcount)  # type: ignore[attr-defined]
