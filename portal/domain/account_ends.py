"""The end of a guest's account: set, moved or taken away by whoever answers for the guest (product.md, Words)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.basics import dates
from portal.basics.errors import Conflict, NotFound, PortalError
from portal.domain import audit, sign_ins
from portal.domain.audit import AuditKind
from portal.domain.work import tools
from portal.storage.db import db
from portal.storage.models import User


class EndLiesBehind(PortalError):
    """An end must lie ahead; the text is a sentence for beside the field."""


class EndSetMeanwhile(Conflict):
    """Somebody set another end after the page was opened: `ends_at`, None: none."""

    def __init__(self, ends_at: datetime | None) -> None:
        super().__init__("Somebody set another end after you opened the page")
        self.ends_at = ends_at


@dataclass(frozen=True)
class EndSet:
    """What became of it. `was_over`: the account had ended, and lives again."""

    is_changed: bool
    was_over: bool


def set_end(guest: User, ends_at: datetime | None, *, seen: datetime | None, by: User, at: datetime) -> EndSet:
    """Have the account end at this moment; None: it has no end. `seen`: the end it had when the page was opened.

    No letter leaves. An account that had ended lives again, but nobody who was signed in then is so now. Raises
    `NotFound` unless `by` answers for the guest, `EndLiesBehind`, and `EndSetMeanwhile`.
    """
    held = _held(guest)
    if not held.is_guest or not (by.is_admin or held.sponsor_id == by.id):
        raise NotFound("There is no such guest")
    before = held.ends_at
    if before == ends_at:
        return EndSet(is_changed=False, was_over=False)
    if before != seen:
        raise EndSetMeanwhile(before)
    if ends_at is not None and ends_at <= at:
        day = dates.day_date(ends_at, tools().settings.time_zone)
        raise EndLiesBehind(f"“Account until” lies in the past: {day}")
    was_over = before is not None and before <= at
    if was_over:
        end_what_was_open(held, by=by, at=at)
    held.ends_at = ends_at
    facts = {"before": {"until": _fact(before)}, "after": {"until": _fact(ends_at)}}
    audit.record(AuditKind.USER_CHANGED, at=at, actor=by, subject=held, person=held, **facts)
    db.session.flush()
    return EndSet(is_changed=True, was_over=was_over)


def end_what_was_open(ended: User, *, by: User, at: datetime) -> None:
    """End the sign-ins of an account that had ended and is renewed: whoever comes back gives the password."""
    sign_ins.end_all(ended, by=by, because="account-ended", at=at)


def _held(guest: User) -> User:
    query = select(User).where(User.id == guest.id).with_for_update(key_share=True)
    return db.session.execute(query.execution_options(populate_existing=True)).scalar_one()


def _fact(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="minutes") if moment else None
