"""How far a guest has come, as a tag: word, shape and colour (design 08)."""

from dataclasses import dataclass, replace
from datetime import datetime

from portal.basics import dates
from portal.domain.access import Standing
from portal.domain.grants import GuestRow
from portal.domain.invitations import LetterStanding, LetterState
from portal.domain.work import tools


@dataclass(frozen=True)
class StateTag:
    """What `tags.html` needs; `note`: what else is to be said of it, for the line below."""

    kind: str
    word: str
    icon: str
    note: str = ""


_LOOKS = {
    LetterStanding.WAITING: ("info", "clock"),
    LetterStanding.SENT: ("info", "mail"),
    LetterStanding.FAILED: ("stop", "mail"),
    LetterStanding.EXPIRED: ("time", "clock"),
    LetterStanding.WITHDRAWN: ("plain", "cross"),
    LetterStanding.NOT_INVITED: ("plain", "mail"),
    LetterStanding.SET_UP: ("done", "check"),
    LetterStanding.ENDED: ("stop", "clock"),
    LetterStanding.DISABLED: ("stop", "lock"),
}
"""For each standing the kind and the icon of its tag."""
_ENDED = StateTag("plain", "Ended", "clock")
_OVER = {Standing.ENDED: _ENDED, Standing.USED_UP: StateTag("stop", "Used up", "eye")}


def tag_of(state: LetterState) -> StateTag:
    """The state of an account."""
    kind, icon = _LOOKS[state.standing]
    return StateTag(kind, state.words, icon)


def grant_tag(
    state: LetterState, standing: Standing, *, begins: datetime | None, until: datetime | None, at: datetime
) -> StateTag:
    """The state of what somebody was given: that it has ended, is used up or lies ahead comes before “Active”.

    Somebody who has not come in yet is told as such first; what lies ahead is then the note.
    """
    if state.standing in (LetterStanding.DISABLED, LetterStanding.ENDED):
        return tag_of(state)
    if standing in (Standing.ENDED, Standing.USED_UP):
        return _OVER[standing]
    zone = tools().settings.time_zone
    if standing is Standing.COMING and begins is not None:
        when = dates.until_words(begins, zone, at) or dates.short_date(begins, zone, at)
        if state.standing is not LetterStanding.SET_UP:
            return replace(tag_of(state), note=f"Begins {when}")
        return StateTag("info", f"Begins {when}", "calendar")
    soon = dates.until_words(until, zone, at) if until else ""
    if soon and state.standing is LetterStanding.SET_UP:
        return StateTag("time", f"Ends {soon}", "clock")
    return tag_of(state)


def guest_tag(guest: GuestRow, *, at: datetime) -> StateTag:
    """The state of a guest in the list: of who has come in, also whether all they were given has ended or soon will."""
    if guest.state.standing is not LetterStanding.SET_UP:
        return tag_of(guest.state)
    if guest.has_ended:
        return _ENDED
    zone = tools().settings.time_zone
    soon = dates.until_words(guest.until, zone, at) if guest.until else ""
    if soon:
        return StateTag("time", f"Ends {soon}", "clock")
    first = dates.until_words(guest.first_end, zone, at) if guest.first_end else ""
    return replace(tag_of(guest.state), note=f"The first of {guest.things:,} ends {first}" if first else "")
