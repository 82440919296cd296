"""Looking for words in what is shared with a guest, and where they are said."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.basics import dates
from portal.basics.clock import now
from portal.basics.texts import one_line
from portal.domain import search
from portal.domain.search import Hit, Piece
from portal.web.access import Access, access
from portal.web.guest import cards
from portal.web.guest.cards import Card
from portal.web.identity import signed_in_user
from portal.web.zones import reading_zone

bp = Blueprint("search", __name__)
_LONGEST = 200


@dataclass(frozen=True)
class HitCard:
    """A hit in words. `said`: what is said at `place`, with the words that were looked for apart."""

    card: Card
    title: tuple[Piece, ...]
    name: str
    place: str
    place_url: str
    said: tuple[Piece, ...]


@bp.get("/search")
@access(Access.SIGNED_IN)
def index() -> str | Response:
    viewer, at, typed = signed_in_user(), now(), one_line(request.args.get("words", ""))[:_LONGEST]
    if not viewer.is_guest:
        return redirect(url_for("sponsor.sessions.index", words=typed), 303)
    found = search.look_for(viewer, typed, at=at)
    return render_template(
        "guest/search/index.html",
        typed=typed,
        found=found,
        hits=[_card(hit, found.words, at) for hit in found.hits],
    )


def _card(hit: Hit, words: tuple[str, ...], at: datetime) -> HitCard:
    place = hit.place
    return HitCard(
        card=cards.card(hit.shared, reading_zone(), at),
        title=search.marked(hit.shared.title, words),
        name=hit.shared.owner_name,
        place=dates.position(place.seconds) if place else "",
        place_url=f"{cards.watch_url(hit.shared)}?at={place.seconds}" if place else "",
        said=place.pieces if place else (),
    )
