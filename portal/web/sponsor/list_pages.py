"""The pages of a list: what would happen to each row, what came of it, and the file of those that are left out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import render_template, request, url_for

from portal.basics import tables
from portal.domain import guest_lists
from portal.domain.grants import Fate, FateKind
from portal.domain.guest_lists import Column, FoundList, RowFate
from portal.storage.models import User
from portal.web.sponsor.doors import door_of
from portal.web.sponsor.fate_words import FateLine, Numbers, fate_line, needs_look, numbers_of, sentence, terms_words
from portal.web.sponsor.lists_forms import words_of
from portal.web.state_tags import StateTag
from portal.web.template_tools import Link

ROWS_OF_A_PAGE = 50
_FILTERS = {"look": "Needs a look", "all": "All", "new": "New", "known": "Known"}
_NO_ADDRESS = StateTag("stop", "No address", "cross")
_BAR = 1000


@dataclass(frozen=True)
class RowLine:
    """One row of the table. `same_as`: the row above that has this address; its own fate is told there."""

    number: int
    name: str
    line: FateLine
    tag: StateTag
    words: str
    is_corrected_here: bool


@dataclass(frozen=True)
class Share:
    """One kind of outcome: how many, in words, and its part of the bar, in thousandths."""

    kind: str
    number: int
    words: str
    begin: int
    width: int


def preview_page(found: FoundList, *, by: User, at: datetime) -> str:
    """What sending the list would do."""
    rows = guest_lists.preview(found, by=by, at=at)
    fates = [row.fate for row in rows if row.same_as is None]
    numbers = numbers_of(fates, doubled=len(rows) - len(fates))
    groups = {name: [row for row in rows if _is_in(row, name)] for name in _FILTERS}
    show = _asked_filter(groups)
    chosen = groups[show]
    page = min(_asked_page(), max(0, (len(chosen) - 1) // ROWS_OF_A_PAGE))
    first = page * ROWS_OF_A_PAGE
    door = door_of(found.on)
    return render_template(
        "sponsor/lists/show.html",
        found=found,
        door=door,
        title_words=_title(len(rows), numbers),
        numbers=numbers,
        shares=_shares(numbers),
        button_label=_button(numbers),
        tabs=_tabs(found, groups, show),
        show=show,
        lines=[_row_line(row, by, found) for row in chosen[first : first + ROWS_OF_A_PAGE]],
        summary=f"{first + 1:,} to {min(len(chosen), first + ROWS_OF_A_PAGE):,} of {len(chosen):,}" if chosen else "",
        earlier=_page_url(found, show, page - 1) if page else None,
        later=_page_url(found, show, page + 1) if first + ROWS_OF_A_PAGE < len(chosen) else None,
        term_lines=terms_words(
            found.terms,
            is_several=door.kind != "recording",
            others_keep=any(fate.grant and not fate.is_anew and not fate.is_left_out for fate in fates),
        ),
        columns=_columns_words(found),
        ended=sum(fate.kind is FateKind.ENDED for fate in fates),
        bad=sum(row.is_bad for row in rows),
        seen_over=" ".join(f"{fate.grant.id}:{fate.grant.version}" for fate in fates if fate.is_anew and fate.grant),
    )


def outcome_page(found: FoundList) -> str:
    """What came of a list that was sent."""
    result = found.kept.result or {}
    rows = found.rows()
    place = found.columns.place(Column.ADDRESS) or 0
    left_out = [
        {"number": number, "typed": (rows[number - 1][place : place + 1] or [""])[0], "words": words}
        for number, words in result.get("left_out", [])[:ROWS_OF_A_PAGE]
    ]
    return render_template(
        "sponsor/lists/sent.html",
        found=found,
        door=door_of(found.on),
        result=result,
        left_out=left_out,
        title_words=_sent_title(result),
        not_shown=max(0, len(result.get("left_out", [])) - len(left_out)),
    )


def csv_of_left_out(found: FoundList, *, by: User, at: datetime) -> bytes:
    """The rows that are left out as they came, with a column more that says why."""
    if found.is_sent:
        reasons = dict((found.kept.result or {}).get("left_out", []))
    else:
        rows = guest_lists.preview(found, by=by, at=at)
        reasons = {row.entry.number: why_left_out(row.fate) for row in rows if row.is_bad}
    width = len(found.columns.kinds)
    lines: list[list[str]] = []
    is_first = found.columns.has_head
    for number, row in enumerate(found.rows(), 1):
        if not any(row):
            continue
        cells = row + [""] * (width - len(row))
        if is_first:
            lines.append([*cells, "Why it was left out"])
            is_first = False
        elif number in reasons:
            lines.append([*cells, reasons[number]])
    return tables.as_csv(lines)


def why_left_out(fate: Fate) -> str:
    """Why nobody is named by a row, in a sentence that is true afterwards, too."""
    if fate.kind is FateKind.UNREADABLE:
        return f"{fate.fault}."
    return sentence(fate).removesuffix(" Left out.").removesuffix(" Keeps what they have.")


def _row_line(row: RowFate, by: User, found: FoundList) -> RowLine:
    line = fate_line(row.fate, by=by, until=found.terms.ends_at)
    tag, words = line.tag, line.words
    if row.same_as is not None:
        tag, words = StateTag("plain", f"Same as row {row.same_as:,}", "check"), "One letter; the row above counts."
    elif not row.entry.typed:
        tag, words = _NO_ADDRESS, "There is no address in this row. Type it here, or leave the row out."
    elif row.fate.kind is FateKind.ENDED:
        words = f"{words} {line.renewal}, if you say so beside the list."
    return RowLine(row.entry.number, line.name or row.entry.name, line, tag, words, line.is_unreadable)


def _is_in(row: RowFate, name: str) -> bool:
    match name:
        case "look":
            return row.same_as is not None or needs_look(row.fate)
        case "new":
            return row.same_as is None and row.fate.kind is FateKind.NEW
        case "known":
            return row.same_as is None and row.fate.kind is not FateKind.NEW and not row.fate.is_left_out
    return True


def _asked_filter(groups: dict[str, list[RowFate]]) -> str:
    asked = request.args.get("show", "")
    if asked in _FILTERS:
        return asked
    return "look" if groups["look"] else "all"


def _asked_page() -> int:
    asked = request.args.get("page", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0


def _page_url(found: FoundList, show: str, page: int) -> str:
    return url_for("sponsor.lists.show", key=found.kept.key, show=show, page=page or None)


def _tabs(found: FoundList, groups: dict[str, list[RowFate]], show: str) -> list[Link]:
    return [
        Link(label, _page_url(found, name, 0), name == show, len(groups[name]))
        for name, label in _FILTERS.items()
        if groups[name] or name in (show, "all")
    ]


def _title(rows: int, numbers: Numbers) -> str:
    if not numbers.changing:
        return "Nothing would change" if numbers.unchanged else "Nobody can be invited"
    if numbers.changing == rows:
        return "The 1 row can be invited" if rows == 1 else f"All {rows:,} rows can be invited"
    return f"{numbers.changing:,} of {rows:,} rows can be invited"


def _button(numbers: Numbers) -> str:
    if not numbers.changing:
        return ""
    return "Invite 1 person" if numbers.changing == 1 else f"Invite {numbers.changing:,} people"


def _shares(numbers: Numbers) -> list[Share]:
    """The outcomes that there are, the best first, as parts of one bar; none of them is too thin to be seen."""
    one = numbers.told == 1
    kinds = [
        ("new", numbers.invited, "gets an invitation" if numbers.invited == 1 else "get an invitation"),
        ("known", numbers.told, f"{'has' if one else 'have'} an account: one letter says what is new"),
        ("less", numbers.lessened, "may watch less"),
        ("same", numbers.unchanged, "named here already: nothing changes"),
        ("double", numbers.doubled, "appears twice" if numbers.doubled == 1 else "appear twice"),
        ("out", numbers.left_out, "is left out" if numbers.left_out == 1 else "are left out"),
    ]
    there = [kind for kind in kinds if kind[1]]
    widths = _widths([number for _, number, _ in there])
    shares, begin = [], 0
    for (kind, number, words), width in zip(there, widths, strict=True):
        shares.append(Share(kind, number, words, begin, width - 4))
        begin += width
    return shares


def _widths(numbers: Sequence[int]) -> list[int]:
    least, whole = 14, sum(numbers)
    widths = [max(least, number * _BAR // whole) for number in numbers]
    if widths:
        widest = widths.index(max(widths))
        widths[widest] += _BAR - sum(widths)
    return widths


def _columns_words(found: FoundList) -> list[tuple[str, str]]:
    """Which column is what: its head, or its number, and what it is taken for."""
    held = found.columns
    first = next((row for row in found.rows() if row), [])
    heads = [*(first if held.has_head else []), *[""] * len(held.kinds)]
    return [
        (heads[place] or f"column {place + 1}", words_of(kind))
        for place, kind in enumerate(held.kinds)
        if kind is not Column.IGNORED
    ]


def _sent_title(result: dict[str, Any]) -> str:
    numbers = Counter({name: int(result.get(name, 0)) for name in ("invited", "told", "lessened")})
    reached = numbers.total()
    if not reached:
        return "Nothing has changed"
    return "1 person is named now" if reached == 1 else f"{reached:,} people are named now"
