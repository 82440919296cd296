"""What will happen to each address, in sentences (design 10)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.basics import dates, typed_dates
from portal.basics.clock import now
from portal.domain.grants import MOST_VIEWS, Change, Fate, FateKind, Terms
from portal.domain.work import tools
from portal.mail.wording import views_words
from portal.storage.models import User, WhenItEnds
from portal.web.state_tags import StateTag

_HOUR = timedelta(hours=1)
_TAGS = {
    FateKind.NEW: StateTag("info", "New", "mail"),
    FateKind.PENDING: StateTag("info", "Invited before", "mail"),
    FateKind.KNOWN: StateTag("done", "Has an account", "check"),
    FateKind.AGAIN: StateTag("time", "Named here before", "clock"),
    FateKind.MORE: StateTag("time", "Named here already", "clock"),
    FateKind.LESS: StateTag("time", "Named here already", "clock"),
    FateKind.SAME: StateTag("plain", "Named here already", "check"),
    FateKind.ENDED: StateTag("time", "Account ended", "clock"),
    FateKind.ENDED_ELSEWHERE: StateTag("stop", "Account ended", "clock"),
    FateKind.BELOW_USED: StateTag("stop", "Used more already", "cross"),
    FateKind.TOO_MANY_VIEWS: StateTag("stop", "Too many views", "cross"),
    FateKind.NEVER_BEGINS: StateTag("stop", "Would never begin", "cross"),
    FateKind.DISABLED: StateTag("stop", "Disabled", "lock"),
    FateKind.STAFF: StateTag("plain", "Works here", "user"),
    FateKind.YOURSELF: StateTag("plain", "This is you", "user"),
    FateKind.OVER_QUOTA: StateTag("stop", "Too many new guests", "cross"),
    FateKind.WRONG_TERMS: StateTag("stop", "Wrong terms", "cross"),
    FateKind.UNREADABLE: StateTag("stop", "Cannot be read", "cross"),
}
_NEEDS_NO_LOOK = frozenset(
    {FateKind.NEW, FateKind.PENDING, FateKind.KNOWN, FateKind.SAME, FateKind.AGAIN, FateKind.MORE}
)


@dataclass(frozen=True)
class TermWords:
    """One of the three answers, from, until, views, as the preview gives them."""

    label: str
    value: str
    note: str = ""


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
    lessened: int
    unchanged: int
    left_out: int
    doubled: int

    @property
    def changing(self) -> int:
        return self.invited + self.told + self.lessened

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
        if self.lessened == self.changing:
            return f"Change the terms of {_people(self.lessened)}"
        return f"Share with {_people(self.changing)}"


def numbers_of(found: list[Fate], *, doubled: int) -> Numbers:
    """Those whose ended account the preview offers to renew count as told. `doubled`: what was written once more."""
    return Numbers(
        all=len(found),
        invited=sum(fate.gets_letter and fate.is_invited for fate in found),
        told=sum(fate.gets_letter and not fate.is_invited for fate in found),
        lessened=sum(fate.kind is FateKind.LESS for fate in found),
        unchanged=sum(fate.kind is FateKind.SAME for fate in found),
        left_out=sum(fate.is_left_out for fate in found),
        doubled=doubled,
    )


def fate_lines(found: list[Fate], *, by: User, until: datetime | None) -> list[FateLine]:
    """Each fate in words, in the order it was typed."""
    return [fate_line(fate, by=by, until=until) for fate in found]


def needs_look(fate: Fate) -> bool:
    """Whether whoever sends should look at it first."""
    return fate.kind not in _NEEDS_NO_LOOK or fate.account_ends_at is not None


def sentence(fate: Fate) -> str:
    """What happens."""
    return _words(fate) + _account_words(fate)


def fate_line(fate: Fate, *, by: User, until: datetime | None) -> FateLine:
    """One fate in words."""
    is_mine = fate.user is not None and (by.is_admin or fate.user.sponsor_id == by.id)
    return FateLine(
        typed=fate.typed,
        address=fate.address,
        name=fate.user.name if fate.user and is_mine else "",
        tag=_TAGS[fate.kind],
        words=sentence(fate),
        needs_look=needs_look(fate),
        is_unreadable=fate.kind is FateKind.UNREADABLE,
        renewal=_renewal(until) if fate.kind is FateKind.ENDED else "",
    )


def terms_words(terms: Terms, *, is_several: bool, others_keep: bool = False) -> list[TermWords]:
    """The terms that were typed. `others_keep`: somebody is named already and keeps what was left empty."""
    kept = "Who is named here already keeps theirs" if others_keep else ""
    ending = "stops at once" if terms.when_it_ends is WhenItEnds.STOP else "may finish"
    views = views_words(terms.views, each=is_several)
    at_the_end = [_shown_twice(terms.ends_at), f"A sitting that has begun {ending}."]
    return [
        TermWords("From", _moment(terms.begins_at) or "At once", _shown_twice(terms.begins_at)),
        TermWords("Until", _moment(terms.ends_at) or "No end", " ".join(at_the_end).strip() if terms.ends_at else kept),
        TermWords("Views", "No limit", kept) if terms.views is None else TermWords("Views", views),
    ]


def _words(fate: Fate) -> str:  # noqa: C901, PLR0912 - a sentence for each kind
    match fate.kind:
        case FateKind.NEW:
            return "Gets an invitation."
        case FateKind.PENDING:
            return "Gets one invitation that names all that is shared; the older link stops working."
        case FateKind.KNOWN:
            return "Gets one letter that says what is new."
        case FateKind.AGAIN:
            return f"{_was(fate)}; gets it again, {_allowed(fate.terms, fate.taken)}, and a letter says so."
        case FateKind.MORE:
            return f"{_has(fate)}; gets {_changes(fate)}, and a letter says so."
        case FateKind.LESS:
            return f"{_has(fate)}; that becomes {_becomes(fate)}. No letter leaves."
        case FateKind.SAME:
            return f"{_has(fate)}; nothing changes."
        case FateKind.ENDED:
            return f"The account ended on {_day(fate.user.ends_at if fate.user else None)}.{_then(fate)}"
        case FateKind.ENDED_ELSEWHERE:
            return "Only the sponsor who answers for this guest, or an admin, can renew the account. Left out."
        case FateKind.BELOW_USED:
            return f"{_used(fate)} already; type at least {fate.taken}. Keeps what they have."
        case FateKind.TOO_MANY_VIEWS:
            return f"{_used(fate)} already; in all there can be {MOST_VIEWS}. Keeps what they have."
        case FateKind.NEVER_BEGINS:
            return _never_begins(fate)
        case FateKind.DISABLED:
            return "An admin has disabled the account. Left out."
        case FateKind.STAFF:
            return "Sponsors and admins are not named as guests. Left out."
        case FateKind.YOURSELF:
            return "What is yours is open to you. Left out."
        case FateKind.OVER_QUOTA:
            return "More new guests than one sponsor may invite in 24 hours. Left out; try again tomorrow."
        case FateKind.WRONG_TERMS:
            return f"{fate.fault}. Left out."
        case FateKind.UNREADABLE:
            return f"{fate.fault}. Correct it here, or leave it out."


def _has(fate: Fate) -> str:
    before = fate.before or Terms()
    if before.views is not None and fate.taken >= before.views:
        return f"Has used {_all_of(before.views)}{_of_one(fate)}"
    if before.ends_at is not None and before.ends_at <= now():
        return _was(fate)
    return f"May watch {_allowed(before, fate.taken)}"


def _was(fate: Fate) -> str:
    before = fate.before or Terms()
    if before.ends_at is not None and before.ends_at <= now():
        return f"Could watch until {_when(before.ends_at)}"
    return f"Has used {_all_of(before.views or 0)}{_of_one(fate)}"


def _allowed(terms: Terms, taken: int = 0) -> str:
    """Terms in half a sentence: "from Monday 7 December, 09:00, until …, with 3 views, 1 of them used"."""
    parts = [f"from {_when(terms.begins_at)}"] if terms.begins_at and terms.begins_at > now() else []
    parts.append(_until(terms.ends_at))
    if terms.views is not None:
        parts.append(f"with {_views(terms.views)}" + (f", {taken} of them used" if taken else ""))
    return ", ".join(parts)


def _becomes(fate: Fate) -> str:
    words = [] if fate.changes <= {Change.STOPS_AT_ONCE, Change.MAY_FINISH} else [_allowed(fate.terms)]
    if fate.changes & {Change.STOPS_AT_ONCE, Change.MAY_FINISH}:
        words.append(_change(Change.STOPS_AT_ONCE if Change.STOPS_AT_ONCE in fate.changes else Change.MAY_FINISH, fate))
    return ", and ".join(words)


def _changes(fate: Fate) -> str:
    """What they get, the gains first: "more time, until …, and more views, 5 in all"."""
    return ", and ".join(_change(change, fate) for change in Change if change in fate.changes)


def _change(change: Change, fate: Fate) -> str:
    terms = fate.terms
    match change:
        case Change.EARLIER | Change.LATER:
            from_when = f"from {_when(terms.begins_at)}" if terms.begins_at and terms.begins_at > now() else "at once"
            return f"{'an earlier' if change is Change.EARLIER else 'a later'} begin, {from_when}"
        case Change.LONGER | Change.SHORTER:
            return f"{'more' if change is Change.LONGER else 'less'} time, {_until(terms.ends_at)}"
        case Change.MORE_VIEWS | Change.FEWER_VIEWS:
            number = "without a limit" if terms.views is None else f"{terms.views} in all"
            return f"{'more' if change is Change.MORE_VIEWS else 'fewer'} views, {number}"
        case Change.STOPS_AT_ONCE:
            return "a stop at once when it ends"
        case Change.MAY_FINISH:
            return "time to finish a sitting when it ends"


def _never_begins(fate: Fate) -> str:
    begins, end = fate.terms.begins_at, fate.user.ends_at if fate.user else None
    if begins and end and end <= begins:
        return f"The account ends on {_day(end)}, before this begins. Left out."
    return f"Would begin on {_when(begins)}, and end before that. Left out."


def _account_words(fate: Fate) -> str:
    """That the account's own end comes first: nobody should be promised more than that."""
    if fate.is_left_out or fate.account_ends_at is None:
        return ""
    return f" The account itself ends before that, on {_day(fate.account_ends_at)}."


