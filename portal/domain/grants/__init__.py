"""Guests named on sessions and folders: naming, changing, ending, listing (product.md, The way in 1)."""

from portal.domain.grants.changing import (
    AddressInUse,
    AlreadySetUp,
    FoundGrant,
    PastEnd,
    SharedByOthers,
    change_end,
    correct_address,
    find_grant,
    revoke,
)
from portal.domain.grants.fates import MOST_AT_ONCE, Fate, FateKind, TooMany, fates
from portal.domain.grants.guests import (
    FoundGuest,
    GivenThing,
    GuestFilter,
    GuestRow,
    Guests,
    find_guest,
    given_to,
    guests_of,
    letters_to,
)
from portal.domain.grants.naming import Named, name
from portal.domain.grants.people import PersonRow, WhoCanWatch, who_can_watch
from portal.domain.grants.things import Thing, guests_seen_by, things_of

__all__ = [
    "MOST_AT_ONCE",
    "AddressInUse",
    "AlreadySetUp",
    "Fate",
    "FateKind",
    "FoundGrant",
    "FoundGuest",
    "GivenThing",
    "GuestFilter",
    "GuestRow",
    "Guests",
    "Named",
    "PastEnd",
    "PersonRow",
    "SharedByOthers",
    "Thing",
    "TooMany",
    "WhoCanWatch",
    "change_end",
    "correct_address",
    "fates",
    "find_grant",
    "find_guest",
    "given_to",
    "guests_of",
    "guests_seen_by",
    "letters_to",
    "name",
    "revoke",
    "things_of",
    "who_can_watch",
]
