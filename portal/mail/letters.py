"""The letters the portal writes: a frozen dataclass each, naming the words it needs.

A letter `SetUpCodeLetter` is written by the folder `templates/email/set_up_code`; adding one is a class here and a
folder there. Moments are aware datetimes, shown in the letter's `zone`. A `path` is local; the host is the settings'.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from portal.mail.wording import counted


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What every letter has. `zone` is the IANA name of the reader's zone, `reply_to` a bare address."""

    to: str
    language: str = "en"
    zone: str = "UTC"
    reply_to: str | None = None

    @property
    def kind(self) -> str:
        """The letter's name in the outbox and of its folder, such as "set_up_code"."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__.removesuffix("Letter")).lower()


@dataclass(frozen=True, kw_only=True)
class SharedItem:
    """One recording or folder in a letter. `ends_at` None: no end; `length_seconds` None: a folder, or not known.

    `from_name` is told where somebody else than the letter's sponsor shares it.
    """

    title: str
    kind: Literal["recording", "folder"] = "recording"
    length_seconds: float | None = None
    ends_at: datetime | None = None
    from_name: str = ""


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
    def shared(self) -> str:
        """What is shared, counted: "a recording", "two recordings and a folder"."""
        kinds: Sequence[Literal["recording", "folder"]] = ("recording", "folder")
        numbers = [(sum(item.kind == kind for item in self.items), kind) for kind in kinds]
        return " and ".join(counted(number, kind) for number, kind in numbers if number)

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
    def ends_together(self) -> bool:
        """Whether one end (or none) holds for all that is shared."""
        return len({item.ends_at for item in self.items}) <= 1


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
class InvitationRefusedLetter(Letter):
    """Tells the sponsor that a guest's mail server took no letter. `reason` is a sentence, as in `delivery.Refused`."""

    guest_address: str
    reason: str
    at: datetime
    path: str = "/"
