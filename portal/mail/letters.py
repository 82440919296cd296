"""The letters the portal writes: a frozen dataclass each, naming the words it needs.

A letter `SetUpCodeLetter` is written by the folder `templates/email/set_up_code`; adding one is a class here and a
folder there. Moments are aware datetimes, shown in the letter's `zone`. A `path` is local; the host is the settings'.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from portal.mail.calendar import CalendarEntry
from portal.mail.wording import SharedKind, counted, shared_words, views_words

_MOST_DOTS = 6


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What every letter has. `zone` is the IANA name of the reader's zone, `reply_to` a bare address."""

    to: str
    language: str = "en"
    zone: str = "UTC"
    reply_to: str | None = None

    @property
    def calendar(self) -> tuple[CalendarEntry, ...]:
        """What goes with it as a calendar file."""
        return ()

    @property
    def kind(self) -> str:
        """The letter's name in the outbox and of its folder, such as "set_up_code"."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__.removesuffix("Letter")).lower()


@dataclass(frozen=True, kw_only=True)
class SharedItem:
    """One recording, folder or event in a letter, and its terms. `length_seconds` None: of no recording, or not known.

    `begins_at` None: it can be watched already; `ends_at` None: no end. `views` None: no limit; else how many in all,
    of a folder or an event for each recording in it, and `views_used` how many of them are gone. `from_name` is told
    where somebody else than the letter's sponsor shares it.
    """

    title: str
    kind: SharedKind = "recording"
    length_seconds: float | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    views: int | None = None
    views_used: int = 0
    from_name: str = ""
    entry: CalendarEntry | None = None

    @property
    def views_words(self) -> str:
        """How many views there are of it, as a value."""
        return views_words(self.views, self.views_used, each=self.kind != "recording")


@dataclass(frozen=True, kw_only=True)
class SharingLetter(Letter):
    """What the letters that share something have in common. Not a letter by itself."""

    sponsor_name: str
    sponsor_address: str
    items: tuple[SharedItem, ...]
    path: str
    entered_at: datetime
    sponsor_department: str = ""
    note: str = ""

    @property
    def calendar(self) -> tuple[CalendarEntry, ...]:
        """The events that it shares."""
        return tuple(item.entry for item in self.items if item.entry)

    @property
    def shared(self) -> str:
        """What is shared, counted: "a recording", "two recordings and a folder"."""
        return shared_words(item.kind for item in self.items)

    @property
    def share_words(self) -> str:
        """What stands after the sponsor's name: "shares", "and Tomas Berg share", "and two others share"."""
        if not self.others:
            return "shares"
        return f"and {self.others[0] if len(self.others) == 1 else counted(len(self.others), 'other')} share"

    @property
    def others(self) -> tuple[str, ...]:
        """Who shares some of it beside the letter's sponsor."""
        return tuple(sorted({item.from_name for item in self.items} - {"", self.sponsor_name}))

    @property
    def opens_together(self) -> bool:
        """Whether all that is shared can be watched from one moment on (or now)."""
        return len({item.begins_at for item in self.items}) <= 1

    @property
    def ends_together(self) -> bool:
        """Whether one end (or none) holds for all that is shared."""
        return len({item.ends_at for item in self.items}) <= 1

    @property
    def views_together(self) -> bool:
        """Whether there are as many views (or no limit) of each recording."""
        return len({(item.views, item.views_used) for item in self.items}) <= 1

    @property
    def is_counted(self) -> bool:
        """Whether any of it has a limit of views."""
        return any(item.views is not None for item in self.items)

    @property
    def dots(self) -> str:
        """The views as dots, the full ones are left; empty without a limit, and above six, where words are enough."""
        item = self.items[0]
        if item.views is None or item.views > _MOST_DOTS:
            return ""
        left = max(0, item.views - item.views_used)
        return "●" * left + "○" * (item.views - left)

    @property
    def views_words(self) -> str:
        """How many views there are of each, when that is one number for all."""
        item = self.items[0]
        return views_words(item.views, item.views_used, each=len(self.items) > 1 or item.kind != "recording")


@dataclass(frozen=True, kw_only=True)
class InvitationLetter(SharingLetter):
    """The way in for a new guest (product.md, The way in 2). `asks_code` False: no set-up code is mailed."""

    open_until: datetime
    asks_code: bool = True


@dataclass(frozen=True, kw_only=True)
class SharedWithYouLetter(SharingLetter):
    """Tells someone who has an account what is new, or open again, with a plain link (product.md, The way in 1)."""


@dataclass(frozen=True, kw_only=True)
class StaffInvitationLetter(Letter):
    """The way in for a new sponsor or admin, who was entered by an admin."""

    inviter_name: str
    inviter_address: str
    role: Literal["sponsor", "admin"]
    path: str
    open_until: datetime
    entered_at: datetime
    note: str = ""
    asks_code: bool = True


@dataclass(frozen=True, kw_only=True)
class SetUpCodeLetter(Letter):
    """The six digits that prove the reader has this mailbox.

    `purpose` goes on after "Type this code"; `minutes` is how long it works.
    """

    code: str
    minutes: int = 10
    purpose: str = "to choose your password"

    @property
    def spaced_code(self) -> str:
        """The code in two halves, easier to read and to type: "482 913"."""
        half = len(self.code) // 2
        return f"{self.code[:half]} {self.code[half:]}"


@dataclass(frozen=True, kw_only=True)
class GuestSetUpLetter(Letter):
    """Tells the sponsor that a guest has chosen a password (product.md, The way in 4)."""

    guest_name: str
    guest_address: str
    at: datetime
    path: str = "/"


