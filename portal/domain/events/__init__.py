"""Events: competitions and reviews, what they show, to whom, and until when (product.md, Events)."""

from portal.domain.events.assigning import (
    Assigned,
    AssignedMeanwhile,
    NothingToSpread,
    SpreadPlan,
    assign,
    assigned_of,
    assigned_to,
    count_guests,
    plan_spread,
    spread_evenly,
    stamp_of,
)
from portal.domain.events.board import Board, BoardFilter, BoardSession, GuestOnBoard, Numbers, Reached, board
from portal.domain.events.changing import EventChangedMeanwhile, change
from portal.domain.events.details import LONGEST_DESCRIPTION, LONGEST_TITLE, Details, WrongDetails
from portal.domain.events.finding import EventFilter, EventIsOver, EventRow, find, find_showing, hold, list_events
from portal.domain.events.making import make
from portal.domain.events.showing import (
    ShownFolder,
    ShownSession,
    add,
    folders_for,
    folders_of,
    offered_sessions,
    sessions_of,
    take_out_folder,
    take_out_session,
)
from portal.domain.events.visiting import Visit, visit

__all__ = [
    "LONGEST_DESCRIPTION",
    "LONGEST_TITLE",
    "Assigned",
    "AssignedMeanwhile",
    "Board",
    "BoardFilter",
    "BoardSession",
    "Details",
    "EventChangedMeanwhile",
    "EventFilter",
    "EventIsOver",
    "EventRow",
    "GuestOnBoard",
    "NothingToSpread",
    "Numbers",
    "Reached",
    "ShownFolder",
    "ShownSession",
    "SpreadPlan",
    "Visit",
    "WrongDetails",
    "add",
    "assign",
    "assigned_of",
    "assigned_to",
    "board",
    "change",
    "count_guests",
    "find",
    "find_showing",
    "folders_for",
    "folders_of",
    "hold",
    "list_events",
    "make",
    "offered_sessions",
    "plan_spread",
    "sessions_of",
    "spread_evenly",
    "stamp_of",
    "take_out_folder",
    "take_out_session",
    "visit",
]
