"""Who may watch what: one decision, and the queries that mirror it (product.md, Who may watch).

Pages, media bytes, posters and listings all ask here; nothing else decides. Access is worked out from grants and
folders at the moment it is asked for, never copied. docs/who-may-watch.md tells the rules where product.md is silent.
"""

from portal.domain.access.asking import Found, decide, find, open_sittings, shown_since
from portal.domain.access.deciding import (
    UNKNOWN,
    Decision,
    Facts,
    Held,
    Right,
    Step,
    WhyNot,
    could_once_watch,
    in_order_of_use,
    judge,
    own_right,
    why_closed,
)
from portal.domain.access.faces import Face, blind_number, entry_words, face_for, faces_of, title_or_entry
from portal.domain.access.listing import CARDS_A_PAGE, OTHERS_SHOWN, Listing, Shared, Standing, listed_at, listed_for
from portal.domain.access.mirrors import poster_of, sitting_right_holds
from portal.domain.access.shown import (
    assigned_if_need_be,
    is_shown_by,
    names,
    names_by_event,
    sessions_shown_by,
    shown_since_columns,
)
from portal.storage.db import db
from portal.storage.models import User

__all__ = [
    "CARDS_A_PAGE",
    "OTHERS_SHOWN",
    "UNKNOWN",
    "Decision",
    "Face",
    "Facts",
    "Found",
    "Held",
    "Listing",
    "Right",
    "Shared",
    "Standing",
    "Step",
    "WhyNot",
    "assigned_if_need_be",
    "blind_number",
    "contact_of",
    "could_once_watch",
    "decide",
    "entry_words",
    "face_for",
    "faces_of",
    "find",
    "in_order_of_use",
    "is_shown_by",
    "judge",
    "listed_at",
    "listed_for",
    "names",
    "names_by_event",
    "open_sittings",
    "own_right",
    "poster_of",
    "sessions_shown_by",
    "shown_since",
    "shown_since_columns",
    "sitting_right_holds",
    "title_or_entry",
    "why_closed",
]


def contact_of(viewer: User) -> User | None:
    """Who answers for a guest; None for staff."""
    return db.session.get(User, viewer.sponsor_id) if viewer.sponsor_id else None
