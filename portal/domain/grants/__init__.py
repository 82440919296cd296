"""Guests named on sessions and folders: naming, changing, ending, listing (product.md, The way in 1)."""

from portal.domain.grants.changing import (
    ChangedMeanwhile,
    FoundGrant,
    change_terms,
    find_grant,
    gives_more,
    revoke,
)
from portal.domain.grants.correcting import AddressInUse, AlreadySetUp, SharedByOthers, correct_address
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
from portal.domain.grants.terms import MOST_VIEWS, Terms, WrongTerms
from portal.domain.grants.things import Thing, guests_seen_by, things_of

__all__ = [
    "MOST_AT_ONCE",
    "MOST_VIEWS",
    "AddressInUse",
    "AlreadySetUp",
    "ChangedMeanwhile",
    "Fate",
    "FateKind",
    "FoundGrant",
    "FoundGuest",
    "GivenThing",
    "GuestFilter",
    "GuestRow",
    "Guests",
    "Named",
    "PersonRow",
    "SharedByOthers",
    "Terms",
    "Thing",
    "TooMany",
    "WhoCanWatch",
    "WrongTerms",
    "change_terms",
    "correct_address",
    "fates",
    "find_grant",
    "find_guest",
    "given_to",
    "gives_more",
    "guests_of",
    "guests_seen_by",
    "letters_to",
    "name",
    "revoke",
    "things_of",
    "who_can_watch",
]
