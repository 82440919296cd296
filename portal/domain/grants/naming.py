"""Naming people on a session or folder: accounts, grants and letters, kept together (product.md, The way in 1)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.basics.errors import NotFound
from portal.domain import audit, invitations
from portal.domain.audit import AuditKind
from portal.domain.grants.fates import Fate, FateKind, fates
from portal.domain.grants.telling import tell_known
from portal.domain.grants.things import Thing
from portal.storage.db import db
from portal.storage.models import Grant, User, VideoSession

_CHUNK = 500


@dataclass(frozen=True)
class Named:
    """What became of a list: each address is in one of these. What is left out says why."""

    invited: list[Fate]
    told: list[Fate]
    shortened: list[Fate]
    unchanged: list[Fate]
    left_out: list[Fate]


def name(
    text: str,
    on: Thing,
    *,
    by: User,
    at: datetime,
    until: datetime | None = None,
    note: str = "",
    renew: Collection[str] = (),
) -> Named:
    """Name everyone in the text on a session or folder, and write one letter to each whom it gives something.

    Fates are asked anew here: what changed since a preview is handled as it stands now, and sending the same list
    twice does nothing twice. `renew` are the addresses whose ended accounts are to be renewed until then; the others'
    are left out. Raises `TooMany`, and `NotFound` when the thing was deleted meanwhile.
    """
    _one_at_a_time(on)
    found = fates(text, on, by=by, at=at, until=until)
    left_out = [fate for fate in found if fate.is_left_out or _is_not_renewed(fate, renew)]
    out = {id(fate) for fate in left_out}
    kept = [fate for fate in found if id(fate) not in out]
    changing = _hold(_with_accounts([fate for fate in kept if fate.kind is not FateKind.SAME], by, at))
    _renew([(fate, user) for fate, user in changing if fate.kind is FateKind.ENDED], until, by, at)
    _grant(changing, on, by, at)
    invited, told = _write(changing, on, by=by, note=note, at=at)
    return Named(
        invited=invited,
        told=told,
        shortened=[fate for fate in kept if fate.kind is FateKind.SHORTER],
        unchanged=[fate for fate in kept if fate.kind is FateKind.SAME],
        left_out=left_out,
    )


def until_fact(until: datetime | None) -> str | None:
    """An end as the audit trail keeps it."""
    return until.isoformat(timespec="minutes") if until else None


def _one_at_a_time(on: Thing) -> None:
    """Hold the thing until the transaction ends: two lists at once must not name the same guest twice."""
    model = type(on)
    if db.session.scalar(select(model.id).where(model.id == on.id).with_for_update(key_share=True)) is None:
        raise NotFound("There is nothing here any more")


def _is_not_renewed(fate: Fate, renew: Collection[str]) -> bool:
    return fate.kind is FateKind.ENDED and fate.address not in renew


def _hold(changing: list[tuple[Fate, User]]) -> list[tuple[Fate, User]]:
    """Hold these accounts until the transaction ends, always in the order of their ids: lists that meet wait, and never
    for each other in a circle."""
    changing = sorted(changing, key=lambda pair: pair[1].id)
    for begin in range(0, len(changing), _CHUNK):
        ids = [user.id for _, user in changing[begin : begin + _CHUNK]]
        query = select(User).where(User.id.in_(ids)).order_by(User.id).with_for_update(key_share=True)
        db.session.scalars(query.execution_options(populate_existing=True)).all()
    return changing


def _with_accounts(found: list[Fate], by: User, at: datetime) -> list[tuple[Fate, User]]:
    made = invitations.invite_guests([fate.address for fate in found if fate.user is None], sponsor=by, at=at)
    return [(fate, fate.user or made[fate.address]) for fate in found]


def _renew(ended: list[tuple[Fate, User]], until: datetime | None, by: User, at: datetime) -> None:
    for _fate, user in ended:
        user.ends_at = until
        audit.record(AuditKind.USER_RENEWED, at=at, actor=by, subject=user, person=user, until=until_fact(until))


def _grant(changing: list[tuple[Fate, User]], on: Thing, by: User, at: datetime) -> None:
    """New grants in one go; one that is there, ended or not, is changed and never doubled."""
    where = {"video_session_id": on.id} if isinstance(on, VideoSession) else {"folder_id": on.id}
    given = []
    for fate, user in changing:
        if fate.grant is not None:
            set_end(fate.grant, fate.until, person=user, by=by, at=at)
        else:
            grant = Grant(guest_id=user.id, granted_by_id=by.id, created_at=at, ends_at=fate.until, **where)
            given.append((grant, user))
    db.session.add_all([grant for grant, _ in given])
    db.session.flush()
    for grant, user in given:
        audit.record(
            AuditKind.GRANT_GIVEN, at=at, actor=by, subject=grant, person=user, until=until_fact(grant.ends_at)
        )


def set_end(grant: Grant, until: datetime | None, *, person: User, by: User, at: datetime) -> None:
    """Move the end of a grant and put it on the trail; nothing when it stands there already."""
    if grant.ends_at == until:
        return
    before, grant.ends_at = grant.ends_at, until
    facts = {"before": {"until": until_fact(before)}, "after": {"until": until_fact(until)}}
    audit.record(AuditKind.GRANT_CHANGED, at=at, actor=by, subject=grant, person=person, **facts)


def _write(
    changing: list[tuple[Fate, User]], on: Thing, *, by: User, note: str, at: datetime
) -> tuple[list[Fate], list[Fate]]:
    """One letter each: an invitation to who has no password yet, else what is new. Returns both lists."""
    written_to = [(fate, user) for fate, user in changing if fate.gets_letter]
    invited_ids = {user.id for user in invitations.mail_all([user for _, user in written_to], by=by, note=note, at=at)}
    known = [(fate, user) for fate, user in written_to if user.id not in invited_ids]
    tell_known([(user, fate.until) for fate, user in known], on, by=by, note=note, at=at)
    return [fate for fate, user in written_to if user.id in invited_ids], [fate for fate, _ in known]
