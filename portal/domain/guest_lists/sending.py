"""What sending a list would do to each row, and sending it: all good rows at once, or none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from portal.domain import grants
from portal.domain.grants import Fate, FateKind, Named
from portal.domain.guest_lists.keeping import AlreadySent, FoundList
from portal.domain.guest_lists.reading import Entry, Wishes
from portal.storage.db import db
from portal.storage.models import GuestList, User


@dataclass(frozen=True, slots=True)
class RowFate:
    """What happens to one row. `same_as` is the number of the row above that has this address; None: there is none."""

    entry: Entry
    fate: Fate
    same_as: int | None = None

    @property
    def is_bad(self) -> bool:
        """Whether it comes back: it is left out, and no other row has its person."""
        return self.same_as is None and self.fate.is_left_out


def preview(found: FoundList, *, by: User, at: datetime) -> list[RowFate]:
    """What sending the list now would do to each of its rows, in their order; nothing is changed."""
    entries = found.entries()
    firsts, same_as = _firsts(entries)
    wishes = Wishes(found.on, found.terms, at)
    fates = grants.fates_of_all([wishes.of(entry) for entry in firsts], found.on, by=by, at=at)
    by_number = {entry.number: fate for entry, fate in zip(firsts, fates, strict=True)}
    return [
        RowFate(entry, by_number[same_as.get(entry.number, entry.number)], same_as.get(entry.number))
        for entry in entries
    ]


def send(
    found: FoundList,
    *,
    renew: bool,
    seen_over: Mapping[int, int],
    why: Callable[[Fate], str],
    by: User,
    at: datetime,
) -> Named:
    """Name everyone whom the list can name, and write down in it what came of it. It is sent once.

    `renew`: accounts that have ended are renewed, else they are left out. `seen_over`: see `grants.name`. `why` says in
    words why somebody is left out, to be read as long as the list is kept. Raises `AlreadySent`, and `NotFound` when
    what it is for was deleted meanwhile.
    """
    _take(found, at)
    entries = found.entries()
    firsts, same_as = _firsts(entries)
    wishes = Wishes(found.on, found.terms, at)
    wanted = [wishes.of(entry) for entry in firsts]
    named = grants.name_all(
        wanted,
        found.on,
        by=by,
        at=at,
        note=found.kept.note,
        renew=frozenset(entry.address for entry in firsts if entry.address) if renew else frozenset(),
        seen_over=seen_over,
        of_list=found.kept.file_name,
    )
    left_out = _left_out(entries, same_as, named, why)
    result = {
        "rows": len(entries),
        "invited": len(named.invited),
        "told": len(named.told),
        "lessened": len(named.lessened),
        "unchanged": len(named.unchanged),
        "doubled": len(same_as),
        "left_out": left_out,
    }
    db.session.execute(update(GuestList).where(GuestList.id == found.kept.id).values(result=result))
    return named


def _take(found: FoundList, at: datetime) -> None:
    """One statement decides who sends it."""
    query = update(GuestList).where(GuestList.id == found.kept.id, GuestList.sent_at.is_(None)).values(sent_at=at)
    if not db.session.execute(query).rowcount:  # type: ignore[attr-defined]
        raise AlreadySent("This list has been sent")
    db.session.refresh(found.kept)  # a row may have been corrected since it was read


def _firsts(entries: Sequence[Entry]) -> tuple[list[Entry], dict[int, int]]:
    """The rows that count, one for each address; and of the others, by their number, that of the row above."""
    seen: dict[str, int] = {}
    firsts: list[Entry] = []
    same_as: dict[int, int] = {}
    for entry in entries:
        first = seen.setdefault(entry.address, entry.number) if entry.address else entry.number
        if first == entry.number:
            firsts.append(entry)
        else:
            same_as[entry.number] = first
    return firsts, same_as


def _left_out(
    entries: Sequence[Entry], same_as: Mapping[int, int], named: Named, why: Callable[[Fate], str]
) -> list[tuple[int, str]]:
    """The numbers of the rows that come back, each with why."""
    reasons: dict[str, str] = {}
    for fate in named.left_out:
        reasons[fate.address or fate.typed] = _ended(fate) or why(fate)
    return [
        (entry.number, reasons[entry.address or entry.typed])
        for entry in entries
        if entry.number not in same_as and (entry.address or entry.typed) in reasons
    ]


def _ended(fate: Fate) -> str:
    return "The account has ended, and was not renewed." if fate.kind is FateKind.ENDED else ""
