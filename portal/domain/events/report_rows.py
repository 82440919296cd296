"""The report as rows of a file: one for each guest and recording of theirs. Times are in UTC, as the head says."""

from collections.abc import Iterator
from datetime import UTC, datetime

from portal.domain.events.report import AccountFate, Reached, Report, ReportedGuest
from portal.domain.judging.arithmetic import shown
from portal.storage.models import SheetState

FATES = {
    AccountFate.VOIDED: "password stopped working",
    AccountFate.DISABLED: "disabled",
    AccountFate.KEPT: "kept",
    AccountFate.ELSEWHERE: "kept, has something else",
    AccountFate.NOT_SET_UP: "was never set up",
    AccountFate.UNTOUCHED: "left as it was",
}
SHEETS = {SheetState.DRAFT: "draft", SheetState.FINAL: "final", SheetState.RECUSED: "stood aside"}
_GUEST = ("Guest", "Address", "Invited (UTC)", "Set up (UTC)", "First view (UTC)", "Last seen (UTC)", "Account")
_PART = ("Recording", "Opened", "Views", "Watched %", "Watched whole")
_JUDGED = ("Score sheet", "Score of 100")


def rows_of(report: Report) -> Iterator[list[str]]:
    """A head, then the rows; a guest to whom nothing was given has one that ends early."""
    judged = _JUDGED if report.event.is_judged else ()
    yield [*_GUEST, *_PART, *judged]
    for guest in report.guests:
        about = _about(guest)
        if not guest.reached:
            yield about + [""] * (len(_PART) + len(judged))
        for one in guest.reached:
            part = [
                report.session_of[one.session_id].title,
                str(one.opens),
                str(one.views),
                percent(one.share),
                "yes" if one.is_whole else "no",
            ]
            yield about + part + (_sheet(one) if judged else [])


def percent(share: float) -> str:
    """Whole percents: 100 only of all of it, and 0 only of nothing."""
    if share <= 0:
        return "0"
    return "100" if share >= 0.995 else str(max(1, round(share * 100)))


def _about(guest: ReportedGuest) -> list[str]:
    return [
        guest.name,
        guest.address,
        _moment(guest.invited_at),
        _moment(guest.set_up_at),
        _moment(guest.came_at),
        _moment(guest.last_at),
        FATES[guest.account] if guest.account else "",
    ]


def _sheet(one: Reached) -> list[str]:
    return [SHEETS[one.sheet] if one.sheet else "not begun", shown(one.score) if one.score is not None else ""]


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}" if at else ""
