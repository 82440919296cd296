"""Long lists of the admin pages: where one is in them and the links to the neighbouring pages, filters kept."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from flask import request

from portal.domain.paging import Page, Place

_BIGGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class PageLinks:
    """Addresses of the neighbouring pages; None at that end."""

    newer: str | None
    older: str | None


def asked_place() -> Place:
    """Where in the list the address asks to be; the newest page when it says nothing usable."""
    return Place(before=_asked_id("before"), after=_asked_id("after"))


def page_links(page: Page[Any], path: str = "") -> PageLinks:
    """Links to the neighbours of a page of this request's own list, or of the one at `path` that it shows again."""
    return PageLinks(
        newer=_address(path, after=page.newer) if page.newer is not None else None,
        older=_address(path, before=page.older) if page.older is not None else None,
    )


def same_page(path: str = "") -> str:
    """This request's own list, or the one at `path`, at the same place and narrowed as now."""
    kept = urlencode([(name, value) for name, value in request.args.items() if value])
    return f"{path or quote(request.path)}{'?' if kept else ''}{kept}"


def _asked_id(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= _BIGGEST_ID else None


def _address(path: str, **place: int) -> str:
    """This page's own address with another place in the list; what else stands in it is kept."""
    kept = [(name, value) for name, value in request.args.items() if value and name not in ("before", "after")]
    return f"{path or quote(request.path)}?{urlencode([*kept, *place.items()])}"
