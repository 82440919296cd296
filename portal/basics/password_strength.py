"""Which passwords are accepted: long ones that nobody would try (product.md, Passwords; ASVS 6.2).

No rule about kinds of characters. Refused are short ones, those on lists, those made of the person's or the site's
names, and those that a guesser reaches soon: repeats, keyboard rows, dates, few common words.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, takewhile
from pathlib import Path

SHORTEST = 15
SHORTEST_SHARED = 8
LONGEST_BYTES = 1024
_LONGEST_SCORED = 48  # zxcvbn refuses more than 72, and its time grows with the square
_FAMOUS = Path(__file__).with_name("famous_passwords.txt")

_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "qwertzuiopü",
    "asdfghjklöä",
    "yxcvbnm,.-",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn,;:",
    "!@#$%^&*()",
    "йцукенгшщзхъ",
    "фывапролджэ",
    "ячсмитьбю",
    # down the columns and back up
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "q1w2e3r4t5y6u7i8o9p0",
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_LOOKALIKES = str.maketrans("013457@$!|€", "oieastasile")


@dataclass(frozen=True)
class Rule:
    """What is asked of a password. `pieces` are letters by themselves, or runs along a row counted as one."""

    shortest: int
    does_well: str
    made_of: str  # what it must not be made of
    guesses_log10: float
    pieces: int
    own_letters: int  # what must be left when all names are taken away


OWN = Rule(
    shortest=SHORTEST,
    does_well="Four or five words do well.",
    made_of="your name, your address or the name of this site",
    guesses_log10=10.0,  # at a million guesses a second, three hours; the throttle allows a hundred a day
    pieces=8,
    own_letters=8,
)
"""Of an account's: it opens all that somebody was ever given."""
SHARED = Rule(
    shortest=SHORTEST_SHARED,
    does_well="Two or three words do well.",
    made_of="the title, a name or the name of this site",
    guesses_log10=6.0,  # at the hundred tries a day that the throttle allows, 27 years
    pieces=6,
    own_letters=5,
)
"""Of one that many people are told for one thing, beside an account of their own."""


def weakness(password: str, *, about: Iterable[str] = (), rule: Rule = OWN) -> str | None:
    """Why this password is refused, in a sentence for beside the field, or None when it is fine.

    `about` are texts whose words must not make it up: the person's name and address, the event, the site (ASVS 6.2.11).
    Characters are counted as they are kept, in NFC.
    """
    kept = unicodedata.normalize("NFC", password)
    if len(kept) < rule.shortest:
        return f"Use at least {rule.shortest} characters. {rule.does_well}"
    if len(kept.encode("utf-8", "surrogatepass")) > LONGEST_BYTES:
        return "This is longer than 1,024 bytes. Use a shorter one."
    folded = unicodedata.normalize("NFKC", kept).casefold()
    names = sorted({word for text in about for word in _words(text) if len(word) >= 3}, key=len, reverse=True)
    if _is_listed(folded):
        return "This password is on lists of stolen ones. Choose another."
    if _is_made_of(names, folded, rule):
        return f"This is made of {rule.made_of}. Choose other words."
    if _is_repeat(folded, rule) or _pieces(_bare(folded)) < rule.pieces or _is_guessable(folded, names, rule):
        return "This is easy to guess. Use words that do not belong together."
    return None


def _words(text: str) -> list[str]:
    return _bare(unicodedata.normalize("NFKC", text).casefold(), " ").split()


def _bare(folded: str, between: str = "") -> str:
    """Letters and digits alone; all of it when there are hardly any, such as in a password of signs or pictures."""
    letters = "".join(c if c.isalnum() or unicodedata.combining(c) else between for c in folded)
    return letters if between or len(letters) >= SHORTEST // 2 else "".join(folded.split())


# Lists


