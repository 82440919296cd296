"""Terms in one line, always in the same order: from, until, views (design, "The terms, always")."""

from datetime import datetime

from portal.basics import dates
from portal.basics.clock import now
from portal.domain.grants import Terms
from portal.domain.work import tools
from portal.storage.models import WhenItEnds


def terms_line(terms: Terms, *, is_several: bool) -> str:
    """ "from Friday 4 December, 18:00, until Friday 11 December, 18:00, 2 views" """
    parts = [
        f"from {_moment(terms.begins_at)}" if terms.begins_at else "",
        f"until {_moment(terms.ends_at)}" if terms.ends_at else "without an end",
        views_words(terms.views, is_several=is_several),
        "stopping at once when it ends" if terms.ends_at and terms.when_it_ends is WhenItEnds.STOP else "",
    ]
    return ", ".join(part for part in parts if part)


def views_words(views: int | None, *, is_several: bool) -> str:
    """ "2 views", "2 views of each recording", "no limit of views" """
    if views is None:
        return "no limit of views"
    counted = "1 view" if views == 1 else f"{views} views"
    return f"{counted} of each recording" if is_several else counted


def _moment(at: datetime) -> str:
    return dates.date_and_time(at, tools().settings.time_zone, now())