def _then(fate: Fate) -> str:
    return f" Renewed, they may watch {_allowed(fate.terms, fate.taken)}." if fate.grant else ""


def _used(fate: Fate) -> str:
    return f"Has used {_views(fate.taken)}{_of_one(fate)}"


def _of_one(fate: Fate) -> str:
    """Views of a folder are counted for each recording on it."""
    return " of one recording" if fate.grant and fate.grant.folder_id else ""


def _views(number: int) -> str:
    return "1 view" if number == 1 else f"{number} views"


def _all_of(number: int) -> str:
    return {1: "the one view", 2: "both views"}.get(number, f"all {number} views")


def _until(until: datetime | None) -> str:
    return f"until {_when(until)}" if until else "without an end"


def _when(at: datetime | None) -> str:
    return dates.date_and_time(at, tools().settings.time_zone, now()) if at else ""


def _moment(at: datetime | None) -> str:
    return dates.long_date(at, tools().settings.time_zone) if at else ""


def _shown_twice(at: datetime | None) -> str:
    """Which of two is meant where the clocks go back, and how to say the other."""
    zone = tools().settings.time_zone
    if at is None or not typed_dates.is_shown_twice(at, zone):
        return ""
    local = dates.in_zone(at, zone)
    clock = f"{local:%H:%M}"
    if local.fold:
        return f"The clocks go back that day, and this is the second {clock}."
    second = f"{clock} {dates.zone_name(zone, at + _HOUR)}"
    return f"The clocks go back that day, and this is the first {clock}; for the second write {second}."


def _day(at: datetime | None) -> str:
    return dates.day_date(at, tools().settings.time_zone) if at else ""


def _renewal(until: datetime | None) -> str:
    return f"Renew the account {_until(until)}; the password stays the same"


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"