def _is_listed(folded: str) -> bool:
    """Whether it is a listed password, two of them, or one that is repeated or has digits and signs around it."""
    bare = _bare(folded)
    core = re.sub(r"^[\d\W_]+|[\d\W_]+$", "", folded)
    texts = {folded, "".join(folded.split()), bare, core, _bare(core), bare.translate(_LOOKALIKES), _unit(bare)}
    known = _listed()
    # a short core is left to the other checks: "cat" with twenty digits of its own is not the password "cat"
    return any(len(text) * 2 >= len(bare) and text in known for text in texts) or _unit(bare) in known


@cache
def _listed() -> frozenset[str]:
    # read when the first password is set: it is 30,000 words
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415

    famous = (_bare(line.strip()) for line in _FAMOUS.read_text(encoding="utf-8").splitlines() if line[:1] != "#")
    return frozenset(FREQUENCY_LISTS["passwords"]) | frozenset(famous)


# Names


def _is_made_of(names: list[str], folded: str, rule: Rule) -> bool:
    """Whether hardly anything is left of it without the names: written plainly, backwards, with digits for letters."""
    return any(_is_rest_of(names, text, rule) for text in (folded, folded[::-1], folded.translate(_LOOKALIKES)))


def _is_rest_of(names: list[str], text: str, rule: Rule) -> bool:
    rest = text
    for name in names:
        rest = rest.replace(name, " ")
    if rest == text:
        return False
    own = [word for word in _words(rest) if not word.isdigit()]  # a year behind a name makes it no better
    return sum(len(word) for word in own) < rule.own_letters


# Patterns


def _unit(text: str) -> str:
    """The shortest text that, repeated, gives this one (the last time perhaps not whole)."""
    return next(text[:n] for n in range(1, len(text) + 1) if text == (text[:n] * (len(text) // n + 1))[: len(text)])


def _is_repeat(folded: str, rule: Rule) -> bool:
    """Whether it says one short thing over and over, or has hardly any different characters."""
    bare = _bare(folded)
    return len(set(bare)) < 5 or len(_unit(bare)) < rule.pieces or len(_unit(folded)) < rule.pieces


def _pieces(bare: str) -> int:
    """How many pieces a guesser must put together: a run along a row is one, so is a year, so are equal letters."""
    number, at = 0, 0
    while at < len(bare):
        at += max(1, _run_length(bare[at:]))
        number += 1
    return number


def _run_length(text: str) -> int:
    if _YEAR.match(text):
        return 4
    same = len(text) - len(text.lstrip(text[0]))
    along = max(_along(text, row) for row in _rows())
    steps = [ord(after) - ord(before) for before, after in pairwise(text[:12])]
    counting = 1 + next((n for n, step in enumerate(steps) if abs(step) != 1 or step != steps[0]), len(steps))
    longest = max(same, along, counting)
    return longest if longest >= 3 else 1


@cache
def _rows() -> tuple[str, ...]:
    rows = tuple(unicodedata.normalize("NFKC", row) for row in _ROWS)
    return rows + tuple(row[::-1] for row in rows)


def _along(text: str, row: str) -> int:
    begin = row.find(text[:3])
    if begin < 0 or len(text) < 3:
        return 0
    pairs = zip(text, row[begin:], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _is_guessable(folded: str, names: list[str], rule: Rule) -> bool:
    """Whether a guesser who knows words, names, dates and keyboards gets there soon, with or without the spaces."""
    spellings = {folded, "".join(folded.split())}
    return any(all(_guesses_log10(part, names) < rule.guesses_log10 for part in _parts(text)) for text in spellings)


def _parts(text: str) -> set[str]:
    """Its first two stretches and its last: strong in one is strong enough, and more would only take time."""
    return {text[:_LONGEST_SCORED], text[_LONGEST_SCORED : 2 * _LONGEST_SCORED], text[-_LONGEST_SCORED:]} - {""}


def _guesses_log10(text: str, names: list[str]) -> float:
    from zxcvbn import zxcvbn  # noqa: PLC0415 (its word lists are read when the first password is set)

    return float(zxcvbn(text, user_inputs=names)["guesses_log10"])
