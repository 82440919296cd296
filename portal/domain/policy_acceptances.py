"""Who accepted which version of the policy, for admins."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from portal.basics.errors import NotFound
from portal.domain.paging import NEWEST, Page, Place, newest_first
from portal.storage.db import db
from portal.storage.models import Policy, PolicyAcceptance, User


@dataclass(frozen=True)
class PolicyLine:
    """One version, and how many accepted it."""

    policy: Policy
    accepted: int


@dataclass(frozen=True)
class AcceptanceLine:
    """Someone who accepted a version, and when."""

    user: User
    at: datetime


def versions() -> list[PolicyLine]:
    """Every version with its number of acceptances, newest first, in one query."""
    counted = (
        select(PolicyAcceptance.policy_id, func.count().label("number")).group_by(PolicyAcceptance.policy_id).subquery()
    )
    query = (
        select(Policy, func.coalesce(counted.c.number, 0))
        .outerjoin(counted, counted.c.policy_id == Policy.id)
        .order_by(Policy.version.desc())
    )
    return [PolicyLine(policy, number) for policy, number in db.session.execute(query)]


def find(version: int) -> Policy:
    """One version. Raises `NotFound`."""
    policy = db.session.scalars(select(Policy).where(Policy.version == version)).one_or_none()
    if policy is None:
        raise NotFound("There is no such version")
    return policy


def accepted(policy: Policy, place: Place = NEWEST) -> Page[AcceptanceLine]:
    """Who accepted this version, the latest first."""
    query = (
        select(User, PolicyAcceptance.at, PolicyAcceptance.id)
        .join(PolicyAcceptance, PolicyAcceptance.user_id == User.id)
        .where(PolicyAcceptance.policy_id == policy.id)
    )
    page = newest_first(query, PolicyAcceptance.id, place, key=lambda row: row[2])
    return page.of(lambda row: AcceptanceLine(row[0], row[1]))


def asked_next(*, at: datetime) -> int:
    """How many people would be asked to accept a new version when they next open a page."""
    return db.session.scalar(select(func.count()).select_from(User).where(User.live_at(at))) or 0
