"""In which zone a page tells times: the reader's own, with its name (product.md, Promises).

Whoever types times needs one zone that all colleagues share: the staff read and type in the portal's. Guests read in
that of their own clock, which a script tells in a cookie; without it, in the portal's.
"""

from functools import cache
from zoneinfo import available_timezones

from flask import g, request

from portal.domain.work import tools

COOKIE = "zone"


def reading_zone() -> str:
    """The zone of this request's page."""
    here = g.get("present")  # looked up by now where it can be; an error page asks for nobody
    return tools().settings.time_zone if here is not None and not here.user.is_guest else _of_the_clock()


def _of_the_clock() -> str:
    told = request.cookies.get(COOKIE, "")
    return told if told in _known() else tools().settings.time_zone


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())
