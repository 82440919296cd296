"""Events: competitions and reviews, what they show, to whom, and until when (product.md, Events)."""

from portal.domain.events.assigning import (
    Assigned,
    NothingToSpread,
    assign,
    assigned_of,
    count_guests,
    spread_evenly,
)
from portal.domain.events.changing import EventChangedMeanwhile, change
from portal.domain.events.closing import Reach, close, close_due, due, newest_closing, reach, reopen, voided_by
from portal.domain.events.details import LONGEST_DESCRIPTION, LONGEST_TITLE, Details, WrongDetails
from portal.domain.events.finding import EventFilter, EventRow, find, hold, list_events
from portal.domain.events.making import make
from portal.domain.events.showing import (
    ShownFolder,
    ShownSession,
    add,
    folders_of,
    offered_folders,
    offered_sessions,
    sessions_of,
    take_out_folder,
    take_out_session,
)

__all__ = [
    "LONGEST_DESCRIPTION",
    "LONGEST_TITLE",
    "Assigned",
    "Details",
    "EventChangedMeanwhile",
    "EventFilter",
    "EventRow",
    "NothingToSpread",
    "Reach",
    "ShownFolder",
    "ShownSession",
    "WrongDetails",
    "add",
    "assign",
    "assigned_of",
    "change",
    "close",
    "close_due",
    "count_guests",
    "due",
    "find",
    "folders_of",
    "hold",
    "list_events",
    "make",
    "newest_closing",
    "offered_folders",
    "offered_sessions",
    "reach",
    "reopen",
    "sessions_of",
    "spread_evenly",
    "take_out_folder",
    "take_out_session",
    "voided_by",
]
