"""The report of an event: a page, and the files to take away."""

from flask import Blueprint, Response, abort, render_template, request, url_for

from portal.basics import tables
from portal.basics.clock import now
from portal.domain import events
from portal.domain.events import Report, ReportFile, report_rows
from portal.domain.judging.arithmetic import shown
from portal.storage.db import transaction
from portal.storage.models import SheetState
from portal.web import sending
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.lists import asked_place, page_links
from portal.web.sponsor import report_words
from portal.web.sponsor.event_tabs import tabs_of
from portal.web.sponsor.event_words import head_of, place

bp = Blueprint("event_report", __name__)
_TYPES = {ReportFile.CSV: "text/csv; charset=utf-8", ReportFile.PDF: "application/pdf"}


@bp.get("/events/<key>/report")
@access(Access.SPONSOR)
def show(key: str) -> str:
    at = now()
    report = events.report(key, signed_in_user(), at=at)
    zone = report.event.time_zone
    page = report.page(asked_place())
    return render_template(
        "sponsor/events/report.html",
        event=report.event,
        head=head_of(report.event, at),
        tabs=tabs_of(report.event),
        report=report,
        words=report_words,
        zone=zone,
        place=place(zone),
        today=at.date(),
        page=page,
        links=page_links(page, url_for(".show", key=key)),
        score=shown,
        final=SheetState.FINAL,
    )


@bp.post("/events/<key>/report")
@access(Access.SPONSOR)
def export(key: str) -> Response:
    """A file to take away; a POST, because that it was taken is written down."""
    try:
        form = ReportFile(request.form.get("what", ""))
    except ValueError:
        events.find(key, signed_in_user())
        abort(400)
    with transaction():
        report = events.take_report(key, form, by=signed_in_user(), at=now())
        body = _CONTENT[form](report)
    headers = {
        "Content-Disposition": sending.attachment(f"{report.event.title}, report.{form.value}"),
        "Cache-Control": "private, no-store",
    }
    return Response(body, content_type=_TYPES[form], headers=headers)


def _csv(report: Report) -> bytes:
    return tables.as_csv(report_rows.rows_of(report))


def _pdf(report: Report) -> bytes:
    from portal.web.sponsor.report_pdf import pdf_of  # noqa: PLC0415 - its library is a sixth of every start

    return pdf_of(report)


_CONTENT = {ReportFile.CSV: _csv, ReportFile.PDF: _pdf}
