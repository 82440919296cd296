"""The page of one session: why one may watch it, pressing play, moving the picture here, and the player."""

import math
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.basics.clock import now
from portal.basics.errors import NotFound
from portal.domain import access as who_may
from portal.domain import beside, playback, watching
from portal.domain.access import Found, Right, WhyNot
from portal.domain.judging import sheets
from portal.domain.playback import Elsewhere, Refusal
from portal.storage.db import transaction
from portal.storage.models import Stream, User
from portal.web.access import Access, access
from portal.web.guest import cards, refused, score_sheets, watch_words
from portal.web.identity import current_sign_in, signed_in_user
from portal.web.zones import reading_zone

bp = Blueprint("watch", __name__)
_ALSO = 4
_LONGEST_PLACE = 12
PLAYER = "player"  # the part of the page that a press on play leads to
MOVE_HERE = "move_here"  # the field that says yes to the question of the move page


@bp.get("/watch/<key>")
@access(Access.SIGNED_IN)
def show(key: str) -> str | tuple[str, int]:
    viewer, sign_in, at = signed_in_user(), current_sign_in(), now()
    found = who_may.find(viewer, key, at=at, sign_in=sign_in)
    if not found.decision.allowed:
        return refused.page(found, viewer, sign_in=sign_in, at=at)
    length = found.video_session.length_seconds
    asked = _asked_place(request.args.get("at", ""), length)
    starts_at = watching.goes_on_from(found.record, length) if asked is None else asked
    stream = _playing_here(found)
    judged = sheets.beside(viewer, found, at=at) if found.event else []
    around = beside.of(found.video_session, found.face)
    return render_template(
        "guest/watch/show.html",
        found=found,
        stream=stream,
        beside=around,
        chapters=[[chapter.seconds, chapter.title] for chapter in around.chapters],
        starts_at=starts_at,
        asked=asked is not None,
        words=watch_words.of(found, viewer, watch_words.Place(starts_at, asked is not None), around, at=at),
        name_over_picture=_name_over_picture(viewer, found, stream),
        also=_also(viewer, found, at) if not judged else [],
        score_sheets=[score_sheets.shown(one, number=n, of=len(judged)) for n, one in enumerate(judged, 1)],
        parts=watching.parts_of(found.record, length),
        share=watching.share(found.record, length),
    )


@bp.post("/watch/<key>/opened")
@access(Access.SIGNED_IN)
def opened(key: str) -> Response:
    """Told by a script of the page: what only fetches pages has not opened anything."""
    viewer, at = signed_in_user(), now()
    found = who_may.find(viewer, key, at=at, sign_in=current_sign_in())
    if not found.decision.allowed:
        raise NotFound(key)
    with transaction():
        watching.note_open(viewer, found.video_session, at=at)
    return Response(status=204, content_type="text/plain")


@bp.post("/watch/<key>/play")
@access(Access.SIGNED_IN)
def play(key: str) -> Response:
    move_here = request.form.get(MOVE_HERE) == "yes"
    with transaction():
        answer = playback.start(signed_in_user(), key, sign_in=current_sign_in(), at=now(), move_here=move_here)
    if isinstance(answer, Elsewhere):
        return redirect(url_for(".ask_move", key=key), 303)
    if isinstance(answer, Refusal) and answer.why is WhyNot.UNKNOWN:
        raise NotFound(key)
    place = _asked_place(request.form.get("at", ""), None)
    return redirect(url_for(".show", key=key, at=_written(place), _anchor=PLAYER), 303)


@bp.get("/watch/<key>/move")
@access(Access.SIGNED_IN)
def ask_move(key: str) -> str | Response:
    viewer, sign_in, at = signed_in_user(), current_sign_in(), now()
    found = who_may.find(viewer, key, at=at, sign_in=sign_in)
    elsewhere = playback.playing_elsewhere(viewer, sign_in, at=at) if found.decision.allowed else None
    if elsewhere is None:
        return redirect(url_for(".show", key=key), 303)
    return render_template(
        "guest/watch/move.html", found=found, words=watch_words.of_moving(found, elsewhere), move_here=MOVE_HERE
    )


def _asked_place(text: str, length: float | None) -> float | None:
    """A place in seconds that a link leads to; None: none that lies in the recording."""
    try:
        seconds = float(text) if len(text) <= _LONGEST_PLACE else math.nan
    except ValueError:
        return None
    return seconds if 0 <= seconds < (length if length is not None else math.inf) else None


def _written(place: float | None) -> str | None:
    return None if place is None else f"{place:g}"


def _playing_here(found: Found) -> Stream | None:
    """This browser's player in the sitting that is open; None where play must be pressed first."""
    sitting, stream = found.decision.sitting, found.stream
    return stream if sitting is not None and stream is not None and stream.viewing_id == sitting.id else None


def _name_over_picture(viewer: User, found: Found, stream: Stream | None) -> str | None:
    if stream is None or not found.video_session.shows_name:
        return None
    said = dict.fromkeys([viewer.display_name, viewer.address, stream.trace_code])
    return " · ".join(said)


def _also(viewer: User, found: Found, at: datetime) -> list[cards.Card]:
    if found.decision.right is not Right.GRANT:
        return []
    others = who_may.listed_for(viewer, at=at, owner=found.owner).live
    shown = [shared for shared in others if shared.key != found.video_session.key][:_ALSO]
    return [cards.card(shared, reading_zone(), at) for shared in shown]
