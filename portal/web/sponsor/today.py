"""The sponsor's day: what needs them, and what has happened."""

from datetime import datetime

from flask import Blueprint, render_template

from portal.basics import dates
from portal.basics.clock import now
from portal.domain import today
from portal.domain.today import Today
from portal.domain.work import tools
from portal.storage.models import Event
from portal.web.access import Access, access
from portal.web.identity import signed_in_user
from portal.web.sponsor.event_words import head_of
from portal.web.sponsor.request_rows import request_rows

bp = Blueprint("today", __name__)

_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")


@bp.get("/today")
@access(Access.SPONSOR)
def index() -> str:
    at, zone = now(), tools().settings.time_zone
    shown = today.today(signed_in_user(), at=at)
    return render_template(
        "sponsor/today/index.html",
        heading=_heading(shown.needs),
        day=dates.long_date(at, zone).rpartition(",")[0],
        today=shown,
        asking=request_rows(shown.asking, at),
        turning=[(event, _turning_title(event, at), head_of(event, at).window) for event in shown.events],
        ending_title=_ending_title(shown.ending_count),
        ending_words=_ending_words(shown),
        unopened_title=_unopened_title(shown),
        unopened_words=_names([guest.address for guest in shown.unopened]),
        feed=[(dates.feed_time(line.at, zone, at), line) for line in shown.feed],
    )


def _heading(needs: int) -> str:
    if not needs:
        return "Nothing needs you today"
    return "One thing needs you" if needs == 1 else f"{_number(needs)} things need you"


def _number(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else f"{number:,}"


def _turning_title(event: Event, at: datetime) -> str:
    """ "closes tomorrow 18:00", to stand behind the title."""
    zone = tools().settings.time_zone
    if event.has_opened(at):
        return f"closes {dates.until_words(event.closes_at, zone, at)}"
    return f"opens {dates.until_words(event.opens_at, zone, at)}"


def _ending_title(guests: int) -> str:
    who = "One guest loses" if guests == 1 else f"{_number(guests)} guests lose"
    return f"{who} access in the next 7 days"


def _ending_words(shown: Today) -> str:
    """ "Rosalind Achterberg on Tuesday 24 November, 18:00, Yuki Tanabe on … and 4 more." """
    at, zone = now(), tools().settings.time_zone
    named = [f"{one.guest.display_name} on {dates.date_and_time(one.at, zone, at)}" for one in shown.ending]
    more = shown.ending_count - len(named)
    return f"{'; '.join(named)}{f'; and {more:,} more' if more else ''}."


def _unopened_title(shown: Today) -> str:
    number = len(shown.unopened)
    if number == 1:
        return "One invitation has not been taken up for a week"
    return f"{_number(number)} invitations have not been taken up for a week"


def _names(addresses: list[str]) -> str:
    more = f" and {len(addresses) - 3:,} more" if len(addresses) > 3 else ""
    return f"{', '.join(addresses[:3])}{more}."
