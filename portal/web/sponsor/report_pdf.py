"""The report of an event as a paper."""

from collections.abc import Iterator

from portal.basics import dates
from portal.domain.events import ClosingOfEvent, Report, ReportedGuest
from portal.domain.judging.arithmetic import shown
from portal.domain.work import tools
from portal.storage.models import SheetState
from portal.web.pdf import Column, Paper
from portal.web.sponsor import report_words
from portal.web.sponsor.event_words import place

MOST_PARTS = 1000
"""Lines of “guest by guest”: more make no paper that anybody reads, and stand in the CSV file."""


def pdf_of(report: Report) -> bytes:
    """The whole report; times in the organiser's zone, which is named."""
    event, zone = report.event, report.event.time_zone
    taken = f"As of {dates.long_date(report.at, zone)} ({place(zone)})"
    paper = Paper(event.title, foot=f"{tools().settings.site_name} · Report of {event.title}", at=report.at)
    opens, closes = (dates.long_date(at, zone) for at in (event.opens_at, event.closed_at or event.closes_at))
    paper.words(f"{opens} to {closes} ({place(zone)})")
    paper.words(f"Organised by {report.organiser}. {taken}.", quiet=True)
    paper.figures([(f"{figure.number:,}", figure.label) for figure in report_words.figures_of(report)])
    for closing in report.closings:
        paper.heading(report_words.closing_head(closing, zone))
        _closing(paper, closing, zone)
    paper.heading("Recordings")
    _sessions(paper, report)
    paper.heading("Guests")
    _guests(paper, report)
    _parts(paper, report)
    return paper.written()


def _closing(paper: Paper, closing: ClosingOfEvent, zone: str) -> None:
    paper.words("; ".join(report_words.closing_lines(closing)) + ".")
    reopened = report_words.reopened_words(closing, zone)
    if reopened:
        paper.words(reopened, quiet=True)


def _sessions(paper: Paper, report: Report) -> None:
    if not report.sessions:
        paper.words("The event shows no recordings.")
        return
    columns = [
        Column("Recording", 40),
        Column("Given to", 12, True),
        Column("Opened", 12, True),
        Column("Viewed", 12, True),
        Column("Whole", 12, True),
        Column("Watched", 14, True),
    ]
    if report.event.is_judged:
        columns += [Column("Score", 12, True), Column("Rank", 10, True)]
    rows = []
    for one in report.sessions:
        counts = [f"{number:,}" for number in (one.given, one.opened, one.viewed, one.whole)]
        judged = [shown(one.score) if one.score is not None else "–", str(one.rank or "–")]
        row = [one.title, *counts, report_words.percent(one.share)]
        rows.append(row + judged if report.event.is_judged else row)
    paper.rows(columns, rows)
    paper.words(report_words.HOW_COUNTED, quiet=True)


def _guests(paper: Paper, report: Report) -> None:
    if not report.guests:
        paper.words("Nobody was invited.")
        return
    columns = [
        Column("Guest", 46),
        Column("Invited", 18),
        Column("Set up", 18),
        Column("First view", 18),
        Column("Whole", 13, True),
        Column("Watched", 14, True),
    ]
    if report.event.is_judged:
        columns.append(Column("Final sheets", 12, True))
    if not report.is_open:
        columns.append(Column("Account", 24))
    paper.rows(columns, [_guest(guest, report) for guest in report.guests])


def _guest(guest: ReportedGuest, report: Report) -> list[str]:
    zone, today = report.event.time_zone, report.at.date()
    row = [
        " ".join(guest.name.split()) + "\n" + guest.address if guest.name else guest.address,
        report_words.day_and_time(guest.invited_at, zone, today),
        report_words.day_and_time(guest.set_up_at, zone, today),
        report_words.day_and_time(guest.came_at, zone, today),
        f"{guest.whole:,} of {len(guest.reached):,}",
        report_words.percent(guest.share),
    ]
    if report.event.is_judged:
        row.append(f"{guest.sheets(SheetState.FINAL):,}")
    if not report.is_open:
        row.append(report_words.fate_words(guest))
    return row


def _parts(paper: Paper, report: Report) -> None:
    if not report.numbers.given:
        return
    paper.heading("Guest by guest")
    if report.numbers.given > MOST_PARTS:
        paper.words(f"These are {report.numbers.given:,} lines. They stand in the CSV file of this report.")
        return
    columns = [
        Column("Guest", 34),
        Column("Recording", 40),
        Column("Opened", 12, True),
        Column("Views", 12, True),
        Column("Watched", 14, True),
    ]
    if report.event.is_judged:
        columns += [Column("Score sheet", 20), Column("Score", 12, True)]
    paper.rows(columns, _each_part(report))


def _each_part(report: Report) -> Iterator[list[str]]:
    for guest in report.guests:
        for one in guest.reached:
            row = [guest.known_as, report.session_of[one.session_id].title, f"{one.opens:,}", f"{one.views:,}"]
            row.append(report_words.percent(one.share))
            if report.event.is_judged:
                row += [report_words.sheet_words(one), shown(one.score) if one.score is not None else "–"]
            yield row
