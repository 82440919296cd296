"""“Shared with you”: what names the guest, by who shares it (design 03)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.basics import dates
from portal.basics.clock import now
from portal.basics.errors import NotFound
from portal.domain import access as who_may
from portal.domain import links, resuming
from portal.domain.access import Listing
from portal.domain.work import tools
from portal.mail.wording import counted
from portal.storage.models import User
from portal.web.access import Access, access
from portal.web.guest import cards, going_on
from portal.web.identity import signed_in_user
from portal.web.zones import reading_zone

bp = Blueprint("home", __name__)
_LAST_PAGE = 10_000
WORTH_LOOKING = 2
"""With so many recordings there is a field to look for words in them."""


@dataclass(frozen=True)
class Pages:
    """The way to the neighbouring pages; None: there is none."""

    newer: str | None
    older: str | None
    summary: str


@bp.get("/")
@access(Access.SIGNED_IN)
def index() -> str | Response:
    viewer, at = signed_in_user(), now()
    if not viewer.is_guest:
        return redirect(links.TODAY, 303)
    listing = asked_listing(viewer, at)
    words = shown(viewer, listing, at, lambda page: url_for(".index", page=page))
    return render_template("guest/home/index.html", **words | {"may_look": listing.live_count >= WORTH_LOOKING})


def asked_listing(viewer: User, at: datetime) -> Listing:
    """The page of what is shared with this person that the address asks for. Raises `NotFound` past the last one."""
    listing = who_may.listed_for(viewer, at=at, page=_page())
    if listing.page > 1 and not listing.live:
        raise NotFound("page")
    return listing


def shown(viewer: User, listing: Listing, at: datetime, url_of_page: Callable[[int], str]) -> dict[str, Any]:
    """What the template says of a listing; also where somebody else looks at the page (web/sponsor/seeing_as.py)."""
    zone = reading_zone()
    stopped_at = resuming.latest(listing)
    others = [shared for shared in cards.watchable(listing) if shared is not stopped_at]
    groups = cards.grouped(others, zone, at)
    return {
        "counted": _sentences(_counted(listing), _account_end(viewer, zone)),
        "going_on": going_on.card(viewer, stopped_at, zone, at) if stopped_at else None,
        "groups": groups,
        "over": [cards.over_card(shared, zone, at) for shared in listing.over],
        "over_count": listing.over_count,
        "contact": who_may.contact_of(viewer) if not groups and not stopped_at else None,
        "pages": _pages(listing, url_of_page),
        "may_look": False,
    }


def _page() -> int:
    typed = request.args.get("page", "1")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 9 and 0 < int(typed) <= _LAST_PAGE):
        raise NotFound("page")
    return int(typed)


def _counted(listing: Listing) -> str:
    """ "Five recordings, from two people at Aldermere University. One recording begins later." """
    sentences = []
    if listing.live_count:
        people = _of(listing.people_count, "person").replace("persons", "people")
        site_name = tools().settings.site_name
        sentences.append(_sentence(f"{_of(listing.live_count, 'recording')}, from {people} at {site_name}."))
    later = len(listing.coming)
    if later:
        sentences.append(_sentence(f"{_of(later, 'recording')} {'begins' if later == 1 else 'begin'} later."))
    return " ".join(sentences)


def _account_end(viewer: User, zone: str) -> str:
    """That the account ends, which no recording says of itself."""
    return f"Your account ends on {dates.long_date(viewer.ends_at, zone)}." if viewer.ends_at else ""


def _sentences(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _of(number: int, thing: str) -> str:
    return f"one {thing}" if number == 1 else counted(number, thing)


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def _pages(listing: Listing, url_of_page: Callable[[int], str]) -> Pages | None:
    if listing.page == 1 and not listing.has_more:
        return None
    first = (listing.page - 1) * who_may.CARDS_A_PAGE + 1
    return Pages(
        newer=url_of_page(listing.page - 1) if listing.page > 1 else None,
        older=url_of_page(listing.page + 1) if listing.has_more else None,
        summary=f"{first} to {first + len(listing.live) - 1} of {listing.live_count:,}",
    )
