"""What the report of an event says, on its page and on paper alike."""

from dataclasses import dataclass
from datetime import date, datetime

from portal.basics import dates
from portal.domain.events import AccountFate, ClosingOfEvent, Report, ReportedGuest, report_rows
from portal.domain.events.report import Reached
from portal.storage.models import OnClosing
from portal.web.state_tags import StateTag

HOW_COUNTED = (
    "Opened: how many guests opened its page. Viewed: how many took a view. Whole: how many watched all of it. "
    "Watched: the mean of how much each guest to whom it was given has seen; a part seen twice counts once."
)
_FATES = {
    AccountFate.VOIDED: StateTag("stop", "Password stopped", "lock"),
    AccountFate.DISABLED: StateTag("stop", "Disabled", "lock"),
    AccountFate.KEPT: StateTag("plain", "Kept", "check"),
    AccountFate.ELSEWHERE: StateTag("plain", "Has something else", "check"),
    AccountFate.NOT_SET_UP: StateTag("time", "Never set up", "clock"),
    AccountFate.UNTOUCHED: StateTag("plain", "Left as it was", "check"),
}


@dataclass(frozen=True)
class Figure:
    """A number with what it counts."""

    number: int
    label: str


def figures_of(report: Report) -> list[Figure]:
    numbers = report.numbers
    return [
        Figure(numbers.guests, "invited"),
        Figure(numbers.set_up, "set up"),
        Figure(numbers.came, "came"),
        Figure(numbers.finished, "finished"),
        Figure(numbers.views, "view taken" if numbers.views == 1 else "views taken"),
        Figure(numbers.whole, "watched whole"),
        *([Figure(numbers.finals, "final sheet" if numbers.finals == 1 else "final sheets")] * report.event.is_judged),
    ]


def closing_head(closing: ClosingOfEvent, zone: str) -> str:
    """ "Closed by Dana Lee on Friday 4 December 2026, 18:00 CET" """
    how = f"by {closing.by}" if closing.by else "by the clock" if closing.closing.by_id is None else "by hand"
    return f"Closed {how} on {dates.long_date(closing.closing.at, zone)}"


def closing_lines(closing: ClosingOfEvent) -> list[str]:
    """What it ended, in numbers."""
    did = closing.closing
    lines = [
        _counted(did.grants_ended, "guest lost access", "guests lost access"),
        _counted(did.sign_ins_ended, "sign-in ended", "sign-ins ended"),
    ]
    if did.on_closing is OnClosing.VOID:
        lines.append(_counted(closing.voided, "password stopped working", "passwords stopped working"))
    elif did.on_closing is OnClosing.DISABLE:
        lines.append(_counted(did.accounts_disabled, "account was disabled", "accounts were disabled"))
    else:
        lines.append("all accounts were kept")
    if did.sheets_frozen:
        lines.append(_counted(did.sheets_frozen, "score sheet was frozen", "score sheets were frozen"))
    return lines


def reopened_words(closing: ClosingOfEvent, zone: str) -> str:
    """That it was opened again; empty when it was not."""
    if closing.closing.reopened_at is None:
        return ""
    by = f" by {closing.reopened_by}" if closing.reopened_by else ""
    return f"Opened again{by} on {dates.long_date(closing.closing.reopened_at, zone)}."


def fate_tag(guest: ReportedGuest) -> StateTag | None:
    return _FATES[guest.account] if guest.account else None


def fate_words(guest: ReportedGuest) -> str:
    return _FATES[guest.account].word if guest.account else ""


def sheet_words(one: Reached) -> str:
    return report_rows.SHEETS[one.sheet] if one.sheet else "not begun"


def percent(share: float) -> str:
    return f"{report_rows.percent(share)}%"


def day_and_time(at: datetime | None, zone: str, today: date) -> str:
    """ "4 Dec, 18:00", with the year when it is not this one; a dash for never."""
    if at is None:
        return "–"
    return f"{dates.short_date(at, zone, today)}, {dates.in_zone(at, zone):%H:%M}"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
