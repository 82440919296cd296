"""What an admin may change while the portal runs: how much a sponsor may give by one press (product.md, Viewings), how
much space each sponsor has (security.md, Uploads), and how many new guests each may invite (product.md, Admins).

Read anew whenever it is needed, in one query, so that a change holds from the next request on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Label, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from portal.basics.errors import PortalError
from portal.domain import audit
from portal.domain.audit import AuditKind
from portal.storage.db import db
from portal.storage.models import Option, User


class WrongOption(PortalError):
    """A value that cannot be chosen; `name` is the option, the text a sentence to show beside its field."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name


@dataclass(frozen=True)
class Ceilings:
    """How much answers to guests who ask may give; what a sponsor sets by hand is not held by them.

    One press gives `days` days or `views` views. No answer moves an end more than `days_ahead` days ahead of the moment
    it is given, or the views of a grant above `most_views`.
    """

    days: int = 7
    days_ahead: int = 90
    views: int = 1
    most_views: int = 10


RANGES: Mapping[str, tuple[int, int]] = {
    "days": (1, 30),
    "days_ahead": (1, 365),
    "views": (1, 5),
    "most_views": (1, 99),
}
"""The least and the most of each that an admin may choose."""

_NAMES = {
    "days": "days given by one press",
    "days_ahead": "most days ahead by an answer",
    "views": "views given by one press",
    "most_views": "most views by answers",
}
"""What each is called in the table, and on the audit trail."""
_DEFAULTS = Ceilings()

GIGABYTE = 1024**3
QUOTA_RANGE = (1, 100_000)
"""Gigabytes of space that an admin may give to each sponsor, at least and at most."""
DEFAULT_QUOTA = 500
_QUOTA_NAME = "space for each sponsor, in GB"
NEW_GUESTS_RANGE = (1, 100_000)
"""New guests that an admin may let each sponsor invite in 24 hours, at least and at most."""
DEFAULT_NEW_GUESTS = 10_000
_NEW_GUESTS_NAME = "new guests of a sponsor in 24 hours"


def ceilings() -> Ceilings:
    """Those in force now, in one query; what nobody has chosen stands at its default."""
    query = select(Option).where(Option.name.in_(_NAMES.values())).execution_options(populate_existing=True)
    chosen = {option.name: option.value for option in db.session.scalars(query)}
    return _ceilings({field: chosen.get(name) for field, name in _NAMES.items()})


def ceiling_columns() -> list[Label[Any]]:
    """The same as columns of another query, for pages that have no query to spare; `read_ceilings` reads them."""
    return [
        select(Option.value).where(Option.name == name).scalar_subquery().label(f"ceiling_{field}")
        for field, name in _NAMES.items()
    ]


def read_ceilings(row: Any) -> Ceilings:
    """What `ceiling_columns` said in this row."""
    return _ceilings({field: getattr(row, f"ceiling_{field}") for field in _NAMES})


def set_ceilings(wanted: Ceilings, *, by: User, at: datetime) -> bool:
    """Have these hold from now on, one entry on the trail for each that changes; False: they hold already.

    Raises `WrongOption` for the first that cannot be.
    """
    _check(wanted)
    before = _held()
    changes = [(name, getattr(before, name), getattr(wanted, name)) for name in _NAMES]
    for field, old, new in changes:
        if old != new:
            _write(_NAMES[field], new, by, at)
            facts = {"name": _NAMES[field], "before": old, "after": new}
            audit.record(AuditKind.OPTION_CHANGED, at=at, actor=by, **facts)
    return before != wanted


def upload_quota_column() -> Label[Any]:
    """The space of each sponsor as a column of another query; `read_upload_quota` reads it."""
    return select(Option.value).where(Option.name == _QUOTA_NAME).scalar_subquery().label("upload_quota")


def read_upload_quota(chosen: Any) -> int:
    """What `upload_quota_column` said, in bytes."""
    return (DEFAULT_QUOTA if chosen is None else int(chosen)) * GIGABYTE


def upload_quota() -> int:
    """How many bytes of originals each sponsor may keep; one query."""
    return read_upload_quota(db.session.execute(select(upload_quota_column())).scalar_one())


def set_upload_quota(gigabytes: int, *, by: User, at: datetime) -> bool:
    """Have each sponsor keep so much from now on; nothing that is kept goes. False: it holds already.

    Raises `WrongOption`.
    """
    return _set_number("space", _QUOTA_NAME, gigabytes, QUOTA_RANGE, DEFAULT_QUOTA, by, at)


def new_guests_column() -> Label[Any]:
    """How many new guests each sponsor may invite in 24 hours, as a column of another query."""
    return select(Option.value).where(Option.name == _NEW_GUESTS_NAME).scalar_subquery().label("new_guests")


def read_new_guests(chosen: Any) -> int:
    """What `new_guests_column` said."""
    return DEFAULT_NEW_GUESTS if chosen is None else int(chosen)


def new_guests() -> int:
    """How many new guests a sponsor may invite in 24 hours; one query."""
    return read_new_guests(db.session.execute(select(new_guests_column())).scalar_one())


def set_new_guests(number: int, *, by: User, at: datetime) -> bool:
    """Have sponsors invite so many from now on; who is invited stays. False: it holds already. Raises `WrongOption`."""
    return _set_number("new_guests", _NEW_GUESTS_NAME, number, NEW_GUESTS_RANGE, DEFAULT_NEW_GUESTS, by, at)


def _set_number(
    field: str, name: str, number: int, allowed: tuple[int, int], default: int, by: User, at: datetime
) -> bool:
    least, most = allowed
    if not least <= number <= most:
        raise WrongOption(field, f"Enter a whole number from {least} to {most:,}")
    held = db.session.scalar(select(Option.value).where(Option.name == name).with_for_update())
    before = default if held is None else int(held)
    if before == number:
        return False
    _write(name, number, by, at)
    audit.record(AuditKind.OPTION_CHANGED, at=at, actor=by, name=name, before=before, after=number)
    return True


def _check(wanted: Ceilings) -> None:
    for name, (least, most) in RANGES.items():
        if not least <= getattr(wanted, name) <= most:
            raise WrongOption(name, f"Enter a whole number from {least} to {most}")
    if wanted.days_ahead < wanted.days:
        raise WrongOption("days_ahead", f"One press gives {wanted.days} days, so this is at least {wanted.days}")
    if wanted.most_views < wanted.views:
        raise WrongOption("most_views", f"One press gives {wanted.views} views, so this is at least {wanted.views}")


def _held() -> Ceilings:
    """Those in force, held so that two admins who save at once are told on the trail one after the other."""
    query = select(Option).where(Option.name.in_(_NAMES.values())).order_by(Option.id).with_for_update()
    chosen = {o.name: o.value for o in db.session.scalars(query.execution_options(populate_existing=True))}
    return _ceilings({field: chosen.get(name) for field, name in _NAMES.items()})


def _write(name: str, value: int, by: User, at: datetime) -> None:
    """Insert or replace: the constraint on the name decides when two do it for the first time at once."""
    insert: Any = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
    values = {"value": value, "changed_at": at, "changed_by_id": by.id}
    row = insert(Option).values(name=name, **values)
    db.session.execute(row.on_conflict_do_update(index_elements=["name"], set_=values))


def _ceilings(chosen: Mapping[str, Any]) -> Ceilings:
    return Ceilings(
        **{name: getattr(_DEFAULTS, name) if value is None else int(value) for name, value in chosen.items()}
    )
