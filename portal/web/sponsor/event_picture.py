"""The picture of the board: a row of small boxes for each guest, one for each recording of the event (design 09).

Boxes that are alike and stand together are one line, drawn with dashes: five thousand boxes stay a small page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from portal.domain.events import Reached

A_LINE = 40
"""Boxes beside each other; what is more begins a new line."""
_TEN = 10
PITCH, BOX, GAP = 14, 11, 6
"""How far boxes lie apart, how wide one is, and how much more lies between tens."""
LINE_HEIGHT, MIDDLE = 21, 10

_LOOKS = {
    Reached.NOT_BEGUN: "none",
    Reached.BEGUN: "begun",
    Reached.USED_UP: "used",
    Reached.WATCHED: "watched",
    None: "other",
}


@dataclass(frozen=True)
class Strip:
    """One guest's row: its size, and what to draw of each look ("none", "begun", "used", "watched", "other")."""

    width: int
    height: int
    paths: Mapping[str, str]


def strip(sessions: Sequence[int], reached: Mapping[int, Reached]) -> Strip:
    """The row of a guest, for the event's sessions (ids) in order; what is not theirs is a dot."""
    drawn: dict[str, list[str]] = {}
    boxes = [(place, _LOOKS[reached.get(session_id)]) for place, session_id in enumerate(sessions)]
    for (look, _), run in groupby(boxes, key=lambda box: (box[1], box[0] // _TEN)):
        places = [place for place, _ in run]
        x, y = _corner(places[0])
        drawn.setdefault(look, []).append(f"M{x} {y}h{(len(places) - 1) * PITCH + BOX}")
    lines = -(-len(sessions) // A_LINE)
    return Strip(_width(min(len(sessions), A_LINE)), lines * LINE_HEIGHT, {k: "".join(v) for k, v in drawn.items()})


def marks(number: int) -> list[tuple[int, int]]:
    """The numbers above the picture, as far as it is one line: where each stands, and what it says."""
    if number > A_LINE:
        return []
    return [(_corner(place - 1)[0] + BOX // 2, place) for place in range(1, number + 1) if place == 1 or place % 5 == 0]


def _corner(place: int) -> tuple[int, int]:
    line, column = divmod(place, A_LINE)
    return column * PITCH + column // _TEN * GAP, line * LINE_HEIGHT + MIDDLE


def _width(columns: int) -> int:
    return columns * PITCH + (columns - 1) // _TEN * GAP - (PITCH - BOX) if columns else 0
