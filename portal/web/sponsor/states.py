"""How far a guest has come, as a tag: word, shape and colour (design 08)."""

from dataclasses import dataclass
from datetime import datetime

from portal.basics import dates
from portal.domain.invitations import LetterStanding, LetterState
from portal.domain.work import tools


@dataclass(frozen=True)
class StateTag:
    """What `tags.html` needs."""

    kind: str
    word: str
    icon: str


_TAGS = {
    LetterStanding.WAITING: StateTag("info", "Invited, letter waiting", "clock"),
    LetterStanding.SENT: StateTag("info", "Invited, letter sent", "mail"),
    LetterStanding.FAILED: StateTag("stop", "Letter came back", "mail"),
    LetterStanding.EXPIRED: StateTag("time", "Invitation has run out", "clock"),
    LetterStanding.WITHDRAWN: StateTag("plain", "Invitation withdrawn", "cross"),
    LetterStanding.NOT_INVITED: StateTag("plain", "Not invited yet", "mail"),
    LetterStanding.SET_UP: StateTag("done", "Active", "check"),
    LetterStanding.ENDED: StateTag("stop", "Account ended", "clock"),
    LetterStanding.DISABLED: StateTag("stop", "Disabled", "lock"),
}
_ENDED = StateTag("plain", "Ended", "clock")


def tag_of(state: LetterState) -> StateTag:
    """The state of an account."""
    return _TAGS[state.standing]


def grant_tag(state: LetterState, *, until: datetime | None, is_live: bool, at: datetime) -> StateTag:
    """The state of what somebody was given: that it has ended, or ends within seven days, comes before “Active”."""
    if state.standing in (LetterStanding.DISABLED, LetterStanding.ENDED):
        return tag_of(state)
    if not is_live:
        return _ENDED
    soon = dates.until_words(until, tools().settings.time_zone, at) if until else ""
    if soon and state.standing is LetterStanding.SET_UP:
        return StateTag("time", f"Ends {soon}", "clock")
    return tag_of(state)
