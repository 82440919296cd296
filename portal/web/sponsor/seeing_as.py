"""See as this guest: their own start page, to look at and not to use (product.md, Admins).

Opening it is a press that leaves its entry on the audit trail; the page itself then only reads. A bookmark, or an
address that is passed on, leads to the press again.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask import session as cookie
from werkzeug.wrappers import Response

from portal.basics.clock import now
from portal.basics.roles import UserState
from portal.domain import seeing_as
from portal.domain.access import Listing
from portal.domain.seeing_as import SeenGuest
from portal.storage.db import transaction
from portal.storage.models import User
from portal.web.access import Access, access
from portal.web.guest import home
from portal.web.guest.cards import Card, Group, OverCard
from portal.web.guest.going_on import GoingOn
from portal.web.identity import signed_in_user

bp = Blueprint("seeing_as", __name__)

_NOTED = "seeing_as"  # which guest this browser looks as, and since when
_LASTS = timedelta(hours=1)
_NOT_IN = {
    UserState.INVITED: "The account is not set up yet: all they can open is the page of their invitation.",
    UserState.DISABLED: "The account is disabled: they cannot sign in.",
}


@bp.get("/guests/<key>/seen")
@access(Access.SPONSOR)
def show(key: str) -> str:
    by, at = signed_in_user(), now()
    guest = seeing_as.find_guest(key, by)
    if not _is_noted(key, at):
        return render_template("sponsor/seeing_as/begin.html", guest=guest.user)
    if not guest.user.is_live(at):
        why = _NOT_IN.get(guest.user.state, "The account has ended: they cannot sign in.")
        return render_template("sponsor/seeing_as/nothing.html", guest=guest.user, why=why)
    return _page(guest, by, at)


@bp.post("/guests/<key>/seen")
@access(Access.SPONSOR)
def begin(key: str) -> Response:
    by, at = signed_in_user(), now()
    guest = seeing_as.find_guest(key, by).user
    with transaction():
        seeing_as.note_looking(guest, by=by, at=at)
    cookie[_NOTED] = [guest.key, int(at.timestamp())]
    return redirect(url_for(".show", key=key), 303)


def _is_noted(key: str, at: datetime) -> bool:
    """Whether the press that brought them here is on the trail, and no older than an hour."""
    match cookie.get(_NOTED):
        case [str(noted), int(since)] if noted == key:
            return since <= at.timestamp() < since + _LASTS.total_seconds()
    return False


def _page(guest: SeenGuest, by: User, at: datetime) -> str:
    viewer = guest.user
    listing = home.asked_listing(viewer, at)
    shown = home.shown(viewer, listing, at, lambda page: url_for(".show", key=viewer.key, page=page))
    return render_template(
        "sponsor/seeing_as/show.html",
        guest=viewer,
        policy_accepted=guest.policy_accepted,
        **_to_look_at(shown, viewer, seeing_as.looked_after(_keys(listing), by)),
    )


def _keys(listing: Listing) -> list[str]:
    return [shared.key for shared in (*listing.live, *listing.coming, *listing.over)]


def _to_look_at(shown: dict[str, Any], guest: User, own: set[str]) -> dict[str, Any]:
    """The same words, with links that lead to the reason instead of the film.

    What the asker does not look after keeps its words, which are the guest's; its picture is not theirs to see, nor
    why it may be watched.
    """

    def why_url(url: str | None) -> str | None:
        key = (url or "").rpartition("/")[2]
        return f"/guests/{guest.key}/why/{key}" if key in own else None

    def turned(card: Card) -> Card:
        url = why_url(card.url)
        return replace(card, url=url, poster_url=card.poster_url if url else None)

    def going_on(block: GoingOn) -> GoingOn:
        url = why_url(block.url)
        return replace(block, url=url, poster_url=block.poster_url if url else None)

    groups: list[Group] = shown["groups"]
    over: list[OverCard] = shown["over"]
    return {
        **shown,
        "going_on": going_on(shown["going_on"]) if shown["going_on"] else None,
        "groups": [replace(group, cards=[turned(card) for card in group.cards], url=None) for group in groups],
        "over": [replace(card, url=why_url(card.url)) for card in over],
        "leads_everywhere": own.issuperset(_keys_of(groups, over, shown["going_on"])),
    }


def _keys_of(groups: list[Group], over: list[OverCard], going_on: GoingOn | None) -> set[str]:
    urls = [card.url for group in groups for card in group.cards] + [card.url for card in over]
    return {(url or "").rpartition("/")[2] for url in [*urls, *([going_on.url] if going_on else [])]}
