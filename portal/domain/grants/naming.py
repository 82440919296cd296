"""Naming people on a thing: accounts, grants and letters, kept together (product.md, The way in 1)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import select

from portal.basics.errors import NotFound
from portal.domain import audit, invitations
from portal.domain.account_ends import end_what_was_open
from portal.domain.audit import AuditKind, Ref
from portal.domain.grants.fates import Fate, FateKind, Wanted, fates_of, read_entries, users_of
from portal.domain.grants.quota import hold_sponsor
from portal.domain.grants.telling import Told, tell_known
from portal.domain.grants.terms import WITHOUT_LIMITS, Terms, as_facts, set_terms
from portal.domain.grants.things import Thing, column_of
from portal.domain.grants.windows import check_typed
from portal.domain.invitations import Invited, SharedThing, thing_given
from portal.storage.db import db, insert_all, new_ids
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
    terms.check()
    wanted = read_entries(text, terms)
    return name_all(wanted, on, by=by, at=at, note=note, renew=renew, seen_over=seen_over)


def name_all(
    wanted: Sequence[Wanted],
    on: Thing,
    *,
    by: User,
    at: datetime,
    note: str = "",
    renew: Collection[str] = (),
    seen_over: Mapping[int, int] | None = None,
    of_list: str | None = None,
) -> Named:
    """The same for a list that was read already, each entry on its own terms. An address stands in it once.

    `of_list` is the name of the file it is from, empty when it was pasted: then one entry on the trail has all whom it
    names. None: each has entries of their own.
    """
    hold_sponsor(by)
    _one_at_a_time(on)
    for terms in {one.terms for one in wanted if not one.fault}:
        check_typed(on, terms, at=at)
    users = _hold(users_of(wanted))
    found = fates_of(wanted, users, on, by=by, at=at, seen_over=seen_over)
    left_out = [fate for fate in found if fate.is_left_out or _is_not_renewed(fate, renew)]
    out = {id(fate) for fate in left_out}
    kept = [fate for fate in found if id(fate) not in out]
    act = _Act(on, by, at, note, audited=of_list is None)
    changing = _with_accounts([fate for fate in kept if fate.kind is not FateKind.SAME], act)
    _renew([(fate, user) for fate, _, user in changing if fate.kind is FateKind.ENDED and user], act)
    given = _grant(changing, act)
    invited, told = _write(changing, act)
    if of_list is not None and given:
        _record_list(of_list, given, len(invited), len(told), act)
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


@dataclass(frozen=True)
class _Act:
    """One naming: on what, by whom, when, with what note; and whether each person has entries of their own."""

    on: Thing
    by: User
    at: datetime
    note: str
    audited: bool


_Pair: TypeAlias = tuple[Fate, int, User | None]
"""A fate with the id of its account; and the account, when it was there before."""


def _with_accounts(found: list[Fate], act: _Act) -> list[_Pair]:
    new = {fate.address: fate.name for fate in found if fate.user is None}
    made = invitations.invite_guests(new, sponsor=act.by, at=act.at, audited=act.audited)
    pairs: list[_Pair] = []
    for fate in found:
        user = fate.user or made.others.get(fate.address)
        pairs.append((fate, user.id if user else made.ids[fate.address], user))
    return sorted(pairs, key=lambda pair: pair[1])


def _renew(ended: list[tuple[Fate, User]], act: _Act) -> None:
    for fate, user in ended:
        end_what_was_open(user, by=act.by, at=act.at)
        user.ends_at = fate.renewed_until
        until = as_facts(Terms(ends_at=fate.renewed_until))["until"]
        audit.record(AuditKind.USER_RENEWED, at=act.at, actor=act.by, subject=user, person=user, until=until)


def _grant(changing: list[_Pair], act: _Act) -> list[tuple[Terms, int]]:
    """New grants by one statement; one that is there, ended or not, is changed and never doubled. Who got a new one."""
    where = column_of(act.on)
    for fate, _, user in changing:
        if fate.grant is not None and user is not None:
            set_terms(fate.grant, fate.terms, person=user, by=act.by, at=act.at)
    given = [(fate.terms, user_id) for fate, user_id, _ in changing if fate.grant is None]
    ids = new_ids(Grant, len(given))
    by_terms: dict[Terms, list[tuple[int, int]]] = {}
    for grant_id, (terms, user_id) in zip(ids, given, strict=True):
        by_terms.setdefault(terms, []).append((grant_id, user_id))
    for terms, pairs in by_terms.items():
        rows = {"id": [grant_id for grant_id, _ in pairs], "guest_id": [user_id for _, user_id in pairs]}
        same = {
            where: act.on.id,
            "granted_by_id": act.by.id,
            "created_at": act.at,
            "begins_at": terms.begins_at,
            "ends_at": terms.ends_at,
            "views_limit": terms.views,
            "when_it_ends": terms.when_it_ends,
        }
        insert_all(Grant, rows, same)
    if act.audited:
        for grant_id, (terms, user_id) in zip(ids, given, strict=True):
            subject, person = Ref("grant", grant_id), Ref("user", user_id)
            audit.record(
                AuditKind.GRANT_GIVEN, at=act.at, actor=act.by, subject=subject, person=person, **as_facts(terms)
            )
    return given


def _write(changing: list[_Pair], act: _Act) -> tuple[list[Fate], list[Fate]]:
    """One letter each: an invitation to who has no password yet, else what is new. Returns both lists."""
    at, audited = act.at, act.audited
    new = [(fate, user_id) for fate, user_id, user in changing if user is None]
    things = {terms: (_thing(terms, act),) for terms in {fate.terms for fate, _ in new}}
    first = [Invited(user_id, fate.address, things[fate.terms]) for fate, user_id in new]
    invitations.mail_first(first, by=act.by, note=act.note, at=at, audited=audited)
    others = [(fate, user) for fate, _, user in changing if user is not None and fate.gets_letter]
    mailed = invitations.mail_all([user for _, user in others], by=act.by, note=act.note, at=at, audited=audited)
    mailed_ids = {user.id for user in mailed}
    known = [(fate, user) for fate, user in others if user.id not in mailed_ids]
    tell_known([Told(user, fate.terms, fate.taken) for fate, user in known], act.on, by=act.by, note=act.note, at=at)
    invited = [fate for fate, _ in new] + [fate for fate, user in others if user.id in mailed_ids]
    return invited, [fate for fate, _ in known]


def _thing(terms: Terms, act: _Act) -> SharedThing:
    return thing_given(act.on, act.by, begins_at=terms.begins_at, ends_at=terms.ends_at, views=terms.views, at=act.at)


def _record_list(name: str, given: list[tuple[Terms, int]], invited: int, told: int, act: _Act) -> None:
    """One entry with all whom the list names: who was changed, and whose account was renewed, has one of their own."""
    by_terms: dict[Terms, list[int]] = {}
    for terms, user_id in given:
        by_terms.setdefault(terms, []).append(user_id)
    named = [{**as_facts(terms), "people": people} for terms, people in by_terms.items()]
    facts: dict[str, Any] = {"list": name, "named": named, "invited": invited, "told": told}
    reach = [user_id for _, user_id in given]
    audit.record_many(AuditKind.LIST_SENT, at=act.at, actor=act.by, subject=act.on, reach=reach, **facts)
