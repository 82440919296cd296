"""What the board of an event says (design 09)."""

from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from portal.domain.events import Board, BoardFilter, GuestOnBoard, Numbers, Reached
from portal.domain.invitations import LetterStanding
from portal.web.sponsor.event_picture import Strip, marks, strip
from portal.web.sponsor.watched_words import when_words
from portal.web.state_tags import StateTag, tag_of
from portal.web.template_tools import Link

_FILTERS = {
    BoardFilter.ALL: "All",
    BoardFilter.NOT_SET_UP: "Not set up",
    BoardFilter.NOT_BEGUN: "Not begun",
    BoardFilter.GOING_ON: "On the way",
    BoardFilter.FINISHED: "Finished",
    BoardFilter.NOTHING: "Nothing assigned",
}
EVERY_SECONDS = 20
"""So often an open board looks for what is new."""


@dataclass(frozen=True)
class Line:
    """A guest on the board. `watched` and `of`: recordings; `part_url`: where that is changed."""

    guest: GuestOnBoard
    tag: StateTag
    watched: int
    of: int
    begun: int
    left: int
    last_seen: str
    strip: Strip
    part_url: str


@dataclass(frozen=True)
class Next:
    """What may be done next with the event; the first is the page's main action."""

    label: str
    url: str
    icon: str | None = None


@dataclass(frozen=True)
class Figure:
    """A number above the picture, with what it counts; `of` None: it is the whole."""

    label: str
    number: int
    of: int | None = None
    is_bad: bool = False


def next_of(board: Board, at: datetime) -> list[Next]:
    """Writing to its guests and closing it while it is open; once it is over, what came of it. Before, nothing, nor
    where it has no guests or recordings yet: the page itself says then what comes next.
    """
    event = board.event
    if not board.sessions or not board.numbers.guests:
        return []
    if event.is_over(at):
        return [Next("Look at the report", url_for("sponsor.event_report.show", key=event.key))]
    if not event.has_opened(at):
        return []
    closing = Next("Close the event…", url_for("sponsor.event_closing.show", key=event.key))
    if board.numbers.finished == board.numbers.guests:
        return [closing]
    return [Next("Write to the guests…", url_for("sponsor.event_letters.show", key=event.key), "mail"), closing]


def lines_of(board: Board) -> list[Line]:
    ids = [session.id for session in board.sessions]
    return [_line(board, guest, ids) for guest in board.page.rows]


def figures_of(numbers: Numbers) -> list[Figure]:
    """Of the guests, then of what was given to them together."""
    return [
        Figure("set up", numbers.set_up, numbers.guests),
        Figure("begun", numbers.begun, numbers.guests),
        Figure("finished", numbers.finished, numbers.guests),
        Figure("recordings watched", numbers.pairs_watched, numbers.pairs),
        *([Figure("nothing assigned", numbers.nothing, is_bad=True)] if numbers.nothing else []),
    ]


def filters_of(board: Board, current: BoardFilter) -> list[Link]:
    """Those that find somebody, and the one that is chosen."""
    url = url_for("sponsor.events.show", key=board.event.key)
    return [
        Link(label, url if kind is BoardFilter.ALL else f"{url}?show={kind.value}", kind is current, number)
        for kind, label in _FILTERS.items()
        if (number := board.numbers.of(kind)) or kind in (current, BoardFilter.ALL)
    ]


def marks_of(board: Board) -> list[tuple[int, int]]:
    return marks(len(board.sessions))


def nothing_words(number: int) -> str:
    """ "Nothing is assigned to 2 guests: they see no recording." """
    if number == 1:
        return "Nothing is assigned to 1 guest, who sees no recording."
    return f"Nothing is assigned to {number:,} guests: they see no recording."


def guest_tag(guest: GuestOnBoard) -> StateTag:
    """How far a guest has come: into the portal, then through what is theirs."""
    if guest.state.standing is not LetterStanding.SET_UP:
        return tag_of(guest.state)
    if not guest.reached:
        return StateTag("time", "Nothing assigned" if guest.is_assigned else "Nothing to watch", "alert")
    if guest.has_finished:
        return StateTag("done", "Finished", "check")
    unfinished = guest.count(Reached.USED_UP)
    if unfinished:
        return StateTag("time", f"{unfinished:,} unfinished, views used", "alert")
    return StateTag("done", "On the way", "check") if guest.has_begun else StateTag("plain", "Not begun", "clock")


def seen_words(last_seen: datetime | None) -> str:
    return when_words(last_seen) if last_seen else "never"


def _line(board: Board, guest: GuestOnBoard, ids: list[int]) -> Line:
    return Line(
        guest=guest,
        tag=guest_tag(guest),
        watched=guest.count(Reached.WATCHED),
        of=len(guest.reached),
        begun=guest.count(Reached.BEGUN) + guest.count(Reached.USED_UP),
        left=guest.count(Reached.NOT_BEGUN),
        last_seen=seen_words(guest.last_seen),
        strip=strip(ids, guest.reached),
        part_url=f"/events/{board.event.key}/assignments/{guest.key}",
    )
