"""What players ask and tell while they play: whether they may go on, what was played, and where they stand."""

from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, request

from portal.basics.clock import now
from portal.domain import farewells, playback, watching
from portal.storage.db import transaction
from portal.web import served
from portal.web.access import Access, access
from portal.web.guest import stop_words
from portal.web.guest.media import asked_version
from portal.web.identity import current_sign_in, sign_in_token, signed_in_user

bp = Blueprint("players", __name__)
_MOST_PARTS = 500


@bp.get("/players/<stream_key>/state")
@access(Access.SIGNED_IN)
def state(stream_key: str) -> Response:
    return jsonify(_state(stream_key))


@bp.get("/players/<stream_key>/farewell")
@access(Access.PUBLIC)
def farewell(stream_key: str) -> Response:
    """Why the sign-in ended in which this played; nothing for any other browser."""
    at = now()
    found = farewells.farewell(stream_key, sign_in_token(), at=at)
    if found is None:
        abort(404)
    return jsonify(stop_words.of_farewell(found, at))


@bp.post("/players/<stream_key>/report")
@access(Access.SIGNED_IN)
def report(stream_key: str) -> Response:
    """Takes `parts`, all that was played since the page was opened, and `position`, in seconds; answers as `state`.

    The address says which version is played, so that times of another never count.
    """
    viewer, at = signed_in_user(), now()
    parts, position = _told()
    tally = served.tally_of(current_app)
    with transaction():
        tally.write(stream_key, viewer)
        watching.report(viewer, stream_key, parts=parts, position=position, at=at, version=asked_version())
    return jsonify(_state(stream_key))


def _state(stream_key: str) -> dict[str, Any]:
    at, version = now(), asked_version()
    if playback.may_fetch(stream_key, sign_in_token(), at=at, version=version) is not None:
        return {"stopped": False}
    viewer = signed_in_user()
    standing = playback.standing(viewer, stream_key, sign_in=current_sign_in(), at=at, version=version)
    return stop_words.of(standing, viewer, at)


def _told() -> tuple[list[tuple[float, float]], float]:
    told = request.get_json(silent=True)
    if not isinstance(told, dict):
        abort(400)
    parts: Any = told.get("parts")
    position: Any = told.get("position")
    if not isinstance(parts, list) or len(parts) > _MOST_PARTS or not _is_number(position):
        abort(400)
    if not all(isinstance(part, list) and len(part) == 2 and all(map(_is_number, part)) for part in parts):
        abort(400)
    return [(float(begin), float(end)) for begin, end in parts], float(position)


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and abs(given) < 1e9
