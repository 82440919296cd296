"""Lists between the file and the letters: brought, looked at, corrected. Nobody is named yet."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update

from portal.basics import tokens
from portal.basics.errors import NotFound
from portal.basics.tables import Table
from portal.domain.grants import Terms, Thing, as_facts, column_of
from portal.domain.guest_lists.columns import Column, Columns, guess
from portal.domain.guest_lists.reading import Entry, read_row, read_rows
from portal.domain.looking_after import own_sessions
from portal.domain.work import tools
from portal.storage.db import db
from portal.storage.models import Event, Folder, GuestList, User, VideoSession, WhenItEnds

MOST_ROWS = 10_000
"""Of one list, its head not counted."""
KEPT = timedelta(days=1)


class WrongList(ValueError):
    """A list that cannot be used; the message is a sentence for beside the field."""


class AlreadySent(ValueError):
    """The list was sent meanwhile: nothing of it changes any more."""


@dataclass(frozen=True)
class FoundList:
    """A list that somebody brought, and what it is for."""

    kept: GuestList
    on: Thing

    @property
    def is_sent(self) -> bool:
        return self.kept.sent_at is not None

    @property
    def columns(self) -> Columns:
        return Columns.of_json(self.kept.columns)

    @property
    def terms(self) -> Terms:
        """What was typed for all rows that say nothing else."""
        kept = self.kept.terms
        begins, until = (datetime.fromisoformat(kept[name]) if kept[name] else None for name in ("begins", "until"))
        return Terms(begins, until, kept["views"], WhenItEnds(kept["when_it_ends"]))

    def rows(self) -> list[list[str]]:
        """As they stand in the file, from its first on; an empty row is an empty list."""
        rows: list[list[str]] = json.loads(self.kept.rows)
        return rows

    def entries(self) -> list[Entry]:
        """What its rows mean by its columns."""
        return [Entry.of_json(kept) for kept in json.loads(self.kept.entries)]


def keep(table: Table, on: Thing, *, terms: Terms, note: str, by: User, at: datetime, file_name: str = "") -> GuestList:
    """Keep a list for a day, with its columns guessed. Raises `WrongList` when it holds no address."""
    columns = guess(table.rows)
    if columns.place(Column.ADDRESS) is None:
        raise WrongList("There is no mail address in this list. It needs one column with them")
    entries = read_rows(table.rows, columns, zone=tools().settings.time_zone, at=at)
    _check_number(entries)
    kept = GuestList(
        key=tokens.new_key(),
        by_id=by.id,
        file_name=file_name[:200],
        sheet=table.sheet[:200],
        rows=_as_text(table.rows),
        columns=columns.as_json(),
        entries=_as_text([entry.as_json() for entry in entries]),
        note=note,
        terms=as_facts(terms),
        created_at=at,
        **{column_of(on): on.id},
    )
    db.session.add(kept)
    db.session.flush()
    return kept


def find(key: str, by: User, *, at: datetime) -> FoundList:
    """A list that this person brought within a day, for something they still look after. Raises `NotFound`."""
    query = (
        select(GuestList, VideoSession, Folder, Event)
        .outerjoin(VideoSession, VideoSession.id == GuestList.video_session_id)
        .outerjoin(Folder, Folder.id == GuestList.folder_id)
        .outerjoin(Event, Event.id == GuestList.event_id)
        .where(GuestList.key == key, GuestList.by_id == by.id, GuestList.created_at > at - KEPT, _still_theirs(by))
        .execution_options(populate_existing=True)
    )
    row: Any = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound("There is no such list")
    kept, video_session, folder, event = row
    return FoundList(kept, video_session or folder or event)


def choose_columns(found: FoundList, columns: Columns, *, at: datetime) -> None:
    """Read the list anew by these columns. Raises `WrongList`, and `AlreadySent`."""
    if columns.place(Column.ADDRESS) is None:
        raise WrongList("Say which column holds the mail addresses")
    for kind in Column:
        if kind is not Column.IGNORED and columns.kinds.count(kind) > 1:
            raise WrongList("Two columns cannot be the same: set one of them to “Not used”")
    entries = read_rows(found.rows(), columns, zone=tools().settings.time_zone, at=at)
    _check_number(entries)
    _save(found, columns=columns.as_json(), entries=_as_text([entry.as_json() for entry in entries]))


def correct(found: FoundList, number: int, address: str, *, at: datetime) -> bool:
    """Have this row hold another address; False for a row that there is not. Raises `AlreadySent`."""
    _hold(found)
    rows, entries, place = found.rows(), found.entries(), found.columns.place(Column.ADDRESS)
    index = next((index for index, entry in enumerate(entries) if entry.number == number), None)
    if index is None or place is None:
        return False
    row = rows[number - 1]
    row += [""] * (place + 1 - len(row))
    row[place] = address.strip()[:500]
    entries[index] = read_row(number, row, found.columns, zone=tools().settings.time_zone, at=at)
    _save(found, rows=_as_text(rows), entries=_as_text([entry.as_json() for entry in entries]))
    return True


def _still_theirs(by: User) -> Any:
    if by.is_admin:
        return or_(GuestList.video_session_id.is_(None), VideoSession.binned_at.is_(None))
    return or_(GuestList.video_session_id.in_(own_sessions(by)), Folder.owner_id == by.id, Event.owner_id == by.id)


def _hold(found: FoundList) -> None:
    """The list as it is now, held until the transaction ends."""
    query = select(GuestList).where(GuestList.id == found.kept.id).with_for_update()
    db.session.execute(query.execution_options(populate_existing=True)).scalar_one()


def _save(found: FoundList, **values: Any) -> None:
    query = update(GuestList).where(GuestList.id == found.kept.id, GuestList.sent_at.is_(None)).values(**values)
    if not db.session.execute(query).rowcount:  # type: ignore[attr-defined]
        raise AlreadySent("This list has been sent")


def _check_number(entries: Sequence[Entry]) -> None:
    if len(entries) > MOST_ROWS:
        raise WrongList(
            f"A list has {MOST_ROWS:,} rows at most; this one has {len(entries):,}. "
            "Split it, and bring one part after the other"
        )
    if not entries:
        raise WrongList("This list has no rows beside its head")


def _as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
