"""What will happen to each address, in sentences (design 10)."""

from dataclasses import dataclass
from datetime import datetime

from portal.basics import dates
from portal.basics.clock import now
from portal.domain.grants import Fate, FateKind
from portal.domain.work import tools
from portal.storage.models import User
from portal.web.state_tags import StateTag

_TAGS = {
    FateKind.NEW: StateTag("info", "New", "mail"),
    FateKind.PENDING: StateTag("info", "Invited before", "mail"),
    FateKind.KNOWN: StateTag("done", "Has an account", "check"),
    FateKind.LONGER: StateTag("time", "Named here already", "clock"),
    FateKind.SHORTER: StateTag("time", "Named here already", "clock"),
    FateKind.SAME: StateTag("plain", "Named here already", "check"),
    FateKind.ENDED: StateTag("time", "Account ended", "clock"),
    FateKind.ENDED_ELSEWHERE: StateTag("stop", "Account ended", "clock"),
    FateKind.DISABLED: StateTag("stop", "Disabled", "lock"),
    FateKind.STAFF: StateTag("plain", "Works here", "user"),
    FateKind.YOURSELF: StateTag("plain", "This is you", "user"),
    FateKind.UNREADABLE: StateTag("stop", "Cannot be read", "cross"),
}
_NEEDS_NO_LOOK = frozenset({FateKind.NEW, FateKind.PENDING, FateKind.KNOWN, FateKind.SAME, FateKind.LONGER})


@dataclass(frozen=True)
class FateLine:
    """One address of a preview. `name` only of one's own guests; `renewal`: the words of the tick that renews."""

    typed: str
    address: str
    name: str
    tag: StateTag
    words: str
    needs_look: bool
    is_unreadable: bool
    renewal: str


@dataclass(frozen=True)
class Numbers:
    """A list counted by what happens."""

    all: int
    invited: int
    told: int
    shortened: int
    unchanged: int
    left_out: int
    doubled: int

    @property
    def changing(self) -> int:
        return self.invited + self.told + self.shortened

    @property
    def title(self) -> str:
        """The result as a heading: "3 of 4 addresses can be added"."""
        if not self.changing:
            return "Nobody can be added" if self.left_out == self.all else "Nothing would change"
        if self.changing == self.all:
            return "1 person can be added" if self.all == 1 else f"{self.all:,} people can be added"
        return f"{self.changing:,} of {self.all:,} addresses can be added"

    @property
    def button(self) -> str:
        """What the button does, with the number of people: empty when there is nothing to do."""
        if not self.changing:
            return ""
        if self.invited == self.changing:
            return "Send 1 invitation" if self.invited == 1 else f"Send {self.invited:,} invitations"
        if self.shortened == self.changing:
            return f"Change the end for {_people(self.shortened)}"
        return f"Share with {_people(self.changing)}"


def numbers_of(found: list[Fate], *, doubled: int) -> Numbers:
    """Those whose ended account the preview offers to renew count as told. `doubled`: what was written once more."""
    return Numbers(
        all=len(found),
        invited=sum(fate.gets_letter and fate.is_invited for fate in found),
        told=sum(fate.gets_letter and not fate.is_invited for fate in found),
        shortened=sum(fate.kind is FateKind.SHORTER for fate in found),
        unchanged=sum(fate.kind is FateKind.SAME for fate in found),
        left_out=sum(fate.is_left_out for fate in found),
        doubled=doubled,
    )


def fate_lines(found: list[Fate], *, by: User, until: datetime | None) -> list[FateLine]:
    """Each fate in words, in the order it was typed."""
    return [_line(fate, by, until) for fate in found]


def _line(fate: Fate, by: User, until: datetime | None) -> FateLine:
    is_mine = fate.user is not None and (by.is_admin or fate.user.sponsor_id == by.id)
    return FateLine(
        typed=fate.typed,
        address=fate.address,
        name=fate.user.name if fate.user and is_mine else "",
        tag=_TAGS[fate.kind],
        words=_words(fate),
        needs_look=fate.kind not in _NEEDS_NO_LOOK,
        is_unreadable=fate.kind is FateKind.UNREADABLE,
        renewal=_renewal(until) if fate.kind is FateKind.ENDED else "",
    )


def _words(fate: Fate) -> str:  # noqa: C901 - a sentence for each kind
    match fate.kind:
        case FateKind.NEW:
            return "Gets an invitation."
        case FateKind.PENDING:
            return "Gets one invitation that names all that is shared; the older link stops working."
        case FateKind.KNOWN:
            return "Gets one letter that says what is new."
        case FateKind.LONGER:
            return f"{_has(fate)}; gets more time, {_until(fate.until)}, and a letter says so."
        case FateKind.SHORTER:
            return f"{_has(fate)}; that becomes {_until(fate.until)}. No letter leaves."
        case FateKind.SAME:
            return f"{_has(fate)}; nothing changes."
        case FateKind.ENDED:
            return f"The account ended on {_day(fate.user.ends_at if fate.user else None)}."
        case FateKind.ENDED_ELSEWHERE:
            return "Only the sponsor who answers for this guest, or an admin, can renew the account. Left out."
        case FateKind.DISABLED:
            return "An admin has disabled the account. Left out."
        case FateKind.STAFF:
            return "Sponsors and admins are not named as guests. Left out."
        case FateKind.YOURSELF:
            return "What is yours is open to you. Left out."
        case FateKind.UNREADABLE:
            return f"{fate.fault}. Correct it here, or leave it out."


def _has(fate: Fate) -> str:
    return f"May watch {_until(fate.grant.ends_at if fate.grant else None)}"


def _until(until: datetime | None) -> str:
    return f"until {dates.date_and_time(until, tools().settings.time_zone, now())}" if until else "without an end"


def _day(at: datetime | None) -> str:
    return dates.day_date(at, tools().settings.time_zone) if at else ""


def _renewal(until: datetime | None) -> str:
    return f"Renew the account {_until(until)}; the password stays the same"


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"