@dataclass(frozen=True, kw_only=True)
class PasswordResetLetter(Letter):
    """A one-hour, single-use link to a new password (product.md, Passwords)."""

    path: str
    open_until: datetime


@dataclass(frozen=True, kw_only=True)
class PasswordChangedLetter(Letter):
    """Tells someone that their password was changed or reset. `path` leads to where a forgotten one is replaced."""

    at: datetime
    how: Literal["changed", "reset"]
    path: str


@dataclass(frozen=True, kw_only=True)
class NewWayInLetter(Letter):
    """Tells someone that their password was stopped, by whom and why, with a single-use link to choose a new one.

    `by_name` empty: the portal did it by itself; `why` empty: no reason was given.
    """

    by_name: str
    why: str
    path: str
    at: datetime
    open_until: datetime


@dataclass(frozen=True, kw_only=True)
class InvitationRefusedLetter(Letter):
    """Tells the sponsor that a guest's mail server took no letter. `reason` is a sentence, as in `delivery.Refused`."""

    guest_address: str
    reason: str
    at: datetime
    path: str = "/"


@dataclass(frozen=True, kw_only=True)
class AccessAskedLetter(Letter):
    """Tells the owner that a guest asks for more; replies go to the guest. `note`: the guest's own words.

    `why` is the reason they cannot watch: "ended", "used-up" or "not-begun".
    """

    guest_name: str
    guest_address: str
    title: str
    why: str
    path: str
    note: str = ""

    @property
    def asks(self) -> str:
        """What stands after the guest's name."""
        return {"used-up": "asks for another view", "not-begun": "asks to begin now"}.get(
            self.why, "asks for more time"
        )


@dataclass(frozen=True, kw_only=True)
class AccessGivenLetter(Letter):
    """Tells a guest what the sponsor gave when asked. Without `days` and `views` they may begin now.

    `ends_at` None: no end; `views_left` None: no limit. `folder_title`, `event_title`: what names them, all of which it
    holds for; both empty when it is the recording itself.
    """

    sponsor_name: str
    sponsor_address: str
    title: str
    path: str
    asked_at: datetime
    length_seconds: float | None = None
    folder_title: str = ""
    event_title: str = ""
    days: int = 0
    views: int = 0
    ends_at: datetime | None = None
    views_left: int | None = None

    @property
    def gives(self) -> str:
        """What stands after the sponsor's name: "gives you 7 more days and 1 more view"."""
        numbers = [(self.days, "day"), (self.views, "view")]
        more = [f"{number} more {thing}{'' if number == 1 else 's'}" for number, thing in numbers if number]
        return f"gives you {' and '.join(more)}" if more else "lets you begin now"


@dataclass(frozen=True, kw_only=True)
class AccessDeclinedLetter(Letter):
    """Tells a guest that the sponsor gives no more."""

    sponsor_name: str
    title: str
    path: str
    asked_at: datetime


@dataclass(frozen=True, kw_only=True)
class EventClosedLetter(Letter):
    """Tells an organiser that an event has closed, and what ended with it. `by_clock` False: somebody pressed."""

    title: str
    closed_at: datetime
    by_clock: bool
    guests: int
    sign_ins: int
    passwords: int
    disabled: int
    path: str


@dataclass(frozen=True, kw_only=True)
class EventReminderLetter(Letter):
    """Reminds a guest of an event who has not begun, or not finished, what is theirs there.

    `note` is the organiser's, and may be empty; `zone` is the organiser's, in which the closing is told.
    """

    sponsor_name: str
    title: str
    closes_at: datetime
    path: str
    note: str = ""
    entry: CalendarEntry | None = None

    @property
    def calendar(self) -> tuple[CalendarEntry, ...]:
        return (self.entry,) if self.entry else ()


@dataclass(frozen=True, kw_only=True)
class EventThanksLetter(Letter):
    """Thanks a guest who came, once an event is over. It leads nowhere: what was shown has ended."""

    sponsor_name: str
    title: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class EndingSoonLetter(Letter):
    """Warns a guest of all that ends for them soon, the soonest first; `more` counts what is not named."""

    sponsor_name: str
    items: tuple[SharedItem, ...]
    path: str
    more: int = 0

    @property
    def ending(self) -> str:
        """What ends, counted: "two recordings", "a recording and a folder", "30 recordings, folders and events"."""
        if self.more:
            return f"{len(self.items) + self.more} recordings, folders and events"
        return shared_words(item.kind for item in self.items)

    @property
    def names(self) -> str:
        """Who shares it: "Dana Lee", "Dana Lee and Tomas Berg", "Dana Lee, Tomas Berg and Ines Ruiz"."""
        names = list(dict.fromkeys(item.from_name for item in self.items))
        return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


@dataclass(frozen=True)
class EndingGuest:
    """One guest who loses one thing soon. `name` may be empty; `has_come` False: the account is not set up."""

    name: str
    address: str
    title: str
    ends_at: datetime
    has_come: bool = True
    is_used_up: bool = False


@dataclass(frozen=True, kw_only=True)
class GuestsEndingSoonLetter(Letter):
    """Warns an owner of guests who lose access soon, the soonest first; `more` counts lines that are not there."""

    guests: int
    lines: tuple[EndingGuest, ...]
    path: str
    more: int = 0

    @property
    def who(self) -> str:
        """Who loses access: a name, or how many guests."""
        return (self.lines[0].name or self.lines[0].address) if self.guests == 1 else counted(self.guests, "guest")
