"""Naming people on a thing: accounts, grants and letters, kept together (product.md, The way in 1)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal.basics.errors import NotFound
from portal.domain import audit, invitations
from portal.domain.audit import AuditKind
from portal.domain.grants.fates import Fate, FateKind, fates_of, read_entries, users_of
from portal.domain.grants.telling import Told, tell_known
from portal.domain.grants.terms import WITHOUT_LIMITS, Terms, as_facts, set_terms
from portal.domain.grants.things import Thing, column_of
from portal.domain.grants.windows import check_typed
from portal.storage.db import db
from portal.storage.models import Event, Grant, User

_CHUNK = 500


@dataclass(frozen=True)
class Named:
    """What became of a list: each address is in one of these. What is left out says why."""

    invited: list[Fate]
    told: list[Fate]
    lessened: list[Fate]
    unchanged: list[Fate]
    left_out: list[Fate]


def name(
    text: str,
    on: Thing,
    *,
    by: User,
    at: datetime,
    terms: Terms = WITHOUT_LIMITS,
    note: str = "",
    renew: Collection[str] = (),
    seen_over: Mapping[int, int] | None = None,
) -> Named:
    """Name everyone in the text on a session, folder or event, and write one letter to each whom it gives something.

    Fates are asked anew here: what changed since a preview is handled as it stands now, and sending the same list
    twice does nothing twice (`seen_over`: see `fates_of`). `renew` are the addresses whose ended accounts are to be
    renewed until the end of `terms`; the others' are left out. Raises `TooMany`, `WrongTerms`, and `NotFound` when the
    thing was deleted meanwhile.
    """
    entries = read_entries(text)
    _one_at_a_time(on)
    check_typed(on, terms, at=at)
    users = _hold(users_of(entries))
    found = fates_of(entries, users, on, by=by, at=at, terms=terms, seen_over=seen_over)
    left_out = [fate for fate in found if fate.is_left_out or _is_not_renewed(fate, renew)]
    out = {id(fate) for fate in left_out}
    kept = [fate for fate in found if id(fate) not in out]
    changing = _with_accounts([fate for fate in kept if fate.kind is not FateKind.SAME], by, at)
    _renew([user for fate, user in changing if fate.kind is FateKind.ENDED], terms, by, at)
    _grant(changing, on, by, at)
    invited, told = _write(changing, on, by=by, note=note, at=at)
    return Named(
        invited=invited,
        told=told,
        lessened=[fate for fate in kept if fate.kind is FateKind.LESS],
        unchanged=[fate for fate in kept if fate.kind is FateKind.SAME],
        left_out=left_out,
    )


def _one_at_a_time(on: Thing) -> None:
    """Hold the thing until the transaction ends: two lists at once must not name the same guest twice."""
    model = type(on)
    if db.session.scalar(select(model.id).where(model.id == on.id).with_for_update(key_share=True)) is None:
        raise NotFound("There is nothing here any more")
    if isinstance(on, Event):  # its window may have been moved, or closed, since it was read
        db.session.refresh(on)


def _is_not_renewed(fate: Fate, renew: Collection[str]) -> bool:
    return fate.kind is FateKind.ENDED and fate.address not in renew


def _hold(users: dict[str, User]) -> dict[str, User]:
    """Hold the guests' accounts until the transaction ends, and see them as they are: nobody sets one up, and nobody
    presses play, between what is decided here and what is written. Always in the order of their ids, so that lists that
    meet wait, and never for each other in a circle."""
    ids = sorted(user.id for user in users.values() if user.is_guest)
    for begin in range(0, len(ids), _CHUNK):
        some = ids[begin : begin + _CHUNK]
        query = select(User).where(User.id.in_(some)).order_by(User.id).with_for_update(key_share=True)
        db.session.scalars(query.execution_options(populate_existing=True)).all()
    return users


def _with_accounts(found: list[Fate], by: User, at: datetime) -> list[tuple[Fate, User]]:
    made = invitations.invite_guests([fate.address for fate in found if fate.user is None], sponsor=by, at=at)
    pairs = [(fate, fate.user or made[fate.address]) for fate in found]
    return sorted(pairs, key=lambda pair: pair[1].id)


def _renew(ended: list[User], terms: Terms, by: User, at: datetime) -> None:
    for user in ended:
        user.ends_at = terms.ends_at
        until = as_facts(terms)["until"]
        audit.record(AuditKind.USER_RENEWED, at=at, actor=by, subject=user, person=user, until=until)


def _grant(changing: list[tuple[Fate, User]], on: Thing, by: User, at: datetime) -> None:
    """New grants in one go; one that is there, ended or not, is changed and never doubled."""
    where = {column_of(on): on.id}
    given = []
    for fate, user in changing:
        if fate.grant is not None:
            set_terms(fate.grant, fate.terms, person=user, by=by, at=at)
        else:
            grant = Grant(
                guest_id=user.id,
                granted_by_id=by.id,
                created_at=at,
                begins_at=fate.terms.begins_at,
                ends_at=fate.terms.ends_at,
                views_limit=fate.terms.views,
                when_it_ends=fate.terms.when_it_ends,
                **where,
            )
            given.append((grant, user))
    db.session.add_all([grant for grant, _ in given])
    db.session.flush()
    for grant, user in given:
        facts = as_facts(Terms.of(grant))
        audit.record(AuditKind.GRANT_GIVEN, at=at, actor=by, subject=grant, person=user, **facts)


def _write(
    changing: list[tuple[Fate, User]], on: Thing, *, by: User, note: str, at: datetime
) -> tuple[list[Fate], list[Fate]]:
    """One letter each: an invitation to who has no password yet, else what is new. Returns both lists."""
    written_to = [(fate, user) for fate, user in changing if fate.gets_letter]
    invited_ids = {user.id for user in invitations.mail_all([user for _, user in written_to], by=by, note=note, at=at)}
    known = [(fate, user) for fate, user in written_to if user.id not in invited_ids]
    tell_known([Told(user, fate.terms, fate.taken) for fate, user in known], on, by=by, note=note, at=at)
    return [fate for fate, user in written_to if user.id in invited_ids], [fate for fate, _ in known]
