"""The audit trail for admins: read, filter, check."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField, StringField  # type: ignore[attr-defined]  # missing in its stubs

from portal.basics import addresses, dates, typed_dates
from portal.basics.clock import now
from portal.domain import audit, audit_reading
from portal.domain.audit import AuditKind
from portal.domain.audit_reading import Entry, Wanted
from portal.domain.work import tools
from portal.web.access import Access, access
from portal.web.admin.audit_sentences import Piece, name_of, sentence
from portal.web.lists import asked_place, page_links

bp = Blueprint("audit", __name__)
_YEAR = timedelta(days=364)


@dataclass(frozen=True)
class Line:
    """One entry as a row."""

    sequence: int
    day: str
    time: str
    network: str
    pieces: list[Piece]


class FilterForm(FlaskForm):
    """Sent by GET: what is asked for stands in the address."""

    class Meta:
        csrf = False

    kind = SelectField("What was done")
    person = StringField("By or about (mail address)")
    on = StringField("Session or folder")
    since = StringField("From")
    until = StringField("To")

    def __init__(self) -> None:
        super().__init__(request.args)
        kinds = sorted((name_of(kind), kind.label) for kind in AuditKind)
        self.kind.choices = [SelectChoice("", "Everything"), *(SelectChoice(label, name) for name, label in kinds)]

    def wanted(self) -> Wanted:
        """What is asked for; what cannot be read is left out and said beside its field."""
        kinds = {kind.label: kind for kind in AuditKind}
        since, until = self._day(self.since), self._day(self.until)
        if since and until and until < since:
            self._say(self.until, "“To” lies before “From”")
            until = None
        return Wanted(
            kind=kinds.get(self.kind.data or ""),
            person=self._person(),
            on=(self.on.data or "").strip()[:200],
            since=since,
            until=until + timedelta(days=1) if until else None,
        )

    def _person(self) -> str:
        typed = (self.person.data or "").strip()
        try:
            return addresses.normalise(typed) if typed else ""
        except addresses.NotAnAddress as fault:
            self._say(self.person, str(fault))
            return ""

    def _day(self, field: StringField) -> datetime | None:
        """The begin of the day that is meant, the latest such one when no year is given."""
        typed = (field.data or "").strip()
        if not typed:
            return None
        try:
            return _begin_of_day(typed)
        except typed_dates.NotADate as fault:
            self._say(field, str(fault))
            return None

    @staticmethod
    def _say(field: StringField, words: str) -> None:
        field.errors = [*field.errors, words]


@bp.get("/admin/audit")
@access(Access.ADMIN)
def index() -> str | tuple[str, int]:
    form = FilterForm()
    wanted = form.wanted()
    page = audit_reading.listed(wanted, asked_place())
    words = render_template(
        "admin/audit/index.html",
        form=form,
        is_filtered=wanted != Wanted(),
        lines=[_line(entry) for entry in page.rows],
        pages=page_links(page),
        size=audit_reading.size(),
    )
    return (words, 422) if form.errors else words


@bp.post("/admin/audit/check")
@access(Access.ADMIN)
def check() -> Response:
    found = audit.verify()
    if found.fault:
        flash(f"The trail is broken\n{found.fault} The {found.entries:,} before it are unbroken.", "stop")
    else:
        erased = f" The facts of {found.erased:,} were erased." if found.erased else ""
        flash(
            f"Checked: {_counted(found.entries)}, unbroken\nThe last one’s hash is {found.last_hash}.{erased}", "done"
        )
    return redirect(url_for(".index"), 303)


def _line(entry: Entry) -> Line:
    zone = tools().settings.time_zone
    local = dates.in_zone(entry.at, zone)
    return Line(
        sequence=entry.sequence,
        day=dates.short_date(entry.at, zone, now()),
        time=f"{local:%H:%M:%S}",
        network=entry.network,
        pieces=sentence(entry, zone),
    )


def _begin_of_day(typed: str) -> datetime:
    zone = tools().settings.time_zone
    named = {"today": 0, "yesterday": 1}.get(typed.casefold())
    if named is not None:
        day = dates.in_zone(now(), zone) - timedelta(days=named)
    else:  # seen from a year ago, the next such day is the latest one
        day = dates.in_zone(typed_dates.read_moment(typed, zone, now() - _YEAR), zone)
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _counted(entries: int) -> str:
    return "1 entry" if entries == 1 else f"{entries:,} entries"
