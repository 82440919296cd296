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
    given_by,
    given_to,
    guests_of,
    letters_to,
)
from portal.domain.grants.many import (
    KEEP,
    MOST_CHOSEN,
    ChosenChangedMeanwhile,
    Keep,
    NewTerms,
    Planned,
    change_many,
    find_many,
    plan,
    revoke_many,
    stamp_of,
    still_named,
)
from portal.domain.grants.naming import Named, name
from portal.domain.grants.people import Keeper, PeopleFilter, PersonRow, ShownAt, WhoCanWatch, who_can_watch
from portal.domain.grants.renaming import Change
from portal.domain.grants.terms import MOST_VIEWS, Terms, WrongTerms
from portal.domain.grants.things import Thing, guests_seen_by, things_of
from portal.domain.grants.watched import SeenOf, Watched
from portal.domain.grants.windows import filled

__all__ = [
    "KEEP",
    "MOST_AT_ONCE",
    "MOST_CHOSEN",
    "MOST_VIEWS",
    "AddressInUse",
    "AlreadySetUp",
    "Change",
    "ChangedMeanwhile",
    "ChosenChangedMeanwhile",
    "Fate",
    "FateKind",
    "FoundGrant",
    "FoundGuest",
    "GivenThing",
    "GuestFilter",
    "GuestRow",
    "Guests",
    "Keep",
    "Keeper",
    "Named",
    "NewTerms",
    "PeopleFilter",
    "PersonRow",
    "Planned",
    "SeenOf",
    "SharedByOthers",
    "ShownAt",
    "Terms",
    "Thing",
    "TooMany",
    "Watched",
    "WhoCanWatch",
    "WrongTerms",
    "change_many",
    "change_terms",
    "correct_address",
    "fates",
    "filled",
    "find_grant",
    "find_guest",
    "find_many",
    "given_by",
    "given_to",
    "gives_more",
    "guests_of",
    "guests_seen_by",
    "letters_to",
    "name",
    "plan",
    "revoke",
    "revoke_many",
    "stamp_of",
    "still_named",
    "things_of",
    "who_can_watch",
]
