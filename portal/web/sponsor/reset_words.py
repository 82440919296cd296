"""What the pages of a reset say of people and letters."""

from collections.abc import Sequence

from portal.domain.bulk_resets import Became, OutcomeRow
from portal.web.state_tags import StateTag

LetterTag = StateTag
TABS = {
    Became.FAILED: "Failed",
    Became.WAITING: "Waiting",
    Became.DELIVERED: "Delivered",
    Became.SET_ANEW: "Has a new one",
    Became.VOIDED: "Nothing mailed",
    Became.LEFT: "Left as before",
}
LEFT = {
    "yourself": "this is you",
    "staff": "staff, who are reset by name alone",
    "no-password-yet": "no password yet",
    "voided-before": "the password was stopped before",
}
"""Why a person's password is left as it is."""
_COUNTED = {
    "yourself": ("is you", "are you"),
    "staff": ("is staff", "are staff"),
    "no-password-yet": ("has no password yet", "have no password yet"),
    "voided-before": ("was stopped before", "were stopped before"),
}
_MOST_NAMES = 5


def left_words(left: dict[str, int]) -> str:
    """ "1 is disabled, 2 have no password yet"."""
    return ", ".join(f"{left[why]:,} {words[left[why] != 1]}" for why, words in _COUNTED.items() if why in left)


def names_words(names: Sequence[str], number: int) -> str:
    """The first few of so many: "Rosalind Achterberg, Yuki Tanabe and 3 more"."""
    shown = list(names[:_MOST_NAMES])
    more = number - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more > 0 else "")


def letter_tag(row: OutcomeRow) -> StateTag:
    """What became of the letter to somebody, or why they were left alone."""
    match row.became:
        case Became.FAILED:
            return StateTag("stop", "Came back", "mail", row.reason)
        case Became.WAITING:
            return StateTag("time", "Waiting", "clock", row.reason)
        case Became.DELIVERED:
            return StateTag("info", "Delivered", "mail")
        case Became.SET_ANEW:
            return StateTag("done", "Has chosen a new one", "check")
        case Became.VOIDED:
            return StateTag("plain", "Nothing mailed", "mail")
        case Became.LEFT:
            return StateTag("plain", "Left as before", "info", LEFT.get(row.why, row.why))
